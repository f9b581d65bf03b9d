/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Asks the Sentinels for the primary, one after the other. Whether it is one is asked of itself with each new
 * connection (conn.c): a Sentinel that was cut off may be wrong.
 */
#include "redis/client.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"

enum redis_fault client_ask(struct redis *redis, const struct conn_target *target, const struct slice *argv,
    size_t argc, int64_t deadline_ms, struct redis_reply **reply_r, struct diag *d)
{
	int64_t limit = clock_monotonic_ms() + redis->config.connect_timeout_ms;
	struct conn *conn = NULL;
	enum redis_fault fault;

	if (deadline_ms > limit)
		deadline_ms = limit;
	*reply_r = NULL;
	fault = conn_open(redis->resolver, target, deadline_ms, &conn, d);
	if (fault == REDIS_FINE)
		fault = conn_ask(conn, argv, argc, deadline_ms, reply_r, d);
	conn_close(&conn);
	return fault;
}

/* ["192.0.2.7", "6379"], or nil for a name that this Sentinel does not watch. */
static enum redis_fault read_address(const struct redis_reply *reply, const char *place, const char *name,
    struct address *address_r, struct diag *d)
{
	const struct redis_reply *host = redis_reply_item(reply, 0, REDIS_STRING);
	const struct redis_reply *port = redis_reply_item(reply, 1, REDIS_STRING);

	if (reply->type == REDIS_NIL) {
		diag_add(d, "redis %s: this Sentinel knows no '%.100s': see sentinel_name", place, name);
		return REDIS_UNREACHABLE;
	}
	if (host != NULL && port != NULL && strspn(port->text.ptr, "0123456789") == port->text.len &&
	    address_make(host->text, strtoll(port->text.ptr, NULL, 10), address_r) == 0)
		return REDIS_FINE;
	diag_add(d, "redis %s: what this Sentinel answers is no address", place);
	return REDIS_REPLY;
}

static enum redis_fault ask_one(struct redis *redis, const struct address *sentinel, int64_t deadline_ms,
    struct address *address_r, struct diag *d)
{
	const struct conn_target target = {.address = sentinel, .password_file = redis->config.sentinel_password_file};
	const struct slice argv[] = {
		SLICE_LIT("SENTINEL"), SLICE_LIT("GET-MASTER-ADDR-BY-NAME"), slice_str(redis->config.sentinel_name)
	};
	char place[ADDRESS_TEXT_SIZE];
	struct redis_reply *reply;
	enum redis_fault fault = client_ask(redis, &target, argv, 3, deadline_ms, &reply, d);

	if (fault == REDIS_FINE)
		fault = read_address(reply, address_text(sentinel, place), redis->config.sentinel_name, address_r, d);
	redis_reply_free(&reply);
	return fault;
}

static enum redis_fault install(struct redis *redis, const struct address *address, size_t turn, struct diag *d)
{
	struct node *node;

	pthread_mutex_lock(&redis->mutex);
	node = node_get(redis, address);
	if (node != NULL) {
		for (struct node *other = redis->nodes; other != NULL; other = other->next)
			other->listed = other == node;
		if (redis->last_primary.host[0] != '\0' && !address_eq(&redis->last_primary, address))
			redis->counts.switches++;
		redis->last_primary = *address;
		redis->primary = node;
		redis->look.turn = turn;
		node_sweep(redis);
	}
	pthread_mutex_unlock(&redis->mutex);
	if (node != NULL)
		return REDIS_FINE;
	diag_add(d, "memory is out");
	return REDIS_INTERNAL;
}

enum redis_fault sentinel_look(struct redis *redis, int64_t deadline_ms, struct diag *d)
{
	enum redis_fault fault = REDIS_UNREACHABLE;
	struct address address;
	size_t turn;

	pthread_mutex_lock(&redis->mutex);
	turn = redis->look.turn;
	pthread_mutex_unlock(&redis->mutex);
	for (size_t i = 0; i < redis->server_count; i++) {
		diag_clear(d);
		fault = ask_one(redis, &redis->servers[(turn + i) % redis->server_count], deadline_ms, &address, d);
		if (fault == REDIS_FINE)
			return install(redis, &address, turn + i, d);
	}
	return fault;
}
