/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_POLICY_CONFIG_REDIS_H
#define POSTERN_POLICY_CONFIG_REDIS_H

#include <stdbool.h>

#include "core/arena.h"
#include "core/diag.h"
#include "policy/conf.h"
#include "redis/redis.h"

/* store { redis {} } of postern.conf: the server that several gateways share. */
struct config_redis {
	bool present;               /* there is such a section */
	struct redis_config client; /* strings and lists belong to the configuration */
	bool defer;                 /* outage = defer: what needs the store waits for it; else it is judged without */
	int64_t keep_s;             /* so long the streams keep an event */
};

/* Reads the section redis of the section store (NULL: there is none), or sets defaults. Every problem is a line in d. */
void config_redis_read(struct arena *arena, const struct conf_node *store, struct config_redis *redis, struct diag *d);

#endif
