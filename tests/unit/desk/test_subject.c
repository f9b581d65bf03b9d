/* SPDX-License-Identifier: BSD-2-Clause */
/* Facts of several numbers, whose they are, and which windows are worth an alert. */
#include "desk.h"

#include "desk/subject.h"

static struct arena *arena;
static struct desk_window windows[] = {
	{.name = "dispute", .starts = "refund", .ends = "dispute", .length = {48 * 3600, 0}},
	{.name = "old-dispute", .starts = "settlement", .ends = "dispute", .length = {45, 1}},
	{.name = "appeal", .starts = "denial", .ends = "appeal", .length = {30, 1}},
	{.name = "search", .starts = "order", .length = {90, 1}},
	{.name = "claim", .starts = "delivered", .ends = "claim", .opens = {10, 1}, .length = {50, 1}},
};

static struct desk_fact fact_of(const char *name, const char *subject, const char *time)
{
	return (struct desk_fact){.milestone = {.name = name, .subject = subject, .time = when(time)}, .marketplace = "", .shop = "",
	    .order = ""};
}

static void numbers_are_taken_one_by_one(void **state)
{
	struct desk_fact facts[] = {
		fact_of("refund", "1", "2026-01-01"), fact_of("dispute", "1", "2026-01-02"), fact_of("denial", "2", "2026-01-01"),
		fact_of("refund", "3", "2026-01-01"),
	};
	struct desk_subject subject;
	size_t at = 0;

	(void)state;
	facts[0].marketplace = "walmart";
	facts[0].shop = "shop";
	facts[1].order = "111";
	desk_subject_take(facts, COUNT(facts), &at, &subject);
	assert_int_equal(at, 2);
	assert_int_equal(subject.count, 2);
	assert_string_equal(subject.marketplace, "walmart");
	assert_string_equal(subject.shop, "shop");
	assert_string_equal(subject.order, "111");
	desk_subject_take(facts, COUNT(facts), &at, &subject);
	assert_ptr_equal(subject.facts, &facts[2]);
	assert_string_equal(subject.marketplace, "");
	desk_subject_take(facts, COUNT(facts), &at, &subject);
	assert_int_equal(at, COUNT(facts));
}

static const struct {
	const char *what, *names[4]; /* a fact a day from 1 January on */
	const char *now, *window;    /* that matters; "": none */
} cases[] = {
	{"a refund may be disputed", {"refund"}, "2026-01-02T00:00:00Z", "dispute"},
	{"for 48 hours", {"refund"}, "2026-01-03T12:00:01Z", ""},
	{"it was disputed", {"refund", "dispute"}, "2026-01-02T13:00:00Z", ""},
	{"a settlement without a refund has nothing to dispute", {"settlement"}, "2026-01-02T00:00:00Z", ""},
	{"one with a refund has", {"refund", "settlement"}, "2026-01-10T00:00:00Z", "old-dispute"},
	{"a denial may be appealed", {"denial"}, "2026-01-02T00:00:00Z", "appeal"},
	{"not when the case is closed", {"denial", "closed"}, "2026-01-05T00:00:00Z", ""},
	{"nor when the seller was paid back", {"denial", "grant"}, "2026-01-05T00:00:00Z", ""},
	{"nothing is lost with a search", {"order"}, "2026-01-02T00:00:00Z", ""},
	{"a claim waits", {"delivered"}, "2026-01-02T00:00:00Z", ""},
	{"and may be made", {"delivered"}, "2026-01-20T00:00:00Z", "claim"},
	{"a refund does not matter to it", {"delivered", "closed"}, "2026-01-20T00:00:00Z", "claim"},
};

static void what_can_be_lost_matters(void **state)
{
	static const char *const days[] = {"2026-01-01T12:00:00Z", "2026-01-02T12:00:00Z", "2026-01-03T12:00:00Z",
	    "2026-01-04T12:00:00Z"};
	struct desk_terms terms = {.windows = windows, .window_count = COUNT(windows)};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct desk_fact facts[4];
		struct desk_subject subject;
		const char *found = "";
		size_t count = 0, at = 0;

		for (; count < 4 && cases[i].names[count] != NULL; count++)
			facts[count] = fact_of(cases[i].names[count], "1", days[count]);
		desk_subject_take(facts, count, &at, &subject);
		assert_int_equal(desk_subject_reckon(&subject, &terms, true, when(cases[i].now)), 0);
		for (size_t w = 0; w < subject.window_count; w++)
			if (desk_subject_matters(&subject, &subject.windows[w]))
				found = subject.windows[w].name;
		if (strcmp(found, cases[i].window) != 0)
			print_error("%s\n", cases[i].what);
		assert_string_equal(found, cases[i].window);
		desk_subject_free(&subject);
	}
}

/* Again with other terms, and without any. */
static void terms_decide(void **state)
{
	struct desk_fact facts[] = {fact_of("delivered", "1", "2026-01-05"), fact_of("delivered", "1", "2026-01-01"),
	    fact_of("refund", "1", "2026-02-20")};
	struct desk_terms terms = {.windows = windows, .window_count = COUNT(windows), .return_days = 30};
	struct desk_subject subject;
	size_t at = 0;

	(void)state;
	desk_subject_take(facts, COUNT(facts), &at, &subject);
	assert_int_equal(desk_subject_delivered(&subject), when("2026-01-01"));
	assert_int_equal(desk_subject_reckon(&subject, &terms, false, when("2026-02-21")), 0);
	assert_true(desk_subject_is_running(&subject));
	assert_true(subject.refund.outside_return_window && !subject.refund.may_dispute);
	assert_int_equal(desk_subject_reckon(&subject, &terms, true, when("2026-02-21")), 0);
	assert_true(subject.refund.may_dispute);
	assert_int_equal(desk_subject_reckon(&subject, &(struct desk_terms){0}, true, when("2026-02-21")), 0);
	assert_int_equal(subject.window_count, 0);
	assert_false(desk_subject_is_running(&subject) || subject.refund.outside_return_window);
	assert_int_equal(desk_subject_reckon(&subject, &terms, true, when("2026-06-01")), 0);
	assert_false(desk_subject_is_running(&subject));
	desk_subject_free(&subject);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_taken_one_by_one),
		cmocka_unit_test(what_can_be_lost_matters),
		cmocka_unit_test(terms_decide),
	};
	int rc;

	arena = arena_new((size_t)64 << 20);
	for (size_t i = 0; i < COUNT(windows); i++) {
		windows[i].zone = zone_of(arena, "UTC");
		windows[i].title = windows[i].name;
	}
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(&arena);
	return rc;
}
