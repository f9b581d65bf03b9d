/* SPDX-License-Identifier: BSD-2-Clause */
/* Windows from milestones, and where a refund stands. Days are the marketplace's. */
#include "desk.h"

#include "desk/refund.h"
#include "desk/window.h"

static struct arena *arena;
static struct desk_window windows[8];

#define DAYS(n) {n, 1}
#define HOURS(n) {(n) * 3600, 0}

static void make_windows(void)
{
	static const struct desk_window made[] = {
		{.name = "dispute", .starts = "settlement", .ends = "dispute", .length = DAYS(45), .warn = {DAYS(7), DAYS(3), DAYS(1)}, .warn_count = 3},
		{.name = "dispute", .starts = "refund", .ends = "dispute", .length = HOURS(48), .warn = {DAYS(7), HOURS(24), HOURS(6)}, .warn_count = 3},
		{.name = "appeal", .starts = "denial", .ends = "appeal", .length = DAYS(30), .warn = {DAYS(7), DAYS(3), DAYS(1)}, .warn_count = 3},
		{.name = "search", .starts = "order", .length = DAYS(90)},
		{.name = "wfs-claim", .starts = "delivered", .ends = "claim", .opens = DAYS(10), .length = DAYS(50), .warn = {DAYS(7), DAYS(3), DAYS(1)}, .warn_count = 3},
		{.name = "chargeback", .starts = "chargeback", .ends = "chargeback-answer", .length = DAYS(7)},
	};
	const struct zone *zone = zone_of(arena, "America/Los_Angeles");

	memcpy(windows, made, sizeof(made));
	for (size_t i = 0; i < COUNT(made); i++) {
		windows[i].zone = zone;
		windows[i].since = when("2022-03-18");
		windows[i].title = windows[i].name;
		windows[i].source = "test";
	}
	windows[1].since = when("2024-11-01");
}

#define WINDOWS 6

struct fact {
	const char *name, *time; /* local time of the windows' zone */
	int term_days;
};

static const struct {
	const char *what;
	struct fact facts[4];
	const char *now;
	const char *want; /* "name opens closes state;" in local time */
} cases[] = {
	{"nothing", {{0}}, "2026-01-01T00:00:00Z", ""},
	{"an appeal may be filed up to 2 April", {{"denial", "2026-03-03T15:00:00Z", 0}}, "2026-03-10T00:00:00Z",
	    "appeal 2026-03-03T15:00:00Z 2026-04-02T23:59:59Z open;"},
	{"its last second", {{"denial", "2026-03-03T15:00:00Z", 0}}, "2026-04-02T23:59:59Z",
	    "appeal 2026-03-03T15:00:00Z 2026-04-02T23:59:59Z closing;"},
	{"3 April is late", {{"denial", "2026-03-03T15:00:00Z", 0}}, "2026-04-03T00:00:00Z",
	    "appeal 2026-03-03T15:00:00Z 2026-04-02T23:59:59Z closed;"},
	{"also when the denial came in the last second of its day", {{"denial", "2026-03-03T23:59:59Z", 0}}, "2026-03-10T00:00:00Z",
	    "appeal 2026-03-03T23:59:59Z 2026-04-02T23:59:59Z open;"},
	{"or in the first", {{"denial", "2026-03-03T00:00:00Z", 0}}, "2026-03-10T00:00:00Z",
	    "appeal 2026-03-03T00:00:00Z 2026-04-02T23:59:59Z open;"},
	{"over a leap day", {{"denial", "2028-02-03T12:00:00Z", 0}}, "2028-02-10T00:00:00Z",
	    "appeal 2028-02-03T12:00:00Z 2028-03-04T23:59:59Z open;"},
	{"over the end of a year", {{"denial", "2026-12-15T12:00:00Z", 0}}, "2026-12-16T00:00:00Z",
	    "appeal 2026-12-15T12:00:00Z 2027-01-14T23:59:59Z open;"},
	{"appealed in time", {{"denial", "2026-03-03T15:00:00Z", 0}, {"appeal", "2026-04-02T23:59:59Z", 0}}, "2026-05-01T00:00:00Z",
	    "appeal 2026-03-03T15:00:00Z 2026-04-02T23:59:59Z used;"},
	{"appealed too late", {{"denial", "2026-03-03T15:00:00Z", 0}, {"appeal", "2026-04-03T00:00:00Z", 0}}, "2026-05-01T00:00:00Z",
	    "appeal 2026-03-03T15:00:00Z 2026-04-02T23:59:59Z closed;"},
	{"an appeal that is still to come", {{"denial", "2026-03-03T15:00:00Z", 0}, {"appeal", "2026-03-20T00:00:00Z", 0}}, "2026-03-19T00:00:00Z",
	    "appeal 2026-03-03T15:00:00Z 2026-04-02T23:59:59Z open;"},
	{"a claim waits for ten days", {{"delivered", "2026-01-01T16:00:00Z", 0}}, "2026-01-10T23:59:59Z",
	    "wfs-claim 2026-01-11T00:00:00Z 2026-02-20T23:59:59Z waiting;"},
	{"it opens on 11 January", {{"delivered", "2026-01-01T16:00:00Z", 0}}, "2026-01-11T00:00:00Z",
	    "wfs-claim 2026-01-11T00:00:00Z 2026-02-20T23:59:59Z open;"},
	{"it closes after 20 February", {{"delivered", "2026-01-01T16:00:00Z", 0}}, "2026-02-21T00:00:00Z",
	    "wfs-claim 2026-01-11T00:00:00Z 2026-02-20T23:59:59Z closed;"},
	{"a claim too early uses nothing", {{"delivered", "2026-01-01T16:00:00Z", 0}, {"claim", "2026-01-08T12:00:00Z", 0}}, "2026-01-20T00:00:00Z",
	    "wfs-claim 2026-01-11T00:00:00Z 2026-02-20T23:59:59Z open;"},
	{"one after it does", {{"delivered", "2026-01-01T16:00:00Z", 0}, {"claim", "2026-01-08T12:00:00Z", 0}, {"claim", "2026-01-12T12:00:00Z", 0}},
	    "2026-01-20T00:00:00Z", "wfs-claim 2026-01-11T00:00:00Z 2026-02-20T23:59:59Z used;"},
	{"45 days from settlement, in those days", {{"settlement", "2024-10-01T10:00:00Z", 0}}, "2024-10-02T00:00:00Z",
	    "dispute 2024-10-01T10:00:00Z 2024-11-15T23:59:59Z open;"},
	{"the refund itself started nothing then", {{"refund", "2024-10-01T10:00:00Z", 0}}, "2024-10-02T00:00:00Z", ""},
	{"48 hours from issuance since", {{"refund", "2024-11-02T10:00:00Z", 0}}, "2024-11-02T11:00:00Z",
	    "dispute 2024-11-02T10:00:00Z 2024-11-04T09:00:00Z open;"}, /* the clocks go back: 48 hours are 48 hours */
	{"the settlement starts nothing any more", {{"refund", "2024-12-02T10:00:00Z", 0}, {"settlement", "2024-12-10T10:00:00Z", 0}},
	    "2024-12-12T00:00:00Z", "dispute 2024-12-02T10:00:00Z 2024-12-04T10:00:00Z closed;"},
	{"issued before the change and settled after it", {{"refund", "2024-10-28T10:00:00Z", 0}, {"settlement", "2024-11-05T10:00:00Z", 0}},
	    "2024-11-06T00:00:00Z", "dispute 2024-11-05T10:00:00Z 2024-12-20T23:59:59Z open;"},
	{"disputed in the due second", {{"refund", "2026-06-01T10:00:00Z", 0}, {"dispute", "2026-06-03T10:00:00Z", 0}}, "2026-06-09T00:00:00Z",
	    "dispute 2026-06-01T10:00:00Z 2026-06-03T10:00:00Z used;"},
	{"before any version", {{"settlement", "2022-03-01T10:00:00Z", 0}}, "2022-03-02T00:00:00Z", ""},
	{"90 days", {{"order", "2026-01-01T10:00:00Z", 0}}, "2026-01-02T00:00:00Z", "search 2026-01-01T10:00:00Z 2026-04-01T23:59:59Z open;"},
	{"the notice's own term", {{"chargeback", "2026-01-01T10:00:00Z", 3}}, "2026-01-02T00:00:00Z",
	    "chargeback 2026-01-01T10:00:00Z 2026-01-04T23:59:59Z open;"},
	{"or the usual one", {{"chargeback", "2026-01-01T10:00:00Z", 0}}, "2026-01-02T00:00:00Z",
	    "chargeback 2026-01-01T10:00:00Z 2026-01-08T23:59:59Z open;"},
	{"told twice on one day, with a term and without", {{"chargeback", "2026-01-01T10:00:00Z", 0}, {"chargeback", "2026-01-01T12:00:00Z", 3}},
	    "2026-01-02T00:00:00Z", "chargeback 2026-01-01T10:00:00Z 2026-01-04T23:59:59Z open;"},
	{"two of them, by their end", {{"denial", "2026-03-03T15:00:00Z", 0}, {"chargeback", "2026-03-04T15:00:00Z", 0}}, "2026-03-05T00:00:00Z",
	    "chargeback 2026-03-04T15:00:00Z 2026-03-11T23:59:59Z open;appeal 2026-03-03T15:00:00Z 2026-04-02T23:59:59Z open;"},
	{"a second refund has a window of its own", {{"refund", "2026-06-01T10:00:00Z", 0}, {"dispute", "2026-06-02T10:00:00Z", 0},
	    {"refund", "2026-06-10T10:00:00Z", 0}}, "2026-06-10T11:00:00Z",
	    "dispute 2026-06-01T10:00:00Z 2026-06-03T10:00:00Z used;dispute 2026-06-10T10:00:00Z 2026-06-12T10:00:00Z open;"},
	{"milestones in another order", {{"appeal", "2026-03-20T00:00:00Z", 0}, {"denial", "2026-03-03T15:00:00Z", 0}}, "2026-05-01T00:00:00Z",
	    "appeal 2026-03-03T15:00:00Z 2026-04-02T23:59:59Z used;"},
};

static int64_t local(const char *text)
{
	return zone_utc(windows[0].zone, when(text));
}

static size_t read_facts(const struct fact *facts, size_t size, struct desk_milestone *milestones)
{
	size_t count = 0;

	for (; count < size && facts[count].name != NULL; count++)
		milestones[count] = (struct desk_milestone){facts[count].name, "4342076435326", local(facts[count].time), facts[count].term_days, ""};
	return count;
}

static void write_windows(const struct desk_window_state *list, size_t count, char *out, size_t size)
{
	size_t len = 0;

	out[0] = '\0';
	for (size_t i = 0; i < count; i++) {
		char opens[CLOCK_TEXT_SIZE], closes[CLOCK_TEXT_SIZE];

		clock_format(opens, sizeof(opens), zone_local(windows[0].zone, list[i].opens));
		clock_format(closes, sizeof(closes), zone_local(windows[0].zone, list[i].closes));
		len += (size_t)snprintf(out + len, size - len, "%s %s %s %s;", list[i].name, opens, closes, window_state_name(list[i].state));
	}
}

static void windows_follow_from_milestones(void **state)
{
	int wrong = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct desk_milestone milestones[4];
		size_t count = read_facts(cases[i].facts, COUNT(cases[i].facts), milestones), found;
		struct desk_window_state *list;
		char got[400];

		assert_int_equal(desk_windows(windows, WINDOWS, milestones, count, local(cases[i].now), &list, &found), 0);
		write_windows(list, found, got, sizeof(got));
		if (strcmp(got, cases[i].want) != 0) {
			print_error("%s: '%s', expected '%s'\n", cases[i].what, got, cases[i].want);
			wrong++;
		}
		free(list);
	}
	assert_int_equal(wrong, 0);
}

static const struct {
	const char *start, *now, *warned, *next; /* of a denial; "": none */
} warnings[] = {
	{"2026-03-03T15:00:00Z", "2026-03-26T23:59:58Z", "", "2026-03-26T23:59:59Z"},
	{"2026-03-03T15:00:00Z", "2026-03-26T23:59:59Z", "2026-03-26T23:59:59Z", "2026-03-30T23:59:59Z"},
	{"2026-03-03T15:00:00Z", "2026-03-31T00:00:00Z", "2026-03-30T23:59:59Z", "2026-04-01T23:59:59Z"},
	{"2026-03-03T15:00:00Z", "2026-04-02T00:00:00Z", "2026-04-01T23:59:59Z", ""},
	{"2026-02-08T15:00:00Z", "2026-03-05T00:00:00Z", "2026-03-03T23:59:59Z", "2026-03-07T23:59:59Z"}, /* clocks go forward on 8 March */
	{"2026-02-08T15:00:00Z", "2026-03-08T23:00:00Z", "2026-03-07T23:59:59Z", "2026-03-09T23:59:59Z"},
};

static void check_time(int64_t got, const char *want)
{
	char text[CLOCK_TEXT_SIZE] = "";

	if (got != 0)
		clock_format(text, sizeof(text), zone_local(windows[0].zone, got));
	assert_string_equal(text, want);
}

static void warnings_come_before_the_end(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(warnings); i++) {
		struct desk_milestone denial = {"denial", "1", local(warnings[i].start), 0, "id"};
		struct desk_window_state *list;
		size_t count;

		assert_int_equal(desk_windows(windows, WINDOWS, &denial, 1, local(warnings[i].now), &list, &count), 0);
		assert_int_equal(count, 1);
		check_time(list[0].warned, warnings[i].warned);
		check_time(list[0].next_warning, warnings[i].next);
		assert_int_equal(list[0].state, list[0].warned != 0 ? WINDOW_CLOSING : WINDOW_OPEN);
		assert_string_equal(list[0].id, "id");
		assert_string_equal(list[0].subject, "1");
		free(list);
	}
}

/* Seven days before it closes it was not open: that is no warning. */
static void warnings_before_the_opening_are_none(void **state)
{
	struct desk_milestone refund = {"refund", "1", when("2026-06-01T10:00:00Z"), 0, NULL};
	struct desk_window_state *list;
	size_t count;

	(void)state;
	assert_int_equal(desk_windows(windows, WINDOWS, &refund, 1, refund.time, &list, &count), 0);
	assert_int_equal(list[0].state, WINDOW_OPEN);
	assert_int_equal(list[0].warned, 0);
	assert_int_equal(list[0].next_warning, refund.time + 24 * 3600);
	free(list);
	assert_int_equal(desk_windows(windows, WINDOWS, &refund, 1, refund.time + 43 * 3600, &list, &count), 0);
	assert_int_equal(list[0].state, WINDOW_CLOSING);
	assert_int_equal(list[0].warned, refund.time + 42 * 3600);
	assert_int_equal(list[0].next_warning, 0);
	assert_string_equal(list[0].id, "");
	free(list);
}

static void subjects_are_kept_apart(void **state)
{
	struct desk_milestone milestones[] = {{"denial", "1", when("2026-03-03T15:00:00Z"), 0, "a"}, {"appeal", "2", when("2026-03-04T15:00:00Z"), 0, "b"}};
	struct desk_window_state *list;
	size_t count;

	(void)state;
	assert_int_equal(desk_windows(windows, WINDOWS, milestones, 2, when("2026-03-05"), &list, &count), 0);
	assert_int_equal(count, 1);
	assert_int_equal(list[0].state, WINDOW_OPEN);
	assert_int_equal(list[0].used, 0);
	free(list);
}

/* Whatever closes soon begins in the seconds that a store is asked for. */
static void what_closes_soon_is_found_by_its_start(void **state)
{
	struct dice dice = {7};
	unsigned soon = 0;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		const struct desk_window *window = &windows[1 + dice_roll(&dice, 5)]; /* the first one holds no more then */
		int64_t now = when("2026-01-01T00:00:00Z") + dice_roll(&dice, 400 * 86400), ahead = (1 + dice_roll(&dice, 9)) * 86400;
		struct desk_milestone start = {window->starts, "1", now - dice_roll(&dice, 100 * 86400), 0, NULL};
		struct desk_window_state *list;
		int64_t since, until;
		size_t count;

		assert_int_equal(desk_windows(windows, WINDOWS, &start, 1, now, &list, &count), 0);
		desk_window_starts(window, now, ahead, &since, &until);
		assert_true(until - since <= ahead + 3 * 86400);
		if (count == 1 && list[0].closes >= now && list[0].closes <= now + ahead) {
			assert_true(since <= start.time && start.time <= until);
			soon++;
		}
		free(list);
	}
	assert_true(soon > 200);
}

/* ---- refunds ------------------------------------------------------------------------ */

static const struct {
	const char *what;
	const char *names[6]; /* a day apart */
	int answered_in_time;
	enum refund_state state;
	unsigned disputes;
	int repeated, may_dispute, may_appeal;
	const char *reason; /* a part of it */
} refunds[] = {
	{"no refund", {NULL}, 1, REFUND_NONE, 0, 0, 0, 0, "no refund"},
	{"issued", {"refund"}, 1, REFUND_ISSUED, 0, 0, 1, 0, NULL},
	{"issued, with a miss", {"refund"}, 0, REFUND_ISSUED, 0, 0, 0, 0, "not answered in time"},
	{"disputed", {"refund", "dispute"}, 1, REFUND_DISPUTED, 1, 0, 0, 0, "second dispute"},
	{"denied", {"refund", "dispute", "denial"}, 1, REFUND_DENIED, 1, 0, 0, 1, "second dispute"},
	{"appealed", {"refund", "dispute", "denial", "appeal"}, 1, REFUND_APPEALED, 1, 0, 0, 0, "second dispute"},
	{"a second dispute is an appeal", {"refund", "dispute", "denial", "dispute"}, 1, REFUND_APPEALED, 2, 1, 0, 0, "second dispute"},
	{"also before a denial", {"refund", "dispute", "dispute"}, 1, REFUND_APPEALED, 2, 1, 0, 0, "second dispute"},
	{"denied again", {"refund", "dispute", "denial", "appeal", "denial"}, 1, REFUND_CLOSED, 1, 0, 0, 0, "closed"},
	{"and disputed once more", {"refund", "dispute", "denial", "appeal", "denial", "dispute"}, 1, REFUND_CLOSED, 2, 1, 0, 0, "closed"},
	{"paid back", {"refund", "dispute", "grant"}, 1, REFUND_CLOSED, 1, 0, 0, 0, "closed"},
	{"closed", {"refund", "closed"}, 1, REFUND_CLOSED, 0, 0, 0, 0, "closed"},
	{"a dispute whose refund is not known", {"dispute"}, 1, REFUND_DISPUTED, 1, 0, 0, 0, "second dispute"},
	{"a denial alone", {"denial"}, 1, REFUND_DENIED, 0, 0, 0, 1, "only an appeal"},
	{"other milestones", {"settlement", "delivered"}, 1, REFUND_NONE, 0, 0, 0, 0, "no refund"},
};

static size_t read_names(const char *const *names, struct desk_milestone *milestones)
{
	size_t count = 0;

	for (; count < 6 && names[count] != NULL; count++)
		milestones[count] = (struct desk_milestone){names[count], "1", when("2026-03-03T15:00:00Z") + (int64_t)count * 86400, 0, "x"};
	return count;
}

static void refunds_go_their_way(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(refunds); i++) {
		struct desk_milestone milestones[6];
		size_t count = read_names(refunds[i].names, milestones);
		struct refund_status got;

		assert_int_equal(desk_refund(milestones, count, when("2027-01-01"), refunds[i].answered_in_time, 30, &got), 0);
		if (got.state != refunds[i].state)
			fail_msg("%s: %s", refunds[i].what, refund_state_name(got.state));
		assert_int_equal(got.disputes, refunds[i].disputes);
		assert_int_equal(got.repeated, refunds[i].repeated);
		assert_int_equal(got.may_dispute, refunds[i].may_dispute);
		assert_int_equal(got.may_appeal, refunds[i].may_appeal);
		assert_int_equal(got.reason == NULL, refunds[i].reason == NULL);
		if (got.reason != NULL)
			assert_non_null(strstr(got.reason, refunds[i].reason));
	}
}

/* Told by a notice and by a table, backwards: still one dispute. */
static void a_dispute_told_twice_is_one(void **state)
{
	struct desk_milestone milestones[] = {
		{"dispute", "1", when("2026-03-04T15:00:00Z"), 0, "notice"}, {"refund", "1", when("2026-03-03T15:00:00Z"), 0, "notice"},
		{"dispute", "1", when("2026-03-04"), 0, "table"}, {"refund", "1", when("2026-03-03"), 0, "table"}
	};
	struct refund_status got;

	(void)state;
	assert_int_equal(desk_refund(milestones, COUNT(milestones), when("2026-03-05"), true, 30, &got), 0);
	assert_int_equal(got.state, REFUND_DISPUTED);
	assert_int_equal(got.disputes, 1);
	assert_int_equal(got.disputed, when("2026-03-04"));
	assert_int_equal(got.refunded, when("2026-03-03"));
	/* As of the day before, nothing was disputed. */
	assert_int_equal(desk_refund(milestones, COUNT(milestones), when("2026-03-03T23:00:00Z"), true, 30, &got), 0);
	assert_int_equal(got.state, REFUND_ISSUED);
	assert_true(got.may_dispute);
}

/* ---- the days in which goods may be returned ------------------------------------------ */

static const struct {
	const char *what, *delivered, *returned, *refunded; /* NULL: not known */
	int days, outside;
} returns[] = {
	{"within it", "2026-03-10T18:00:00Z", NULL, "2026-03-20T18:00:00Z", 30, 0},
	{"on the last day, at a later hour", "2026-03-01T01:00:00Z", NULL, "2026-03-31T23:59:59Z", 30, 0},
	{"on the day after", "2026-03-01T23:00:00Z", NULL, "2026-04-01T00:00:00Z", 30, 1},
	{"asked for in time", "2026-03-01", "2026-03-30", "2026-04-09", 30, 0},
	{"asked for too late", "2026-03-01", "2026-04-02", "2026-04-09", 30, 1},
	{"asked for after the refund", "2026-03-01", "2026-04-10", "2026-04-09", 30, 1},
	{"not delivered", NULL, NULL, "2026-04-09", 30, 0},
	{"delivered after the refund", "2026-04-10", NULL, "2026-04-09", 30, 0},
	{"not refunded", "2026-03-01", NULL, NULL, 30, 0},
	{"days that nobody knows", "2026-03-01", NULL, "2026-12-31", 0, 0},
};

static size_t add_return(struct desk_milestone *milestones, size_t count, const char *name, const char *time)
{
	if (time == NULL)
		return count;
	milestones[count] = (struct desk_milestone){name, "1", when(time), 0, name};
	return count + 1;
}

static void refunds_after_the_return_window_are_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(returns); i++) {
		struct desk_milestone milestones[3];
		struct refund_status got;
		size_t count = add_return(milestones, 0, "refund", returns[i].refunded);

		count = add_return(milestones, count, "return-requested", returns[i].returned);
		count = add_return(milestones, count, "delivered", returns[i].delivered);
		assert_int_equal(desk_refund(milestones, count, when("2027-01-01"), true, returns[i].days, &got), 0);
		if (got.outside_return_window != (returns[i].outside != 0))
			fail_msg("%s", returns[i].what);
	}
}

/* ---- any order, any of them twice ---------------------------------------------------- */

#define FACTS_MAX 10

static void check_round(struct dice *dice)
{
	struct desk_milestone facts[FACTS_MAX], mixed[2 * FACTS_MAX];
	size_t count = 1 + dice_roll(dice, FACTS_MAX), total = count, a_count, b_count, kinds = 0;
	struct desk_window_state *a, *b;
	struct refund_status x, y;
	char a_text[4000], b_text[4000];
	int64_t now = when("2024-10-20") + (int64_t)dice_roll(dice, 100) * 43200;

	while (desk_milestone_names[kinds] != NULL)
		kinds++;
	for (size_t i = 0; i < count; i++)
		facts[i] = (struct desk_milestone){desk_milestone_names[dice_roll(dice, (uint32_t)kinds)], "1",
		    when("2024-10-20") + (int64_t)dice_roll(dice, 60) * 43200, (int)dice_roll(dice, 4), dice_roll(dice, 2) ? "x" : "y"};
	memcpy(mixed, facts, count * sizeof(*facts));
	for (size_t extra = dice_roll(dice, (uint32_t)count + 1); extra > 0; extra--)
		mixed[total++] = facts[dice_roll(dice, (uint32_t)count)];
	for (size_t i = total; i > 1; i--) {
		size_t other = dice_roll(dice, (uint32_t)i);
		struct desk_milestone kept = mixed[i - 1];

		mixed[i - 1] = mixed[other];
		mixed[other] = kept;
	}
	assert_int_equal(desk_windows(windows, WINDOWS, facts, count, now, &a, &a_count), 0);
	assert_int_equal(desk_windows(windows, WINDOWS, mixed, total, now, &b, &b_count), 0);
	write_windows(a, a_count, a_text, sizeof(a_text));
	write_windows(b, b_count, b_text, sizeof(b_text));
	assert_string_equal(a_text, b_text);
	assert_int_equal(desk_refund(facts, count, now, true, 30, &x), 0);
	assert_int_equal(desk_refund(mixed, total, now, true, 30, &y), 0);
	assert_true(x.state == y.state && x.disputes == y.disputes && x.closed == y.closed && x.may_dispute == y.may_dispute &&
	    x.outside_return_window == y.outside_return_window);
	free(a);
	free(b);
}

static void order_and_repetition_do_not_matter(void **state)
{
	struct dice dice = {42};

	(void)state;
	for (int i = 0; i < 3000; i++)
		check_round(&dice);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(windows_follow_from_milestones),
		cmocka_unit_test(warnings_come_before_the_end),
		cmocka_unit_test(warnings_before_the_opening_are_none),
		cmocka_unit_test(subjects_are_kept_apart),
		cmocka_unit_test(what_closes_soon_is_found_by_its_start),
		cmocka_unit_test(refunds_go_their_way),
		cmocka_unit_test(a_dispute_told_twice_is_one),
		cmocka_unit_test(refunds_after_the_return_window_are_told),
		cmocka_unit_test(order_and_repetition_do_not_matter),
	};
	int rc;

	arena = arena_new((size_t)16 << 20);
	make_windows();
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(&arena);
	return rc;
}
