/* SPDX-License-Identifier: BSD-2-Clause */
/* The response rate: counts over a window, in integers, and what they leave before a line. */
#include "desk/rate.h"

#include <stdbool.h>

void desk_rate_add(struct desk_rate *rate, const struct desk_inquiry *inquiry, int64_t now, int64_t window)
{
	bool closed = inquiry->outcome != INQUIRY_OPEN && inquiry->closed <= now;
	bool in_time = closed && inquiry->outcome == INQUIRY_ANSWERED && inquiry->closed <= inquiry->due;
	int64_t moment = in_time ? inquiry->closed : inquiry->due, from;

	if (inquiry->opened > now || (closed && inquiry->outcome != INQUIRY_ANSWERED))
		return;
	if (__builtin_sub_overflow(now, window, &from))
		from = INT64_MIN;
	if (moment > now) {
		/* Answered after now, or not at all: at now it waits. */
		rate->open++;
	} else if (moment > from) {
		rate->counted++;
		rate->in_time += in_time;
		rate->missed += !in_time;
	}
}

int desk_rate_permille(const struct desk_rate *rate)
{
	return rate->counted > 0 ? (int)(rate->in_time * 1000 / rate->counted) : -1;
}

int64_t desk_rate_misses_left(const struct desk_rate *rate, unsigned percent)
{
	uint64_t most = rate->in_time * 100 / percent, lacking;

	/* in_time / (counted + misses) >= percent / 100 */
	if (most >= rate->counted)
		return (int64_t)(most - rate->counted);
	if (percent >= 100)
		return INT64_MIN;
	/* (in_time + answers) / (counted + answers) >= percent / 100 */
	lacking = rate->counted * percent - rate->in_time * 100;
	return -(int64_t)((lacking + 99 - percent) / (100 - percent));
}
