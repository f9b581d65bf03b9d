/* SPDX-License-Identifier: BSD-2-Clause */
/* The map of a Cluster's slots: asked of its nodes, and corrected by what they answer. */
#include "redis/client.h"

#include <stdlib.h>
#include <string.h>

/* Of so many nodes one is up, or the Cluster is down. */
#define ASKED_MAX 12

/* ---- one node's answer ---------------------------------------------------------------- */

/* The address in [host, port, id, ...]; a node that knows no name of its own leaves it empty. */
static int read_node(const struct redis_reply *entry, const struct address *asked, struct address *address_r)
{
	const struct redis_reply *host = redis_reply_item(entry, 0, REDIS_STRING);
	const struct redis_reply *port = redis_reply_item(entry, 1, REDIS_INTEGER);
	struct slice name = host != NULL ? host->text : SLICE_NONE;

	if (port == NULL)
		return -1;
	if (name.len == 0 || slice_eq_str(name, "?"))
		name = slice_str(asked->host);
	return address_make(name, port->integer, address_r);
}

/* [first, last, [primary], [replica] ...] into map. Locked. */
static int read_range(struct redis *redis, const struct redis_reply *range, const struct address *asked,
    struct node **map)
{
	const struct redis_reply *first = redis_reply_item(range, 0, REDIS_INTEGER);
	const struct redis_reply *last = redis_reply_item(range, 1, REDIS_INTEGER);
	const struct redis_reply *primary = redis_reply_item(range, 2, REDIS_ARRAY);
	struct address address;
	struct node *node;

	if (first == NULL || last == NULL || primary == NULL || read_node(primary, asked, &address) == -1 ||
	    first->integer < 0 || last->integer >= CLUSTER_SLOTS || first->integer > last->integer)
		return -1;
	node = node_get(redis, &address);
	for (int64_t slot = first->integer; node != NULL && slot <= last->integer; slot++)
		map[slot] = node;
	return node != NULL ? 0 : -1;
}

/* Which nodes the map leads to; the others are swept. Locked. */
static void list_nodes(struct redis *redis)
{
	for (struct node *node = redis->nodes; node != NULL; node = node->next)
		node->listed = false;
	for (size_t slot = 0; slot < CLUSTER_SLOTS; slot++)
		if (redis->slots[slot] != NULL)
			redis->slots[slot]->listed = true;
	node_sweep(redis);
}

/* Locked. */
static void install(struct redis *redis, struct node **map)
{
	if (redis->slots != NULL)
		redis->counts.switches++;
	free(redis->slots);
	redis->slots = map;
	redis->stale = false;
	list_nodes(redis);
}

static enum redis_fault read_map(struct redis *redis, const struct redis_reply *reply, const struct address *asked,
    struct diag *d)
{
	struct node **map = calloc(CLUSTER_SLOTS, sizeof(struct node *));
	enum redis_fault fault = map == NULL ? REDIS_INTERNAL : reply->type != REDIS_ARRAY ? REDIS_REPLY :
	    reply->count == 0 ? REDIS_CLUSTER_DOWN : REDIS_FINE;
	char place[ADDRESS_TEXT_SIZE];

	pthread_mutex_lock(&redis->mutex);
	for (size_t i = 0; fault == REDIS_FINE && i < reply->count; i++)
		if (read_range(redis, reply->items[i], asked, map) == -1)
			fault = REDIS_REPLY;
	if (fault == REDIS_FINE)
		install(redis, map);
	else
		free(map);
	pthread_mutex_unlock(&redis->mutex);
	if (fault != REDIS_FINE)
		diag_add(d, "redis %s: %s", address_text(asked, place),
		    fault == REDIS_INTERNAL ? "memory is out" : fault == REDIS_REPLY ? "its map of slots makes no sense" :
		    "its Cluster has no slots assigned");
	return fault;
}

/* ---- whom to ask ---------------------------------------------------------------------- */

static bool is_among(const struct address *list, size_t count, const struct address *address)
{
	for (size_t i = 0; i < count; i++)
		if (address_eq(&list[i], address))
			return true;
	return false;
}

/* Nodes that work, then those of the configuration, beginning with another one each time. */
static size_t candidates(struct redis *redis, struct address list[ASKED_MAX])
{
	const struct address *server;
	size_t count = 0;

	pthread_mutex_lock(&redis->mutex);
	for (struct node *node = redis->nodes; node != NULL && count < ASKED_MAX / 2; node = node->next)
		if (node->listed && !node->breaker.open && node->breaker.failures == 0)
			list[count++] = node->address;
	for (size_t i = 0; i < redis->server_count && count < ASKED_MAX; i++) {
		server = &redis->servers[(redis->look.turn + i) % redis->server_count];
		if (!is_among(list, count, server))
			list[count++] = *server;
	}
	redis->look.turn++;
	pthread_mutex_unlock(&redis->mutex);
	return count;
}

enum redis_fault cluster_look(struct redis *redis, int64_t deadline_ms, struct diag *d)
{
	static const struct slice argv[] = {{"CLUSTER", 7}, {"SLOTS", 5}};
	struct address list[ASKED_MAX];
	size_t count = candidates(redis, list);
	enum redis_fault fault = REDIS_UNREACHABLE;
	struct redis_reply *reply;

	for (size_t i = 0; i < count && fault != REDIS_FINE; i++) {
		const struct conn_target target = {
			.address = &list[i], .user = redis->config.user, .password_file = redis->config.password_file
		};

		diag_clear(d);
		fault = client_ask(redis, &target, argv, 2, deadline_ms, &reply, d);
		if (fault == REDIS_FINE)
			fault = read_map(redis, reply, &list[i], d);
		redis_reply_free(&reply);
	}
	return fault;
}

/* ---- redirections --------------------------------------------------------------------- */

/* Taken. Locked. */
static struct node *node_told(struct redis *redis, const struct address *address, const struct node *from)
{
	struct address full = *address;
	struct node *node;

	if (full.host[0] == '\0')
		memcpy(full.host, from->address.host, sizeof(full.host));
	node = node_get(redis, &full);
	if (node != NULL)
		node->users++;
	return node;
}

struct node *cluster_asked(struct redis *redis, const struct address *address, const struct node *from)
{
	struct node *node;

	pthread_mutex_lock(&redis->mutex);
	node = node_told(redis, address, from);
	redis->counts.redirects++;
	pthread_mutex_unlock(&redis->mutex);
	return node;
}

struct node *cluster_moved(struct redis *redis, unsigned slot, const struct address *address, const struct node *from)
{
	struct node *node;

	pthread_mutex_lock(&redis->mutex);
	node = node_told(redis, address, from);
	if (node != NULL && redis->slots != NULL) {
		node->listed = true;
		redis->slots[slot] = node;
	}
	redis->stale = true;
	redis->counts.redirects++;
	pthread_mutex_unlock(&redis->mutex);
	return node;
}
