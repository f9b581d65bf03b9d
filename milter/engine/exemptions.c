/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a configuration leaves out: exemptions and rules on trial, in force or over. They are easily
 * forgotten, so "postern check" and "postern status" show them.
 */
#include "core/clock.h"
#include "engine/ruleset.h"

struct listing {
	int64_t now;
	json_t *list;
};

static void add(const struct listing *listing, const char *rule, const char *by, const struct party *party)
{
	json_t *o = json_object();

	if (rule != NULL)
		json_put_str(o, "rule", rule);
	json_put_str(o, "by", by);
	if (party->text != NULL)
		json_put_str(o, "entry", party->text);
	if (party->until != NULL)
		json_put_str(o, "until", party->until);
	json_put_bool(o, "over", listing->now >= party->end);
	json_put_str(o, "file", party->file != NULL ? party->file : "");
	json_put_int(o, "line", party->line);
	json_array_append_new(listing->list, o);
}

static void add_all(const struct listing *listing, const char *rule, const char *by, const struct parties *parties)
{
	for (size_t i = 0; i < parties->count; i++)
		add(listing, rule, by, &parties->items[i]);
}

static void add_rule(const struct listing *listing, const struct rule *rule)
{
	const struct party trial = {.until = rule->monitor_until, .end = rule->monitor_end, .file = rule->conf.file,
	    .line = rule->conf.line};

	if (!rule->enabled)
		return;
	add_all(listing, rule->name, "exempt_senders", &rule->exempt_senders);
	add_all(listing, rule->name, "exempt_recipients", &rule->exempt_recipients);
	if (rule->monitor_until != NULL)
		add(listing, rule->name, "monitor_until", &trial);
}

json_t *generation_exemptions_json(const struct generation *generation, int64_t now)
{
	const struct listing listing = {now, json_array()};

	add_all(&listing, NULL, "monitor_senders", &generation->config->monitor_senders);
	add_all(&listing, NULL, "hold_senders", &generation->config->hold_senders);
	for (size_t i = 0; i < generation->rules->count; i++)
		add_rule(&listing, &generation->rules->rules[i]);
	return listing.list;
}
