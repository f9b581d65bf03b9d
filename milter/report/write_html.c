/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A report as a page: what a meeting needs on its first sheet of paper, and the
 * tables behind it. Every picture's numbers stand in a table, too.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "core/html_page.h"
#include "report/chart.h"
#include "report/weeks.h"
#include "report/write.h"

#define ROWS_MAX 40       /* of a table of groups; the rest is in CSV */
#define DECISIONS_MAX 100 /* the newest */

static const char style[] =
    ".facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(7rem,1fr));gap:.75rem;margin:1rem 0}"
    ".facts div{border:1px solid var(--line);border-radius:6px;padding:.6rem .8rem;break-inside:avoid}"
    ".facts dt{color:var(--soft);font-size:.85rem}"
    ".facts dd{margin:0;font-size:1.6rem;font-weight:600;line-height:1.25}"
    ".facts dd small{display:block;font-size:.8rem;font-weight:400;color:var(--soft)}"
    "tbody th{min-width:8rem}td{min-width:4.5rem}.n{min-width:0}tbody th small{font-weight:400}"
    "thead th{white-space:nowrap}th,td{padding:.3rem .45rem}"
    ".hint ul{margin:.3rem 0;padding-left:1.4rem}"
    ".hint{border-left:4px solid #9a6700;background:#fff8c5;padding:.5rem .8rem;margin:1rem 0;break-inside:avoid}"
    ".stop{fill:#b42318}.tag{fill:#f0a9a0}.part{opacity:.55}.grid{stroke:#d0d7de}.line{fill:none;stroke:#0b5cad;"
    "stroke-width:1.5}.dot{fill:#0b5cad}svg text{font-size:11px;fill:#57606a}"
    ".key span{display:inline-block;width:.8em;height:.8em;margin:0 .3em 0 1em}.key .a{background:#b42318}"
    ".key .b{background:#f0a9a0}";

struct page {
	struct buf *out;
	const struct report *report;
	size_t week; /* the one of interest */
};

static const char *short_label(const struct report *report, size_t week)
{
	return report->weeks[week].label + 5;
}

/* ---- the first lines -------------------------------------------------------------------- */

static void open_fact(const struct page *p, const char *name)
{
	buf_printf(p->out, "<div><dt>%s</dt><dd>", name);
}

static void close_fact(const struct page *p, const char *note)
{
	if (note != NULL)
		buf_printf(p->out, "<small>%s</small>", note);
	buf_add_str(p->out, "</dd></div>\n");
}

static void add_fact(const struct page *p, const char *name, int64_t number, const char *note)
{
	open_fact(p, name);
	buf_printf(p->out, "%" PRId64, number);
	close_fact(p, note);
}

static void add_week_fact(const struct page *p)
{
	const struct report_week *week = &p->report->weeks[p->week];
	int64_t rate = report_rate(&week->group->all), was;
	struct buf text = {0};

	buf_printf(&text, "per hundred in %s%s", short_label(p->report, p->week), week->whole ? "" : " so far");
	open_fact(p, text.data != NULL ? text.data : "");
	buf_truncate(&text, 0);
	report_put_rate(p->out, rate);
	was = p->week > 0 ? report_rate(&week[-1].group->all) : -1;
	if (rate >= 0 && was >= 0) {
		buf_add_str(&text, rate > was ? "<span class=\"bad\">worse</span> than "
		    : rate < was ? "<span class=\"good\">better</span> than " : "the same as ");
		report_put_rate(&text, was);
		buf_printf(&text, " in %s", short_label(p->report, p->week - 1));
	}
	close_fact(p, text.len > 0 ? text.data : NULL);
	p->out->failed |= text.failed;
	buf_free(&text);
}

static void add_facts(const struct page *p)
{
	const struct report_count *n = &p->report->all;
	char note[64];

	buf_add_str(p->out, "<dl class=\"facts\">\n");
	add_fact(p, "messages judged", n->messages, NULL);
	open_fact(p, "with violations");
	buf_printf(p->out, "%" PRId64 "<small>", n->violating);
	report_put_rate(p->out, report_rate(n));
	buf_add_str(p->out, " per hundred</small>");
	close_fact(p, NULL);
	add_week_fact(p);
	snprintf(note, sizeof(note), "%" PRId64 " refused, %" PRId64 " held", n->refused, n->held);
	add_fact(p, "stopped", n->refused + n->held, note);
	snprintf(note, sizeof(note), "of %" PRId64 " decided by people", n->released + n->denied);
	add_fact(p, "held, then released", n->released, note);
	if (n->failed + n->deferred > 0) {
		snprintf(note, sizeof(note), "%" PRId64 " deferred until now", n->deferred);
		add_fact(p, "not judged by a rule", n->failed, note);
	}
	buf_add_str(p->out, "</dl>\n");
}

static void add_hint(const struct page *p, const struct report_group *rule, int64_t count, int64_t of, const char *what)
{
	buf_add_str(p->out, "<li><strong>");
	html_str(p->out, report_shown(rule->name));
	buf_printf(p->out, "</strong>: %" PRId64 " of %" PRId64 " %s</li>\n", count, of, what);
}

static void add_hints(const struct page *p)
{
	const struct report_list *rules = &p->report->by[REPORT_BY_RULE];
	bool any = false;

	for (size_t i = 0; i < rules->count; i++) {
		const struct report_group *rule = rules->items[i];

		if (!report_often_released(rule) && !report_often_exempt(rule))
			continue;
		if (!any)
			buf_add_str(p->out, "<div class=\"hint\">\n<strong>Often overridden: a false alarm?</strong>\n<ul>\n");
		any = true;
		if (report_often_released(rule))
			add_hint(p, rule, rule->all.released, rule->all.released + rule->all.denied,
			    "that people decided about were released");
		if (report_often_exempt(rule))
			add_hint(p, rule, rule->all.exempt, rule->all.messages, "messages were exempt");
	}
	if (any)
		buf_add_str(p->out, "</ul>\n</div>\n");
}

/* ---- tables ------------------------------------------------------------------------------- */

static void cell_rate(struct html_table *table, const struct report_count *count)
{
	struct buf text = {0};

	report_put_rate(&text, report_rate(count));
	html_cell(table, buf_slice(&text));
	table->out->failed |= text.failed;
	buf_free(&text);
}

static void cell_numbers(struct html_table *table, const struct report_count *n)
{
	html_cell_int(table, n->violations);
	html_cell_int(table, n->refused);
	html_cell_int(table, n->held);
	html_cell_int(table, n->tagged);
	html_cell_int(table, n->trial);
	html_cell_int(table, n->failed);
	cell_rate(table, n);
}

static void add_weeks(const struct page *p)
{
	static const struct html_column columns[] = {{"Week", false}, {"Messages", true}, {"With violations", true},
	    {"Per hundred", true}, {"Refused", true}, {"Held", true}, {"Tagged", true}, {"Released", true}};
	const struct report *report = p->report;
	struct html_table table = html_table_open(p->out, "ISO weeks, Monday to Sunday. * not the whole week", columns, 8);

	for (size_t i = 0; i < report->week_count; i++) {
		const struct report_count *n = &report->weeks[i].group->all;
		char label[24];

		snprintf(label, sizeof(label), "%s%s", report->weeks[i].label, report->weeks[i].whole ? "" : " *");
		html_cell_str(&table, label);
		html_cell_int(&table, n->messages);
		html_cell_int(&table, n->violating);
		cell_rate(&table, n);
		html_cell_int(&table, n->refused);
		html_cell_int(&table, n->held);
		html_cell_int(&table, n->tagged);
		html_cell_int(&table, n->released);
	}
	html_table_close(&table);
}

/* A rule's name with the ids under which marketplaces' policies know it. */
static void cell_name(struct html_table *table, const struct report_group *group)
{
	struct buf markup = {0};

	html_str(&markup, report_shown(group->name));
	if (group->ids != NULL && group->ids[0] != '\0') {
		buf_add_str(&markup, "<br><small class=\"about\">");
		html_str(&markup, group->ids);
		buf_add_str(&markup, "</small>");
	}
	html_cell_markup(table, markup.data != NULL ? markup.data : "");
	table->out->failed |= markup.failed;
	buf_free(&markup);
}

static void cell_trend(struct html_table *table, const struct page *p, const struct report_group *group)
{
	struct buf markup = {0};

	chart_trend(&markup, p->week, group);
	html_cell_markup(table, markup.data != NULL ? markup.data : "");
	table->out->failed |= markup.failed;
	buf_free(&markup);
}

static bool is_worth_a_row(const struct report_count *n)
{
	return n->violations + n->trial + n->failed + n->exempt > 0;
}

static void add_more(const struct page *p, size_t more, enum report_by by)
{
	if (more > 0)
		buf_printf(p->out, "<p class=\"about\">and %zu more: <code>postern report --by %s</code></p>\n", more,
		    report_by_name(by));
}

static void add_groups(const struct page *p, enum report_by by, const char *title, const char *about)
{
	const struct report_list *list = &p->report->by[by];
	const struct html_column columns[] = {{title, false}, {short_label(p->report, p->week), true},
	    {p->week > 0 ? short_label(p->report, p->week - 1) : "-", true}, {"Total", true}, {"Refused", true},
	    {"Held", true}, {"Tagged", true}, {"No effect", true}, {"Not judged", true}, {"Per 100", true}, {"Trend", false}};
	struct html_table table = html_table_open(p->out, about, columns, sizeof(columns) / sizeof(*columns));
	size_t shown = 0, worth = 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct report_group *group = list->items[i];

		if (!is_worth_a_row(&group->all))
			continue;
		if (worth++ >= ROWS_MAX)
			continue;
		shown++;
		cell_name(&table, group);
		html_cell_int(&table, group->weeks[p->week].violations);
		html_cell_int(&table, p->week > 0 ? group->weeks[p->week - 1].violations : 0);
		cell_numbers(&table, &group->all);
		cell_trend(&table, p, group);
	}
	html_table_close(&table);
	add_more(p, worth - shown, by);
}

/* ---- overrides ------------------------------------------------------------------------------ */

static void add_decisions(const struct page *p)
{
	static const struct html_column columns[] = {{"Day", false}, {"Decision", false}, {"By", false}, {"Against", false},
	    {"Why", false}, {"Written by", false}, {"Message", false}};
	const struct report *report = p->report;
	struct html_table table;

	if (report->decision_count == 0) {
		buf_add_str(p->out, "<p>No held message was released or refused by a person.</p>\n");
		return;
	}
	table = html_table_open(p->out, "Held messages that people decided about, the newest first", columns, 7);
	for (size_t i = report->decision_count; i > 0 && report->decision_count - i < DECISIONS_MAX; i--) {
		const struct report_decision *decision = &report->decisions[i - 1];
		char day[CLOCK_TEXT_SIZE];

		weeks_day(report, decision->time, day);
		html_cell_str(&table, day);
		html_cell_str(&table, !decision->released ? "refused" : decision->by_hand ? "released by hand" : "released");
		html_cell_str(&table, decision->by);
		html_cell_str(&table, report_shown(decision->rules));
		html_cell_str(&table, decision->why);
		html_cell_str(&table, decision->agent);
		html_cell_str(&table, decision->id);
	}
	html_table_close(&table);
	if (report->decision_count > DECISIONS_MAX)
		buf_printf(p->out, "<p class=\"about\">and %zu earlier ones: <code>postern report --by override</code></p>\n",
		    report->decision_count - DECISIONS_MAX);
}

static const char *override_words(enum report_override_kind kind)
{
	static const char *const words[] = {"sender exempt (exempt_senders)", "recipient exempt (exempt_recipients)",
	    "held instead of refused (hold_senders)", "found without effect (monitor, monitor_until, too weak)",
	    "let through (monitor mode)"};

	return words[kind];
}

static void add_configured(const struct page *p)
{
	static const struct html_column columns[] = {{"Override", false}, {"Rule", false}, {"Entry", false},
	    {"Until", false}, {"Messages", true}, {"Last", false}};
	const struct report *report = p->report;
	struct html_table table;

	if (report->override_count == 0)
		return;
	table = html_table_open(p->out, "What the configuration leaves out, and how often it did", columns, 6);
	for (size_t i = 0; i < report->override_count; i++) {
		const struct report_override *override = &report->overrides[i];
		char day[CLOCK_TEXT_SIZE];

		if (override->count == 0)
			continue;
		weeks_day(report, override->last, day);
		html_cell_str(&table, override_words(override->kind));
		html_cell_str(&table, override->rule[0] != '\0' ? override->rule : "all rules");
		html_cell_str(&table, override->entry);
		html_cell_str(&table, override->until);
		html_cell_int(&table, override->count);
		html_cell_str(&table, day);
	}
	html_table_close(&table);
}

/* ---- the page ------------------------------------------------------------------------------- */

static void add_section(const struct page *p, enum report_by by, const char *title, const char *column,
    const char *about)
{
	html_section_open(p->out, title, NULL);
	add_groups(p, by, column, about);
	html_section_close(p->out);
}

static void add_body(const struct page *p)
{
	add_facts(p);
	add_hints(p);
	html_section_open(p->out, "Week by week", NULL);
	chart_weeks(p->out, p->report);
	add_weeks(p);
	html_section_close(p->out);
	add_section(p, REPORT_BY_RULE, "Rules", "Rule",
	    "Violations: messages in which the rule found something that it tags, holds or refuses");
	add_section(p, REPORT_BY_AGENT, "People", "Agent",
	    "Violations in the mail of each person; per hundred of their messages");
	add_section(p, REPORT_BY_SHOP, "Accounts", "Shop", "Violations in the mail of each account of the seller's");
	add_section(p, REPORT_BY_MARKETPLACE, "Marketplaces", "Marketplace",
	    "Violations in mail to each marketplace's customers");
	html_section_open(p->out, "Overrides", "What went another way than the rules say, by whose word, and why.");
	add_decisions(p);
	add_configured(p);
	html_section_close(p->out);
	html_section_open(p->out, "How this is counted", NULL);
	buf_add_str(p->out, "<p>From the audit log. A mail that was tried again counts once, by the attempt that came "
	    "furthest. A message in which three rules found something counts once as a message and once for each rule. "
	    "Findings without effect (a rule on trial, a finding that is too weak) are no violations. A decision about a "
	    "held message counts in the week in which it was taken.</p>\n<p>Response times and misses of deadlines: <code>postern rate</code>, "
	    "<code>postern sla</code>. A message's record: <code>postern audit show ID</code>. That the log is whole: "
	    "<code>postern audit verify</code>.</p>\n");
	html_section_close(p->out);
}

void report_html(struct buf *out, const struct report *report)
{
	const struct page p = {out, report, report_week_of_interest(report)};
	struct html_page frame = {.title = "Violations and overrides", .style = style};
	struct buf about = {0};

	report_title(&about, report);
	frame.about = about.data;
	html_page_open(out, &frame);
	if (report->all.messages + report->decision_count == 0)
		buf_add_str(out, "<p>No message was judged in this time.</p>\n");
	else
		add_body(&p);
	html_page_close(out, "Made by postern report. It names people: keep it as carefully as the audit log.");
	out->failed |= about.failed;
	buf_free(&about);
}
