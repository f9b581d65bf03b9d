/* SPDX-License-Identifier: BSD-2-Clause */
/* The options of one rule, checked against the table that its plugin declares. */
#include "policy/options.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"

#define DATA_FILE_MAX ((size_t)16 << 20)

/* Where a message about an option points: where it is set, or the rule that needs it. */
struct place {
	const char *file;
	int line;
};

__attribute__((format(printf, 4, 5)))
static int option_problem(const struct option_value *value, struct place place, struct diag *d, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return diag_at(d, place.file, place.line, "%s%s: %s", value->option->name,
	    value->file == NULL ? " (the plugin's default)" : "", text);
}

static int set_number(struct option_value *value, struct place place, double number, struct diag *d)
{
	const struct postern_option *option = value->option;

	value->number = number;
	if ((option->min == 0 && option->max == 0) || (number >= option->min && number <= option->max))
		return 0;
	return option_problem(value, place, d, "\"%.60s\" is out of range, %.10g to %.10g are allowed", value->items[0],
	    option->min, option->max);
}

/* A decimal fraction with a point, whatever the locale says. */
static int scan_fraction(const char *text, double *number_r)
{
	const char *p = text + (*text == '-');
	double value = 0, unit = 1;
	size_t digits = 0;

	for (; *p >= '0' && *p <= '9'; p++, digits++)
		value = value * 10 + (*p - '0');
	if (*p == '.')
		for (p++; *p >= '0' && *p <= '9'; p++, digits++)
			value += (*p - '0') * (unit /= 10);
	if (*p != '\0' || digits == 0 || digits > 15)
		return -1;
	*number_r = *text == '-' ? -value : value;
	return 0;
}

static int set_int(struct option_value *value, struct place place, struct diag *d)
{
	int64_t number;

	if (conf_scan_int(value->items[0], &number) == -1)
		return option_problem(value, place, d, "\"%.60s\" is no whole number (10, 5k, 2m)", value->items[0]);
	return set_number(value, place, (double)number, d);
}

static int set_fraction(struct option_value *value, struct place place, struct diag *d)
{
	double number;

	if (scan_fraction(value->items[0], &number) == -1)
		return option_problem(value, place, d, "\"%.60s\" is no number (0.25, 3)", value->items[0]);
	return set_number(value, place, number, d);
}

static int set_bool(struct option_value *value, struct place place, struct diag *d)
{
	bool yes;

	if (conf_scan_bool(value->items[0], &yes) == -1)
		return option_problem(value, place, d, "\"%.60s\": expected yes or no", value->items[0]);
	value->number = yes;
	return 0;
}

static int set_file(struct arena *arena, const struct config *config, struct option_value *value, struct place place,
    struct diag *d)
{
	struct diag reason = {.text = ""};
	char *path;
	int rc;

	if (value->items[0][0] == '\0')
		return 0;
	path = config_data_file(config, value->items[0], &reason);
	if (path == NULL)
		return option_problem(value, place, d, "%s", reason.text);
	value->content_path = arena_strdup(arena, path);
	rc = file_read(path, DATA_FILE_MAX, &value->content, &reason);
	if (rc == 0)
		rc = sources_add(config->sources, path, buf_slice(&value->content), &reason);
	free(path);
	if (rc == -1)
		return option_problem(value, place, d, "%s", reason.text);
	return value->content_path != NULL ? 0 : diag_add(d, "memory is out");
}

static int set_value(struct arena *arena, const struct config *config, struct option_value *value, struct place place,
    struct diag *d)
{
	if (value->option->type != POSTERN_OPTION_LIST && value->count != 1)
		return option_problem(value, place, d, "takes one value, not %zu", value->count);
	switch (value->option->type) {
	case POSTERN_OPTION_INT: return set_int(value, place, d);
	case POSTERN_OPTION_BOOL: return set_bool(value, place, d);
	case POSTERN_OPTION_NUMBER: return set_fraction(value, place, d);
	case POSTERN_OPTION_FILE: return set_file(arena, config, value, place, d);
	case POSTERN_OPTION_STRING:
	case POSTERN_OPTION_LIST: break;
	}
	return 0;
}

/* The default of a LIST is separated by commas; any other is one item. */
static int default_items(struct arena *arena, struct option_value *value)
{
	const char *text = value->option->default_value;
	size_t room = 1;

	for (const char *p = text; *p != '\0'; p++)
		room += *p == ',';
	value->items = arena_array(arena, room + 1, sizeof(*value->items));
	if (value->items == NULL)
		return -1;
	if (value->option->type != POSTERN_OPTION_LIST) {
		value->count = 1;
		value->items[0] = arena_strdup(arena, text);
		return value->items[0] != NULL ? 0 : -1;
	}
	for (const char *end; *text != '\0'; text = *end == ',' ? end + 1 : end) {
		struct slice item;

		end = strchrnul(text, ',');
		item = slice_trim((struct slice){text, (size_t)(end - text)});
		if (item.len == 0)
			continue;
		value->items[value->count] = arena_memdup(arena, item.ptr, item.len);
		if (value->items[value->count++] == NULL)
			return -1;
	}
	return 0;
}

static int read_option(struct arena *arena, const struct config *config, const struct conf_node *section,
    const struct postern_conf *conf, struct option_value *value, struct diag *d)
{
	const struct conf_node *key = conf_child(section, value->option->name);
	struct place place = {section->file, section->line};

	if (key == NULL) {
		if (value->option->default_value == NULL)
			return diag_at(d, place.file, place.line, "'%s' must be set, plugin \"%s\" has no default for it%s%s",
			    value->option->name, conf->plugin->name, value->option->help != NULL ? ": " : "",
			    value->option->help != NULL ? value->option->help : "");
		if (default_items(arena, value) == -1)
			return diag_add(d, "memory is out");
		return set_value(arena, config, value, place, d);
	}
	value->file = key->file;
	value->line = key->line;
	value->count = key->value_count;
	value->items = conf_list(arena, key);
	if (value->items == NULL)
		return diag_add(d, "memory is out");
	place = (struct place){key->file, key->values != NULL ? key->values->line : key->line};
	return set_value(arena, config, value, place, d);
}

int options_read(struct arena *arena, const struct config *config, const struct conf_node *section,
    struct postern_conf *conf, struct diag *d)
{
	const struct postern_option *options = conf->plugin->options;
	size_t count = 0;
	int result = 0;

	while (options != NULL && options[count].name != NULL)
		count++;
	conf->values = arena_array(arena, count + 1, sizeof(*conf->values));
	if (conf->values == NULL)
		return diag_add(d, "memory is out");
	conf->value_count = count;
	for (size_t i = 0; i < count; i++) {
		conf->values[i].option = &options[i];
		if (read_option(arena, config, section, conf, &conf->values[i], d) == -1)
			result = -1;
	}
	return result;
}

void options_free(struct postern_conf *conf)
{
	for (size_t i = 0; i < conf->value_count; i++)
		buf_free(&conf->values[i].content);
}

const struct option_value *conf_value(const struct postern_conf *conf, const char *name)
{
	for (size_t i = 0; i < conf->value_count; i++)
		if (strcmp(conf->values[i].option->name, name) == 0)
			return &conf->values[i];
	return NULL;
}
