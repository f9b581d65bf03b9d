/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * postern rate: the response rate as marketplaces count it, beside the line
 * below which they act. Each marketplace has its own line and its own window, so
 * it is computed for each of them, from the store's inquiries as of a second.
 */
#include "cli/desk.h"

#include <stdio.h>
#include <string.h>

#include "core/csv.h"
#include "desk/rate.h"

#define DAY_SECONDS 86400

struct rate_call {
	struct cli_desk *desk;
	struct store_rate_filter filter;
	const char *by;
	int64_t window; /* 0: the profile's */
	bool csv;
	json_t *rows;
	bool below;     /* a line was missed */

	/* of the marketplace at hand */
	const struct marketplace *market;
	struct cli_line line;
	size_t given;
};

/* ---- computing --------------------------------------------------------------------- */

static void put_line(const struct rate_call *call, const struct desk_rate *rate, json_t *row)
{
	int64_t left;

	if (call->line.percent == 0)
		return;
	json_put_int(row, "line_percent", call->line.percent);
	cli_put_time(row, "line_since", call->line.since);
	json_put(row, "line_source", slice_str(call->line.source));
	if (rate->counted == 0)
		return;
	left = desk_rate_misses_left(rate, (unsigned)call->line.percent);
	json_put_bool(row, "below", left < 0);
	if (left >= 0)
		json_put_int(row, "misses_left", left);
	else if (left != INT64_MIN)
		json_put_int(row, "answers_to_recover", -left);
}

static int note_rate(void *arg, const char *group, const struct desk_rate *rate)
{
	struct rate_call *call = arg;
	int permille = desk_rate_permille(rate);
	json_t *row = json_object();

	json_put_str(row, "marketplace", marketplace_name(call->market));
	if (call->filter.group_by != STORE_GROUP_NONE)
		json_put_str(row, call->by, group);
	cli_put_time(row, "since", call->filter.since);
	cli_put_time(row, "until", call->filter.until);
	json_put_int(row, "counted", (json_int_t)rate->counted);
	json_put_int(row, "in_time", (json_int_t)rate->in_time);
	json_put_int(row, "missed", (json_int_t)rate->missed);
	json_put_int(row, "open", (json_int_t)rate->open);
	json_put_new(row, "rate_percent", permille >= 0 ? json_real(permille / 10.0) : json_null());
	put_line(call, rate, row);
	/* One person or one day below the line is a hint; the account's rate is what a marketplace acts upon. */
	if (json_is_true(json_object_get(row, "below")) && call->filter.group_by != STORE_GROUP_AGENT &&
	    call->filter.group_by != STORE_GROUP_DAY)
		call->below = true;
	call->given++;
	return json_array_append_new(call->rows, row) == 0 ? 0 : 1;
}

static int compute_market(struct rate_call *call, const struct marketplace *market, struct diag *d)
{
	int64_t until = call->filter.until;
	struct desk_rate empty = {0};
	int rc;

	call->market = market;
	call->given = 0;
	call->line = cli_rate_line(market, until);
	call->filter.marketplace = marketplace_name(market);
	call->filter.since = until - (call->window > 0 ? call->window : call->line.window);
	rc = store_rate(call->desk->store, &call->filter, note_rate, call, d);
	/* Where there is a line, or it was asked for, nothing is an answer, too: no data. */
	if (rc == 0 && call->given == 0 && call->line.percent > 0 && call->filter.group_by == STORE_GROUP_NONE)
		rc = note_rate(call, "", &empty);
	return rc == 1 ? diag_add(d, "out of memory") : rc;
}

static int compute(struct rate_call *call, const char *marketplace, struct diag *d)
{
	const struct profiles *profiles = call->desk->profiles;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < profiles_count(profiles); i++) {
		const struct marketplace *market = profiles_get(profiles, i);

		if (marketplace == NULL || strcmp(marketplace, marketplace_name(market)) == 0)
			rc = compute_market(call, market, d);
	}
	return rc;
}

/* ---- showing ----------------------------------------------------------------------- */

static void show_row(const struct rate_call *call, const json_t *row)
{
	const json_t *rate = json_object_get(row, "rate_percent");
	bool below = json_is_true(json_object_get(row, "below")), grouped = call->filter.group_by != STORE_GROUP_NONE;
	char text[32] = "no data";

	if (json_is_real(rate))
		snprintf(text, sizeof(text), "%.1f %%", json_real_value(rate));
	cli_text(slice_str(json_get_str(row, "marketplace")), 13);
	putchar(' ');
	if (grouped) {
		const char *group = json_get_str(row, call->by);

		cli_text(slice_str(group != NULL && group[0] != '\0' ? group : "(nobody)"), 28);
		putchar(' ');
	}
	printf("%5lld d ", (long long)((call->filter.until - call->filter.since) / DAY_SECONDS));
	cli_styled(call->desk->cli, below ? CLI_BAD : json_is_real(rate) ? CLI_GOOD : CLI_PLAIN, text);
	printf("%*s %7lld %6lld %5lld", strlen(text) < 8 ? (int)(8 - strlen(text)) : 0, "",
	    (long long)json_get_int(row, "counted", 0), (long long)json_get_int(row, "missed", 0),
	    (long long)json_get_int(row, "open", 0));
	if (json_object_get(row, "line_percent") != NULL)
		printf(" %4lld %%", (long long)json_get_int(row, "line_percent", 0));
	if (json_object_get(row, "misses_left") != NULL)
		printf("  %lld misses left", (long long)json_get_int(row, "misses_left", 0));
	else if (json_object_get(row, "answers_to_recover") != NULL)
		printf("  below: %lld answers in time bring it back", (long long)json_get_int(row, "answers_to_recover", 0));
	else if (below)
		printf("  below");
	putchar('\n');
}

/* The window of a row can differ from the next one's. */
static void show_rows(struct rate_call *call)
{
	json_t *row;
	size_t i;

	if (json_array_size(call->rows) == 0) {
		puts("no data");
		return;
	}
	printf("%-13s ", "MARKETPLACE");
	if (call->filter.group_by != STORE_GROUP_NONE)
		printf("%-28s ", strcmp(call->by, "agent") == 0 ? "AGENT" : strcmp(call->by, "day") == 0 ? "DAY"
		    : strcmp(call->by, "shop") == 0 ? "SHOP" : "MARKETPLACE");
	printf("%7s %-8s %7s %6s %5s %6s\n", "WINDOW", "RATE", "COUNTED", "MISSED", "OPEN", "LINE");
	json_array_foreach(call->rows, i, row) {
		clock_parse(json_get_str(row, "since"), &call->filter.since);
		clock_parse(json_get_str(row, "until"), &call->filter.until);
		show_row(call, row);
	}
}

static void csv_number(struct csv_writer *csv, const json_t *value)
{
	if (json_is_integer(value))
		csv_int(csv, json_integer_value(value));
	else if (json_is_real(value))
		csv_tenths(csv, (int64_t)(json_real_value(value) * 10 + 0.5));
	else
		csv_str(csv, NULL);
}

static int show_csv(const struct rate_call *call)
{
	static const char *const numbers[] = {"counted", "in_time", "missed", "open", "rate_percent", "line_percent",
	    "misses_left"};
	const char *by = call->filter.group_by != STORE_GROUP_NONE ? call->by : "group";
	struct buf out = {0};
	struct csv_writer csv = {.out = &out};
	json_t *row;
	size_t i;

	csv_header(&csv, (const char *const []){"marketplace", by, "since", "until", "counted", "in_time", "missed", "open",
	    "rate_percent", "line_percent", "misses_left", "line_since", "line_source", NULL});
	json_array_foreach(call->rows, i, row) {
		csv_str(&csv, json_get_str(row, "marketplace"));
		csv_str(&csv, json_get_str(row, by));
		csv_str(&csv, json_get_str(row, "since"));
		csv_str(&csv, json_get_str(row, "until"));
		for (size_t k = 0; k < sizeof(numbers) / sizeof(*numbers); k++)
			csv_number(&csv, json_object_get(row, numbers[k]));
		csv_str(&csv, json_get_str(row, "line_since"));
		csv_str(&csv, json_get_str(row, "line_source"));
		csv_end_row(&csv);
	}
	if (!out.failed)
		fwrite(out.data, 1, out.len, stdout);
	i = out.failed;
	buf_free(&out);
	return i == 0 ? CLI_OK : CLI_ERROR;
}

static int rate_show(struct rate_call *call, const char *marketplace)
{
	struct diag d = {0};
	int code = CLI_OK;

	call->rows = json_array();
	if (compute(call, marketplace, &d) == -1)
		code = cli_fail(call->desk->cli, &d);
	else if (call->csv)
		code = show_csv(call);
	else if (call->desk->cli->json)
		code = cli_json(json_incref(call->rows));
	else
		show_rows(call);
	json_decref(call->rows);
	return code == CLI_OK && call->below ? CLI_NEGATIVE : code;
}

/* ---- the command -------------------------------------------------------------------- */

static int read_by(const char *by, enum store_group *group_r)
{
	static const struct {
		const char *name;
		enum store_group group;
	} groups[] = {
		/* Rows are a marketplace's in any case. */
		{"marketplace", STORE_GROUP_NONE}, {"shop", STORE_GROUP_SHOP}, {"agent", STORE_GROUP_AGENT},
		{"day", STORE_GROUP_DAY},
	};

	for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++) {
		if (strcmp(groups[i].name, by) == 0) {
			*group_r = groups[i].group;
			return 0;
		}
	}
	cli_usage(&cli_rate, "--by needs shop, marketplace, agent or day, not '%s'", by);
	return -1;
}

static int rate_run(struct cli *cli, int argc, char **argv)
{
	struct cli_desk desk;
	struct rate_call call = {.desk = &desk, .by = "marketplace"};
	const char *window = NULL, *at = NULL, *marketplace = NULL;
	const struct cli_option options[] = {
		{.name = "window", .value = &window}, {.name = "shop", .value = &call.filter.shop},
		{.name = "marketplace", .value = &marketplace}, {.name = "agent", .value = &call.filter.agent},
		{.name = "by", .value = &call.by}, {.name = "at", .value = &at}, {.name = "csv", .flag = &call.csv}, {0},
	};
	int code, first = cli_options(cli, &cli_rate, argc, argv, options, &code);

	if (first == -1)
		return code;
	if (first < argc)
		return cli_usage(&cli_rate, "takes no argument: '%s'", argv[first]);
	if (window != NULL && cli_span(window, &call.window) == -1)
		return cli_usage(&cli_rate, "--window needs a span like 14d or 48h, not '%s'", window);
	if (read_by(call.by, &call.filter.group_by) == -1 || cli_desk_time(&cli_rate, at, &call.filter.until) == -1)
		return CLI_ERROR;
	code = cli_desk_open(cli, CLI_DESK_STORE | CLI_DESK_PROFILES, &desk);
	if (code == CLI_OK)
		code = cli_desk_marketplace(&desk, marketplace);
	if (code == CLI_OK)
		code = rate_show(&call, marketplace);
	cli_desk_close(&desk);
	return code;
}

const struct cli_command cli_rate = {
	"rate", "[--window SPAN] [--shop NAME] [--marketplace NAME] [--agent NAME] [--by shop|marketplace|agent|day] "
	"[--at TIME] [--csv] [--json]",
	"Show the response rate, and how many misses are left",
	"The share of inquiries answered in time, as the marketplaces count it: an inquiry counts at\n"
	"its answer when that was in time, else when it was overdue. Spam does not count, nor what was\n"
	"marked as needing no response in time. Nothing counted is \"no data\", not 100 %.\n"
	"  --window SPAN       14d, 30d, 60d, 90d, 48h ... (default: what the marketplace looks at)\n"
	"  --shop NAME         only of this account of yours\n"
	"  --marketplace NAME  only of this marketplace\n"
	"  --agent NAME        only what this person answered\n"
	"  --by WHAT           a row for each shop, agent or day (UTC) of each marketplace\n"
	"  --at TIME           as of 2026-11-22T09:00:00Z instead of now, by the line of that time\n"
	"  --csv               for a spreadsheet\n"
	"Exit status: 0 no marketplace's or shop's rate is below the line, 1 one is, 2 an error.\n\n"
	"Examples:\n"
	"  postern rate\n"
	"  postern rate --window 90d --by agent --csv > agents.csv\n",
	rate_run
};
