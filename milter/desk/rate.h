/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_DESK_RATE_H
#define POSTERN_DESK_RATE_H

#include <stdint.h>

#include "desk/thread.h"

/*
 * The response rate over a window of time. An inquiry's moment is the second of its answer when that was in time, else
 * its due second. It is counted when its moment lies in (now - window, now]; spam and done are not counted. Exactly the due
 * second is in time. Counts add up: a rate of several threads or shops is the sum of theirs.
 */
struct desk_rate {
	uint64_t counted;
	uint64_t in_time;
	uint64_t missed; /* counted - in_time */
	uint64_t open;   /* waiting and not due yet: not counted yet */
};

/* Adds one inquiry of desk_inquiries. One that closed after now was open at now, one that opened after now is none. window in seconds. */
void desk_rate_add(struct desk_rate *rate, const struct desk_inquiry *inquiry, int64_t now, int64_t window);
/* Answers in time of a thousand counted, rounded down; -1: no data (nothing counted). */
int desk_rate_permille(const struct desk_rate *rate);
/*
 * How many more inquiries in a row may be missed before the rate is below percent (1 to 100): 0 when the next one brings it
 * there. Below it already: minus the number of answers in time in a row that bring it back, INT64_MIN when none can.
 */
int64_t desk_rate_misses_left(const struct desk_rate *rate, unsigned percent);

#endif
