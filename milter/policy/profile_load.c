/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads marketplaces/ (.conf files). A site's file takes the place of the shipped one of its name; a
 * marketplace "x" of another site file goes over the shipped one: its keys, and its entries of the same
 * name (for dated values: of the same name and date), count instead.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/pattern_lint.h"
#include "policy/layers.h"
#include "policy/profile_int.h"

#define PROFILES_MEMORY ((size_t)64 << 20)
#define HOURS_MAX 8784 /* a leap year */

struct loader {
	struct profiles *profiles;
	struct arena *arena;
	struct diag *d;
};

static const struct conf_name file_names[] = {
	{"marketplace", CONF_SECTION | CONF_TITLE | CONF_MANY_TITLES}, {"common", CONF_SECTION}, {NULL, 0}
};
static const struct conf_name common_names[] = {
	{"id", CONF_SECTION | CONF_TITLE | CONF_MANY}, {"fact", CONF_SECTION | CONF_TITLE | CONF_MANY}, {NULL, 0}
};
static const struct conf_name fact_names[] = {{"pattern", CONF_ONE | CONF_REQUIRED}, {"source", CONF_ONE}, {NULL, 0}};
static const struct conf_name market_names[] = {
	{"title", CONF_ONE}, {"domains", CONF_LIST}, {"relay_domains", CONF_LIST}, {"thread_ignores", CONF_ONE},
	{"relay", CONF_SECTION | CONF_TITLE | CONF_MANY}, {"value", CONF_SECTION | CONF_TITLE | CONF_MANY},
	{"clock", CONF_SECTION | CONF_TITLE | CONF_MANY}, {"kind", CONF_SECTION | CONF_TITLE | CONF_MANY_TITLES},
	{"id", CONF_SECTION | CONF_TITLE | CONF_MANY}, {NULL, 0}
};
static const struct conf_name relay_names[] = {{"pattern", CONF_ONE | CONF_REQUIRED}, {"source", CONF_ONE}, {NULL, 0}};
static const struct conf_name value_names[] = {
	{"value", CONF_ONE}, {"values", CONF_LIST}, {"since", CONF_ONE | CONF_REQUIRED}, {"source", CONF_ONE | CONF_REQUIRED},
	{NULL, 0}
};
static const struct conf_name clock_names[] = {
	{"kind", CONF_ONE}, {"hours", CONF_ONE | CONF_REQUIRED}, {"since", CONF_ONE | CONF_REQUIRED},
	{"source", CONF_ONE | CONF_REQUIRED}, {NULL, 0}
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

static void *loader_alloc(struct loader *loader, size_t size)
{
	void *memory = arena_alloc(loader->arena, size);

	if (memory == NULL)
		diag_add(loader->d, "memory is out");
	return memory;
}

static void lint_pattern(struct loader *loader, const struct conf_node *key, const char *expression)
{
	const char *start, *end = expression != NULL ? pattern_costly(expression, &start) : NULL;

	if (end != NULL)
		diag_at(&loader->profiles->warnings, key->file, key->line,
		    "%s: a text can make the repetition '%.*s' costly: let it match a run in one way only", key->name,
		    (int)(end - start < 60 ? end - start : 60), start);
}

static struct pattern *read_pattern(struct loader *loader, const struct conf_node *key)
{
	struct diag reason = {.text = ""};
	struct pattern *pattern = pattern_compile(key->values->text, PATTERN_NO_CASE, &reason);

	if (pattern == NULL)
		diag_at(loader->d, key->file, key->values->line, "%s: %s", key->name, reason.text);
	lint_pattern(loader, key, key->values->text);
	return pattern;
}

/* ---- relays and numbers -------------------------------------------------- */

static void read_relay(struct loader *loader, struct marketplace *market, const struct conf_node *node)
{
	struct relay **tail = &market->relays, *relay;

	if (conf_check(node, relay_names, loader->d) == -1 || (relay = loader_alloc(loader, sizeof(*relay))) == NULL)
		return;
	relay->name = node->title;
	relay->pattern = read_pattern(loader, conf_child(node, "pattern"));
	while (*tail != NULL)
		tail = &(*tail)->next;
	if (relay->pattern != NULL)
		*tail = relay;
}

static void read_number(struct loader *loader, struct number **tail, const struct conf_node *node)
{
	struct number *number;

	if (conf_check(node, id_names, loader->d) == -1 || (number = loader_alloc(loader, sizeof(*number))) == NULL)
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

static void add_numbers(struct loader *loader, struct id_set *set, const struct number *number)
{
	for (; number != NULL; number = number->next) {
		struct diag reason = {.text = ""};

		if (id_set_add(set, &number->pattern, &reason) == -1)
			diag_at(loader->d, number->node->file, number->node->line, "id \"%.60s\": %s", number->pattern.kind,
			    reason.text);
	}
}

/* ---- dated values -------------------------------------------------------- */

static char *join_values(struct loader *loader, const struct conf_node *key)
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

static void read_value(struct loader *loader, struct marketplace *market, const struct conf_node *node)
{
	const struct conf_node *one, *many;
	struct dated_value *value;

	if (conf_check(node, value_names, loader->d) == -1 || (value = loader_alloc(loader, sizeof(*value))) == NULL)
		return;
	one = conf_child(node, "value");
	many = conf_child(node, "values");
	if ((one == NULL) == (many == NULL)) {
		diag_at(loader->d, node->file, node->line, "value \"%.60s\" needs either 'value' or 'values'", node->title);
		return;
	}
	value->name = node->title;
	value->text = join_values(loader, one != NULL ? one : many);
	value->source = conf_child(node, "source")->values->text;
	if (conf_date(conf_child(node, "since"), &value->since, loader->d) == 0)
		insert_value(market, value);
}

static void insert_clock(struct marketplace *market, struct dated_clock *clock)
{
	struct dated_clock **place = &market->clocks;

	while (*place != NULL && (*place)->clock.since >= clock->clock.since)
		place = &(*place)->next;
	clock->next = *place;
	*place = clock;
}

static void read_clock(struct loader *loader, struct marketplace *market, const struct conf_node *node)
{
	static const char *const kinds[] = {"wall", NULL};
	const struct conf_node *kind;
	struct dated_clock *clock;
	int64_t hours;
	size_t index;

	if (conf_check(node, clock_names, loader->d) == -1 || (clock = loader_alloc(loader, sizeof(*clock))) == NULL)
		return;
	kind = conf_child(node, "kind");
	if (kind != NULL && conf_choice(kind, kinds, &index, loader->d) == -1)
		return;
	if (conf_int(conf_child(node, "hours"), 1, HOURS_MAX, &hours, loader->d) == -1)
		return;
	clock->node = node;
	clock->clock.name = node->title;
	clock->clock.kind = SLA_WALL;
	clock->clock.seconds = hours * 3600;
	clock->clock.source = conf_child(node, "source")->values->text;
	if (conf_date(conf_child(node, "since"), &clock->clock.since, loader->d) == 0)
		insert_clock(market, clock);
}

/* ---- kinds of mail ------------------------------------------------------- */

static void add_condition(struct loader *loader, struct kind *kind, enum condition_place place,
    const struct conf_node *key, const char *header)
{
	struct condition *condition, **tail = &kind->conditions;

	if (key == NULL || (condition = loader_alloc(loader, sizeof(*condition))) == NULL)
		return;
	condition->place = place;
	condition->header = header;
	condition->pattern = read_pattern(loader, key);
	while (*tail != NULL)
		tail = &(*tail)->next;
	if (condition->pattern != NULL)
		*tail = condition;
}

static void read_conditions(struct loader *loader, struct kind *kind, const struct conf_node *node)
{
	add_condition(loader, kind, CONDITION_FROM, conf_child(node, "from"), NULL);
	add_condition(loader, kind, CONDITION_SENDER, conf_child(node, "sender"), NULL);
	for (const struct conf_node *child = node->children; child != NULL; child = child->next)
		if (child->section && conf_check(child, header_names, loader->d) == 0)
			add_condition(loader, kind, CONDITION_HEADER, conf_child(child, "pattern"), child->title);
	add_condition(loader, kind, CONDITION_SUBJECT, conf_child(node, "subject"), NULL);
	add_condition(loader, kind, CONDITION_BODY, conf_child(node, "body"), NULL);
}

static void check_labels(struct loader *loader, const struct conf_node *key)
{
	for (const struct conf_value *value = key->values; value != NULL; value = value->next) {
		size_t len = strlen(value->text);

		if (len == 0 || len > 64
		    || strspn(value->text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") != len)
			diag_at(loader->d, key->file, value->line, "label '%.80s': letters, digits and '-' only", value->text);
	}
}

static char **kind_list(struct loader *loader, const struct conf_node *key)
{
	static const struct conf_node none = {.name = NULL};
	char **list = conf_list(loader->arena, key != NULL ? key : &none);

	if (list == NULL)
		diag_add(loader->d, "memory is out");
	return list;
}

static void read_kind(struct loader *loader, struct marketplace *market, const struct conf_node *node)
{
	struct kind *kind, **tail = &market->kinds;
	const struct conf_node *key;

	if (conf_check(node, kind_names, loader->d) == -1 || (kind = loader_alloc(loader, sizeof(*kind))) == NULL)
		return;
	kind->node = node;
	kind->kind.name = node->title;
	key = conf_child(node, "labels");
	if (key != NULL)
		check_labels(loader, key);
	kind->kind.labels = kind_list(loader, key);
	key = conf_child(node, "without");
	kind->without = key != NULL ? kind_list(loader, key) : NULL;
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

/* ---- a marketplace from its layers --------------------------------------- */

/* Whether both are entries of which only the upper one counts. */
static bool replaces(const struct conf_node *upper, const struct conf_node *lower)
{
	const char *a, *b;

	if (!upper->section || strcmp(upper->name, lower->name) != 0 || upper->title == NULL || lower->title == NULL
	    || strcmp(upper->title, lower->title) != 0)
		return false;
	if (strcmp(upper->name, "value") != 0 && strcmp(upper->name, "clock") != 0)
		return true;
	a = conf_text(upper, "since");
	b = conf_text(lower, "since");
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

static bool is_replaced(const struct conf_node *overlay, const struct conf_node *node)
{
	for (const struct conf_node *n = overlay != NULL ? overlay->children : NULL; n != NULL; n = n->next)
		if (replaces(n, node))
			return true;
	return false;
}

static void check_twice(struct loader *loader, const struct conf_node *section)
{
	for (const struct conf_node *node = section->children; node != NULL; node = node->next) {
		bool dated = node->section && (strcmp(node->name, "value") == 0 || strcmp(node->name, "clock") == 0);

		for (const struct conf_node *n = section->children; dated && n != node; n = n->next)
			if (replaces(n, node)) {
				diag_at(loader->d, node->file, node->line, "%s \"%.60s\" since %s was given in line %d already",
				    node->name, node->title, conf_text(node, "since"), n->line);
				break;
			}
	}
}

static void read_entries(struct loader *loader, struct marketplace *market, const struct conf_node *section,
    const struct conf_node *overlay)
{
	for (const struct conf_node *node = section->children; node != NULL; node = node->next) {
		if (!node->section || is_replaced(overlay, node))
			continue;
		if (strcmp(node->name, "relay") == 0)
			read_relay(loader, market, node);
		else if (strcmp(node->name, "value") == 0)
			read_value(loader, market, node);
		else if (strcmp(node->name, "clock") == 0)
			read_clock(loader, market, node);
		else if (strcmp(node->name, "kind") == 0)
			read_kind(loader, market, node);
		else if (strcmp(node->name, "id") == 0)
			read_number(loader, &market->numbers, node);
	}
}

static void read_keys(struct loader *loader, struct marketplace *market, const struct conf_node *section)
{
	const struct conf_node *key;

	if (market->title == NULL && (key = conf_child(section, "title")) != NULL)
		market->title = key->values->text;
	if (market->domains == NULL && (key = conf_child(section, "domains")) != NULL) {
		market->domains = kind_list(loader, key);
		market->domains_key = key;
	}
	if (market->relay_domains == NULL && (key = conf_child(section, "relay_domains")) != NULL) {
		market->relay_domains = kind_list(loader, key);
		market->relay_domains_key = key;
	}
	if (market->thread_ignores == NULL && (key = conf_child(section, "thread_ignores")) != NULL)
		market->thread_ignores = read_pattern(loader, key);
}

static void read_market_section(struct loader *loader, struct marketplace *market, const struct conf_node *section,
    const struct conf_node *overlay)
{
	if (conf_check(section, market_names, loader->d) == -1)
		return;
	check_twice(loader, section);
	read_keys(loader, market, section);
	read_entries(loader, market, section, overlay);
}

static const char *nearest_clock(const struct marketplace *market, const char *name, bool *found_r)
{
	const char *names[33];
	size_t count = 0;

	*found_r = false;
	for (const struct dated_clock *c = market->clocks; c != NULL; c = c->next) {
		if (strcmp(c->clock.name, name) == 0)
			*found_r = true;
		if (count < 32)
			names[count++] = c->clock.name;
	}
	names[count] = NULL;
	return diag_suggest(name, names);
}

static void check_kinds(struct loader *loader, const struct marketplace *market)
{
	for (const struct kind *kind = market->kinds; kind != NULL; kind = kind->next) {
		const struct conf_node *key = conf_child(kind->node, "clock");
		const char *guess;
		bool found;

		if (key == NULL)
			continue;
		guess = nearest_clock(market, kind->kind.clock, &found);
		if (!found)
			diag_at(loader->d, key->file, key->line, "kind \"%.60s\": marketplace \"%.60s\" has no clock \"%.60s\"%s%s%s",
			    kind->kind.name, market->name, kind->kind.clock, guess != NULL ? ", did you mean \"" : "",
			    guess != NULL ? guess : "", guess != NULL ? "\"?" : "");
	}
}

/* A clock that no kind starts is most likely a misspelt name: it would change nothing. */
static void check_clocks(struct loader *loader, const struct marketplace *market)
{
	for (const struct dated_clock *c = market->clocks; c != NULL; c = c->next) {
		const char *names[33], *guess;
		size_t count = 0;
		bool used = false;

		for (const struct kind *kind = market->kinds; kind != NULL; kind = kind->next) {
			if (kind->kind.clock != NULL && strcmp(kind->kind.clock, c->clock.name) == 0)
				used = true;
			if (kind->kind.clock != NULL && count < 32)
				names[count++] = kind->kind.clock;
		}
		names[count] = NULL;
		guess = diag_suggest(c->clock.name, names);
		if (!used)
			diag_at(loader->d, c->node->file, c->node->line, "clock \"%.60s\" is started by no kind of mail%s%s%s",
			    c->clock.name, guess != NULL ? ", did you mean \"" : "", guess != NULL ? guess : "",
			    guess != NULL ? "\"?" : "");
	}
}

static void check_auto_reply(struct loader *loader, const struct marketplace *market)
{
	bool counts;

	for (const struct dated_value *v = market->values; v != NULL; v = v->next)
		if (strcmp(v->name, "auto_reply_counts") == 0 && v->text != NULL && conf_scan_bool(v->text, &counts) == -1)
			diag_at(loader->d, market->node->file, market->node->line,
			    "value \"auto_reply_counts\" of marketplace \"%.60s\" is '%.60s', expected yes or no", market->name,
			    v->text);
}

static void finish_market(struct loader *loader, struct marketplace *market)
{
	if (market->title == NULL)
		market->title = market->name;
	if (market->domains == NULL && market->relay_domains == NULL)
		diag_at(loader->d, market->node->file, market->node->line,
		    "marketplace \"%.60s\" has neither domains nor relay_domains", market->name);
	check_kinds(loader, market);
	check_clocks(loader, market);
	check_auto_reply(loader, market);
	market->ids = id_set_new();
	if (market->ids == NULL) {
		diag_add(loader->d, "memory is out");
		return;
	}
	add_numbers(loader, market->ids, market->numbers);
	add_numbers(loader, market->ids, loader->profiles->common);
}

/* The numbers of all marketplaces: where two want the same bytes the longer has them, else the first. */
static void finish_numbers(struct loader *loader)
{
	struct profiles *profiles = loader->profiles;

	profiles->all_ids = id_set_new();
	if (profiles->all_ids == NULL) {
		diag_add(loader->d, "memory is out");
		return;
	}
	for (size_t i = 0; i < profiles->count; i++)
		add_numbers(loader, profiles->all_ids, profiles->markets[i].numbers);
	add_numbers(loader, profiles->all_ids, profiles->common);
}

/* ---- files --------------------------------------------------------------- */

struct market_draft {
	struct conf_node *base, *overlay;
};

static void add_draft(struct loader *loader, struct market_draft *drafts, size_t *count, struct conf_node *node,
    bool overlay)
{
	struct conf_node **place;
	size_t i = 0;

	while (i < *count && strcmp((drafts[i].base != NULL ? drafts[i].base : drafts[i].overlay)->title, node->title) != 0)
		i++;
	place = overlay ? &drafts[i].overlay : &drafts[i].base;
	if (*place != NULL) {
		diag_at(loader->d, node->file, node->line, "duplicate marketplace \"%.60s\", first in %s:%d", node->title,
		    (*place)->file, (*place)->line);
		return;
	}
	*count += i == *count;
	*place = node;
}

static void read_fact(struct loader *loader, const struct conf_node *node)
{
	static const char *const names[] = {"asks", "phone", NULL};
	struct fact *fact;
	size_t i = 0;

	while (names[i] != NULL && strcmp(names[i], node->title) != 0)
		i++;
	if (names[i] == NULL) {
		diag_at(loader->d, node->file, node->line, "fact \"%.60s\" is not one: asks, phone", node->title);
		return;
	}
	if (conf_check(node, fact_names, loader->d) == -1 || (fact = loader_alloc(loader, sizeof(*fact))) == NULL)
		return;
	fact->name = names[i];
	fact->pattern = read_pattern(loader, conf_child(node, "pattern"));
	if (fact->pattern == NULL)
		return;
	fact->next = loader->profiles->facts;
	loader->profiles->facts = fact;
}

static void read_common(struct loader *loader, const struct conf_node *section)
{
	if (conf_check(section, common_names, loader->d) == -1)
		return;
	for (const struct conf_node *node = section->children; node != NULL; node = node->next)
		if (strcmp(node->name, "fact") == 0)
			read_fact(loader, node);
		else
			read_number(loader, &loader->profiles->common, node);
}

static size_t collect(struct loader *loader, struct layer_file *files, struct market_draft *drafts)
{
	size_t count = 0;

	for (struct layer_file *file = files; file != NULL; file = file->next) {
		conf_check(file->root, file_names, loader->d);
		for (struct conf_node *node = file->root->children; node != NULL; node = node->next) {
			if (!node->section)
				continue;
			if (strcmp(node->name, "common") == 0)
				read_common(loader, node);
			else if (strcmp(node->name, "marketplace") == 0 && node->title != NULL)
				add_draft(loader, drafts, &count, node, file->overlay);
		}
	}
	return count;
}

/* Other marketplaces' numbers, as "ebay/order": no rule may take them for a telephone number. */
static void add_foreign_numbers(struct loader *loader, size_t own)
{
	struct profiles *profiles = loader->profiles;

	for (size_t i = 0; i < profiles->count; i++) {
		const struct number *number = i != own ? profiles->markets[i].numbers : NULL;

		for (; number != NULL; number = number->next) {
			struct number foreign = *number;
			struct diag reason = {.text = ""};

			foreign.pattern.kind = arena_printf(loader->arena, "%s/%s", profiles->markets[i].name, number->pattern.kind);
			if (foreign.pattern.kind == NULL)
				diag_add(loader->d, "memory is out");
			else
				/* What is wrong with it was said where it is the marketplace's own. */
				id_set_add(profiles->markets[own].ids, &foreign.pattern, &reason);
		}
	}
}

static void read_markets(struct loader *loader, struct layer_file *files)
{
	struct profiles *profiles = loader->profiles;
	struct market_draft *drafts;
	size_t count = 0;

	for (struct layer_file *file = files; file != NULL; file = file->next)
		count += file->root->child_count;
	drafts = arena_array(loader->arena, count + 1, sizeof(*drafts));
	profiles->markets = arena_array(loader->arena, count + 1, sizeof(*profiles->markets));
	if (drafts == NULL || profiles->markets == NULL) {
		diag_add(loader->d, "memory is out");
		return;
	}
	profiles->count = collect(loader, files, drafts);
	for (size_t i = 0; i < profiles->count; i++) {
		struct marketplace *market = &profiles->markets[i];
		unsigned before = loader->d->count;

		market->node = drafts[i].base != NULL ? drafts[i].base : drafts[i].overlay;
		market->name = market->node->title;
		if (drafts[i].overlay != NULL)
			read_market_section(loader, market, drafts[i].overlay, NULL);
		if (drafts[i].base != NULL)
			read_market_section(loader, market, drafts[i].base, drafts[i].overlay);
		if (loader->d->count == before)
			finish_market(loader, market);
	}
	for (size_t i = 0; i < profiles->count; i++)
		if (profiles->markets[i].ids != NULL)
			add_foreign_numbers(loader, i);
}

/* ---- the table of domains ------------------------------------------------ */

static void add_domains(struct loader *loader, struct marketplace *market, const struct conf_node *key, bool relay)
{
	struct profiles *profiles = loader->profiles;

	for (const struct conf_value *value = key != NULL ? key->values : NULL; value != NULL; value = value->next) {
		struct market_domain *entry = &profiles->domains[profiles->domain_count];
		size_t len = strlen(value->text);

		if (len == 0 || len > 253 || strspn(value->text, "abcdefghijklmnopqrstuvwxyz0123456789.-") != len
		    || value->text[0] == '.' || value->text[len - 1] == '.') {
			diag_at(loader->d, key->file, value->line,
			    "%s: '%.80s' is no domain (small letters, whole, without '@' or '*')", key->name, value->text);
			continue;
		}
		*entry = (struct market_domain){value->text, market, relay};
		profiles->domain_count++;
	}
}

/* A relay domain before the same domain as a plain one, so that the first of equals counts. */
static int compare_entries(const void *a, const void *b)
{
	const struct market_domain *x = a, *y = b;
	int order = strcmp(x->domain, y->domain);

	return order != 0 ? order : (int)y->relay - (int)x->relay;
}

static void build_table(struct loader *loader)
{
	struct profiles *profiles = loader->profiles;
	size_t room = 1, kept = 0;

	for (size_t i = 0; i < profiles->count; i++)
		room += (profiles->markets[i].domains_key != NULL ? profiles->markets[i].domains_key->value_count : 0)
		    + (profiles->markets[i].relay_domains_key != NULL ? profiles->markets[i].relay_domains_key->value_count : 0);
	profiles->domains = arena_array(loader->arena, room, sizeof(*profiles->domains));
	if (profiles->domains == NULL) {
		diag_add(loader->d, "memory is out");
		return;
	}
	for (size_t i = 0; i < profiles->count; i++) {
		add_domains(loader, &profiles->markets[i], profiles->markets[i].domains_key, false);
		add_domains(loader, &profiles->markets[i], profiles->markets[i].relay_domains_key, true);
	}
	qsort(profiles->domains, profiles->domain_count, sizeof(*profiles->domains), compare_entries);
	for (size_t i = 0; i < profiles->domain_count; i++) {
		struct market_domain *entry = &profiles->domains[i];

		if (kept == 0 || strcmp(profiles->domains[kept - 1].domain, entry->domain) != 0)
			profiles->domains[kept++] = *entry;
		else if (profiles->domains[kept - 1].market != entry->market)
			diag_at(loader->d, entry->market->node->file, entry->market->node->line,
			    "domain '%s' belongs to marketplace \"%.60s\" already", entry->domain,
			    profiles->domains[kept - 1].market->name);
	}
	profiles->domain_count = kept;
}

struct profiles *profiles_load(const struct config *config, struct diag *d)
{
	struct profiles *profiles = calloc(1, sizeof(*profiles));
	struct layer_file *files = NULL;
	struct loader loader = {.profiles = profiles, .d = d};
	unsigned before = d->count;

	if (profiles == NULL || (profiles->arena = arena_new(PROFILES_MEMORY)) == NULL) {
		diag_add(d, "memory is out");
		free(profiles);
		return NULL;
	}
	loader.arena = profiles->arena;
	layers_read(loader.arena, config, "marketplaces", false, &files, d);
	read_markets(&loader, files);
	if (profiles->count == 0 && d->count == before)
		diag_add(d, "no marketplace is described: looked for .conf files in marketplaces/ of %s%s%s", config->rules_shipped,
		    config->rules_site != NULL ? " and " : "", config->rules_site != NULL ? config->rules_site : "");
	build_table(&loader);
	if (d->count == before)
		finish_numbers(&loader);
	if (d->count != before)
		profiles_free(&profiles);
	return profiles;
}

static void free_market(struct marketplace *market)
{
	for (struct relay *relay = market->relays; relay != NULL; relay = relay->next)
		pattern_free(&relay->pattern);
	for (struct kind *kind = market->kinds; kind != NULL; kind = kind->next)
		for (struct condition *c = kind->conditions; c != NULL; c = c->next)
			pattern_free(&c->pattern);
	if (market->thread_ignores != NULL)
		pattern_free(&market->thread_ignores);
	if (market->ids != NULL)
		id_set_free(&market->ids);
}

void profiles_free(struct profiles **profiles)
{
	struct profiles *p = *profiles;

	if (p == NULL)
		return;
	for (size_t i = 0; p->markets != NULL && i < p->count; i++)
		free_market(&p->markets[i]);
	if (p->all_ids != NULL)
		id_set_free(&p->all_ids);
	for (struct fact *fact = p->facts; fact != NULL; fact = fact->next)
		pattern_free(&fact->pattern);
	arena_free(&p->arena);
	free(p);
	*profiles = NULL;
}
