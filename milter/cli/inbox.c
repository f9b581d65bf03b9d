/* SPDX-License-Identifier: BSD-2-Clause */
/* postern inbox: the threads with customers, and how long each may still wait. */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "desk/sla.h"
#include "store/store.h"

struct inbox {
	struct cli *cli;
	const char *filter;
	int64_t now;
	size_t shown;
	json_t *array; /* with --json */
};

static bool has_label(const char *labels, const char *label)
{
	size_t n = strlen(label);

	for (const char *p = labels; (p = strstr(p, label)) != NULL; p += n)
		if ((p == labels || p[-1] == ',') && (p[n] == ',' || p[n] == '\0'))
			return true;
	return false;
}

static bool is_waiting(const struct thread_status *status)
{
	return status->state == THREAD_OPEN || status->state == THREAD_OVERDUE;
}

static bool fits_all(const struct store_thread *thread, const struct thread_status *status)
{
	(void)status;
	return !has_label(thread->labels, "Spam");
}

static bool fits_unanswered(const struct store_thread *thread, const struct thread_status *status)
{
	(void)thread;
	return is_waiting(status);
}

static bool fits_response_needed(const struct store_thread *thread, const struct thread_status *status)
{
	return is_waiting(status) && has_label(thread->labels, "Response-Needed");
}

static bool fits_customer_care(const struct store_thread *thread, const struct thread_status *status)
{
	(void)status;
	return has_label(thread->labels, "Customer-Care");
}

static bool fits_overdue(const struct store_thread *thread, const struct thread_status *status)
{
	(void)thread;
	return status->state == THREAD_OVERDUE;
}

static bool fits_failed(const struct store_thread *thread, const struct thread_status *status)
{
	(void)status;
	return thread->failed > 0;
}

static bool fits_spam(const struct store_thread *thread, const struct thread_status *status)
{
	(void)status;
	return has_label(thread->labels, "Spam");
}

static const struct {
	const char *name;
	bool (*fits)(const struct store_thread *thread, const struct thread_status *status);
} filters[] = {
	{"all", fits_all}, {"unanswered", fits_unanswered}, {"response-needed", fits_response_needed},
	{"customer-care", fits_customer_care}, {"overdue", fits_overdue}, {"failed", fits_failed},
	{"spam", fits_spam},
};
#define FILTERS (sizeof(filters) / sizeof(*filters))

static int find_filter(const char *name)
{
	for (size_t i = 0; i < FILTERS; i++)
		if (strcmp(filters[i].name, name) == 0)
			return (int)i;
	return -1;
}

static void put_time(json_t *object, const char *key, int64_t seconds)
{
	char text[CLOCK_TEXT_SIZE];

	if (seconds == 0)
		return;
	clock_format(text, sizeof(text), seconds);
	json_put_str(object, key, text);
}

static json_t *thread_json(const struct store_thread *thread, const struct thread_status *status, int64_t now)
{
	json_t *object = json_object();

	json_put_str(object, "thread", thread->key);
	json_put_str(object, "marketplace", thread->marketplace);
	json_put_str(object, "state", thread_state_name(status->state));
	json_put_str(object, "customer", thread->customer);
	json_put_str(object, "subject", thread->subject);
	json_put_str(object, "order", thread->order);
	json_put_str(object, "labels", thread->labels);
	json_put_str(object, "last_id", thread->last_id);
	put_time(object, "last", thread->last_time);
	put_time(object, "opened", status->opened);
	put_time(object, "due", status->due);
	put_time(object, "answered", status->answered);
	if (is_waiting(status))
		json_put_int(object, "hours_left", sla_hours_left(status->due, now));
	json_put_int(object, "missed", status->missed);
	json_put_int(object, "failed", thread->failed);
	return object;
}

static void show_thread(const struct inbox *inbox, const struct store_thread *thread,
    const struct thread_status *status)
{
	const char *state = thread_state_name(status->state);
	char left[64] = "";

	if (inbox->shown == 0)
		printf("%-9s %-13s %-9s %-20s %-18s %-32s %s\n", "STATE", "TIME LEFT", "MARKET",
		    "CUSTOMER", "ORDER", "SUBJECT", "LABELS");
	if (is_waiting(status))
		cli_duration(left, sizeof(left), status->due - inbox->now);
	cli_styled(inbox->cli, cli_action_style(state), state);
	printf("%*s %-13s ", strlen(state) < 9 ? (int)(9 - strlen(state)) : 0, "", left);
	cli_text(slice_str(thread->marketplace), 9);
	putchar(' ');
	cli_text(slice_str(thread->customer), 20);
	putchar(' ');
	cli_text(slice_str(thread->order), 18);
	putchar(' ');
	cli_text(slice_str(thread->subject), 32);
	putchar(' ');
	cli_text(slice_str(thread->labels), 0);
	if (status->missed > 0)
		printf(" (missed %u)", status->missed);
	if (thread->failed > 0)
		printf(" (%lld not sent)", (long long)thread->failed);
	putchar('\n');
}

static int inbox_thread(void *arg, const struct store_thread *thread)
{
	struct inbox *inbox = arg;
	struct thread_status status = desk_thread_status(thread->events, thread->event_count, inbox->now);

	if (!filters[find_filter(inbox->filter)].fits(thread, &status))
		return 0;
	if (inbox->array != NULL)
		json_array_append_new(inbox->array, thread_json(thread, &status, inbox->now));
	else
		show_thread(inbox, thread, &status);
	inbox->shown++;
	return 0;
}

static struct store *open_store(const struct cli *cli)
{
	struct config *config = cli_config(cli);
	struct store *store;
	struct diag d = {0};

	if (config == NULL)
		return NULL;
	store = store_open(&(struct store_config){.type = config->store_type, .path = config->store_path,
	    .read_only = 1}, &d);
	if (store == NULL)
		cli_fail(cli, &d);
	config_free(&config);
	return store;
}

static int inbox_show(struct inbox *inbox, const struct store_filter *filter)
{
	struct store *store = open_store(inbox->cli);
	struct diag d = {0};
	int rc;

	if (store == NULL)
		return CLI_ERROR;
	if (inbox->cli->json)
		inbox->array = json_array();
	rc = store_threads(store, filter, inbox_thread, inbox, &d);
	store_close(&store);
	if (rc == -1) {
		json_decref(inbox->array);
		return cli_fail(inbox->cli, &d);
	}
	if (inbox->array != NULL)
		return cli_json(inbox->array);
	if (inbox->shown == 0)
		puts("no thread fits");
	return CLI_OK;
}

static int inbox_run(struct cli *cli, int argc, char **argv)
{
	struct inbox inbox = {.cli = cli, .filter = "all"};
	struct store_filter filter = {0};
	const char *at = NULL;
	const struct cli_option options[] = {
		{.name = "filter", .value = &inbox.filter}, {.name = "order", .value = &filter.order},
		{.name = "subject", .value = &filter.subject}, {.name = "customer", .value = &filter.customer},
		{.name = "at", .value = &at}, {0},
	};
	int code, first = cli_options(cli, &cli_inbox, argc, argv, options, &code);

	if (first == -1)
		return code;
	if (first < argc)
		return cli_usage(&cli_inbox, "takes no argument: '%s'", argv[first]);
	if (find_filter(inbox.filter) == -1)
		return cli_usage(&cli_inbox, "no filter '%s': all, unanswered, response-needed, customer-care, "
		    "overdue, failed or spam", inbox.filter);
	inbox.now = clock_now(&clock_system);
	if (at != NULL && clock_parse(at, &inbox.now) == -1)
		return cli_usage(&cli_inbox, "--at needs a time like 2026-11-22T09:00:00Z, not '%s'", at);
	return inbox_show(&inbox, &filter);
}

const struct cli_command cli_inbox = {
	"inbox", "[--filter NAME] [--order ID] [--subject TEXT] [--customer NAME] [--at TIME] [--json]",
	"Show customers' threads and the time left to answer",
	"Options:\n"
	"  --filter NAME    all (default), unanswered, response-needed, customer-care, overdue,\n"
	"                   failed (a reply was held or refused), spam\n"
	"  --order ID       threads about this order\n"
	"  --subject TEXT   subject contains TEXT, any case\n"
	"  --customer NAME  customer's name contains NAME, any case\n"
	"  --at TIME        as of 2026-11-22T09:00:00Z instead of now\n\n"
	"Examples:\n"
	"  postern inbox --filter overdue\n"
	"  postern inbox --order 4342076435326 --json\n",
	inbox_run
};
