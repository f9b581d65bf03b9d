/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Publishing: a thread reads durable records back from the log and puts what matters to others into the streams of
 * their shops. It only remembers a place in the log, so an outage of any length loses nothing, and nobody waits.
 * A failover may cost Redis what it had taken: it is asked what it has, and gets the rest again.
 */
#include "store/redis_share.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/files.h"
#include "core/clock.h"
#include "core/log.h"
#include "store/event.h"

/* So many records at most are read again after a crash. */
#define SAVE_EVERY 200
#define IDLE_MS 1000
/* An outage must be over within five seconds of its end. */
#define BACKOFF_MIN_MS 100
#define BACKOFF_MAX_MS 1000

/* What on_event says beside 0 and -1. */
enum { WALK_REWOUND = 1, WALK_STOPPED = 2 };

/*
 * KEYS: stream, hash of published numbers. ARGV: gateway, record, what Redis should have at least, oldest id to keep,
 * event. Gives {1: added, 0: it was there, -1: Redis has lost some, and what it had before}.
 */
static const struct redis_script publish_script = {"publish",
    "local last = redis.call('HGET', KEYS[2], ARGV[1]) or '0'\n"
    "if tonumber(ARGV[2]) <= tonumber(last) then return {0, last} end\n"
    "if tonumber(last) < tonumber(ARGV[3]) then return {-1, last} end\n"
    "redis.call('XADD', KEYS[1], 'MINID', '~', ARGV[4], '*', 'g', ARGV[1], 's', ARGV[2], 'p', last, 'e', ARGV[5])\n"
    "redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])\n"
    "return {1, last}\n"};

/* ---- the position ---------------------------------------------------------------------- */

static struct publish_stream *stream_of(struct publisher *p, const char *shop)
{
	struct publish_stream *more;

	for (size_t i = 0; i < p->count; i++)
		if (strcmp(p->streams[i].shop, shop) == 0)
			return &p->streams[i];
	if (p->count == p->room) {
		more = realloc(p->streams, (p->room * 2 + 16) * sizeof(*more));
		if (more == NULL)
			return NULL;
		p->streams = more;
		p->room = p->room * 2 + 16;
	}
	p->streams[p->count] = (struct publish_stream){.shop = strdup(shop)};
	return p->streams[p->count].shop != NULL ? &p->streams[p->count++] : NULL;
}

static int note_stream(void *arg, const struct peer_stream *known)
{
	struct publisher *p = arg;
	struct publish_stream *stream = known->published > 0 ? stream_of(p, known->shop) : NULL;

	if (stream != NULL)
		stream->published = known->published;
	return stream == NULL && known->published > 0;
}

int share_publisher_begin(struct share *share, struct diag *d)
{
	struct publisher *p = &share->publisher;
	int rc = peer_streams(share->store, note_stream, p, d);

	p->cursor = (struct audit_cursor){.dir = share->dir, .next = share->self.seq + 1};
	snprintf(p->hash, sizeof(p->hash), "%s", share->self.hash);
	share->published = share->self.seq;
	return rc == 1 ? diag_add(d, "store: out of memory") : rc;
}

void share_publisher_free(struct publisher *p)
{
	audit_cursor_free(&p->cursor);
	for (size_t i = 0; i < p->count; i++)
		free(p->streams[i].shop);
	free(p->streams);
}

/* A position that can't be saved costs repetition, which the script recognises. */
static void save(struct share *share)
{
	struct publisher *p = &share->publisher;
	struct peer_stream *streams = calloc(p->count + 1, sizeof(*streams));
	struct diag d = {0};
	size_t count = 0;

	if (streams == NULL || p->hash[0] == '\0' || share->self.seq == p->cursor.next - 1) {
		free(streams);
		return;
	}
	share->self.seq = p->cursor.next - 1;
	snprintf(share->self.hash, sizeof(share->self.hash), "%s", p->hash);
	for (size_t i = 0; i < p->count; i++)
		if (p->streams[i].unsaved)
			streams[count++] = (struct peer_stream){p->streams[i].shop, "", p->streams[i].published};
	if (peer_published(share->store, &share->self, streams, count, &d) == -1)
		log_warning("%s; what was published is published again after a restart, and recognised", d.text);
	for (size_t i = 0; i < p->count; i++)
		p->streams[i].unsaved = false;
	free(streams);
}

/* ---- one record ------------------------------------------------------------------------- */

static int list_shop(struct share *share, struct publish_stream *stream, struct diag *d)
{
	struct slice argv[] = {SLICE_LIT("SADD"), SLICE_LIT(SHARE_SHOPS), slice_str(stream->shop)};
	struct redis_reply *reply;
	enum redis_fault fault;

	if (stream->listed)
		return 0;
	fault = redis_command(share->redis, argv[1], argv, 3, 0, &reply, d);
	redis_reply_free(&reply);
	stream->listed = fault == REDIS_FINE;
	return stream->listed ? 0 : share_fault(fault, "list a shop", d);
}

static int call_script(struct share *share, struct publish_stream *stream, int64_t seq, struct slice text,
    int64_t *had_r, struct diag *d)
{
	struct buf key = {0}, hash = {0};
	char number[24], expected[24], oldest[24];
	struct slice keys[2], args[5];
	struct redis_script_call call = {keys, 2, args, 5};
	struct redis_reply *reply = NULL;
	enum redis_fault fault;
	int rc = -1;

	share_key(&key, stream->shop, "events");
	share_key(&hash, stream->shop, "published");
	snprintf(number, sizeof(number), "%" PRId64, seq);
	snprintf(expected, sizeof(expected), "%" PRId64, stream->published);
	snprintf(oldest, sizeof(oldest), "%" PRId64, (clock_now(&clock_system) - share->config.keep_s) * 1000);
	keys[0] = buf_slice(&key);
	keys[1] = buf_slice(&hash);
	args[0] = slice_str(share->self.id);
	args[1] = slice_str(number);
	args[2] = slice_str(expected);
	args[3] = slice_str(oldest);
	args[4] = text;
	fault = redis_script(share->redis, &publish_script, &call, 0, &reply, d);
	if (fault != REDIS_FINE) {
		rc = share_fault(fault, "publish an event", d);
	} else {
		const struct redis_reply *done = redis_reply_item(reply, 0, REDIS_INTEGER);
		const struct redis_reply *had = redis_reply_item(reply, 1, REDIS_STRING);

		rc = done != NULL && had != NULL ? (int)done->integer : INT_MIN;
		*had_r = had != NULL ? strtoll(had->text.ptr, NULL, 10) : 0;
	}
	redis_reply_free(&reply);
	buf_free(&key);
	buf_free(&hash);
	return fault == REDIS_FINE ? rc + 2 : -1;
}

/* Redis has less than it took once: a replica became primary, or it was emptied. */
static void rewind_to(struct share *share, struct publish_stream *stream, int64_t had)
{
	struct publisher *p = &share->publisher;

	log_warning("store: Redis has lost events of shop '%s' behind record %" PRId64 " of this gateway; they are published "
	    "again", stream->shop, had);
	stream->published = had;
	stream->unsaved = true;
	if (had + 1 >= p->cursor.next)
		return;
	audit_cursor_free(&p->cursor);
	p->cursor.next = had + 1;
	p->hash[0] = '\0';
}

static const char *shop_of(const json_t *event)
{
	struct store_event e;
	struct diag ignored = {0};
	const char *shop = json_get_str(event, "shop");

	/* Of records from before shops were written a store takes the address. */
	if (shop == NULL && store_event_read(event, &e, &ignored) == 0 && e.shop.len > 0)
		shop = e.shop.ptr;
	return shop != NULL && shop[0] != '\0' ? shop : SHARE_SHOP_NONE;
}

static int publish(struct share *share, const json_t *event, struct diag *d)
{
	struct publish_stream *stream = stream_of(&share->publisher, shop_of(event));
	json_t *brief = store_event_brief(event);
	int64_t seq = json_get_int(event, "seq", 0), had = 0;
	struct buf text = {0};
	int rc;

	if (stream == NULL || brief == NULL || json_write(&text, brief) == -1)
		rc = diag_add(d, "store: out of memory");
	else if ((rc = list_shop(share, stream, d)) == 0)
		rc = call_script(share, stream, seq, buf_slice(&text), &had, d);
	json_decref(brief);
	buf_free(&text);
	if (rc == -1 || stream == NULL)
		return -1;
	if (rc == 1) {
		rewind_to(share, stream, had);
		share->publisher.verified = false;
		return WALK_REWOUND;
	}
	if (rc != 2 && rc != 3)
		return diag_add(d, "store: Redis answered the publishing script with something else; is it Redis 6.2 or later?");
	stream->published = rc == 3 ? seq : had > seq ? had : seq;
	stream->unsaved = true;
	share->publisher.events += rc == 3;
	/* Not only at the end: what an outage left behind may take a while. */
	share_worked(share, &share->out);
	return 0;
}

/* ---- the log ------------------------------------------------------------------------------ */

struct walk {
	struct share *share;
	struct diag *d;
};

/* What the streams would drop at once is not put in. */
static bool is_wanted(struct share *share, const json_t *event)
{
	struct store_event e;
	struct diag ignored = {0};

	return store_event_is_legal(event) || (store_event_read(event, &e, &ignored) == 0 && store_event_matters(&e) &&
	    e.time > clock_now(&clock_system) - share->config.keep_s);
}

static int on_event(void *arg, const json_t *event)
{
	struct walk *walk = arg;
	struct share *share = walk->share;
	struct publisher *p = &share->publisher;
	const char *hash = json_get_str(event, "hash");
	int rc = 0;

	if (share_stopping(share) && clock_monotonic_ms() >= share->stop_ms)
		return WALK_STOPPED;
	if (is_wanted(share, event))
		rc = publish(share, event, walk->d);
	if (rc != 0)
		return rc;
	snprintf(p->hash, sizeof(p->hash), "%s", hash != NULL ? hash : "");
	pthread_mutex_lock(&share->lock);
	share->published = json_get_int(event, "seq", 0);
	pthread_mutex_unlock(&share->lock);
	return 0;
}

/* ---- after a connection was lost ------------------------------------------------------------ */

static int verify_stream(struct share *share, struct publish_stream *stream, struct diag *d)
{
	struct redis_reply *reply = NULL;
	struct buf key = {0};
	struct slice argv[3] = {SLICE_LIT("HGET")};
	enum redis_fault fault;
	int64_t had;

	share_key(&key, stream->shop, "published");
	argv[1] = buf_slice(&key);
	argv[2] = slice_str(share->self.id);
	fault = redis_command(share->redis, argv[1], argv, 3, 0, &reply, d);
	had = fault == REDIS_FINE && reply->type == REDIS_STRING ? strtoll(reply->text.ptr, NULL, 10) : 0;
	if (fault == REDIS_FINE && had < stream->published)
		rewind_to(share, stream, had);
	stream->listed = false;
	redis_reply_free(&reply);
	buf_free(&key);
	return fault == REDIS_FINE ? 0 : share_fault(fault, "see what was published", d);
}

/* What a primary took and no replica had got is gone with it; nobody else would notice before the shop's next event. */
static int verify(struct share *share, struct diag *d)
{
	struct publisher *p = &share->publisher;
	struct redis_status status;
	int rc = 0;

	redis_status(share->redis, &status);
	if (p->verified && p->switches == status.switches)
		return 0;
	for (size_t i = 0; i < p->count && rc == 0; i++)
		rc = verify_stream(share, &p->streams[i], d);
	if (rc == 0)
		redis_status(share->redis, &status);
	p->switches = status.switches;
	p->verified = rc == 0;
	return rc;
}

/* ---- the thread ------------------------------------------------------------------------------- */

/* 0: all up to upto is published; WALK_STOPPED, or -1 with the reason. */
static int publish_upto(struct share *share, int64_t upto, struct diag *d)
{
	struct publisher *p = &share->publisher;
	struct walk walk = {share, d};
	int rc = verify(share, d);

	while ((rc == 0 || rc == WALK_REWOUND) && p->cursor.next <= upto) {
		int64_t next = p->cursor.next, last = upto - next < SAVE_EVERY ? upto : next + SAVE_EVERY - 1;

		rc = p->verified ? audit_cursor_read(&p->cursor, last, on_event, &walk, d) : verify(share, d);
		if (rc == 0 && p->verified && p->cursor.next == next)
			rc = diag_add(d, "%s: record %" PRId64 " is not there", share->dir, next);
		save(share);
	}
	return rc;
}

int share_publish_now(struct share *share, int64_t head, int64_t *count_r, struct diag *d)
{
	int rc;

	share->publisher.events = 0;
	rc = publish_upto(share, head, d);
	if (rc == 0)
		rc = share_counts_late(share, d);
	*count_r = share->publisher.events;
	return rc == 0 ? 0 : -1;
}

static int64_t upto_now(struct share *share)
{
	int64_t upto;

	pthread_mutex_lock(&share->lock);
	upto = share->upto;
	pthread_mutex_unlock(&share->lock);
	return upto;
}

static void count_sent(struct share *share)
{
	pthread_mutex_lock(&share->lock);
	share->sent += (uint64_t)share->publisher.events;
	pthread_mutex_unlock(&share->lock);
	share->publisher.events = 0;
}

void *share_publish_run(void *arg)
{
	struct share *share = arg;
	int backoff = BACKOFF_MIN_MS, rc = 0;

	audit_block_signals();
	while (rc != WALK_STOPPED) {
		struct diag d = {0};
		int64_t upto = upto_now(share);
		bool last = share_stopping(share);

		rc = publish_upto(share, upto, &d);
		if (rc == 0)
			rc = share_counts_late(share, &d);
		count_sent(share);
		if (rc == 0) {
			share_worked(share, &share->out);
			backoff = BACKOFF_MIN_MS;
			if (last)
				break;
			share_wait(share, IDLE_MS, true, upto);
		} else if (rc == -1) {
			share->publisher.verified = false;
			share_failed(share, &share->out, &d);
			if (last && clock_monotonic_ms() >= share->stop_ms)
				break;
			share_wait(share, backoff, false, 0);
			backoff = backoff * 2 < BACKOFF_MAX_MS ? backoff * 2 : BACKOFF_MAX_MS;
		}
	}
	save(share);
	share_ended(share);
	return NULL;
}
