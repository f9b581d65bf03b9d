/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_DESK_SLA_H
#define POSTERN_DESK_SLA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "desk/zone.h"

/* How a deadline is counted. */
enum sla_kind {
	SLA_WALL,     /* every hour counts: weekends, holidays, outages */
	SLA_BUSINESS, /* whole business days in a zone */
	SLA_WEEKEND,  /* hours of a weekend do not count, but what touches one is due at a fixed time after it */
	SLA_OFFICE    /* only hours of opening count */
};

#define SLA_WORKDAYS 0x3e /* Monday to Friday */

/* Of a clock that looks at a calendar; zeroed for SLA_WALL. */
struct sla_calendar {
	const struct zone *zone;
	unsigned weekdays;       /* those that count: bit 0 is Sunday */
	const int64_t *holidays; /* days since 1970-01-01 that do not count, ascending */
	size_t holiday_count;
	bool whole_days;         /* SLA_BUSINESS: due at the end of the last day, not at the hour of arrival */
	int opens, closes;       /* SLA_OFFICE: seconds of the day; closes itself is no hour of opening */
	int resumes_weekday;     /* SLA_WEEKEND: 0 is Sunday */
	int resumes_second;      /* of that day */
};

struct sla_clock {
	char *name;
	enum sla_kind kind;
	int64_t seconds;  /* from start to due, as far as they count; SLA_BUSINESS: 0 */
	int days;         /* SLA_BUSINESS */
	int64_t since;    /* this value holds from then on */
	char *source;     /* where the number stands */
	struct sla_calendar calendar;
};

/* The last second in time for an inquiry that arrived at start (UTC). */
int64_t sla_due(const struct sla_clock *clock, int64_t start);
/* Hours left, rounded down; negative when overdue. */
int64_t sla_hours_left(int64_t due, int64_t now);

#endif
