/* SPDX-License-Identifier: BSD-2-Clause */
/* Time zones: local time and back, around every kind of change. */
#include "desk.h"

static struct arena *arena;

static const struct {
	const char *zone, *utc, *local;
} locals[] = {
	{"UTC", "2026-06-01T12:00:00Z", "2026-06-01T12:00:00Z"},
	{"America/Los_Angeles", "2026-01-01T08:00:00Z", "2026-01-01T00:00:00Z"},
	{"America/Los_Angeles", "2026-07-01T07:00:00Z", "2026-07-01T00:00:00Z"},
	{"America/Los_Angeles", "2026-03-08T09:59:59Z", "2026-03-08T01:59:59Z"}, /* forward */
	{"America/Los_Angeles", "2026-03-08T10:00:00Z", "2026-03-08T03:00:00Z"},
	{"America/Los_Angeles", "2026-11-01T08:59:59Z", "2026-11-01T01:59:59Z"}, /* back */
	{"America/Los_Angeles", "2026-11-01T09:00:00Z", "2026-11-01T01:00:00Z"},
	{"America/Los_Angeles", "2006-04-02T09:59:59Z", "2006-04-02T01:59:59Z"}, /* by the rule of those years */
	{"America/Los_Angeles", "2006-04-02T10:00:00Z", "2006-04-02T03:00:00Z"},
	{"Europe/Berlin", "2026-03-29T01:00:00Z", "2026-03-29T03:00:00Z"},
	{"Europe/Berlin", "2026-10-25T01:00:00Z", "2026-10-25T02:00:00Z"},
	{"Asia/Shanghai", "2026-06-01T01:00:00Z", "2026-06-01T09:00:00Z"},
	{"Asia/Kolkata", "2026-06-01T00:00:00Z", "2026-06-01T05:30:00Z"},
	{"Asia/Kathmandu", "2026-06-01T00:00:00Z", "2026-06-01T05:45:00Z"},
	{"Australia/Lord_Howe", "2026-04-04T15:00:00Z", "2026-04-05T01:30:00Z"}, /* half an hour of daylight saving */
	{"Pacific/Apia", "2011-12-30T09:59:59Z", "2011-12-29T23:59:59Z"},        /* a day that never was */
	{"Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-31T00:00:00Z"},
	{"America/Los_Angeles", "2199-07-01T07:00:00Z", "2199-07-01T00:00:00Z"},
};

static void this_machine_is_in_a_zone(void **state)
{
	char name[ZONE_NAME_SIZE] = "";

	(void)state;
	zone_here(name);
	assert_non_null(zone_of(arena, name));
}

static void local_time_is_known(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(locals); i++) {
		const struct zone *zone = zone_of(arena, locals[i].zone);

		assert_string_equal(zone_name(zone), locals[i].zone);
		assert_int_equal(zone_local(zone, when(locals[i].utc)), when(locals[i].local));
	}
}

static const struct {
	const char *zone, *local, *utc;
} instants[] = {
	{"America/Los_Angeles", "2026-03-08T01:59:59Z", "2026-03-08T09:59:59Z"},
	{"America/Los_Angeles", "2026-03-08T02:00:00Z", "2026-03-08T10:00:00Z"}, /* these never come: the change itself */
	{"America/Los_Angeles", "2026-03-08T02:30:00Z", "2026-03-08T10:00:00Z"},
	{"America/Los_Angeles", "2026-03-08T03:00:00Z", "2026-03-08T10:00:00Z"},
	{"America/Los_Angeles", "2026-03-08T03:00:01Z", "2026-03-08T10:00:01Z"},
	{"America/Los_Angeles", "2026-11-01T00:59:59Z", "2026-11-01T07:59:59Z"},
	{"America/Los_Angeles", "2026-11-01T01:30:00Z", "2026-11-01T08:30:00Z"}, /* comes twice: the first */
	{"America/Los_Angeles", "2026-11-01T02:00:00Z", "2026-11-01T10:00:00Z"},
	{"Pacific/Apia", "2011-12-30T12:00:00Z", "2011-12-30T10:00:00Z"},
	{"Europe/Berlin", "1970-01-01T01:00:00Z", "1970-01-01T00:00:00Z"},
};

static void local_time_is_found_again(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(instants); i++)
		assert_int_equal(zone_utc(zone_of(arena, instants[i].zone), when(instants[i].local)), when(instants[i].utc));
}

/* Later local time is never an earlier second, and only what comes twice is not found again. */
static void there_and_back(void **state)
{
	static const char *const names[] = {"America/Los_Angeles", "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia",
	    "America/Sao_Paulo", "Africa/Casablanca", "Asia/Tehran", "UTC"};

	(void)state;
	for (size_t n = 0; n < COUNT(names); n++) {
		const struct zone *zone = zone_of(arena, names[n]);
		int64_t last = INT64_MIN;

		for (int64_t utc = when("2005-01-01"); utc < when("2030-01-01"); utc += 1801) {
			int64_t local = zone_local(zone, utc), back = zone_utc(zone, local);

			assert_true(zone_local(zone, back) == local);
			assert_true(back <= utc && utc - back <= 2 * 3600);
			assert_true(zone_utc(zone, utc) >= last);
			last = zone_utc(zone, utc);
		}
	}
}

static void days_and_weekdays(void **state)
{
	(void)state;
	assert_int_equal(zone_day(0), 0);
	assert_int_equal(zone_day(-1), -1);
	assert_int_equal(zone_day(-86400), -1);
	assert_int_equal(zone_day(86399), 0);
	assert_int_equal(zone_weekday(zone_day(when("2026-11-22"))), 0);
	assert_int_equal(zone_weekday(zone_day(when("2028-02-29"))), 2);
	assert_int_equal(zone_weekday(-5), 6);
}

static const struct {
	const char *name, *message;
} unknown[] = {
	{"America/Los_Angels", "there is no time zone 'America/Los_Angels', did you mean 'America/Los_Angeles'?"},
	{"Mars/Olympus_Mons_Base_Seventeen", "there is no time zone 'Mars/Olympus_Mons_Base_Seventeen': expected a name as America/Los_Angeles"},
	{"america/los_angeles", "there is no time zone 'america/los_angeles', did you mean 'America/Los_Angeles'?"},
	{"", "there is no time zone '': expected a name as America/Los_Angeles"},
	{"0123456789012345678901234567890123456789012345678901234567890123456789",
	    "there is no time zone '012345678901234567890123456789012345678901234567890123456789': expected a name as "
	    "America/Los_Angeles"},
};

static void unknown_zones_are_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(unknown); i++) {
		struct diag d = {.text = ""};

		assert_null(zone_load(arena, unknown[i].name, &d));
		assert_string_equal(d.text, unknown[i].message);
	}
}

static void memory_that_is_out_is_told(void **state)
{
	struct arena *small = arena_new(64);
	struct diag d = {.text = ""};

	(void)state;
	assert_null(zone_load(small, "America/Los_Angeles", &d));
	assert_non_null(strstr(d.text, "memory is out"));
	arena_free(&small);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(local_time_is_known),
		cmocka_unit_test(this_machine_is_in_a_zone),
		cmocka_unit_test(local_time_is_found_again),
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(days_and_weekdays),
		cmocka_unit_test(unknown_zones_are_told),
		cmocka_unit_test(memory_that_is_out_is_told),
	};
	int rc;

	arena = arena_new((size_t)64 << 20);
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(&arena);
	return rc;
}
