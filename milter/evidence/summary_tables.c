/* SPDX-License-Identifier: BSD-2-Clause */
/* The tables of the summary. */
#include "evidence/summary.h"

#include <string.h>

#include "core/html_page.h"
#include "evidence/page.h"
#include "evidence/internal.h"

static void add_section(struct buf *out, const char *title)
{
	buf_printf(out, "<section>\n<h2>%s</h2>\n<div class=\"scroll\">", title);
}

static void end_section(struct buf *out)
{
	buf_add_str(out, "</div>\n</section>\n");
}

static void add_cell(struct buf *out, const json_t *object, const char *key)
{
	buf_add_str(out, "<td>");
	html_str(out, text_of(object, key));
	buf_add_str(out, "</td>");
}

static void add_utc_cell(struct buf *out, const json_t *object, const char *key)
{
	buf_add_str(out, "<td class=\"n\">");
	summary_utc(out, object, key);
	buf_add_str(out, "</td>");
}

static void add_time_cell(struct buf *out, const json_t *object, const char *key, const char *local_key)
{
	buf_add_str(out, "<td class=\"n\">");
	summary_time(out, object, key, local_key);
	buf_add_str(out, "</td>");
}

/* ---- response times ----------------------------------------------------------------------- */

/* How much of the time was used: a bar, which says nothing that the words beside it don't. */
static void add_bar(struct buf *out, json_int_t used, json_int_t allowed)
{
	json_int_t whole = used > allowed ? used : allowed;
	int width = whole > 0 ? (int)(used * 100 / whole) : 0, limit = whole > 0 ? (int)(allowed * 100 / whole) : 100;

	buf_printf(out, "<svg viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\" aria-hidden=\"true\" focusable=\"false\">"
	    "<rect width=\"100\" height=\"8\" fill=\"#e3e7ec\"/><rect width=\"%d\" height=\"8\" fill=\"%s\"/>"
	    "<rect x=\"%d\" width=\"1\" height=\"8\" fill=\"#1b2330\"/></svg>", width > 1 ? width : 1,
	    used > allowed ? "#a11a1a" : "#2d7a4f", limit > 99 ? 99 : limit);
}

static void add_result(struct buf *out, const json_t *inquiry)
{
	const char *outcome = text_of(inquiry, "outcome");

	if (strcmp(outcome, "spam") == 0)
		summary_pill(out, "", "reported as spam");
	else if (json_is_true(json_object_get(inquiry, "missed")))
		summary_pill(out, "bad", strcmp(outcome, "open") == 0 ? "\xE2\x9C\x97 overdue, no answer" : "\xE2\x9C\x97 late");
	else if (strcmp(outcome, "open") == 0)
		summary_pill(out, "wait", "waits");
	else
		summary_pill(out, "good", strcmp(outcome, "done") == 0 ? "\xE2\x9C\x93 no response needed" : "\xE2\x9C\x93 in time");
}

static void add_inquiry(struct buf *out, const json_t *inquiry)
{
	json_int_t allowed = json_get_int(inquiry, "allowed_seconds", 0);
	json_int_t took = json_get_int(inquiry, "took_seconds", -1);
	json_int_t used = took >= 0 ? took : json_get_int(inquiry, "waiting_seconds", 0);

	buf_add_str(out, "<tr>");
	add_time_cell(out, inquiry, "opened", "opened_local");
	add_time_cell(out, inquiry, "due", "due_local");
	add_time_cell(out, inquiry, "closed", "closed_local");
	buf_add_str(out, "<td class=\"n\">");
	add_bar(out, used, allowed);
	summary_span(out, used);
	buf_add_str(out, took >= 0 ? " of " : " so far, of ");
	summary_span(out, allowed);
	buf_add_str(out, "</td><td>");
	add_result(out, inquiry);
	page_member(out, "<br><span class=\"small\">by ", inquiry, "agent", "</span>");
	buf_add_str(out, "</td></tr>\n");
}

static void add_reckoning(struct buf *out, const json_t *inquiries)
{
	const json_t *inquiry, *earlier;
	size_t i, k;

	json_array_foreach(inquiries, i, inquiry) {
		bool known = json_get_str(inquiry, "clock") == NULL;

		for (k = 0; k < i && !known; k++) {
			earlier = json_array_get(inquiries, k);
			known = strcmp(text_of(earlier, "clock"), text_of(inquiry, "clock")) == 0 &&
			    strcmp(text_of(earlier, "since"), text_of(inquiry, "since")) == 0;
		}
		if (known)
			continue;
		page_member(out, "<p class=\"small\">Reckoned by the clock &ldquo;", inquiry, "clock", "&rdquo;");
		buf_printf(out, ", in force since %.10s", text_of(inquiry, "since"));
		page_member(out, " (", inquiry, "source", ")");
		buf_add_str(out, ". The due second itself is in time.</p>\n");
	}
}

void summary_responses(struct buf *out, const json_t *model)
{
	static const char *const columns[] = {"Received", "Due", "Answered", "Time used", "Result", NULL};
	const json_t *inquiries = json_object_get(model, "inquiries"), *inquiry;
	size_t i;

	if (json_array_size(inquiries) == 0)
		return;
	add_section(out, "Response times");
	page_table(out, "Each message that needed an answer, in the marketplace's time and in UTC", columns);
	json_array_foreach(inquiries, i, inquiry)
		add_inquiry(out, inquiry);
	page_table_end(out);
	add_reckoning(out, inquiries);
	end_section(out);
}

/* ---- steps, refund ------------------------------------------------------------------------- */

static void add_step(struct buf *out, const json_t *step)
{
	const char *state = text_of(step, "state");
	bool done = strcmp(state, "done") == 0, open = strcmp(state, "not done") == 0;

	buf_add_str(out, "<tr>");
	add_cell(out, step, "step");
	buf_add_str(out, "<td>");
	summary_pill(out, done ? "good" : open ? "bad" : "wait", state);
	buf_add_str(out, "</td></tr>\n");
}

void summary_checklists(struct buf *out, const json_t *model)
{
	static const char *const columns[] = {"Step", "State", NULL};
	const json_t *checklist, *step;
	size_t i, k;

	json_array_foreach(json_object_get(model, "checklists"), i, checklist) {
		struct buf caption = {0};

		add_section(out, "Steps that the marketplace judges by");
		page_member(&caption, "", checklist, "name", "");
		buf_printf(&caption, ", in force since %.10s", text_of(checklist, "since"));
		page_member(&caption, " (", checklist, "source", ")");
		page_table(out, caption.failed || caption.data == NULL ? "" : caption.data, columns);
		json_array_foreach(json_object_get(checklist, "steps"), k, step)
			add_step(out, step);
		page_table_end(out);
		end_section(out);
		buf_free(&caption);
	}
}

static void add_window(struct buf *out, const json_t *subject, const json_t *window)
{
	buf_add_str(out, "<tr>");
	add_cell(out, subject, "subject");
	add_cell(out, window, json_get_str(window, "title") != NULL ? "title" : "window");
	add_utc_cell(out, window, "opens");
	add_utc_cell(out, window, "closes");
	add_cell(out, window, "state");
	buf_add_str(out, "</tr>\n");
}

static void add_refund(struct buf *out, const json_t *subject)
{
	static const char *const dates[] = {"refunded", "disputed", "denied", "appealed"};
	const json_t *refund = json_object_get(subject, "refund");

	if (refund == NULL)
		return;
	page_member(out, "<p>Refund of ", subject, "subject", ": ");
	html_str(out, text_of(refund, "state"));
	for (size_t i = 0; i < sizeof(dates) / sizeof(*dates); i++)
		if (json_get_str(refund, dates[i]) != NULL) {
			buf_printf(out, ", %s ", dates[i]);
			summary_utc(out, refund, dates[i]);
		}
	if (json_is_true(json_object_get(refund, "outside_return_window")))
		buf_add_str(out, ", after the days in which the goods could be returned");
	buf_add_str(out, json_is_true(json_object_get(refund, "answered_in_time")) ? "; every inquiry was answered in time"
	    : "; not every inquiry was answered in time");
	buf_add_str(out, ".</p>\n");
}

void summary_refund(struct buf *out, const json_t *model)
{
	static const char *const columns[] = {"Number", "Window", "Opens", "Closes", "State", NULL};
	const json_t *subjects = json_object_get(model, "subjects"), *subject, *window;
	size_t i, k;

	if (json_array_size(subjects) == 0)
		return;
	add_section(out, "Refund and dispute");
	json_array_foreach(subjects, i, subject)
		add_refund(out, subject);
	page_table(out, "Windows, counted from recorded dates", columns);
	json_array_foreach(subjects, i, subject)
		json_array_foreach(json_object_get(subject, "windows"), k, window)
			add_window(out, subject, window);
	page_table_end(out);
	end_section(out);
}

/* ---- verdicts, values, absence ------------------------------------------------------------- */

static void add_finding(struct buf *out, const json_t *verdict, const json_t *finding)
{
	const char *class, *word = summary_action(text_of(finding, "action"), &class);

	buf_add_str(out, "<tr>");
	add_utc_cell(out, verdict, "time");
	buf_add_str(out, "<td>");
	html_str(out, text_of(finding, "rule_id"));
	page_member(out, "<br><span class=\"small\">", finding, "rule", "</span>");
	buf_add_str(out, "</td><td dir=\"auto\">");
	html_str(out, text_of(finding, "evidence"));
	page_member(out, "<br><span class=\"small\">", finding, "where", "</span>");
	buf_add_str(out, "</td><td>");
	page_member(out, "", finding, "advice", "");
	page_member(out, "<br><span class=\"small\">", finding, "policy", "</span>");
	buf_add_str(out, "</td><td>");
	summary_pill(out, class, word);
	if (json_is_true(json_object_get(finding, "monitored")))
		buf_add_str(out, "<br><span class=\"small\">on trial: told, not done</span>");
	buf_add_str(out, "</td></tr>\n");
}

void summary_findings(struct buf *out, const json_t *model)
{
	static const char *const columns[] = {"Time", "Rule", "What was found", "What it is about", "Action", NULL};
	const json_t *verdict, *finding;
	size_t i, k, count = 0;

	json_array_foreach(json_object_get(model, "verdicts"), i, verdict)
		count += json_array_size(json_object_get(verdict, "findings"));
	if (count == 0)
		return;
	add_section(out, "What the rules found");
	page_table(out, "Every finding in a message above, before anything was sent", columns);
	json_array_foreach(json_object_get(model, "verdicts"), i, verdict)
		json_array_foreach(json_object_get(verdict, "findings"), k, finding)
			add_finding(out, verdict, finding);
	page_table_end(out);
	end_section(out);
}

void summary_values(struct buf *out, const json_t *model)
{
	static const char *const columns[] = {"Marketplace", "Name", "Value", "Since", "Source", NULL};
	const json_t *values = json_object_get(model, "values"), *value;
	size_t i;

	if (json_array_size(values) == 0)
		return;
	add_section(out, "Values in force");
	page_table(out, "The marketplace's rules as they stood when the messages above were judged", columns);
	json_array_foreach(values, i, value) {
		buf_add_str(out, "<tr>");
		add_cell(out, value, "marketplace");
		add_cell(out, value, "name");
		add_cell(out, value, "value");
		buf_printf(out, "<td class=\"n\">%.10s</td>", text_of(value, "since"));
		add_cell(out, value, "source");
		buf_add_str(out, "</tr>\n");
	}
	page_table_end(out);
	end_section(out);
}

void summary_absent(struct buf *out, const json_t *model)
{
	static const char *const columns[] = {"Time", "Direction", "Record", "Why", "Told by", NULL};
	const json_t *message;
	bool any = false;
	size_t i;

	json_array_foreach(json_object_get(model, "messages"), i, message) {
		const json_t *tombstone = json_object_get(message, "tombstone");

		if (json_get_str(message, "file") != NULL)
			continue;
		if (!any) {
			add_section(out, "Raw messages that are not in here");
			page_table(out, "Their records are; what they said can't be shown", columns);
		}
		any = true;
		buf_add_str(out, "<tr>");
		add_utc_cell(out, message, "time");
		add_cell(out, message, "direction");
		buf_printf(out, "<td class=\"n\">%lld</td>", (long long)json_get_int(message, "seq", 0));
		add_cell(out, message, "reason");
		buf_add_str(out, "<td>");
		if (tombstone != NULL)
			buf_printf(out, "record %lld of ", (long long)json_get_int(tombstone, "seq", 0));
		summary_utc(out, tombstone, "time");
		buf_add_str(out, "</td></tr>\n");
	}
	if (!any)
		return;
	page_table_end(out);
	end_section(out);
}
