/* SPDX-License-Identifier: BSD-2-Clause */
/* Milestones, the windows that they open, where refunds stand, and cases with a marketplace's support, and clocks. */
#include <string.h>

#include "ask.h"
#include "cli/facts.h"
#include "desk/alert.h"
#include "desk/sla.h"

/* All that cli/facts.c, which reads them as "postern windows" does, takes from the rest of the command line. */
void cli_put_time(json_t *object, const char *key, int64_t seconds)
{
	row_time(object, key, seconds);
}

/* The hours of the alert that is due when none was given; 0: none is. */
static int64_t alert_hours(const struct world *world, const struct subject *subject, const struct desk_window_state *state)
{
	const struct alert_plan *plan = &generation_config(world->generation)->alerts.plan;
	unsigned level = desk_subject_matters(&subject->desk, state)
	    ? alert_window_level(plan, state, clock_now(&world->clock), 0) : 0;

	return level > 0 ? alert_window_urgency(level) : 0;
}

static void add_window(const struct world *world, const struct subject *subject, const struct desk_window_state *state,
    json_t *rows)
{
	json_t *row = json_object();

	json_put_str(row, "name", state->name);
	json_put_str(row, "subject", state->subject);
	json_put_str(row, "marketplace", subject->desk.marketplace);
	json_put_str(row, "state", window_state_name(state->state));
	row_time(row, "started", state->started);
	row_time(row, "opens", state->opens);
	row_time(row, "closes", state->closes);
	row_time(row, "used", state->used);
	row_time(row, "warned", state->warned);
	row_time(row, "next_warning", state->next_warning);
	json_put_int(row, "alert", alert_hours(world, subject, state));
	json_array_append_new(rows, row);
}

static void add_refund(const struct subject *subject, json_t *rows)
{
	const struct refund_status *refund = &subject->desk.refund;
	json_t *row = json_object();

	json_put_str(row, "subject", subject->desk.facts[0].milestone.subject);
	json_put_str(row, "state", refund_state_name(refund->state));
	row_time(row, "refunded", refund->refunded);
	row_time(row, "disputed", refund->disputed);
	row_time(row, "denied", refund->denied);
	row_time(row, "appealed", refund->appealed);
	row_time(row, "closed", refund->closed);
	json_put_bool(row, "outside_return_window", refund->outside_return_window);
	json_put_int(row, "disputes", refund->disputes);
	json_put_bool(row, "repeated", refund->repeated);
	json_put_bool(row, "may_dispute", refund->may_dispute);
	json_put_bool(row, "may_appeal", refund->may_appeal);
	json_put_str(row, "reason", refund->reason != NULL ? refund->reason : "");
	json_put_bool(row, "answered_in_time", subject->in_time);
	json_put_int(row, "late", (json_int_t)json_array_size(subject->late));
	json_array_append_new(rows, row);
}

static void add_subject(const struct world *world, const struct subject *subject, bool refunds, json_t *rows)
{
	for (size_t i = 0; !refunds && i < subject->desk.window_count; i++)
		add_window(world, subject, &subject->desk.windows[i], rows);
	if (refunds && subject->desk.refund.state != REFUND_NONE)
		add_refund(subject, rows);
}

static int ask_subjects(struct question *question, bool refunds, json_t *rows, struct diag *d)
{
	struct world *world = question->play->world;
	struct cli_desk desk = {.store = question->store, .now = clock_now(&world->clock),
	    .profiles = (struct profiles *)(uintptr_t)generation_profiles(world->generation)};
	struct facts facts;
	struct diag why = {0};
	int rc = facts_read(question->store, SLICE_NONE, question_param(question, "of", NULL), 0, &facts, &why);

	for (size_t at = 0; rc == 0 && at < facts.count;) {
		struct subject subject;

		rc = subject_read(&desk, &facts, &at, true, &subject, &why);
		if (rc != 0)
			break;
		add_subject(world, &subject, refunds, rows);
		subject_free(&subject);
	}
	facts_free(&facts);
	return rc == 0 ? 0 : question_error(question, d, "%s", why.text);
}

int ask_window(struct question *question, json_t *rows, struct diag *d)
{
	return ask_subjects(question, false, rows, d);
}

int ask_refund(struct question *question, json_t *rows, struct diag *d)
{
	return ask_subjects(question, true, rows, d);
}

static int add_milestone(void *arg, const struct store_milestone *milestone)
{
	json_t *rows = arg, *row = json_object();

	json_put_str(row, "name", milestone->name);
	json_put_str(row, "subject", milestone->subject);
	row_time(row, "time", milestone->time);
	json_put_int(row, "term_days", milestone->term_days);
	json_put_str(row, "marketplace", milestone->marketplace);
	json_put_str(row, "order", milestone->order);
	json_array_append_new(rows, row);
	return 0;
}

int ask_milestone(struct question *question, json_t *rows, struct diag *d)
{
	struct diag why = {0};

	if (store_milestones(question->store, slice_str(question_param(question, "of", NULL)), 0, add_milestone, rows,
	    &why) != 0)
		return question_error(question, d, "%s", why.text);
	return 0;
}

static int add_case(void *arg, const struct store_case *entry)
{
	json_t *rows = arg, *row = json_object();

	json_put_str(row, "case", entry->id);
	json_put_str(row, "marketplace", entry->marketplace);
	json_put_str(row, "shop", entry->shop);
	json_put_str(row, "channel", entry->channel);
	json_put_str(row, "subject", entry->subject);
	json_put_new(row, "ids", row_list(entry->ids));
	row_time(row, "opened", entry->opened);
	row_time(row, "last", entry->last_time);
	json_put_int(row, "questions", entry->questions);
	json_put_int(row, "replies", entry->replies);
	json_put_int(row, "urgent", entry->urgent);
	json_put_int(row, "reopened", entry->reopened);
	json_put_bool(row, "open", entry->open);
	json_array_append_new(rows, row);
	return 0;
}

int ask_case(struct question *question, json_t *rows, struct diag *d)
{
	int64_t now = clock_now(&question->play->world->clock), span;
	const char *over = question_param(question, "over", "3650d");
	struct store_case_filter filter = {.id = question_param(question, "of", NULL),
	    .order = question_param(question, "order", NULL), .shop = question_param(question, "shop", NULL), .until = now};
	struct diag why = {0};

	if (span_parse(over, &span) != 0)
		return question_error(question, d, "'%s' is no span like 7d", over);
	filter.since = now - span;
	if (store_cases(question->store, &filter, add_case, rows, &why) != 0)
		return question_error(question, d, "%s", why.text);
	return 0;
}

/* A marketplace's clocks, as if each started now. */
int ask_clock(struct question *question, json_t *rows, struct diag *d)
{
	const char *name = question_param(question, "of", "");
	const struct marketplace *market = profiles_find(generation_profiles(question->play->world->generation), name);
	int64_t now = clock_now(&question->play->world->clock);
	const struct sla_clock *clock;

	if (market == NULL)
		return question_error(question, d, "of which marketplace? There is no '%s'", name);
	for (size_t i = 0; (clock = marketplace_clock_at(market, i)) != NULL; i++) {
		json_t *row = json_object();

		if (marketplace_clock(market, clock->name, now) != clock) {
			json_decref(row);
			continue;
		}
		json_put_str(row, "name", clock->name);
		row_time(row, "due", sla_due(clock, now));
		json_array_append_new(rows, row);
	}
	return 0;
}
