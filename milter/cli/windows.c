/* SPDX-License-Identifier: BSD-2-Clause */
/* postern windows: what may still be disputed, appealed or claimed, and until when. */
#include "cli/facts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_SECONDS 86400
/* No window that is still open began earlier; --all and --order look at everything. */
#define RECENT_SECONDS ((int64_t)400 * DAY_SECONDS)

struct windows {
	struct cli_desk *desk;
	const char *order;
	bool all;
	json_t *subjects; /* array */
};

/* ---- reading ------------------------------------------------------------------------- */

/* The second in which the first of its windows closes; those without one come last. */
static const char *closes_first(const json_t *subject)
{
	const char *first = "~", *closes;
	json_t *window;
	size_t i;

	json_array_foreach(json_object_get(subject, "windows"), i, window) {
		closes = json_get_str(window, "closes");
		if (closes != NULL && strcmp(closes, first) < 0)
			first = closes;
	}
	return first;
}

static int compare_subjects(const void *a, const void *b)
{
	const json_t *first = *(json_t *const *)a, *second = *(json_t *const *)b;
	int order = strcmp(closes_first(first), closes_first(second));

	return order != 0 ? order : strcmp(json_get_str(first, "subject"), json_get_str(second, "subject"));
}

static int sort_subjects(struct windows *windows, struct diag *d)
{
	size_t count = json_array_size(windows->subjects);
	json_t **list = calloc(count + 1, sizeof(json_t *)), *sorted = json_array();

	if (list == NULL || sorted == NULL) {
		free(list);
		json_decref(sorted);
		return diag_add(d, "out of memory");
	}
	for (size_t i = 0; i < count; i++)
		list[i] = json_array_get(windows->subjects, i);
	qsort(list, count, sizeof(json_t *), compare_subjects);
	for (size_t i = 0; i < count; i++)
		json_array_append(sorted, list[i]);
	json_decref(windows->subjects);
	windows->subjects = sorted;
	free(list);
	return 0;
}

static int read_subjects(struct windows *windows, const struct facts *facts, struct diag *d)
{
	bool all = windows->all || windows->order != NULL;
	size_t at = 0;

	while (at < facts->count) {
		struct subject subject;
		json_t *object;

		if (subject_read(windows->desk, facts, &at, all, &subject, d) == -1)
			return -1;
		object = subject_json(&subject, windows->desk->now, all);
		if (windows->order != NULL || json_array_size(json_object_get(object, "windows")) > 0)
			json_array_append(windows->subjects, object);
		json_decref(object);
		subject_free(&subject);
	}
	return sort_subjects(windows, d);
}

/* ---- as text --------------------------------------------------------------------------- */

static void show_left(const json_t *window)
{
	char text[64] = "";

	if (json_object_get(window, "seconds_left") != NULL) {
		int64_t seconds = json_get_int(window, "seconds_left", 0);

		if (seconds >= 2 * DAY_SECONDS)
			snprintf(text, sizeof(text), "%lld days", (long long)(seconds / DAY_SECONDS));
		else
			cli_duration(text, sizeof(text), seconds);
	}
	printf(" %-12s ", text);
}

static void show_day(const json_t *window, const char *key)
{
	const char *text = json_get_str(window, key);
	int64_t seconds = 0;

	if (text != NULL)
		clock_parse(text, &seconds);
	putchar(' ');
	cli_show_time(seconds);
}

static void show_window(const struct cli *cli, const json_t *subject, const json_t *window)
{
	const char *state = json_get_str(window, "state"), *title = json_get_str(window, "title");

	cli_styled(cli, cli_action_style(state), state);
	printf("%*s", strlen(state) < 8 ? (int)(8 - strlen(state)) : 0, "");
	show_left(window);
	cli_text(slice_str(json_get_str(subject, "subject")), 20);
	putchar(' ');
	cli_text(slice_str(json_get_str(subject, "marketplace")), 9);
	show_day(window, "opens");
	show_day(window, "closes");
	putchar(' ');
	cli_text(slice_str(title != NULL ? title : json_get_str(window, "window")), 0);
	if (json_get_str(window, "used") != NULL)
		printf(" (used %.10s)", json_get_str(window, "used"));
	putchar('\n');
}

static void show_cases(const json_t *cases)
{
	for (size_t i = 0; i < json_array_size(cases); i++) {
		fputs(i == 0 ? ", case " : ", ", stdout);
		cli_text(slice_str(json_string_value(json_array_get(cases, i))), 0);
	}
}

static void show_refund(const json_t *subject)
{
	const json_t *refund = json_object_get(subject, "refund"), *late = json_object_get(refund, "late");

	if (refund == NULL)
		return;
	printf("         refund: %s", json_get_str(refund, "state"));
	if (json_get_str(refund, "disputed") != NULL)
		printf(", disputed on %.10s", json_get_str(refund, "disputed"));
	show_cases(json_object_get(subject, "cases"));
	if (json_is_true(json_object_get(refund, "outside_return_window")))
		fputs(", after the return window: reimbursement possible", stdout);
	if (json_is_true(json_object_get(refund, "repeated")))
		fputs(", a second dispute is treated as an appeal", stdout);
	if (json_is_true(json_object_get(refund, "may_dispute")))
		fputs(", a dispute is possible", stdout);
	else if (json_get_str(refund, "reason") != NULL)
		printf(", no dispute: %s", json_get_str(refund, "reason"));
	if (json_is_true(json_object_get(refund, "may_appeal")))
		fputs(", an appeal is possible", stdout);
	putchar('\n');
	for (size_t i = 0; i < json_array_size(late); i++) {
		const json_t *entry = json_array_get(late, i);

		printf("         not answered in time: asked %s, due %s, in thread ", json_get_str(entry, "opened"),
		    json_get_str(entry, "due"));
		cli_text(slice_str(json_get_str(entry, "thread")), 0);
		putchar('\n');
	}
}

static void show_unknown(const json_t *subject)
{
	const char *market = json_get_str(subject, "marketplace");

	if (market[0] != '\0')
		return;
	fputs("         no thread tells the marketplace of ", stdout);
	cli_text(slice_str(json_get_str(subject, "subject")), 0);
	puts("; say it with 'postern milestone add ... --marketplace NAME'");
}

static void show_subjects(const struct windows *windows)
{
	json_t *subject, *window;
	size_t i, k;

	if (json_array_size(windows->subjects) == 0) {
		puts(windows->order != NULL ? "no milestone is known of this order" : "no window is open");
		return;
	}
	printf("%-8s %-12s %-20s %-9s %-16s %-16s %s\n", "STATE", "LEFT", "ORDER", "MARKET", "OPENS", "CLOSES (UTC)",
	    "WINDOW");
	json_array_foreach(windows->subjects, i, subject) {
		json_array_foreach(json_object_get(subject, "windows"), k, window)
			show_window(windows->desk->cli, subject, window);
		show_refund(subject);
		show_unknown(subject);
	}
}

static int windows_show(struct windows *windows)
{
	int64_t since = windows->all || windows->order != NULL ? 0 : windows->desk->now - RECENT_SECONDS;
	struct facts facts;
	struct diag d = {0};
	int code = CLI_OK, rc;

	windows->subjects = json_array();
	rc = facts_read(windows->desk->store, SLICE_NONE, windows->order, since, &facts, &d);
	if (rc == 0)
		rc = read_subjects(windows, &facts, &d);
	if (rc == -1)
		code = cli_fail(windows->desk->cli, &d);
	else if (windows->desk->cli->json)
		code = cli_json(json_incref(windows->subjects));
	else
		show_subjects(windows);
	facts_free(&facts);
	json_decref(windows->subjects);
	return code;
}

static int windows_run(struct cli *cli, int argc, char **argv)
{
	struct cli_desk desk;
	struct windows windows = {.desk = &desk};
	const char *at = NULL;
	const struct cli_option options[] = {
		{.name = "order", .value = &windows.order}, {.name = "all", .flag = &windows.all}, {.name = "at", .value = &at},
		{0},
	};
	int code, first = cli_options(cli, &cli_windows, argc, argv, options, &code);
	int64_t now;

	if (first == -1)
		return code;
	if (first < argc)
		return cli_usage(&cli_windows, "takes no argument: '%s'", argv[first]);
	if (cli_desk_time(&cli_windows, at, &now) == -1)
		return CLI_ERROR;
	code = cli_desk_open(cli, CLI_DESK_STORE | CLI_DESK_PROFILES, &desk);
	desk.now = now;
	if (code == CLI_OK)
		code = windows_show(&windows);
	cli_desk_close(&desk);
	return code;
}

const struct cli_command cli_windows = {
	"windows", "[--order ID] [--all] [--at TIME] [--json]",
	"Show dispute, appeal and claim windows",
	"Windows are counted from milestones: dates out of notices, or recorded with 'postern\n"
	"milestone'. Each with its state (waiting, open, closing, closed, used), when it opens and\n"
	"closes, and for a refund how far its dispute is and whether one is possible: only when\n"
	"every inquiry about the order was answered in time. A refund after the days in which the\n"
	"goods could be returned may be reimbursed in full: that is said, too.\n"
	"  --order ID     only of this order, refund or case, closed ones too\n"
	"  --all          the closed and used ones too\n"
	"  --at TIME      as of 2026-11-22T09:00:00Z instead of now\n\n"
	"Examples:\n"
	"  postern windows\n"
	"  postern windows --order 4342076435326 --json\n",
	windows_run
};
