/* SPDX-License-Identifier: BSD-2-Clause */
/* Deadlines: arithmetic on UTC seconds, which neither daylight saving nor leap days touch. */
#include "desk/sla.h"

#define HOUR 3600

int64_t sla_due(const struct sla_clock *clock, int64_t start)
{
	int64_t due = start;

	switch (clock->kind) {
	case SLA_WALL:
	case SLA_BUSINESS:
	case SLA_WEEKEND:
	case SLA_OFFICE:
		if (__builtin_add_overflow(start, clock->seconds, &due))
			due = start < 0 ? INT64_MIN : INT64_MAX;
		break;
	}
	return due;
}

int64_t sla_hours_left(int64_t due, int64_t now)
{
	int64_t left;

	if (__builtin_sub_overflow(due, now, &left))
		return due < now ? INT64_MIN / HOUR : INT64_MAX / HOUR;
	/* Division rounds towards zero; a deadline missed by a second is -1 hour. */
	return left / HOUR - (left % HOUR < 0);
}
