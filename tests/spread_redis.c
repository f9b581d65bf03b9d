/* SPDX-License-Identifier: BSD-2-Clause */
/* Events on the way that they take between machines: an audit log, the publisher, Redis, the subscriber, the store. */
#include "spread_redis.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/audit.h"
#include "core/clock.h"
#include "core/file.h"
#include "store/share.h"

#define TIMEOUT_MS 10000

struct gateway {
	char log[128];
	struct store *store;
	struct audit *audit;
	struct share *share;
};

struct spread_redis {
	char dir[64], server[64];
	char *servers[2];
	struct redis_config config;
	struct share_config settings;
	struct share *reader;
	struct gateway *gateways;
	size_t count;
};

static int empty_server(const struct redis_config *config, struct diag *d)
{
	const struct slice flush = SLICE_LIT("FLUSHALL");
	struct redis *redis = redis_open(config, d);
	struct redis_reply *reply = NULL;
	int rc = redis != NULL && redis_command(redis, SLICE_NONE, &flush, 1, 0, &reply, d) == REDIS_FINE ? 0 : -1;

	redis_reply_free(&reply);
	redis_close(&redis);
	return rc;
}

static int open_gateway(struct spread_redis *redis, struct gateway *gateway, size_t number, struct diag *d)
{
	const struct audit_config audit = {.dir = gateway->log};

	snprintf(gateway->log, sizeof(gateway->log), "%s/%zu", redis->dir, number);
	if (file_make_dirs(gateway->log, 0700, d) == -1)
		return -1;
	gateway->store = store_open(&(struct store_config){.type = "memory"}, d);
	gateway->audit = gateway->store != NULL ? audit_open(&audit, NULL, NULL, d) : NULL;
	if (gateway->audit != NULL)
		gateway->share = share_open(&redis->settings, gateway->store, gateway->log, d);
	return gateway->share != NULL ? 0 : -1;
}

static int open_all(struct spread_redis *redis, struct store *store, struct diag *d)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(redis->dir, sizeof(redis->dir), "%.30s/postern-spread-XXXXXX", tmp != NULL ? tmp : "/tmp");
	if (mkdtemp(redis->dir) == NULL) {
		redis->dir[0] = '\0';
		return diag_add(d, "no temporary directory");
	}
	if (empty_server(&redis->config, d) == -1)
		return -1;
	redis->reader = share_open(&redis->settings, store, redis->dir, d);
	for (size_t i = 0; redis->reader != NULL && i < redis->count; i++)
		if (open_gateway(redis, &redis->gateways[i], i, d) == -1)
			return -1;
	return redis->reader != NULL ? 0 : -1;
}

struct spread_redis *spread_redis_open(const char *server, size_t gateways, struct store *store, struct diag *d)
{
	struct spread_redis *redis = calloc(1, sizeof(*redis));

	if (redis == NULL || (redis->gateways = calloc(gateways, sizeof(*redis->gateways))) == NULL) {
		free(redis);
		diag_add(d, "out of memory");
		return NULL;
	}
	redis->count = gateways;
	snprintf(redis->server, sizeof(redis->server), "%s", server);
	redis->servers[0] = redis->server;
	redis->config = (struct redis_config){.servers = redis->servers, .connect_timeout_ms = TIMEOUT_MS,
	    .timeout_ms = TIMEOUT_MS, .pool = 1};
	/* Events are of any time: all are young enough to be kept. */
	redis->settings = (struct share_config){.redis = &redis->config, .keep_s = clock_now(&clock_system) - 1};
	if (open_all(redis, store, d) == -1)
		spread_redis_close(&redis);
	return redis;
}

/* As a log takes it: without what another log said of it. */
static int record(struct gateway *gateway, const json_t *event, int64_t *seq_r, struct diag *d)
{
	static const char *const keys[] = {"seq", "prev", "hash"};
	json_t *copy = json_deep_copy(event);
	int rc;

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		json_object_del(copy, keys[i]);
	rc = audit_append(gateway->audit, copy, d);
	*seq_r = json_get_int(copy, "seq", 0);
	json_decref(copy);
	return rc;
}

int spread_redis_apply(struct spread_redis *redis, size_t gateway, const json_t *event, struct diag *d)
{
	struct gateway *from = &redis->gateways[gateway];
	int64_t seq, published = 0, applied = 0;

	if (record(from, event, &seq, d) == -1 || share_publish_now(from->share, seq, &published, d) == -1 ||
	    share_read_now(redis->reader, &applied, d) == -1)
		return -1;
	if (published != applied)
		return diag_add(d, "%d events were published, and %d applied", (int)published, (int)applied);
	return 0;
}

static void remove_files(const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir != NULL)
		closedir(dir);
	rmdir(path);
}

void spread_redis_close(struct spread_redis **redis)
{
	struct spread_redis *r = *redis;

	*redis = NULL;
	if (r == NULL)
		return;
	share_free(&r->reader);
	for (size_t i = 0; i < r->count; i++) {
		struct gateway *gateway = &r->gateways[i];

		share_free(&gateway->share);
		audit_close(&gateway->audit);
		store_close(&gateway->store);
		if (gateway->log[0] != '\0')
			remove_files(gateway->log);
	}
	if (r->dir[0] != '\0')
		remove_files(r->dir);
	free(r->gateways);
	free(r);
}
