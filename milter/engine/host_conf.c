/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A rule's options as its plugin asks for them. Types and ranges were checked
 * when the rule was read; here only the plugin itself can be wrong, by asking
 * for what it did not declare.
 */
#include <stdio.h>

#include "engine/host.h"

/* The declared option of that name; asking for another is reported. */
static const struct option_value *find_value(const struct postern_conf *conf, const char *name)
{
	const struct option_value *value = name != NULL ? conf_value(conf, name) : NULL;

	if (value == NULL && conf->diag != NULL)
		diag_at(conf->diag, conf->file != NULL ? conf->file : "rule", conf->line,
		    "rule '%s': plugin '%s' asks for the option '%s', which it does not declare",
		    conf->rule, conf->plugin->name, name != NULL ? name : "(none)");
	return value;
}

struct postern_slice host_conf_string(const struct postern_conf *conf, const char *name)
{
	return host_conf_list_item(conf, name, 0);
}

int64_t host_conf_int(const struct postern_conf *conf, const char *name)
{
	const struct option_value *value = find_value(conf, name);

	return value != NULL ? (int64_t)value->number : 0;
}

int host_conf_bool(const struct postern_conf *conf, const char *name)
{
	return host_conf_int(conf, name) != 0;
}

double host_conf_number(const struct postern_conf *conf, const char *name)
{
	const struct option_value *value = find_value(conf, name);

	return value != NULL ? value->number : 0;
}

size_t host_conf_list_count(const struct postern_conf *conf, const char *name)
{
	const struct option_value *value = find_value(conf, name);

	return value != NULL ? value->count : 0;
}

struct postern_slice host_conf_list_item(const struct postern_conf *conf, const char *name, size_t index)
{
	const struct option_value *value = find_value(conf, name);

	if (value == NULL || index >= value->count)
		return host_slice(SLICE_NONE);
	return host_slice(slice_str(value->items[index]));
}

struct postern_slice host_conf_file(const struct postern_conf *conf, const char *name)
{
	const struct option_value *value = find_value(conf, name);

	if (value == NULL || value->content.data == NULL)
		return host_slice(SLICE_LIT(""));
	return host_slice(buf_slice(&value->content));
}

void host_conf_error(const struct postern_conf *conf, const char *option, int line, const char *text)
{
	const struct option_value *value = option != NULL ? conf_value(conf, option) : NULL;
	const char *file = conf->file != NULL ? conf->file : "rule";

	if (conf->diag == NULL)
		return;
	if (text == NULL)
		text = "is wrong (the plugin does not say why)";
	if (line > 0 && value != NULL && value->content_path != NULL)
		diag_at(conf->diag, value->content_path, line, "%s", text);
	else if (value != NULL && value->file != NULL)
		diag_at(conf->diag, value->file, value->line, "rule '%s': %s: %s", conf->rule, option, text);
	else if (option != NULL)
		diag_at(conf->diag, file, conf->line, "rule '%s': %s: %s", conf->rule, option, text);
	else
		diag_at(conf->diag, file, conf->line, "rule '%s': %s", conf->rule, text);
}
