/* SPDX-License-Identifier: BSD-2-Clause */
/* store { redis {} } of postern.conf: where the shared server is, and how long it is waited for. */
#include "policy/config_redis.h"

#include <string.h>

#include "policy/config_check.h"
#include "redis/address.h"

#define MINUTE_MS 60000
#define DAY_MS 86400000
#define KEEP_DAYS 90
#define KEEP_DAYS_MAX 3660
#define SERVERS_MAX 32

static const struct conf_name names[] = {
	{"servers", CONF_LIST | CONF_REQUIRED}, {"mode", CONF_ONE}, {"sentinel_name", CONF_ONE},
	{"sentinel_password_file", CONF_ONE}, {"user", CONF_ONE}, {"password_file", CONF_ONE},
	{"connect_timeout", CONF_ONE}, {"timeout", CONF_ONE}, {"pool", CONF_ONE}, {"outage", CONF_ONE}, {"keep", CONF_ONE},
	{NULL, 0}
};
/* In the order of enum redis_mode. */
static const char *const modes[] = {"single", "sentinel", "cluster", NULL};
static const char *const outages[] = {"judge", "defer", NULL};

struct reader {
	struct arena *arena;
	const struct conf_node *section;
	struct redis_config *client;
	struct diag *d;
};

/* The key as it was written, or NULL. */
static const struct conf_node *key_of(const struct reader *r, const char *name)
{
	const struct conf_node *key = conf_child(r->section, name);

	return key != NULL && !key->section && key->values != NULL ? key : NULL;
}

static int line_of(const struct reader *r, const char *name)
{
	const struct conf_node *key = conf_child(r->section, name);

	return key != NULL ? key->line : r->section->line;
}

static char *read_text(const struct reader *r, const char *name)
{
	const struct conf_node *key = key_of(r, name);

	if (key == NULL)
		return NULL;
	if (key->values->text[0] == '\0' || strpbrk(key->values->text, " \t\r\n") != NULL)
		diag_at(r->d, key->file, key->values->line, "%s = \"%.100s\": expected one word", name,
		    key->values->text);
	return key->values->text;
}

static char *read_path(const struct reader *r, const char *name)
{
	const struct conf_node *key = key_of(r, name);

	return key != NULL && config_check_path(key, r->d) == 0 ? key->values->text : NULL;
}

static void read_choice(const struct reader *r, const char *name, const char *const *words, size_t *index)
{
	const struct conf_node *key = key_of(r, name);

	if (key != NULL)
		conf_choice(key, words, index, r->d);
}

static void read_time(const struct reader *r, const char *name, int64_t *ms)
{
	const struct conf_node *key = key_of(r, name);

	if (key != NULL)
		conf_duration_ms(key, 10, MINUTE_MS, ms, r->d);
}

static void read_keep(const struct reader *r, int64_t *seconds)
{
	const struct conf_node *key = key_of(r, "keep");
	int64_t ms;

	if (key != NULL && conf_duration_ms(key, DAY_MS, (int64_t)KEEP_DAYS_MAX * DAY_MS, &ms, r->d) == 0)
		*seconds = ms / 1000;
}

static void read_pool(const struct reader *r)
{
	const struct conf_node *key = key_of(r, "pool");
	int64_t count;

	if (key != NULL && conf_int(key, 1, 1024, &count, r->d) == 0)
		r->client->pool = (size_t)count;
}

static void read_servers(const struct reader *r)
{
	const struct conf_node *key = key_of(r, "servers");
	struct address address;

	if (key == NULL)
		return;
	for (const struct conf_value *value = key->values; value != NULL; value = value->next) {
		struct diag reason = {.text = ""};

		if (redis_address_parse(value->text, ADDRESS_REDIS_PORT, &address, &reason) == -1)
			diag_at(r->d, key->file, value->line, "servers: %s", reason.text);
	}
	if (key->value_count > SERVERS_MAX)
		diag_at(r->d, key->file, key->line, "servers: more than %d; some of a Cluster's nodes are enough",
		    SERVERS_MAX);
	r->client->servers = conf_list(r->arena, key);
	if (r->client->servers == NULL)
		diag_add(r->d, "memory is out");
}

/* What one key says of another. */
static void check(const struct reader *r)
{
	const struct conf_node *servers = conf_child(r->section, "servers");
	const struct redis_config *client = r->client;
	const char *file = r->section->file;

	if (servers != NULL && !servers->section && servers->value_count == 0)
		diag_at(r->d, file, servers->line, "servers names none");
	else if (servers != NULL && client->mode == REDIS_SINGLE && servers->value_count > 1)
		diag_at(r->d, file, servers->line,
		    "servers: mode = single has one; did you mean mode = sentinel or cluster?");
	if (client->mode == REDIS_SENTINEL && client->sentinel_name == NULL)
		diag_at(r->d, file, line_of(r, "mode"),
		    "mode = sentinel needs sentinel_name: what the Sentinels call the primary (\"sentinel monitor NAME ...\")");
	if (client->mode != REDIS_SENTINEL && (client->sentinel_name != NULL || client->sentinel_password_file != NULL))
		diag_at(r->d, file,
		    line_of(r, client->sentinel_name != NULL ? "sentinel_name" : "sentinel_password_file"),
		    "nothing depends on it without mode = sentinel");
	if (client->user != NULL && client->password_file == NULL)
		diag_at(r->d, file, line_of(r, "user"), "user needs password_file, with the user's password");
	if (client->connect_timeout_ms > client->timeout_ms)
		diag_at(r->d, file, line_of(r, "connect_timeout"),
		    "connect_timeout is longer than timeout, which it is a part of");
}

void config_redis_read(struct arena *arena, const struct conf_node *store, struct config_redis *redis, struct diag *d)
{
	const struct conf_node *section = store != NULL && store->section ? conf_child(store, "redis") : NULL;
	const struct reader r = {arena, section, &redis->client, d};
	size_t mode = REDIS_SINGLE, outage = 0;

	redis->client = (struct redis_config){.connect_timeout_ms = 500, .timeout_ms = 1000, .pool = 8};
	redis->keep_s = (int64_t)KEEP_DAYS * DAY_MS / 1000;
	redis->present = section != NULL && section->section;
	if (!redis->present || conf_check(section, names, d) == -1)
		return;
	read_servers(&r);
	read_choice(&r, "mode", modes, &mode);
	redis->client.mode = (enum redis_mode)mode;
	redis->client.sentinel_name = read_text(&r, "sentinel_name");
	redis->client.sentinel_password_file = read_path(&r, "sentinel_password_file");
	redis->client.user = read_text(&r, "user");
	redis->client.password_file = read_path(&r, "password_file");
	read_time(&r, "connect_timeout", &redis->client.connect_timeout_ms);
	read_time(&r, "timeout", &redis->client.timeout_ms);
	read_pool(&r);
	read_choice(&r, "outage", outages, &outage);
	redis->defer = outage == 1;
	read_keep(&r, &redis->keep_s);
	check(&r);
}
