/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules: which plugin judges, with which options, and what follows. Rules come in two layers; a rule of
 * the overlay with the name of one below it changes only the keys that it sets.
 */
#include "policy/rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/conf.h"
#include "policy/layers.h"
#include "policy/options.h"

#define RULES_MEMORY ((size_t)128 << 20)
#define NAMES_MAX 100

/* struct rules is what others see of it. */
struct rules_owner {
	struct rules rules;
	struct arena *arena;
};

/* A rule as written: in one layer or both. */
struct draft {
	const struct conf_node *base, *overlay;
	const char *folder;
};

struct reader {
	struct rules_owner *owner;
	const struct config *config;
	rules_plugin_fn find_plugin;
	void *arg;
	struct diag *d;
	struct draft *drafts;
	size_t draft_count;
};

static const struct conf_name file_names[] = {{"rule", CONF_SECTION | CONF_TITLE | CONF_MANY}, {NULL, 0}};
static const struct conf_name test_names[] = {{"fail", CONF_LIST}, {"ok", CONF_LIST}, {NULL, 0}};
static const struct conf_name rule_names[] = {
	{"plugin", CONF_ONE}, {"direction", CONF_ONE}, {"action", CONF_ONE}, {"enabled", CONF_ONE}, {"on_error", CONF_ONE},
	{"min_score", CONF_ONE}, {"policy", CONF_ONE}, {"advice", CONF_ONE}, {"marketplaces", CONF_LIST},
	{"exempt_senders", CONF_LIST}, {"exempt_recipients", CONF_LIST}, {"below", CONF_ONE},
	{"monitor_until", CONF_ONE}, {"tests", CONF_SECTION}, {"audience", CONF_ONE}, {"budget", CONF_ONE}, {NULL, 0}
};
#define RULE_NAMES (sizeof(rule_names) / sizeof(rule_names[0]) - 1)

/* ---- collecting ---------------------------------------------------------- */

static void add_draft(struct reader *reader, const struct conf_node *node, const struct layer_file *file)
{
	struct draft *draft = reader->drafts;
	const struct conf_node **place;

	while (draft < reader->drafts + reader->draft_count
	    && strcmp((draft->base != NULL ? draft->base : draft->overlay)->title, node->title) != 0)
		draft++;
	place = file->overlay ? &draft->overlay : &draft->base;
	if (draft == reader->drafts + reader->draft_count) {
		reader->draft_count++;
		draft->folder = file->folder;
	} else if (*place != NULL) {
		diag_at(reader->d, node->file, node->line, "duplicate rule \"%.60s\", first in %s:%d", node->title,
		    (*place)->file, (*place)->line);
		return;
	}
	*place = node;
}

static int collect(struct reader *reader, struct layer_file *files)
{
	size_t count = 0;

	for (struct layer_file *file = files; file != NULL; file = file->next)
		count += file->root->child_count;
	reader->drafts = arena_array(reader->owner->arena, count + 1, sizeof(*reader->drafts));
	reader->owner->rules.rules = arena_array(reader->owner->arena, count + 1, sizeof(struct rule));
	if (reader->drafts == NULL || reader->owner->rules.rules == NULL)
		return diag_add(reader->d, "memory is out");
	for (struct layer_file *file = files; file != NULL; file = file->next) {
		conf_check(file->root, file_names, reader->d);
		for (const struct conf_node *node = file->root->children; node != NULL; node = node->next)
			if (node->section && strcmp(node->name, "rule") == 0 && node->title != NULL)
				add_draft(reader, node, file);
	}
	return 0;
}

/* ---- one rule ------------------------------------------------------------ */

static int copy_children(struct arena *arena, struct conf_node *to, const struct conf_node *from)
{
	for (const struct conf_node *node = from->children; node != NULL; node = node->next) {
		struct conf_node *copy;

		if (conf_child(to, node->name) != NULL)
			continue;
		copy = (struct conf_node *)(void *)arena_memdup(arena, node, sizeof(*node));
		if (copy == NULL)
			return -1;
		copy->next = to->children;
		to->children = copy;
	}
	return 0;
}

/* The rule's section with the overlay's keys before those below it. */
static struct conf_node *merge(struct arena *arena, const struct draft *draft)
{
	const struct conf_node *first = draft->overlay != NULL ? draft->overlay : draft->base;
	struct conf_node *merged = (struct conf_node *)(void *)arena_memdup(arena, first, sizeof(*first));

	if (merged == NULL)
		return NULL;
	merged->children = NULL;
	if (copy_children(arena, merged, first) == -1)
		return NULL;
	if (draft->overlay != NULL && draft->base != NULL && copy_children(arena, merged, draft->base) == -1)
		return NULL;
	return merged;
}

/* Whether the rule may stand without its plugin: switched off, or the plugin is optional. */
static bool plugin_may_lack(const struct config *config, const struct rule *rule)
{
	if (!rule->enabled)
		return true;
	for (size_t i = 0; i < config->plugin_count; i++)
		if (strcmp(config->plugins[i].name, rule->plugin_name) == 0)
			return config->plugins[i].optional;
	return false;
}

static int missing_plugin(const struct reader *reader, const struct conf_node *section, const struct rule *rule)
{
	const struct conf_node *key = conf_child(section, "plugin");
	const char *names[NAMES_MAX + 1], *guess;
	size_t count = 0;

	for (size_t i = 0; i < reader->config->plugin_count; i++) {
		if (strcmp(reader->config->plugins[i].name, rule->plugin_name) == 0)
			return diag_at(reader->d, key->file, key->line, "rule \"%.60s\": plugin \"%.60s\" is not loaded", rule->name,
			    rule->plugin_name);
		if (count < NAMES_MAX)
			names[count++] = reader->config->plugins[i].name;
	}
	names[count] = NULL;
	guess = diag_suggest(rule->plugin_name, names);
	if (guess != NULL)
		return diag_at(reader->d, key->file, key->line, "rule \"%.60s\": unknown plugin \"%.60s\", did you mean \"%s\"?",
		    rule->name, rule->plugin_name, guess);
	return diag_at(reader->d, key->file, key->line,
	    "rule \"%.60s\": plugin \"%.60s\" is not listed in %s: add plugin \"%.60s\" { } there, or set enabled = no here",
	    rule->name, rule->plugin_name, reader->config->path, rule->plugin_name);
}

static int check_names(const struct reader *reader, const struct draft *draft, const struct postern_plugin *plugin)
{
	const struct postern_option *option = plugin->options;
	struct conf_name names[RULE_NAMES + NAMES_MAX + 1];
	size_t count = RULE_NAMES;
	int result = 0;

	memcpy(names, rule_names, sizeof(rule_names));
	for (; option != NULL && option->name != NULL && count < RULE_NAMES + NAMES_MAX; option++)
		names[count++] = (struct conf_name){option->name, CONF_LIST};
	names[count] = (struct conf_name){NULL, 0};
	if (draft->base != NULL && conf_check(draft->base, names, reader->d) == -1)
		result = -1;
	if (draft->overlay != NULL && conf_check(draft->overlay, names, reader->d) == -1)
		result = -1;
	return result;
}

/* A plugin that looks at mail to people outside of marketplaces gets it along with outbound mail. */
static unsigned with_outside(const struct rule *rule, unsigned direction)
{
	const struct postern_plugin *plugin = rule->conf.plugin;

	if (direction & POSTERN_OUTBOUND && plugin != NULL)
		direction |= plugin->directions & POSTERN_OUTSIDE;
	return direction;
}

static const char *directions_text(unsigned directions)
{
	static const char *const texts[] = {"no", "inbound", "outbound", "inbound and outbound", "outside", "inbound and outside",
	    "outbound and outside", "inbound, outbound and outside"};

	return texts[directions & 7];
}

static int read_direction(const struct reader *reader, const struct conf_node *section, const struct draft *draft,
    struct rule *rule)
{
	static const char *const words[] = {"inbound", "outbound", "both", "outside", NULL};
	static const unsigned bits[] = {POSTERN_INBOUND, POSTERN_OUTBOUND, POSTERN_INBOUND | POSTERN_OUTBOUND, POSTERN_OUTSIDE};
	const struct conf_node *key = conf_child(section, "direction");
	size_t index;

	if (key != NULL) {
		if (conf_choice(key, words, &index, reader->d) == -1)
			return -1;
		rule->direction = with_outside(rule, bits[index]);
	} else if (strcmp(draft->folder, "rules.d") == 0) {
		return diag_at(reader->d, section->file, section->line,
		    "rule \"%.60s\": 'direction' is missing: inbound, outbound, both or outside", rule->name);
	} else {
		rule->direction = strcmp(draft->folder, "inbound") == 0 ? POSTERN_INBOUND : with_outside(rule, POSTERN_OUTBOUND);
	}
	if (rule->conf.plugin != NULL && rule->direction & ~rule->conf.plugin->directions)
		return diag_at(reader->d, section->file, key != NULL ? key->line : section->line,
		    "rule \"%.60s\": plugin \"%.60s\" judges %s mail only", rule->name, rule->plugin_name,
		    directions_text(rule->conf.plugin->directions));
	if (rule->direction == POSTERN_OUTSIDE && rule->marketplaces != NULL)
		return diag_at(reader->d, section->file, section->line,
		    "rule \"%.60s\": mail outside of marketplaces is of none: 'marketplaces' would switch the rule off", rule->name);
	return 0;
}

static int read_audience(const struct reader *reader, const struct conf_node *section, struct rule *rule)
{
	static const char *const words[] = {"customer", "case", "both", NULL};
	static const enum audience audiences[] = {AUDIENCE_CUSTOMER, AUDIENCE_CASE, AUDIENCE_BOTH};
	const struct conf_node *key = conf_child(section, "audience");
	size_t index = 0;

	if (key != NULL && conf_choice(key, words, &index, reader->d) == -1)
		return -1;
	rule->audience = audiences[index];
	return 0;
}

/* "monitor" keeps the action that it stands before, so that the log can say what would have happened. */
static int read_action(const struct reader *reader, const struct conf_node *section, const struct draft *draft,
    struct rule *rule)
{
	static const char *const words[] = {"pass", "tag", "hold", "defer", "reject", "monitor", NULL};
	const struct conf_node *key = conf_child(section, "action"), *below;
	size_t index;

	if (key == NULL)
		return diag_at(reader->d, section->file, section->line, "rule \"%.60s\": 'action' is missing", rule->name);
	if (conf_choice(key, words, &index, reader->d) == -1)
		return -1;
	if (strcmp(words[index], "monitor") != 0)
		return action_parse(words[index], &rule->action);
	rule->monitor = true;
	rule->action = ACTION_TAG;
	below = draft->overlay != NULL && draft->base != NULL ? conf_child(draft->base, "action") : NULL;
	if (below != NULL && below->values != NULL)
		action_parse(below->values->text, &rule->action);
	return 0;
}

static int read_on_error(const struct reader *reader, const struct conf_node *section, struct rule *rule)
{
	const struct conf_node *key = conf_child(section, "on_error");

	rule->on_error = reader->config->internal_error_action;
	return key != NULL ? conf_action(key, &rule->on_error, reader->d) : 0;
}

static int read_budget(const struct reader *reader, const struct conf_node *section, struct rule *rule)
{
	const struct conf_node *key = conf_child(section, "budget");

	rule->budget_ms = reader->config->rule_budget_ms;
	return key != NULL ? conf_duration_ms(key, RULE_BUDGET_MIN_MS, RULE_BUDGET_MAX_MS, &rule->budget_ms, reader->d) : 0;
}

static void read_exempt(const struct reader *reader, const struct conf_node *section, const char *name, struct parties *out)
{
	const struct conf_node *key = conf_child(section, name);

	if (key != NULL)
		parties_read(reader->owner->arena, key, PARTY_ADDRESS | PARTY_DOMAIN, out, reader->d);
}

/* What a finding below min_score does. */
static int read_below(const struct reader *reader, const struct conf_node *section, struct rule *rule)
{
	static const char *const words[] = {"log", "tag", "hold", "defer", "reject", NULL};
	const struct conf_node *key = conf_child(section, "below");
	size_t index;

	if (key == NULL)
		return 0;
	if (conf_choice(key, words, &index, reader->d) == -1)
		return -1;
	rule->below_acts = index > 0;
	if (index > 0 && action_parse(words[index], &rule->below) == 0 && rule->below > rule->action && !rule->monitor)
		return diag_at(reader->d, key->file, key->line, "below = \"%s\" is stricter than action = \"%s\"", words[index],
		    action_name(rule->action));
	if (conf_child(section, "min_score") == NULL)
		return diag_at(reader->d, key->file, key->line, "'below' needs 'min_score': which findings does it mean?");
	return 0;
}

static int read_monitor_until(const struct reader *reader, const struct conf_node *section, struct rule *rule)
{
	const struct conf_node *key = conf_child(section, "monitor_until");

	if (key == NULL)
		return 0;
	rule->monitor_until = key->values->text;
	if (parties_day_end(rule->monitor_until, &rule->monitor_end) == -1)
		return diag_at(reader->d, key->file, key->line, "monitor_until: '%.40s' is no day, expected one like 2027-01-31",
		    rule->monitor_until);
	if (rule->monitor)
		return diag_at(reader->d, key->file, key->line, "monitor_until: action = \"monitor\" has no end; "
		    "give the action that is to follow");
	return 0;
}

static int read_tests(const struct reader *reader, const struct conf_node *section, struct rule *rule)
{
	const struct conf_node *tests = conf_child(section, "tests"), *fail, *ok;

	if (tests == NULL)
		return 0;
	if (conf_check(tests, test_names, reader->d) == -1)
		return -1;
	fail = conf_child(tests, "fail");
	ok = conf_child(tests, "ok");
	rule->test_fail = fail != NULL ? conf_list(reader->owner->arena, fail) : NULL;
	rule->test_ok = ok != NULL ? conf_list(reader->owner->arena, ok) : NULL;
	return 0;
}

static int read_common(const struct reader *reader, const struct conf_node *section, const struct draft *draft,
    struct rule *rule)
{
	const struct conf_node *key = conf_child(section, "min_score");
	unsigned before = reader->d->count;
	int64_t score = 0;

	rule->policy = (char *)(uintptr_t)conf_text(section, "policy");
	rule->advice = (char *)(uintptr_t)conf_text(section, "advice");
	if (key != NULL)
		conf_int(key, 0, 100, &score, reader->d);
	rule->min_score = (int)score;
	key = conf_child(section, "marketplaces");
	if (key != NULL && key->value_count > 0)
		rule->marketplaces = conf_list(reader->owner->arena, key);
	read_direction(reader, section, draft, rule);
	read_audience(reader, section, rule);
	read_action(reader, section, draft, rule);
	read_on_error(reader, section, rule);
	read_budget(reader, section, rule);
	read_below(reader, section, rule);
	read_monitor_until(reader, section, rule);
	read_exempt(reader, section, "exempt_senders", &rule->exempt_senders);
	read_exempt(reader, section, "exempt_recipients", &rule->exempt_recipients);
	read_tests(reader, section, rule);
	return reader->d->count == before ? 0 : -1;
}

/* Finds the plugin. 1: found; 0: the rule stands without; -1: error. */
static int find_plugin(const struct reader *reader, const struct draft *draft, const struct conf_node *section,
    struct rule *rule)
{
	const struct conf_node *key = conf_child(section, "plugin"), *enabled = conf_child(section, "enabled");
	const struct conf_node *own = draft->overlay != NULL ? conf_child(draft->overlay, "plugin") : NULL;

	if (key == NULL || key->section || key->value_count != 1)
		return diag_at(reader->d, section->file, section->line, "rule \"%.60s\": 'plugin' is missing%s", rule->name,
		    draft->overlay != NULL && draft->base == NULL ? " (and there is no shipped rule of that name)" : "");
	rule->plugin_name = key->values->text;
	if (own != NULL && draft->base != NULL && conf_text(draft->base, "plugin") != NULL
	    && strcmp(conf_text(draft->base, "plugin"), rule->plugin_name) != 0)
		return diag_at(reader->d, own->file, own->line, "rule \"%.60s\" is shipped with plugin \"%.60s\": "
		    "switch it off with enabled = no and give your own rule another name", rule->name,
		    conf_text(draft->base, "plugin"));
	rule->enabled = true;
	if (enabled != NULL && (enabled->section || enabled->value_count != 1 || conf_bool(enabled, &rule->enabled, reader->d)))
		return enabled->value_count == 1 && !enabled->section ? -1
		    : diag_at(reader->d, enabled->file, enabled->line, "'enabled' takes one value, yes or no");
	rule->conf.plugin = reader->find_plugin(reader->arg, rule->plugin_name);
	if (rule->conf.plugin != NULL)
		return 1;
	if (!plugin_may_lack(reader->config, rule))
		return missing_plugin(reader, section, rule);
	rule->enabled = false;
	return 0;
}

static void read_rule(struct reader *reader, const struct draft *draft)
{
	struct rules *rules = &reader->owner->rules;
	struct rule *rule = &rules->rules[rules->count];
	const struct conf_node *section = merge(reader->owner->arena, draft);
	int found;

	if (section == NULL) {
		diag_add(reader->d, "memory is out");
		return;
	}
	rules->count++;
	rule->name = section->title;
	rule->conf.rule = rule->name;
	rule->conf.file = section->file;
	rule->conf.line = section->line;
	rule->conf.diag = reader->d;
	found = find_plugin(reader, draft, section, rule);
	if (found == -1 || (found == 1 && check_names(reader, draft, rule->conf.plugin) == -1))
		return;
	read_common(reader, section, draft, rule);
	if (found == 1)
		options_read(reader->owner->arena, reader->config, section, &rule->conf, reader->d);
}

bool rule_is_monitored(const struct rule *rule, int64_t at)
{
	return rule->monitor || at < rule->monitor_end;
}

struct rules *rules_load(const struct config *config, rules_plugin_fn find, void *arg, struct diag *d)
{
	struct rules_owner *owner = calloc(1, sizeof(*owner));
	struct reader reader = {.owner = owner, .config = config, .find_plugin = find, .arg = arg, .d = d};
	struct layer_file *files = NULL;
	struct rules *rules = owner != NULL ? &owner->rules : NULL;
	unsigned before = d->count;

	if (owner == NULL || (owner->arena = arena_new(RULES_MEMORY)) == NULL) {
		diag_add(d, "memory is out");
		free(owner);
		return NULL;
	}
	layers_read(owner->arena, config, "outbound", false, &files, d);
	layers_read(owner->arena, config, "inbound", false, &files, d);
	layers_read(owner->arena, config, "rules.d", true, &files, d);
	if (collect(&reader, files) == 0)
		for (size_t i = 0; i < reader.draft_count; i++)
			read_rule(&reader, &reader.drafts[i]);
	if (d->count != before)
		rules_free(&rules);
	return rules;
}

void rules_free(struct rules **rules)
{
	struct rules_owner *owner = (struct rules_owner *)(void *)*rules;

	if (owner == NULL)
		return;
	for (size_t i = 0; i < owner->rules.count; i++)
		options_free(&owner->rules.rules[i].conf);
	arena_free(&owner->arena);
	free(owner);
	*rules = NULL;
}
