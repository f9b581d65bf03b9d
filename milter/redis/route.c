/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which server a call goes to. When that is not known, one thread looks for it (sentinel.c, cluster.c) and the
 * others wait for what it finds, so that an outage does not make each message ask all Sentinels.
 */
#include "redis/client.h"

#include <stdio.h>

#include "core/clock.h"
#include "redis/wait.h"

/* A map that was seen to be wrong is read again, but not for each message. */
#define LOOK_AGAIN_MS 300
/*
 * After "SENTINEL FAILOVER" the old primary takes writes for 8 seconds more, which are lost then: Sentinels wait that
 * long before they tell it. So they are asked again while all seems well, too.
 */
#define SENTINEL_AGAIN_MS 1000
/* For one attempt of a call; a Cluster's map does not go away again. */
#define LOOKS_MAX 3

enum redis_fault route_refuse(const struct redis *redis, const struct breaker *breaker, struct diag *d)
{
	int64_t ms = clock_monotonic_ms() - breaker->since_ms;

	diag_add(d, "redis has been down for %lld s and is tried once a second: %s", (long long)(ms / 1000),
	    redis->reason);
	return REDIS_UNREACHABLE;
}

/* Any primary; one that works, if there is one. */
static struct node *any_node(const struct redis *redis)
{
	struct node *found = NULL;

	for (struct node *node = redis->nodes; node != NULL; node = node->next)
		if (node->listed && (found == NULL || found->breaker.open))
			found = node;
	return found;
}

/* What is known; *doubt_r: it should be looked for again when there is time. Locked. */
static struct node *known_node(const struct redis *redis, int slot, bool *doubt_r)
{
	int64_t ms = clock_monotonic_ms() - redis->look.ended_ms;
	struct node *node;

	if (redis->config.mode != REDIS_CLUSTER) {
		*doubt_r = redis->config.mode == REDIS_SENTINEL && ms >= SENTINEL_AGAIN_MS;
		return redis->primary;
	}
	node = redis->slots == NULL ? NULL : slot < 0 ? any_node(redis) : redis->slots[slot];
	*doubt_r = (redis->stale || (node != NULL && node->breaker.open)) && ms >= LOOK_AGAIN_MS;
	return node;
}

/* Locked; unlocks while it asks. */
static enum redis_fault look(struct redis *redis, int64_t deadline_ms, struct diag *d)
{
	struct diag reason = {.text = ""};
	enum redis_fault fault;

	redis->look.running = true;
	pthread_mutex_unlock(&redis->mutex);
	if (redis->config.mode == REDIS_CLUSTER)
		fault = cluster_look(redis, deadline_ms, &reason);
	else
		fault = sentinel_look(redis, deadline_ms, &reason);
	pthread_mutex_lock(&redis->mutex);
	redis->look.running = false;
	redis->look.count++;
	redis->look.ended_ms = clock_monotonic_ms();
	redis->look.fault = fault;
	if (fault == REDIS_FINE) {
		breaker_success(&redis->look.breaker);
	} else {
		breaker_failure(&redis->look.breaker, redis->look.ended_ms);
		snprintf(redis->reason, sizeof(redis->reason), "%.255s", reason.text);
		diag_add(d, "%s", reason.text);
	}
	pthread_cond_broadcast(&redis->changed);
	return fault;
}

/* For what another thread finds. Locked. */
static enum redis_fault wait_for_look(struct redis *redis, int64_t deadline_ms, struct diag *d)
{
	uint64_t before = redis->look.count;

	while (redis->look.count == before)
		if (!wait_until(&redis->changed, &redis->mutex, deadline_ms) && redis->look.count == before) {
			diag_add(d, "redis: the primary is not known, and looking for it takes too long");
			return REDIS_UNREACHABLE;
		}
	if (redis->look.fault != REDIS_FINE)
		diag_add(d, "%s", redis->reason);
	return redis->look.fault;
}

static enum redis_fault no_node(const struct redis *redis, int slot, struct diag *d)
{
	if (redis->config.mode == REDIS_CLUSTER) {
		diag_add(d, "redis: no node of the Cluster serves slot %d", slot);
		return REDIS_CLUSTER_DOWN;
	}
	diag_add(d, "redis: what the Sentinels call the primary fails as soon as it is found: %s", redis->reason);
	return REDIS_UNREACHABLE;
}

/*
 * Looks, or waits for who does. What fails is no matter while there is a node that can be tried, with time left for
 * it. Locked.
 */
static enum redis_fault settle(struct redis *redis, bool known, int64_t deadline_ms, struct diag *d)
{
	int64_t now = clock_monotonic_ms();
	struct diag reason = {.text = ""};
	enum redis_fault fault;

	if (known)
		deadline_ms = now + (deadline_ms - now) / 4;
	if (redis->look.running)
		fault = known ? REDIS_FINE : wait_for_look(redis, deadline_ms, &reason);
	else if (!breaker_allow(&redis->look.breaker, now))
		fault = route_refuse(redis, &redis->look.breaker, &reason);
	else
		fault = look(redis, deadline_ms, &reason);
	if (known || fault == REDIS_FINE)
		return REDIS_FINE;
	diag_add(d, "%s", reason.text);
	return fault;
}

enum redis_fault route_find(struct redis *redis, int slot, int64_t deadline_ms, struct node **node_r, struct diag *d)
{
	int looks = redis->config.mode == REDIS_CLUSTER ? 1 : LOOKS_MAX;
	enum redis_fault fault = REDIS_FINE;
	bool doubt;

	pthread_mutex_lock(&redis->mutex);
	*node_r = known_node(redis, slot, &doubt);
	/* What was found for all may be given up by another thread before this one has its turn. */
	for (int i = 0; fault == REDIS_FINE && (*node_r == NULL || doubt) && i < looks; i++) {
		fault = settle(redis, *node_r != NULL, deadline_ms, d);
		*node_r = fault == REDIS_FINE ? known_node(redis, slot, &doubt) : NULL;
		doubt = false;
	}
	if (*node_r != NULL)
		(*node_r)->users++;
	else if (fault == REDIS_FINE)
		fault = no_node(redis, slot, d);
	pthread_mutex_unlock(&redis->mutex);
	return fault;
}

void route_forget(struct redis *redis, struct node *node, bool drop)
{
	pthread_mutex_lock(&redis->mutex);
	if (drop)
		node_drop(node);
	if (redis->config.mode == REDIS_CLUSTER) {
		redis->stale = true;
	} else if (redis->config.mode == REDIS_SENTINEL && redis->primary == node) {
		redis->primary = NULL;
		redis->look.turn++;
	}
	pthread_mutex_unlock(&redis->mutex);
}
