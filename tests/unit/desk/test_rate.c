/* SPDX-License-Identifier: BSD-2-Clause */
/* The response rate: what is counted, and what is left before a line. */
#include "desk.h"

#include "desk/rate.h"

#define NOW 1000
#define WINDOW 100

static const struct {
	const char *what;
	struct desk_inquiry inquiry;
	struct desk_rate want;
} cases[] = {
	{"answered in time", {.opened = 940, .due = 988, .closed = 950, .outcome = INQUIRY_ANSWERED}, {1, 1, 0, 0}},
	{"answered in the due second", {.opened = 940, .due = 988, .closed = 988, .outcome = INQUIRY_ANSWERED}, {1, 1, 0, 0}},
	{"a second late", {.opened = 940, .due = 988, .closed = 989, .outcome = INQUIRY_ANSWERED}, {1, 0, 1, 0}},
	{"never", {.opened = 940, .due = 988}, {1, 0, 1, 0}},
	{"due in the second before", {.opened = 940, .due = 999}, {1, 0, 1, 0}},
	{"due in this second: an answer would be in time", {.opened = 940, .due = 1000}, {0, 0, 0, 1}},
	{"due in the next", {.opened = 940, .due = 1001}, {0, 0, 0, 1}},
	{"a second late, the first of the window", {.opened = 880, .due = 900, .closed = 950, .outcome = INQUIRY_ANSWERED}, {1, 0, 1, 0}},
	{"a second late, before the window", {.opened = 880, .due = 899, .closed = 950, .outcome = INQUIRY_ANSWERED}, {0, 0, 0, 0}},
	{"answered before it is due", {.opened = 940, .due = 1040, .closed = 1000, .outcome = INQUIRY_ANSWERED}, {1, 1, 0, 0}},
	{"answered after now: it waits", {.opened = 940, .due = 1040, .closed = 1001, .outcome = INQUIRY_ANSWERED}, {0, 0, 0, 1}},
	{"answered after now and late", {.opened = 940, .due = 988, .closed = 1001, .outcome = INQUIRY_ANSWERED}, {1, 0, 1, 0}},
	{"not there yet", {.opened = 1001, .due = 1049}, {0, 0, 0, 0}},
	{"the second that leaves the window", {.opened = 880, .due = 930, .closed = 900, .outcome = INQUIRY_ANSWERED}, {0, 0, 0, 0}},
	{"the first second of the window", {.opened = 880, .due = 930, .closed = 901, .outcome = INQUIRY_ANSWERED}, {1, 1, 0, 0}},
	{"answered late in the window, due before", {.opened = 800, .due = 848, .closed = 950, .outcome = INQUIRY_ANSWERED}, {0, 0, 0, 0}},
	{"overdue since before the window", {.opened = 800, .due = 848}, {0, 0, 0, 0}},
	{"done", {.opened = 940, .due = 988, .closed = 950, .outcome = INQUIRY_DONE}, {0, 0, 0, 0}},
	{"done in the due second", {.opened = 940, .due = 988, .closed = 988, .outcome = INQUIRY_DONE}, {0, 0, 0, 0}},
	{"done a second late", {.opened = 940, .due = 988, .closed = 989, .outcome = INQUIRY_DONE}, {1, 0, 1, 0}},
	{"done late, missed before the window", {.opened = 800, .due = 848, .closed = 950, .outcome = INQUIRY_DONE}, {0, 0, 0, 0}},
	{"done after now and late", {.opened = 940, .due = 988, .closed = 1001, .outcome = INQUIRY_DONE}, {1, 0, 1, 0}},
	{"spam, reported late", {.opened = 940, .due = 988, .closed = 995, .outcome = INQUIRY_SPAM}, {0, 0, 0, 0}},
	{"spam", {.opened = 940, .due = 988, .closed = 950, .outcome = INQUIRY_SPAM}, {0, 0, 0, 0}},
	{"done after now", {.opened = 940, .due = 1040, .closed = 1001, .outcome = INQUIRY_DONE}, {0, 0, 0, 1}},
};

static void the_moment_decides(void **state)
{
	int wrong = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct desk_rate rate = {0};

		desk_rate_add(&rate, &cases[i].inquiry, NOW, WINDOW);
		if (memcmp(&rate, &cases[i].want, sizeof(rate)) != 0) {
			print_error("%s: counted %d in time %d missed %d open %d\n", cases[i].what, (int)rate.counted, (int)rate.in_time,
			    (int)rate.missed, (int)rate.open);
			wrong++;
		}
	}
	assert_int_equal(wrong, 0);
}

static void extremes_do_not_wrap(void **state)
{
	struct desk_inquiry inquiry = {.opened = INT64_MIN, .due = INT64_MIN + 1};
	struct desk_rate rate = {0};

	(void)state;
	desk_rate_add(&rate, &inquiry, INT64_MIN + 5, INT64_MAX);
	assert_int_equal(rate.missed, 1);
	inquiry.due = INT64_MAX;
	desk_rate_add(&rate, &inquiry, INT64_MAX, 10);
	assert_int_equal(rate.missed, 1);
	assert_int_equal(rate.open, 1);
}

static const struct {
	uint64_t counted, in_time;
	int permille;
	unsigned percent;
	int64_t left;
} rates[] = {
	{0, 0, -1, 90, 0},
	{1, 1, 1000, 90, 0},
	{10, 10, 1000, 90, 1},      /* 10 of 11 are 90.9 % */
	{10, 9, 900, 90, 0},        /* on the line is not below it */
	{10, 8, 800, 90, -10},      /* 18 of 20 */
	{20, 19, 950, 95, 0},
	{100, 100, 1000, 95, 5},    /* 100 of 105 are 95.2 %, of 106 94.3 % */
	{1000, 949, 949, 95, -20},  /* 969 of 1020 */
	{3, 2, 666, 90, -7},        /* 9 of 10 */
	{1000000, 999999, 999, 100, INT64_MIN},
	{5, 5, 1000, 100, 0},
	{3, 0, 0, 1, -1},           /* 1 of 4 */
	{200, 1, 5, 1, -2},         /* 3 of 202 are 1.4 %; 2 of 201 0.99 % */
};

static void misses_left_are_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rates); i++) {
		struct desk_rate rate = {rates[i].counted, rates[i].in_time, rates[i].counted - rates[i].in_time, 0};

		assert_int_equal(desk_rate_permille(&rate), rates[i].permille);
		assert_true(desk_rate_misses_left(&rate, rates[i].percent) == rates[i].left);
	}
}

static int is_below(uint64_t counted, uint64_t in_time, unsigned percent)
{
	return in_time * 100 < counted * percent;
}

/* As many as it says, and not one more. */
static void misses_left_are_exact(void **state)
{
	(void)state;
	for (uint64_t counted = 1; counted <= 120; counted++) {
		for (uint64_t in_time = 0; in_time <= counted; in_time++) {
			struct desk_rate rate = {counted, in_time, counted - in_time, 0};

			for (unsigned percent = 1; percent <= 100; percent++) {
				int64_t left = desk_rate_misses_left(&rate, percent);
				uint64_t more = left < 0 ? (uint64_t)-(left + 1) + 1 : (uint64_t)left;

				if (left == INT64_MIN) {
					assert_true(percent == 100 && in_time < counted);
				} else if (left >= 0) {
					assert_false(is_below(counted + more, in_time, percent));
					assert_true(is_below(counted + more + 1, in_time, percent));
				} else {
					assert_false(is_below(counted + more, in_time + more, percent));
					assert_true(is_below(counted + more - 1, in_time + more - 1, percent));
				}
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_moment_decides),
		cmocka_unit_test(extremes_do_not_wrap),
		cmocka_unit_test(misses_left_are_whole),
		cmocka_unit_test(misses_left_are_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
