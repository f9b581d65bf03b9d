/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads marketplaces/ (.conf files). A site's file takes the place of the shipped one of its name; a
 * marketplace "x" of another site file goes over the shipped one: its keys, and its entries of the same
 * name (for dated values: of the same name and date), count instead.
 */
#include <stdlib.h>
#include <string.h>

#include "policy/layers.h"
#include "policy/profile_load.h"

#define PROFILES_MEMORY ((size_t)64 << 20)

static const struct conf_name file_names[] = {
	{"marketplace", CONF_SECTION | CONF_TITLE | CONF_MANY_TITLES}, {"common", CONF_SECTION}, {NULL, 0}
};
static const struct conf_name common_names[] = {
	{"id", CONF_SECTION | CONF_TITLE | CONF_MANY}, {"fact", CONF_SECTION | CONF_TITLE | CONF_MANY},
	{"kind", CONF_SECTION | CONF_TITLE | CONF_MANY_TITLES}, {"spam", CONF_SECTION | CONF_TITLE | CONF_MANY},
	{"value", CONF_SECTION | CONF_TITLE | CONF_MANY}, {NULL, 0}
};
static const struct conf_name fact_names[] = {{"pattern", CONF_ONE | CONF_REQUIRED}, {"source", CONF_ONE}, {NULL, 0}};

struct market_draft {
	struct conf_node *base, *overlay;
};

static void add_draft(struct profile_loader *loader, struct market_draft *drafts, size_t *count, struct conf_node *node,
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

static void read_fact(struct profile_loader *loader, const struct conf_node *node)
{
	static const char *const names[] = {"asks", "phone", "link_wrapper", NULL};
	struct fact *fact, **tail = &loader->profiles->facts;
	size_t i = 0;

	while (names[i] != NULL && strcmp(names[i], node->title) != 0)
		i++;
	if (names[i] == NULL) {
		diag_at(loader->d, node->file, node->line, "fact \"%.60s\" is not one: asks, phone, link_wrapper", node->title);
		return;
	}
	if (conf_check(node, fact_names, loader->d) == -1 || (fact = profile_alloc(loader, sizeof(*fact))) == NULL)
		return;
	fact->name = names[i];
	fact->pattern = profile_pattern_read(loader, conf_child(node, "pattern"));
	if (fact->pattern == NULL)
		return;
	/* In the order of the file, where the one that fits most often can be first: any of a name will do. */
	while (*tail != NULL)
		tail = &(*tail)->next;
	*tail = fact;
}

static void read_common_kind(struct profile_loader *loader, const struct conf_node *node)
{
	profile_kind_read(loader, &loader->profiles->kinds, node);
	if (conf_child(node, "clock") != NULL)
		diag_at(loader->d, node->file, node->line, "kind \"%.60s\": only a marketplace's kinds have a clock", node->title);
}

/* What a marketplace's mail looks like and its terms are its own; how often its support is asked is our own caution. */
static void read_common_value(struct profile_loader *loader, const struct conf_node *node)
{
	if (strncmp(node->title, "case_", 5) == 0)
		profile_value_read(loader, &loader->profiles->values, node);
	else
		diag_at(loader->d, node->file, node->line, "value \"%.60s\" belongs to a marketplace: only values of cases "
		    "(\"case_...\") are common", node->title);
}

static void read_common(struct profile_loader *loader, const struct conf_node *section)
{
	if (conf_check(section, common_names, loader->d) == -1)
		return;
	for (const struct conf_node *node = section->children; node != NULL; node = node->next)
		if (strcmp(node->name, "fact") == 0)
			read_fact(loader, node);
		else if (strcmp(node->name, "kind") == 0)
			read_common_kind(loader, node);
		else if (strcmp(node->name, "spam") == 0)
			profile_spam_read(loader, node);
		else if (strcmp(node->name, "value") == 0)
			read_common_value(loader, node);
		else
			profile_number_read(loader, &loader->profiles->common, node);
}

static size_t collect(struct profile_loader *loader, struct layer_file *files, struct market_draft *drafts)
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
static void add_foreign_numbers(struct profile_loader *loader, size_t own)
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
	id_set_finish(profiles->markets[own].ids, loader->d);
}

static void read_markets(struct profile_loader *loader, struct layer_file *files)
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
			profile_market_read(loader, market, drafts[i].overlay, NULL);
		if (drafts[i].base != NULL)
			profile_market_read(loader, market, drafts[i].base, drafts[i].overlay);
		if (loader->d->count == before)
			profile_market_finish(loader, market);
	}
	for (size_t i = 0; i < profiles->count; i++)
		if (profiles->markets[i].ids != NULL)
			add_foreign_numbers(loader, i);
}

/* The numbers of all marketplaces: where two want the same bytes the longer has them, else the first. */
static void finish_numbers(struct profile_loader *loader)
{
	struct profiles *profiles = loader->profiles;

	profiles->all_ids = id_set_new();
	if (profiles->all_ids == NULL) {
		diag_add(loader->d, "memory is out");
		return;
	}
	for (size_t i = 0; i < profiles->count; i++)
		profile_numbers_add(loader, profiles->all_ids, profiles->markets[i].numbers);
	profile_numbers_add(loader, profiles->all_ids, profiles->common);
	id_set_finish(profiles->all_ids, loader->d);
}

/* ---- the table of domains ------------------------------------------------ */

static void add_domains(struct profile_loader *loader, struct marketplace *market, const struct conf_node *key, bool relay)
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

static void build_table(struct profile_loader *loader)
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
	struct profile_loader loader = {.profiles = profiles, .d = d};
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
	profile_kinds_free(market->kinds);
	profile_support_free(market->supports);
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
	profile_inbound_free(p);
	if (p->all_ids != NULL)
		id_set_free(&p->all_ids);
	for (struct fact *fact = p->facts; fact != NULL; fact = fact->next)
		pattern_free(&fact->pattern);
	arena_free(&p->arena);
	free(p);
	*profiles = NULL;
}
