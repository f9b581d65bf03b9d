/* SPDX-License-Identifier: BSD-2-Clause */
/* Deadlines: 48 hours are 48 hours, whatever the calendar does; business days, weekends and hours of opening are the calendar's. */
#include "desk.h"

#include "desk/sla.h"

static struct arena *arena;

static const struct {
	const char *start;
	int hours;
	const char *due;
} walls[] = {
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

static void every_hour_counts(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(walls); i++) {
		struct sla_clock clock = {.kind = SLA_WALL, .seconds = (int64_t)walls[i].hours * 3600};
		int64_t start = when(walls[i].start), due = sla_due(&clock, start);
		char text[CLOCK_TEXT_SIZE];

		clock_format(text, sizeof(text), due);
		assert_string_equal(text, walls[i].due);
		assert_int_equal(sla_hours_left(due, start), walls[i].hours);
	}
}

/* A row of a clock with a calendar, start and due in its own local time. */
struct row {
	const char *start, *due;
};

static void check_rows(const char *what, const struct sla_clock *clock, const struct row *rows, size_t count)
{
	int wrong = 0;

	for (size_t i = 0; i < count; i++) {
		const struct zone *zone = clock->calendar.zone;
		int64_t due = zone_local(zone, sla_due(clock, zone_utc(zone, when(rows[i].start))));
		char text[CLOCK_TEXT_SIZE];

		clock_format(text, sizeof(text), due);
		if (strcmp(text, rows[i].due) != 0) {
			print_error("%s: %s is due %s, expected %s\n", what, rows[i].start, text, rows[i].due);
			wrong++;
		}
	}
	assert_int_equal(wrong, 0);
}

static const int64_t *days_of(const char *const *dates, size_t count)
{
	int64_t *days = arena_array(arena, count, sizeof(*days));

	for (size_t i = 0; i < count; i++)
		days[i] = when(dates[i]) / 86400;
	return days;
}

static const char *const holidays[] = {"2026-07-03", "2026-11-26", "2026-12-25", "2027-01-01", "2027-01-04"};

static struct sla_clock calendar_clock(enum sla_kind kind, const char *zone)
{
	struct sla_clock clock = {.kind = kind, .calendar = {.zone = zone_of(arena, zone), .weekdays = SLA_WORKDAYS}};

	return clock;
}

static const struct row business[] = {
	{"2026-11-16T10:00:00Z", "2026-11-19T10:00:00Z"}, /* Monday to Thursday */
	{"2026-11-19T10:00:00Z", "2026-11-24T10:00:00Z"}, /* over a weekend */
	{"2026-11-20T23:59:59Z", "2026-11-25T23:59:59Z"},
	{"2026-11-21T00:00:00Z", "2026-11-25T23:59:59Z"}, /* came on a Saturday: three whole days */
	{"2026-11-22T23:59:59Z", "2026-11-25T23:59:59Z"},
	{"2026-11-23T00:00:00Z", "2026-11-27T00:00:00Z"}, /* over Thanksgiving */
	{"2026-11-26T09:00:00Z", "2026-12-01T23:59:59Z"}, /* came on a holiday */
	{"2026-12-23T15:00:00Z", "2026-12-29T15:00:00Z"}, /* Christmas is a Friday */
	{"2026-12-30T12:00:00Z", "2027-01-06T12:00:00Z"}, /* the end of the year, and two holidays around a weekend */
	{"2026-12-31T12:00:00Z", "2027-01-07T12:00:00Z"},
	{"2028-02-25T08:00:00Z", "2028-03-01T08:00:00Z"}, /* over a leap day */
	{"2028-02-29T08:00:00Z", "2028-03-03T08:00:00Z"},
	{"2026-03-05T02:30:00Z", "2026-03-10T02:30:00Z"}, /* over the hour that never was: the same hour */
	{"2026-10-29T01:30:00Z", "2026-11-03T01:30:00Z"}, /* over the hour that came twice */
};

static void business_days_are_counted(void **state)
{
	struct sla_clock clock = calendar_clock(SLA_BUSINESS, "America/Los_Angeles");

	(void)state;
	clock.days = 3;
	clock.calendar.holidays = days_of(holidays, COUNT(holidays));
	clock.calendar.holiday_count = COUNT(holidays);
	check_rows("business", &clock, business, COUNT(business));
	/* Three days over a change of the clocks are not 72 hours. */
	assert_int_equal(sla_due(&clock, when("2026-03-06T20:00:00Z")), when("2026-03-11T19:00:00Z"));
	assert_int_equal(sla_due(&clock, when("2026-10-30T19:00:00Z")), when("2026-11-04T20:00:00Z"));
}

static const struct row whole_days[] = {
	{"2026-11-16T00:00:00Z", "2026-11-19T23:59:59Z"},
	{"2026-11-16T23:59:59Z", "2026-11-19T23:59:59Z"},
	{"2026-11-20T10:00:00Z", "2026-11-25T23:59:59Z"},
	{"2026-11-21T10:00:00Z", "2026-11-25T23:59:59Z"},
	{"2026-03-05T10:00:00Z", "2026-03-10T23:59:59Z"},
};

static void business_days_may_be_whole(void **state)
{
	struct sla_clock clock = calendar_clock(SLA_BUSINESS, "America/Los_Angeles");

	(void)state;
	clock.days = 3;
	clock.calendar.whole_days = true;
	check_rows("whole days", &clock, whole_days, COUNT(whole_days));
}

/* 2026-11-20 is a Friday. */
static const struct row weekends[] = {
	{"2026-11-19T23:59:59Z", "2026-11-20T23:59:59Z"},
	{"2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z"}, /* its hours are over with Friday */
	{"2026-11-20T00:00:01Z", "2026-11-23T00:00:01Z"},
	{"2026-11-20T08:00:00Z", "2026-11-23T08:00:00Z"},
	{"2026-11-20T12:00:00Z", "2026-11-23T12:00:00Z"},
	{"2026-11-20T15:00:00Z", "2026-11-23T12:00:00Z"}, /* at the latest */
	{"2026-11-21T10:00:00Z", "2026-11-23T12:00:00Z"},
	{"2026-11-22T23:59:59Z", "2026-11-23T12:00:00Z"},
	{"2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z"},
	{"2026-11-23T12:00:01Z", "2026-11-24T12:00:01Z"},
	{"2026-03-06T20:00:00Z", "2026-03-09T12:00:00Z"}, /* clocks go forward on the Sunday */
	{"2026-10-31T20:00:00Z", "2026-11-02T12:00:00Z"}, /* and back */
	{"2027-12-31T18:00:00Z", "2028-01-03T12:00:00Z"}, /* end of the year */
};

static void weekends_do_not_count(void **state)
{
	struct sla_clock clock = calendar_clock(SLA_WEEKEND, "America/New_York");

	(void)state;
	clock.seconds = 24 * 3600;
	clock.calendar.resumes_weekday = 1;
	clock.calendar.resumes_second = 12 * 3600;
	check_rows("weekend", &clock, weekends, COUNT(weekends));
	clock.seconds = 60 * 3600;
	assert_int_equal(zone_local(clock.calendar.zone, sla_due(&clock, zone_utc(clock.calendar.zone, when("2026-11-18T12:00:00Z")))),
	    when("2026-11-21T00:00:00Z"));
	/* The latest is the one after the arrival, also when Monday is a holiday. */
	clock.calendar.holidays = days_of((const char *const[]){"2026-11-23"}, 1);
	clock.calendar.holiday_count = 1;
	clock.seconds = 24 * 3600;
	assert_int_equal(zone_local(clock.calendar.zone, sla_due(&clock, zone_utc(clock.calendar.zone, when("2026-11-23T13:00:00Z")))),
	    when("2026-11-25T00:00:00Z"));
}

static const struct row offices[] = {
	{"2026-11-20T08:00:00Z", "2026-11-23T12:00:00Z"}, /* 9 hours on Friday, 3 on Monday */
	{"2026-11-20T09:00:00Z", "2026-11-23T12:00:00Z"},
	{"2026-11-20T17:59:59Z", "2026-11-24T11:59:59Z"},
	{"2026-11-20T18:00:00Z", "2026-11-24T12:00:00Z"},
	{"2026-11-21T12:00:00Z", "2026-11-24T12:00:00Z"}, /* Saturday */
	{"2026-11-16T15:00:00Z", "2026-11-17T18:00:00Z"}, /* used up when they close */
	{"2026-11-16T15:00:01Z", "2026-11-18T09:00:01Z"},
	{"2028-02-28T17:00:00Z", "2028-03-01T11:00:00Z"}, /* leap day */
	{"2026-12-31T17:00:00Z", "2027-01-05T18:00:00Z"}, /* 1 and 4 January are holidays */
};

static void hours_of_opening_count(void **state)
{
	struct sla_clock clock = calendar_clock(SLA_OFFICE, "Asia/Shanghai");

	(void)state;
	clock.seconds = 12 * 3600;
	clock.calendar.opens = 9 * 3600;
	clock.calendar.closes = 18 * 3600;
	check_rows("office", &clock, offices, COUNT(offices) - 1);
	clock.seconds = 10 * 3600;
	clock.calendar.holidays = days_of(holidays, COUNT(holidays));
	clock.calendar.holiday_count = COUNT(holidays);
	check_rows("office with holidays", &clock, offices + COUNT(offices) - 1, 1);
}

/* Who wrote later is never due earlier. */
static void later_mail_is_not_due_earlier(void **state)
{
	struct sla_clock clocks[] = {calendar_clock(SLA_BUSINESS, "America/Los_Angeles"), calendar_clock(SLA_BUSINESS, "Europe/Berlin"),
	    calendar_clock(SLA_WEEKEND, "America/New_York"), calendar_clock(SLA_OFFICE, "Asia/Shanghai")};

	(void)state;
	for (size_t i = 0; i < COUNT(clocks); i++) {
		int64_t last = INT64_MIN;

		clocks[i].days = 2;
		clocks[i].seconds = 24 * 3600;
		clocks[i].calendar.opens = 9 * 3600;
		clocks[i].calendar.closes = 18 * 3600;
		clocks[i].calendar.resumes_weekday = 1;
		clocks[i].calendar.resumes_second = 12 * 3600;
		clocks[i].calendar.whole_days = i == 1;
		for (int64_t start = when("2026-01-01"); start < when("2029-01-01"); start += 1777) {
			int64_t due = sla_due(&clocks[i], start);

			assert_true(due > start);
			assert_true(due >= last);
			last = due;
		}
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
	for (size_t i = 0; i < COUNT(table); i++)
		assert_int_equal(sla_hours_left(1000000 + table[i].left, 1000000), table[i].hours);
}

static void extremes_do_not_wrap(void **state)
{
	struct sla_clock clock = {.kind = SLA_WALL, .seconds = 172800}, business_clock = calendar_clock(SLA_BUSINESS, "UTC");

	(void)state;
	assert_true(sla_due(&clock, INT64_MAX - 1) == INT64_MAX);
	assert_true(sla_hours_left(INT64_MAX, -1000) > 0);
	assert_true(sla_hours_left(INT64_MIN, 1000) < 0);
	business_clock.days = 366;
	assert_true(sla_due(&business_clock, INT64_MAX - 1) == INT64_MAX);
	assert_true(sla_due(&business_clock, INT64_MIN) < 0);
	assert_true(sla_due(&business_clock, 253402300799) > 253402300799);
	business_clock.kind = SLA_OFFICE;
	business_clock.seconds = 3600;
	assert_true(sla_due(&business_clock, INT64_MIN) == INT64_MIN + 3600);
	business_clock.kind = SLA_WEEKEND;
	assert_true(sla_due(&business_clock, INT64_MAX) == INT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_hour_counts),
		cmocka_unit_test(business_days_are_counted),
		cmocka_unit_test(business_days_may_be_whole),
		cmocka_unit_test(weekends_do_not_count),
		cmocka_unit_test(hours_of_opening_count),
		cmocka_unit_test(later_mail_is_not_due_earlier),
		cmocka_unit_test(hours_left_are_rounded_down),
		cmocka_unit_test(extremes_do_not_wrap),
	};
	int rc;

	arena = arena_new((size_t)64 << 20);
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(&arena);
	return rc;
}
