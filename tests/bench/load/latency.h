/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_BENCH_LATENCY_H
#define POSTERN_BENCH_LATENCY_H

#include <stddef.h>
#include <stdint.h>

/* How long each message took, in microseconds: all of them, since 4 bytes a message cost nothing. */
struct latency {
	uint32_t *us;
	size_t count, room;
};

/* Room for count messages. 0, or -1 when memory is out. */
int latency_init(struct latency *latency, size_t count);
/* More than there is room for are left out. */
void latency_add(struct latency *latency, int64_t us);
/* To be called once all are there, before latency_share(). */
void latency_sort(struct latency *latency);
/* The least time within which at least this share (0 to 1) of the messages was done; 0 when there are none. */
uint32_t latency_share(const struct latency *latency, double share);
void latency_free(struct latency *latency);

#endif
