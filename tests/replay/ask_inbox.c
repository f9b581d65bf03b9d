/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads as the inbox shows them. */
#include <string.h>

#include "ask.h"
#include "desk/sla.h"

struct inbox {
	json_t *rows;
	int64_t now;
};

static json_t *labels_of(const char *joined)
{
	json_t *list = json_array();

	while (*joined != '\0') {
		size_t len = strcspn(joined, ",");

		json_array_append_new(list, json_stringn(joined, len));
		joined += len + (joined[len] == ',');
	}
	return list;
}

static int add_thread(void *arg, const struct store_thread *thread)
{
	const struct inbox *inbox = arg;
	struct thread_status status = desk_thread_status(thread->events, thread->event_count, inbox->now);
	bool waits = status.state == THREAD_OPEN || status.state == THREAD_OVERDUE;
	json_t *row = json_object();

	json_put_str(row, "thread", thread->key);
	json_put_str(row, "marketplace", thread->marketplace);
	json_put_str(row, "state", thread_state_name(status.state));
	json_put_str(row, "customer", thread->customer);
	json_put_str(row, "subject", thread->subject);
	json_put_str(row, "order", thread->order);
	json_put_new(row, "labels", labels_of(thread->labels));
	row_time(row, "opened", status.opened);
	row_time(row, "due", status.due);
	row_time(row, "answered", status.answered);
	if (waits)
		json_put_int(row, "hours_left", sla_hours_left(status.due, inbox->now));
	json_put_int(row, "missed", status.missed);
	json_put_int(row, "in_time", status.answered_in_time);
	json_put_int(row, "failed", thread->failed);
	json_array_append_new(inbox->rows, row);
	return 0;
}

int ask_inbox(struct question *question, json_t *rows, struct diag *d)
{
	struct inbox inbox = {rows, clock_now(&question->play->world->clock)};
	const char *of = question_param(question, "of", NULL);
	struct store_filter filter = {.order = question_param(question, "order", NULL),
	    .subject = question_param(question, "subject", NULL), .customer = question_param(question, "customer", NULL)};
	struct diag why = {0};

	if (of != NULL && play_thread(question->play, question->step, of, &filter.key, d) != 0)
		return -1;
	if (store_threads(question->store, &filter, add_thread, &inbox, &why) != 0)
		return question_error(question, d, "%s", why.text);
	return 0;
}
