/* SPDX-License-Identifier: BSD-2-Clause */
/* postern cases: what was asked of marketplaces' support, and how near each shop is to asking too often. */
#include "cli/desk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_SECONDS 86400
#define WEEK_SECONDS (7 * DAY_SECONDS)

/* How often a shop asked a marketplace's support. */
struct frequency {
	char marketplace[64];
	char shop[256];
	int64_t day;              /* questions of the last 24 hours */
	int64_t urgent, reopened; /* of the last seven days */
};

struct cases {
	struct cli_desk *desk;
	struct store_case_filter filter;
	json_t *list;
	struct frequency *frequencies;
	size_t count;
	bool week; /* what is being read */
};

/* ---- the list ------------------------------------------------------------------------- */

static int note_case(void *arg, const struct store_case *entry)
{
	struct cases *cases = arg;
	json_t *object = json_object();

	json_put_str(object, "case", entry->id);
	json_put_str(object, "marketplace", entry->marketplace);
	json_put_str(object, "shop", entry->shop);
	json_put_str(object, "state", entry->open ? "open" : "closed");
	json_put_str(object, "channel", entry->channel);
	json_put_str(object, "subject", entry->subject);
	json_put_str(object, "ids", entry->ids);
	cli_put_time(object, "opened", entry->opened);
	cli_put_time(object, "last", entry->last_time);
	json_put_str(object, "last_id", entry->last_id);
	json_put_int(object, "questions", entry->questions);
	json_put_int(object, "replies", entry->replies);
	json_put_int(object, "urgent", entry->urgent);
	json_put_int(object, "reopened", entry->reopened);
	return json_array_append_new(cases->list, object) == 0 ? 0 : 1;
}

static void show_case(const struct cli *cli, const json_t *entry)
{
	const char *state = json_get_str(entry, "state");
	int64_t last = 0;

	if (json_get_str(entry, "last") != NULL)
		clock_parse(json_get_str(entry, "last"), &last);
	cli_styled(cli, cli_action_style(state), state);
	printf("%*s", strlen(state) < 7 ? (int)(7 - strlen(state)) : 0, "");
	cli_text(slice_str(json_get_str(entry, "case")), 16);
	putchar(' ');
	cli_text(slice_str(json_get_str(entry, "marketplace")), 9);
	putchar(' ');
	cli_show_time(last);
	printf(" %5lld %7lld %8lld  ", (long long)json_get_int(entry, "questions", 0),
	    (long long)json_get_int(entry, "replies", 0), (long long)json_get_int(entry, "reopened", 0));
	cli_text(slice_str(json_get_str(entry, "ids")), 30);
	putchar(' ');
	cli_text(slice_str(json_get_str(entry, "subject")), 0);
	putchar('\n');
}

/* ---- how often ------------------------------------------------------------------------- */

static struct frequency *find_frequency(struct cases *cases, const struct store_case *entry)
{
	struct frequency *list = cases->frequencies;

	for (size_t i = 0; i < cases->count; i++)
		if (strcmp(list[i].marketplace, entry->marketplace) == 0 && strcmp(list[i].shop, entry->shop) == 0)
			return &list[i];
	list = realloc(list, (cases->count + 1) * sizeof(*list));
	if (list == NULL)
		return NULL;
	cases->frequencies = list;
	list += cases->count++;
	*list = (struct frequency){0};
	snprintf(list->marketplace, sizeof(list->marketplace), "%s", entry->marketplace);
	snprintf(list->shop, sizeof(list->shop), "%s", entry->shop);
	return list;
}

static int note_frequency(void *arg, const struct store_case *entry)
{
	struct cases *cases = arg;
	struct frequency *frequency = find_frequency(cases, entry);

	if (frequency == NULL)
		return 1;
	if (cases->week) {
		frequency->urgent += entry->urgent;
		frequency->reopened += entry->reopened;
	} else {
		frequency->day += entry->questions;
	}
	return 0;
}

static int read_frequencies(struct cases *cases, struct diag *d)
{
	struct store_case_filter filter = {.shop = cases->filter.shop, .marketplace = cases->filter.marketplace,
	    .until = cases->desk->now, .limit = 100000};
	int rc;

	cases->week = false;
	filter.since = filter.until - DAY_SECONDS;
	rc = store_cases(cases->desk->store, &filter, note_frequency, cases, d);
	cases->week = true;
	filter.since = filter.until - WEEK_SECONDS;
	if (rc == 0)
		rc = store_cases(cases->desk->store, &filter, note_frequency, cases, d);
	return rc == 1 ? diag_add(d, "out of memory") : rc;
}

/* A profile's limit, 0 when it has none. */
static int64_t limit_of(const struct cases *cases, const struct frequency *frequency, const char *name)
{
	const struct marketplace *market = profiles_find(cases->desk->profiles, frequency->marketplace);
	struct slice text = SLICE_NONE;

	if (market != NULL)
		text = marketplace_value(market, name, cases->desk->now, NULL, NULL);
	return text.ptr != NULL ? strtoll(text.ptr, NULL, 10) : 0;
}

static json_t *frequency_json(const struct cases *cases, const struct frequency *frequency)
{
	static const struct {
		const char *key, *value;
	} limits[] = {
		{"warn_per_day", "case_warn_per_day"}, {"hold_per_day", "case_hold_per_day"},
		{"urgent_limit_per_week", "case_urgent_per_week"}, {"reopen_limit_per_week", "case_reopen_per_week"},
	};
	json_t *object = json_object();

	json_put_str(object, "marketplace", frequency->marketplace);
	json_put_str(object, "shop", frequency->shop);
	json_put_int(object, "questions_24h", frequency->day);
	json_put_int(object, "urgent_7d", frequency->urgent);
	json_put_int(object, "reopened_7d", frequency->reopened);
	for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i++) {
		int64_t limit = limit_of(cases, frequency, limits[i].value);

		if (limit > 0)
			json_put_int(object, limits[i].key, limit);
	}
	return object;
}

static void show_count(const struct cli *cli, const char *what, int64_t count, int64_t warn, int64_t hold)
{
	char text[96];
	int n = snprintf(text, sizeof(text), "%lld %s", (long long)count, what);

	if (hold > 0)
		snprintf(text + n, sizeof(text) - (size_t)n, " (at most %lld)", (long long)hold);
	cli_styled(cli, hold > 0 && count >= hold ? CLI_BAD : warn > 0 && count >= warn ? CLI_WARN : CLI_PLAIN, text);
}

static void show_frequency(const struct cli *cli, const json_t *entry)
{
	int64_t urgent = json_get_int(entry, "urgent_limit_per_week", 0);
	int64_t reopen = json_get_int(entry, "reopen_limit_per_week", 0);

	cli_text(slice_str(json_get_str(entry, "marketplace")), 0);
	putchar(' ');
	cli_text(slice_str(json_get_str(entry, "shop")), 0);
	fputs(": ", stdout);
	show_count(cli, "questions in 24 h", json_get_int(entry, "questions_24h", 0),
	    json_get_int(entry, "warn_per_day", 0), json_get_int(entry, "hold_per_day", 0));
	fputs(", ", stdout);
	show_count(cli, "urgent", json_get_int(entry, "urgent_7d", 0), urgent, urgent);
	fputs(", ", stdout);
	show_count(cli, "reopened in 7 days", json_get_int(entry, "reopened_7d", 0), reopen, reopen);
	putchar('\n');
}

/* ---- the command ------------------------------------------------------------------------- */

static void show_text(const struct cases *cases, const json_t *frequencies)
{
	json_t *entry;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)frequencies, i, entry)
		show_frequency(cases->desk->cli, entry);
	if (json_array_size(cases->list) == 0) {
		puts("no case fits");
		return;
	}
	printf("%-7s%-16s %-9s %-16s %5s %7s %8s  %-30s %s\n", "STATE", "CASE", "MARKET", "LAST (UTC)", "ASKED", "REPLIES",
	    "REOPENED", "ORDERS AND ITEMS", "SUBJECT");
	json_array_foreach(cases->list, i, entry)
		show_case(cases->desk->cli, entry);
}

static int show_json(const struct cases *cases, json_t *frequencies)
{
	json_t *object = json_object();

	json_put_new(object, "cases", json_incref(cases->list));
	json_put_new(object, "shops", json_incref(frequencies));
	return cli_json(object);
}

static int cases_show(struct cases *cases)
{
	json_t *frequencies = json_array();
	struct diag d = {0};
	int code = CLI_OK, rc;

	cases->list = json_array();
	rc = store_cases(cases->desk->store, &cases->filter, note_case, cases, &d);
	if (rc == 1)
		rc = diag_add(&d, "out of memory");
	if (rc == 0)
		rc = read_frequencies(cases, &d);
	for (size_t i = 0; i < cases->count; i++)
		json_array_append_new(frequencies, frequency_json(cases, &cases->frequencies[i]));
	if (rc == -1)
		code = cli_fail(cases->desk->cli, &d);
	else if (cases->desk->cli->json)
		code = show_json(cases, frequencies);
	else
		show_text(cases, frequencies);
	json_decref(frequencies);
	json_decref(cases->list);
	free(cases->frequencies);
	return code;
}

static int read_times(struct cases *cases, const char *since, const char *until)
{
	if (since != NULL && clock_parse(since, &cases->filter.since) == -1) {
		cli_usage(&cli_cases, "--since needs a day like 2026-11-22, not '%s'", since);
		return -1;
	}
	if (until != NULL && clock_parse(until, &cases->filter.until) == -1) {
		cli_usage(&cli_cases, "--until needs a day like 2026-11-22, not '%s'", until);
		return -1;
	}
	return 0;
}

static int cases_run(struct cli *cli, int argc, char **argv)
{
	struct cli_desk desk;
	struct cases cases = {.desk = &desk};
	const char *since = NULL, *until = NULL, *limit = NULL;
	int64_t number = STORE_LIMIT;
	const struct cli_option options[] = {
		{.name = "case", .value = &cases.filter.id}, {.name = "order", .value = &cases.filter.order},
		{.name = "shop", .value = &cases.filter.shop}, {.name = "marketplace", .value = &cases.filter.marketplace},
		{.name = "since", .value = &since}, {.name = "until", .value = &until}, {.name = "limit", .value = &limit}, {0},
	};
	int code, first = cli_options(cli, &cli_cases, argc, argv, options, &code);

	if (first == -1)
		return code;
	if (first < argc)
		return cli_usage(&cli_cases, "takes no argument: '%s'", argv[first]);
	if (read_times(&cases, since, until) == -1 ||
	    cli_desk_number(&cli_cases, "--limit", limit, 1, 100000, &number) == -1)
		return CLI_ERROR;
	cases.filter.limit = (size_t)number;
	code = cli_desk_open(cli, CLI_DESK_STORE | CLI_DESK_PROFILES, &desk);
	if (code == CLI_OK)
		code = cli_desk_marketplace(&desk, cases.filter.marketplace);
	if (code == CLI_OK)
		code = cases_show(&cases);
	cli_desk_close(&desk);
	return code;
}

const struct cli_command cli_cases = {
	"cases", "[--case ID] [--order ID] [--shop NAME] [--marketplace NAME] [--since TIME] [--until TIME] [--limit N] [--json]",
	"Show cases with marketplaces' support, and how often was asked",
	"First how often each shop asked in the last 24 hours, with the limit of the marketplace's\n"
	"profile, and how many marks as urgent and reopened cases there were in seven days; then the\n"
	"cases, the one with the newest message first.\n"
	"  --case ID           the case with this number\n"
	"  --order ID          cases that name this order, PO or item\n"
	"  --since, --until    cases with a message in that time (2026-11-22 or 2026-11-22T09:00:00Z)\n"
	"  --limit N           so many cases (default 200)\n\n"
	"Examples:\n"
	"  postern cases --order 4342076435326\n"
	"  postern cases --since 2026-11-01 --json | jq .shops\n",
	cases_run
};
