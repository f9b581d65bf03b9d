/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_DAEMON_METRICS_H
#define POSTERN_DAEMON_METRICS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buf.h"
#include "daemon/service.h"

/* What one scrape leaves for the next; zeroed at first. One thread at a time. */
struct metrics_memory {
	unsigned generation; /* whose rules have their series */
	struct buf threads, rates; /* the desk's families, ready to be sent */
	int64_t threads_ms, rates_ms; /* when they were asked, monotonic */
};

/* Writes all families. The mail path never waits for it: it reads atomics, and short locks of the status. */
void metrics_write(struct service *service, struct metrics_memory *memory, struct buf *out);
/* Whether mail can be judged and recorded; false with a line that says why not. */
bool metrics_healthy(struct service *service, const char **why_r);

/*
 * metrics_desk.c: open threads, those due within an hour, overdue ones, response rates; by marketplace and configured
 * shop, what belongs to no such shop under "". The store is asked at most every 10 s, for rates every 60 s.
 */
void metrics_desk_write(struct service *service, struct metrics_memory *memory, struct buf *out);

#endif
