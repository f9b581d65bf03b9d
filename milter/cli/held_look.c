/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the log and the mail server say of held messages, beside the store: rules, requests of a first person,
 * decisions that were begun and not ended, and whether the mail server still has them. Messages that are on hold
 * there and belong to no open thread are found by the log as well.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/audit.h"
#include "cli/held.h"
#include "cli/queue.h"

/* A refusal whose sender was not told is looked for this far back. */
#define BACK_SECONDS 172800
/* The mail server's clock says when a message came in whole; the record when it began. */
#define SLACK_SECONDS 3600
/* The queue is read before the log: what was decided meanwhile is no contradiction. */
#define STUCK_SECONDS 5

struct look {
	struct cli_desk *desk;
	struct held_look *out;
	struct hold_rules rules;
	json_t *queue;   /* NULL: it could not be read */
	json_t *index;   /* message id to its place in holds */
	struct hold *holds;
	size_t count, room;
	bool out_of_memory;
};

/* ---- the log ------------------------------------------------------------------- */

static void add_hold(struct look *look, const char *id)
{
	struct hold *grown;

	if (json_object_get(look->index, id) != NULL)
		return;
	if (look->count == look->room) {
		look->room = 2 * look->room + 16;
		grown = realloc(look->holds, look->room * sizeof(*grown));
		if (grown == NULL) {
			look->out_of_memory = true;
			return;
		}
		look->holds = grown;
	}
	hold_init(&look->holds[look->count], id);
	json_put_int(look->index, id, (json_int_t)look->count++);
}

static bool is_held(const json_t *event)
{
	const char *action = json_get_str(event, "action");

	return action != NULL && strcmp(action, "hold") == 0;
}

static int note_event(void *arg, const json_t *event)
{
	struct look *look = arg;
	const char *type = json_get_str(event, "event"), *id = json_get_str(event, "ref");
	const json_t *place;

	if (type != NULL && strcmp(type, "message") == 0)
		id = json_get_str(event, "id");
	if (id == NULL)
		return 0;
	if (is_held(event))
		add_hold(look, id);
	place = json_object_get(look->index, id);
	if (place != NULL)
		hold_note(&look->holds[json_integer_value(place)], event);
	return look->out_of_memory ? 1 : 0;
}

/* From the oldest message that is listed, or on hold, on. */
static int64_t start_of(const struct look *look)
{
	int64_t start = look->desk->now - BACK_SECONDS;
	const json_t *entry;
	const char *id;
	size_t i;

	for (i = 0; i < look->count; i++)
		if (id_time(look->holds[i].id) != -1 && id_time(look->holds[i].id) < start)
			start = id_time(look->holds[i].id);
	json_object_foreach(look->queue, id, entry)
		if (json_is_true(json_object_get(entry, "held")) && json_get_int(entry, "arrived", start) - SLACK_SECONDS < start)
			start = json_get_int(entry, "arrived", start) - SLACK_SECONDS;
	return start;
}

/* ---- entries ---------------------------------------------------------------------- */

static json_t *entry_of(const struct hold *hold)
{
	static const char *const keys[] = {"marketplace", "shop", "agent", "subject", "order"};
	json_t *entry = json_object();

	json_put_str(entry, "id", hold->id);
	json_put(entry, "held", slice_str(json_get_str(hold->message, "time")));
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		const char *value = json_get_str(hold->message, keys[i]);

		json_put_str(entry, keys[i], value != NULL ? value : "");
	}
	json_put(entry, "customer", slice_str(json_string_value(json_array_get(json_object_get(hold->message, "recipients"),
	    0))));
	return entry;
}

static void put_rules(json_t *entry, const struct hold *hold)
{
	json_t *names = json_array(), *finding, *known;
	size_t i, k;

	json_array_foreach(json_object_get(hold->message, "findings"), i, finding) {
		const char *name = json_get_str(finding, "rule");
		bool is_new = name != NULL;

		json_array_foreach(names, k, known)
			is_new = is_new && strcmp(json_string_value(known), name) != 0;
		if (is_new)
			json_array_append_new(names, json_text(slice_str(name)));
	}
	json_put_new(entry, "rules", names);
	json_put_new(entry, "rule_ids", hold_overridden(hold));
}

static void put_act(json_t *entry, const char *key, enum hold_wish wish, const struct hold_act *act, int64_t expire)
{
	json_t *object = json_object();

	json_put_str(object, "wish", hold_wish_name(wish));
	json_put_str(object, "by", act->by);
	cli_put_time(object, "time", act->time);
	cli_put_time(object, "until", expire > 0 ? act->time + expire : 0);
	json_put_new(entry, key, object);
}

/* Recorded as released or refused, though the mail server still has it on hold: somebody recorded too much. */
static bool is_stuck(const struct look *look, const struct hold *hold)
{
	return hold->end != HOLD_WISH_NONE && hold->ended.time < look->desk->now - STUCK_SECONDS && look->queue != NULL &&
	    queue_state(look->queue, hold->queue_id) == QUEUE_HELD;
}

/* What a person has to know before he decides, and what is to be done with what went another way. */
static void put_state(const struct look *look, json_t *entry, const struct hold *hold)
{
	static const char *const names[] = {[QUEUE_HELD] = "held", [QUEUE_LEAVING] = "released", [QUEUE_GONE] = "gone"};
	const struct hold_act *pending = hold_pending(hold, &look->rules, look->desk->now);

	json_put_str(entry, "queue_id", hold->queue_id);
	put_rules(entry, hold);
	if (pending != NULL)
		put_act(entry, "pending", hold->wish, pending, look->rules.expire);
	else if (hold_approved(hold, &look->rules, hold->wish, look->desk->now))
		put_act(entry, "approved", hold->wish, &hold->approval, look->rules.expire);
	if (hold->begun.time != 0)
		put_act(entry, "begun", hold->begun_wish, &hold->begun, 0);
	if (is_stuck(look, hold))
		put_act(entry, "ended", hold->end, &hold->ended, 0);
	else if (hold->end == HOLD_WISH_REFUSE)
		put_act(entry, "untold", hold->end, &hold->ended, 0);
	else if (look->queue != NULL && hold->queue_id[0] != '\0')
		json_put_str(entry, "queue", names[queue_state(look->queue, hold->queue_id)]);
}

/* What the store does not list, since its thread was answered or there is none, but a person has to look at. */
static bool is_left_over(const struct look *look, const struct hold *hold)
{
	bool queued = look->queue != NULL && queue_state(look->queue, hold->queue_id) == QUEUE_HELD;

	if (hold->end != HOLD_WISH_NONE)
		return is_stuck(look, hold) || (hold->end == HOLD_WISH_REFUSE && hold->tell && !hold->told);
	return hold->message != NULL && (queued || hold->begun.time != 0);
}

static json_t *take_entry(json_t *list, const char *id)
{
	json_t *entry;
	size_t i;

	json_array_foreach(list, i, entry) {
		if (strcmp(json_get_str(entry, "id"), id) != 0)
			continue;
		json_incref(entry);
		json_array_remove(list, i);
		return entry;
	}
	return NULL;
}

static int merge(struct look *look, const struct hold *hold)
{
	json_t *entry = take_entry(look->out->list, hold->id);

	if (!is_left_over(look, hold) && (entry == NULL || hold->end != HOLD_WISH_NONE)) {
		json_decref(entry);
		return 0;
	}
	if (entry == NULL)
		entry = entry_of(hold);
	put_state(look, entry, hold);
	return held_insert(look->out->list, entry, look->desk->now);
}

/* ---- filters ----------------------------------------------------------------------- */

static bool has_word(const json_t *list, const char *word)
{
	const json_t *item;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)list, i, item)
		if (slice_case_eq(slice_str(json_string_value(item)), slice_str(word)))
			return true;
	return false;
}

static bool member_is(const json_t *entry, const char *key, const char *want)
{
	const char *value = json_get_str(entry, key);

	return want == NULL || (value != NULL && slice_case_eq(slice_str(value), slice_str(want)));
}

static bool fits(const json_t *entry, const struct held_filter *filter, int64_t now)
{
	const char *held = json_get_str(entry, "held");
	int64_t time;

	if (filter->older > 0 && (held == NULL || clock_parse(held, &time) == -1 || now - time < filter->older))
		return false;
	if (filter->rule != NULL && !has_word(json_object_get(entry, "rules"), filter->rule) &&
	    !has_word(json_object_get(entry, "rule_ids"), filter->rule))
		return false;
	return member_is(entry, "agent", filter->agent) && member_is(entry, "shop", filter->shop);
}

static void keep_fitting(struct look *look, const struct held_filter *filter)
{
	size_t i = 0;

	while (i < json_array_size(look->out->list)) {
		if (fits(json_array_get(look->out->list, i), filter, look->desk->now))
			i++;
		else
			json_array_remove(look->out->list, i);
	}
}

/* ---- all of it ---------------------------------------------------------------------- */

static size_t count_strangers(const struct look *look)
{
	json_t *known = json_object(), *entry;
	size_t strangers = 0;
	const char *id;

	for (size_t i = 0; i < look->count; i++)
		json_put_bool(known, look->holds[i].queue_id, true);
	json_object_foreach(look->queue, id, entry)
		strangers += json_is_true(json_object_get(entry, "held")) && json_object_get(known, id) == NULL;
	json_decref(known);
	return strangers;
}

static int look_at(struct look *look, struct diag *d)
{
	struct diag own = {0};
	json_t *entry;
	size_t i;

	json_array_foreach(look->out->list, i, entry)
		add_hold(look, json_get_str(entry, "id"));
	look->queue = queue_list(look->desk->config, &own);
	if (look->queue == NULL)
		snprintf(look->out->queue_error, sizeof(look->out->queue_error), "%.500s", own.text);
	if (audit_read_since(look->desk->config->audit_dir, start_of(look), note_event, look, d) == -1)
		return -1;
	for (i = 0; i < look->count; i++)
		if (merge(look, &look->holds[i]) == -1)
			look->out_of_memory = true;
	look->out->strangers = count_strangers(look);
	return look->out_of_memory ? diag_add(d, "out of memory") : 0;
}

int held_look(struct cli_desk *desk, const struct held_filter *filter, struct held_look *look_r, struct diag *d)
{
	struct look look = {.desk = desk, .out = look_r, .rules = held_rules(desk->config), .index = json_object()};
	int rc;

	*look_r = (struct held_look){.desk = desk};
	look_r->list = held_list(desk, NULL, d);
	rc = look_r->list != NULL ? look_at(&look, d) : -1;
	if (rc == 0)
		keep_fitting(&look, filter);
	for (size_t i = 0; i < look.count; i++)
		hold_free(&look.holds[i]);
	free(look.holds);
	json_decref(look.index);
	json_decref(look.queue);
	return rc;
}
