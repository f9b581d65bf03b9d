/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * postern thread: everything that happened in a thread. Which messages belong
 * to it the store knows; what was decided of them, and why, stands in the log.
 */
#include "cli/desk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/audit.h"

/* Nothing was found yet. */
#define NEVER INT64_MAX

struct timeline {
	struct cli_desk *desk;
	json_t *thread;  /* what the inbox would show of it */
	json_t *entries; /* array of objects, by time */
	json_t *by_id;   /* the store's entries, by audit id */
	int64_t oldest;
};

/* ---- from the store -------------------------------------------------------------- */

static json_t *inquiries_json(const struct store_thread *thread, int64_t now)
{
	json_t *list = json_array();
	struct desk_inquiry *inquiries;
	size_t count;

	if (desk_inquiries(thread->events, thread->event_count, now, &inquiries, &count) == -1)
		return list;
	for (size_t i = 0; i < count; i++) {
		json_t *object = json_object();

		cli_put_time(object, "opened", inquiries[i].opened);
		cli_put_time(object, "due", inquiries[i].due);
		cli_put_time(object, "closed", inquiries[i].closed);
		json_put_str(object, "outcome", inquiry_outcome_name(inquiries[i].outcome));
		json_put_bool(object, "in_time", inquiries[i].closed != 0 ? inquiries[i].closed <= inquiries[i].due
		    : now <= inquiries[i].due);
		json_put_str(object, "agent", inquiries[i].agent);
		json_put_str(object, "id", inquiries[i].id);
		json_array_append_new(list, object);
	}
	free(inquiries);
	return list;
}

static json_t *thread_json(const struct store_thread *thread, int64_t now)
{
	struct thread_status status = desk_thread_status(thread->events, thread->event_count, now);
	json_t *object = json_object();

	store_thread_put(object, thread);
	json_put_str(object, "state", thread_state_name(status.state));
	cli_put_time(object, "opened", status.opened);
	cli_put_time(object, "due", status.due);
	cli_put_time(object, "answered", status.answered);
	json_put_int(object, "missed", status.missed);
	json_put_bool(object, "spam", thread->spam != 0);
	json_put_bool(object, "done", thread->done != 0);
	json_put_new(object, "inquiries", inquiries_json(thread, now));
	return object;
}

struct found {
	json_t *threads; /* array */
	int64_t now;
};

static int note_thread(void *arg, const struct store_thread *thread)
{
	struct found *found = arg;

	return json_array_append_new(found->threads, thread_json(thread, found->now)) == 0 ? 0 : 1;
}

static int note_message(void *arg, const struct store_message *message)
{
	struct timeline *timeline = arg;
	json_t *entry = json_object();

	cli_put_time(entry, "time", message->time);
	json_put_str(entry, "id", message->id);
	json_put_str(entry, "direction", message->direction);
	json_put_str(entry, "action", message->action);
	json_put_str(entry, "effect", desk_effect_name(message->effect));
	cli_put_time(entry, "due", message->due);
	json_put_str(entry, "ref", message->ref);
	json_put_str(entry, strcmp(message->direction, "desk") == 0 ? "why" : "subject", message->subject);
	json_put_str(entry, "customer", message->customer);
	json_put_str(entry, "agent", message->agent);
	json_put_str(entry, "order", message->order);
	json_put_str(entry, "case", message->case_id);
	json_put_str(entry, "labels", message->labels);
	json_object_set(timeline->by_id, message->id, entry);
	if (message->time < timeline->oldest)
		timeline->oldest = message->time;
	return json_array_append_new(timeline->entries, entry) == 0 ? 0 : 1;
}

/* ---- from the log ------------------------------------------------------------------ */

static json_t *findings_json(const json_t *record)
{
	static const char *const keys[] = {"rule", "rule_id", "action", "where", "evidence", "advice", "policy"};
	json_t *list = json_array(), *finding;
	size_t i;

	json_array_foreach(json_object_get(record, "findings"), i, finding) {
		json_t *object = json_object();

		for (size_t k = 0; k < sizeof(keys) / sizeof(*keys); k++)
			if (json_object_get(finding, keys[k]) != NULL)
				json_object_set(object, keys[k], json_object_get(finding, keys[k]));
		json_array_append_new(list, object);
	}
	return list;
}

/* Of the thread, or an alert of one of its messages. */
static bool is_about(const struct timeline *timeline, const json_t *record)
{
	const char *key = json_get_str(timeline->thread, "thread"), *ref = json_get_str(record, "ref");
	const char *one = json_get_str(record, "thread");
	json_t *item;
	size_t i;

	if (one != NULL && strcmp(one, key) == 0)
		return true;
	if (ref != NULL && strcmp(json_get_str(record, "event"), "alert") == 0 &&
	    json_object_get(timeline->by_id, ref) != NULL)
		return true;
	json_array_foreach(json_object_get(record, "threads"), i, item)
		if (json_is_string(item) && strcmp(json_string_value(item), key) == 0)
			return true;
	return false;
}

/* By time; within a second in the order of the log, which has all of them in the end. */
static bool is_later(const json_t *a, const json_t *b)
{
	const char *first = json_get_str(a, "time"), *second = json_get_str(b, "time");
	int order = strcmp(first != NULL ? first : "", second != NULL ? second : "");

	return order != 0 ? order > 0 : json_get_int(a, "seq", 0) > json_get_int(b, "seq", 0);
}

/* Into its place, from the end on: nearly always it is the end. */
static int insert_entry(json_t *entries, json_t *entry)
{
	size_t at = json_array_size(entries);

	while (at > 0 && is_later(json_array_get(entries, at - 1), entry))
		at--;
	return json_array_insert(entries, at, entry);
}

static void sort_entries(struct timeline *timeline)
{
	json_t *sorted = json_array(), *entry;
	size_t i;

	json_array_foreach(timeline->entries, i, entry)
		insert_entry(sorted, entry);
	json_decref(timeline->entries);
	timeline->entries = sorted;
}

/* What the store keeps no line of: alerts, failures to release, labels. */
static void add_record(struct timeline *timeline, const json_t *record)
{
	static const char *const keys[] = {"time", "id", "seq", "event", "verb", "by", "why", "ref", "level", "labels", "kind"};
	json_t *entry = json_object();

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (json_object_get(record, keys[i]) != NULL)
			json_object_set(entry, keys[i], json_object_get(record, keys[i]));
	json_array_append_new(timeline->entries, entry);
}

static int note_record(void *arg, const json_t *record)
{
	struct timeline *timeline = arg;
	const char *id = json_get_str(record, "id"), *event = json_get_str(record, "event");
	json_t *entry = id != NULL ? json_object_get(timeline->by_id, id) : NULL;

	if (entry != NULL) {
		json_put_int(entry, "seq", json_get_int(record, "seq", 0));
		json_put_new(entry, "findings", findings_json(record));
		if (json_get_str(record, "queue_id") != NULL)
			json_put_str(entry, "queue_id", json_get_str(record, "queue_id"));
		if (json_is_object(json_object_get(record, "sla")))
			json_object_set(entry, "sla", json_object_get(record, "sla"));
	} else if (event != NULL && strcmp(event, "message") != 0 &&
	    is_about(timeline, record)) {
		add_record(timeline, record);
	}
	return 0;
}

static int read_timeline(struct timeline *timeline, struct diag *d)
{
	const char *key = json_get_str(timeline->thread, "thread");

	timeline->oldest = NEVER;
	if (store_messages(timeline->desk->store, slice_str(key), note_message, timeline, d) == -1)
		return -1;
	if (timeline->oldest == NEVER)
		return 0;
	if (audit_read_since(timeline->desk->config->audit_dir, timeline->oldest, note_record, timeline, d) == -1)
		return -1;
	sort_entries(timeline);
	return 0;
}

/* ---- showing ------------------------------------------------------------------------ */

static void show_head(const struct timeline *timeline)
{
	const json_t *thread = timeline->thread;
	const char *state = json_get_str(thread, "state"), *due = json_get_str(thread, "due");
	char left[64];
	int64_t seconds;

	cli_member(thread, "thread", "");
	printf("\n  ");
	cli_styled(timeline->desk->cli, cli_action_style(state), state);
	if (due != NULL && clock_parse(due, &seconds) == 0 && (strcmp(state, "open") == 0 || strcmp(state, "overdue") == 0)) {
		bool late = seconds < timeline->desk->now;

		cli_duration(left, sizeof(left), late ? timeline->desk->now - seconds : seconds - timeline->desk->now);
		printf(late ? " by %s, was due %s" : ", %s left, due %s", left, due);
	}
	if (json_is_true(json_object_get(thread, "spam")))
		fputs(", marked as spam", stdout);
	if (json_is_true(json_object_get(thread, "done")))
		fputs(", needs no response", stdout);
	if (json_get_int(thread, "missed", 0) > 0)
		printf(", missed %lld", (long long)json_get_int(thread, "missed", 0));
	cli_member(thread, "customer", "\n  customer ");
	cli_member(thread, "order", ", order ");
	cli_member(thread, "case", ", case ");
	cli_member(thread, "shop", ", shop ");
	cli_member(thread, "labels", "\n  labels ");
	putchar('\n');
}

static const char *direction_word(const json_t *entry)
{
	const char *direction = json_get_str(entry, "direction"), *event = json_get_str(entry, "event");

	if (direction == NULL)
		return event != NULL ? event : "";
	return strcmp(direction, "in") == 0 ? "<-" : strcmp(direction, "out") == 0 ? "->" : "desk";
}

static void show_entry(const struct timeline *timeline, const json_t *entry)
{
	const char *time = json_get_str(entry, "time"), *action = json_get_str(entry, "action");
	const char *effect = json_get_str(entry, "effect");

	printf("  %s %-5s ", time != NULL ? time : "", direction_word(entry));
	if (action != NULL)
		cli_styled(timeline->desk->cli, cli_action_style(action), action);
	cli_member(entry, "verb", "");
	if (json_object_get(entry, "level") != NULL)
		printf("%lld %% of the time is over", (long long)json_get_int(entry, "level", 0));
	if (json_get_str(entry, "event") != NULL)
		cli_member(entry, "kind", "");
	cli_member(entry, "subject", " ");
	cli_member(entry, "why", ": ");
	cli_member(entry, "agent", ", by ");
	cli_member(entry, "by", ", by ");
	if (effect != NULL && strcmp(effect, "none") != 0 && (action == NULL || strcmp(effect, action) != 0))
		printf(" (%s)", effect);
	cli_member(entry, "due", ", due ");
	cli_member(entry, "queue_id", ", queue id ");
	cli_member(entry, "id", "  ");
	putchar('\n');
	cli_findings(entry, "      ");
}

static int show_thread(struct cli_desk *desk, json_t *thread, bool first)
{
	struct timeline timeline = {.desk = desk, .thread = thread, .entries = json_array(), .by_id = json_object()};
	struct diag d = {0};
	int code = CLI_OK;
	json_t *entry;
	size_t i;

	if (read_timeline(&timeline, &d) == -1) {
		code = cli_fail(desk->cli, &d);
	} else if (desk->cli->json) {
		json_object_set(thread, "timeline", timeline.entries);
		code = cli_json(json_incref(thread));
	} else {
		if (!first)
			putchar('\n');
		show_head(&timeline);
		json_array_foreach(timeline.entries, i, entry)
			show_entry(&timeline, entry);
	}
	json_decref(timeline.entries);
	json_decref(timeline.by_id);
	return code;
}

static int show_threads(struct cli_desk *desk, const char *word)
{
	struct store_filter filter = {.now = desk->now, .state = STORE_ALL};
	struct found found = {json_array(), desk->now};
	struct diag d = {0};
	int code = CLI_OK;
	json_t *thread;
	size_t i;

	cli_desk_name(word, &filter);
	if (store_threads(desk->store, &filter, note_thread, &found, &d) == -1) {
		code = cli_fail(desk->cli, &d);
	} else if (json_array_size(found.threads) == 0) {
		if (!desk->cli->json)
			puts("no thread has this key, message id or order");
		code = CLI_NEGATIVE;
	} else {
		json_array_foreach(found.threads, i, thread)
			if (code == CLI_OK)
				code = show_thread(desk, thread, i == 0);
	}
	json_decref(found.threads);
	return code;
}

static int thread_run(struct cli *cli, int argc, char **argv)
{
	const char *at = NULL;
	const struct cli_option options[] = {{.name = "at", .value = &at}, {0}};
	int code, first = cli_options(cli, &cli_thread, argc, argv, options, &code);
	struct cli_desk desk;
	int64_t now;

	if (first == -1)
		return code;
	if (first + 1 != argc)
		return cli_usage(&cli_thread, "name one thread: its key, the id of one of its messages, or an order's number");
	if (cli_desk_time(&cli_thread, at, &now) == -1)
		return CLI_ERROR;
	code = cli_desk_open(cli, CLI_DESK_STORE, &desk);
	desk.now = now;
	if (code == CLI_OK)
		code = show_threads(&desk, argv[first]);
	cli_desk_close(&desk);
	return code;
}

const struct cli_command cli_thread = {
	"thread", "ID [--at TIME] [--json]", "Show everything that happened in a thread",
	"ID is a thread's key, the audit id of one of its messages, or the number of an order\n"
	"(all its threads are shown). Messages both ways with what was decided of them and why,\n"
	"the clock's starts and stops, alerts, and what people commanded.\n"
	"  --at TIME      the state as of 2026-11-22T09:00:00Z instead of now\n"
	"Exit status: 0 shown, 1 there is no such thread, 2 an error.\n\n"
	"Examples:\n"
	"  postern thread 4342076435326\n"
	"  postern thread 01K3R4Q7ZK2M5N9P3T6V --json\n",
	thread_run
};
