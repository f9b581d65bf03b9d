/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_REDIS_RESOLVE_H
#define POSTERN_REDIS_RESOLVE_H

#include <stdint.h>
#include <sys/socket.h>

#include "core/diag.h"
#include "redis/address.h"
#include "redis/redis.h"

#define RESOLVE_MAX 8

/* Where a server's address leads to, in the order to try. */
struct resolved {
	size_t count;
	struct {
		struct sockaddr_storage address;
		socklen_t len;
	} found[RESOLVE_MAX];
};

/* Names that are being looked up. */
struct resolver;

/* NULL when memory is out. */
struct resolver *resolver_new(void);
/* Look-ups that still run end by themselves. */
void resolver_free(struct resolver **resolver);
/*
 * The system's answer by the deadline (clock_monotonic_ms()): a DNS server that is gone may take half a minute,
 * and can't be hurried. REDIS_FINE, or REDIS_TIMEOUT, REDIS_UNREACHABLE, REDIS_INTERNAL with the reason alone.
 */
enum redis_fault resolve(struct resolver *resolver, const struct address *address, int64_t deadline_ms,
    struct resolved *resolved_r, struct diag *d);

#endif
