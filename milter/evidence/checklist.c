/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Steps that a marketplace judges a case by: values "checklist.NAME" of a profile, each item "TEST: what is to be
 * done". A test is read off the log, so that nobody ticks anything: a step is done, not done, or for a person to say.
 */
#include "evidence/internal.h"

#include <string.h>

#define PREFIX "checklist."

enum step_state { STEP_DONE, STEP_OPEN, STEP_HUMAN };

static bool has_label(const struct gathering *gathering, struct slice label)
{
	const json_t *record, *item;
	size_t i, k;

	json_array_foreach(gathering->records, i, record)
		json_array_foreach(json_object_get(record, "labels"), k, item)
			if (slice_eq_str(label, json_string_value(item)))
				return true;
	return false;
}

static bool has_milestone(const struct gathering *gathering, struct slice name)
{
	const json_t *record, *item;
	size_t i, k;

	json_array_foreach(gathering->records, i, record)
		json_array_foreach(json_object_get(record, "milestones"), k, item)
			if (slice_eq_str(name, text_of(item, "name")))
				return true;
	return false;
}

/* Every inquiry, as far as it is known, and one at least. */
static bool all_are(const json_t *inquiries, bool (*is)(const json_t *))
{
	const json_t *inquiry;
	size_t i;

	json_array_foreach(inquiries, i, inquiry)
		if (!is(inquiry))
			return false;
	return json_array_size(inquiries) > 0;
}

static bool is_answered(const json_t *inquiry)
{
	return strcmp(text_of(inquiry, "outcome"), "open") != 0;
}

static bool is_not_missed(const json_t *inquiry)
{
	return !json_is_true(json_object_get(inquiry, "missed"));
}

static bool none_refused(const struct gathering *gathering)
{
	const json_t *record;
	size_t i;

	json_array_foreach(gathering->records, i, record)
		if (is_outgoing(record) && strcmp(text_of(record, "action"), "reject") == 0)
			return false;
	return true;
}

static enum step_state state_of(const struct gathering *gathering, const json_t *inquiries, struct slice test)
{
	bool done;

	if (slice_eq_str(test, "answered"))
		done = all_are(inquiries, is_answered);
	else if (slice_eq_str(test, "in-time"))
		done = all_are(inquiries, is_not_missed);
	else if (slice_eq_str(test, "none-refused"))
		done = none_refused(gathering);
	else if (slice_case_prefix(test, "label "))
		done = has_label(gathering, slice_trim(slice_sub(test, 6, SIZE_MAX)));
	else if (slice_case_prefix(test, "milestone "))
		done = has_milestone(gathering, slice_trim(slice_sub(test, 10, SIZE_MAX)));
	else
		return STEP_HUMAN;
	return done ? STEP_DONE : STEP_OPEN;
}

static void add_step(const struct gathering *gathering, const json_t *inquiries, struct slice item, json_t *steps)
{
	static const char *const names[] = {"done", "not done", "to be judged by a person"};
	long colon = slice_find(item, SLICE_LIT(": "));
	struct slice test = colon > 0 ? slice_trim(slice_sub(item, 0, (size_t)colon)) : SLICE_LIT("");
	json_t *step = json_object();

	json_put(step, "step", slice_trim(colon > 0 ? slice_sub(item, (size_t)colon + 2, SIZE_MAX) : item));
	json_put(step, "test", test);
	json_put_str(step, "state", names[state_of(gathering, inquiries, test)]);
	json_array_append_new(steps, step);
}

/* A checklist is shown when a message carries the label of its name, as "Lost" does for "checklist.lost". */
static void add_checklist(const struct gathering *gathering, const json_t *inquiries, const struct marketplace *market,
    const char *name, json_t *list)
{
	const char *source = NULL;
	int64_t since = 0;
	struct slice items = marketplace_value(market, name, gathering->evidence->as_of, &since, &source);
	json_t *checklist = json_object(), *steps = json_array();

	while (items.len > 0) {
		const char *comma = memchr(items.ptr, ',', items.len);
		size_t len = comma != NULL ? (size_t)(comma - items.ptr) : items.len;

		add_step(gathering, inquiries, slice_sub(items, 0, len), steps);
		items = slice_sub(items, len + 1, SIZE_MAX);
	}
	json_put_str(checklist, "marketplace", marketplace_name(market));
	json_put_str(checklist, "name", name + strlen(PREFIX));
	put_time(checklist, "since", since);
	json_put_str(checklist, "source", source);
	json_put_new(checklist, "steps", steps);
	json_array_append_new(list, checklist);
}

static void add_named(const struct gathering *gathering, const json_t *inquiries, const struct marketplace *market,
    const char *label, json_t *seen, json_t *list)
{
	struct buf name = {0};

	buf_printf(&name, PREFIX "%s", label);
	if (!name.failed && json_object_get(seen, name.data) == NULL &&
	    marketplace_value(market, name.data, gathering->evidence->as_of, NULL, NULL).ptr != NULL) {
		json_object_set_new(seen, name.data, json_true());
		add_checklist(gathering, inquiries, market, name.data, list);
	}
	buf_free(&name);
}

static void add_market(const struct gathering *gathering, const json_t *inquiries, const struct marketplace *market,
    json_t *list)
{
	const json_t *record, *label;
	json_t *seen = json_object();
	size_t i, k;

	if (gathering->scope->checklist != NULL)
		add_named(gathering, inquiries, market, gathering->scope->checklist, seen, list);
	json_array_foreach(gathering->records, i, record)
		json_array_foreach(json_object_get(record, "labels"), k, label)
			add_named(gathering, inquiries, market, json_is_string(label) ? json_string_value(label) : "", seen, list);
	json_decref(seen);
}

static bool is_concerned(const struct gathering *gathering, const struct marketplace *market)
{
	const json_t *thread;
	size_t i;

	json_array_foreach(gathering->threads, i, thread)
		if (strcmp(text_of(thread, "marketplace"), marketplace_name(market)) == 0)
			return true;
	return false;
}

json_t *gather_checklists(struct gathering *gathering, const json_t *inquiries)
{
	const struct profiles *profiles = gathering->source->profiles;
	json_t *list = json_array();

	for (size_t i = 0; i < profiles_count(profiles); i++)
		if (is_concerned(gathering, profiles_get(profiles, i)))
			add_market(gathering, inquiries, profiles_get(profiles, i), list);
	return list;
}
