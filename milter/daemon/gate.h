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

/* A message of so many bytes is large. */
#define GATE_LARGE_BYTES ((size_t)1 << 20)
/*
 * Bytes of large messages that are judged at once; one that is larger is the only large one. What a message is decoded
 * to takes as much again: so 64 of 25 MB stay far below 300 MB, and mail of usual size never waits for large mail.
 */
#define GATE_JUDGED_BYTES ((size_t)64 << 20)

/* Waits at most wait_ms for a place among those being judged, for a message of bytes. False: none became free. */
bool gate_judge_begin(struct gate *gate, size_t bytes, int wait_ms);
/* bytes: as it was begun with. */
void gate_judge_end(struct gate *gate, size_t bytes);

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
