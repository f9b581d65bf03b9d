/* SPDX-License-Identifier: BSD-2-Clause */
/* postern sla: what is due, by shop and marketplace, and the clocks that say so. */
#include "cli/desk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOUR_SECONDS 3600

/* The open inquiries of a shop at a marketplace. */
struct account {
	char marketplace[64];
	char shop[256];
	int64_t open, due_1h, due_4h, due_24h, overdue;
	int64_t opened; /* of the one that waits longest */
	int64_t due;    /* of the one that is due first */
};

struct accounts {
	const char *shop, *marketplace; /* NULL: any */
	int64_t now;
	struct account *list;
	size_t count;
};

static struct account *find_account(struct accounts *accounts, const struct store_due *due)
{
	struct account *list = accounts->list;

	for (size_t i = 0; i < accounts->count; i++)
		if (strcmp(list[i].marketplace, due->marketplace) == 0 && strcmp(list[i].shop, due->shop) == 0)
			return &list[i];
	list = realloc(list, (accounts->count + 1) * sizeof(*list));
	if (list == NULL)
		return NULL;
	accounts->list = list;
	list += accounts->count++;
	*list = (struct account){.opened = due->opened, .due = due->due};
	snprintf(list->marketplace, sizeof(list->marketplace), "%s", due->marketplace);
	snprintf(list->shop, sizeof(list->shop), "%s", due->shop);
	return list;
}

static int note_due(void *arg, const struct store_due *due)
{
	struct accounts *accounts = arg;
	struct account *account;
	int64_t left = due->due - accounts->now;

	if ((accounts->shop != NULL && strcmp(accounts->shop, due->shop) != 0) ||
	    (accounts->marketplace != NULL && strcmp(accounts->marketplace, due->marketplace) != 0))
		return 0;
	account = find_account(accounts, due);
	if (account == NULL)
		return 1;
	account->open++;
	account->overdue += left < 0;
	account->due_1h += left >= 0 && left <= HOUR_SECONDS;
	account->due_4h += left >= 0 && left <= 4 * HOUR_SECONDS;
	account->due_24h += left >= 0 && left <= 24 * HOUR_SECONDS;
	if (due->opened < account->opened)
		account->opened = due->opened;
	if (due->due < account->due)
		account->due = due->due;
	return 0;
}

/* ---- clocks ---------------------------------------------------------------------------- */

static const char *kind_name(enum sla_kind kind)
{
	switch (kind) {
	case SLA_WALL:
		return "wall";
	case SLA_BUSINESS:
		return "business";
	case SLA_WEEKEND:
		return "weekend";
	case SLA_OFFICE:
		break;
	}
	return "office";
}

static json_t *clock_json(const struct marketplace *market, const struct sla_clock *clock)
{
	json_t *object = json_object();

	json_put_str(object, "marketplace", marketplace_name(market));
	json_put_str(object, "clock", clock->name);
	json_put_str(object, "kind", kind_name(clock->kind));
	if (clock->days > 0)
		json_put_int(object, "days", clock->days);
	else
		json_put_int(object, "hours", clock->seconds / HOUR_SECONDS);
	if (clock->calendar.zone != NULL)
		json_put_str(object, "zone", zone_name(clock->calendar.zone));
	cli_put_time(object, "since", clock->since);
	json_put_str(object, "source", clock->source);
	return object;
}

/* Those in force at now; an older version of one is not. */
static void add_clocks(const struct marketplace *market, int64_t now, json_t *list)
{
	const struct sla_clock *clock;

	for (size_t i = 0; (clock = marketplace_clock_at(market, i)) != NULL; i++)
		if (marketplace_clock(market, clock->name, now) == clock)
			json_array_append_new(list, clock_json(market, clock));
}

static json_t *clocks_json(const struct cli_desk *desk, const char *marketplace)
{
	json_t *list = json_array();

	for (size_t i = 0; i < profiles_count(desk->profiles); i++) {
		const struct marketplace *market = profiles_get(desk->profiles, i);

		if (marketplace == NULL || strcmp(marketplace, marketplace_name(market)) == 0)
			add_clocks(market, desk->now, list);
	}
	return list;
}

static void show_clocks(const json_t *clocks)
{
	json_t *clock;
	size_t i;

	printf("\n%-13s %-11s %-9s %-8s %-11s %s\n", "CLOCK OF", "NAME", "KIND", "VALUE", "SINCE", "SOURCE");
	json_array_foreach(clocks, i, clock) {
		bool days = json_object_get(clock, "days") != NULL;
		char value[32];

		snprintf(value, sizeof(value), "%lld %s", (long long)json_get_int(clock, days ? "days" : "hours", 0),
		    days ? "days" : "h");
		printf("%-13s %-11s %-9s %-8s %-11.10s ", json_get_str(clock, "marketplace"),
		    json_get_str(clock, "clock"), json_get_str(clock, "kind"), value, json_get_str(clock, "since"));
		cli_text(slice_str(json_get_str(clock, "source")), 0);
		putchar('\n');
	}
}

/* ---- showing ---------------------------------------------------------------------------- */

static json_t *account_json(const struct account *account, int64_t now)
{
	json_t *object = json_object();

	json_put_str(object, "marketplace", account->marketplace);
	json_put_str(object, "shop", account->shop);
	json_put_int(object, "open", account->open);
	json_put_int(object, "due_1h", account->due_1h);
	json_put_int(object, "due_4h", account->due_4h);
	json_put_int(object, "due_24h", account->due_24h);
	json_put_int(object, "overdue", account->overdue);
	json_put_int(object, "longest_wait_s", now - account->opened);
	cli_put_time(object, "first_due", account->due);
	return object;
}

static void show_account(const struct cli *cli, const struct account *account, int64_t now)
{
	char wait[64], overdue[32];

	cli_duration(wait, sizeof(wait), now - account->opened);
	snprintf(overdue, sizeof(overdue), "%8lld", (long long)account->overdue);
	cli_text(slice_str(account->marketplace), 13);
	putchar(' ');
	cli_text(slice_str(account->shop), 28);
	printf(" %5lld %5lld %5lld %5lld ", (long long)account->open, (long long)account->due_1h,
	    (long long)account->due_4h, (long long)account->due_24h);
	cli_styled(cli, account->overdue > 0 ? CLI_BAD : CLI_PLAIN, overdue);
	printf("  %s\n", wait);
}

static int show_json(const struct accounts *accounts, json_t *clocks)
{
	json_t *object = json_object(), *list = json_array();

	for (size_t i = 0; i < accounts->count; i++)
		json_array_append_new(list, account_json(&accounts->list[i], accounts->now));
	cli_put_time(object, "time", accounts->now);
	json_put_new(object, "accounts", list);
	json_put_new(object, "clocks", json_incref(clocks));
	return cli_json(object);
}

static void show_text(const struct cli *cli, const struct accounts *accounts, const json_t *clocks)
{
	if (accounts->count == 0)
		puts("nothing waits for an answer");
	else
		printf("%-13s %-28s %5s %5s %5s %5s %8s  %s\n", "MARKETPLACE", "SHOP", "OPEN", "<1 H", "<4 H", "<24 H",
		    "OVERDUE", "LONGEST WAIT");
	for (size_t i = 0; i < accounts->count; i++)
		show_account(cli, &accounts->list[i], accounts->now);
	show_clocks(clocks);
}

static int sla_show(struct cli_desk *desk, struct accounts *accounts)
{
	json_t *clocks = clocks_json(desk, accounts->marketplace);
	struct diag d = {0};
	int code = CLI_OK, rc;

	accounts->now = desk->now;
	rc = store_due(desk->store, INT64_MAX, note_due, accounts, &d);
	if (rc == 1)
		rc = diag_add(&d, "out of memory");
	if (rc == -1)
		code = cli_fail(desk->cli, &d);
	else if (desk->cli->json)
		code = show_json(accounts, clocks);
	else
		show_text(desk->cli, accounts, clocks);
	for (size_t i = 0; code == CLI_OK && i < accounts->count; i++)
		if (accounts->list[i].overdue > 0)
			code = CLI_NEGATIVE;
	json_decref(clocks);
	free(accounts->list);
	return code;
}

static int sla_run(struct cli *cli, int argc, char **argv)
{
	struct accounts accounts = {0};
	const struct cli_option options[] = {
		{.name = "shop", .value = &accounts.shop}, {.name = "marketplace", .value = &accounts.marketplace}, {0},
	};
	int code, first = cli_options(cli, &cli_sla, argc, argv, options, &code);
	struct cli_desk desk;

	if (first == -1)
		return code;
	if (first < argc)
		return cli_usage(&cli_sla, "takes no argument: '%s'", argv[first]);
	code = cli_desk_open(cli, CLI_DESK_STORE | CLI_DESK_PROFILES, &desk);
	if (code == CLI_OK)
		code = cli_desk_marketplace(&desk, accounts.marketplace);
	if (code == CLI_OK)
		code = sla_show(&desk, &accounts);
	cli_desk_close(&desk);
	return code;
}

const struct cli_command cli_sla = {
	"sla", "[--shop NAME] [--marketplace NAME] [--json]", "Show what is due, and the clocks in force",
	"For each shop and marketplace: open inquiries, those due within 1, 4 and 24 hours, the\n"
	"overdue, and how long the first one waits; then each clock with its value, the day from\n"
	"which it holds, and where that stands.\n"
	"Exit status: 0 nothing is overdue, 1 something is, 2 an error.\n\n"
	"Examples:\n"
	"  postern sla\n"
	"  postern sla --marketplace walmart --json | jq .accounts\n",
	sla_run
};
