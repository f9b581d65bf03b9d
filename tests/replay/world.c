/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A gateway without its daemon: the real engine, audit log, projector and store, joined as posternd joins
 * them, and a clock that moves only when the scenario says so.
 */
#include "world.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "engine/txn.h"

#define DELIVERED_MS 30000

/* The next kind of store is one line here. */
const struct store_kind store_kinds[] = {
	{"memory", false},
	{"sqlite", true},
};
const size_t store_kind_count = sizeof(store_kinds) / sizeof(*store_kinds);

static int durable(void *arg, json_t *const *events, size_t count)
{
	struct world *world = arg;

	if (projector_durable(world->projector, events, count) != 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		json_array_append(world->events, events[i]);
	return 0;
}

static struct store *open_store(const struct store_kind *kind, const char *path, struct diag *d)
{
	return store_open(&(struct store_config){.type = kind->name, .path = kind->on_disk ? path : NULL}, d);
}

int world_open(struct world *world, struct generation *generation, const struct store_kind *kind, const char *dir,
    struct diag *d)
{
	struct audit_config config = {.dir = world->log, .deliver_from = 1};

	*world = (struct world){.kind = kind, .clock = clock_fixed(0)};
	world->generation = generation_ref(generation);
	world->events = json_array();
	snprintf(world->dir, sizeof(world->dir), "%s", dir);
	snprintf(world->log, sizeof(world->log), "%s", generation_config(generation)->audit_dir);
	snprintf(world->path, sizeof(world->path), "%s/store.db", dir);
	if (file_make_dirs(world->dir, 0700, d) != 0 || file_make_dirs(world->log, 0700, d) != 0)
		return -1;
	world->store = open_store(kind, world->path, d);
	if (world->store != NULL)
		world->projector = projector_new(world->log, world->store, d);
	if (world->projector != NULL)
		world->audit = audit_open(&config, durable, world, d);
	return world->audit != NULL ? 0 : -1;
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

/* For tests/schema.py: what was recorded, as it stands in the log. */
static void keep_events(const struct world *world)
{
	const char *path = getenv("REPLAY_EVENTS");
	FILE *file = path != NULL ? fopen(path, "a") : NULL;
	const json_t *event;
	size_t i;

	json_array_foreach(world->events, i, event) {
		struct buf line = {0};

		if (file != NULL && json_write(&line, event) == 0)
			fprintf(file, "%s\n", line.data);
		buf_free(&line);
	}
	if (file != NULL)
		fclose(file);
}

void world_close(struct world *world)
{
	keep_events(world);
	audit_close(&world->audit);
	projector_free(&world->projector);
	store_close(&world->store);
	generation_unref(&world->generation);
	json_decref(world->events);
	remove_files(world->log);
	remove_files(world->dir);
}

static int fill(struct txn *txn, const struct delivery *delivery, struct diag *d)
{
	struct txn_client client = {.client = delivery->client, .helo = "mail.example", .account = delivery->login};

	if (txn_set_client(txn, &client, d) != 0 || txn_sender(txn, delivery->from, d) != 0)
		return -1;
	for (size_t i = 0; i < delivery->to_count; i++)
		if (txn_recipient(txn, delivery->to[i], d) != 0)
			return -1;
	return txn_raw(txn, delivery->raw, d);
}

static int wait_for_store(struct world *world, struct diag *d)
{
	struct projector_health health;

	if (audit_wait_delivered(world->audit, DELIVERED_MS) == 0)
		return 0;
	projector_health(world->projector, &health);
	return diag_add(d, "the store did not take the event: %s", health.error);
}

/* The record as the log has it, with the headers that the message gets. */
static json_t *answer_of(const struct world *world, const struct verdict *verdict)
{
	const json_t *last = json_array_get(world->events, json_array_size(world->events) - 1);
	json_t *answer = json_deep_copy(last), *headers = json_object();

	for (size_t i = 0; i < verdict->header_count; i++)
		json_put_str(headers, verdict->headers[i].name, verdict->headers[i].value);
	json_put_new(answer, "header", headers);
	json_put_str(answer, "sla_change", sla_change_name(verdict->sla));
	if (verdict->sla == SLA_STARTS)
		json_put_int(answer, "hours", verdict->sla_hours);
	return answer;
}

static int judge(struct world *world, struct txn *txn, json_t **answer_r, struct diag *d)
{
	const struct verdict *verdict;

	txn_scope(txn, true);
	txn_judge(txn);
	if (txn_record(txn, &verdict, d) != 0 || wait_for_store(world, d) != 0)
		return -1;
	*answer_r = answer_of(world, verdict);
	return 0;
}

int world_deliver(struct world *world, const struct delivery *delivery, json_t **answer_r, struct diag *d)
{
	struct txn_services services = {.clock = &world->clock, .store = world->store, .audit = world->audit};
	struct txn *txn = txn_new(world->generation, &services);
	int rc;

	if (txn == NULL)
		return diag_add(d, "out of memory");
	rc = fill(txn, delivery, d) == 0 ? judge(world, txn, answer_r, d) : -1;
	txn_free(&txn);
	return rc;
}

int world_append(struct world *world, json_t *event, struct diag *d)
{
	json_t *copy = json_deep_copy(event);
	char now[CLOCK_TEXT_SIZE];
	int rc;

	if (copy == NULL)
		return diag_add(d, "out of memory");
	clock_format(now, sizeof(now), clock_now(&world->clock));
	if (json_object_get(copy, "time") == NULL)
		json_put_str(copy, "time", now);
	rc = audit_append(world->audit, copy, d);
	json_decref(copy);
	return rc == 0 ? wait_for_store(world, d) : -1;
}

struct store *world_other_store(struct world *world, const char *name, struct diag *d)
{
	char path[600];

	snprintf(path, sizeof(path), "%s/%s.db", world->dir, name);
	return open_store(world->kind, path, d);
}
