/* SPDX-License-Identifier: BSD-2-Clause */
/* Servers and their pools: a bounded number of connections each, made when needed, checked before they are reused. */
#include "redis/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "redis/wait.h"

/* ---- nodes ----------------------------------------------------------------------------- */

static struct node *node_new(struct redis *redis, const struct address *address)
{
	struct node *node = calloc(1, sizeof(*node));

	if (node == NULL || redis->node_count >= NODES_MAX) {
		free(node);
		return NULL;
	}
	node->idle = calloc(redis->config.pool, sizeof(struct conn *));
	if (node->idle == NULL) {
		free(node);
		return NULL;
	}
	node->address = *address;
	node->next = redis->nodes;
	redis->nodes = node;
	redis->node_count++;
	return node;
}

struct node *node_get(struct redis *redis, const struct address *address)
{
	for (struct node *node = redis->nodes; node != NULL; node = node->next)
		if (address_eq(&node->address, address))
			return node;
	return node_new(redis, address);
}

static void close_idle(struct node *node)
{
	while (node->idle_count > 0) {
		conn_close(&node->idle[--node->idle_count]);
		node->open--;
	}
}

void node_drop(struct node *node)
{
	node->generation++;
	close_idle(node);
}

static void node_free(struct node *node)
{
	close_idle(node);
	free(node->idle);
	free(node);
}

void node_sweep(struct redis *redis)
{
	struct node **link = &redis->nodes, *node;

	while ((node = *link) != NULL) {
		if (node->listed || node->users > 0) {
			link = &node->next;
			continue;
		}
		*link = node->next;
		redis->node_count--;
		node_free(node);
	}
}

void node_free_all(struct redis *redis)
{
	struct node *next;

	for (struct node *node = redis->nodes; node != NULL; node = next) {
		next = node->next;
		node_free(node);
	}
	redis->nodes = NULL;
}

void node_take(struct redis *redis, struct node *node)
{
	pthread_mutex_lock(&redis->mutex);
	node->users++;
	pthread_mutex_unlock(&redis->mutex);
}

void node_release(struct redis *redis, struct node *node)
{
	pthread_mutex_lock(&redis->mutex);
	node->users--;
	pthread_mutex_unlock(&redis->mutex);
}

/* ---- leases ---------------------------------------------------------------------------- */

/* Faults that show that the server, or the way to it, is bad; an answer that says no shows the opposite. */
static bool is_bad(enum redis_fault fault)
{
	return fault == REDIS_UNREACHABLE || fault == REDIS_TIMEOUT || fault == REDIS_LOADING || fault == REDIS_REPLY;
}

/* Locked. */
static void judge(struct redis *redis, struct node *node, enum redis_fault fault, const char *reason)
{
	if (is_bad(fault)) {
		breaker_failure(&node->breaker, clock_monotonic_ms());
		snprintf(redis->reason, sizeof(redis->reason), "%.255s", reason);
	} else if (fault == REDIS_CROWDED || fault == REDIS_INTERNAL) {
		breaker_abandon(&node->breaker);
	} else {
		breaker_success(&node->breaker);
	}
}

/* An idle connection that still stands, or NULL. Locked. */
static struct conn *reuse(struct node *node)
{
	struct conn *conn;

	while (node->idle_count > 0) {
		conn = node->idle[--node->idle_count];
		if (conn_sound(conn))
			return conn;
		conn_close(&conn);
		node->open--;
	}
	return NULL;
}

/* Waits until there is an idle connection (*conn_r) or room for a new one (NULL). Locked. */
static enum redis_fault wait_for_room(struct redis *redis, struct node *node, int64_t deadline_ms, struct conn **conn_r,
    struct diag *d)
{
	char place[ADDRESS_TEXT_SIZE];

	while ((*conn_r = reuse(node)) == NULL && node->open >= redis->config.pool) {
		if (wait_until(&redis->changed, &redis->mutex, deadline_ms))
			continue;
		diag_add(d, "redis %s: all %zu connections of the pool stayed in use",
		    address_text(&node->address, place), redis->config.pool);
		return REDIS_CROWDED;
	}
	if (*conn_r == NULL)
		node->open++;
	return REDIS_FINE;
}

static enum redis_fault connect_new(struct redis *redis, struct node *node, int64_t deadline_ms, struct conn **conn_r,
    struct diag *d)
{
	const struct conn_target target = {
		.address = &node->address, .user = redis->config.user, .password_file = redis->config.password_file,
		.primary = redis->config.mode == REDIS_SENTINEL
	};
	int64_t limit = clock_monotonic_ms() + redis->config.connect_timeout_ms;

	return conn_open(redis->resolver, &target, limit < deadline_ms ? limit : deadline_ms, conn_r, d);
}

/* Locked; unlocks while it connects. */
static enum redis_fault get_connection(struct redis *redis, struct lease *lease, int64_t deadline_ms, struct diag *d)
{
	struct node *node = lease->node;
	enum redis_fault fault = wait_for_room(redis, node, deadline_ms, &lease->conn, d);

	lease->generation = node->generation;
	if (fault != REDIS_FINE || lease->conn != NULL)
		return fault;
	pthread_mutex_unlock(&redis->mutex);
	fault = connect_new(redis, node, deadline_ms, &lease->conn, d);
	pthread_mutex_lock(&redis->mutex);
	if (fault == REDIS_FINE) {
		redis->counts.connects++;
	} else {
		node->open--;
		pthread_cond_broadcast(&redis->changed);
	}
	return fault;
}

enum redis_fault lease_begin(struct redis *redis, struct node *node, int64_t deadline_ms, struct lease *lease_r,
    bool *refused_r, struct diag *d)
{
	enum redis_fault fault;

	*lease_r = (struct lease){.node = node};
	pthread_mutex_lock(&redis->mutex);
	*refused_r = !breaker_allow(&node->breaker, clock_monotonic_ms());
	if (*refused_r) {
		fault = route_refuse(redis, &node->breaker, d);
	} else {
		fault = get_connection(redis, lease_r, deadline_ms, d);
		if (fault != REDIS_FINE)
			judge(redis, node, fault, d->text);
	}
	pthread_mutex_unlock(&redis->mutex);
	return fault;
}

void lease_end(struct redis *redis, struct lease *lease, enum redis_fault fault, const char *reason)
{
	struct node *node = lease->node;

	pthread_mutex_lock(&redis->mutex);
	judge(redis, node, fault, reason);
	if (lease->generation == node->generation && conn_sound(lease->conn)) {
		node->idle[node->idle_count++] = lease->conn;
		lease->conn = NULL;
	} else {
		conn_close(&lease->conn);
		node->open--;
	}
	pthread_cond_broadcast(&redis->changed);
	pthread_mutex_unlock(&redis->mutex);
}
