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

static unsigned level_of(const struct alerts_turn *turn, const struct alert *alert, unsigned given)
{
	const struct desk_inquiry inquiry = {.opened = alert->opened, .due = alert->due};
	const struct alert_plan *plan = &turn->config->plan;

	switch (alert->kind) {
	case ALERT_INQUIRY: return alert_level(plan, &inquiry, turn->now, given);
	case ALERT_WINDOW: return alert_window_level(plan, alert->window, turn->now, given);
	case ALERT_MESSAGE: return alert_message_level(plan, turn->now, given);
	default: return 0;
	}
}

/*
 * Gateways that share agree on who gives an alert, before it is handed over; one that claimed it before has it still.
 * Where no way wants anything there is nothing to agree on.
 */
bool alerts_are_ours(const struct alerts_turn *turn, const struct alert *alert)
{
	unsigned level = 0;

	for (size_t i = 0; i < turn->way_count; i++)
		level = alert->wants[i] > level ? alert->wants[i] : level;
	if (turn->service->share == NULL || level == 0)
		return true;
	return share_claim(turn->service->share, alert->shop != NULL ? alert->shop : "", alert->key, alert->opened, level);
}

/*
 * Which ways may give this alert now: the one place that decides that nobody gave it before. The store knows
 * what any gateway recorded.
 */
static bool claim(struct alerts_turn *turn, struct alert *alert)
{
	const struct alerts_memory *memory = alerts_recall(turn->state, alert->key, alert->opened);
	bool wanted;

	/* Another gateway went beyond what is remembered here. */
	if (memory != NULL && alert->known > memory->recorded)
		memory = NULL;
	wanted = memory != NULL;
	alert->recorded = memory != NULL ? memory->recorded : alert->known;
	for (size_t i = 0; i < turn->way_count; i++) {
		unsigned level;

		alert->took[i] = memory != NULL ? memory->took[i] : alert->known;
		level = level_of(turn, alert, alert->took[i]);
		if (level < turn->ways[i].at || !alerts_concerns(turn, &turn->ways[i], alert))
			continue;
		alert->wants[i] = level;
		wanted = wanted || level > 0;
	}
	if (alerts_are_ours(turn, alert))
		return wanted;
	memset(alert->wants, 0, sizeof(alert->wants));
	return memory != NULL;
}

static int copy_texts(struct alerts_turn *turn, struct alert *alert)
{
	const char **texts[] = {&alert->key, &alert->marketplace, &alert->shop, &alert->customer, &alert->subject,
	    &alert->order, &alert->what, &alert->id, &alert->detail};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if ((*texts[i] = arena_strdup(turn->arena, *texts[i] != NULL ? *texts[i] : "")) == NULL)
			return -1;
	return 0;
}

int alerts_offer(struct alerts_turn *turn, struct alert *alert)
{
	struct alert *kept;

	if (!claim(turn, alert))
		return 0;
	kept = turn->count < TURN_MAX ? alerts_add(turn) : NULL;
	if (kept == NULL)
		return 1;
	*kept = *alert;
	kept->window = NULL;
	if (copy_texts(turn, kept) == 0)
		return 0;
	turn->count--;
	return 1;
}

static int note_due(void *arg, const struct store_due *due)
{
	struct alerts_turn *turn = arg;
	struct alert alert = {
		.key = due->key, .marketplace = due->marketplace, .shop = due->shop, .customer = due->customer,
		.subject = due->subject, .order = due->order, .opened = due->opened, .due = due->due,
		.known = due->alerted > 0 ? (unsigned)due->alerted : 0,
	};

	return alerts_offer(turn, &alert);
}

/* An inquiry with a long clock may be far from its due second and half over: all that are open are looked at. */
static int gather_inquiries(struct alerts_turn *turn)
{
	struct diag d = {0};

	if (store_due(turn->service->store, INT64_MAX, note_due, turn, &d) != -1)
		return 0;
	alerts_failed(turn, "what is due can't be read: %s", d.text);
	return -1;
}

/*
 * What is rarest and most severe comes first: of a flood only the first are told one by one, and the flood to expect is
 * a filter that calls everything spam.
 */
static int gather(struct alerts_turn *turn)
{
	alerts_rates(turn);
	return alerts_messages(turn, STORE_ALARM_WARNING) == 0 && alerts_windows(turn) == 0 && gather_inquiries(turn) == 0 &&
	    alerts_messages(turn, STORE_ALARM_SPAM_FILTERED) == 0 ? 0 : -1;
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

static void put_time(json_t *event, const char *key, int64_t seconds)
{
	char text[CLOCK_TEXT_SIZE];

	clock_format(text, sizeof(text), seconds);
	json_put_str(event, key, text);
}

static void put_rate(json_t *event, const struct alert *alert)
{
	json_put_str(event, "marketplace", alert->marketplace);
	json_put_str(event, "shop", alert->shop);
	json_put_int(event, "permille", alert->permille);
	json_put_int(event, "line_percent", alert->percent);
}

/* Whatever has a key is known again by it: by this gateway's store and by any other that applies the event. */
static void put_keyed(json_t *event, const struct alert *alert, unsigned level)
{
	json_put_str(event, "key", alert->key);
	json_put_str(event, "marketplace", alert->marketplace);
	json_put_str(event, "shop", alert->shop);
	if (alert->kind == ALERT_MESSAGE) {
		json_put_str(event, "ref", alert->id);
		return;
	}
	json_put_str(event, "window", alert->what);
	json_put_str(event, "number", alert->order);
	json_put_int(event, "hours_before", alert_window_urgency(level));
	put_time(event, "closes", alert->due);
}

static json_t *event_of(const struct alerts_turn *turn, const struct alert *alert, size_t way)
{
	json_t *event = json_object();

	json_put_str(event, "event", "alert");
	json_put_str(event, "way", turn->ways[way].name);
	if (alert->kind != ALERT_INQUIRY)
		json_put_str(event, "kind", alerts_kind_name(alert));
	if (alert->kind == ALERT_RATE) {
		put_rate(event, alert);
		return event;
	}
	if (alert->kind != ALERT_INQUIRY) {
		put_keyed(event, alert, alert->took[way]);
		return event;
	}
	json_put_str(event, "thread", alert->key);
	put_time(event, "opened", alert->opened);
	json_put_int(event, "level", (json_int_t)alert->took[way]);
	put_time(event, "due", alert->due);
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
	alerts_adapt_memory(turn);
	if (gather(turn) == 0) {
		/* What was given in the last turn, when it could not be recorded. */
		record_taken(turn);
		for (size_t way = 0; way < turn->way_count && !atomic_load(turn->stop); way++)
			give(turn, way);
		count_waiting(turn);
		alerts_remember(turn);
		alerts_windows_told(turn);
	}
	free(turn->alerts);
	arena_free(&turn->arena);
}
