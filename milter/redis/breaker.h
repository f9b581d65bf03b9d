/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_REDIS_BREAKER_H
#define POSTERN_REDIS_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

/*
 * A circuit breaker: after some failures in a row nobody waits for a server any more, but for one
 * attempt each second. Times are those of a monotonic clock, in ms; the caller has the lock.
 */
struct breaker {
	unsigned failures; /* in a row */
	bool open;
	bool probing;      /* the one attempt is running */
	int64_t since_ms;  /* of the first of these failures */
	int64_t retry_ms;  /* when the next attempt may be made */
};

/* In a row; a call makes up to three attempts, so one call that meets a restart does not open it. */
#define BREAKER_FAILURES 5
/* A server that is back is used again within this and the time of one attempt. */
#define BREAKER_RETRY_MS 1000

/* Whether an attempt may be made now. After true the caller must tell how it went, by one of the next three. */
bool breaker_allow(struct breaker *breaker, int64_t now_ms);
void breaker_success(struct breaker *breaker);
void breaker_failure(struct breaker *breaker, int64_t now_ms);
/* The attempt said nothing about the server: it was never made. */
void breaker_abandon(struct breaker *breaker);

#endif
