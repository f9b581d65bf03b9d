/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One turn of the alerts: what is due, who has to be told, what became of it.
 * The store tells what was given; only what it can't know yet is kept in memory.
 */
#include "daemon/alerts_turn.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/log.h"

#define ARENA_BYTES ((size_t)128 << 20)
/* What is beyond it waits for the next turn: the most urgent are first. */
#define TURN_MAX 50000

void alerts_failed(struct alerts_turn *turn, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(turn->result.error, sizeof(turn->result.error), fmt, ap);
	va_end(ap);
	turn->result.failures++;
}

/* ---- memory ------------------------------------------------------------------------- */

static int compare_memory(const void *left, const void *right)
{
	const struct alerts_memory *a = left, *b = right;
	int order = strcmp(a->key, b->key);

	return order != 0 ? order : a->opened < b->opened ? -1 : a->opened > b->opened;
}

static const struct alerts_memory *recall(const struct alerts_state *state, const char *key, int64_t opened)
{
	const struct alerts_memory wanted = {.key = (char *)(uintptr_t)key, .opened = opened};

	return state->memory_count == 0 ? NULL
	    : bsearch(&wanted, state->memory, state->memory_count, sizeof(wanted), compare_memory);
}

static void forget(struct alerts_state *state)
{
	for (size_t i = 0; i < state->memory_count; i++)
		free(state->memory[i].key);
	free(state->memory);
	state->memory = NULL;
	state->memory_count = 0;
}

static unsigned highest_taken(const struct alerts_turn *turn, const struct alert *alert)
{
	unsigned highest = 0;

	for (size_t i = 0; i < turn->way_count; i++)
		if (alert->took[i] > highest)
			highest = alert->took[i];
	return highest;
}

/* Whether there is something that the store will not tell the next turn. */
static bool is_unfinished(const struct alerts_turn *turn, const struct alert *alert)
{
	unsigned highest = highest_taken(turn, alert);

	if (alert->kind != ALERT_INQUIRY)
		return false;
	/* Also what could not be recorded: it was given. */
	if (highest > alert->known)
		return true;
	for (size_t i = 0; i < turn->way_count; i++)
		if (alerts_concerns(turn, &turn->ways[i], alert) && turn->ways[i].at <= highest && alert->took[i] < highest)
			return true;
	return false;
}

static void remember(struct alerts_turn *turn)
{
	struct alerts_state *state = turn->state;
	struct alerts_memory *memory = turn->count > 0 ? calloc(turn->count, sizeof(*memory)) : NULL;
	size_t count = 0;

	/* Better what was true a turn ago than nothing. */
	if (memory == NULL && turn->count > 0)
		return;
	for (size_t i = 0; i < turn->count; i++) {
		const struct alert *alert = &turn->alerts[i];
		struct alerts_memory *entry = &memory[count];

		if (!is_unfinished(turn, alert) || (entry->key = strdup(alert->key)) == NULL)
			continue;
		entry->opened = alert->opened;
		entry->recorded = alert->recorded;
		memcpy(entry->took, alert->took, sizeof(entry->took));
		count++;
	}
	if (count > 1)
		qsort(memory, count, sizeof(*memory), compare_memory);
	forget(state);
	state->memory = memory;
	state->memory_count = count;
}

static size_t find_way(char *const *names, const char *name)
{
	size_t i = 0;

	while (i < ALERTS_WAYS_MAX && (names[i] == NULL || strcmp(names[i], name) != 0))
		i++;
	return i;
}

/* Another configuration may have other ways: a new one is taken to know what was recorded. */
static void adapt_memory(struct alerts_turn *turn)
{
	struct alerts_state *state = turn->state;

	for (size_t i = 0; i < state->memory_count; i++) {
		struct alerts_memory *entry = &state->memory[i];
		unsigned took[ALERTS_WAYS_MAX] = {0};

		for (size_t way = 0; way < turn->way_count; way++) {
			size_t old = find_way(state->ways, turn->ways[way].name);

			took[way] = old < ALERTS_WAYS_MAX ? entry->took[old] : entry->recorded;
		}
		memcpy(entry->took, took, sizeof(took));
	}
	for (size_t i = 0; i < ALERTS_WAYS_MAX; i++) {
		free(state->ways[i]);
		state->ways[i] = i < turn->way_count ? strdup(turn->ways[i].name) : NULL;
	}
}

void alerts_state_free(struct alerts_state *state)
{
	forget(state);
	for (size_t i = 0; i < ALERTS_WAYS_MAX; i++) {
		free(state->ways[i]);
		state->ways[i] = NULL;
	}
}

/* ---- what is due -------------------------------------------------------------------- */

struct alert *alerts_add(struct alerts_turn *turn)
{
	size_t room = turn->room > 0 ? turn->room * 2 : 64;
	struct alert *more;

	if (turn->count == turn->room) {
		more = realloc(turn->alerts, room * sizeof(*more));
		if (more == NULL)
			return NULL;
		turn->alerts = more;
		turn->room = room;
	}
	turn->alerts[turn->count] = (struct alert){0};
	return &turn->alerts[turn->count++];
}

/*
 * Which ways may give this inquiry's alert now: the one place that decides that nobody gave it before. The store knows
 * what any gateway recorded. Gateways that share one have to agree here, before an alert is handed over; with a
 * store of its own there is no other.
 */
static bool claim(struct alerts_turn *turn, struct alert *alert)
{
	const struct desk_inquiry inquiry = {.opened = alert->opened, .due = alert->due};
	const struct alerts_memory *memory = recall(turn->state, alert->key, alert->opened);
	bool wanted;

	/* Another gateway went beyond what is remembered here. */
	if (memory != NULL && alert->known > memory->recorded)
		memory = NULL;
	wanted = memory != NULL;
	alert->recorded = memory != NULL ? memory->recorded : alert->known;
	for (size_t i = 0; i < turn->way_count; i++) {
		unsigned level;

		alert->took[i] = memory != NULL ? memory->took[i] : alert->known;
		level = alert_level(&turn->config->plan, &inquiry, turn->now, alert->took[i]);
		if (level < turn->ways[i].at || !alerts_concerns(turn, &turn->ways[i], alert))
			continue;
		alert->wants[i] = level;
		wanted = wanted || level > 0;
	}
	return wanted;
}

static int copy_texts(struct alerts_turn *turn, struct alert *alert)
{
	const char **texts[] = {&alert->key, &alert->marketplace, &alert->shop, &alert->customer, &alert->subject,
	    &alert->order};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if ((*texts[i] = arena_strdup(turn->arena, *texts[i] != NULL ? *texts[i] : "")) == NULL)
			return -1;
	return 0;
}

/* 1 ends the walk: enough for one turn. */
static int note_due(void *arg, const struct store_due *due)
{
	struct alerts_turn *turn = arg;
	struct alert alert = {
		.key = due->key, .marketplace = due->marketplace, .shop = due->shop, .customer = due->customer,
		.subject = due->subject, .order = due->order, .opened = due->opened, .due = due->due,
		.known = due->alerted > 0 ? (unsigned)due->alerted : 0,
	};
	struct alert *kept;

	if (!claim(turn, &alert))
		return 0;
	kept = turn->count < TURN_MAX ? alerts_add(turn) : NULL;
	if (kept == NULL)
		return 1;
	*kept = alert;
	if (copy_texts(turn, kept) == 0)
		return 0;
	turn->count--;
	return 1;
}

/* An inquiry with a long clock may be far from its due second and half over: all that are open are looked at. */
static int gather(struct alerts_turn *turn)
{
	struct diag d = {0};

	if (store_due(turn->service->store, INT64_MAX, note_due, turn, &d) != -1)
		return 0;
	alerts_failed(turn, "what is due can't be read: %s", d.text);
	return -1;
}

/* ---- recording ---------------------------------------------------------------------- */

/* The log is a way for its own sake only where there is no other: a line that nobody reads has told nobody. */
static bool counts(const struct alerts_turn *turn, const struct alert *alert, size_t way)
{
	if (turn->ways[way].kind != WAY_LOG)
		return true;
	for (size_t i = 0; i < turn->way_count; i++)
		if (i != way && turn->ways[i].at <= alert->took[way] && alerts_concerns(turn, &turn->ways[i], alert))
			return false;
	return true;
}

static json_t *event_of(const struct alerts_turn *turn, const struct alert *alert, size_t way)
{
	char text[CLOCK_TEXT_SIZE];
	json_t *event = json_object();

	json_put_str(event, "event", "alert");
	json_put_str(event, "way", turn->ways[way].name);
	if (alert->kind == ALERT_RATE) {
		json_put_str(event, "kind", "rate");
		json_put_str(event, "marketplace", alert->marketplace);
		json_put_str(event, "shop", alert->shop);
		json_put_int(event, "permille", alert->permille);
		json_put_int(event, "line_percent", alert->percent);
		return event;
	}
	json_put_str(event, "thread", alert->key);
	clock_format(text, sizeof(text), alert->opened);
	json_put_str(event, "opened", text);
	json_put_int(event, "level", (json_int_t)alert->took[way]);
	clock_format(text, sizeof(text), alert->due);
	json_put_str(event, "due", text);
	return event;
}

static int record(struct alerts_turn *turn, struct alert *alert, size_t way)
{
	json_t *event = event_of(turn, alert, way);
	struct diag d = {0};
	int rc = audit_append(turn->service->audit, event, &d);

	json_decref(event);
	service_audit_health(turn->service, rc == 0, d.text);
	if (rc == 0 && alert->kind == ALERT_RATE)
		rc = alerts_rate_given(turn, alert, &d);
	if (rc == -1) {
		alerts_failed(turn, "an alert that was given can't be recorded: %s", d.text);
		return -1;
	}
	alert->recorded = alert->took[way];
	turn->result.given++;
	return 0;
}

/* Whatever a way took. A log that can't be written is not asked again for each one. */
static void record_taken(struct alerts_turn *turn)
{
	for (size_t i = 0; i < turn->count; i++) {
		struct alert *alert = &turn->alerts[i];

		for (size_t way = 0; way < turn->way_count; way++)
			if (alert->took[way] > alert->recorded && counts(turn, alert, way) &&
			    record(turn, alert, way) == -1)
				return;
	}
}

/* ---- giving ------------------------------------------------------------------------- */

static bool is_wanted(const struct alerts_turn *turn, size_t way)
{
	for (size_t i = 0; i < turn->count; i++)
		if (turn->alerts[i].wants[way] > 0)
			return true;
	return false;
}

static void give(struct alerts_turn *turn, size_t way)
{
	struct diag d = {0};

	if (!is_wanted(turn, way))
		return;
	if (alerts_give(turn, way, &d) == -1) {
		alerts_failed(turn, "%s: %s", turn->ways[way].name, d.text);
		return;
	}
	for (size_t i = 0; i < turn->count; i++) {
		struct alert *alert = &turn->alerts[i];

		if (alert->wants[way] > 0)
			alert->took[way] = alert->wants[way];
		alert->wants[way] = 0;
	}
	record_taken(turn);
}

static void count_waiting(struct alerts_turn *turn)
{
	for (size_t i = 0; i < turn->count; i++) {
		bool waits = false;

		for (size_t way = 0; way < turn->way_count; way++)
			waits = waits || turn->alerts[i].wants[way] > 0;
		turn->result.waiting += waits;
	}
}

void alerts_turn(struct alerts_turn *turn)
{
	turn->config = &turn->site->config->alerts;
	turn->arena = arena_new(ARENA_BYTES);
	if (turn->arena == NULL) {
		alerts_failed(turn, "memory is out");
		return;
	}
	alerts_ways(turn);
	adapt_memory(turn);
	/* Rates are few: first, so that no flood hides them. */
	alerts_rates(turn);
	if (gather(turn) == 0) {
		/* What was given in the last turn, when it could not be recorded. */
		record_taken(turn);
		for (size_t way = 0; way < turn->way_count && !atomic_load(turn->stop); way++)
			give(turn, way);
		count_waiting(turn);
		remember(turn);
	}
	free(turn->alerts);
	arena_free(&turn->arena);
}
