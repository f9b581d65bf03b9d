/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Builds a generation: configuration, plugins, profiles and rules that belong
 * together. All problems are collected, so that a check tells everything at
 * once; with any of them there is no generation.
 */
#include "engine/generation.h"

#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "engine/host.h"
#include "engine/ruleset.h"

static void note_problem(struct loaded_plugin *plugin, const struct config_plugin *config, const struct diag *problem)
{
	plugin->problem = strdup(problem->text);
	log_write_lines(LOG_LEVEL_WARNING, problem->text, "optional plugin '%s' is not loaded: ", config->name);
}

static void load_plugin(struct generation *g, const struct config_plugin *config, struct diag *d)
{
	struct loaded_plugin *plugin = &g->plugins[g->plugin_count++];
	struct diag problem = {0};

	plugin->config = config;
	if (plugin_load(config, g->config->spool_dir, plugin, &problem) == 0)
		return;
	if (config->optional)
		note_problem(plugin, config, &problem);
	else
		diag_add(d, "%s", problem.text);
}

static void load_plugins(struct generation *g, struct diag *d)
{
	struct slice *digests = calloc(g->config->plugin_count + 1, sizeof(*digests));

	g->plugins = calloc(g->config->plugin_count + 1, sizeof(*g->plugins));
	if (g->plugins == NULL || digests == NULL) {
		diag_add(d, "out of memory");
		free(digests);
		return;
	}
	for (size_t i = 0; i < g->config->plugin_count; i++) {
		load_plugin(g, &g->config->plugins[i], d);
		digests[i] = slice_str(g->plugins[i].sha256);
	}
	hash_hex_parts(g->digest, digests, g->config->plugin_count);
	free(digests);
}

static const struct postern_plugin *find_plugin(void *arg, const char *name)
{
	const struct generation *g = arg;

	for (size_t i = 0; i < g->plugin_count; i++)
		if (g->plugins[i].loaded && strcmp(g->plugins[i].desc.name, name) == 0)
			return &g->plugins[i].desc;
	return NULL;
}

/* A plugin that fails must say why; when it does not, its name at least is told. */
static int step_failed(const struct rule *rule, const char *step, enum postern_status status, unsigned before, struct diag *d)
{
	if (status == POSTERN_OK && d->count == before)
		return 0;
	if (d->count == before)
		diag_at(d, rule->conf.file != NULL ? rule->conf.file : "rule", rule->conf.line,
		    "rule '%s': plugin '%s' failed in %s without saying why", rule->name, rule->conf.plugin->name, step);
	return -1;
}

/*
 * Customers' mail is not scanned for what only case mail is searched for, and incoming mail not for the many
 * expressions of outgoing mail. NULL: each of the rule's sets has a pool of its own.
 */
static struct pattern_pool *pool_of(const struct generation *g, const struct rule *rule)
{
	if (rule->audience == AUDIENCE_CASE)
		return NULL;
	return rule->direction == POSTERN_INBOUND ? g->inbound_patterns : g->patterns;
}

static void open_rule(struct generation *g, struct rule *rule, struct diag *d)
{
	struct active_rule *active = &g->active[g->active_count];
	const struct postern_plugin *plugin = rule->conf.plugin;
	enum postern_status status = POSTERN_OK;
	unsigned before = d->count;
	struct host_call saved;

	rule->conf.diag = d;
	rule->conf.warnings = &g->warnings;
	rule->conf.patterns = pool_of(g, rule);
	rule->conf.wording = rule->audience == AUDIENCE_CASE ? NULL : g->wording;
	host_call_begin(&saved, plugin->name, &clock_system);
	if (plugin->check_config != NULL)
		status = plugin->check_config(&postern_host_table, &rule->conf);
	*active = (struct active_rule){.rule = rule, .plugin = plugin, .overruns = &g->overruns[g->active_count]};
	if (step_failed(rule, "check_config", status, before, d) == 0 && rule->enabled) {
		if (plugin->open != NULL)
			status = plugin->open(&postern_host_table, &rule->conf, &active->instance);
		active->opened = status == POSTERN_OK && plugin->open != NULL;
		/* An instance that came with complaints is still there to be closed. */
		if (step_failed(rule, "open", status, before, d) == 0 || active->opened) {
			g->active_count++;
			g->directions |= rule->direction;
		}
	}
	host_call_end(&saved);
	rule->conf.diag = rule->conf.warnings = NULL;
	rule->conf.patterns = NULL;
	rule->conf.wording = NULL;
}

static void open_rules(struct generation *g, struct diag *d)
{
	g->active = calloc(g->rules->count + 1, sizeof(*g->active));
	g->overruns = calloc(g->rules->count + 1, sizeof(*g->overruns));
	g->patterns = pattern_pool_new();
	g->inbound_patterns = pattern_pool_new();
	g->wording = wording_new();
	if (g->active == NULL || g->overruns == NULL || g->patterns == NULL || g->inbound_patterns == NULL ||
	    g->wording == NULL) {
		diag_add(d, "out of memory");
		return;
	}
	for (size_t i = 0; i < g->rules->count; i++) {
		/* Without plugin: an optional one that is not there. */
		if (g->rules->rules[i].conf.plugin != NULL)
			open_rule(g, &g->rules->rules[i], d);
		g->rules->rules[i].conf.diag = NULL;
	}
	pattern_pool_finish(g->patterns, d);
	pattern_pool_finish(g->inbound_patterns, d);
	wording_finish(g->wording, d);
}

struct generation *generation_load(const char *config_path, unsigned number, struct diag *d)
{
	return generation_load_site(config_path, NULL, number, d);
}

struct generation *generation_load_site(const char *config_path, const char *site, unsigned number, struct diag *d)
{
	struct generation *g = calloc(1, sizeof(*g));
	unsigned before = d->count;

	if (g == NULL) {
		diag_add(d, "out of memory");
		return NULL;
	}
	atomic_init(&g->references, 1);
	g->number = number;
	g->config = config_load_site(config_path, site, d);
	if (g->config != NULL && (g->extractor = extractor_new(&g->config->extract)) == NULL)
		diag_add(d, "out of memory");
	if (g->config != NULL) {
		load_plugins(g, d);
		g->profiles = profiles_load(g->config, d);
		g->rules = rules_load(g->config, find_plugin, g, d);
		if (g->profiles != NULL && profiles_warnings(g->profiles)[0] != '\0')
			diag_add(&g->warnings, "%s", profiles_warnings(g->profiles));
		if (g->rules != NULL && g->profiles != NULL)
			rules_check_marketplaces(g->rules, g->profiles, d);
		if (g->rules != NULL)
			open_rules(g, d);
	}
	if (g->config == NULL || g->profiles == NULL || g->rules == NULL || d->count != before) {
		if (d->count == before)
			diag_add(d, "%s: can't be loaded", config_path);
		generation_unref(&g);
	}
	return g;
}

struct generation *generation_ref(struct generation *generation)
{
	atomic_fetch_add(&generation->references, 1);
	return generation;
}

static void close_rules(struct generation *g)
{
	for (size_t i = 0; i < g->active_count; i++) {
		const struct active_rule *active = &g->active[i];
		struct host_call saved;

		if (!active->opened || active->plugin->close == NULL)
			continue;
		host_call_begin(&saved, active->plugin->name, &clock_system);
		active->plugin->close(&postern_host_table, active->instance);
		host_call_end(&saved);
	}
	free(g->active);
	free(g->overruns);
}

void generation_unref(struct generation **generation)
{
	struct generation *g = *generation;

	*generation = NULL;
	if (g == NULL || atomic_fetch_sub(&g->references, 1) != 1)
		return;
	close_rules(g);
	pattern_pool_free(&g->patterns);
	pattern_pool_free(&g->inbound_patterns);
	wording_free(&g->wording);
	if (g->rules != NULL)
		rules_free(&g->rules);
	if (g->profiles != NULL)
		profiles_free(&g->profiles);
	for (size_t i = 0; i < g->plugin_count; i++)
		free(g->plugins[i].problem);
	free(g->plugins);
	extractor_free(&g->extractor);
	if (g->config != NULL)
		config_free(&g->config);
	free(g);
}

unsigned generation_number(const struct generation *generation)
{
	return generation->number;
}

const struct config *generation_config(const struct generation *generation)
{
	return generation->config;
}

const struct profiles *generation_profiles(const struct generation *generation)
{
	return generation->profiles;
}

const char *generation_warnings(const struct generation *generation)
{
	return generation->warnings.text;
}

const struct rules *generation_rules(const struct generation *generation)
{
	return generation->rules;
}
