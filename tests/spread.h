/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_TESTS_SPREAD_H
#define POSTERN_TESTS_SPREAD_H

#include "core/diag.h"
#include "core/json.h"
#include "store/store.h"

struct spread_redis;

/*
 * Events as if three gateways had recorded them: this one, whose log they come out of, and two others, whose records
 * come as streams give them; where SPREAD_SERVER is in the environment, out of the Redis at that address, which is
 * emptied. Zero-initialised is a beginning.
 */
#define SPREAD_GATEWAYS 3
#define SPREAD_SERVER "POSTERN_SPREAD_REDIS"

struct spread {
	int64_t seq[SPREAD_GATEWAYS]; /* the last record of each log; [0] is ours */
	struct spread_redis *redis;
};

/* Applies event as the next record of a gateway's log. */
int spread_apply(struct spread *spread, struct store *store, size_t gateway, const json_t *event, struct diag *d);
/* Before the store is closed. */
void spread_end(struct spread *spread);

#endif
