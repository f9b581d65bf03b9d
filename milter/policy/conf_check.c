/* SPDX-License-Identifier: BSD-2-Clause */
/* What may stand in a section, and values with meaning: numbers, sizes, durations, dates, actions. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "policy/conf.h"

#define NAMES_MAX 128

const char *conf_section_text(const struct conf_node *section, char *out, size_t size)
{
	if (section->name == NULL)
		snprintf(out, size, "the file");
	else if (section->title != NULL)
		snprintf(out, size, "%s \"%.60s\"", section->name, section->title);
	else
		snprintf(out, size, "%s", section->name);
	return out;
}

static const struct conf_name *find_name(const struct conf_name *names, const char *name)
{
	for (; names->name != NULL; names++)
		if (strcmp(names->name, name) == 0)
			return names;
	return NULL;
}

static void unknown_name(const struct conf_node *node, const struct conf_node *section,
    const struct conf_name *names, struct diag *d)
{
	const char *candidates[NAMES_MAX + 1], *guess;
	char where[120];
	size_t count = 0;

	for (; names->name != NULL && count < NAMES_MAX; names++)
		candidates[count++] = names->name;
	candidates[count] = NULL;
	guess = diag_suggest(node->name, candidates);
	conf_section_text(section, where, sizeof(where));
	if (guess != NULL)
		diag_at(d, node->file, node->line, "unknown %s '%.60s' in %s, did you mean '%s'?",
		    node->section ? "section" : "key", node->name, where, guess);
	else
		diag_at(d, node->file, node->line, "unknown %s '%.60s' in %s",
		    node->section ? "section" : "key", node->name, where);
}

static int check_kind(const struct conf_node *node, const struct conf_name *name, struct diag *d)
{
	if (node->section && !(name->allow & CONF_SECTION))
		return diag_at(d, node->file, node->line, "'%s' is a key, not a section: write %s = value", node->name,
		    node->name);
	if (!node->section && !(name->allow & (CONF_ONE | CONF_LIST)))
		return diag_at(d, node->file, node->line, "'%s' is a section, not a key: write %s%s { ... }", node->name,
		    node->name, name->allow & CONF_TITLE ? " \"name\"" : "");
	if (node->section && name->allow & CONF_TITLE && (node->title == NULL || node->title[0] == '\0'))
		return diag_at(d, node->file, node->line, "section '%s' needs a name: %s \"name\" { ... }", node->name,
		    node->name);
	if (node->section && !(name->allow & CONF_TITLE) && node->title != NULL)
		return diag_at(d, node->file, node->line, "section '%s' takes no name", node->name);
	if (!node->section && !(name->allow & CONF_LIST) && node->value_count != 1)
		return diag_at(d, node->file, node->line, "'%s' takes one value, not %zu", node->name, node->value_count);
	return 0;
}

static bool same_entry(const struct conf_node *a, const struct conf_node *b, unsigned allow)
{
	if (strcmp(a->name, b->name) != 0 || a->section != b->section)
		return false;
	if (a->section && allow & CONF_MANY_TITLES)
		return a->title == NULL || b->title == NULL || strcmp(a->title, b->title) == 0;
	return true;
}

static int check_duplicate(const struct conf_node *section, const struct conf_node *node, unsigned allow,
    struct diag *d)
{
	char what[120];

	if (allow & CONF_MANY)
		return 0;
	for (const struct conf_node *n = section->children; n != node; n = n->next)
		if (same_entry(n, node, allow))
			return diag_at(d, node->file, node->line, "duplicate %s '%s', first in line %d",
			    node->section ? "section" : "key",
			    node->section ? conf_section_text(node, what, sizeof(what)) : node->name, n->line);
	return 0;
}

int conf_check(const struct conf_node *section, const struct conf_name *names, struct diag *d)
{
	unsigned before = d->count;
	char where[120];

	for (const struct conf_node *node = section->children; node != NULL; node = node->next) {
		const struct conf_name *name = find_name(names, node->name);

		if (name == NULL)
			unknown_name(node, section, names, d);
		else if (check_kind(node, name, d) == 0)
			check_duplicate(section, node, name->allow, d);
	}
	for (; names->name != NULL; names++)
		if (names->allow & CONF_REQUIRED && conf_child(section, names->name) == NULL)
			diag_at(d, section->file, section->line, "'%s' is missing in %s", names->name,
			    conf_section_text(section, where, sizeof(where)));
	return d->count == before ? 0 : -1;
}

const struct conf_node *conf_child(const struct conf_node *section, const char *name)
{
	for (const struct conf_node *node = section->children; node != NULL; node = node->next)
		if (strcmp(node->name, name) == 0)
			return node;
	return NULL;
}

const char *conf_text(const struct conf_node *section, const char *name)
{
	const struct conf_node *node = conf_child(section, name);

	return node != NULL && node->values != NULL ? node->values->text : NULL;
}

char **conf_list(struct arena *arena, const struct conf_node *key)
{
	char **list = arena_array(arena, key->value_count + 1, sizeof(*list));
	size_t count = 0;

	if (list == NULL)
		return NULL;
	for (struct conf_value *value = key->values; value != NULL; value = value->next)
		list[count++] = value->text;
	return list;
}

static int bad_value(const struct conf_node *key, const char *expected, struct diag *d)
{
	return diag_at(d, key->file, key->values != NULL ? key->values->line : key->line, "%s = \"%.80s\": %s", key->name,
	    key->values != NULL ? key->values->text : "", expected);
}

int conf_scan_time(const char *text, int *seconds_r)
{
	int hours, minutes;

	if (strspn(text, "0123456789") != 2 || text[2] != ':' || strspn(text + 3, "0123456789") != 2 || text[5] != '\0')
		return -1;
	hours = (text[0] - '0') * 10 + text[1] - '0';
	minutes = (text[3] - '0') * 10 + text[4] - '0';
	if (minutes > 59 || hours * 60 + minutes > 24 * 60)
		return -1;
	*seconds_r = (hours * 60 + minutes) * 60;
	return 0;
}

int conf_scan_bool(const char *text, bool *value_r)
{
	static const char *const words[] = {"no", "yes", "false", "true", "off", "on"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcasecmp(text, words[i]) == 0) {
			*value_r = i % 2 == 1;
			return 0;
		}
	}
	return -1;
}

int conf_bool(const struct conf_node *key, bool *value_r, struct diag *d)
{
	return conf_scan_bool(key->values->text, value_r) == 0 ? 0 : bad_value(key, "expected yes or no", d);
}

/* Digits with an optional sign; *end_r is what follows. */
static int scan_digits(const char *text, int64_t *value_r, const char **end_r)
{
	const char *digits = text + (*text == '-');
	int64_t value = 0;

	if (*digits < '0' || *digits > '9')
		return -1;
	for (; *digits >= '0' && *digits <= '9'; digits++)
		if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, *digits - '0', &value))
			return -1;
	*value_r = *text == '-' ? -value : value;
	*end_r = digits;
	return 0;
}

struct unit {
	const char *name;
	int64_t factor;
};

static int scan_unit(const char *text, const struct unit *units, bool plain, int64_t *value_r)
{
	const char *end;
	int64_t value;

	if (scan_digits(text, &value, &end) == -1)
		return -1;
	if (*end == '\0' && (plain || value == 0)) {
		*value_r = value;
		return 0;
	}
	for (; units->name != NULL; units++)
		if (strcasecmp(end, units->name) == 0)
			return __builtin_mul_overflow(value, units->factor, value_r) ? -1 : 0;
	return -1;
}

static const struct unit int_units[] = {{"k", 1000}, {"m", 1000000}, {"g", 1000000000}, {NULL, 0}};
static const struct unit size_units[] = {{"k", 1 << 10}, {"m", 1 << 20}, {"g", 1 << 30}, {"kb", 1 << 10}, {"mb", 1 << 20},
    {"gb", 1 << 30}, {"b", 1}, {NULL, 0}};
static const struct unit time_units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}, {NULL, 0}};

int conf_scan_int(const char *text, int64_t *value_r)
{
	return scan_unit(text, int_units, true, value_r);
}

int conf_scan_duration(const char *text, int64_t *ms_r)
{
	return scan_unit(text, time_units, false, ms_r);
}

static int check_range(const struct conf_node *key, int64_t value, int64_t min, int64_t max, const char *unit,
    struct diag *d)
{
	char text[96];

	if (value >= min && value <= max)
		return 0;
	snprintf(text, sizeof(text), "out of range, %lld to %lld%s are allowed", (long long)min, (long long)max, unit);
	return bad_value(key, text, d);
}

int conf_int(const struct conf_node *key, int64_t min, int64_t max, int64_t *value_r, struct diag *d)
{
	if (conf_scan_int(key->values->text, value_r) == -1)
		return bad_value(key, "expected a whole number (10, 5k, 2m)", d);
	return check_range(key, *value_r, min, max, "", d);
}

int conf_size(const struct conf_node *key, int64_t min, int64_t max, int64_t *value_r, struct diag *d)
{
	if (scan_unit(key->values->text, size_units, true, value_r) == -1)
		return bad_value(key, "expected a size (500K, 10M, 1G)", d);
	return check_range(key, *value_r, min, max, " bytes", d);
}

int conf_duration_ms(const struct conf_node *key, int64_t min, int64_t max, int64_t *value_r, struct diag *d)
{
	if (conf_scan_duration(key->values->text, value_r) == -1)
		return bad_value(key, "expected a duration with its unit (500ms, 30s, 5m, 2h, 1d)", d);
	return check_range(key, *value_r, min, max, " ms", d);
}

int conf_mode(const struct conf_node *key, unsigned *value_r, struct diag *d)
{
	const char *text = key->values->text;
	size_t len = strspn(text, "01234567");
	unsigned long value = strtoul(text, NULL, 8);

	if (len < 3 || len > 4 || text[len] != '\0' || value > 0777)
		return bad_value(key, "expected an octal mode (0660)", d);
	*value_r = (unsigned)value;
	return 0;
}

int conf_action(const struct conf_node *key, enum action *value_r, struct diag *d)
{
	static const char *const words[] = {"pass", "tag", "hold", "defer", "reject", NULL};
	size_t index;

	if (conf_choice(key, words, &index, d) == -1)
		return -1;
	*value_r = (enum action)index;
	return 0;
}

int conf_date(const struct conf_node *key, int64_t *seconds_r, struct diag *d)
{
	if (clock_parse(key->values->text, seconds_r) == -1)
		return bad_value(key, "expected a date (2022-03-18)", d);
	return 0;
}

static void join_words(char *out, size_t size, const char *const *words)
{
	size_t len = strlen(out);

	for (size_t i = 0; words[i] != NULL && len < size; i++)
		len += (size_t)snprintf(out + len, size - len, "%s%s", i == 0 ? "" : words[i + 1] == NULL ? " or " : ", ",
		    words[i]);
}

int conf_choice(const struct conf_node *key, const char *const *words, size_t *index_r, struct diag *d)
{
	const char *text = key->values->text, *guess;
	char expected[256] = "expected ";

	for (size_t i = 0; words[i] != NULL; i++) {
		if (strcmp(words[i], text) == 0) {
			*index_r = i;
			return 0;
		}
	}
	join_words(expected, sizeof(expected), words);
	guess = diag_suggest(text, words);
	if (guess != NULL)
		snprintf(expected + strlen(expected), sizeof(expected) - strlen(expected), ", did you mean '%s'?", guess);
	return bad_value(key, expected, d);
}
