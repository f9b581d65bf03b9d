/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whose time is over, and who is kept in spite of that. A file goes when no message needs it any more: neither by the
 * days of its own class nor by a legal hold.
 */
#include "archive/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/hash.h"

#define DAY_SECONDS 86400
#define PAGE 250

/* What is looked at after the walk over the store is over: it may not be asked within. */
struct candidate {
	int64_t seq, time;
	char id[ID_TEXT_SIZE + 44]; /* of ours, or of a log made by somebody else */
	char digest[HASH_HEX_SIZE];
};

struct page {
	struct candidate *list;
	size_t count;
};

static int note_candidate(void *arg, const struct store_archived *archived)
{
	struct page *page = arg;
	struct candidate *c = &page->list[page->count++];

	c->seq = archived->seq;
	c->time = archived->time;
	snprintf(c->id, sizeof(c->id), "%s", archived->id);
	snprintf(c->digest, sizeof(c->digest), "%s", archived->digest);
	return 0;
}

/* The last second of receipt that is over; -1: none is. */
static int64_t over_until(const struct archive_policy *policy, enum archive_class class)
{
	return policy->days[class] > 0 ? policy->now - policy->days[class] * DAY_SECONDS : -1;
}

/* ---- one message ---------------------------------------------------------------------- */

/* Messages with the same file, and the first hold. */
struct sharers {
	const struct archive_policy *policy;
	const struct candidate *candidate;
	int64_t *seqs;
	size_t count;
	char shared_id[sizeof(((struct candidate *)0)->id)]; /* of one whose time is not over; "": none */
	struct store_archived message;                       /* of the candidate, with texts of its own */
	char text[4][600];
	size_t holds;
	char hold_id[64], hold_value[1300], hold_why[600];
	enum store_hold_kind hold_kind;
};

static const char *keep(char room[600], const char *text)
{
	snprintf(room, 600, "%s", text);
	return room;
}

static int note_sharer(void *arg, const struct store_archived *archived)
{
	struct sharers *s = arg;
	int64_t *seqs = realloc(s->seqs, (s->count + 1) * sizeof(*seqs));

	if (seqs == NULL)
		return 1;
	s->seqs = seqs;
	seqs[s->count++] = archived->seq;
	if (archived->time > over_until(s->policy, archived->class))
		snprintf(s->shared_id, sizeof(s->shared_id), "%s", archived->id);
	if (archived->seq != s->candidate->seq)
		return 0;
	s->message = *archived;
	s->message.id = s->candidate->id;
	s->message.digest = s->candidate->digest;
	s->message.marketplace = keep(s->text[0], archived->marketplace);
	s->message.sender = keep(s->text[1], archived->sender);
	s->message.subject = keep(s->text[2], archived->subject);
	s->message.order = keep(s->text[3], archived->order);
	return 0;
}

static int note_hold(void *arg, const struct store_legal_hold *hold)
{
	struct sharers *s = arg;

	if (s->holds++ > 0)
		return 0;
	snprintf(s->hold_id, sizeof(s->hold_id), "%s", hold->id);
	snprintf(s->hold_value, sizeof(s->hold_value), "%s", hold->value);
	snprintf(s->hold_why, sizeof(s->hold_why), "%s", hold->why);
	s->hold_kind = hold->kind;
	return 0;
}

static int find_sharers(struct store *store, struct sharers *s, struct diag *d)
{
	struct store_archived_filter filter = {.digest = s->candidate->digest, .class = -1};
	int rc = store_archived(store, &filter, note_sharer, s, d);

	if (rc == 1)
		return diag_add(d, "out of memory");
	for (size_t i = 0; i < s->count && rc == 0; i++) {
		struct store_legal_hold_filter holds = {.keeps = s->seqs[i]};

		rc = store_legal_holds(store, &holds, note_hold, s, d);
	}
	return rc;
}

static enum archive_fate fate_of(const struct sharers *s)
{
	if (s->holds > 0)
		return ARCHIVE_ON_HOLD;
	return s->shared_id[0] != '\0' ? ARCHIVE_SHARED : ARCHIVE_GOES;
}

static int give(const struct sharers *s, archive_plan_fn fn, void *arg)
{
	struct archive_decision decision = {.message = &s->message, .fate = fate_of(s), .holds = s->holds,
	    .shared_id = s->shared_id[0] != '\0' ? s->shared_id : NULL};

	if (s->holds > 0) {
		decision.hold_id = s->hold_id;
		decision.hold_value = s->hold_value;
		decision.hold_why = s->hold_why;
		decision.hold_kind = s->hold_kind;
	}
	return fn(arg, &decision);
}

/* *goes_r: 1 when it goes. */
static int decide(struct store *store, const struct archive_policy *policy, const struct candidate *candidate,
    archive_plan_fn fn, void *arg, size_t *goes_r, struct diag *d)
{
	struct sharers *s = calloc(1, sizeof(*s));
	int rc;

	if (s == NULL)
		return diag_add(d, "out of memory");
	s->policy = policy;
	s->candidate = candidate;
	rc = find_sharers(store, s, d);
	/* Gone since the page was read: somebody else purges, too. */
	if (rc == 0 && s->message.id != NULL) {
		*goes_r = fate_of(s) == ARCHIVE_GOES;
		rc = give(s, fn, arg);
	}
	free(s->seqs);
	free(s);
	return rc;
}

/* ---- the walk --------------------------------------------------------------------------- */

static int read_page(struct store *store, const struct archive_policy *policy, const struct archive_cursor *cursor,
    struct page *page, struct diag *d)
{
	struct store_archived_filter filter = {
		.class = (int)cursor->class, .until = over_until(policy, (enum archive_class)cursor->class),
		.oldest_first = true, .after_time = cursor->time, .after_seq = cursor->seq, .limit = PAGE,
	};

	page->count = 0;
	/* 0 would be no bound. */
	return filter.until > 0 ? store_archived(store, &filter, note_candidate, page, d) : 0;
}

static void next_class(struct archive_cursor *cursor)
{
	*cursor = (struct archive_cursor){.class = cursor->class + 1};
}

int archive_plan(struct store *store, const struct archive_policy *policy, struct archive_cursor *cursor,
    size_t max_goes, size_t max_seen, archive_plan_fn fn, void *arg, struct diag *d)
{
	struct page page = {.list = calloc(PAGE, sizeof(*page.list))};
	size_t goes = 0, seen = 0;
	int rc = 0;

	if (page.list == NULL)
		return diag_add(d, "out of memory");
	while (rc == 0 && goes < max_goes && seen < max_seen) {
		rc = read_page(store, policy, cursor, &page, d);
		for (size_t i = 0; i < page.count && rc == 0 && goes < max_goes && seen < max_seen; i++, seen++) {
			size_t one = 0;

			rc = decide(store, policy, &page.list[i], fn, arg, &one, d);
			goes += one;
			cursor->time = page.list[i].time;
			cursor->seq = page.list[i].seq;
		}
		if (rc == 0 && page.count < PAGE && goes < max_goes && seen < max_seen) {
			next_class(cursor);
			break;
		}
	}
	free(page.list);
	return rc;
}
