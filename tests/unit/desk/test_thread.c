/* SPDX-License-Identifier: BSD-2-Clause */
/* The state of a thread, case by case. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "desk/thread.h"

#define IN(t, d) {.kind = DESK_INQUIRY, .time = (t), .due = (d)}
#define OUT(t) {.kind = DESK_ANSWER, .time = (t)}
#define NOTE(t) {.kind = DESK_OTHER, .time = (t)}
#define END {.kind = DESK_OTHER, .time = -1}
#define STATUS(s, o, d, a, m, i) {.state = (s), .opened = (o), .due = (d), .answered = (a), .missed = (m), .answered_in_time = (i)}

static const struct {
	const char *what;
	struct desk_event events[8];
	int64_t now;
	struct thread_status want;
} cases[] = {
	{"nothing", {END}, 100, STATUS(THREAD_QUIET, 0, 0, 0, 0, 0)},
	{"only notices", {NOTE(1), NOTE(2), END}, 100, STATUS(THREAD_QUIET, 0, 0, 0, 0, 0)},
	{"waiting", {IN(10, 58), END}, 20, STATUS(THREAD_OPEN, 10, 58, 0, 0, 0)},
	{"the due second itself is in time", {IN(10, 58), END}, 58, STATUS(THREAD_OPEN, 10, 58, 0, 0, 0)},
	{"one second later it is not", {IN(10, 58), END}, 59, STATUS(THREAD_OVERDUE, 10, 58, 0, 1, 0)},
	{"answered in the due second", {IN(10, 58), OUT(58), END}, 99, STATUS(THREAD_ANSWERED, 10, 58, 58, 0, 1)},
	{"answered a second late", {IN(10, 58), OUT(59), END}, 99, STATUS(THREAD_ANSWERED, 10, 58, 59, 1, 0)},
	{"a miss stays a miss", {IN(10, 58), OUT(70), IN(80, 128), OUT(90), END}, 99,
	    STATUS(THREAD_ANSWERED, 80, 128, 90, 1, 1)},
	{"a miss stays while the next one waits", {IN(10, 58), OUT(70), IN(80, 128), END}, 99,
	    STATUS(THREAD_OPEN, 80, 128, 0, 1, 0)},
	{"two misses", {IN(10, 58), OUT(70), IN(80, 128), END}, 200, STATUS(THREAD_OVERDUE, 80, 128, 0, 2, 0)},
	{"a second message before the answer is the same inquiry", {IN(10, 58), IN(50, 98), OUT(60), END}, 99,
	    STATUS(THREAD_ANSWERED, 10, 58, 60, 1, 0)},
	{"also when the first is overdue", {IN(10, 58), IN(70, 118), END}, 80, STATUS(THREAD_OVERDUE, 10, 58, 0, 1, 0)},
	{"one answer is enough for both", {IN(10, 58), IN(20, 68), OUT(30), END}, 99,
	    STATUS(THREAD_ANSWERED, 10, 58, 30, 0, 1)},
	{"an answer before any inquiry answers none", {OUT(5), IN(10, 58), END}, 20, STATUS(THREAD_OPEN, 10, 58, 0, 0, 0)},
	{"an unasked answer alone", {OUT(5), END}, 20, STATUS(THREAD_QUIET, 0, 0, 0, 0, 0)},
	{"a second answer changes nothing", {IN(10, 58), OUT(20), OUT(90), END}, 99,
	    STATUS(THREAD_ANSWERED, 10, 58, 20, 0, 1)},
	{"held, refused and automatic mail do not stop the clock", {IN(10, 58), NOTE(20), NOTE(30), END}, 40,
	    STATUS(THREAD_OPEN, 10, 58, 0, 0, 0)},
	{"as of an earlier time the answer has not come", {IN(10, 58), OUT(70), END}, 60,
	    STATUS(THREAD_OVERDUE, 10, 58, 0, 1, 0)},
	{"question and answer in one second", {IN(10, 58), OUT(10), END}, 10, STATUS(THREAD_ANSWERED, 10, 58, 10, 0, 1)},
	{"the shorter of two clocks is shown", {IN(10, 58), IN(20, 30), END}, 25, STATUS(THREAD_OPEN, 20, 30, 0, 0, 0)},
	{"and is missed alone", {IN(10, 58), IN(20, 30), END}, 31, STATUS(THREAD_OVERDUE, 20, 30, 0, 1, 0)},
	{"what waits goes before what was answered since", {IN(10, 58), IN(20, 30), OUT(25), IN(40, 88), END}, 50,
	    STATUS(THREAD_OPEN, 40, 88, 0, 0, 2)},
	{"beyond 2038", {IN(5000000000, 5000172800), OUT(5000172800), END}, 6000000000,
	    STATUS(THREAD_ANSWERED, 5000000000, 5000172800, 5000172800, 0, 1)},
};

static void the_state_follows_from_the_events(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t count = 0;
		struct thread_status got;

		while (cases[i].events[count].time != -1)
			count++;
		got = desk_thread_status(cases[i].events, count, cases[i].now);
		if (got.state != cases[i].want.state || got.missed != cases[i].want.missed)
			print_error("%s: %s, missed %u\n", cases[i].what, thread_state_name(got.state), got.missed);
		assert_int_equal(got.state, cases[i].want.state);
		assert_int_equal(got.opened, cases[i].want.opened);
		assert_int_equal(got.due, cases[i].want.due);
		assert_int_equal(got.answered, cases[i].want.answered);
		assert_int_equal(got.missed, cases[i].want.missed);
		assert_int_equal(got.answered_in_time, cases[i].want.answered_in_time);
		assert_false(got.spam || got.done || got.unknown);
	}
}

/* Nothing waits there, and nobody answered. */
static void done_and_spam_are_quiet(void **state)
{
	static const enum desk_event_kind kinds[] = {DESK_DONE, DESK_SPAM};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct desk_event events[] = {IN(10, 58), {.kind = kinds[i], .time = 20}, IN(70, 118)};
		struct thread_status got = desk_thread_status(events, 2, 99);

		assert_int_equal(got.state, THREAD_QUIET);
		assert_int_equal(got.done, kinds[i] == DESK_DONE);
		assert_int_equal(got.spam, kinds[i] == DESK_SPAM);
		assert_int_equal(got.opened, 10);
		assert_int_equal(got.missed, 0);
		got = desk_thread_status(events, 3, 99);
		assert_int_equal(got.state, THREAD_OPEN);
		assert_false(got.done || got.spam);
	}
}

static void states_have_names(void **state)
{
	(void)state;
	assert_string_equal(thread_state_name(THREAD_QUIET), "quiet");
	assert_string_equal(thread_state_name(THREAD_OPEN), "open");
	assert_string_equal(thread_state_name(THREAD_OVERDUE), "overdue");
	assert_string_equal(thread_state_name(THREAD_ANSWERED), "answered");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_state_follows_from_the_events),
		cmocka_unit_test(done_and_spam_are_quiet),
		cmocka_unit_test(states_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
