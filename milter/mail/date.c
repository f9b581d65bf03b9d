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

/* Minutes east; names other than UTC's are obsolete and mean nothing sure. */
static int zone_of(const char *zone)
{
	static const struct {
		const char *name;
		int hours;
	} names[] = {{"EST", -5}, {"EDT", -4}, {"CST", -6}, {"CDT", -5}, {"MST", -7}, {"MDT", -6}, {"PST", -8}, {"PDT", -7}};
	unsigned hours, minutes;

	if ((zone[0] == '+' || zone[0] == '-') && sscanf(zone + 1, "%2u%2u", &hours, &minutes) == 2 && hours < 24 && minutes < 60)
		return (zone[0] == '-' ? -1 : 1) * (int)(hours * 60 + minutes);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcasecmp(names[i].name, zone) == 0)
			return names[i].hours * 60;
	return 0;
}

static int full_year(int year)
{
	if (year < 50)
		return year + 2000;
	return year < 1000 ? year + 1900 : year;
}

int date_parse(struct slice text, int64_t *seconds_r)
{
	char copy[128], month[4], zone[8] = "";
	const char *at = copy, *comma;
	struct tm tm = {0}, check;
	int year, hour, minute, second = 0, end = 0;

	if (text.ptr == NULL)
		return -1;
	text = slice_trim(text);
	snprintf(copy, sizeof(copy), "%.*s", (int)(text.len < sizeof(copy) ? text.len : sizeof(copy) - 1), text.ptr);
	comma = strchr(copy, ',');
	if (comma != NULL)
		at = comma + 1;
	if (sscanf(at, " %2d %3[A-Za-z]%*[A-Za-z.] %4d", &tm.tm_mday, month, &year) != 3 &&
	    sscanf(at, " %2d%*[ -]%3[A-Za-z]%*[ -]%4d%n", &tm.tm_mday, month, &year, &end) != 3)
		return -1;
	at = strchr(at, ':');
	while (at != NULL && at > copy && at[-1] != ' ')
		at--;
	if (at == NULL || sscanf(at, "%2d:%2d%n:%2d%n", &hour, &minute, &end, &second, &end) < 2)
		return -1;
	sscanf(at + end, " %7s", zone);
	tm.tm_mon = month_of(month);
	tm.tm_year = full_year(year) - 1900;
	if (tm.tm_mon < 0 || tm.tm_mday < 1 || tm.tm_mday > 31 || hour > 23 || minute > 59 || second > 60 || hour < 0 || minute < 0)
		return -1;
	check = tm;
	*seconds_r = (int64_t)timegm(&check) + hour * 3600 + minute * 60 + second - zone_of(zone) * 60;
	return check.tm_mday == tm.tm_mday ? 0 : -1;
}
