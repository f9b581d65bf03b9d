/* SPDX-License-Identifier: BSD-2-Clause */
/* postern store copy: a new gateway's start, and the way to a shared store and back. */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "audit/audit.h"
#include "audit/files.h"
#include "store/peer.h"
#include "store/projector.h"
#include "store/share.h"

#define REDIS "redis"

struct copy {
	const char *from, *to;
	int64_t events; /* entries of a database, or events that were published or applied */
	bool published; /* they went into Redis */
};

static const char *path_of(const char *where)
{
	return strncmp(where, "sqlite:", 7) == 0 ? where + 7 : where;
}

static int copy_database(struct copy *copy, struct diag *d)
{
	const struct store_config from = {.type = "sqlite", .path = path_of(copy->from), .read_only = 1};
	struct store *store = store_open(&from, d);
	int rc = store != NULL ? peer_copy(store, path_of(copy->to), &copy->events, d) : -1;

	store_close(&store);
	return rc;
}

static int last_record(void *arg, const json_t *event)
{
	*(int64_t *)arg = json_get_int(event, "seq", 0);
	return 0;
}

/* What posternd would publish over time, and the counts that were made so far. */
static int publish(struct share *share, const struct config *config, struct store *store, struct copy *copy,
    struct diag *d)
{
	struct peer_self self;
	int64_t head = 0;

	if (peer_self_get(store, &self, d) == -1 || peer_counts_all(store, d) == -1)
		return -1;
	head = self.seq;
	if (audit_read(config->audit_dir, self.seq + 1, last_record, &head, d) == -1)
		return -1;
	return share_publish_now(share, head, &copy->events, d);
}

static int share_with(const struct config *config, struct store *store, struct copy *copy, struct diag *d)
{
	const struct share_config settings = {.redis = &config->redis.client, .keep_s = config->redis.keep_s};
	struct share *share = share_open(&settings, store, config->audit_dir, d);
	int rc = -1;

	if (share == NULL)
		return -1;
	rc = copy->published ? publish(share, config, store, copy, d) : share_read_now(share, &copy->events, d);
	share_free(&share);
	return rc;
}

/* The database of this gateway's log: what the log has and the store has not comes first. */
static int copy_own(const struct config *config, const char *path, struct copy *copy, struct diag *d)
{
	const struct store_config where = {.type = "sqlite", .path = path};
	struct store *store = store_open(&where, d);
	struct projector *projector = NULL;
	int rc = -1;

	if (store != NULL)
		projector = projector_new(config->audit_dir, store, d);
	if (projector != NULL)
		rc = share_with(config, store, copy, d);
	projector_free(&projector);
	store_close(&store);
	return rc;
}

static int copy_redis(const struct config *config, struct copy *copy, struct diag *d)
{
	const char *path = path_of(copy->published ? copy->from : copy->to);
	int lock, rc;

	if (!config->redis.present)
		return diag_add(d, "%s has no section store { redis { } }, which says where Redis is", config->path);
	lock = audit_lock(config->audit_dir, d);
	if (lock == -1)
		return diag_add(d, "posternd must be stopped for this ('postern stop')");
	rc = copy_own(config, path, copy, d);
	close(lock);
	return rc;
}

static int copy_run(struct cli *cli, struct copy *copy)
{
	bool from = strcmp(copy->from, REDIS) == 0, to = strcmp(copy->to, REDIS) == 0;
	struct config *config;
	struct diag d = {0};
	int rc;

	if (from && to)
		return cli_usage(&cli_store, "there is one Redis; one of --from and --to is a database");
	config = cli_config(cli);
	if (config == NULL)
		return CLI_ERROR;
	copy->published = to;
	rc = from || to ? copy_redis(config, copy, &d) : copy_database(copy, &d);
	config_free(&config);
	if (rc != 0)
		return cli_fail(cli, &d);
	if (cli->json)
		return cli_json(json_pack("{s:b,s:I}", "ok", 1, "events", (json_int_t)copy->events));
	printf("%lld events copied from %s to %s\n", (long long)copy->events, copy->from, copy->to);
	return CLI_OK;
}

static int store_run(struct cli *cli, int argc, char **argv)
{
	struct copy copy = {0};
	const struct cli_option options[] = {{.name = "from", .value = &copy.from}, {.name = "to", .value = &copy.to}, {0}};
	int code, first = cli_options(cli, &cli_store, argc, argv, options, &code);

	if (first == -1)
		return code;
	if (first + 1 != argc || strcmp(argv[first], "copy") != 0)
		return cli_usage(&cli_store, "say 'copy --from WHERE --to WHERE'");
	if (copy.from == NULL || copy.to == NULL)
		return cli_usage(&cli_store, "--from and --to are missing: the path of a database, or redis");
	return copy_run(cli, &copy);
}

const struct cli_command cli_store = {
	"store", "copy --from PATH|redis --to PATH|redis [--json]", "Copy a store, for a new gateway or another kind of store",
	"From a database to a new one: the start of a new gateway, with all that the other one knows;\n"
	"the other one may be running. From this gateway's database to redis: publishes its audit\n"
	"log and its counts, as posternd with type = redis does by itself. From redis to the database\n"
	"of this gateway: what other gateways published. With redis posternd must be stopped. What\n"
	"was copied before is recognised, so that it can be said again.\n"
	"  --from, --to   path of a database, or redis: that of store { redis { } }\n"
	"Exit status: 0 done, 2 an error.\n\n"
	"Examples:\n"
	"  postern store copy --from /mnt/mx1/postern.db --to /var/lib/postern/postern.db\n"
	"  postern store copy --from /var/lib/postern/postern.db --to redis\n"
	"  postern store copy --from redis --to /var/lib/postern/postern.db\n",
	store_run
};
