/* SPDX-License-Identifier: BSD-2-Clause */
/* What was said and done, one after the other: mail as cards, the customer's and ours apart, events between them. */
#include "evidence/summary.h"

#include <string.h>

#include "core/clock.h"
#include "core/slice.h"
#include "core/text.h"
#include "core/html_page.h"
#include "evidence/page.h"
#include "evidence/internal.h"

/* Of one message on the page; more stands in its file. */
#define SAID_MAX 6000

void summary_time(struct buf *out, const json_t *object, const char *utc_key, const char *local_key)
{
	const char *utc = text_of(object, utc_key), *local = text_of(object, local_key);

	if (strlen(utc) < 20)
		return;
	buf_add_str(out, "<time datetime=\"");
	html_str(out, utc);
	buf_add_str(out, "\">");
	html_str(out, local[0] != '\0' ? local : utc);
	buf_printf(out, "<small>%.10s %.8s UTC</small></time>", utc, utc + 11);
}

void summary_utc(struct buf *out, const json_t *object, const char *key)
{
	const char *utc = text_of(object, key);

	if (strlen(utc) >= 20)
		buf_printf(out, "%.10s %.5s UTC", utc, utc + 11);
	else
		html_str(out, utc);
}

void summary_span(struct buf *out, int64_t seconds)
{
	char text[64];

	clock_span(text, sizeof(text), seconds);
	buf_add_str(out, text);
}

void summary_pill(struct buf *out, const char *class, const char *word)
{
	buf_printf(out, "<span class=\"pill %s\">", class);
	html_str(out, word);
	buf_add_str(out, "</span>");
}

const char *summary_action(const char *action, const char **class_r)
{
	static const struct {
		const char *action, *word, *class;
	} table[] = {
		{"pass", "passed", "good"}, {"tag", "passed, with a note", "good"}, {"hold", "held", "wait"},
		{"reject", "refused", "bad"}, {"defer", "put off", "wait"}, {"release", "released", "good"},
		{"refuse", "refused", "bad"},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (strcmp(table[i].action, action) == 0) {
			*class_r = table[i].class;
			return table[i].word;
		}
	*class_r = "";
	return action;
}

/* ---- messages ------------------------------------------------------------------------- */

static void add_said(struct buf *out, const json_t *message)
{
	const char *text = text_of(message, "text");
	struct slice said = slice_sub(slice_str(text), 0, SAID_MAX);
	struct buf cut = {0};

	if (json_get_str(message, "file") == NULL) {
		page_member(out, "<p class=\"small\">The raw message is not in here: ", message, "reason", ".</p>\n");
		return;
	}
	while (said.len > 0 && said.len < strlen(text) && ((unsigned char)text[said.len] & 0xC0) == 0x80)
		said.len--;
	buf_add_slice(&cut, said);
	buf_add_str(out, "<div class=\"said\" dir=\"auto\">");
	html_lines(out, slice_str(cut.len > 0 ? cut.data : "(no text)"));
	buf_add_str(out, "</div>\n");
	if (said.len < strlen(text) || json_is_true(json_object_get(message, "text_cut")))
		buf_add_str(out, "<p class=\"small\">The text goes on in the file.</p>\n");
	buf_free(&cut);
}

static void add_attachments(struct buf *out, const json_t *message)
{
	const json_t *attachment;
	size_t i;

	json_array_foreach(json_object_get(message, "attachments"), i, attachment) {
		buf_add_str(out, i == 0 ? "<p class=\"small\">Attached: " : ", ");
		html_str(out, text_of(attachment, "file_name")[0] != '\0' ? text_of(attachment, "file_name") : "without a name");
		buf_add_str(out, " (");
		html_str(out, text_of(attachment, "type"));
		buf_printf(out, ", %lld bytes)", (long long)json_get_int(attachment, "size", 0));
	}
	if (json_array_size(json_object_get(message, "attachments")) > 0)
		buf_add_str(out, "</p>\n");
}

static void add_file(struct buf *out, const json_t *row, const json_t *message)
{
	json_int_t quoted = json_get_int(message, "quoted_lines", 0);

	buf_add_str(out, "<p class=\"small\">");
	if (json_get_str(row, "file") != NULL) {
		/* The name is ours: digits and "in" or "out". */
		buf_printf(out, "<a href=\"%s\">%s</a>", text_of(row, "file"), text_of(row, "file"));
		if (quoted > 0)
			buf_printf(out, ", with %lld %s of quoted earlier mail", (long long)quoted, quoted == 1 ? "line" : "lines");
		buf_add_str(out, " &middot; ");
	}
	buf_printf(out, "record %lld of the log, id ", (long long)json_get_int(row, "seq", 0));
	html_str(out, text_of(row, "id"));
	buf_add_str(out, "</p>\n");
}

static void add_heading(struct buf *out, const json_t *row)
{
	bool outgoing = is_outgoing(row);
	const char *class, *word = summary_action(text_of(row, "action"), &class);

	buf_add_str(out, "<div class=\"row\"><strong>");
	buf_add_str(out, outgoing ? "&#8594; " : "&#8592; ");
	html_str(out, text_of(row, "title"));
	buf_add_char(out, ' ');
	if (outgoing)
		summary_pill(out, class, word);
	buf_add_str(out, "</strong> ");
	summary_time(out, row, "time", "local");
	buf_add_str(out, "</div>\n<div class=\"who\">");
	page_member(out, outgoing ? "From us: " : "From ", row, "who", "");
	if (json_get_str(row, "due") != NULL) {
		buf_add_str(out, " &middot; due ");
		summary_utc(out, row, "due");
	}
	buf_add_str(out, "</div>\n");
}

static void add_message(struct buf *out, const json_t *row, const json_t *message)
{
	buf_printf(out, "<li class=\"message %s\">\n", is_outgoing(row) ? "out" : "in");
	add_heading(out, row);
	page_member(out, "<p class=\"subject\" dir=\"auto\">", row, "subject", "</p>\n");
	add_said(out, message);
	add_attachments(out, message);
	if (json_get_str(row, "details") != NULL) {
		buf_add_str(out, "<div class=\"found\" dir=\"auto\">Found: ");
		html_lines(out, slice_str(text_of(row, "details")));
		buf_add_str(out, "</div>\n");
	}
	add_file(out, row, message);
	buf_add_str(out, "</li>\n");
}

/* ---- events ---------------------------------------------------------------------------- */

/* What only the gateway's own bookkeeping is interested in stands in the table alone. */
static bool is_minor(const json_t *row)
{
	return is_event(row, "queued") || strcmp(text_of(row, "action"), "releasing") == 0;
}

static void add_event(struct buf *out, const json_t *row)
{
	bool deadline = is_event(row, "deadline");

	buf_add_str(out, "<li class=\"event\"><div class=\"row\"><span>");
	buf_add_str(out, deadline ? "<strong class=\"bad\">&#10007; " : "<strong>");
	html_str(out, text_of(row, "title"));
	buf_add_str(out, "</strong>");
	page_member(out, ": ", row, "details", "");
	page_member(out, " <span class=\"who\">by ", row, "who", "</span>");
	buf_add_str(out, "</span> ");
	summary_time(out, row, "time", "local");
	buf_add_str(out, "</div></li>\n");
}

void summary_story(struct buf *out, const json_t *model)
{
	const json_t *timeline = json_object_get(model, "timeline"), *message, *row;
	json_t *messages = json_object();
	size_t i;

	json_array_foreach(json_object_get(model, "messages"), i, message)
		json_object_set(messages, text_of(message, "id"), (json_t *)message);
	buf_add_str(out, "<section class=\"sheet\">\n<h2>What was said and done</h2>\n<ol class=\"story\">\n");
	json_array_foreach(timeline, i, row) {
		if (is_event(row, "message"))
			add_message(out, row, json_object_get(messages, text_of(row, "id")));
		else if (!is_minor(row))
			add_event(out, row);
	}
	buf_add_str(out, "</ol>\n</section>\n");
	json_decref(messages);
}
