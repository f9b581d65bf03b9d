/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether a plugin's description of itself makes sense: names that can stand
 * in a configuration and a reply, no duplicates, defaults that fit their
 * types. A mistake here is the plugin author's, so it is told exactly.
 */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/plugin.h"

/* A table without its end mark must not lead us through all of memory. */
#define TABLE_MAX 256
#define NAME_MAX_LEN 40
#define DIRECTIONS (POSTERN_INBOUND | POSTERN_OUTBOUND | POSTERN_OUTSIDE)
#define NEEDS (POSTERN_NEED_HEADERS | POSTERN_NEED_TEXT | POSTERN_NEED_URLS | POSTERN_NEED_ATTACHMENTS | \
	POSTERN_NEED_ADDRESSES | POSTERN_NEED_IDS | POSTERN_NEED_STORE | \
	POSTERN_NEED_IMAGES | POSTERN_NEED_CODES)

/* Keys that every rule has: an option of that name could never be set. */
static const char *const rule_keys[] = {"plugin", "direction", "action", "monitor", "enabled", "on_error",
	"min_score", "below", "monitor_until", "policy", "advice", "marketplaces", "exempt_senders", "exempt_recipients",
	"audience", "budget", "tests", NULL};

__attribute__((format(printf, 3, 4)))
static int refuse(const struct config_plugin *config, struct diag *d, const char *fmt, ...)
{
	char reason[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	if (config->file == NULL)
		return diag_add(d, "%s: %s", config->path, reason);
	return diag_at(d, config->file, config->line, "%s: %s", config->path, reason);
}

/* first: characters it may start with; rest: and go on with. */
static bool is_name(const char *s, const char *first, const char *rest)
{
	size_t len = strnlen(s, NAME_MAX_LEN + 1);

	return len > 0 && len <= NAME_MAX_LEN && strchr(first, s[0]) != NULL && strspn(s, rest) == len;
}

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGIT "0123456789"

static int check_rules(const struct config_plugin *config, const struct postern_plugin *desc, struct diag *d)
{
	size_t n = 0;

	if (desc->rules == NULL || desc->rules[0].id == NULL)
		return refuse(config, d, "declares no rule ids: it could report nothing");
	for (; desc->rules[n].id != NULL; n++) {
		const char *id = desc->rules[n].id;

		if (n >= TABLE_MAX)
			return refuse(config, d, "declares more than %d rule ids: is the end of the table missing?", TABLE_MAX);
		if (!is_name(id, UPPER, UPPER DIGIT "-"))
			return refuse(config, d, "rule id '%.60s' is not of the form [A-Z][A-Z0-9-]*, at most %d characters", id, NAME_MAX_LEN);
		if (desc->rules[n].help == NULL)
			return refuse(config, d, "rule id '%s' has no help: senders are told that text", id);
		for (size_t i = 0; i < n; i++)
			if (strcmp(desc->rules[i].id, id) == 0)
				return refuse(config, d, "declares rule id '%s' twice", id);
	}
	return 0;
}

static bool number_fits(const struct postern_option *option)
{
	bool ranged = option->min != 0 || option->max != 0;
	double value;
	char *end;

	errno = 0;
	if (option->type == POSTERN_OPTION_INT)
		value = (double)strtoll(option->default_value, &end, 10);
	else
		value = strtod(option->default_value, &end);
	return errno == 0 && end != option->default_value && *end == '\0' && isfinite(value) &&
	    (!ranged || (value >= option->min && value <= option->max));
}

static bool default_fits(const struct postern_option *option)
{
	const char *value = option->default_value;

	if (value == NULL)
		return true;
	switch (option->type) {
	case POSTERN_OPTION_INT:
	case POSTERN_OPTION_NUMBER:
		return number_fits(option);
	case POSTERN_OPTION_BOOL:
		return strcmp(value, "yes") == 0 || strcmp(value, "no") == 0;
	default:
		return true;
	}
}

static int check_option(const struct config_plugin *config, const struct postern_option *option, struct diag *d)
{
	if (!is_name(option->name, LOWER, LOWER DIGIT "_"))
		return refuse(config, d, "option '%.60s' is not of the form [a-z][a-z0-9_]*, at most %d characters", option->name, NAME_MAX_LEN);
	for (size_t i = 0; rule_keys[i] != NULL; i++)
		if (strcmp(rule_keys[i], option->name) == 0)
			return refuse(config, d, "option '%s' has the name of a key that each rule has", option->name);
	if ((unsigned)option->type > POSTERN_OPTION_FILE)
		return refuse(config, d, "option '%s' has the unknown type %u", option->name, (unsigned)option->type);
	if (option->min > option->max)
		return refuse(config, d, "option '%s' has a range from %g to %g", option->name, option->min, option->max);
	if (!default_fits(option))
		return refuse(config, d, "option '%s' has the default '%.60s', which is not of its type or out of its range",
		    option->name, option->default_value);
	if (option->help == NULL)
		return refuse(config, d, "option '%s' has no help", option->name);
	return 0;
}

static int check_options(const struct config_plugin *config, const struct postern_plugin *desc, struct diag *d)
{
	if (desc->options == NULL)
		return 0;
	for (size_t n = 0; desc->options[n].name != NULL; n++) {
		if (n >= TABLE_MAX)
			return refuse(config, d, "declares more than %d options: is the end of the table missing?", TABLE_MAX);
		if (check_option(config, &desc->options[n], d) != 0)
			return -1;
		for (size_t i = 0; i < n; i++)
			if (strcmp(desc->options[i].name, desc->options[n].name) == 0)
				return refuse(config, d, "declares option '%s' twice", desc->options[n].name);
	}
	return 0;
}

int plugin_check(const struct config_plugin *config, const struct postern_plugin *desc, struct diag *d)
{
	if (desc->name == NULL)
		return refuse(config, d, "has no name");
	if (!is_name(desc->name, LOWER, LOWER DIGIT "_-"))
		return refuse(config, d, "its name '%.60s' is not of the form [a-z][a-z0-9_-]*, at most %d characters", desc->name, NAME_MAX_LEN);
	if (strcmp(desc->name, config->name) != 0)
		return refuse(config, d, "calls itself '%s', but the configuration names it '%s'", desc->name, config->name);
	if (desc->version == NULL || desc->summary == NULL)
		return refuse(config, d, "has no version or no summary");
	if (desc->directions == 0 || (desc->directions & ~DIRECTIONS) != 0)
		return refuse(config, d, "declares the directions 0x%x: POSTERN_INBOUND, POSTERN_OUTBOUND and POSTERN_OUTSIDE are possible", desc->directions);
	if ((desc->needs & ~NEEDS) != 0)
		return refuse(config, d, "declares needs that plugin interface %u.%u does not have (0x%x)",
		    (unsigned)desc->abi_major, (unsigned)desc->abi_minor, desc->needs & ~NEEDS);
	if (desc->check == NULL)
		return refuse(config, d, "has no check function");
	if (check_rules(config, desc, d) != 0)
		return -1;
	return check_options(config, desc, d);
}

static const struct postern_rule_id *find_rule(const struct postern_plugin *desc, const char *id)
{
	for (size_t i = 0; id != NULL && desc->rules[i].id != NULL; i++)
		if (strcmp(desc->rules[i].id, id) == 0)
			return &desc->rules[i];
	return NULL;
}

const char *plugin_rule_help(const struct postern_plugin *desc, const char *id)
{
	const struct postern_rule_id *rule = find_rule(desc, id);

	return rule != NULL ? rule->help : NULL;
}

const char *plugin_rule_id(const struct postern_plugin *desc, const char *id)
{
	const struct postern_rule_id *rule = find_rule(desc, id);

	return rule != NULL ? rule->id : NULL;
}
