/* SPDX-License-Identifier: BSD-2-Clause */
/* A client: made, closed, and what it says of itself. */
#include "redis/redis.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "redis/client.h"
#include "redis/wait.h"

/* ---- open and close -------------------------------------------------------------------- */

static int read_servers(struct redis *redis, struct diag *d)
{
	unsigned port = redis->config.mode == REDIS_SENTINEL ? ADDRESS_SENTINEL_PORT : ADDRESS_REDIS_PORT;
	struct diag reason = {.text = ""};
	size_t count = 0;
	int result = 0;

	while (redis->config.servers != NULL && redis->config.servers[count] != NULL)
		count++;
	if (count == 0 || (redis->config.mode == REDIS_SINGLE && count > 1))
		return diag_add(d, "redis: servers: %s", count == 0 ? "none is named" : "mode = single has one server");
	redis->servers = calloc(count, sizeof(struct address));
	if (redis->servers == NULL)
		return diag_add(d, "memory is out");
	for (; redis->server_count < count; redis->server_count++) {
		diag_clear(&reason);
		if (redis_address_parse(redis->config.servers[redis->server_count], port,
		    &redis->servers[redis->server_count], &reason) == -1)
			result = diag_add(d, "redis: servers: %s", reason.text);
	}
	return result;
}

static int check_password(const char *path, struct diag *d)
{
	struct diag reason = {.text = ""};
	struct buf password = {.max = 0};
	int result = path != NULL ? conn_password(path, &password, &reason) : 0;

	if (password.data != NULL)
		explicit_bzero(password.data, password.cap);
	buf_free(&password);
	return result == 0 ? 0 : diag_add(d, "redis: %s", reason.text);
}

static int check(const struct redis_config *config, struct diag *d)
{
	int result = 0;

	if (config->pool == 0 || config->timeout_ms <= 0 || config->connect_timeout_ms <= 0)
		result = diag_add(d, "redis: pool, timeout and connect_timeout must be more than 0");
	if (config->mode == REDIS_SENTINEL && (config->sentinel_name == NULL || config->sentinel_name[0] == '\0'))
		result = diag_add(d, "redis: mode = sentinel needs sentinel_name, what the Sentinels call the primary");
	if (config->user != NULL && config->password_file == NULL)
		result = diag_add(d, "redis: user without password_file");
	if (check_password(config->password_file, d) == -1 || check_password(config->sentinel_password_file, d) == -1)
		result = -1;
	return result;
}

/* What does not depend on the configuration being right. */
static struct redis *redis_new(const struct redis_config *config)
{
	struct redis *redis = calloc(1, sizeof(*redis));

	if (redis == NULL)
		return NULL;
	redis->config = *config;
	redis->resolver = resolver_new();
	if (redis->resolver == NULL) {
		free(redis);
		return NULL;
	}
	pthread_mutex_init(&redis->mutex, NULL);
	wait_init(&redis->changed);
	return redis;
}

struct redis *redis_open(const struct redis_config *config, struct diag *d)
{
	unsigned before = d->count;
	struct redis *redis = redis_new(config);

	if (redis == NULL) {
		diag_add(d, "memory is out");
		return NULL;
	}
	check(config, d);
	if (read_servers(redis, d) == 0 && d->count == before && config->mode == REDIS_SINGLE) {
		redis->primary = node_get(redis, &redis->servers[0]);
		if (redis->primary != NULL)
			redis->primary->listed = true;
		else
			diag_add(d, "memory is out");
	}
	if (d->count != before)
		redis_close(&redis);
	return redis;
}

void redis_close(struct redis **redis)
{
	struct loaded_script *next;

	if (*redis == NULL)
		return;
	node_free_all(*redis);
	for (struct loaded_script *loaded = (*redis)->scripts; loaded != NULL; loaded = next) {
		next = loaded->next;
		free(loaded);
	}
	resolver_free(&(*redis)->resolver);
	pthread_cond_destroy(&(*redis)->changed);
	pthread_mutex_destroy(&(*redis)->mutex);
	free((*redis)->slots);
	free((*redis)->servers);
	free(*redis);
	*redis = NULL;
}

/* ---- what it says of itself ------------------------------------------------------------ */

const char *redis_fault_name(enum redis_fault fault)
{
	static const char *const names[REDIS_FAULTS] = {
		"fine", "unreachable", "timeout", "password", "readonly", "memory", "loading", "cluster_down", "crowded",
		"reply", "command", "internal"
	};

	return fault < REDIS_FAULTS ? names[fault] : "unknown";
}

bool redis_fault_passes(enum redis_fault fault)
{
	return fault != REDIS_FINE && fault != REDIS_COMMAND && fault != REDIS_INTERNAL;
}

bool redis_sharded(const struct redis *redis)
{
	return redis->config.mode == REDIS_CLUSTER;
}

/* Since when a breaker is open; *since_ms: the earliest so far, 0 for none. */
static void note_open(const struct breaker *breaker, int64_t *since_ms)
{
	if (breaker->open && (*since_ms == 0 || breaker->since_ms < *since_ms))
		*since_ms = breaker->since_ms;
}

/* Locked. */
static int64_t down_since(const struct redis *redis)
{
	int64_t since_ms = 0;

	/* What is known goes on without Sentinels. */
	if (redis->primary == NULL && redis->slots == NULL)
		note_open(&redis->look.breaker, &since_ms);
	for (const struct node *node = redis->nodes; node != NULL; node = node->next)
		if (node->listed)
			note_open(&node->breaker, &since_ms);
	return since_ms;
}

bool redis_down(struct redis *redis)
{
	bool down;

	pthread_mutex_lock(&redis->mutex);
	down = down_since(redis) != 0;
	pthread_mutex_unlock(&redis->mutex);
	return down;
}

void redis_status(struct redis *redis, struct redis_status *status_r)
{
	int64_t since_ms;

	pthread_mutex_lock(&redis->mutex);
	*status_r = redis->counts;
	since_ms = down_since(redis);
	status_r->down = since_ms != 0;
	if (status_r->down) {
		status_r->down_ms = clock_monotonic_ms() - since_ms;
		snprintf(status_r->reason, sizeof(status_r->reason), "%s", redis->reason);
	}
	if (redis->primary != NULL && (redis->config.mode == REDIS_SINGLE || redis->counts.calls > 0))
		address_text(&redis->primary->address, status_r->primary);
	for (const struct node *node = redis->nodes; node != NULL; node = node->next) {
		status_r->servers += node->listed;
		status_r->connections += node->open;
		status_r->busy += node->open - node->idle_count;
	}
	pthread_mutex_unlock(&redis->mutex);
}
