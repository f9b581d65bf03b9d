/* SPDX-License-Identifier: BSD-2-Clause */
/* postern held: outgoing messages that wait for a person, the most urgent first. */
#include "cli/held.h"

#include <stdio.h>
#include <string.h>

#define PAGE 500

struct search {
	struct cli_desk *desk;
	json_t *list;
	size_t seen;    /* threads of this page */
	bool out_of_memory;
};

static bool is_decided(const struct store_thread *thread, const char *id)
{
	for (size_t i = 0; i < thread->event_count; i++) {
		const struct desk_event *event = &thread->events[i];

		if ((event->kind == DESK_RELEASED || event->kind == DESK_REFUSED) && event->ref != NULL &&
		    strcmp(event->ref, id) == 0)
			return true;
	}
	return false;
}

static json_t *entry_json(const struct store_thread *thread, const struct desk_event *held,
    const struct thread_status *status)
{
	json_t *object = json_object();

	json_put_str(object, "id", held->id);
	cli_put_time(object, "held", held->time);
	json_put(object, "agent", slice_str(held->agent));
	json_put_str(object, "thread", thread->key);
	json_put_str(object, "marketplace", thread->marketplace);
	json_put_str(object, "shop", thread->shop);
	json_put_str(object, "customer", thread->customer);
	json_put_str(object, "subject", thread->subject);
	json_put_str(object, "order", thread->order);
	json_put_str(object, "state", thread_state_name(status->state));
	if (cli_is_waiting(status))
		cli_put_time(object, "due", status->due);
	return object;
}

bool held_left(const json_t *entry, int64_t now, int64_t *left_r)
{
	const char *due = json_get_str(entry, "due");
	int64_t seconds;

	if (due == NULL || clock_parse(due, &seconds) == -1)
		return false;
	*left_r = seconds - now;
	return true;
}

static bool is_more_urgent(const json_t *a, const json_t *b, int64_t now)
{
	int64_t left_a = INT64_MAX, left_b = INT64_MAX;

	held_left(a, now, &left_a);
	held_left(b, now, &left_b);
	if (left_a != left_b)
		return left_a < left_b;
	return strcmp(json_get_str(a, "held"), json_get_str(b, "held")) < 0;
}

static bool is_listed(const json_t *list, const char *id)
{
	const json_t *entry;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)list, i, entry)
		if (strcmp(json_get_str(entry, "id"), id) == 0)
			return true;
	return false;
}

static int insert_entry(struct search *search, json_t *entry)
{
	size_t at = json_array_size(search->list);

	while (at > 0 && is_more_urgent(entry, json_array_get(search->list, at - 1), search->desk->now))
		at--;
	return json_array_insert_new(search->list, at, entry);
}

/* A message to several customers is held once, though it stands in each of their threads. */
static int search_thread(void *arg, const struct store_thread *thread)
{
	struct search *search = arg;
	struct thread_status status = desk_thread_status(thread->events, thread->event_count, search->desk->now);

	search->seen++;
	for (size_t i = 0; i < thread->event_count; i++) {
		const struct desk_event *event = &thread->events[i];

		if (event->kind != DESK_HELD || event->id == NULL || is_decided(thread, event->id) ||
		    is_listed(search->list, event->id))
			continue;
		if (insert_entry(search, entry_json(thread, event, &status)) == -1) {
			search->out_of_memory = true;
			return 1;
		}
	}
	return 0;
}

json_t *held_list(struct cli_desk *desk, const char *shop, struct diag *d)
{
	struct search search = {.desk = desk, .list = json_array()};
	struct store_filter filter = {.state = STORE_FAILED, .shop = shop, .limit = PAGE};
	int rc;

	do {
		search.seen = 0;
		rc = store_threads(desk->store, &filter, search_thread, &search, d);
		filter.offset += PAGE;
	} while (rc == 0 && search.seen == PAGE);
	if (search.out_of_memory)
		rc = diag_add(d, "out of memory");
	if (rc != 0) {
		json_decref(search.list);
		return NULL;
	}
	return search.list;
}

/* ---- the command --------------------------------------------------------------------- */

static void show_entry(const struct cli *cli, const json_t *entry, int64_t now)
{
	char left[64] = "-";
	int64_t seconds = 0;

	if (held_left(entry, now, &seconds))
		cli_duration(left, sizeof(left), seconds);
	cli_styled(cli, seconds < 0 ? CLI_BAD : CLI_PLAIN, left);
	printf("%*s ", strlen(left) < 13 ? (int)(13 - strlen(left)) : 0, "");
	cli_text(slice_str(json_get_str(entry, "id")), 20);
	putchar(' ');
	cli_text(slice_str(json_get_str(entry, "marketplace")), 9);
	putchar(' ');
	cli_text(slice_str(json_get_str(entry, "agent") != NULL ? json_get_str(entry, "agent") : ""), 24);
	putchar(' ');
	cli_text(slice_str(json_get_str(entry, "customer")), 20);
	putchar(' ');
	cli_text(slice_str(json_get_str(entry, "subject")), 0);
	putchar('\n');
}

static int list_show(struct cli_desk *desk, const char *shop)
{
	struct diag d = {0};
	json_t *list = held_list(desk, shop, &d), *entry;
	size_t i;

	if (list == NULL)
		return cli_fail(desk->cli, &d);
	if (desk->cli->json)
		return cli_json(list);
	if (json_array_size(list) == 0)
		puts("nothing is held");
	else
		printf("%-13s %-20s %-9s %-24s %-20s %s\n", "TIME LEFT", "ID", "MARKET", "AGENT", "CUSTOMER", "SUBJECT");
	json_array_foreach(list, i, entry)
		show_entry(desk->cli, entry, desk->now);
	json_decref(list);
	return CLI_OK;
}

static int run_list(struct cli *cli, const char *shop)
{
	struct cli_desk desk;
	int code = cli_desk_open(cli, CLI_DESK_STORE, &desk);

	if (code == CLI_OK)
		code = list_show(&desk, shop);
	cli_desk_close(&desk);
	return code;
}

static int run_release(struct cli *cli, const char *id, const char *why, bool by_hand)
{
	struct cli_desk desk;
	int code;

	if (why == NULL)
		return cli_usage(&cli_held, "--why is missing: say why it may go out; it is kept in the audit log");
	code = cli_desk_open(cli, 0, &desk);
	if (code == CLI_OK)
		code = held_release(&desk, id, why, by_hand);
	cli_desk_close(&desk);
	return code;
}

static int held_run(struct cli *cli, int argc, char **argv)
{
	const char *why = NULL, *shop = NULL;
	bool by_hand = false;
	const struct cli_option options[] = {
		{.name = "why", .value = &why}, {.name = "shop", .value = &shop}, {.name = "by-hand", .flag = &by_hand}, {0},
	};
	int code, first = cli_options(cli, &cli_held, argc, argv, options, &code);

	if (first == -1)
		return code;
	if (first + 1 == argc && strcmp(argv[first], "list") == 0)
		return run_list(cli, shop);
	if (first + 2 == argc && strcmp(argv[first], "release") == 0)
		return run_release(cli, argv[first + 1], why, by_hand);
	return cli_usage(&cli_held, "say 'list' or 'release ID --why TEXT'");
}

const struct cli_command cli_held = {
	"held", "list [--shop NAME] | release ID --why TEXT [--by-hand]",
	"Show held replies, or let one go out",
	"list shows outgoing messages of threads that wait for a person, the one whose customer has\n"
	"the least time left first: a held reply stops no clock. release has the daemon record\n"
	"who releases and why, takes the message off hold (Postfix: postsuper -H, as root), and\n"
	"records that it went out: from then on the customer is answered. When postsuper fails, the\n"
	"record says that the message is still held.\n"
	"  --why TEXT     kept in the audit log\n"
	"  --by-hand      it was taken off hold without postern: only record it\n"
	"  --shop NAME    only of this account of yours\n"
	"Exit status: 0 done, 2 an error.\n\n"
	"Examples:\n"
	"  postern held list\n"
	"  postern held release 01K3R4Q7ZK2M5N9P3T6V --why \"the link is the carrier's\"\n",
	held_run
};
