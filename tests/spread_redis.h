/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_TESTS_SPREAD_REDIS_H
#define POSTERN_TESTS_SPREAD_REDIS_H

#include "core/diag.h"
#include "core/json.h"
#include "store/store.h"

/* Other gateways, each with an audit log, whose events come by a real Redis. */
struct spread_redis;

/* server: "127.0.0.1:6379"; everything in it goes. gateways: how many may publish; store: whose gateway reads. */
struct spread_redis *spread_redis_open(const char *server, size_t gateways, struct store *store, struct diag *d);
/* Records event in the log of a gateway, publishes the log, and reads the streams into the store. */
int spread_redis_apply(struct spread_redis *redis, size_t gateway, const json_t *event, struct diag *d);
/* Before the store is closed. Leaves no file behind. */
void spread_redis_close(struct spread_redis **redis);

#endif
