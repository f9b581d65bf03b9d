/* SPDX-License-Identifier: BSD-2-Clause */
/* The response rate: counts over a window, in integers, and what they leave before a line. */
#include "desk/rate.h"

bool desk_rate_moment(const struct desk_inquiry *inquiry, int64_t now, int64_t *moment_r)
{
	bool in_time = desk_inquiry_in_time(inquiry, now);

	*moment_r = in_time ? inquiry->closed : inquiry->due + (inquiry->due < INT64_MAX);
	return in_time || desk_inquiry_missed(inquiry, now);
}

void desk_rate_add(struct desk_rate *rate, const struct desk_inquiry *inquiry, int64_t now, int64_t window)
{
	int64_t moment, from;
	bool counts = desk_rate_moment(inquiry, now, &moment);

	if (inquiry->opened > now)
		return;
	if (__builtin_sub_overflow(now, window, &from))
		from = INT64_MIN;
	if (counts && moment > from) {
		bool in_time = desk_inquiry_in_time(inquiry, now);

		rate->counted++;
		rate->in_time += in_time;
		rate->missed += !in_time;
	} else if (!counts && (inquiry->outcome == INQUIRY_OPEN || inquiry->closed > now)) {
		/* Closed after now, or not at all: at now it waits. */
		rate->open++;
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
