/* SPDX-License-Identifier: BSD-2-Clause */
/* Injected time, and its one text form (RFC 3339, UTC, seconds). */
#include "core/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* Deadlines are told in hours, since marketplaces set them so; from here on nobody counts them. */
#define DAYS_FROM (100 * 3600)

static int64_t system_now(const struct clock *clock)
{
	(void)clock;
	return (int64_t)time(NULL);
}

static int64_t fixed_now(const struct clock *clock)
{
	return clock->fixed;
}

const struct clock clock_system = {system_now, 0};

struct clock clock_fixed(int64_t seconds)
{
	return (struct clock){fixed_now, seconds};
}

int64_t clock_now(const struct clock *clock)
{
	return clock->now(clock);
}

int64_t clock_monotonic_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t clock_monotonic_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

void clock_format(char *text, size_t size, int64_t seconds)
{
	time_t t = (time_t)seconds;
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL || strftime(text, size, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		snprintf(text, size, "invalid");
}

int clock_parse(const char *text, int64_t *seconds_r)
{
	struct tm tm, check;
	const char *end;
	time_t t;

	memset(&tm, 0, sizeof(tm));
	end = strptime(text, "%Y-%m-%d", &tm);
	if (end != NULL && *end == 'T')
		end = strptime(end, "T%H:%M:%SZ", &tm);
	if (end == NULL || *end != '\0')
		return -1;
	check = tm;
	t = timegm(&check);
	/* timegm turns 30 February into March; such a date is an error. */
	if (check.tm_mday != tm.tm_mday || check.tm_mon != tm.tm_mon)
		return -1;
	*seconds_r = (int64_t)t;
	return 0;
}

void clock_span(char *text, size_t size, int64_t seconds)
{
	const char *sign = seconds < 0 ? "-" : "";
	long long s = seconds < 0 ? -(long long)seconds : (long long)seconds;

	if (s >= DAYS_FROM)
		snprintf(text, size, "%s%lld d %lld h", sign, s / 86400, s % 86400 / 3600);
	else if (s >= 3600)
		snprintf(text, size, "%s%lld h %lld min", sign, s / 3600, s % 3600 / 60);
	else if (s >= 60)
		snprintf(text, size, "%s%lld min", sign, s / 60);
	else
		snprintf(text, size, "%s%lld s", sign, s);
}
