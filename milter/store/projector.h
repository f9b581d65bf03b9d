/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_STORE_PROJECTOR_H
#define POSTERN_STORE_PROJECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/diag.h"
#include "core/json.h"
#include "store/store.h"

/*
 * Keeps a store up with the audit log. To start:
 *   projector = projector_new(dir, store, d);
 *   config.deliver_from = projector_next(projector);
 *   audit = audit_open(&config, projector_durable, projector, d);
 * To stop: audit_close, projector_free, store_close.
 */
struct projector;

/*
 * Checks that the store belongs to the log in dir and applies the tail that it has not seen
 * (a crash between log and store). NULL with the reason: the store is ahead of the log (it was cut),
 * belongs to another one, or can't be written. The store stays the caller's.
 */
struct projector *projector_new(const char *dir, struct store *store, struct diag *d);
void projector_free(struct projector **projector);
/* The seq that the store waits for. */
int64_t projector_next(struct projector *projector);
/* The audit log's callback (audit_durable_fn); it calls again after a failure. */
int projector_durable(void *projector, json_t *const *events, size_t count);

struct projector_health {
	bool failing;
	int64_t applied;        /* seq of the last event in the store; audit_head says how far behind that is */
	int64_t failures;       /* attempts that failed since the start */
	int64_t failing_since;  /* seconds UTC, 0: it does not */
	char error[512];        /* the last failure's reason, "" without one */
};
void projector_health(struct projector *projector, struct projector_health *health_r);

/*
 * Makes the store anew from the log alone, after checking the log's chain: "postern rebuild". posternd may
 * not run meanwhile. A database that can't be used is moved aside. *events_r: how many were applied.
 */
int projector_rebuild(const char *dir, const struct store_config *config, int64_t *events_r, struct diag *d);

#endif
