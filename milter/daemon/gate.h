/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_DAEMON_GATE_H
#define POSTERN_DAEMON_GATE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Admission. libmilter starts as many threads as the MTA has commands for it;
 * the gate says how many messages live, and how many are judged, at once.
 */
struct gate;

struct gate *gate_new(size_t max_live, size_t max_judging);
void gate_free(struct gate **gate);
/* New limits; those inside stay inside. */
void gate_limit(struct gate *gate, size_t max_live, size_t max_judging);

/* A message comes in. False: full, or the daemon stops; the sender is to retry. */
bool gate_admit(struct gate *gate);
void gate_release(struct gate *gate);

/* Waits at most wait_ms for a place among those being judged. False: none became free. */
bool gate_judge_begin(struct gate *gate, int wait_ms);
void gate_judge_end(struct gate *gate);

/* From now on nobody is let in, neither to live nor to be judged. */
void gate_close(struct gate *gate);
bool gate_closed(struct gate *gate);
/* Waits at most wait_ms until nothing is judged any more. */
bool gate_wait_idle(struct gate *gate, int wait_ms);

struct gate_counts {
	size_t live, max_live;
	size_t judging, max_judging;
};
struct gate_counts gate_counts(struct gate *gate);

#endif
