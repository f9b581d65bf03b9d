/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The page that a reviewer opens first. It answers, from top to bottom: was everything answered in time, what was
 * said, what did the gateway decide and by which rules, what is missing, and how can all of it be checked.
 */
#include "evidence/summary.h"

#include <string.h>

#include "core/clock.h"
#include "evidence/files.h"
#include "core/html_page.h"
#include "evidence/page.h"
#include "evidence/internal.h"

/* What the numbers at the top count. */
struct tally {
	size_t received, sent, kept_back, inquiries, missed, open, failed, absent;
	json_int_t slowest, allowed; /* of the answer that took longest */
	const json_t *next_due; /* the inquiry that is due first */
};

static void count_messages(const json_t *timeline, struct tally *tally)
{
	const json_t *row;
	size_t i;

	json_array_foreach(timeline, i, row) {
		const char *action = text_of(row, "action");

		if (!is_event(row, "message"))
			continue;
		if (!is_outgoing(row))
			tally->received++;
		else if (strcmp(action, "hold") == 0 || strcmp(action, "reject") == 0)
			tally->kept_back++;
		else if (strcmp(action, "defer") != 0)
			tally->sent++;
		tally->failed += strcmp(text_of(row, "effect"), "failed") == 0;
		tally->absent += json_get_str(row, "file") == NULL;
	}
	/* A release sends what was kept back. */
	json_array_foreach(timeline, i, row)
		if (strcmp(text_of(row, "action"), "release") == 0)
			tally->sent++;
}

static void count_inquiries(const json_t *inquiries, struct tally *tally)
{
	const json_t *inquiry;
	size_t i;

	json_array_foreach(inquiries, i, inquiry) {
		json_int_t took = json_get_int(inquiry, "took_seconds", -1);

		if (strcmp(text_of(inquiry, "outcome"), "spam") == 0)
			continue;
		tally->inquiries++;
		tally->missed += json_is_true(json_object_get(inquiry, "missed"));
		if (strcmp(text_of(inquiry, "outcome"), "open") == 0 && !json_is_true(json_object_get(inquiry, "missed"))) {
			tally->open++;
			if (tally->next_due == NULL || strcmp(text_of(inquiry, "due"),
			    text_of(tally->next_due, "due")) < 0)
				tally->next_due = inquiry;
		}
		if (strcmp(text_of(inquiry, "outcome"), "answered") == 0 && took > tally->slowest) {
			tally->slowest = took;
			tally->allowed = json_get_int(inquiry, "allowed_seconds", 0);
		}
	}
}

/* ---- head ----------------------------------------------------------------------------- */

static void add_title(struct buf *out, const json_t *model)
{
	const json_t *scope = json_object_get(model, "scope");

	if (json_get_str(scope, "order") != NULL)
		buf_printf(out, "Order %s", text_of(scope, "order"));
	else if (json_get_str(scope, "thread") != NULL)
		buf_printf(out, "Thread %s", text_of(scope, "thread"));
	else if (json_get_str(scope, "customer") != NULL)
		buf_printf(out, "Customer %s", text_of(scope, "customer"));
	else
		buf_printf(out, "%.10s to %.10s", text_of(scope, "from")[0] != '\0' ? text_of(scope, "from") : "the beginning",
		    text_of(scope, "to")[0] != '\0' ? text_of(scope, "to") : text_of(model, "as_of"));
}

static void add_meta(struct buf *out, const char *name, const json_t *list, const char *key)
{
	const json_t *item, *earlier;
	bool any = false;
	size_t i, k;

	json_array_foreach(list, i, item) {
		bool known = text_of(item, key)[0] == '\0';

		for (k = 0; k < i && !known; k++) {
			earlier = json_array_get(list, k);
			known = strcmp(text_of(earlier, key), text_of(item, key)) == 0;
		}
		if (known)
			continue;
		if (!any)
			buf_printf(out, "<dt>%s</dt><dd>", name);
		else
			buf_add_str(out, ", ");
		html_str(out, text_of(item, key));
		any = true;
	}
	if (any)
		buf_add_str(out, "</dd>\n");
}

static void add_head(struct buf *out, const json_t *model)
{
	const json_t *log = json_object_get(model, "log"), *markets = json_object_get(model, "marketplaces");
	const json_t *scope = json_object_get(model, "scope");
	struct buf title = {0};

	add_title(&title, model);
	buf_add_str(out, "<header>\n<p class=\"kicker\">Evidence");
	if (json_array_size(markets) == 1)
		page_member(out, " &middot; ", json_array_get(markets, 0), "title", "");
	if (json_object_get(model, "redacted") != NULL)
		buf_add_str(out, " &middot; redacted");
	buf_add_str(out, "</p>\n<h1>");
	html_str(out, title.data);
	buf_add_str(out, "</h1>\n<dl class=\"meta\">\n");
	add_meta(out, "Customer", json_object_get(model, "threads"), "customer");
	add_meta(out, "Seller's account", json_object_get(model, "threads"), "shop");
	if (json_array_size(markets) > 1)
		add_meta(out, "Marketplaces", markets, "title");
	if (json_get_str(scope, "from") != NULL || json_get_str(scope, "to") != NULL) {
		buf_add_str(out, "<dt>Period</dt><dd>");
		page_member(out, "from ", scope, "from", " ");
		page_member(out, "up to ", scope, "to", "");
		buf_add_str(out, "</dd>\n");
	}
	buf_add_str(out, "<dt>As of</dt><dd>");
	summary_utc(out, model, "as_of");
	buf_add_str(out, "; nothing later is in it</dd>\n");
	add_meta(out, "Local times of", markets, "zone");
	buf_printf(out, "<dt>Rests on</dt><dd>%lld records of the audit log, numbers %lld to %lld</dd>\n</dl>\n",
	    (long long)json_get_int(log, "records", 0), (long long)json_get_int(log, "first", 0),
	    (long long)json_get_int(log, "last", 0));
	buf_free(&title);
}

/* ---- at a glance ------------------------------------------------------------------------ */

static void add_verdict(struct buf *out, const struct tally *tally)
{
	if (tally->inquiries == 0) {
		buf_add_str(out, "<p class=\"verdict\">No message in this evidence asked for an answer.</p>\n");
	} else if (tally->missed > 0) {
		buf_printf(out, "<p class=\"verdict bad\">&#10007; %zu of %zu messages that needed an answer got none in time.</p>\n",
		    tally->missed, tally->inquiries);
	} else if (tally->open > 0) {
		buf_printf(out, "<p class=\"verdict wait\">&#8230; %zu of %zu messages that need an answer still %s, due ",
		    tally->open, tally->inquiries, tally->open == 1 ? "waits" : "wait");
		summary_utc(out, tally->next_due, "due");
		buf_add_str(out, "; none was answered late.</p>\n");
	} else {
		buf_printf(out, "<p class=\"verdict good\">&#10003; %s that needed an answer got one in time.</p>\n",
		    tally->inquiries == 1 ? "The one message" : "Every message");
	}
}

static void add_number(struct buf *out, size_t number, const char *what)
{
	buf_printf(out, "<li><b>%zu</b>%s</li>\n", number, what);
}

static void add_glance(struct buf *out, const json_t *model)
{
	struct tally tally = {0};

	count_messages(json_object_get(model, "timeline"), &tally);
	count_inquiries(json_object_get(model, "inquiries"), &tally);
	add_verdict(out, &tally);
	buf_add_str(out, "<ul class=\"numbers\">\n");
	add_number(out, tally.received, "messages received");
	add_number(out, tally.sent, "messages sent");
	buf_printf(out, "<li><b>%zu of %zu</b>answered in time</li>\n", tally.inquiries - tally.missed - tally.open,
	    tally.inquiries);
	if (tally.slowest > 0) {
		buf_add_str(out, "<li><b>");
		summary_span(out, tally.slowest);
		buf_add_str(out, "</b>slowest answer, of ");
		summary_span(out, tally.allowed);
		buf_add_str(out, "</li>\n");
	}
	add_number(out, tally.kept_back, "held or refused before sending");
	if (tally.failed > 0)
		add_number(out, tally.failed, "not delivered");
	if (tally.absent > 0)
		add_number(out, tally.absent, "raw messages not in here");
	buf_add_str(out, "</ul>\n</header>\n");
}

static void add_checking(struct buf *out, const json_t *model)
{
	buf_add_str(out, "<footer>\n<h2>How to check this</h2>\n<p>This page repeats what the files beside it hold: "
	    "<code>messages/</code> the mail as it came and went, <code>timeline.csv</code> every event, "
	    "<code>response-times.csv</code> the reckoning, <code>verdicts.json</code> each decision with the values it "
	    "was made by, <code>audit/</code> the audit log's own records. <code>SHA256SUMS</code> has the digest of "
	    "each file");
	buf_add_str(out, json_is_true(json_object_get(model, "signed")) ? ", and <code>SHA256SUMS.sig</code> signs it. "
	    : "; it is not signed. ");
	buf_add_str(out, "<code>VERIFY.txt</code> says how to check both with ordinary tools.</p>\n");
	if (json_object_get(model, "redacted") != NULL)
		buf_add_str(out, "<p>Addresses, names, numbers of orders and of telephones were replaced by tokens such as "
		    "<code>[name-0f3a&#8230;]</code>; the same token is the same person or number everywhere. The messages "
		    "in <code>messages/</code> are copies written anew without attachments.</p>\n");
	buf_add_str(out, "<p class=\"small\">Made by Postern from its audit log. Quoted earlier mail is left out here and "
	    "is in the files of the messages.</p>\n</footer>\n");
}

int summary_write(struct buf *out, const json_t *model)
{
	struct buf title = {0};

	buf_add_str(&title, "Evidence: ");
	add_title(&title, model);
	page_begin(out, title.failed ? "Evidence" : title.data, summary_style);
	buf_free(&title);
	add_head(out, model);
	add_glance(out, model);
	summary_responses(out, model);
	summary_checklists(out, model);
	summary_refund(out, model);
	summary_absent(out, model);
	summary_story(out, model);
	summary_findings(out, model);
	summary_values(out, model);
	add_checking(out, model);
	page_end(out);
	return out->failed ? -1 : 0;
}
