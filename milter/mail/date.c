/* SPDX-License-Identifier: BSD-2-Clause */
/* Dates of headers, for commands that look back at stored mail. Nothing is decided by them in the daemon. */
#include "mail/date.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

static int month_of(const char *name)
{
	static const char names[] = "jan feb mar apr may jun jul aug sep oct nov dec ";

	for (int i = 0; i < 12; i++)
		if (strncasecmp(names + 4 * (size_t)i, name, 3) == 0)
			return i;
	return -1;
}

/* A number of at most max digits; -1: there is none. */
static int take_number(const char **at, size_t max)
{
	size_t n = strspn(*at, "0123456789");
	int value = 0;

	if (n == 0 || n > max)
		return -1;
	while (n-- > 0)
		value = value * 10 + *(*at)++ - '0';
	return value;
}

/* Seconds east; names other than UTC's are obsolete and mean nothing sure. */
static int zone_of(const char *zone)
{
	static const struct {
		const char *name;
		int hours;
	} names[] = {{"EST", -5}, {"EDT", -4}, {"CST", -6}, {"CDT", -5}, {"MST", -7}, {"MDT", -6}, {"PST", -8}, {"PDT", -7}};
	const char *digits = zone + 1;
	int value;

	if (zone[0] == '+' || zone[0] == '-') {
		value = take_number(&digits, 4);
		return value < 0 ? 0 : (zone[0] == '-' ? -60 : 60) * (value / 100 * 60 + value % 100);
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strncasecmp(names[i].name, zone, 3) == 0)
			return names[i].hours * 3600;
	return 0;
}

static int full_year(int year)
{
	if (year < 50)
		return year + 2000;
	return year < 1000 ? year + 1900 : year;
}

static void skip(const char **at, const char *characters)
{
	*at += strspn(*at, characters);
}

/* "22 Nov 2026", also with '-' between. */
static int parse_day(const char **at, struct tm *tm)
{
	int year;

	skip(at, " \t");
	tm->tm_mday = take_number(at, 2);
	skip(at, " \t-");
	tm->tm_mon = month_of(*at);
	*at += strcspn(*at, " \t-");
	skip(at, " \t-");
	year = take_number(at, 4);
	tm->tm_year = full_year(year) - 1900;
	return tm->tm_mday >= 1 && tm->tm_mday <= 31 && tm->tm_mon >= 0 && year >= 0 ? 0 : -1;
}

/* "09:00", "09:00:00"; seconds of the day, or -1. */
static int parse_time(const char **at)
{
	int hour, minute, second = 0;

	skip(at, " \t");
	hour = take_number(at, 2);
	if (hour < 0 || hour > 23 || *(*at)++ != ':')
		return -1;
	minute = take_number(at, 2);
	if (minute < 0 || minute > 59)
		return -1;
	if (**at == ':') {
		++*at;
		second = take_number(at, 2);
		if (second < 0 || second > 60)
			return -1;
	}
	return hour * 3600 + minute * 60 + second;
}

int date_parse(struct slice text, int64_t *seconds_r)
{
	char copy[128];
	const char *at = copy, *comma;
	struct tm tm = {0};
	int month_day, of_day;

	if (text.ptr == NULL)
		return -1;
	text = slice_trim(text);
	snprintf(copy, sizeof(copy), "%.*s", (int)(text.len < sizeof(copy) ? text.len : sizeof(copy) - 1), text.ptr);
	comma = strchr(copy, ',');
	if (comma != NULL)
		at = comma + 1;
	if (parse_day(&at, &tm) == -1 || (of_day = parse_time(&at)) == -1)
		return -1;
	skip(&at, " \t");
	month_day = tm.tm_mday;
	*seconds_r = (int64_t)timegm(&tm) + of_day - zone_of(at);
	/* 30 February is none. */
	return tm.tm_mday == month_day ? 0 : -1;
}
