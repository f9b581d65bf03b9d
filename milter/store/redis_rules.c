/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What rules ask while mail flows: threads, letters and milestones of this gateway's database, counters of all gateways
 * from Redis. Each count is written here, too: it is what is known during an outage, and what Redis gets after it.
 */
#include "store/redis_share.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/*
 * KEYS: times, steps. ARGV: message, step, now, window. A message counts once. The field "" is the longest window that
 * was asked for: what is older goes.
 */
static const struct redis_script count_script = {"count",
    "local now, window = tonumber(ARGV[3]), tonumber(ARGV[4])\n"
    "local keep = math.max(window, tonumber(redis.call('HGET', KEYS[2], '') or '0'))\n"
    "if ARGV[2] ~= '0' and redis.call('HSETNX', KEYS[2], ARGV[1], ARGV[2]) == 1 then\n"
    "  redis.call('ZADD', KEYS[1], ARGV[3], ARGV[1])\n"
    "end\n"
    "if ARGV[2] ~= '0' then\n"
    "  redis.call('HSET', KEYS[2], '', string.format('%.0f', keep))\n"
    "  local old = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now - keep), 'LIMIT', 0, 1000)\n"
    "  for _, m in ipairs(old) do redis.call('ZREM', KEYS[1], m); redis.call('HDEL', KEYS[2], m) end\n"
    "  redis.call('EXPIRE', KEYS[1], string.format('%.0f', keep + 86400))\n"
    "  redis.call('EXPIRE', KEYS[2], string.format('%.0f', keep + 86400))\n"
    "end\n"
    "local sum = 0\n"
    "local all = redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. string.format('%.0f', now - window), ARGV[3])\n"
    "for _, m in ipairs(all) do sum = sum + tonumber(redis.call('HGET', KEYS[2], m) or '0') end\n"
    "return string.format('%.0f', sum)\n"};

static struct share *share_of(struct store *store)
{
	return ((struct share_rules *)store)->share;
}

/* With defer, what the others did lately decides, and nobody knows it. */
static int ready(struct share *share, struct diag *d)
{
	if (!share->config.defer || share_fresh(share))
		return 0;
	return diag_add(d, "store: Redis is away, and store.redis.outage says that rules which need the store wait for it");
}

static int rules_threads(struct store *store, const struct store_filter *filter, store_thread_fn fn, void *arg,
    struct diag *d)
{
	struct share *share = share_of(store);

	return ready(share, d) == 0 ? share->store->ops->threads(share->store, filter, fn, arg, d) : -1;
}

static int rules_letters(struct store *store, struct slice thread, store_letter_fn fn, void *arg, struct diag *d)
{
	struct share *share = share_of(store);

	return ready(share, d) == 0 ? share->store->ops->letters(share->store, thread, fn, arg, d) : -1;
}

static int rules_milestones(struct store *store, struct slice subject, int64_t since, store_milestone_fn fn, void *arg,
    struct diag *d)
{
	struct share *share = share_of(store);

	return ready(share, d) == 0 ? share->store->ops->milestones(share->store, subject, since, fn, arg, d) : -1;
}

/* ---- counters ------------------------------------------------------------------------ */

static int call_script(struct share *share, const struct peer_count *count, int64_t *value_r, enum redis_fault *fault_r,
    struct diag *d)
{
	char tag[HASH_HEX_SIZE], step[24], now[24], window[24];
	const struct slice parts[] = {count->ns, count->key};
	struct buf times = {0}, steps = {0};
	struct slice keys[2], args[] = {count->message, SLICE_NONE, SLICE_NONE, SLICE_NONE};
	struct redis_script_call call = {keys, 2, args, 4};
	struct redis_reply *reply = NULL;
	int rc = 0;

	hash_hex_parts(tag, parts, 2);
	buf_printf(&times, "postern:1:{count.%.32s}:times", tag);
	buf_printf(&steps, "postern:1:{count.%.32s}:steps", tag);
	snprintf(step, sizeof(step), "%" PRId64, count->delta);
	snprintf(now, sizeof(now), "%" PRId64, count->time);
	snprintf(window, sizeof(window), "%" PRId64, count->window);
	keys[0] = buf_slice(&times);
	keys[1] = buf_slice(&steps);
	args[1] = slice_str(step);
	args[2] = slice_str(now);
	args[3] = slice_str(window);
	*fault_r = redis_script(share->redis, &count_script, &call, 0, &reply, d);
	if (*fault_r != REDIS_FINE)
		rc = share_fault(*fault_r, "count", d);
	else if (reply->type == REDIS_STRING)
		*value_r = strtoll(reply->text.ptr, NULL, 10);
	else
		rc = diag_add(d, "store: Redis answered the counting script with something else");
	redis_reply_free(&reply);
	buf_free(&times);
	buf_free(&steps);
	return rc;
}

/* Here first: a count that Redis took and this gateway forgot would be missing in the next outage. */
static int rules_counter(struct store *store, struct slice ns, struct slice key, struct slice message, int64_t delta,
    int64_t now, int64_t window, int64_t *value_r, struct diag *d)
{
	struct share *share = share_of(store);
	const struct peer_count count = {0, ns, key, message, now, delta, window};
	struct diag why = {0};
	enum redis_fault fault = REDIS_UNREACHABLE;

	if (ready(share, d) == -1)
		return -1;
	if (store_counter(share->store, ns, key, message, delta, now, window, value_r, d) == -1)
		return -1;
	if (call_script(share, &count, value_r, &fault, &why) == 0)
		return 0;
	if (share->config.defer || !redis_fault_passes(fault))
		return diag_add(d, "%s", why.text);
	return delta != 0 ? peer_count_add(share->store, &count, d) : 0;
}

/* ---- counts that Redis lacks ------------------------------------------------------------ */

struct late {
	struct share *share;
	int64_t sent[100];
	size_t count;
	struct diag *d;
};

static int tell_late(void *arg, const struct peer_count *count)
{
	struct late *late = arg;
	enum redis_fault fault;
	int64_t ignored;

	if (late->count == sizeof(late->sent) / sizeof(*late->sent))
		return 1;
	if (call_script(late->share, count, &ignored, &fault, late->d) == -1)
		return -1;
	late->sent[late->count++] = count->number;
	return 0;
}

int share_counts_late(struct share *share, struct diag *d)
{
	struct late late = {.share = share, .d = d};
	int rc;

	do {
		late.count = 0;
		rc = peer_counts(share->store, tell_late, &late, d);
		for (size_t i = 0; i < late.count; i++)
			if (peer_count_drop(share->store, late.sent[i], d) == -1)
				rc = -1;
	} while (rc == 0 && late.count > 0);
	return rc == -1 ? -1 : 0;
}

static const struct store_ops rules_ops = {
	.threads = rules_threads, .letters = rules_letters, .milestones = rules_milestones, .counter = rules_counter,
};

void share_rules_init(struct share *share)
{
	share->rules = (struct share_rules){.base = {.ops = &rules_ops}, .share = share};
}

struct store *share_rules(struct share *share)
{
	return &share->rules.base;
}
