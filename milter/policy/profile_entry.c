/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The entries of a marketplace's section: relays, numbers and dated values,
 * each checked as it is read. Clocks: profile_clock.c; kinds of mail: profile_kind.c.
 */
#include "policy/profile_load.h"

#include <string.h>

#include "core/buf.h"
#include "core/pattern_lint.h"

static const struct conf_name relay_names[] = {{"pattern", CONF_ONE | CONF_REQUIRED}, {"source", CONF_ONE}, {NULL, 0}};
static const struct conf_name value_names[] = {
	{"value", CONF_ONE}, {"values", CONF_LIST}, {"since", CONF_ONE | CONF_REQUIRED}, {"source", CONF_ONE | CONF_REQUIRED},
	{NULL, 0}
};
static const struct conf_name id_names[] = {
	{"pattern", CONF_ONE | CONF_REQUIRED}, {"context", CONF_ONE}, {"source", CONF_ONE}, {NULL, 0}
};

void *profile_alloc(struct profile_loader *loader, size_t size)
{
	void *memory = arena_alloc(loader->arena, size);

	if (memory == NULL)
		diag_add(loader->d, "memory is out");
	return memory;
}

static void lint_pattern(struct profile_loader *loader, const struct conf_node *key, const char *expression)
{
	const char *start, *end = expression != NULL ? pattern_costly(expression, &start) : NULL;

	if (end != NULL)
		diag_at(&loader->profiles->warnings, key->file, key->line,
		    "%s: a text can make the repetition '%.*s' costly: let it match a run in one way only", key->name,
		    (int)(end - start < 60 ? end - start : 60), start);
}

struct pattern *profile_pattern_read(struct profile_loader *loader, const struct conf_node *key)
{
	struct diag reason = {.text = ""};
	struct pattern *pattern = pattern_compile(key->values->text, PATTERN_NO_CASE, &reason);

	if (pattern == NULL)
		diag_at(loader->d, key->file, key->values->line, "%s: %s", key->name, reason.text);
	lint_pattern(loader, key, key->values->text);
	return pattern;
}

char **profile_list_read(struct profile_loader *loader, const struct conf_node *key)
{
	static const struct conf_node none = {.name = NULL};
	char **list = conf_list(loader->arena, key != NULL ? key : &none);

	if (list == NULL)
		diag_add(loader->d, "memory is out");
	return list;
}

/* ---- relays and numbers -------------------------------------------------- */

void profile_relay_read(struct profile_loader *loader, struct marketplace *market, const struct conf_node *node)
{
	struct relay **tail = &market->relays, *relay;

	if (conf_check(node, relay_names, loader->d) == -1 || (relay = profile_alloc(loader, sizeof(*relay))) == NULL)
		return;
	relay->name = node->title;
	relay->pattern = profile_pattern_read(loader, conf_child(node, "pattern"));
	while (*tail != NULL)
		tail = &(*tail)->next;
	if (relay->pattern != NULL)
		*tail = relay;
}

void profile_number_read(struct profile_loader *loader, struct number **tail, const struct conf_node *node)
{
	struct number *number;

	if (conf_check(node, id_names, loader->d) == -1 || (number = profile_alloc(loader, sizeof(*number))) == NULL)
		return;
	number->node = node;
	number->pattern.kind = node->title;
	number->pattern.pattern = conf_text(node, "pattern");
	number->pattern.context = conf_text(node, "context");
	lint_pattern(loader, conf_child(node, "pattern"), number->pattern.pattern);
	lint_pattern(loader, node, number->pattern.context);
	while (*tail != NULL)
		tail = &(*tail)->next;
	*tail = number;
}

void profile_numbers_add(struct profile_loader *loader, struct id_set *set, const struct number *number)
{
	for (; number != NULL; number = number->next) {
		struct diag reason = {.text = ""};

		if (id_set_add(set, &number->pattern, &reason) == -1)
			diag_at(loader->d, number->node->file, number->node->line, "id \"%.60s\": %s", number->pattern.kind,
			    reason.text);
	}
}

/* ---- dated values -------------------------------------------------------- */

static char *join_values(struct profile_loader *loader, const struct conf_node *key)
{
	struct buf text = {0};
	char *copy;

	for (const struct conf_value *value = key->values; value != NULL; value = value->next) {
		if (value != key->values)
			buf_add_char(&text, ',');
		if (key->value_count > 1 && strchr(value->text, ',') != NULL)
			diag_at(loader->d, key->file, value->line, "a value in a list can't hold a comma");
		buf_add_str(&text, value->text);
	}
	copy = text.failed ? NULL : arena_memdup(loader->arena, text.data, text.len);
	if (copy == NULL)
		diag_add(loader->d, "memory is out");
	buf_free(&text);
	return copy;
}

/* Overlay entries come first; a later one of the same name and date stands below them. */
static void insert_value(struct dated_value **place, struct dated_value *value)
{
	while (*place != NULL && (*place)->since >= value->since)
		place = &(*place)->next;
	value->next = *place;
	*place = value;
}

void profile_value_read(struct profile_loader *loader, struct dated_value **list, const struct conf_node *node)
{
	const struct conf_node *one, *many;
	struct dated_value *value;

	if (conf_check(node, value_names, loader->d) == -1 || (value = profile_alloc(loader, sizeof(*value))) == NULL)
		return;
	one = conf_child(node, "value");
	many = conf_child(node, "values");
	if ((one == NULL) == (many == NULL)) {
		diag_at(loader->d, node->file, node->line, "value \"%.60s\" needs either 'value' or 'values'", node->title);
		return;
	}
	value->node = node;
	value->name = node->title;
	value->text = join_values(loader, one != NULL ? one : many);
	value->source = conf_child(node, "source")->values->text;
	if (conf_date(conf_child(node, "since"), &value->since, loader->d) == 0)
		insert_value(list, value);
}
