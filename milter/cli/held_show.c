/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * postern held show: all that a person needs to decide, the customer's time first. What was found is marked where it
 * stands in the text, which is the text that the rules read.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/held.h"
#include "cli/held_mark.h"
#include "cli/held_show.h"

#define MEMORY_MAX ((size_t)1 << 30)

/* ---- gathering ------------------------------------------------------------------ */

static int note_thread(void *arg, const struct store_thread *thread)
{
	struct held_show *show = arg;
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

static int read_thread(struct held_show *show, struct diag *d)
{
	struct store_filter filter = {.message = show->hold.id, .state = STORE_ALL, .now = show->desk->now};

	return store_threads(show->desk->store, &filter, note_thread, show, d) == -1 ? -1 : 0;
}

static int check_held(const struct hold *hold, struct diag *d)
{
	const char *action = json_get_str(hold->message, "action");

	if (action != NULL && strcmp(action, "hold") == 0)
		return 0;
	return diag_add(d, "%s: was not held but got '%s'; see 'postern thread %s'", hold->id, action != NULL ? action : "",
	    hold->id);
}

/* Where the bytes can't be had, the record is shown all the same. */
static int read_message(struct held_show *show, struct diag *d)
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

bool held_is_shown(const struct mail_part *part)
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

static json_t *parts_json(const struct held_show *show)
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
		json_put_bool(object, "attachment", !held_is_shown(part));
		if (held_is_shown(part)) {
			json_put(object, "text", part->text);
			json_put_new(object, "marked", marks_json(part->text, findings));
		}
		json_array_append_new(list, object);
	}
	return list;
}

static json_t *headers_json(const struct held_show *show)
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

static int show_json(struct held_show *show)
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

static int show_raw(const struct held_show *show)
{
	if (show->source == NULL)
		return cli_fail(show->desk->cli, &show->unread);
	/* A terminal would obey what stands in it. */
	if (isatty(STDOUT_FILENO))
		cli_text_all(buf_slice(&show->raw));
	else
		fwrite(show->raw.data, 1, show->raw.len, stdout);
	return CLI_OK;
}

int held_show(struct cli_desk *desk, const char *id, bool raw)
{
	struct held_show *show = calloc(1, sizeof(*show));
	struct diag d = {0};
	int code = CLI_ERROR;

	if (show == NULL)
		return CLI_ERROR;
	show->desk = desk;
	show->entry = json_object();
	json_put(show->entry, "id", slice_str(id));
	if (held_find(desk, id, &show->hold, &d) == -1 || check_held(&show->hold, &d) == -1 ||
	    read_thread(show, &d) == -1 || read_message(show, &d) == -1)
		code = cli_fail(desk->cli, &d);
	else if (raw)
		code = show_raw(show);
	else
		code = desk->cli->json ? show_json(show) : held_page(show);
	hold_free(&show->hold);
	json_decref(show->entry);
	buf_free(&show->raw);
	arena_free(&show->arena);
	free(show);
	return code;
}
