/* SPDX-License-Identifier: BSD-2-Clause */
/* Counts a period of the audit log: messages as they come, and what people decided about held ones. */
#include "report/report.h"

#include <stdlib.h>
#include <string.h>

#include "audit/audit.h"
#include "core/hash.h"
#include "report/decisions.h"
#include "report/seen.h"
#include "report/weeks.h"

/* What a callback answers to end a walk. */
#define WALK_OVER 1
#define WALK_FAILED 2

struct reading {
	struct counting counting;
	struct seen seen;
	struct decisions decisions;
	struct diag *d;
};

static const char *const by_names[] = {"rule", "agent", "account", "shop", "marketplace", "week", "day"};

const char *report_by_name(enum report_by by)
{
	return by_names[by];
}

int report_by_read(const char *name, enum report_by *by_r)
{
	for (size_t i = 0; i < REPORT_BY_COUNT; i++) {
		if (strcmp(name, by_names[i]) == 0) {
			*by_r = (enum report_by)i;
			return 0;
		}
	}
	return -1;
}

const char *report_override_name(enum report_override_kind kind)
{
	static const char *const names[] = {"exempt_senders", "exempt_recipients", "hold_senders", "trial", "monitor"};

	return names[kind];
}

/* ---- reading ---------------------------------------------------------------------- */

static bool is_asked_for(const struct report_query *query, const struct store_event *e)
{
	return e->inbound == query->inbound &&
	    (query->marketplace == NULL || slice_case_eq_str(e->marketplace, query->marketplace)) &&
	    (query->agent == NULL || slice_case_eq_str(e->agent, query->agent));
}

static int failed(struct reading *reading)
{
	diag_add(reading->d, "out of memory");
	return WALK_FAILED;
}

static int note_message(struct reading *reading, const json_t *event, const struct store_event *e)
{
	struct counting *counting = &reading->counting;
	struct tally *tally;

	if (!is_asked_for(&counting->report->query, e))
		return 0;
	tally = tally_read(counting, event, e);
	if (tally == NULL)
		return failed(reading);
	if (tally->action == ACTION_HOLD && decisions_hold(&reading->decisions, e->id, tally) == -1) {
		tally_free(&tally);
		return failed(reading);
	}
	return seen_note(&reading->seen, e, tally) == 0 ? 0 : failed(reading);
}

static int note_event(void *arg, const json_t *event)
{
	struct reading *reading = arg;
	const struct report_query *query = &reading->counting.report->query;
	struct store_event e;

	if (store_event_read(event, &e, reading->d) == -1)
		return WALK_FAILED;
	if (e.time >= query->to + REPORT_RETRY_SECONDS + DECISIONS_LATE_SECONDS)
		return WALK_OVER;
	if (e.type == EVENT_MESSAGE)
		return e.time >= reading->decisions.begin ? note_message(reading, event, &e) : 0;
	if (e.type == EVENT_COMMAND && (e.effect == EFFECT_RELEASED || e.effect == EFFECT_REFUSED) &&
	    decisions_note(&reading->decisions, event, &e) == -1)
		return failed(reading);
	return 0;
}

/*
 * Messages from before the walk that were decided about in it: their own records tell what held them. Not
 * even those are counted that stand in the same file by chance, or the report would depend on where files end.
 */
static int note_earlier(void *arg, const json_t *event)
{
	struct reading *reading = arg;
	const struct decisions *decisions = &reading->decisions;
	struct store_event e;
	struct tally *tally;
	int rc = 0;

	if (store_event_read(event, &e, reading->d) == -1)
		return WALK_FAILED;
	if (e.time >= decisions->begin + DECISIONS_LATE_SECONDS)
		return WALK_OVER;
	if (e.type != EVENT_MESSAGE || !decisions_want(decisions, e.id) ||
	    !is_asked_for(&reading->counting.report->query, &e))
		return 0;
	tally = tally_read(&reading->counting, event, &e);
	if (tally == NULL || decisions_settle(&reading->decisions, e.id, tally) == -1)
		rc = failed(reading);
	tally_free(&tally);
	return rc;
}

static int walk(struct reading *reading, const char *dir, int64_t since, audit_event_fn fn)
{
	int rc = audit_read_since(dir, since, fn, reading, reading->d);

	return rc == 0 || rc == WALK_OVER ? 0 : -1;
}

static int read_log(struct reading *reading, const char *dir)
{
	int64_t begin = reading->counting.report->query.from - REPORT_RETRY_SECONDS, earliest;

	reading->decisions.counting = reading->seen.counting = &reading->counting;
	reading->decisions.begin = begin;
	if (walk(reading, dir, begin, note_event) == -1)
		return -1;
	if (seen_end(&reading->seen) == -1) {
		diag_add(reading->d, "out of memory");
		return -1;
	}
	earliest = decisions_earliest(&reading->decisions);
	return earliest < INT64_MAX ? walk(reading, dir, earliest, note_earlier) : 0;
}

/* ---- the report ----------------------------------------------------------------------- */

/* Weeks without a message are weeks, too. */
static int list_weeks(struct counting *c)
{
	struct report *report = c->report;

	for (size_t i = 0; i < report->week_count; i++) {
		report->weeks[i].group = groups_get(&c->groups[REPORT_BY_WEEK], slice_str(report->weeks[i].label), 0);
		if (report->weeks[i].group == NULL)
			return -1;
	}
	return 0;
}

/* What a rule's violations are compared with: all that was judged. */
static void fill_messages(struct report *report)
{
	const struct report_list *rules = &report->by[REPORT_BY_RULE];

	for (size_t i = 0; i < rules->count; i++) {
		rules->items[i]->all.messages = report->all.messages;
		for (size_t k = 0; k < report->week_count; k++)
			rules->items[i]->weeks[k].messages = report->weeks[k].group->all.messages;
	}
}

/* By kind, the most used first; equal ones stay in the log's order. */
static void sort_overrides(struct counting *c)
{
	for (size_t i = 1; i < c->override_count; i++) {
		struct report_override moved = c->overrides[i];
		size_t at = i;

		for (; at > 0; at--) {
			const struct report_override *before = &c->overrides[at - 1];

			if (before->kind < moved.kind || (before->kind == moved.kind && before->count >= moved.count))
				break;
			c->overrides[at] = *before;
		}
		c->overrides[at] = moved;
	}
}

static int make_lists(struct reading *reading)
{
	struct counting *c = &reading->counting;
	struct report *report = c->report;

	if (list_weeks(c) == -1)
		return diag_add(reading->d, "out of memory");
	for (size_t i = 0; i < REPORT_BY_COUNT; i++)
		if (groups_list(&c->groups[i], i == REPORT_BY_WEEK || i == REPORT_BY_DAY, &report->by[i]) == -1)
			return diag_add(reading->d, "out of memory");
	fill_messages(report);
	sort_overrides(c);
	decisions_give(&reading->decisions, report);
	return 0;
}

/* Also of a report that could not be made. */
static void give(struct reading *reading, struct report *report)
{
	memcpy(report->tables, reading->counting.groups, sizeof(reading->counting.groups));
	report->overrides = reading->counting.overrides;
	report->override_count = reading->counting.override_count;
	seen_free(&reading->seen);
	decisions_free(&reading->decisions);
}

struct report *report_read(const char *audit_dir, const struct report_query *query, struct diag *d)
{
	struct report *report = calloc(1, sizeof(*report));
	struct reading *reading = calloc(1, sizeof(*reading));
	int rc = -1;

	if (report != NULL)
		report->tables = calloc(REPORT_BY_COUNT, sizeof(*report->tables));
	if (reading == NULL || report == NULL || report->tables == NULL) {
		diag_add(d, "out of memory");
	} else {
		report->query = *query;
		reading->counting.report = report;
		reading->d = d;
		rc = weeks_make(report, d);
		if (rc == 0)
			rc = read_log(reading, audit_dir);
		if (rc == 0)
			rc = make_lists(reading);
		give(reading, report);
	}
	free(reading);
	if (rc != 0)
		report_free(&report);
	return report;
}

void report_free(struct report **report)
{
	struct report *r = *report;

	*report = NULL;
	if (r == NULL)
		return;
	for (size_t i = 0; i < REPORT_BY_COUNT; i++) {
		free(r->by[i].items);
		if (r->tables != NULL)
			groups_free(&r->tables[i]);
	}
	for (size_t i = 0; i < r->override_count; i++) {
		free(r->overrides[i].rule);
		free(r->overrides[i].entry);
		free(r->overrides[i].until);
	}
	decisions_free_list(r->decisions, r->decision_count);
	free(r->overrides);
	free(r->tables);
	free(r->weeks);
	free(r);
}

/* ---- what it says ------------------------------------------------------------------------ */

int64_t report_rate(const struct report_count *count)
{
	return count->messages > 0 ? (count->violating * 1000 + count->messages / 2) / count->messages : -1;
}

size_t report_week_of_interest(const struct report *report)
{
	bool begun = false;
	size_t found = report->week_count - 1;

	for (size_t i = 0; i < report->week_count; i++) {
		begun |= report->weeks[i].group->all.messages > 0;
		if (begun && report->weeks[i].whole)
			found = i;
	}
	return found;
}

bool report_often_released(const struct report_group *rule)
{
	int64_t decided = rule->all.released + rule->all.denied;

	return decided >= REPORT_DECIDED_MIN && rule->all.released * 100 >= decided * REPORT_RELEASED_PERCENT;
}

bool report_often_exempt(const struct report_group *rule)
{
	return rule->all.exempt >= REPORT_EXEMPT_MIN &&
	    rule->all.exempt * 100 >= rule->all.messages * REPORT_EXEMPT_PERCENT;
}
