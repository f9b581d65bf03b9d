/* SPDX-License-Identifier: BSD-2-Clause */
/* What "postern plugin", "postern status" and "postern rule" show of a generation. */
#include "engine/ruleset.h"
#include "postern/plugin.h"

static json_t *bits(unsigned value, const char *const *names)
{
	json_t *list = json_array();

	for (unsigned i = 0; names[i] != NULL; i++)
		if (value & (1U << i))
			json_array_append_new(list, json_text(slice_str(names[i])));
	return list;
}

static json_t *directions_json(unsigned directions)
{
	static const char *const names[] = {"inbound", "outbound", "outside", NULL};

	return bits(directions, names);
}

static json_t *needs_json(unsigned needs)
{
	static const char *const names[] = {"headers", "text", "urls", "attachments", "addresses", "ids", "store", "images",
	    "codes", NULL};

	return bits(needs, names);
}

static json_t *rule_ids_json(const struct postern_rule_id *rules)
{
	json_t *list = json_array();

	for (; rules->id != NULL; rules++) {
		json_t *o = json_object();

		json_put_str(o, "id", rules->id);
		json_put_str(o, "help", rules->help);
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *option_json(const struct postern_option *option)
{
	static const char *const types[] = {"string", "int", "bool", "number", "list", "file"};
	json_t *o = json_object();

	json_put_str(o, "name", option->name);
	json_put_str(o, "type", types[option->type]);
	if (option->default_value != NULL)
		json_put_str(o, "default", option->default_value);
	else
		json_put_bool(o, "required", true);
	if (option->min != 0 || option->max != 0) {
		json_put_new(o, "min", json_real(option->min));
		json_put_new(o, "max", json_real(option->max));
	}
	json_put_str(o, "help", option->help);
	return o;
}

static void put_description(json_t *o, const struct postern_plugin *desc)
{
	json_t *options = json_array();

	json_put_str(o, "version", desc->version);
	json_put_new(o, "abi", json_sprintf("%u.%u", (unsigned)desc->abi_major, (unsigned)desc->abi_minor));
	json_put_str(o, "summary", desc->summary);
	json_put_new(o, "directions", directions_json(desc->directions));
	json_put_new(o, "needs", needs_json(desc->needs));
	json_put_new(o, "rules", rule_ids_json(desc->rules));
	for (const struct postern_option *option = desc->options; option != NULL && option->name != NULL; option++)
		json_array_append_new(options, option_json(option));
	json_put_new(o, "options", options);
}

static json_t *plugin_json(const struct loaded_plugin *plugin)
{
	json_t *o = json_object();

	json_put_str(o, "name", plugin->config->name);
	json_put_str(o, "path", plugin->config->path);
	json_put_str(o, "sha256", plugin->sha256);
	json_put_bool(o, "optional", plugin->config->optional);
	json_put_bool(o, "loaded", plugin->loaded);
	if (plugin->problem != NULL)
		json_put_str(o, "problem", plugin->problem);
	if (plugin->loaded)
		put_description(o, &plugin->desc);
	return o;
}

json_t *generation_plugins_json(const struct generation *generation)
{
	json_t *list = json_array();

	for (size_t i = 0; i < generation->plugin_count; i++)
		json_array_append_new(list, plugin_json(&generation->plugins[i]));
	return list;
}

/* As it is written in a rule; whether a plugin looks outside of marketplaces too is told apart. */
static const char *direction_word(unsigned direction)
{
	if (direction == POSTERN_OUTSIDE)
		return "outside";
	if ((direction & POSTERN_INBOUND) && (direction & POSTERN_OUTBOUND))
		return "both";
	return direction & POSTERN_OUTBOUND ? "outbound" : "inbound";
}

static json_t *rule_json(const struct rule *rule)
{
	json_t *o = json_object();

	json_put_str(o, "name", rule->name);
	json_put_str(o, "plugin", rule->plugin_name);
	json_put_str(o, "direction", direction_word(rule->direction));
	json_put_bool(o, "outside", (rule->direction & POSTERN_OUTSIDE) != 0);
	json_put_str(o, "action", action_name(rule->action));
	json_put_bool(o, "monitor", rule->monitor);
	json_put_bool(o, "enabled", rule->enabled);
	json_put_str(o, "on_error", action_name(rule->on_error));
	json_put_int(o, "min_score", rule->min_score);
	json_put_str(o, "below", rule->below_acts ? action_name(rule->below) : "log");
	json_put_int(o, "budget_ms", rule->budget_ms);
	if (rule->monitor_until != NULL)
		json_put_str(o, "monitor_until", rule->monitor_until);
	if (rule->policy != NULL)
		json_put_str(o, "policy", rule->policy);
	if (rule->conf.file != NULL)
		json_put_str(o, "file", rule->conf.file);
	json_put_int(o, "line", rule->conf.line);
	return o;
}

json_t *generation_rules_json(const struct generation *generation)
{
	json_t *list = json_array();

	for (size_t i = 0; i < generation->rules->count; i++)
		json_array_append_new(list, rule_json(&generation->rules->rules[i]));
	return list;
}
