/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_DESK_RATE_H
#define POSTERN_DESK_RATE_H

#include <stdbool.h>
#include <stdint.h>

#include "desk/thread.h"

/*
 * The response rate over a window of time. An inquiry's moment is the second of its answer when that was in time,
 * else the second after its due second. It is counted when its moment lies in (now - window, now]; spam is not counted,
 * nor what was marked done in time: marked later, it stays the miss that it was. Exactly the due second is in time, and
 * what waits in it is not missed yet. Counts add up: a rate of several threads or shops is the sum of theirs.
 */
struct desk_rate {
	uint64_t counted;
	uint64_t in_time;
	uint64_t missed; /* counted - in_time */
	uint64_t open;   /* waiting and not overdue yet: not counted yet */
};

/*
 * The second at which an inquiry counts as of now. False: it does not count (yet): it waits, is spam, or was done in
 * time; then the second at which it counts if nobody answers.
 */
bool desk_rate_moment(const struct desk_inquiry *inquiry, int64_t now, int64_t *moment_r);
/*
 * Adds one inquiry of desk_inquiries. One that closed after now was open at now, one that opened after now is none.
 * window in seconds.
 */
void desk_rate_add(struct desk_rate *rate, const struct desk_inquiry *inquiry, int64_t now, int64_t window);
/* Answers in time of a thousand counted, rounded down; -1: no data (nothing counted). */
int desk_rate_permille(const struct desk_rate *rate);
/*
 * How many more inquiries in a row may be missed before the rate is below percent (1 to 100): 0 when the next one
 * brings it there. Below it already: minus the number of answers in time in a row that bring it back, INT64_MIN
 * when none can.
 */
int64_t desk_rate_misses_left(const struct desk_rate *rate, unsigned percent);

#endif
