/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Deadlines. A wall clock is arithmetic on UTC seconds, which neither daylight
 * saving nor leap days touch; the others walk over days of a zone.
 */
#include "desk/sla.h"

#include <stdlib.h>

#include "desk/events.h"

#define HOUR 3600
#define DAY 86400
/* Years 1 to 9999: no mail is outside of them, and no calendar is asked about it. */
#define CALENDAR_FIRST (-62135596800)
#define CALENDAR_LAST 253402300799

static int64_t add_seconds(int64_t start, int64_t seconds)
{
	int64_t due;

	if (__builtin_add_overflow(start, seconds, &due))
		due = start < 0 ? INT64_MIN : INT64_MAX;
	return due;
}

static int compare_days(const void *a, const void *b)
{
	return desk_compare(*(const int64_t *)a, *(const int64_t *)b);
}

void sla_holidays_sort(int64_t *holidays, size_t count)
{
	qsort(holidays, count, sizeof(*holidays), compare_days);
}

/* Whether that day is one that counts. */
static bool counts(const struct sla_calendar *calendar, int64_t day)
{
	if ((calendar->weekdays >> zone_weekday(day) & 1) == 0)
		return false;
	return calendar->holiday_count == 0
	    || bsearch(&day, calendar->holidays, calendar->holiday_count, sizeof(day), compare_days) == NULL;
}

/* The days-th business day after the one of arrival, at the hour of arrival; or all of it. */
static int64_t due_business(const struct sla_clock *clock, int64_t start)
{
	const struct sla_calendar *calendar = &clock->calendar;
	int64_t local = zone_local(calendar->zone, start), arrived = zone_day(local), day = arrived;

	for (int left = clock->days; left > 0; left -= counts(calendar, day))
		day++;
	/* What came on a day off came at no hour that counts. */
	if (calendar->whole_days || !counts(calendar, arrived))
		return zone_utc(calendar->zone, (day + 1) * DAY) - 1;
	return zone_utc(calendar->zone, local + (day - arrived) * DAY);
}

/* When at the latest what waits over that day off is due. */
static int64_t resumption(const struct sla_calendar *calendar, int64_t day, int64_t start)
{
	int64_t due;

	while (zone_weekday(day) != calendar->resumes_weekday)
		day++;
	due = zone_utc(calendar->zone, day * DAY + calendar->resumes_second);
	return due >= start ? due : zone_utc(calendar->zone, (day + 7) * DAY + calendar->resumes_second);
}

static int64_t due_weekend(const struct sla_clock *clock, int64_t start)
{
	const struct sla_calendar *calendar = &clock->calendar;
	int64_t day = zone_day(zone_local(calendar->zone, start)), left = clock->seconds, at = start, latest = INT64_MAX;

	for (;; day++) {
		int64_t midnight = zone_utc(calendar->zone, (day + 1) * DAY);

		if (counts(calendar, day)) {
			if (left <= midnight - at)
				return at + left < latest ? at + left : latest;
			left -= midnight - at;
		} else if (latest == INT64_MAX) {
			latest = resumption(calendar, day, start);
		}
		at = midnight;
	}
}

static int64_t due_office(const struct sla_clock *clock, int64_t start)
{
	const struct sla_calendar *calendar = &clock->calendar;
	int64_t day = zone_day(zone_local(calendar->zone, start)), left = clock->seconds;

	for (;; day++) {
		int64_t from, to;

		if (!counts(calendar, day))
			continue;
		from = zone_utc(calendar->zone, day * DAY + calendar->opens);
		to = zone_utc(calendar->zone, day * DAY + calendar->closes);
		if (from < start)
			from = start;
		if (from >= to)
			continue;
		if (left <= to - from)
			return from + left;
		left -= to - from;
	}
}

int64_t sla_due(const struct sla_clock *clock, int64_t start)
{
	bool dated = start >= CALENDAR_FIRST && start <= CALENDAR_LAST;

	switch (clock->kind) {
	case SLA_BUSINESS:
		return dated ? due_business(clock, start) : add_seconds(start, (int64_t)clock->days * DAY);
	case SLA_WEEKEND:
		return dated ? due_weekend(clock, start) : add_seconds(start, clock->seconds);
	case SLA_OFFICE:
		return dated ? due_office(clock, start) : add_seconds(start, clock->seconds);
	case SLA_WALL:
		break;
	}
	return add_seconds(start, clock->seconds);
}

int64_t sla_hours_left(int64_t due, int64_t now)
{
	int64_t left;

	if (__builtin_sub_overflow(due, now, &left))
		return due < now ? INT64_MIN / HOUR : INT64_MAX / HOUR;
	/* Division rounds towards zero; a deadline missed by a second is -1 hour. */
	return left / HOUR - (left % HOUR < 0);
}
