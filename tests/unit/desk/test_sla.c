/* SPDX-License-Identifier: BSD-2-Clause */
/* Deadlines: 48 hours are 48 hours, whatever the calendar does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/clock.h"
#include "desk/sla.h"

static const struct {
	const char *start;
	int hours;
	const char *due;
} deadlines[] = {
	{"2026-11-20T10:00:00Z", 48, "2026-11-22T10:00:00Z"}, /* over a weekend */
	{"2026-12-24T23:59:59Z", 48, "2026-12-26T23:59:59Z"}, /* over holidays */
	{"2026-12-31T12:00:00Z", 48, "2027-01-02T12:00:00Z"},
	{"2026-03-07T20:00:00Z", 48, "2026-03-09T20:00:00Z"}, /* clocks go forward in the United States */
	{"2026-10-31T20:00:00Z", 48, "2026-11-02T20:00:00Z"}, /* and back */
	{"2026-03-28T12:00:00Z", 48, "2026-03-30T12:00:00Z"}, /* forward in Europe */
	{"2026-10-24T12:00:00Z", 48, "2026-10-26T12:00:00Z"},
	{"2028-02-28T12:00:00Z", 24, "2028-02-29T12:00:00Z"}, /* leap day */
	{"2028-02-28T12:00:00Z", 48, "2028-03-01T12:00:00Z"},
	{"2027-02-28T12:00:00Z", 24, "2027-03-01T12:00:00Z"},
	{"2100-02-28T00:00:00Z", 24, "2100-03-01T00:00:00Z"}, /* no leap year */
	{"2016-12-31T23:59:00Z", 1, "2017-01-01T00:59:00Z"},  /* leap second */
	{"2038-01-19T03:14:07Z", 48, "2038-01-21T03:14:07Z"}, /* beyond 32 bits */
	{"2026-06-01T00:00:00Z", 1, "2026-06-01T01:00:00Z"},
};

static int64_t when(const char *text)
{
	int64_t seconds;

	assert_int_equal(clock_parse(text, &seconds), 0);
	return seconds;
}

static void every_hour_counts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(deadlines) / sizeof(deadlines[0]); i++) {
		struct sla_clock clock = {.kind = SLA_WALL, .seconds = (int64_t)deadlines[i].hours * 3600};
		int64_t start = when(deadlines[i].start), due = sla_due(&clock, start);
		char text[CLOCK_TEXT_SIZE];

		clock_format(text, sizeof(text), due);
		assert_string_equal(text, deadlines[i].due);
		assert_int_equal(sla_hours_left(due, start), deadlines[i].hours);
	}
}

static void hours_left_are_rounded_down(void **state)
{
	static const struct {
		int64_t left;
		int64_t hours;
	} table[] = {{172800, 48}, {172799, 47}, {3600, 1}, {3599, 0}, {1, 0}, {0, 0}, {-1, -1}, {-3600, -1}, {-3601, -2},
	    {-7200, -2}};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		assert_int_equal(sla_hours_left(1000000 + table[i].left, 1000000), table[i].hours);
}

static void extremes_do_not_wrap(void **state)
{
	struct sla_clock clock = {.kind = SLA_WALL, .seconds = 172800};

	(void)state;
	assert_true(sla_due(&clock, INT64_MAX - 1) == INT64_MAX);
	assert_true(sla_hours_left(INT64_MAX, -1000) > 0);
	assert_true(sla_hours_left(INT64_MIN, 1000) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_hour_counts),
		cmocka_unit_test(hours_left_are_rounded_down),
		cmocka_unit_test(extremes_do_not_wrap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
