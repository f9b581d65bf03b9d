/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading what other gateways publish: a thread asks the streams of all shops for what is new, and applies it to the
 * database together with the position. After a failure, a failover or a start it reads the last minutes again: a
 * replica that became primary may have numbered entries by a clock that was behind. What was applied is recognised.
 */
#include "store/redis_share.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/files.h"
#include "core/clock.h"
#include "core/log.h"

#define POLL_MS 200
#define BACKOFF_MAX_MS 1000
/* Read again after a failure: more than the clocks of two Redis servers may differ. */
#define AGAIN_MS 600000
/* Entries of one stream, and streams, at a time: what an answer may hold is limited. */
#define ENTRIES_MAX 100
#define STREAMS_AT_ONCE 50
#define SHOPS_MAX 100000

/* ---- positions ------------------------------------------------------------------------ */

static struct read_stream *stream_of(struct subscriber *s, struct slice shop)
{
	struct read_stream *more;

	for (size_t i = 0; i < s->count; i++)
		if (slice_eq_str(shop, s->streams[i].shop))
			return &s->streams[i];
	if (s->count == s->room) {
		more = realloc(s->streams, (s->room * 2 + 16) * sizeof(*more));
		if (more == NULL)
			return NULL;
		s->streams = more;
		s->room = s->room * 2 + 16;
	}
	s->streams[s->count] = (struct read_stream){.shop = strndup(shop.ptr, shop.len), .position = "0-0"};
	return s->streams[s->count].shop != NULL ? &s->streams[s->count++] : NULL;
}

/* "MILLISECONDS-NUMBER", some minutes earlier. */
static void set_back(struct read_stream *stream)
{
	int64_t ms = strtoll(stream->position, NULL, 10);

	snprintf(stream->position, sizeof(stream->position), "%" PRId64 "-0", ms > AGAIN_MS ? ms - AGAIN_MS : 0);
}

static int note_stream(void *arg, const struct peer_stream *known)
{
	struct read_stream *stream = stream_of(arg, slice_str(known->shop));

	if (stream == NULL)
		return 1;
	snprintf(stream->position, sizeof(stream->position), "%s", known->position[0] != '\0' ? known->position : "0-0");
	set_back(stream);
	return 0;
}

void share_subscriber_free(struct subscriber *s)
{
	for (size_t i = 0; i < s->count; i++)
		free(s->streams[i].shop);
	free(s->streams);
}

/* ---- one entry ------------------------------------------------------------------------- */

/* An answer may hold anything: what is no entry becomes one without gateway, which is said and passed over. */
static void read_entry(const struct redis_reply *fields, struct peer_event *event)
{
	json_error_t error;

	*event = (struct peer_event){0};
	for (size_t i = 0; fields != NULL && i + 1 < fields->count; i += 2) {
		const struct redis_reply *name = redis_reply_item(fields, i, REDIS_STRING);
		const struct redis_reply *value = redis_reply_item(fields, i + 1, REDIS_STRING);

		if (name == NULL || value == NULL || name->text.len != 1)
			continue;
		switch (name->text.ptr[0]) {
		case 'g': event->gateway = value->text; break;
		case 's': event->seq = strtoll(value->text.ptr, NULL, 10); break;
		case 'p': event->previous = strtoll(value->text.ptr, NULL, 10); break;
		case 'e':
			json_decref((json_t *)(uintptr_t)event->event);
			event->event = json_loadb(value->text.ptr, value->text.len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
			break;
		default: break;
		}
	}
}

struct reading {
	struct share *share;
	bool more;             /* a stream gave as much as it was asked for */
	struct diag *d;
};

static void count_result(struct share *share, const struct peer_result *result)
{
	pthread_mutex_lock(&share->lock);
	share->applied += result->applied;
	share->damaged += result->damaged;
	pthread_mutex_unlock(&share->lock);
	share->subscriber.events += (int64_t)result->applied;
}

static int apply_stream(struct reading *r, struct read_stream *stream, const struct redis_reply *entries)
{
	struct peer_event events[ENTRIES_MAX];
	const struct redis_reply *last = NULL;
	struct peer_result result;
	size_t count = 0;
	int rc;

	for (size_t i = 0; i < entries->count && i < ENTRIES_MAX; i++) {
		const struct redis_reply *entry = redis_reply_item(entries, i, REDIS_ARRAY);
		const struct redis_reply *id = entry != NULL ? redis_reply_item(entry, 0, REDIS_STRING) : NULL;

		if (id == NULL || id->text.len >= sizeof(stream->position))
			return diag_add(r->d, "store: Redis answered XREAD with something else");
		last = id;
		read_entry(redis_reply_item(entry, 1, REDIS_ARRAY), &events[count]);
		/* Our own come back, too. */
		if (slice_eq_str(events[count].gateway, r->share->self.id))
			json_decref((json_t *)(uintptr_t)events[count].event);
		else
			count++;
	}
	if (last == NULL)
		return 0;
	rc = peer_apply(r->share->store, stream->shop, events, count, last->text.ptr, &result, r->d);
	for (size_t i = 0; i < count; i++)
		json_decref((json_t *)(uintptr_t)events[i].event);
	if (rc == -1)
		return -1;
	count_result(r->share, &result);
	snprintf(stream->position, sizeof(stream->position), "%s", last->text.ptr);
	r->more = r->more || entries->count >= ENTRIES_MAX;
	return 0;
}

/* ---- all streams -------------------------------------------------------------------------- */

static int list_shops(struct share *share, struct diag *d)
{
	struct slice argv[] = {SLICE_LIT("SMEMBERS"), SLICE_LIT(SHARE_SHOPS)};
	struct redis_reply *reply = NULL;
	enum redis_fault fault = redis_command(share->redis, argv[1], argv, 2, 0, &reply, d);
	int rc = fault == REDIS_FINE ? 0 : share_fault(fault, "list the shops", d);

	for (size_t i = 0; rc == 0 && i < reply->count && share->subscriber.count < SHOPS_MAX; i++) {
		const struct redis_reply *shop = redis_reply_item(reply, i, REDIS_STRING);

		if (shop != NULL && stream_of(&share->subscriber, shop->text) == NULL)
			rc = diag_add(d, "store: out of memory");
	}
	redis_reply_free(&reply);
	return rc;
}

static int apply_reply(struct reading *r, struct read_stream *streams, size_t count, const struct buf *keys,
    const struct redis_reply *reply)
{
	int rc = 0;

	for (size_t i = 0; i < reply->count && rc == 0; i++) {
		const struct redis_reply *pair = redis_reply_item(reply, i, REDIS_ARRAY);
		const struct redis_reply *key = pair != NULL ? redis_reply_item(pair, 0, REDIS_STRING) : NULL;
		const struct redis_reply *entries = pair != NULL ? redis_reply_item(pair, 1, REDIS_ARRAY) : NULL;

		for (size_t k = 0; k < count && key != NULL && entries != NULL && rc == 0; k++)
			if (slice_eq(key->text, buf_slice(&keys[k])))
				rc = apply_stream(r, &streams[k], entries);
	}
	return rc;
}

/* A call finds another primary by itself; the positions are still those of the one before. */
static bool is_switched(struct share *share)
{
	struct redis_status status;

	redis_status(share->redis, &status);
	return status.switches != share->subscriber.switches;
}

static int read_streams(struct reading *r, struct read_stream *streams, size_t count)
{
	struct slice argv[4 + 2 * STREAMS_AT_ONCE] = {SLICE_LIT("XREAD"), SLICE_LIT("COUNT"), SLICE_LIT("100"),
	    SLICE_LIT("STREAMS")};
	struct buf keys[STREAMS_AT_ONCE] = {{0}};
	struct redis_reply *reply = NULL;
	enum redis_fault fault;
	int rc;

	_Static_assert(ENTRIES_MAX == 100, "the number of XREAD COUNT");
	for (size_t i = 0; i < count; i++) {
		share_key(&keys[i], streams[i].shop, "events");
		argv[4 + i] = buf_slice(&keys[i]);
		argv[4 + count + i] = slice_str(streams[i].position);
	}
	fault = redis_command(r->share->redis, argv[4], argv, 4 + 2 * count, 0, &reply, r->d);
	if (fault != REDIS_FINE)
		rc = share_fault(fault, "read events", r->d);
	else if (is_switched(r->share)) /* What came next there may be no gap: it is read again from further back. */
		rc = 0, r->more = true;
	else
		rc = reply->type == REDIS_ARRAY ? apply_reply(r, streams, count, keys, reply) : 0;
	redis_reply_free(&reply);
	for (size_t i = 0; i < count; i++)
		buf_free(&keys[i]);
	return rc;
}

static int start(struct share *share, struct diag *d)
{
	struct subscriber *s = &share->subscriber;
	struct redis_status status;
	int rc = 0;

	redis_status(share->redis, &status);
	if (!s->started)
		rc = peer_streams(share->store, note_stream, s, d);
	else if (s->switches != status.switches)
		for (size_t i = 0; i < s->count; i++)
			set_back(&s->streams[i]);
	s->switches = status.switches;
	s->started = rc == 0;
	return rc == 1 ? diag_add(d, "store: out of memory") : rc;
}

/* Reads each stream once. */
static int read_all(struct reading *r)
{
	struct subscriber *s = &r->share->subscriber;
	/* In a Cluster one command may not name streams of different slots. */
	size_t step = redis_sharded(r->share->redis) ? 1 : STREAMS_AT_ONCE;
	int rc = start(r->share, r->d);

	r->more = false;
	if (rc == 0)
		rc = list_shops(r->share, r->d);
	for (size_t i = 0; i < s->count && rc == 0; i += step)
		rc = read_streams(r, &s->streams[i], s->count - i < step ? s->count - i : step);
	return rc;
}

int share_read_now(struct share *share, int64_t *count_r, struct diag *d)
{
	struct reading r = {.share = share, .more = true, .d = d};
	int rc = 0;

	share->subscriber.events = 0;
	while (rc == 0 && r.more)
		rc = read_all(&r);
	*count_r = share->subscriber.events;
	return rc;
}

void *share_read_run(void *arg)
{
	struct share *share = arg;
	int backoff = POLL_MS;

	audit_block_signals();
	while (!share_stopping(share)) {
		struct diag d = {0};
		struct reading r = {.share = share, .d = &d};

		if (read_all(&r) == 0) {
			share_worked(share, &share->in);
			backoff = POLL_MS;
			if (!r.more)
				share_wait(share, POLL_MS, false, 0);
			continue;
		}
		/* The positions in memory may be ahead of what the database took. */
		share->subscriber.started = false;
		share_failed(share, &share->in, &d);
		share_wait(share, backoff, false, 0);
		backoff = backoff * 2 < BACKOFF_MAX_MS ? backoff * 2 : BACKOFF_MAX_MS;
	}
	share_ended(share);
	return NULL;
}
