/* SPDX-License-Identifier: BSD-2-Clause */
/* Which alert is due at a second: levels, quiet hours over midnight and changes of the clocks, what was given before. */
#include "desk.h"

#include "desk/alert.h"

static struct arena *arena;

#define HOURS(n) ((int64_t)(n) * 3600)

static struct alert_plan plan_of(const char *zone, int from, int until)
{
	struct alert_plan plan = {
		.levels = {4, {50, 75, 90, 100}}, .always = {1, {100}}, .urgent = HOURS(4),
		.quiet = {zone != NULL ? zone_of(arena, zone) : NULL, from, until},
	};

	return plan;
}

/* An inquiry of 48 hours, opened at second 1,000,000. */
static const struct {
	int64_t after; /* its opening */
	unsigned given, level;
} levels[] = {
	{0, 0, 0}, {HOURS(24) - 1, 0, 0},
	{HOURS(24), 0, 50}, {HOURS(24), 50, 0},
	{HOURS(36) - 1, 50, 0}, {HOURS(36), 50, 75}, {HOURS(36), 75, 0},
	{HOURS(36), 0, 75},  /* one alert, for the highest: the lower one is given with it */
	{HOURS(48) * 9 / 10 - 1, 75, 0}, {HOURS(48) * 9 / 10, 75, 90},
	{HOURS(48), 90, 0},  /* the due second is in time */
	{HOURS(48) + 1, 90, 100}, {HOURS(48) + 1, 100, 0}, {HOURS(48) + 1, 0, 100},
	{HOURS(5000), 0, 100}, {HOURS(5000), 100, 0},
	{HOURS(24), 60, 0},  /* given under other levels */
	{HOURS(40), 60, 75},
	{-1, 0, 0}, {-HOURS(100), 0, 0}, /* not opened yet: clocks of gateways differ */
};

static void levels_are_given_once(void **state)
{
	struct alert_plan plan = plan_of(NULL, 0, 0);
	struct desk_inquiry inquiry = {.opened = 1000000, .due = 1000000 + HOURS(48)};

	(void)state;
	for (size_t i = 0; i < COUNT(levels); i++)
		assert_int_equal(alert_level(&plan, &inquiry, inquiry.opened + levels[i].after, levels[i].given),
		    levels[i].level);
}

static void what_is_closed_alerts_nobody(void **state)
{
	struct alert_plan plan = plan_of(NULL, 0, 0);
	const enum inquiry_outcome outcomes[] = {INQUIRY_ANSWERED, INQUIRY_DONE, INQUIRY_SPAM};

	(void)state;
	for (size_t i = 0; i < COUNT(outcomes); i++) {
		struct desk_inquiry inquiry = {.opened = 1000, .due = 2000, .closed = 1500, .outcome = outcomes[i]};

		assert_int_equal(alert_level(&plan, &inquiry, 5000, 0), 0);
	}
}

static const struct {
	unsigned level;
	int64_t after; /* opening, of 1000 seconds */
	unsigned expected;
} beyond[] = {
	{150, 1500, 0}, {150, 1501, 150}, {1000, 10000, 0}, {1000, 10001, 1000}, {1, 10, 1}, {1, 9, 0},
};

static void levels_may_be_any(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(beyond); i++) {
		struct alert_plan plan = {.levels = {1, {beyond[i].level}}};
		struct desk_inquiry inquiry = {.opened = 500, .due = 1500};

		assert_int_equal(alert_level(&plan, &inquiry, 500 + beyond[i].after, 0), beyond[i].expected);
	}
}

/* A due second at or before the opening is a record of another gateway's clock: overdue, and no division by it. */
static void no_time_at_all_is_overdue(void **state)
{
	struct alert_plan plan = plan_of(NULL, 0, 0);
	struct desk_inquiry none = {.opened = 1000, .due = 1000}, less = {.opened = 1000, .due = 500};

	(void)state;
	assert_int_equal(alert_level(&plan, &none, 1001, 0), 100);
	assert_int_equal(alert_level(&plan, &less, 1000, 0), 100);
	assert_int_equal(alert_level(&plan, &less, 999, 0), 0);
}

static void many_levels_keep_their_order(void **state)
{
	struct alert_levels list = {0};

	(void)state;
	for (unsigned i = 0; i < ALERT_LEVELS_MAX; i++)
		assert_int_equal(alert_levels_add(&list, 1 + i * 7 % ALERT_LEVELS_MAX), 0);
	for (unsigned i = 0; i < ALERT_LEVELS_MAX; i++)
		assert_int_equal(list.level[i], i + 1);
	assert_int_equal(alert_levels_add(&list, 5), 0);
	assert_int_equal(alert_levels_add(&list, 99), -1);
	assert_int_equal(list.count, ALERT_LEVELS_MAX);
}

/* ---- quiet hours --------------------------------------------------------------------- */

#define NIGHT HOURS(22), HOURS(7)
#define NOON HOURS(12), HOURS(13)

static const struct {
	const char *zone;
	int from, until;
	const char *now;
	bool quiet;
} hours[] = {
	{"UTC", NIGHT, "2026-11-22T21:59:59Z", false}, {"UTC", NIGHT, "2026-11-22T22:00:00Z", true},
	{"UTC", NIGHT, "2026-11-23T00:00:00Z", true}, {"UTC", NIGHT, "2026-11-23T06:59:59Z", true},
	{"UTC", NIGHT, "2026-11-23T07:00:00Z", false},
	{"UTC", NOON, "2026-11-22T11:59:59Z", false}, {"UTC", NOON, "2026-11-22T12:00:00Z", true},
	{"UTC", NOON, "2026-11-22T12:59:59Z", true}, {"UTC", NOON, "2026-11-22T13:00:00Z", false},
	{"UTC", HOURS(20), HOURS(24), "2026-11-22T23:59:59Z", true}, {"UTC", HOURS(20), HOURS(24), "2026-11-23T00:00:00Z", false},
	{"Asia/Shanghai", NIGHT, "2026-11-22T14:00:00Z", true}, {"Asia/Shanghai", NIGHT, "2026-11-22T23:00:00Z", false},
	{"Asia/Kathmandu", NIGHT, "2026-11-22T16:14:59Z", false}, {"Asia/Kathmandu", NIGHT, "2026-11-22T16:15:00Z", true},
	/* Clocks forward on 29 March, 02:00 to 03:00: the night ends an hour of UTC earlier. */
	{"Europe/Berlin", NIGHT, "2026-03-28T05:59:59Z", true}, {"Europe/Berlin", NIGHT, "2026-03-28T06:00:00Z", false},
	{"Europe/Berlin", NIGHT, "2026-03-29T04:59:59Z", true}, {"Europe/Berlin", NIGHT, "2026-03-29T05:00:00Z", false},
	/* Until a time that never comes: over with the change. */
	{"Europe/Berlin", HOURS(22), HOURS(2) + 1800, "2026-03-29T00:59:59Z", true},
	{"Europe/Berlin", HOURS(22), HOURS(2) + 1800, "2026-03-29T01:00:00Z", false},
	/* From a time that never comes. */
	{"Europe/Berlin", HOURS(2), HOURS(3), "2026-03-29T01:00:00Z", false},
	/* Clocks back on 25 October, 03:00 to 02:00. */
	{"Europe/Berlin", NIGHT, "2026-10-25T05:59:59Z", true}, {"Europe/Berlin", NIGHT, "2026-10-25T06:00:00Z", false},
	/* Until a time that comes twice: the second one is on the wall's clock, too. */
	{"Europe/Berlin", HOURS(22), HOURS(2) + 1800, "2026-10-25T00:45:00Z", false},
	{"Europe/Berlin", HOURS(22), HOURS(2) + 1800, "2026-10-25T01:15:00Z", true},
	{"Europe/Berlin", HOURS(22), HOURS(2) + 1800, "2026-10-25T01:30:00Z", false},
	{"UTC", NIGHT, "2028-02-29T23:00:00Z", true}, {"UTC", NIGHT, "2028-02-29T12:00:00Z", false},
};

static void quiet_hours_follow_the_wall(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(hours); i++) {
		struct alert_quiet quiet = {zone_of(arena, hours[i].zone), hours[i].from, hours[i].until};

		assert_int_equal(alert_is_quiet(&quiet, when(hours[i].now)), hours[i].quiet);
	}
}

/* In the night of 22 November, quiet from 22:00 to 07:00 UTC. */
static const struct {
	const char *opened, *due, *now;
	unsigned given, level;
} nights[] = {
	/* Half is over at 23:00: told at the end of the night, unless more has passed by then. */
	{"2026-11-21T23:00:00Z", "2026-11-23T23:00:00Z", "2026-11-22T23:00:00Z", 0, 0},
	{"2026-11-21T23:00:00Z", "2026-11-23T23:00:00Z", "2026-11-23T06:59:59Z", 0, 0},
	{"2026-11-21T23:00:00Z", "2026-11-23T23:00:00Z", "2026-11-23T07:00:00Z", 0, 50},
	{"2026-11-21T23:00:00Z", "2026-11-23T23:00:00Z", "2026-11-23T07:00:00Z", 50, 0},
	{"2026-11-22T10:00:00Z", "2026-11-23T10:00:00Z", "2026-11-23T04:00:00Z", 50, 0},
	{"2026-11-22T10:00:00Z", "2026-11-23T10:00:00Z", "2026-11-23T07:36:00Z", 50, 90},
	/* Overdue can't wait. */
	{"2026-11-21T02:00:00Z", "2026-11-23T02:00:00Z", "2026-11-23T02:00:00Z", 0, 0},
	{"2026-11-21T02:00:00Z", "2026-11-23T02:00:00Z", "2026-11-23T02:00:01Z", 0, 100},
	{"2026-11-21T02:00:00Z", "2026-11-23T02:00:00Z", "2026-11-23T02:00:01Z", 100, 0},
	/* A complaint of an authority: an hour. */
	{"2026-11-23T02:00:00Z", "2026-11-23T03:00:00Z", "2026-11-23T02:30:00Z", 0, 50},
	{"2026-11-23T02:00:00Z", "2026-11-23T03:00:00Z", "2026-11-23T02:54:00Z", 50, 90},
	/* Four hours are not under four hours. */
	{"2026-11-23T01:00:00Z", "2026-11-23T04:59:59Z", "2026-11-23T03:00:00Z", 0, 50},
	{"2026-11-23T01:00:00Z", "2026-11-23T05:00:00Z", "2026-11-23T03:00:00Z", 0, 0},
};

static void quiet_hours_keep_back(void **state)
{
	struct alert_plan plan = plan_of("UTC", NIGHT);

	(void)state;
	for (size_t i = 0; i < COUNT(nights); i++) {
		struct desk_inquiry inquiry = {.opened = when(nights[i].opened), .due = when(nights[i].due)};

		assert_int_equal(alert_level(&plan, &inquiry, when(nights[i].now), nights[i].given), nights[i].level);
	}
}

/* Of several levels crossed at night the highest that may be given is; the rest comes in the morning. */
static void always_may_be_any_level(void **state)
{
	struct alert_plan plan = plan_of("UTC", NIGHT);
	struct desk_inquiry inquiry = {.opened = when("2026-11-22T00:00:00Z"), .due = when("2026-11-22T22:30:00Z")};
	int64_t night = when("2026-11-22T23:00:00Z"), morning = when("2026-11-23T07:00:00Z");

	(void)state;
	plan.always = (struct alert_levels){1, {75}};
	assert_int_equal(alert_level(&plan, &inquiry, night, 50), 75);
	assert_int_equal(alert_level(&plan, &inquiry, night, 75), 0);
	assert_int_equal(alert_level(&plan, &inquiry, morning, 75), 100);
	plan.always.count = 0;
	assert_int_equal(alert_level(&plan, &inquiry, night, 50), 0);
}

/* ---- windows and messages ------------------------------------------------------------------ */

/* A window of ten days that opens at second 1,000,000; levels 168, 72 and 24 hours. */
static const struct {
	int64_t left;
	unsigned given, hours; /* 0: none */
	enum window_state state;
} closing[] = {
	{HOURS(168) + 1, 0, 0, WINDOW_OPEN}, {HOURS(168), 0, 168, WINDOW_OPEN}, {HOURS(168), 168, 0, WINDOW_OPEN},
	{HOURS(72) + 1, 168, 0, WINDOW_CLOSING}, {HOURS(72), 168, 72, WINDOW_CLOSING}, {HOURS(72), 72, 0, WINDOW_CLOSING},
	{HOURS(24) + 1, 72, 0, WINDOW_CLOSING}, {HOURS(24), 72, 24, WINDOW_CLOSING}, {HOURS(24), 24, 0, WINDOW_CLOSING},
	{HOURS(50), 0, 72, WINDOW_CLOSING}, /* one alert: the seven days are given with it */
	{0, 0, 24, WINDOW_CLOSING}, {0, 24, 0, WINDOW_CLOSING}, {-1, 0, 0, WINDOW_CLOSED},
	{-1, 0, 0, WINDOW_CLOSING}, /* the last second is over, whatever the state was reckoned for */
	{HOURS(10), 0, 0, WINDOW_USED}, {HOURS(10), 0, 0, WINDOW_WAITING},
	{HOURS(240) + 1, 0, 0, WINDOW_OPEN}, /* not open yet */
	{HOURS(60), 48, 0, WINDOW_CLOSING}, {HOURS(20), 48, 24, WINDOW_CLOSING}, /* given under other levels */
};

static struct alert_plan closing_plan(const char *zone, int from, int until)
{
	struct alert_plan plan = plan_of(zone, from, until);

	plan.windows = (struct alert_levels){3, {24, 72, 168}};
	return plan;
}

static void windows_alert_before_they_close(void **state)
{
	struct alert_plan plan = closing_plan(NULL, 0, 0);

	(void)state;
	for (size_t i = 0; i < COUNT(closing); i++) {
		struct desk_window_state window = {.opens = 1000000, .closes = 1000000 + HOURS(240), .state = closing[i].state};
		unsigned given = closing[i].given > 0 ? alert_window_urgency(closing[i].given) : 0;
		unsigned level = alert_window_level(&plan, &window, window.closes - closing[i].left, given);

		assert_int_equal(level > 0 ? alert_window_urgency(level) : 0, closing[i].hours);
	}
	assert_true(alert_window_urgency(1) > alert_window_urgency(2) && alert_window_urgency(ALERT_HOURS_MAX) == 1);
}

/* Shorter than a level: it alerts of that level as soon as it is open. */
static void a_short_window_alerts_at_its_opening(void **state)
{
	struct alert_plan plan = closing_plan(NULL, 0, 0);
	struct desk_window_state window = {.opens = 5000, .closes = 5000 + HOURS(48), .state = WINDOW_OPEN};

	(void)state;
	assert_int_equal(alert_window_level(&plan, &window, 4999, 0), 0);
	assert_int_equal(alert_window_level(&plan, &window, 5000, 0), alert_window_urgency(72));
	plan.windows.count = 0;
	assert_int_equal(alert_window_level(&plan, &window, 5000, 0), 0);
}

static void quiet_hours_keep_windows_and_messages_back(void **state)
{
	struct alert_plan plan = closing_plan("UTC", NIGHT);
	struct desk_window_state window = {.opens = when("2026-11-01T00:00:00Z"), .closes = when("2026-11-24T02:00:00Z"),
	    .state = WINDOW_OPEN};

	(void)state;
	assert_int_equal(alert_window_level(&plan, &window, when("2026-11-23T02:00:00Z"), 0), 0);
	assert_int_equal(alert_window_level(&plan, &window, when("2026-11-23T07:00:00Z"), 0), alert_window_urgency(24));
	/* Less than always_under is left: it would be over before the night is. */
	assert_int_equal(alert_window_level(&plan, &window, when("2026-11-23T22:00:00Z"), 0), 0);
	assert_int_equal(alert_window_level(&plan, &window, when("2026-11-23T22:00:01Z"), 0), alert_window_urgency(24));
	assert_int_equal(alert_message_level(&plan, when("2026-11-23T02:00:00Z"), 0), 0);
	assert_int_equal(alert_message_level(&plan, when("2026-11-23T07:00:00Z"), 0), ALERT_AT_ONCE);
	assert_int_equal(alert_message_level(&plan, when("2026-11-23T07:00:00Z"), ALERT_AT_ONCE), 0);
}

/* Asked every minute through two days and nights, each level is given once, ascending, none but 100 at night. */
static void each_minute_of_two_days(void **state)
{
	struct alert_plan plan = plan_of("America/Los_Angeles", NIGHT);
	struct dice dice = {42};

	(void)state;
	for (int round = 0; round < 200; round++) {
		struct desk_inquiry inquiry = {.opened = when("2026-03-07T00:00:00Z") + dice_roll(&dice, 86400)};
		unsigned given = 0;

		inquiry.due = inquiry.opened + HOURS(4 + dice_roll(&dice, 44));
		for (int64_t now = inquiry.opened; now < inquiry.opened + HOURS(72); now += 60) {
			unsigned level = alert_level(&plan, &inquiry, now, given);

			assert_true(level == 0 || level > given);
			assert_true(level == 0 || level == 100 || !alert_is_quiet(&plan.quiet, now));
			given = level > 0 ? level : given;
		}
		assert_int_equal(given, 100);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(levels_are_given_once),
		cmocka_unit_test(what_is_closed_alerts_nobody),
		cmocka_unit_test(levels_may_be_any),
		cmocka_unit_test(no_time_at_all_is_overdue),
		cmocka_unit_test(many_levels_keep_their_order),
		cmocka_unit_test(quiet_hours_follow_the_wall),
		cmocka_unit_test(quiet_hours_keep_back),
		cmocka_unit_test(always_may_be_any_level),
		cmocka_unit_test(each_minute_of_two_days),
		cmocka_unit_test(windows_alert_before_they_close),
		cmocka_unit_test(a_short_window_alerts_at_its_opening),
		cmocka_unit_test(quiet_hours_keep_windows_and_messages_back),
	};
	int rc;

	arena = arena_new((size_t)64 << 20);
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(&arena);
	return rc;
}
