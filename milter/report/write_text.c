/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A report as text of 80 columns: one screen that says how the last week went,
 * against which rules, by whom, and what people decided otherwise; or one whole table.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "core/text.h"
#include "report/weeks.h"
#include "report/write.h"

#define BAR_WIDTH 40
#define BARS_MAX 7 /* weeks that get a line on the screen */
#define TREND_MAX 12 /* weeks in a line of blocks */
#define NAME_WIDTH 24

struct text {
	struct buf *out;
	const struct report *report;
	bool colour;
	size_t week; /* the one of interest */
};

static void styled(const struct text *t, const char *code, const char *text)
{
	if (t->colour)
		buf_printf(t->out, "\033[%sm%s\033[0m", code, text);
	else
		buf_add_str(t->out, text);
}

static void title(const struct text *t, const char *text)
{
	buf_add_char(t->out, '\n');
	styled(t, "1", text);
	buf_add_char(t->out, '\n');
}

/* A number set to the right; "-" for none, so that columns of nothing stay quiet. */
static void put_number(struct buf *out, int64_t number, int width)
{
	if (number == 0)
		buf_printf(out, "%*s", width, "-");
	else
		buf_printf(out, "%*" PRId64, width, number);
}

static void put_rate(struct buf *out, int64_t permille, int width)
{
	struct buf text = {0};

	report_put_rate(&text, permille);
	buf_printf(out, "%*s", width, text.data != NULL ? text.data : "");
	out->failed |= text.failed;
	buf_free(&text);
}

static void put_day(const struct text *t, int64_t seconds)
{
	char text[CLOCK_TEXT_SIZE];

	weeks_day(t->report, seconds, text);
	buf_add_str(t->out, text);
}

/* ---- weeks ---------------------------------------------------------------------------- */

static void put_bar(struct buf *out, int64_t part, int64_t whole, int64_t most)
{
	int64_t dark, all;

	if (most <= 0 || whole <= 0)
		return;
	buf_add_str(out, "  ");
	all = (whole * BAR_WIDTH + most - 1) / most;
	dark = (part * BAR_WIDTH + most - 1) / most;
	for (int64_t i = 0; i < all; i++)
		buf_add_str(out, i < dark ? "█" : "░");
}

/* Tenths of those that were held or refused per hundred, as report_rate. */
static int64_t stopped_rate(const struct report_count *count)
{
	return count->messages > 0 ? (report_stopped(count) * 1000 + count->messages / 2) / count->messages : -1;
}

static int64_t most_rate(const struct report *report, size_t first)
{
	int64_t most = 0;

	for (size_t i = first; i < report->week_count; i++) {
		int64_t rate = report_rate(&report->weeks[i].group->all);

		most = rate > most ? rate : most;
	}
	return most;
}

static void show_week(const struct text *t, size_t i, int64_t most)
{
	const struct report_week *week = &t->report->weeks[i];
	const struct report_count *count = &week->group->all;

	buf_printf(t->out, "%s%s ", week->label, week->whole ? " " : "*");
	put_number(t->out, count->messages, 9);
	put_number(t->out, count->violating, 9);
	put_rate(t->out, report_rate(count), 8);
	put_bar(t->out, stopped_rate(count), report_rate(count), most);
	buf_add_char(t->out, '\n');
}

static void show_weeks(const struct text *t, size_t max)
{
	const struct report *report = t->report;
	size_t first = report->week_count > max ? report->week_count - max : 0;
	int64_t most = most_rate(report, first);
	bool partial = false;

	title(t, "WEEK       MESSAGES    VIOL.    /100  █ held or refused ░ only tagged");
	for (size_t i = first; i < report->week_count; i++) {
		show_week(t, i, most);
		partial |= !report->weeks[i].whole;
	}
	if (partial && max != BARS_MAX)
		buf_add_str(t->out, "* not the whole week\n");
}

/* ---- groups --------------------------------------------------------------------------- */

/* One block a week up to the one of interest, scaled to the row's highest; a dot is a week without. */
static void put_trend(const struct text *t, const struct report_group *group)
{
	static const char *const blocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
	size_t first = t->week + 1 > TREND_MAX ? t->week + 1 - TREND_MAX : 0;
	int64_t most = 0;

	for (size_t i = first; i <= t->week; i++)
		most = group->weeks[i].violations > most ? group->weeks[i].violations : most;
	for (size_t i = first; i <= t->week; i++) {
		int64_t n = group->weeks[i].violations;

		buf_add_str(t->out, n > 0 ? blocks[(n * 8 - 1) / most] : "·");
	}
}

static int64_t violations_in(const struct report_group *group, size_t week)
{
	return report_of_week(group, week)->violations;
}

static void show_group(const struct text *t, const struct report_group *group)
{
	text_append_cell(t->out, slice_str(report_shown(group->name)), NAME_WIDTH);
	if (group->weeks != NULL) {
		put_number(t->out, violations_in(group, t->week), 5);
		put_number(t->out, t->week > 0 ? violations_in(group, t->week - 1) : 0, 5);
	}
	put_number(t->out, group->all.violations, 7);
	put_number(t->out, group->all.refused, 8);
	put_number(t->out, group->all.held, 6);
	put_number(t->out, group->all.tagged, 7);
	put_rate(t->out, report_rate(&group->all), 6);
	if (group->weeks != NULL) {
		buf_add_str(t->out, "  ");
		put_trend(t, group);
	}
	buf_add_char(t->out, '\n');
}

/* "W47", of "2026-W47". */
static const char *short_label(const struct report *report, size_t week)
{
	return report->weeks[week].label + 5;
}

static void show_head(const struct text *t, const char *name, bool weeks)
{
	struct buf head = {0};

	text_append_cell(&head, slice_str(name), NAME_WIDTH);
	if (weeks)
		buf_printf(&head, "%5s%5s", short_label(t->report, t->week),
		    t->week > 0 ? short_label(t->report, t->week - 1) : "");
	buf_printf(&head, "%7s%8s%6s%7s%6s%s", "VIOL.", "REFUSED", "HELD", "TAGGED", "/100", weeks ? "  TREND" : "");
	title(t, head.data != NULL ? head.data : "");
	t->out->failed |= head.failed;
	buf_free(&head);
}

static size_t with_violations(const struct report_list *list)
{
	size_t n = 0;

	while (n < list->count && list->items[n]->all.violations > 0)
		n++;
	return n;
}

static void show_top(const struct text *t, enum report_by by, const char *name, size_t max)
{
	const struct report_list *list = &t->report->by[by];
	size_t n = with_violations(list);

	if (n == 0)
		return;
	show_head(t, name, true);
	for (size_t i = 0; i < n && i < max; i++)
		show_group(t, list->items[i]);
	if (n > max)
		buf_printf(t->out, "and %zu more: --by %s\n", n - max, report_by_name(by));
}

/* ---- overrides ------------------------------------------------------------------------- */

static void show_decision(const struct text *t, const struct report_decision *decision)
{
	put_day(t, decision->time);
	buf_printf(t->out, " %s by ", decision->released ? "released" : "denied  ");
	text_append(t->out, slice_str(decision->by), TEXT_FOR_LOG);
	buf_add_str(t->out, decision->by_hand ? " (by hand): " : ": ");
	text_append(t->out, slice_str(report_shown(decision->rules)), TEXT_FOR_LOG);
	if (decision->why[0] != '\0') {
		buf_add_str(t->out, ": ");
		text_append(t->out, slice_str(decision->why), TEXT_FOR_LOG);
	}
	buf_add_str(t->out, "  ");
	text_append(t->out, slice_str(decision->id), TEXT_FOR_LOG);
	buf_add_char(t->out, '\n');
}

static void show_decisions(const struct text *t, size_t max)
{
	const struct report *report = t->report;
	size_t first = report->decision_count > max ? report->decision_count - max : 0;

	for (size_t i = report->decision_count; i > first; i--)
		show_decision(t, &report->decisions[i - 1]);
}

static void show_override(const struct text *t, const struct report_override *override)
{
	buf_printf(t->out, "%-18s", report_override_name(override->kind));
	put_number(t->out, override->count, 7);
	buf_add_str(t->out, "  ");
	text_append(t->out, slice_str(override->rule[0] != '\0' ? override->rule : "(all rules)"), TEXT_FOR_LOG);
	if (override->entry[0] != '\0') {
		buf_add_str(t->out, ": ");
		text_append(t->out, slice_str(override->entry), TEXT_FOR_LOG);
	}
	if (override->until[0] != '\0') {
		buf_add_str(t->out, " until ");
		text_append(t->out, slice_str(override->until), TEXT_FOR_LOG);
	}
	buf_add_char(t->out, '\n');
}

static void show_overrides(const struct text *t)
{
	title(t, "DECIDED BY PEOPLE");
	show_decisions(t, t->report->decision_count);
	if (t->report->decision_count == 0)
		buf_add_str(t->out, "nothing\n");
	title(t, "BY CONFIGURATION  MESSAGES");
	for (size_t i = 0; i < t->report->override_count; i++)
		if (t->report->overrides[i].count > 0)
			show_override(t, &t->report->overrides[i]);
}

static int64_t overrides_of(const struct report *report, enum report_override_kind kind)
{
	int64_t count = 0;

	for (size_t i = 0; i < report->override_count; i++)
		if (report->overrides[i].kind == kind)
			count += report->overrides[i].count;
	return count;
}

static void show_overrides_short(const struct text *t)
{
	const struct report *report = t->report;
	int64_t held;

	title(t, "OVERRIDES (all: --by override)");
	buf_printf(t->out, "%" PRId64 " held %s released, %" PRId64 " refused by people\n", report->all.released,
	    report->all.released == 1 ? "message was" : "messages were", report->all.denied);
	show_decisions(t, 3);
	held = overrides_of(report, REPORT_HOLD_SENDER);
	buf_printf(t->out, "%" PRId64 " %s had an exemption, %" PRId64 " %s held instead of refused, %" PRId64
	    " had findings without effect\n", report->all.exempt, report->all.exempt == 1 ? "message" : "messages", held,
	    held == 1 ? "was" : "were", report->all.trial);
}

static void show_hint(const struct text *t, const struct report_group *rule)
{
	const struct report_count *n = &rule->all;

	if (report_often_released(rule)) {
		text_append(t->out, slice_str(rule->name), TEXT_FOR_LOG);
		buf_printf(t->out, ": %" PRId64 " of %" PRId64 " that people decided about were released\n", n->released,
		    n->released + n->denied);
	}
	if (report_often_exempt(rule)) {
		text_append(t->out, slice_str(rule->name), TEXT_FOR_LOG);
		buf_printf(t->out, ": %" PRId64 " of %" PRId64 " messages were exempt\n", n->exempt, n->messages);
	}
}

static void show_hints(const struct text *t)
{
	const struct report_list *rules = &t->report->by[REPORT_BY_RULE];
	bool any = false;

	for (size_t i = 0; i < rules->count; i++) {
		if (!report_often_released(rules->items[i]) && !report_often_exempt(rules->items[i]))
			continue;
		if (!any)
			title(t, "OFTEN OVERRIDDEN: A FALSE ALARM?");
		any = true;
		show_hint(t, rules->items[i]);
	}
}

/* ---- the screen -------------------------------------------------------------------------- */

static void show_totals(const struct text *t)
{
	const struct report_count *n = &t->report->all;

	buf_printf(t->out, "%" PRId64 " messages judged, %" PRId64 " with violations (", n->messages, n->violating);
	report_put_rate(t->out, report_rate(n));
	buf_printf(t->out, " per 100): %" PRId64 " refused, %" PRId64 " held, %" PRId64 " tagged\n", n->refused, n->held,
	    n->tagged);
	if (n->failed + n->deferred > 0)
		buf_printf(t->out, "%" PRId64 " could not be judged by a rule, %" PRId64 " are deferred until now\n", n->failed,
		    n->deferred);
}

static void show_comparison(const struct text *t)
{
	const struct report_week *week = &t->report->weeks[t->week], *before = t->week > 0 ? week - 1 : NULL;
	int64_t rate = report_rate(&week->group->all), was = before != NULL ? report_rate(&before->group->all) : -1;

	if (rate < 0)
		return;
	buf_printf(t->out, "Week %s%s: ", week->label, week->whole ? "" : " so far");
	report_put_rate(t->out, rate);
	buf_add_str(t->out, " per 100");
	if (was >= 0) {
		buf_printf(t->out, " after ");
		report_put_rate(t->out, was);
		buf_printf(t->out, " in %s: ", short_label(t->report, t->week - 1));
		styled(t, rate > was ? "31" : "32", rate > was ? "worse" : rate < was ? "better" : "the same");
	}
	buf_add_char(t->out, '\n');
}

static void show_screen(const struct text *t)
{
	show_totals(t);
	show_comparison(t);
	show_weeks(t, BARS_MAX);
	show_top(t, REPORT_BY_RULE, "RULE", 6);
	show_top(t, REPORT_BY_AGENT, "AGENT", 4);
	show_top(t, REPORT_BY_SHOP, "SHOP", 3);
	show_overrides_short(t);
	show_hints(t);
	buf_add_str(t->out, "\nResponse times and misses: postern rate, postern sla. A message: postern audit show ID\n");
}

static void show_table(const struct text *t, enum report_by by)
{
	static const char *const names[] = {"RULE", "AGENT", "ACCOUNT", "SHOP", "MARKETPLACE", "WEEK", "DAY"};
	const struct report_list *list = &t->report->by[by];

	if (by == REPORT_BY_WEEK) {
		show_weeks(t, SIZE_MAX);
		return;
	}
	show_head(t, names[by], by != REPORT_BY_DAY);
	for (size_t i = 0; i < list->count; i++)
		show_group(t, list->items[i]);
}

void report_text(struct buf *out, const struct report *report, int by, bool colour)
{
	const struct text t = {out, report, colour, report_week_of_interest(report)};
	struct buf line = {0};

	report_title(&line, report);
	styled(&t, "1", "Postern report");
	buf_add_str(out, ", ");
	text_append(out, buf_slice(&line), TEXT_FOR_LOG);
	buf_add_char(out, '\n');
	out->failed |= line.failed;
	buf_free(&line);
	if (report->all.messages + report->all.released + report->all.denied == 0)
		buf_add_str(out, "no message was judged in this time\n");
	else if (by == REPORT_BY_ALL)
		show_screen(&t);
	else if (by == REPORT_BY_OVERRIDE)
		show_overrides(&t);
	else
		show_table(&t, (enum report_by)by);
}
