/* SPDX-License-Identifier: BSD-2-Clause */
/* Inquiries of a thread, case by case; and that neither order nor repetition of its events matters. */
#include "desk.h"

#include "desk/thread.h"

#define IN(i, t, d) {.kind = DESK_INQUIRY, .time = (t), .due = (d), .id = (i)}
#define UNIT(i, t, d, u) {.kind = DESK_INQUIRY, .time = (t), .due = (d), .id = (i), .unit = (u)}
#define OUT(i, t) {.kind = DESK_ANSWER, .time = (t), .id = (i), .agent = "ann"}
#define DID(k, i, t) {.kind = (k), .time = (t), .id = (i)}
#define ABOUT(k, i, t, r) {.kind = (k), .time = (t), .id = (i), .ref = (r)}
#define END {.kind = DESK_OTHER, .time = -1}

#define OPEN(i, o, d) {.opened = (o), .due = (d), .id = (i), .agent = "", .outcome = INQUIRY_OPEN}
#define CLOSED(i, o, d, c, a) {.opened = (o), .due = (d), .closed = (c), .id = (i), .agent = (a), .outcome = INQUIRY_ANSWERED}
#define ENDED(i, o, d, c, k) {.opened = (o), .due = (d), .closed = (c), .id = (i), .agent = "", .outcome = (k)}

static const struct {
	const char *what;
	struct desk_event events[8];
	int64_t now;
	struct desk_inquiry want[4]; /* up to the first without id */
} cases[] = {
	{"nothing", {END}, 100, {{0}}},
	{"a burst is one inquiry", {IN("a", 10, 58), IN("b", 20, 68), OUT("x", 30), END}, 99, {CLOSED("a", 10, 58, 30, "ann")}},
	{"each message one inquiry", {UNIT("a", 10, 58, DESK_UNIT_MESSAGE), UNIT("b", 20, 68, DESK_UNIT_MESSAGE), OUT("x", 60), END}, 99,
	    {CLOSED("a", 10, 58, 60, "ann"), CLOSED("b", 20, 68, 60, "ann")}},
	{"only a thread's first message", {UNIT("a", 10, 58, DESK_UNIT_FIRST), OUT("x", 30), UNIT("b", 40, 88, DESK_UNIT_FIRST), END}, 99,
	    {CLOSED("a", 10, 58, 30, "ann")}},
	{"also when the seller wrote first", {OUT("x", 5), UNIT("a", 10, 58, DESK_UNIT_FIRST), END}, 20, {OPEN("a", 10, 58)}},
	{"a shorter clock is an inquiry of its own", {IN("a", 10, 58), IN("b", 20, 21), OUT("x", 30), END}, 99,
	    {CLOSED("a", 10, 58, 30, "ann"), CLOSED("b", 20, 21, 30, "ann")}},
	{"but only one of them", {IN("a", 10, 58), IN("b", 20, 21), IN("c", 25, 26), END}, 30, {OPEN("a", 10, 58), OPEN("b", 20, 21)}},
	{"also after an earlier inquiry", {IN("a", 10, 58), OUT("x", 20), IN("b", 70, 118), IN("c", 75, 80), END}, 76,
	    {CLOSED("a", 10, 58, 20, "ann"), OPEN("b", 70, 118), OPEN("c", 75, 80)}},
	{"held mail answers nobody", {IN("a", 10, 58), DID(DESK_HELD, "h", 20), END}, 30, {OPEN("a", 10, 58)}},
	{"released, it does, from then on", {IN("a", 10, 58), {DESK_HELD, 20, 0, 0, "h", "", "ann"},
	    ABOUT(DESK_RELEASED, "r", 40, "h"), END}, 50, {CLOSED("a", 10, 58, 40, "ann")}},
	{"not before", {IN("a", 10, 58), DID(DESK_HELD, "h", 20), ABOUT(DESK_RELEASED, "r", 40, "h"), END}, 39, {OPEN("a", 10, 58)}},
	{"a release may name who answers", {IN("a", 10, 58), {DESK_HELD, 20, 0, 0, "h", "", "ann"},
	    {DESK_RELEASED, 40, 0, 0, "r", "h", "bob"}, END}, 50, {CLOSED("a", 10, 58, 40, "bob")}},
	{"also when the held one is not known", {IN("a", 10, 58), ABOUT(DESK_RELEASED, "r", 40, "h"), END}, 50, {CLOSED("a", 10, 58, 40, "")}},
	{"refused, it does not", {IN("a", 10, 58), DID(DESK_HELD, "h", 20), ABOUT(DESK_REFUSED, "r", 40, "h"), END}, 50, {OPEN("a", 10, 58)}},
	{"a bounce opens it again, with its old due", {IN("a", 10, 58), OUT("x", 30), ABOUT(DESK_FAILED, "f", 40, "x"), END}, 50,
	    {OPEN("a", 10, 58)}},
	{"not before it came", {IN("a", 10, 58), OUT("x", 30), ABOUT(DESK_FAILED, "f", 40, "x"), END}, 39, {CLOSED("a", 10, 58, 30, "ann")}},
	{"an answer after it closes it", {IN("a", 10, 58), OUT("x", 30), ABOUT(DESK_FAILED, "f", 40, "x"), OUT("y", 50), END}, 99,
	    {CLOSED("a", 10, 58, 50, "ann")}},
	{"answered late because of it", {IN("a", 10, 58), OUT("x", 30), ABOUT(DESK_FAILED, "f", 60, "x"), OUT("y", 70), END}, 99,
	    {CLOSED("a", 10, 58, 70, "ann")}},
	{"a second answer before the bounce counts", {IN("a", 10, 58), OUT("x", 30), OUT("y", 35), ABOUT(DESK_FAILED, "f", 40, "x"), END}, 99,
	    {CLOSED("a", 10, 58, 35, "ann")}},
	{"unless it bounced too", {IN("a", 10, 58), OUT("x", 30), OUT("y", 35), ABOUT(DESK_FAILED, "f", 40, "x"),
	    ABOUT(DESK_FAILED, "g", 41, "y"), END}, 99, {OPEN("a", 10, 58)}},
	{"in whichever order they bounce", {IN("a", 10, 58), OUT("x", 30), OUT("y", 35), ABOUT(DESK_FAILED, "f", 40, "y"),
	    ABOUT(DESK_FAILED, "g", 41, "x"), END}, 99, {OPEN("a", 10, 58)}},
	{"one mail may tell of two", {IN("a", 10, 58), OUT("x", 30), OUT("y", 35), ABOUT(DESK_FAILED, "f", 40, "x"),
	    ABOUT(DESK_FAILED, "f", 40, "y"), END}, 99, {OPEN("a", 10, 58)}},
	{"a bounce of something else", {IN("a", 10, 58), OUT("x", 30), ABOUT(DESK_FAILED, "f", 40, "z"), END}, 99,
	    {CLOSED("a", 10, 58, 30, "ann")}},
	{"a bounce that names nothing", {IN("a", 10, 58), OUT("x", 30), DID(DESK_FAILED, "f", 40), END}, 99, {CLOSED("a", 10, 58, 30, "ann")}},
	{"a bounce older than the answer, by another machine's clock", {IN("a", 10, 58), OUT("x", 30), ABOUT(DESK_FAILED, "f", 29, "x"), END}, 99,
	    {OPEN("a", 10, 58)}},
	{"a bounce of a released reply", {IN("a", 10, 58), DID(DESK_HELD, "h", 20), ABOUT(DESK_RELEASED, "r", 30, "h"),
	    ABOUT(DESK_FAILED, "f", 40, "h"), END}, 99, {OPEN("a", 10, 58)}},
	{"released again after it", {IN("a", 10, 58), DID(DESK_HELD, "h", 20), ABOUT(DESK_RELEASED, "r", 30, "h"),
	    ABOUT(DESK_FAILED, "f", 40, "h"), ABOUT(DESK_RELEASED, "s", 50, "h"), END}, 99, {CLOSED("a", 10, 58, 50, "")}},
	{"a message while the bounce was not known", {IN("a", 10, 58), OUT("x", 20), IN("b", 30, 78), ABOUT(DESK_FAILED, "f", 40, "x"), END}, 50,
	    {OPEN("a", 10, 58), OPEN("b", 30, 78)}},
	{"one after it was known belongs to what waits", {IN("a", 10, 58), OUT("x", 20), ABOUT(DESK_FAILED, "f", 40, "x"), IN("b", 45, 93), END},
	    50, {OPEN("a", 10, 58)}},
	{"one answer closes both", {IN("a", 10, 58), OUT("x", 20), IN("b", 30, 78), ABOUT(DESK_FAILED, "f", 40, "x"), OUT("y", 60), END}, 99,
	    {CLOSED("a", 10, 58, 60, "ann"), CLOSED("b", 30, 78, 60, "ann")}},
	{"done", {IN("a", 10, 58), DID(DESK_DONE, "d", 20), END}, 99, {ENDED("a", 10, 58, 20, INQUIRY_DONE)}},
	{"a message after it is a new inquiry", {IN("a", 10, 58), DID(DESK_DONE, "d", 20), IN("b", 30, 78), END}, 40,
	    {ENDED("a", 10, 58, 20, INQUIRY_DONE), OPEN("b", 30, 78)}},
	{"undone", {IN("a", 10, 58), DID(DESK_DONE, "d", 20), DID(DESK_UNDONE, "u", 30), END}, 40, {OPEN("a", 10, 58)}},
	{"only the last one is undone", {IN("a", 10, 58), DID(DESK_DONE, "d", 20), IN("b", 30, 78), DID(DESK_DONE, "e", 40),
	    DID(DESK_UNDONE, "u", 50), END}, 60, {ENDED("a", 10, 58, 20, INQUIRY_DONE), OPEN("b", 30, 78)}},
	{"undone after an answer", {IN("a", 10, 58), DID(DESK_DONE, "d", 20), OUT("x", 30), DID(DESK_UNDONE, "u", 40), END}, 50,
	    {CLOSED("a", 10, 58, 30, "ann")}},
	{"an answer leaves done alone", {IN("a", 10, 58), DID(DESK_DONE, "d", 20), OUT("x", 30), END}, 50, {ENDED("a", 10, 58, 20, INQUIRY_DONE)}},
	{"undone without done", {IN("a", 10, 58), DID(DESK_UNDONE, "u", 20), END}, 30, {OPEN("a", 10, 58)}},
	{"done when nothing waits", {IN("a", 10, 58), OUT("x", 20), DID(DESK_DONE, "d", 30), END}, 40, {CLOSED("a", 10, 58, 20, "ann")}},
	{"spam", {IN("a", 10, 58), DID(DESK_SPAM, "s", 20), END}, 99, {ENDED("a", 10, 58, 20, INQUIRY_SPAM)}},
	{"an answer lifts it", {IN("a", 10, 58), DID(DESK_SPAM, "s", 20), OUT("x", 30), END}, 99, {CLOSED("a", 10, 58, 30, "ann")}},
	{"a held one does not", {IN("a", 10, 58), DID(DESK_SPAM, "s", 20), DID(DESK_HELD, "h", 30), END}, 99, {ENDED("a", 10, 58, 20, INQUIRY_SPAM)}},
	{"its bounce does not mark it again", {IN("a", 10, 58), DID(DESK_SPAM, "s", 20), OUT("x", 30), ABOUT(DESK_FAILED, "f", 40, "x"), END}, 50,
	    {OPEN("a", 10, 58)}},
	{"not spam", {IN("a", 10, 58), DID(DESK_SPAM, "s", 20), DID(DESK_UNSPAM, "u", 30), END}, 99, {OPEN("a", 10, 58)}},
	{"a later message of a reported thread waits", {IN("a", 10, 58), DID(DESK_SPAM, "s", 20), IN("b", 30, 78), END}, 40,
	    {ENDED("a", 10, 58, 20, INQUIRY_SPAM), OPEN("b", 30, 78)}},
	{"spam when nothing waits", {IN("a", 10, 58), OUT("x", 20), DID(DESK_SPAM, "s", 30), END}, 40, {CLOSED("a", 10, 58, 20, "ann")}},
	{"automatic replies and notices", {IN("a", 10, 58), DID(DESK_OTHER, "n", 20), END}, 30, {OPEN("a", 10, 58)}},
	{"question, answer and bounce in one second", {IN("a", 10, 58), OUT("x", 10), ABOUT(DESK_FAILED, "f", 10, "x"), END}, 10,
	    {OPEN("a", 10, 58)}},
	{"whatever their names", {IN("z", 10, 58), OUT("a", 10), END}, 10, {CLOSED("z", 10, 58, 10, "ann")}},
	{"the same event twice", {IN("a", 10, 58), OUT("x", 20), IN("a", 10, 58), OUT("x", 20), END}, 99, {CLOSED("a", 10, 58, 20, "ann")}},
	{"times before 1970", {IN("a", -50, -2), OUT("x", -2), END}, 0, {CLOSED("a", -50, -2, -2, "ann")}},
};

static int same(const struct desk_inquiry *a, const struct desk_inquiry *b)
{
	return a->opened == b->opened && a->due == b->due && a->closed == b->closed && a->outcome == b->outcome
	    && strcmp(a->id, b->id) == 0 && strcmp(a->agent, b->agent) == 0;
}

static size_t count_events(const struct desk_event *events)
{
	size_t count = 0;

	while (events[count].time != -1)
		count++;
	return count;
}

static void inquiries_follow_from_the_events(void **state)
{
	int wrong = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct desk_inquiry *got;
		size_t count, expected = 0, equal = 0;

		assert_int_equal(desk_inquiries(cases[i].events, count_events(cases[i].events), cases[i].now, &got, &count), 0);
		while (expected < COUNT(cases[i].want) && cases[i].want[expected].id != NULL)
			expected++;
		while (equal < count && equal < expected && same(&got[equal], &cases[i].want[equal]))
			equal++;
		if (count != expected || equal != count) {
			print_error("%s: %zu inquiries, expected %zu; number %zu differs\n", cases[i].what, count, expected, equal);
			wrong++;
		}
		free(got);
	}
	assert_int_equal(wrong, 0);
}

/* ---- any order, any of them twice ----------------------------------------------- */

#define EVENTS_MAX 24
#define ROUNDS 5000

static const char *const ids[] = {
	"e00", "e01", "e02", "e03", "e04", "e05", "e06", "e07", "e08", "e09", "e10", "e11", "e12", "e13", "e14", "e15", "e16", "e17",
	"e18", "e19", "e20", "e21", "e22", "e23"
};

static size_t make_events(struct dice *dice, struct desk_event *events)
{
	static const enum desk_event_kind kinds[] = {DESK_INQUIRY, DESK_INQUIRY, DESK_INQUIRY, DESK_ANSWER, DESK_ANSWER, DESK_HELD,
	    DESK_RELEASED, DESK_REFUSED, DESK_FAILED, DESK_FAILED, DESK_DONE, DESK_UNDONE, DESK_SPAM, DESK_UNSPAM, DESK_OTHER};
	static const char *const agents[] = {"ann", "bob", "", NULL};
	size_t count = 1 + dice_roll(dice, EVENTS_MAX);
	enum desk_unit unit = (enum desk_unit)dice_roll(dice, 3);

	for (size_t i = 0; i < count; i++) {
		events[i] = (struct desk_event){.kind = kinds[dice_roll(dice, COUNT(kinds))], .id = ids[i], .unit = unit,
		    .agent = agents[dice_roll(dice, COUNT(agents))]};
		/* Few seconds, so that many events share one. */
		events[i].time = dice_roll(dice, 30);
		events[i].due = events[i].time + dice_roll(dice, 20);
		if (events[i].kind == DESK_FAILED || events[i].kind == DESK_RELEASED)
			events[i].ref = ids[dice_roll(dice, (uint32_t)count)];
	}
	return count;
}

static size_t shuffle(struct dice *dice, const struct desk_event *events, size_t count, struct desk_event *out)
{
	size_t total = count + dice_roll(dice, (uint32_t)count + 1);

	memcpy(out, events, count * sizeof(*events));
	for (size_t i = count; i < total; i++)
		out[i] = events[dice_roll(dice, (uint32_t)count)];
	for (size_t i = total; i > 1; i--) {
		size_t other = dice_roll(dice, (uint32_t)i);
		struct desk_event kept = out[i - 1];

		out[i - 1] = out[other];
		out[other] = kept;
	}
	return total;
}

static void check_round(struct dice *dice)
{
	struct desk_event events[EVENTS_MAX], mixed[2 * EVENTS_MAX];
	size_t count = make_events(dice, events), total = shuffle(dice, events, count, mixed), a_count, b_count;
	int64_t now = dice_roll(dice, 40);
	struct desk_inquiry *a, *b;
	struct thread_status x = desk_thread_status(events, count, now), y = desk_thread_status(mixed, total, now);

	assert_int_equal(desk_inquiries(events, count, now, &a, &a_count), 0);
	assert_int_equal(desk_inquiries(mixed, total, now, &b, &b_count), 0);
	assert_int_equal(a_count, b_count);
	for (size_t i = 0; i < a_count; i++)
		assert_true(same(&a[i], &b[i]));
	assert_true(x.state == y.state && x.opened == y.opened && x.due == y.due && x.answered == y.answered && x.missed == y.missed);
	assert_true(x.answered_in_time == y.answered_in_time && x.spam == y.spam && x.done == y.done);
	free(a);
	free(b);
}

static void order_and_repetition_do_not_matter(void **state)
{
	struct dice dice = {20261122};

	(void)state;
	for (int i = 0; i < ROUNDS; i++)
		check_round(&dice);
}

/* What holds of every thread, whatever happened in it. */
static void check_laws(struct dice *dice)
{
	struct desk_event events[EVENTS_MAX];
	size_t count = make_events(dice, events), found, open = 0;
	int64_t now = dice_roll(dice, 40), opened = INT64_MIN;
	struct thread_status status = desk_thread_status(events, count, now);
	struct desk_inquiry *list;

	assert_int_equal(desk_inquiries(events, count, now, &list, &found), 0);
	for (size_t i = 0; i < found; i++) {
		assert_true(list[i].opened >= opened && list[i].opened <= now && list[i].closed <= now);
		assert_true(list[i].outcome == INQUIRY_OPEN ? list[i].closed == 0 : list[i].closed >= list[i].opened);
		opened = list[i].opened;
		open += list[i].outcome == INQUIRY_OPEN;
	}
	assert_int_equal(open > 0, status.state == THREAD_OPEN || status.state == THREAD_OVERDUE);
	assert_true(status.missed + status.answered_in_time <= found);
	assert_false(status.unknown);
	free(list);
}

static void laws_hold_of_every_thread(void **state)
{
	struct dice dice = {7};

	(void)state;
	for (int i = 0; i < ROUNDS; i++)
		check_laws(&dice);
}

/* A customer, or somebody who fakes bounces, can't make the desk slow. */
static void long_threads_are_quick(void **state)
{
	enum { MANY = 200000 };
	struct desk_event *events = calloc(MANY, sizeof(*events));
	char (*names)[12] = calloc(MANY, sizeof(*names));
	struct desk_inquiry *list;
	int64_t before = clock_monotonic_ms();
	size_t count;

	(void)state;
	assert_non_null(events);
	assert_non_null(names);
	for (size_t i = 0; i < MANY; i++) {
		snprintf(names[i], sizeof(names[i]), "%zu", i);
		events[i] = (struct desk_event){.kind = i % 2 == 0 ? DESK_INQUIRY : DESK_FAILED, .unit = DESK_UNIT_MESSAGE,
		    .time = (int64_t)i, .due = (int64_t)i + 172800, .id = names[i], .ref = "1000"};
	}
	events[1000].kind = DESK_ANSWER;
	assert_int_equal(desk_inquiries(events, MANY, MANY, &list, &count), 0);
	assert_int_equal(count, MANY / 2 - 1);
	assert_in_range(clock_monotonic_ms() - before, 0, 20000);
	free(list);
	free(names);
	free(events);
}

static void units_have_names(void **state)
{
	enum desk_unit unit;

	(void)state;
	for (enum desk_unit u = DESK_UNIT_BURST; u <= DESK_UNIT_FIRST; u++) {
		assert_int_equal(desk_unit_parse(desk_unit_name(u), &unit), 0);
		assert_int_equal(unit, u);
	}
	assert_int_equal(desk_unit_parse("bursts", &unit), -1);
	assert_string_equal(inquiry_outcome_name(INQUIRY_OPEN), "open");
	assert_string_equal(inquiry_outcome_name(INQUIRY_ANSWERED), "answered");
	assert_string_equal(inquiry_outcome_name(INQUIRY_DONE), "done");
	assert_string_equal(inquiry_outcome_name(INQUIRY_SPAM), "spam");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(inquiries_follow_from_the_events),
		cmocka_unit_test(order_and_repetition_do_not_matter),
		cmocka_unit_test(laws_hold_of_every_thread),
		cmocka_unit_test(long_threads_are_quick),
		cmocka_unit_test(units_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
