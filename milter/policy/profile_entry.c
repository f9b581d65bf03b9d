/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The entries of a marketplace's section: relays, numbers, dated values, kinds
 * of mail, each checked as it is read.
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
static const struct conf_name kind_names[] = {
	{"from", CONF_ONE}, {"sender", CONF_ONE}, {"subject", CONF_ONE}, {"body", CONF_ONE},
	{"header", CONF_SECTION | CONF_TITLE | CONF_MANY_TITLES}, {"without", CONF_LIST}, {"labels", CONF_LIST},
	{"clock", CONF_ONE}, {"answers", CONF_ONE}, {"source", CONF_ONE}, {NULL, 0}
};
static const struct conf_name header_names[] = {{"pattern", CONF_ONE | CONF_REQUIRED}, {NULL, 0}};
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
static void insert_value(struct marketplace *market, struct dated_value *value)
{
	struct dated_value **place = &market->values;

	while (*place != NULL && (*place)->since >= value->since)
		place = &(*place)->next;
	value->next = *place;
	*place = value;
}

void profile_value_read(struct profile_loader *loader, struct marketplace *market, const struct conf_node *node)
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
		insert_value(market, value);
}

/* ---- kinds of mail ------------------------------------------------------- */

static void add_condition(struct profile_loader *loader, struct kind *kind, enum condition_place place,
    const struct conf_node *key, const char *header)
{
	struct condition *condition, **tail = &kind->conditions;

	if (key == NULL || (condition = profile_alloc(loader, sizeof(*condition))) == NULL)
		return;
	condition->place = place;
	condition->header = header;
	condition->pattern = profile_pattern_read(loader, key);
	while (*tail != NULL)
		tail = &(*tail)->next;
	if (condition->pattern != NULL)
		*tail = condition;
}

static void read_conditions(struct profile_loader *loader, struct kind *kind, const struct conf_node *node)
{
	add_condition(loader, kind, CONDITION_FROM, conf_child(node, "from"), NULL);
	add_condition(loader, kind, CONDITION_SENDER, conf_child(node, "sender"), NULL);
	for (const struct conf_node *child = node->children; child != NULL; child = child->next)
		if (child->section && conf_check(child, header_names, loader->d) == 0)
			add_condition(loader, kind, CONDITION_HEADER, conf_child(child, "pattern"), child->title);
	add_condition(loader, kind, CONDITION_SUBJECT, conf_child(node, "subject"), NULL);
	add_condition(loader, kind, CONDITION_BODY, conf_child(node, "body"), NULL);
}

static void check_labels(struct profile_loader *loader, const struct conf_node *key)
{
	for (const struct conf_value *value = key->values; value != NULL; value = value->next) {
		size_t len = strlen(value->text);

		if (len == 0 || len > 64
		    || strspn(value->text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") != len)
			diag_at(loader->d, key->file, value->line, "label '%.80s': letters, digits and '-' only", value->text);
	}
}

char **profile_list_read(struct profile_loader *loader, const struct conf_node *key)
{
	static const struct conf_node none = {.name = NULL};
	char **list = conf_list(loader->arena, key != NULL ? key : &none);

	if (list == NULL)
		diag_add(loader->d, "memory is out");
	return list;
}

void profile_kind_read(struct profile_loader *loader, struct marketplace *market, const struct conf_node *node)
{
	struct kind *kind, **tail = &market->kinds;
	const struct conf_node *key;

	if (conf_check(node, kind_names, loader->d) == -1 || (kind = profile_alloc(loader, sizeof(*kind))) == NULL)
		return;
	kind->node = node;
	kind->kind.name = node->title;
	key = conf_child(node, "labels");
	if (key != NULL)
		check_labels(loader, key);
	kind->kind.labels = profile_list_read(loader, key);
	key = conf_child(node, "without");
	kind->without = key != NULL ? profile_list_read(loader, key) : NULL;
	key = conf_child(node, "clock");
	kind->kind.clock = key != NULL ? key->values->text : NULL;
	key = conf_child(node, "answers");
	if (key != NULL)
		conf_bool(key, &kind->kind.answers, loader->d);
	read_conditions(loader, kind, node);
	while (*tail != NULL)
		tail = &(*tail)->next;
	*tail = kind;
}
