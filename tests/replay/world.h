/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_TESTS_REPLAY_WORLD_H
#define POSTERN_TESTS_REPLAY_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "audit/audit.h"
#include "core/clock.h"
#include "core/diag.h"
#include "core/json.h"
#include "engine/generation.h"
#include "store/projector.h"
#include "store/store.h"

/* What a scenario happens in: a gateway with its rules, an audit log, a store, and a clock that stands still. */

/* A kind of store that every scenario runs against. */
struct store_kind {
	const char *name;
	bool on_disk; /* the path is made in the scenario's directory */
};
extern const struct store_kind store_kinds[];
extern const size_t store_kind_count;

struct world {
	struct generation *generation;
	const struct store_kind *kind;
	struct clock clock;
	char dir[256], log[300], path[300];
	struct store *store;
	struct projector *projector;
	struct audit *audit;
	json_t *events; /* what the audit log took, in its order */
};

/* An empty one below dir (it is made). */
int world_open(struct world *world, struct generation *generation, const struct store_kind *kind, const char *dir,
    struct diag *d);
/* Leaves nothing behind, on the disk neither. */
void world_close(struct world *world);

/* One message as an MTA hands it in. */
struct delivery {
	const char *from; /* envelope; "" is the null sender */
	const char **to;
	size_t to_count;
	const char *login;  /* NULL: nobody authenticated */
	const char *client; /* IP address */
	struct slice raw;
};

/* *answer_r: what became of it, the record of the audit log with "headers", new reference. */
int world_deliver(struct world *world, const struct delivery *delivery, json_t **answer_r, struct diag *d);
/* Appends a copy of event as of now and waits until the store has it. */
int world_append(struct world *world, json_t *event, struct diag *d);
/* An empty store of this world's kind beside its own; closed with store_close. */
struct store *world_other_store(struct world *world, const char *name, struct diag *d);

#endif
