/* SPDX-License-Identifier: BSD-2-Clause */
/* What was decided of each message and by which rules, and the values of the profiles that held at that second. */
#include "evidence/internal.h"

#include <string.h>

/* The start or reload of the daemon under which a record was made. */
static const json_t *setup_of(const struct gathering *gathering, const json_t *record)
{
	json_int_t seq = json_get_int(record, "seq", 0);
	const json_t *found = NULL, *event;
	size_t i;

	json_array_foreach(gathering->context, i, event)
		if (!is_event(event, "checkpoint") && json_get_int(event, "seq", 0) < seq)
			found = event;
	return found;
}

/* Each version of a value that held when something was decided, once. */
static void add_value(json_t *list, const char *market, const char *name, struct slice value, int64_t since,
    const char *source)
{
	const json_t *known;
	json_t *object;
	size_t i;

	json_array_foreach(list, i, known)
		if (strcmp(text_of(known, "marketplace"), market) == 0 && strcmp(text_of(known, "name"), name) == 0 &&
		    time_of(known, "since") == since)
			return;
	object = json_object();
	json_put_str(object, "marketplace", market);
	json_put_str(object, "name", name);
	json_put(object, "value", value);
	put_time(object, "since", since);
	json_put_str(object, "source", source);
	json_array_append_new(list, object);
}

static void add_named(const struct marketplace *market, const char *name, int64_t at, json_t *list)
{
	const char *source = NULL;
	int64_t since = 0;
	struct slice value = marketplace_value(market, name, at, &since, &source);

	if (value.ptr != NULL)
		add_value(list, marketplace_name(market), name, value, since, source);
}

/* The policy that a finding's kind ("MP-LINK.external") cites. */
static void add_policies(const struct marketplace *market, const json_t *record, int64_t at, json_t *list)
{
	const json_t *finding;
	size_t i;

	json_array_foreach(json_object_get(record, "findings"), i, finding) {
		const char *id = text_of(finding, "rule_id");
		struct buf name = {0};

		buf_printf(&name, "policy.%.*s", (int)strcspn(id, "."), id);
		if (!name.failed)
			add_named(market, name.data, at, list);
		buf_free(&name);
	}
}

static void add_clock(const struct marketplace *market, const json_t *record, int64_t at, json_t *list)
{
	const char *name = json_get_str(json_object_get(record, "sla"), "clock");
	const struct sla_clock *clock = name != NULL ? marketplace_clock(market, name, at) : NULL;
	struct buf title = {0}, value = {0};

	if (clock == NULL)
		return;
	buf_printf(&title, "clock.%s", name);
	if (clock->days > 0)
		buf_printf(&value, "%d business days", clock->days);
	else
		buf_printf(&value, "%lld h", (long long)(clock->seconds / 3600));
	if (!title.failed)
		add_value(list, marketplace_name(market), title.data, buf_slice(&value), clock->since, clock->source);
	buf_free(&title);
	buf_free(&value);
}

static void add_values(const struct gathering *gathering, const json_t *record, json_t *list)
{
	static const char *const always[] = {"language", "allow_domains", "auto_reply_counts", "inquiry_unit",
	    "response_rate_percent", "response_rate_days", "return_window_days"};
	const struct marketplace *market = profiles_find(gathering->source->profiles, text_of(record, "marketplace"));
	int64_t at = time_of(record, "time");

	if (market == NULL || !is_event(record, "message"))
		return;
	for (size_t i = 0; i < sizeof(always) / sizeof(*always); i++)
		add_named(market, always[i], at, list);
	add_policies(market, record, at, list);
	add_clock(market, record, at, list);
}

json_t *gather_values(struct gathering *gathering)
{
	json_t *list = json_array();
	const json_t *record;
	size_t i;

	json_array_foreach(gathering->records, i, record)
		add_values(gathering, record, list);
	return list;
}

static json_t *verdict_json(const struct gathering *gathering, const json_t *record)
{
	static const char *const keys[] = {"id", "seq", "time", "direction", "marketplace", "kind", "action", "would",
	    "monitor", "findings", "exempt", "labels", "sla", "answers", "auto_reply", "generation", "plugins_digest",
	    "digest", NULL};
	static const char *const setup_keys[] = {"seq", "time", "event", "version", "generation", "config_digest", "plugins",
	    NULL};
	const json_t *setup = setup_of(gathering, record);
	json_t *object = json_object(), *values = json_array(), *copy;

	copy_members(object, record, keys);
	json_put_str(object, "effect", text_of(json_object_get(gathering->entries, text_of(record, "id")), "effect"));
	add_values(gathering, record, values);
	json_put_new(object, "values", values);
	if (setup != NULL) {
		copy = json_object();
		copy_members(copy, setup, setup_keys);
		json_put_new(object, "setup", copy);
	}
	return object;
}

json_t *gather_verdicts(struct gathering *gathering)
{
	json_t *list = json_array();
	const json_t *record;
	size_t i;

	json_array_foreach(gathering->records, i, record)
		if (is_event(record, "message"))
			json_array_append_new(list, verdict_json(gathering, record));
	return list;
}
