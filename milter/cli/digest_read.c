/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What stands in a digest: overdue, due within a day, held replies, rates near
 * their line, windows that close. Text of strangers is made harmless here, since
 * it leaves by mail as well as on a terminal.
 */
#include "cli/digest.h"

#include <stdio.h>
#include <string.h>

#include "cli/facts.h"
#include "cli/held.h"
#include "core/text.h"
#include "desk/rate.h"

#define DAY_SECONDS 86400
#define RECENT_SECONDS ((int64_t)400 * DAY_SECONDS)
/* A digest is read, not searched: the first of each kind, and how many more there are. */
#define LINES_MAX 40
/* So few misses before the line are worth a word. */
#define MISSES_FEW 2

static void add_text(struct buf *out, const char *text)
{
	char clean[300];

	text_sanitize(clean, sizeof(clean), slice_str(text), TEXT_FOR_LOG);
	buf_add_str(out, clean);
}

static void add_field(struct buf *out, const char *before, const char *text)
{
	if (text == NULL || text[0] == '\0')
		return;
	buf_add_str(out, before);
	add_text(out, text);
}

static json_t *part(struct digest *digest, const char *name)
{
	json_t *list = json_object_get(digest->json, name);

	if (list == NULL) {
		list = json_array();
		json_put_new(digest->json, name, list);
	}
	return list;
}

/* The title before the first line of a part; true while lines still fit. */
static bool begin_line(struct digest *digest, const char *title, int64_t *count)
{
	if ((*count)++ == 0)
		buf_printf(&digest->text, "\n%s\n", title);
	return *count <= LINES_MAX;
}

static void end_part(struct digest *digest, int64_t count)
{
	if (count > LINES_MAX)
		buf_printf(&digest->text, "  and %lld more\n", (long long)count - LINES_MAX);
}

/* ---- what waits ------------------------------------------------------------------------ */

static void put_due(struct digest *digest, const char *name, const struct store_due *due)
{
	json_t *object = json_object();

	json_put_str(object, "thread", due->key);
	json_put_str(object, "marketplace", due->marketplace);
	json_put_str(object, "shop", due->shop);
	json_put_str(object, "customer", due->customer);
	json_put_str(object, "subject", due->subject);
	json_put_str(object, "order", due->order);
	cli_put_time(object, "opened", due->opened);
	cli_put_time(object, "due", due->due);
	json_array_append_new(part(digest, name), object);
}

static void add_due(struct digest *digest, const struct store_due *due)
{
	struct buf *out = &digest->text;
	char left[64];

	cli_duration(left, sizeof(left), due->due > digest->desk->now ? due->due - digest->desk->now
	    : digest->desk->now - due->due);
	buf_printf(out, "  %s %s: ", left, due->due < digest->desk->now ? "overdue" : "left");
	add_text(out, due->marketplace);
	add_field(out, " ", due->shop);
	add_field(out, ", ", due->customer);
	add_field(out, ", order ", due->order);
	add_field(out, ", ", due->subject);
	buf_add_char(out, '\n');
}

static int note_due(void *arg, const struct store_due *due)
{
	struct digest *digest = arg;
	bool late = due->due < digest->desk->now;

	if (digest->shop != NULL && strcmp(digest->shop, due->shop) != 0)
		return 0;
	put_due(digest, late ? "overdue" : "due_24h", due);
	/* The most urgent come first, so that all overdue ones are in one piece. */
	if (late ? begin_line(digest, "OVERDUE", &digest->overdue)
	    : begin_line(digest, "DUE WITHIN 24 HOURS", &digest->due))
		add_due(digest, due);
	return digest->text.failed;
}

static int add_waiting(struct digest *digest, struct diag *d)
{
	int rc;

	part(digest, "overdue");
	part(digest, "due_24h");
	rc = store_due(digest->desk->store, digest->desk->now + DAY_SECONDS, note_due, digest, d);
	end_part(digest, digest->due > 0 ? digest->due : digest->overdue);
	return rc;
}

/* ---- what is held ----------------------------------------------------------------------- */

static void add_held(struct digest *digest, const json_t *entry)
{
	struct buf *out = &digest->text;
	int64_t left;
	char text[64];

	buf_add_str(out, "  ");
	if (held_left(entry, digest->desk->now, &left)) {
		cli_duration(text, sizeof(text), left < 0 ? -left : left);
		buf_printf(out, "%s %s: ", text, left < 0 ? "overdue" : "left");
	}
	add_text(out, json_get_str(entry, "id"));
	add_field(out, " to ", json_get_str(entry, "customer"));
	add_field(out, " by ", json_get_str(entry, "agent"));
	add_field(out, ", ", json_get_str(entry, "subject"));
	buf_add_char(out, '\n');
}

static int add_held_list(struct digest *digest, struct diag *d)
{
	json_t *list = held_list(digest->desk, digest->shop, d), *entry;
	size_t i;

	if (list == NULL)
		return -1;
	json_array_foreach(list, i, entry)
		if (begin_line(digest, "HELD REPLIES (postern held show ID)", &digest->held))
			add_held(digest, entry);
	end_part(digest, digest->held);
	return json_put_new(digest->json, "held", list) == -1 ? diag_add(d, "out of memory") : 0;
}

/* ---- rates near the line ---------------------------------------------------------------- */

struct market_rate {
	struct digest *digest;
	const struct marketplace *market;
	struct cli_line line;
};

static int note_rate(void *arg, const char *shop, const struct desk_rate *rate)
{
	const struct market_rate *at = arg;
	int64_t left = desk_rate_misses_left(rate, (unsigned)at->line.percent);
	int permille = desk_rate_permille(rate);
	struct buf *out = &at->digest->text;
	json_t *object;

	if (permille < 0 || left > MISSES_FEW)
		return 0;
	object = json_object();
	json_put_str(object, "marketplace", marketplace_name(at->market));
	json_put_str(object, "shop", shop);
	json_put_new(object, "rate_percent", json_real(permille / 10.0));
	json_put_int(object, "line_percent", at->line.percent);
	json_put_int(object, "misses_left", left > 0 ? left : 0);
	json_put_bool(object, "below", left < 0);
	json_array_append_new(part(at->digest, "at_risk"), object);
	if (!begin_line(at->digest, "RESPONSE RATE AT RISK", &at->digest->at_risk))
		return 0;
	buf_printf(out, "  %s ", marketplace_name(at->market));
	add_text(out, shop);
	buf_printf(out, ": %d.%d %% in %lld days, the line is %lld %%: ", permille / 10, permille % 10,
	    (long long)(at->line.window / DAY_SECONDS), (long long)at->line.percent);
	if (left < 0)
		buf_add_str(out, "below it\n");
	else
		buf_printf(out, "%lld misses left\n", (long long)left);
	return 0;
}

static int add_rates(struct digest *digest, struct diag *d)
{
	const struct profiles *profiles = digest->desk->profiles;
	int rc = 0;

	part(digest, "at_risk");
	for (size_t i = 0; rc == 0 && i < profiles_count(profiles); i++) {
		struct market_rate at = {digest, profiles_get(profiles, i), {0}};
		struct store_rate_filter filter = {.shop = digest->shop, .until = digest->desk->now,
		    .group_by = STORE_GROUP_SHOP};

		at.line = cli_rate_line(at.market, filter.until);
		filter.marketplace = marketplace_name(at.market);
		filter.since = filter.until - at.line.window;
		if (at.line.percent > 0)
			rc = store_rate(digest->desk->store, &filter, note_rate, &at, d);
	}
	end_part(digest, digest->at_risk);
	return rc;
}

/* ---- windows that close ------------------------------------------------------------------- */

static void add_window(struct digest *digest, const struct subject *subject, const struct desk_window_state *window)
{
	struct buf *out = &digest->text;
	char closes[CLOCK_TEXT_SIZE];
	json_t *object = json_object();

	clock_format(closes, sizeof(closes), window->closes);
	json_put_str(object, "window", window->name);
	json_put_str(object, "subject", window->subject);
	json_put_str(object, "marketplace", subject->desk.marketplace);
	json_put_str(object, "closes", closes);
	json_array_append_new(part(digest, "closing"), object);
	if (!begin_line(digest, "WINDOWS THAT CLOSE", &digest->closing))
		return;
	buf_printf(out, "  until %s: ", closes);
	add_text(out, window->title != NULL ? window->title : window->name);
	add_field(out, ", ", window->subject);
	add_field(out, ", ", subject->desk.marketplace);
	if (subject->desk.refund.state != REFUND_NONE && !subject->in_time)
		buf_add_str(out, ", but an inquiry about it was not answered in time");
	buf_add_char(out, '\n');
}

static bool is_of_shop(const struct digest *digest, const struct subject *subject)
{
	if (digest->shop == NULL)
		return true;
	for (size_t i = 0; i < subject->desk.count; i++)
		if (strcmp(subject->desk.facts[i].shop, digest->shop) == 0)
			return true;
	return false;
}

static int add_windows_of(struct digest *digest, const struct facts *facts, struct diag *d)
{
	size_t at = 0;

	while (at < facts->count) {
		struct subject subject;

		if (subject_read(digest->desk, facts, &at, false, &subject, d) == -1)
			return -1;
		for (size_t i = 0; i < subject.desk.window_count; i++)
			if (subject.desk.windows[i].state == WINDOW_CLOSING && is_of_shop(digest, &subject))
				add_window(digest, &subject, &subject.desk.windows[i]);
		subject_free(&subject);
	}
	return 0;
}

static int add_windows(struct digest *digest, struct diag *d)
{
	struct facts facts;
	int rc;

	part(digest, "closing");
	rc = facts_read(digest->desk->store, SLICE_NONE, NULL, digest->desk->now - RECENT_SECONDS, &facts, d);
	if (rc == 0)
		rc = add_windows_of(digest, &facts, d);
	facts_free(&facts);
	end_part(digest, digest->closing);
	return rc;
}

int digest_read(struct digest *digest, struct diag *d)
{
	digest->json = json_object();
	cli_put_time(digest->json, "time", digest->desk->now);
	if (add_waiting(digest, d) == -1 || add_held_list(digest, d) == -1 || add_rates(digest, d) == -1 ||
	    add_windows(digest, d) == -1)
		return -1;
	if (!digest_urgent(digest))
		buf_add_str(&digest->text, "\nNothing is overdue, due within 24 hours, held or at risk.\n");
	return digest->text.failed ? diag_add(d, "out of memory") : 0;
}

void digest_free(struct digest *digest)
{
	buf_free(&digest->text);
	json_decref(digest->json);
	digest->json = NULL;
}

bool digest_urgent(const struct digest *digest)
{
	return digest->overdue + digest->due + digest->held + digest->closing + digest->at_risk > 0;
}
