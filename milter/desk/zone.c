/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Time zones. ICU knows the rules of all zones, and is asked once for the
 * changes of one; everything after that is arithmetic on a table, so that
 * deadlines are counted without a library's locks or failures.
 */
#include "desk/zone.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/ucal.h>
#include <unicode/uenum.h>

#define NAME_MAX_SIZE (ZONE_NAME_SIZE - 1)
#define UNTIL 7258118400.0 /* 2200-01-01 */
#define CHANGES_MAX 1024   /* two a year until 2200 are 460 */
#define DAY 86400

struct change {
	int64_t at;     /* UTC */
	int64_t offset; /* from then on; local = UTC + offset */
};

struct zone {
	char *name;
	struct change *changes; /* the first has at = INT64_MIN */
	size_t count;
};

/* ---- reading ---------------------------------------------------------------- */

static void unknown_zone(const char *name, const char *const *names, struct diag *d)
{
	const char *guess = diag_suggest(name, names);

	if (guess != NULL)
		diag_add(d, "there is no time zone '%.60s', did you mean '%s'?", name, guess);
	else
		diag_add(d, "there is no time zone '%.60s': expected a name as America/Los_Angeles", name);
}

/* Whether ICU lists that name: it takes an unknown one for GMT without a word. */
static int check_name(struct arena *arena, const char *name, struct diag *d)
{
	UErrorCode status = U_ZERO_ERROR;
	UEnumeration *list = ucal_openTimeZones(&status);
	int32_t room = U_SUCCESS(status) ? uenum_count(list, &status) : 0, count = 0;
	const char **names = arena_array(arena, (size_t)room + 1, sizeof(*names));
	const char *candidate;
	bool found = false;

	while (U_SUCCESS(status) && names != NULL && !found && count < room
	    && (candidate = uenum_next(list, NULL, &status)) != NULL) {
		found = strcmp(candidate, name) == 0;
		names[count] = arena_strdup(arena, candidate);
		count += names[count] != NULL;
	}
	uenum_close(list);
	if (names == NULL || U_FAILURE(status))
		return diag_add(d, "time zones can't be read: %s", names == NULL ? "memory is out" : u_errorName(status));
	if (!found)
		unknown_zone(name, names, d);
	return found ? 0 : -1;
}

static int64_t offset_at(UCalendar *calendar, double at, UErrorCode *status)
{
	int64_t offset;

	ucal_setMillis(calendar, at, status);
	offset = ucal_get(calendar, UCAL_ZONE_OFFSET, status);
	return (offset + ucal_get(calendar, UCAL_DST_OFFSET, status)) / 1000;
}

/* Changes of the offset; others (of the name alone) are left out. */
static size_t read_changes(UCalendar *calendar, struct change *changes, UErrorCode *status)
{
	size_t count = 1;
	UDate at = 0;

	changes[0] = (struct change){INT64_MIN, offset_at(calendar, at, status)};
	while (U_SUCCESS(*status) && count < CHANGES_MAX
	    && ucal_getTimeZoneTransitionDate(calendar, UCAL_TZ_TRANSITION_NEXT, &at, status) && at / 1000 < UNTIL) {
		int64_t offset = offset_at(calendar, at, status);

		if (offset != changes[count - 1].offset)
			changes[count++] = (struct change){(int64_t)(at / 1000), offset};
	}
	return count;
}

static int read_zone(struct zone *zone, const char *name, struct change *changes, struct diag *d)
{
	UErrorCode status = U_ZERO_ERROR;
	UChar wide[NAME_MAX_SIZE + 1] = {0};
	UCalendar *calendar;

	for (size_t i = 0; name[i] != '\0'; i++)
		wide[i] = (unsigned char)name[i];
	calendar = ucal_open(wide, -1, "en", UCAL_GREGORIAN, &status);
	if (U_SUCCESS(status))
		zone->count = read_changes(calendar, changes, &status);
	if (calendar != NULL)
		ucal_close(calendar);
	return U_SUCCESS(status) ? 0 : diag_add(d, "time zone '%.60s' can't be read: %s", name, u_errorName(status));
}

const struct zone *zone_load(struct arena *arena, const char *name, struct diag *d)
{
	struct zone *zone = arena_alloc(arena, sizeof(*zone));
	struct change *changes = calloc(CHANGES_MAX, sizeof(*changes));
	int rc = -1;

	if (zone == NULL || changes == NULL || (zone->name = arena_strdup(arena, name)) == NULL)
		diag_add(d, "memory is out");
	else if (strlen(name) > NAME_MAX_SIZE)
		diag_add(d, "there is no time zone '%.60s': expected a name as America/Los_Angeles", name);
	else if (check_name(arena, name, d) == 0)
		rc = read_zone(zone, name, changes, d);
	if (rc == 0 && (zone->changes = arena_array(arena, zone->count, sizeof(*changes))) == NULL)
		rc = diag_add(d, "memory is out");
	if (rc == 0)
		memcpy(zone->changes, changes, zone->count * sizeof(*changes));
	free(changes);
	return rc == 0 ? zone : NULL;
}

void zone_here(char name[ZONE_NAME_SIZE])
{
	UErrorCode status = U_ZERO_ERROR;
	UChar wide[ZONE_NAME_SIZE];
	int32_t n = ucal_getHostTimeZone(wide, ZONE_NAME_SIZE, &status);

	if (U_FAILURE(status) || n <= 0 || n >= ZONE_NAME_SIZE)
		n = 0;
	for (int32_t i = 0; i < n; i++)
		name[i] = wide[i] < 0x80 ? (char)wide[i] : '?';
	name[n] = '\0';
	if (n == 0 || strcmp(name, "Etc/Unknown") == 0 || strcmp(name, "Etc/UTC") == 0)
		memcpy(name, "UTC", 4);
}

/* ---- asking ---------------------------------------------------------------------- */

const char *zone_name(const struct zone *zone)
{
	return zone->name;
}

int64_t zone_local(const struct zone *zone, int64_t utc)
{
	size_t low = 0, high = zone->count;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (zone->changes[middle].at <= utc)
			low = middle;
		else
			high = middle;
	}
	return utc + zone->changes[low].offset;
}

int64_t zone_utc(const struct zone *zone, int64_t local)
{
	size_t low = 0, high = zone->count;

	/* The last change after which local time is not before it; a jump back leaves the first of two. */
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;
		const struct change *change = &zone->changes[middle];
		int64_t before = zone->changes[middle - 1].offset;

		if (change->at + (before > change->offset ? before : change->offset) <= local)
			low = middle;
		else
			high = middle;
	}
	/* In the jump forward after it: the second of the jump. */
	if (low + 1 < zone->count && local - zone->changes[low].offset > zone->changes[low + 1].at)
		return zone->changes[low + 1].at;
	return local - zone->changes[low].offset;
}

int64_t zone_day(int64_t local)
{
	return local / DAY - (local % DAY < 0);
}

int zone_weekday(int64_t day)
{
	/* 1970-01-01 was a Thursday. */
	return (int)(((day + 4) % 7 + 7) % 7);
}
