/* SPDX-License-Identifier: BSD-2-Clause */
/* postern inbox: the threads with customers, and how long each may still wait. */
#include "cli/inbox.h"

#include <stdio.h>
#include <string.h>

#include "desk/sla.h"

/* Marketplaces' own pages refresh every half hour; whoever watches wants to see an answer leave the list. */
#define REFRESH_SECONDS 10
#define DAY_SECONDS 86400

static const struct {
	const char *name;
	enum store_state state;
} filters[] = {
	{"all", STORE_ANY}, {"unanswered", STORE_UNANSWERED}, {"unread", STORE_UNANSWERED},
	{"response-needed", STORE_RESPONSE_NEEDED}, {"customer-care", STORE_CUSTOMER_CARE}, {"overdue", STORE_OVERDUE},
	{"failed", STORE_FAILED}, {"spam", STORE_SPAM}, {"adjustment", STORE_ADJUSTMENT},
};
#define FILTERS (sizeof(filters) / sizeof(*filters))

static int find_filter(const char *name, enum store_state *state_r)
{
	const char *names[FILTERS + 1] = {0}, *near;

	for (size_t i = 0; i < FILTERS; i++) {
		names[i] = filters[i].name;
		if (strcmp(filters[i].name, name) == 0) {
			*state_r = filters[i].state;
			return 0;
		}
	}
	near = diag_suggest(name, names);
	cli_usage(&cli_inbox, "no filter '%s'%s%s%s: all, unanswered, unread, response-needed, customer-care, overdue, "
	    "failed, spam or adjustment", name, near != NULL ? ", did you mean '" : "", near != NULL ? near : "",
	    near != NULL ? "'?" : "");
	return -1;
}

/* ---- reading --------------------------------------------------------------------- */

static json_t *thread_json(const struct store_thread *thread, const struct thread_status *status, int64_t now)
{
	json_t *object = json_object();

	store_thread_put(object, thread);
	json_put_str(object, "state", thread_state_name(status->state));
	json_put_str(object, "last_id", thread->last_id);
	cli_put_time(object, "last", thread->last_time);
	cli_put_time(object, "opened", status->opened);
	cli_put_time(object, "due", status->due);
	cli_put_time(object, "answered", status->answered);
	if (cli_is_waiting(status))
		json_put_int(object, "hours_left", sla_hours_left(status->due, now));
	json_put_int(object, "missed", status->missed);
	json_put_int(object, "failed", thread->failed);
	json_put_bool(object, "spam", thread->spam != 0);
	json_put_bool(object, "done", thread->done != 0);
	return object;
}

static int read_thread(void *arg, const struct store_thread *thread)
{
	struct inbox *inbox = arg;
	struct thread_status status = desk_thread_status(thread->events, thread->event_count, inbox->desk->now);

	return json_array_append_new(inbox->rows, thread_json(thread, &status, inbox->desk->now)) == 0 ? 0 : 1;
}

int inbox_read(struct inbox *inbox, struct diag *d)
{
	struct store *store = inbox->desk->store;

	inbox_free(inbox);
	inbox->rows = json_array();
	inbox->filter.now = inbox->desk->now;
	if (store_threads(store, &inbox->filter, read_thread, inbox, d) == -1)
		return -1;
	return store_counts(store, inbox->filter.shop, inbox->filter.marketplace, inbox->desk->now, &inbox->counts, d);
}

void inbox_free(struct inbox *inbox)
{
	json_decref(inbox->rows);
	inbox->rows = NULL;
}

json_t *inbox_counts(const struct inbox *inbox)
{
	json_t *object = json_object();

	json_put_int(object, "total", inbox->counts.threads);
	json_put_int(object, "unanswered", inbox->counts.unanswered);
	json_put_int(object, "due_24h", inbox->counts.due_soon);
	json_put_int(object, "overdue", inbox->counts.overdue);
	return object;
}

/* ---- showing ---------------------------------------------------------------------- */

static void show_counts(const struct inbox *inbox)
{
	const struct store_counts *counts = &inbox->counts;
	char overdue[64];

	printf("%lld threads, %lld unanswered, %lld due within 24 h, ", (long long)counts->threads,
	    (long long)counts->unanswered, (long long)counts->due_soon);
	snprintf(overdue, sizeof(overdue), "%lld overdue", (long long)counts->overdue);
	cli_styled(inbox->desk->cli, counts->overdue > 0 ? CLI_BAD : CLI_PLAIN, overdue);
	putchar('\n');
}

static void show_column(const json_t *row, const char *key, int width)
{
	cli_text(slice_str(json_get_str(row, key)), width);
	putchar(' ');
}

/* What the row's state has become by now; the time left is put into left. */
static const char *running_state(const json_t *row, int64_t now, char *left, size_t size)
{
	const char *state = json_get_str(row, "state"), *due = json_get_str(row, "due");
	bool spam = json_is_true(json_object_get(row, "spam")), done = json_is_true(json_object_get(row, "done"));
	int64_t seconds;

	left[0] = '\0';
	if (spam || done)
		return spam ? "spam" : "done";
	if (json_object_get(row, "hours_left") == NULL || due == NULL || clock_parse(due, &seconds) == -1)
		return state;
	cli_duration(left, size, seconds - now);
	return now > seconds ? thread_state_name(THREAD_OVERDUE) : thread_state_name(THREAD_OPEN);
}

static void show_row(const struct inbox *inbox, const json_t *row, int64_t now)
{
	char left[64];
	const char *state = running_state(row, now, left, sizeof(left));

	cli_styled(inbox->desk->cli, cli_action_style(state), state);
	printf("%*s %-13s ", strlen(state) < 9 ? (int)(9 - strlen(state)) : 0, "", left);
	show_column(row, "marketplace", 9);
	show_column(row, "customer", 20);
	show_column(row, "order", 18);
	show_column(row, "subject", 32);
	cli_text(slice_str(json_get_str(row, "labels")), 0);
	if (json_get_int(row, "missed", 0) > 0)
		printf(" (missed %lld)", (long long)json_get_int(row, "missed", 0));
	if (json_get_int(row, "failed", 0) > 0)
		printf(" (%lld not sent)", (long long)json_get_int(row, "failed", 0));
	putchar('\n');
}

void inbox_show(const struct inbox *inbox, int64_t now, int lines)
{
	size_t count = json_array_size(inbox->rows), limit = inbox->filter.limit;
	json_t *row;
	size_t i;

	show_counts(inbox);
	if (count == 0) {
		puts(inbox->page > 1 ? "no thread fits on this page" : "no thread fits");
		return;
	}
	printf("%-9s %-13s %-9s %-20s %-18s %-32s %s\n", "STATE", "TIME LEFT", "MARKET", "CUSTOMER", "ORDER", "SUBJECT",
	    "LABELS");
	json_array_foreach(inbox->rows, i, row) {
		if (lines > 0 && (int)i >= lines - 3)
			break;
		show_row(inbox, row, now);
	}
	if (i < count)
		printf("%zu more\n", count - i);
	else if (count == limit && lines == 0)
		printf("page %lld; see --page %lld for the next\n", (long long)inbox->page, (long long)inbox->page + 1);
}

static int inbox_once(struct inbox *inbox)
{
	struct diag d = {0};

	if (inbox_read(inbox, &d) == -1)
		return cli_fail(inbox->desk->cli, &d);
	if (inbox->desk->cli->json)
		return cli_json(json_incref(inbox->rows));
	inbox_show(inbox, inbox->desk->now, 0);
	return CLI_OK;
}

/* ---- the command ------------------------------------------------------------------ */

struct inbox_words {
	const char *filter, *limit, *page, *watch, *at;
};

/* "--watch 60" comes as an operand of its own. */
static int read_refresh(struct inbox_words *words, int argc, char **argv, int first, int64_t *refresh_r)
{
	const char *seconds = words->watch != NULL && words->watch[0] != '\0' ? words->watch : NULL;

	*refresh_r = REFRESH_SECONDS;
	if (words->watch != NULL && seconds == NULL && first + 1 == argc)
		seconds = argv[first++];
	if (first < argc) {
		cli_usage(&cli_inbox, "takes no argument: '%s'", argv[first]);
		return -1;
	}
	if (words->watch != NULL && words->at != NULL) {
		cli_usage(&cli_inbox, "--watch shows what is now; leave out --at");
		return -1;
	}
	return cli_desk_number(&cli_inbox, "--watch", seconds, 1, DAY_SECONDS, refresh_r);
}

static int read_words(struct inbox *inbox, const struct inbox_words *words)
{
	int64_t limit = STORE_LIMIT;

	inbox->page = 1;
	if (find_filter(words->filter, &inbox->filter.state) == -1 ||
	    cli_desk_number(&cli_inbox, "--limit", words->limit, 1, 100000, &limit) == -1 ||
	    cli_desk_number(&cli_inbox, "--page", words->page, 1, 1000000, &inbox->page) == -1)
		return -1;
	inbox->filter.limit = (size_t)limit;
	inbox->filter.offset = (size_t)((inbox->page - 1) * limit);
	return 0;
}

static int inbox_run(struct cli *cli, int argc, char **argv)
{
	struct inbox_words words = {.filter = "all"};
	struct cli_desk desk = {0};
	struct inbox inbox = {.desk = &desk};
	const struct cli_option options[] = {
		{.name = "filter", .value = &words.filter}, {.name = "order", .value = &inbox.filter.order},
		{.name = "subject", .value = &inbox.filter.subject}, {.name = "customer", .value = &inbox.filter.customer},
		{.name = "shop", .value = &inbox.filter.shop}, {.name = "marketplace", .value = &inbox.filter.marketplace},
		{.name = "limit", .value = &words.limit}, {.name = "page", .value = &words.page},
		{.name = "watch", .optional = &words.watch}, {.name = "at", .value = &words.at}, {0},
	};
	int code, first = cli_options(cli, &cli_inbox, argc, argv, options, &code);
	int64_t refresh, now;

	if (first == -1)
		return code;
	if (read_words(&inbox, &words) == -1 || read_refresh(&words, argc, argv, first, &refresh) == -1 ||
	    cli_desk_time(&cli_inbox, words.at, &now) == -1)
		return CLI_ERROR;
	if (strcmp(words.filter, "unread") == 0)
		fprintf(stderr, "postern inbox: what was read is known to the mailbox alone; showing what is unanswered\n");
	code = cli_desk_open(cli, CLI_DESK_STORE, &desk);
	desk.now = now;
	if (code == CLI_OK)
		code = words.watch != NULL ? inbox_watch(&inbox, refresh) : inbox_once(&inbox);
	inbox_free(&inbox);
	cli_desk_close(&desk);
	return code;
}

const struct cli_command cli_inbox = {
	"inbox", "[--filter NAME] [--order ID] [--subject TEXT] [--customer NAME] [--shop NAME] [--marketplace NAME] "
	"[--limit N] [--page N] [--watch [SECONDS]] [--at TIME] [--json]",
	"Show customers' threads and the time left to answer",
	"Options:\n"
	"  --filter NAME       all (default: everything but spam), unanswered, response-needed,\n"
	"                      customer-care, overdue, failed (a reply was held, refused or came\n"
	"                      back), spam, adjustment (you wrote first, about an order). unread is\n"
	"                      shown as unanswered: only the mailbox knows what was read\n"
	"  --order ID          threads about this order, PO or item\n"
	"  --subject TEXT      subject contains TEXT, any case\n"
	"  --customer NAME     customer's name contains NAME, any case\n"
	"  --shop NAME         only of this account of yours\n"
	"  --marketplace NAME  only of this marketplace\n"
	"  --limit N           so many threads (default 200), newest first\n"
	"  --page N            the N-th so many\n"
	"  --watch [SECONDS]   stay, count down each second, read anew every SECONDS (10);\n"
	"                      Ctrl-C ends it. With --json a line each time\n"
	"  --at TIME           as of 2026-11-22T09:00:00Z instead of now\n\n"
	"The first line counts threads, the unanswered, those due within 24 hours and the overdue,\n"
	"whatever the filter is.\n\n"
	"Examples:\n"
	"  postern inbox --filter overdue\n"
	"  postern inbox --filter unanswered --watch\n"
	"  postern inbox --order 4342076435326 --json\n",
	inbox_run
};
