/* SPDX-License-Identifier: BSD-2-Clause */
/* Parts of the report; that it counts right as a whole is tested against an oracle (tests/cli/test_report.py). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/clock.h"
#include "core/hash.h"
#include "report/seen.h"
#include "report/weeks.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define START 1793491200 /* 2026-11-01T00:00:00Z, a Sunday */
#define DAY 86400

static struct arena *arena;
static const struct zone *utc;

static int setup(void **state)
{
	struct diag d = {0};

	(void)state;
	arena = arena_new((size_t)4 << 20);
	utc = zone_load(arena, "UTC", &d);
	return utc != NULL && hash_init() == 0 ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

/* ---- weeks ----------------------------------------------------------------------------- */

static void weeks_are_those_of_iso_8601(void **state)
{
	static const struct {
		const char *day, *week;
	} days[] = {
		{"2026-11-22", "2026-W47"}, {"2026-11-23", "2026-W48"}, {"2027-01-03", "2026-W53"}, {"2027-01-04", "2027-W01"},
		{"2024-12-30", "2025-W01"}, {"2022-01-01", "2021-W52"}, {"2021-01-01", "2020-W53"}, {"2020-02-29", "2020-W09"},
		{"1970-01-01", "1970-W01"}, {"2000-02-29", "2000-W09"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(days); i++) {
		struct report report = {.query = {.zone = utc}};
		struct diag d = {0};

		assert_int_equal(clock_parse(days[i].day, &report.query.from), 0);
		report.query.to = report.query.from + 1;
		assert_int_equal(weeks_make(&report, &d), 0);
		assert_int_equal(report.week_count, 1);
		assert_string_equal(report.weeks[0].label, days[i].week);
		assert_false(report.weeks[0].whole);
		free(report.weeks);
	}
}

static void a_period_that_can_not_be_is_refused(void **state)
{
	struct report report = {.query = {.zone = utc, .from = START, .to = START}};
	struct diag d = {0};

	(void)state;
	assert_int_equal(weeks_make(&report, &d), -1);
	report.query.to = START + (int64_t)4000 * DAY;
	assert_int_equal(weeks_make(&report, &d), -1);
	assert_non_null(strstr(d.text, "ten years"));
}

/* ---- groups ----------------------------------------------------------------------------- */

static void groups_are_found_again(void **state)
{
	struct groups groups = {0};
	struct report_list list;
	char name[32];

	(void)state;
	for (int turn = 0; turn < 2; turn++) {
		for (int i = 0; i < 5000; i++) {
			snprintf(name, sizeof(name), "agent %d", i);
			groups_get(&groups, slice_str(name), 2)->all.violations += i % 7;
		}
	}
	assert_int_equal(groups.count, 5000);
	assert_ptr_equal(groups_get(&groups, SLICE_NONE, 0), groups_get(&groups, SLICE_LIT(""), 0));
	assert_int_equal(groups_list(&groups, false, &list), 0);
	assert_int_equal(list.count, 5000 - 715); /* those of nothing are left out */
	assert_string_equal(list.items[0]->name, "agent 1000");
	assert_int_equal(list.items[0]->all.violations, 12);
	assert_int_equal(list.items[list.count - 1]->all.violations, 2);
	free(list.items);
	groups_free(&groups);
}

static void a_rule_lists_each_id_once(void **state)
{
	struct groups groups = {0};
	struct report_group *rule = groups_get(&groups, SLICE_LIT("links"), 0);

	(void)state;
	assert_int_equal(group_add_id(rule, SLICE_LIT("MP-LINK")), 0);
	assert_int_equal(group_add_id(rule, SLICE_LIT("MP-LINK-HIDDEN")), 0);
	assert_int_equal(group_add_id(rule, SLICE_LIT("MP-LINK")), 0);
	assert_int_equal(group_add_id(rule, SLICE_LIT("MP")), 0);
	assert_int_equal(group_add_id(rule, SLICE_NONE), 0);
	assert_string_equal(rule->ids, "MP-LINK, MP-LINK-HIDDEN, MP");
	groups_free(&groups);
}

/* ---- attempts --------------------------------------------------------------------------- */

static struct report report;
static struct counting counting;
static struct seen seen;

static void attempt(int64_t time, const char *digest, const char *action)
{
	json_t *event = json_pack("{s:s, s:s, s:s, s:s, s:s, s:i}", "event", "message", "direction", "out", "action", action,
	    "digest", digest, "id", "X", "seq", 1);
	char text[CLOCK_TEXT_SIZE];
	struct store_event e;
	struct diag d = {0};

	clock_format(text, sizeof(text), time);
	json_object_set_new(event, "time", json_string(text));
	assert_int_equal(store_event_read(event, &e, &d), 0);
	assert_int_equal(seen_note(&seen, &e, tally_read(&counting, event, &e)), 0);
	json_decref(event);
}

static void begin(void)
{
	struct diag d = {0};

	report = (struct report){.query = {.zone = utc, .from = START, .to = START + 90 * DAY}};
	counting = (struct counting){.report = &report};
	seen = (struct seen){.counting = &counting};
	assert_int_equal(weeks_make(&report, &d), 0);
}

static void end(void)
{
	seen_free(&seen);
	for (size_t i = 0; i < REPORT_BY_COUNT; i++)
		groups_free(&counting.groups[i]);
	free(report.weeks);
}

static void the_attempt_that_came_furthest_counts(void **state)
{
	(void)state;
	begin();
	attempt(START, "a", "defer");
	attempt(START + 60, "a", "reject");
	attempt(START + 120, "a", "defer");
	attempt(START, "b", "defer");
	attempt(START + 60, "b", "hold");
	attempt(START + 120, "b", "pass");
	assert_int_equal(report.all.messages, 1); /* b was taken; a may still be */
	assert_int_equal(report.all.held, 1);
	assert_int_equal(seen_end(&seen), 0);
	assert_int_equal(report.all.messages, 2);
	assert_int_equal(report.all.refused, 1);
	assert_int_equal(report.all.deferred, 0);
	end();
}

static void what_comes_a_week_later_is_another_mail(void **state)
{
	(void)state;
	for (int64_t before = 0; before < 15; before++) {
		begin();
		attempt(START, "other", "pass"); /* so that the tables turn at another time */
		attempt(START + before * DAY, "a", "reject");
		attempt(START + before * DAY + REPORT_RETRY_SECONDS, "a", "reject");
		attempt(START + before * DAY + REPORT_RETRY_SECONDS + 1, "a", "reject");
		attempt(START + before * DAY + 2 * REPORT_RETRY_SECONDS + 1, "a", "pass");
		attempt(START + before * DAY + 3 * REPORT_RETRY_SECONDS + 2, "a", "reject");
		assert_int_equal(seen_end(&seen), 0);
		assert_int_equal(report.all.messages, 1 + 3);
		assert_int_equal(report.all.refused, 2);
		end();
	}
}

static void memory_does_not_grow_with_the_log(void **state)
{
	char digest[32];

	(void)state;
	begin();
	for (int64_t i = 0; i < 90 * 200; i++) {
		snprintf(digest, sizeof(digest), "mail %lld", (long long)i);
		attempt(START + i * DAY / 200, digest, i % 3 == 0 ? "reject" : "pass");
	}
	/* Of 18,000 mails at most those of two weeks are known. */
	assert_in_range(seen.recent.count + seen.older.count, 1, 15 * 200);
	assert_int_equal(seen_end(&seen), 0);
	assert_int_equal(report.all.messages, 90 * 200);
	assert_int_equal(report.all.refused, 30 * 200);
	end();
}

/* ---- what it says --------------------------------------------------------------------------- */

static void often_is_a_matter_of_share_and_number(void **state)
{
	static const struct {
		struct report_count n;
		bool released, exempt;
	} rows[] = {
		{{.released = 4, .denied = 0}, false, false},
		{{.released = 5, .denied = 0}, true, false},
		{{.released = 3, .denied = 3}, true, false},
		{{.released = 3, .denied = 4}, false, false},
		{{.messages = 90, .exempt = 9}, false, false},
		{{.messages = 100, .exempt = 10}, false, true},
		{{.messages = 101, .exempt = 10}, false, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct report_group rule = {.all = rows[i].n};

		assert_int_equal(report_often_released(&rule), rows[i].released);
		assert_int_equal(report_often_exempt(&rule), rows[i].exempt);
	}
}

static void rates_are_rounded_and_nothing_has_none(void **state)
{
	(void)state;
	assert_int_equal(report_rate(&(struct report_count){0}), -1);
	assert_int_equal(report_rate(&(struct report_count){.messages = 3, .violating = 2}), 667);
	assert_int_equal(report_rate(&(struct report_count){.messages = 2000, .violating = 1}), 1);
	assert_int_equal(report_rate(&(struct report_count){.messages = 2001, .violating = 1}), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(weeks_are_those_of_iso_8601),
		cmocka_unit_test(a_period_that_can_not_be_is_refused),
		cmocka_unit_test(groups_are_found_again),
		cmocka_unit_test(a_rule_lists_each_id_once),
		cmocka_unit_test(the_attempt_that_came_furthest_counts),
		cmocka_unit_test(what_comes_a_week_later_is_another_mail),
		cmocka_unit_test(memory_does_not_grow_with_the_log),
		cmocka_unit_test(often_is_a_matter_of_share_and_number),
		cmocka_unit_test(rates_are_rounded_and_nothing_has_none),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
