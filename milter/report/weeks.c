/* SPDX-License-Identifier: BSD-2-Clause */
/* ISO 8601 weeks in a time zone: the first of a year is the one with its first Thursday. */
#include "report/weeks.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY 86400

int64_t report_monday(const struct zone *zone, int64_t utc)
{
	int64_t day = zone_day(zone_local(zone, utc));

	return day - (zone_weekday(day) + 6) % 7;
}

/* Days of 1 January of the year that a text begins with. */
static int64_t year_begin(const char *date)
{
	char text[] = "0000-01-01";
	int64_t seconds = 0;

	memcpy(text, date, 4);
	clock_parse(text, &seconds);
	return seconds / DAY;
}

static void put_label(struct report_week *week, int64_t monday)
{
	char thursday[CLOCK_TEXT_SIZE];

	clock_format(thursday, sizeof(thursday), (monday + 3) * DAY);
	snprintf(week->label, sizeof(week->label), "%.4s-W%02d", thursday,
	    (int)((monday + 3 - year_begin(thursday)) / 7 + 1) % 100);
}

int weeks_make(struct report *report, struct diag *d)
{
	const struct report_query *query = &report->query;
	int64_t monday = report_monday(query->zone, query->from);
	int64_t count = (report_monday(query->zone, query->to - 1) - monday) / 7 + 1;

	if (query->to <= query->from)
		return diag_add(d, "the report's period ends before it begins");
	if (count > REPORT_WEEKS_MAX)
		return diag_add(d, "the report's period has %" PRId64 " weeks; at most ten years fit", count);
	report->weeks = calloc((size_t)count, sizeof(*report->weeks));
	if (report->weeks == NULL)
		return diag_add(d, "out of memory");
	report->week_count = (size_t)count;
	for (size_t i = 0; i < report->week_count; i++, monday += 7) {
		struct report_week *week = &report->weeks[i];

		week->from = zone_utc(query->zone, monday * DAY);
		week->to = zone_utc(query->zone, (monday + 7) * DAY);
		week->whole = week->from >= query->from && week->to <= query->to;
		put_label(week, monday);
	}
	return 0;
}

size_t weeks_find(const struct report *report, int64_t utc)
{
	const struct zone *zone = report->query.zone;

	return (size_t)((report_monday(zone, utc) - report_monday(zone, report->query.from)) / 7);
}

void weeks_day(const struct report *report, int64_t utc, char text[CLOCK_TEXT_SIZE])
{
	clock_format(text, CLOCK_TEXT_SIZE, zone_local(report->query.zone, utc));
	text[10] = '\0';
}
