/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kinds of inbound mail: what must hold of a message, what it gets, and the
 * dated facts that it tells.
 */
#include <string.h>

#include "policy/profile_load.h"

static const struct conf_name kind_names[] = {
	{"from", CONF_ONE}, {"sender", CONF_ONE}, {"to", CONF_ONE}, {"subject", CONF_ONE}, {"body", CONF_ONE},
	{"attachment", CONF_ONE}, {"header", CONF_SECTION | CONF_TITLE | CONF_MANY_TITLES}, {"with", CONF_LIST},
	{"without", CONF_LIST}, {"labels", CONF_LIST}, {"clock", CONF_ONE}, {"answers", CONF_ONE}, {"customer", CONF_ONE}, {"failed", CONF_ONE},
	{"case", CONF_ONE}, {"milestone", CONF_SECTION | CONF_TITLE | CONF_MANY_TITLES}, {"source", CONF_ONE}, {NULL, 0}
};
static const struct conf_name header_names[] = {{"pattern", CONF_ONE | CONF_REQUIRED}, {NULL, 0}};
static const struct conf_name milestone_names[] = {
	{"subject", CONF_LIST | CONF_REQUIRED}, {"when", CONF_ONE}, {"term", CONF_ONE}, {"date", CONF_ONE},
	{"month_first", CONF_ONE}, {NULL, 0}
};

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

static void read_header(struct profile_loader *loader, struct kind *kind, const struct conf_node *node)
{
	if (conf_check(node, header_names, loader->d) == 0)
		add_condition(loader, kind, CONDITION_HEADER, conf_child(node, "pattern"), node->title);
}

/* Cheap ones first: all must hold. */
static void read_conditions(struct profile_loader *loader, struct kind *kind, const struct conf_node *node)
{
	add_condition(loader, kind, CONDITION_FROM, conf_child(node, "from"), NULL);
	add_condition(loader, kind, CONDITION_SENDER, conf_child(node, "sender"), NULL);
	add_condition(loader, kind, CONDITION_TO, conf_child(node, "to"), NULL);
	for (const struct conf_node *child = node->children; child != NULL; child = child->next)
		if (child->section && strcmp(child->name, "header") == 0)
			read_header(loader, kind, child);
	add_condition(loader, kind, CONDITION_SUBJECT, conf_child(node, "subject"), NULL);
	add_condition(loader, kind, CONDITION_ATTACHMENT, conf_child(node, "attachment"), NULL);
	add_condition(loader, kind, CONDITION_BODY, conf_child(node, "body"), NULL);
}

static struct pattern *read_optional(struct profile_loader *loader, const struct conf_node *node, const char *name)
{
	const struct conf_node *key = conf_child(node, name);

	return key != NULL ? profile_pattern_read(loader, key) : NULL;
}

/* The desk counts windows and states from these names: another one would be kept and never heard of again. */
static int check_milestone(struct profile_loader *loader, const struct kind *kind, const struct conf_node *node)
{
	const char *guess;

	if (desk_milestone_find(node->title) != NULL)
		return 0;
	guess = diag_suggest(node->title, desk_milestone_names);
	return diag_at(loader->d, node->file, node->line, "kind \"%.60s\": milestone \"%.60s\" is none%s%s%s",
	    kind->kind.name, node->title, guess != NULL ? ", did you mean \"" : "; they are listed in postern.conf(5)",
	    guess != NULL ? guess : "", guess != NULL ? "\"?" : "");
}

static void read_milestone(struct profile_loader *loader, struct kind *kind, const struct conf_node *node)
{
	struct milestone_form **tail = &kind->kind.milestones, *form;
	const struct conf_node *key;

	if (conf_check(node, milestone_names, loader->d) == -1 || check_milestone(loader, kind, node) == -1 ||
	    (form = profile_alloc(loader, sizeof(*form))) == NULL)
		return;
	form->name = node->title;
	form->subject = profile_list_read(loader, conf_child(node, "subject"));
	form->when = read_optional(loader, node, "when");
	form->term = read_optional(loader, node, "term");
	form->date = read_optional(loader, node, "date");
	form->month_first = true;
	key = conf_child(node, "month_first");
	if (key != NULL)
		conf_bool(key, &form->month_first, loader->d);
	while (*tail != NULL)
		tail = &(*tail)->next;
	*tail = form;
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

/* Whether mail of the kind says that mail of ours was not delivered, and who says it. */
static void read_failed(struct profile_loader *loader, struct kind *kind, const struct conf_node *key)
{
	static const char *const reasons[] = {"bounce", "rejection", NULL};
	size_t index;

	if (key != NULL && conf_choice(key, reasons, &index, loader->d) == 0)
		kind->kind.failed = reasons[index];
}

static void read_effects(struct profile_loader *loader, struct kind *kind, const struct conf_node *node)
{
	const struct conf_node *key = conf_child(node, "labels");

	if (key != NULL)
		check_labels(loader, key);
	kind->kind.labels = profile_list_read(loader, key);
	key = conf_child(node, "clock");
	kind->kind.clock = key != NULL ? key->values->text : NULL;
	key = conf_child(node, "answers");
	if (key != NULL)
		conf_bool(key, &kind->kind.answers, loader->d);
	kind->kind.customer = read_optional(loader, node, "customer");
	key = conf_child(node, "case");
	if (key != NULL)
		conf_bool(key, &kind->kind.is_case, loader->d);
	read_failed(loader, kind, conf_child(node, "failed"));
	for (const struct conf_node *child = node->children; child != NULL; child = child->next)
		if (child->section && strcmp(child->name, "milestone") == 0)
			read_milestone(loader, kind, child);
}

/* A kind's condition of From, which is its first; NULL: it has none. */
static struct condition *from_of(const struct kind *kind)
{
	return kind->conditions != NULL && kind->conditions->place == CONDITION_FROM ? kind->conditions : NULL;
}

/* Most kinds of a marketplace ask one of a few things of From, so that each need be looked for once. */
static void number_from(const struct kind *list, const struct kind *kind)
{
	struct condition *own = from_of(kind);

	for (; own != NULL && list != NULL; list = list->next) {
		const struct condition *other = from_of(list);

		if (other == NULL)
			continue;
		if (strcmp(pattern_text(other->pattern), pattern_text(own->pattern)) == 0) {
			own->number = other->number;
			return;
		}
		if (own->number <= other->number)
			own->number = other->number + 1;
	}
}

void profile_kind_read(struct profile_loader *loader, struct kind **tail, const struct conf_node *node)
{
	struct kind *kind;

	if (conf_check(node, kind_names, loader->d) == -1 || (kind = profile_alloc(loader, sizeof(*kind))) == NULL)
		return;
	kind->node = node;
	kind->kind.name = node->title;
	if (conf_child(node, "with") != NULL)
		kind->with = profile_list_read(loader, conf_child(node, "with"));
	if (conf_child(node, "without") != NULL)
		kind->without = profile_list_read(loader, conf_child(node, "without"));
	read_effects(loader, kind, node);
	read_conditions(loader, kind, node);
	number_from(*tail, kind);
	while (*tail != NULL)
		tail = &(*tail)->next;
	*tail = kind;
}

static void milestone_free(struct milestone_form *form)
{
	if (form->when != NULL)
		pattern_free(&form->when);
	if (form->term != NULL)
		pattern_free(&form->term);
	if (form->date != NULL)
		pattern_free(&form->date);
}

void profile_kinds_free(struct kind *kind)
{
	for (; kind != NULL; kind = kind->next) {
		if (kind->kind.customer != NULL)
			pattern_free(&kind->kind.customer);
		for (struct condition *c = kind->conditions; c != NULL; c = c->next)
			pattern_free(&c->pattern);
		for (struct milestone_form *form = kind->kind.milestones; form != NULL; form = form->next)
			milestone_free(form);
	}
}
