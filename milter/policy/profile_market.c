/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A marketplace from its layers: a site's section over the shipped one, and the
 * checks that need all of it.
 */
#include "policy/profile_load.h"

#include <string.h>

static const struct conf_name market_names[] = {
	{"title", CONF_ONE}, {"domains", CONF_LIST}, {"relay_domains", CONF_LIST}, {"thread_ignores", CONF_ONE},
	{"relay", CONF_SECTION | CONF_TITLE | CONF_MANY}, {"value", CONF_SECTION | CONF_TITLE | CONF_MANY},
	{"clock", CONF_SECTION | CONF_TITLE | CONF_MANY}, {"window", CONF_SECTION | CONF_TITLE | CONF_MANY},
	{"kind", CONF_SECTION | CONF_TITLE | CONF_MANY_TITLES}, {"support", CONF_SECTION | CONF_TITLE | CONF_MANY},
	{"id", CONF_SECTION | CONF_TITLE | CONF_MANY}, {"names", CONF_LIST}, {"other_domains", CONF_LIST},
	{"frame", CONF_SECTION | CONF_TITLE | CONF_MANY_TITLES}, {"channel", CONF_SECTION | CONF_TITLE | CONF_MANY},
	{NULL, 0}
};

/* Whether there may be several of a name, each from a day on. */
static bool is_dated(const struct conf_node *node)
{
	return strcmp(node->name, "value") == 0 || strcmp(node->name, "clock") == 0 || strcmp(node->name, "window") == 0;
}

/* Whether both are entries of which only the upper one counts. */
static bool replaces(const struct conf_node *upper, const struct conf_node *lower)
{
	const char *a, *b;

	if (!upper->section || strcmp(upper->name, lower->name) != 0 || upper->title == NULL || lower->title == NULL
	    || strcmp(upper->title, lower->title) != 0)
		return false;
	if (!is_dated(upper))
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

static void check_twice(struct profile_loader *loader, const struct conf_node *section)
{
	for (const struct conf_node *node = section->children; node != NULL; node = node->next) {
		bool dated = node->section && is_dated(node);

		for (const struct conf_node *n = section->children; dated && n != node; n = n->next)
			if (replaces(n, node)) {
				diag_at(loader->d, node->file, node->line, "%s \"%.60s\" since %s was given in line %d already",
				    node->name, node->title, conf_text(node, "since"), n->line);
				break;
			}
	}
}

static void read_entries(struct profile_loader *loader, struct marketplace *market, const struct conf_node *section,
    const struct conf_node *overlay)
{
	for (const struct conf_node *node = section->children; node != NULL; node = node->next) {
		if (!node->section || is_replaced(overlay, node))
			continue;
		if (strcmp(node->name, "relay") == 0)
			profile_relay_read(loader, market, node);
		else if (strcmp(node->name, "value") == 0)
			profile_value_read(loader, &market->values, node);
		else if (strcmp(node->name, "clock") == 0)
			profile_clock_read(loader, market, node);
		else if (strcmp(node->name, "window") == 0)
			profile_window_read(loader, market, node);
		else if (strcmp(node->name, "kind") == 0)
			profile_kind_read(loader, &market->kinds, node);
		else if (strcmp(node->name, "frame") == 0)
			profile_frame_read(loader, market, node);
		else if (strcmp(node->name, "channel") == 0)
			profile_channel_read(loader, market, node);
		else if (strcmp(node->name, "support") == 0)
			profile_support_read(loader, market, node);
		else if (strcmp(node->name, "id") == 0)
			profile_number_read(loader, &market->numbers, node);
	}
}

static void read_keys(struct profile_loader *loader, struct marketplace *market, const struct conf_node *section)
{
	const struct conf_node *key;

	if (market->title == NULL && (key = conf_child(section, "title")) != NULL)
		market->title = key->values->text;
	if (market->domains == NULL && (key = conf_child(section, "domains")) != NULL) {
		market->domains = profile_list_read(loader, key);
		market->domains_key = key;
	}
	if (market->relay_domains == NULL && (key = conf_child(section, "relay_domains")) != NULL) {
		market->relay_domains = profile_list_read(loader, key);
		market->relay_domains_key = key;
	}
	if (market->names == NULL && (key = conf_child(section, "names")) != NULL)
		market->names = profile_list_read(loader, key);
	if (market->other_domains == NULL && (key = conf_child(section, "other_domains")) != NULL)
		market->other_domains = profile_list_read(loader, key);
	if (market->thread_ignores == NULL && (key = conf_child(section, "thread_ignores")) != NULL)
		market->thread_ignores = profile_pattern_read(loader, key);
}

void profile_market_read(struct profile_loader *loader, struct marketplace *market, const struct conf_node *section,
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

static void check_kinds(struct profile_loader *loader, const struct marketplace *market)
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

/* Clocks that no mail starts: when the marketplace's own support may be expected to answer a case. */
static const char *const case_clocks[] = {"case", "case-usual", "case-urgent"};
#define CASE_CLOCKS (sizeof(case_clocks) / sizeof(case_clocks[0]))

static bool is_case_clock(const char *name)
{
	for (size_t i = 0; i < CASE_CLOCKS; i++)
		if (strcmp(name, case_clocks[i]) == 0)
			return true;
	return false;
}

/* A clock that no kind starts is most likely a misspelt name: it would change nothing. */
static void check_clocks(struct profile_loader *loader, const struct marketplace *market)
{
	for (const struct dated_clock *c = market->clocks; c != NULL; c = c->next) {
		const char *names[33], *guess;
		size_t count = CASE_CLOCKS;
		bool used = is_case_clock(c->clock.name);

		memcpy(names, case_clocks, sizeof(case_clocks));
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

void profile_market_finish(struct profile_loader *loader, struct marketplace *market)
{
	if (market->title == NULL)
		market->title = market->name;
	if (market->domains == NULL && market->relay_domains == NULL)
		diag_at(loader->d, market->node->file, market->node->line,
		    "marketplace \"%.60s\" has neither domains nor relay_domains", market->name);
	check_kinds(loader, market);
	check_clocks(loader, market);
	profile_values_check(loader, market);
	market->common_values = loader->profiles->values;
	market->ids = id_set_new();
	if (market->ids == NULL || profile_poses_make(loader->arena, market) != 0) {
		diag_add(loader->d, "memory is out");
		return;
	}
	profile_numbers_add(loader, market->ids, market->numbers);
	profile_numbers_add(loader, market->ids, loader->profiles->common);
}
