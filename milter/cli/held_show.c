/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * postern held show: all that a person needs to decide, the customer's time first. What was found is marked where it
 * stands in the text, which is the text that the rules read.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/held.h"
#include "cli/held_mark.h"
#include "cli/queue.h"

#define MEMORY_MAX ((size_t)1 << 30)

struct show {
	struct cli_desk *desk;
	struct hold hold;
	struct arena *arena;
	struct buf raw;
	const char *source;   /* of raw: "archive" or "queue"; NULL: it is not to be had */
	struct diag unread;   /* why not */
	struct message message;
	json_t *entry;        /* for --json, and what the store says of the thread */
};

/* ---- gathering ------------------------------------------------------------------ */

static int note_thread(void *arg, const struct store_thread *thread)
{
	struct show *show = arg;
	struct thread_status status = desk_thread_status(thread->events, thread->event_count, show->desk->now);
	const char *due = json_get_str(show->entry, "due");
	char text[CLOCK_TEXT_SIZE];

	clock_format(text, sizeof(text), status.due);
	/* A message to several customers: the one who has the least time left counts. */
	if (due != NULL && (!cli_is_waiting(&status) || strcmp(due, text) <= 0))
		return 0;
	json_put_str(show->entry, "thread", thread->key);
	json_put_str(show->entry, "state", thread_state_name(status.state));
	json_put_str(show->entry, "customer", thread->customer);
	json_put_str(show->entry, "order", thread->order);
	if (cli_is_waiting(&status)) {
		cli_put_time(show->entry, "due", status.due);
		json_put_int(show->entry, "seconds_left", status.due - show->desk->now);
	}
	return 0;
}

static int read_thread(struct show *show, struct diag *d)
{
	struct store_filter filter = {.message = show->hold.id, .state = STORE_ALL, .now = show->desk->now};

	return store_threads(show->desk->store, &filter, note_thread, show, d) == -1 ? -1 : 0;
}

/* Where the bytes can't be had, the record is shown all the same. */
static int read_message(struct show *show, struct diag *d)
{
	if (held_fetch(show->desk, &show->hold, &show->raw, &show->source, &show->unread) == -1) {
		show->source = NULL;
		return 0;
	}
	show->arena = arena_new(MEMORY_MAX);
	if (show->arena == NULL)
		return diag_add(d, "out of memory");
	return held_decode(show->desk, show->arena, buf_slice(&show->raw), &show->message, d);
}

static bool is_shown(const struct mail_part *part)
{
	return (part->flags & PART_TEXT) && !(part->flags & PART_ATTACHMENT);
}

/* ---- as JSON ----------------------------------------------------------------------- */

static json_t *marks_json(struct slice text, const json_t *findings)
{
	struct held_marks *marks = malloc(sizeof(*marks));
	json_t *list = json_array();

	if (marks == NULL)
		return list;
	held_marks_find(findings, text, marks);
	for (size_t i = 0; i < marks->count; i++)
		json_array_append_new(list, json_text(slice_sub(text, marks->places[i].start,
		    marks->places[i].end - marks->places[i].start)));
	free(marks);
	return list;
}

static json_t *parts_json(const struct show *show)
{
	const json_t *findings = json_object_get(show->hold.message, "findings");
	json_t *list = json_array();

	for (size_t i = 0; i < show->message.part_count; i++) {
		const struct mail_part *part = &show->message.parts[i];
		json_t *object;

		if (part->flags & PART_CONTAINER)
			continue;
		object = json_object();
		json_put(object, "type", part->type);
		if (part->name.len > 0)
			json_put(object, "name", part->name);
		json_put_int(object, "size", (json_int_t)part->size);
		json_put_bool(object, "attachment", !is_shown(part));
		if (is_shown(part)) {
			json_put(object, "text", part->text);
			json_put_new(object, "marked", marks_json(part->text, findings));
		}
		json_array_append_new(list, object);
	}
	return list;
}

static json_t *headers_json(const struct show *show)
{
	json_t *list = json_array();

	for (size_t i = 0; i < show->message.header_count; i++) {
		json_t *object = json_object();

		json_put(object, "name", show->message.headers[i].name);
		json_put(object, "value", show->message.headers[i].value);
		json_array_append_new(list, object);
	}
	return list;
}

static int show_json(struct show *show)
{
	struct hold_rules rules = held_rules(show->desk->config);
	const struct hold_act *pending = hold_pending(&show->hold, &rules, show->desk->now);

	json_object_set(show->entry, "record", show->hold.message);
	if (show->hold.decisions != NULL)
		json_object_set(show->entry, "decisions", show->hold.decisions);
	json_put_bool(show->entry, "waits", hold_waits(&show->hold));
	if (pending != NULL)
		json_put_str(show->entry, "pending_by", pending->by);
	if (show->source == NULL) {
		json_put_str(show->entry, "unread", show->unread.text);
	} else {
		json_put_str(show->entry, "source", show->source);
		json_put_new(show->entry, "headers", headers_json(show));
		json_put_new(show->entry, "parts", parts_json(show));
	}
	return cli_json(json_incref(show->entry));
}

/* ---- for a person -------------------------------------------------------------------- */

static void show_clock(const struct show *show)
{
	const char *due = json_get_str(show->entry, "due"), *state = json_get_str(show->entry, "state");
	int64_t left = json_get_int(show->entry, "seconds_left", 0);
	char text[64];

	if (due == NULL) {
		printf("no clock runs%s%s\n", state != NULL ? ", its thread is " : "", state != NULL ? state : "");
		return;
	}
	cli_duration(text, sizeof(text), left < 0 ? -left : left);
	cli_styled(show->desk->cli, left < 0 ? CLI_BAD : CLI_BOLD, text);
	printf(left < 0 ? " overdue: the customer was to be answered by %s\n" : " left: the customer waits, until %s\n", due);
}

static void show_list(const char *title, const json_t *list)
{
	const json_t *item;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)list, i, item) {
		printf("%s", i == 0 ? title : ", ");
		cli_text(slice_str(json_string_value(item)), 0);
	}
	if (json_array_size(list) > 0)
		putchar('\n');
}

static void show_line(const json_t *object, const char *title, const char *key)
{
	const char *value = json_get_str(object, key);

	if (value == NULL || *value == '\0')
		return;
	printf("%-12s", title);
	cli_text(slice_str(value), 0);
	putchar('\n');
}

static void show_envelope(const struct show *show)
{
	const json_t *record = show->hold.message;

	show_line(record, "held", "time");
	show_line(record, "agent", "agent");
	show_line(record, "shop", "shop");
	show_line(record, "marketplace", "marketplace");
	show_line(show->entry, "thread", "thread");
	show_line(show->entry, "customer", "customer");
	show_line(show->entry, "order", "order");
	printf("%-12s<", "envelope");
	cli_member(record, "sender", "");
	show_list("> to ", json_object_get(record, "recipients"));
	if (show->hold.queue_id[0] != '\0')
		printf("%-12s%s\n", "queue id", show->hold.queue_id);
}

static void show_finding(const struct cli *cli, const json_t *finding)
{
	const char *action = json_get_str(finding, "action"), *id = json_get_str(finding, "rule_id");

	printf("  ");
	cli_styled(cli, cli_action_style(action != NULL ? action : ""), id != NULL ? id : "");
	cli_member(finding, "action", " ");
	if (json_is_true(json_object_get(finding, "monitored")))
		fputs(" (monitored only)", stdout);
	cli_member(finding, "where", ", in ");
	if (json_get_str(finding, "evidence") != NULL && *json_get_str(finding, "evidence") != '\0') {
		cli_member(finding, "evidence", ": '");
		putchar('\'');
	}
	cli_member(finding, "rule", "\n    rule ");
	cli_member(finding, "policy", ", policy ");
	cli_member(finding, "advice", "\n    ");
	putchar('\n');
}

static void show_findings(const struct show *show)
{
	const json_t *finding;
	size_t i;

	puts("\nwhy it is held");
	json_array_foreach(json_object_get(show->hold.message, "findings"), i, finding)
		show_finding(show->desk->cli, finding);
}

static void show_decisions(const struct show *show)
{
	const json_t *event;
	size_t i;

	if (show->hold.decisions != NULL)
		puts("\nwhat was decided");
	json_array_foreach(show->hold.decisions, i, event) {
		cli_member(event, "time", "  ");
		cli_member(event, "verb", " ");
		cli_member(event, "wish", " to ");
		cli_member(event, "by", ", by ");
		cli_member(event, "approved_by", ", approved by ");
		if (json_is_true(json_object_get(event, "by_hand")))
			fputs(", by hand", stdout);
		if (json_is_true(json_object_get(event, "unapproved")))
			fputs(", without a second person", stdout);
		cli_member(event, "why", ": ");
		putchar('\n');
	}
}

static void show_marked(const struct cli *cli, struct slice text, const json_t *findings)
{
	struct held_marks *marks = malloc(sizeof(*marks));
	size_t at = 0;

	if (marks != NULL)
		held_marks_find(findings, text, marks);
	for (size_t i = 0; marks != NULL && i < marks->count; i++) {
		cli_text_all(slice_sub(text, at, marks->places[i].start - at));
		fputs(cli->colour ? "\033[1;31m" : ">>", stdout);
		at = marks->places[i].end;
		cli_text_all(slice_sub(text, marks->places[i].start, at - marks->places[i].start));
		fputs(cli->colour ? "\033[0m" : "<<", stdout);
	}
	cli_text_all(slice_sub(text, at, text.len));
	free(marks);
	if (text.len == 0 || text.ptr[text.len - 1] != '\n')
		putchar('\n');
}

static void show_headers(const struct show *show)
{
	static const char *const names[] = {"From", "Reply-To", "To", "Cc", "Subject", "Date", "Message-ID", "In-Reply-To"};
	const json_t *findings = json_object_get(show->hold.message, "findings");

	putchar('\n');
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct slice value = message_header_value(&show->message, names[i]);

		if (value.ptr == NULL)
			continue;
		printf("%s: ", names[i]);
		show_marked(show->desk->cli, slice_trim(value), findings);
	}
}

static void show_parts(const struct show *show)
{
	const json_t *findings = json_object_get(show->hold.message, "findings");
	size_t texts = 0;

	for (size_t i = 0; i < show->message.part_count; i++)
		texts += is_shown(&show->message.parts[i]);
	for (size_t i = 0; i < show->message.part_count; i++) {
		const struct mail_part *part = &show->message.parts[i];

		if (!is_shown(part))
			continue;
		putchar('\n');
		if (texts > 1) {
			printf("[");
			cli_text(part->type, 0);
			puts("]");
		}
		show_marked(show->desk->cli, part->text, findings);
	}
}

static void show_attachments(const struct show *show)
{
	bool first = true;

	for (size_t i = 0; i < show->message.part_count; i++) {
		const struct mail_part *part = &show->message.parts[i];

		if ((part->flags & PART_CONTAINER) || is_shown(part))
			continue;
		if (first)
			puts("\nattachments");
		first = false;
		printf("  ");
		cli_text(part->name.len > 0 ? part->name : SLICE_LIT("(without a name)"), 0);
		printf(", ");
		cli_text(part->type, 0);
		printf(", %zu bytes\n", part->size);
	}
}

/* What to say next. */
static void show_ways(const struct show *show)
{
	struct hold_rules rules = held_rules(show->desk->config);
	const struct hold_act *pending = hold_pending(&show->hold, &rules, show->desk->now);

	if (!hold_waits(&show->hold)) {
		if (show->hold.end != HOLD_WISH_NONE)
			printf("\n%s by %s\n", show->hold.end == HOLD_WISH_RELEASE ? "released" : "refused", show->hold.ended.by);
	} else if (pending != NULL) {
		printf("\n%s wants to %s it; a second person may say 'postern held approve %s'\n", pending->by,
		    hold_wish_name(show->hold.wish), show->hold.id);
	} else {
		printf("\npostern held release %s --why TEXT | postern held refuse %s --why TEXT\n", show->hold.id, show->hold.id);
	}
}

static int show_text(const struct show *show)
{
	printf("%s  ", show->hold.id);
	show_clock(show);
	show_envelope(show);
	show_findings(show);
	show_decisions(show);
	if (show->source != NULL) {
		show_headers(show);
		show_parts(show);
		show_attachments(show);
	} else {
		puts("\nits text can't be shown:");
		cli_text_all(slice_str(show->unread.text));
		putchar('\n');
	}
	show_ways(show);
	return CLI_OK;
}

static int show_raw(const struct show *show)
{
	if (show->source == NULL)
		return cli_fail(show->desk->cli, &show->unread);
	fwrite(show->raw.data, 1, show->raw.len, stdout);
	return CLI_OK;
}

int held_show(struct cli_desk *desk, const char *id, bool raw)
{
	struct show *show = calloc(1, sizeof(*show));
	struct diag d = {0};
	int code = CLI_ERROR;

	if (show == NULL)
		return CLI_ERROR;
	show->desk = desk;
	show->entry = json_object();
	json_put(show->entry, "id", slice_str(id));
	if (held_find(desk, id, &show->hold, &d) == -1 || read_thread(show, &d) == -1 || read_message(show, &d) == -1)
		code = cli_fail(desk->cli, &d);
	else if (raw)
		code = show_raw(show);
	else
		code = desk->cli->json ? show_json(show) : show_text(show);
	hold_free(&show->hold);
	json_decref(show->entry);
	buf_free(&show->raw);
	arena_free(&show->arena);
	free(show);
	return code;
}
