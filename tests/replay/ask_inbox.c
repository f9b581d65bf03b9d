/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads as the inbox shows them, what happened in one, and which inquiries are due. */
#include <string.h>

#include "ask.h"
#include "desk/sla.h"
#include "desk/thread.h"

struct answer {
	json_t *rows;
	int64_t now;
};

static const struct {
	const char *name;
	enum store_state state;
} filters[] = {
	{"all", STORE_ANY}, {"unanswered", STORE_UNANSWERED}, {"overdue", STORE_OVERDUE}, {"failed", STORE_FAILED},
	{"spam", STORE_SPAM}, {"response-needed", STORE_RESPONSE_NEEDED}, {"customer-care", STORE_CUSTOMER_CARE},
	{"adjustment", STORE_ADJUSTMENT}, {"everything", STORE_ALL},
};

static int read_filter(struct question *question, const char *name, enum store_state *state_r, struct diag *d)
{
	for (size_t i = 0; i < sizeof(filters) / sizeof(*filters); i++) {
		if (strcmp(name, filters[i].name) != 0)
			continue;
		*state_r = filters[i].state;
		return 0;
	}
	return question_error(question, d, "there is no filter '%s'", name);
}

static void put_status(const struct store_thread *thread, int64_t now, json_t *row)
{
	struct thread_status status = desk_thread_status(thread->events, thread->event_count, now);

	json_put_str(row, "state", thread_state_name(status.state));
	row_time(row, "opened", status.opened);
	row_time(row, "due", status.due);
	row_time(row, "answered", status.answered);
	if (status.state == THREAD_OPEN || status.state == THREAD_OVERDUE)
		json_put_int(row, "hours_left", sla_hours_left(status.due, now));
	json_put_int(row, "missed", status.missed);
	json_put_int(row, "in_time", status.answered_in_time);
	json_put_bool(row, "spam", status.spam);
	json_put_bool(row, "done", status.done);
}

static int add_thread(void *arg, const struct store_thread *thread)
{
	const struct answer *answer = arg;
	json_t *row = json_object();

	json_put_str(row, "thread", thread->key);
	json_put_str(row, "marketplace", thread->marketplace);
	json_put_str(row, "shop", thread->shop);
	json_put_str(row, "customer", thread->customer);
	json_put_str(row, "subject", thread->subject);
	json_put_str(row, "order", thread->order);
	json_put_str(row, "case", thread->case_id);
	json_put_new(row, "labels", row_list(thread->labels));
	put_status(thread, answer->now, row);
	json_put_int(row, "failed", thread->failed);
	json_array_append_new(answer->rows, row);
	return 0;
}

int ask_inbox(struct question *question, json_t *rows, struct diag *d)
{
	struct answer answer = {rows, clock_now(&question->play->world->clock)};
	const char *of = question_param(question, "of", NULL);
	struct store_filter filter = {.order = question_param(question, "order", NULL),
	    .subject = question_param(question, "subject", NULL), .customer = question_param(question, "customer", NULL),
	    .label = question_param(question, "label", NULL), .case_id = question_param(question, "case", NULL),
	    .shop = question_param(question, "shop", NULL), .now = answer.now};
	struct diag why = {0};

	if (of != NULL && play_thread(question->play, question->step, of, &filter.key, d) != 0)
		return -1;
	if (read_filter(question, question_param(question, "filter", of != NULL ? "everything" : "all"), &filter.state, d) != 0)
		return -1;
	if (store_threads(question->store, &filter, add_thread, &answer, &why) != 0)
		return question_error(question, d, "%s", why.text);
	return 0;
}

int ask_counts(struct question *question, json_t *rows, struct diag *d)
{
	struct store_counts counts = {0};
	struct diag why = {0};
	json_t *row = json_object();

	if (store_counts(question->store, question_param(question, "shop", NULL),
	    question_param(question, "marketplace", NULL), clock_now(&question->play->world->clock), &counts, &why) != 0) {
		json_decref(row);
		return question_error(question, d, "%s", why.text);
	}
	json_put_int(row, "threads", counts.threads);
	json_put_int(row, "unanswered", counts.unanswered);
	json_put_int(row, "due_soon", counts.due_soon);
	json_put_int(row, "overdue", counts.overdue);
	json_array_append_new(rows, row);
	return 0;
}

static const char *const effects[] = {
	[DESK_INQUIRY] = "inquiry", [DESK_ANSWER] = "answer", [DESK_HELD] = "held", [DESK_REFUSED] = "refused",
	[DESK_RELEASED] = "released", [DESK_FAILED] = "failed", [DESK_DONE] = "done", [DESK_UNDONE] = "undone",
	[DESK_SPAM] = "spam", [DESK_UNSPAM] = "unspam", [DESK_OTHER] = "none",
};

static int add_message(void *arg, const struct store_message *message)
{
	const struct answer *answer = arg;
	json_t *row = json_object();

	row_time(row, "time", message->time);
	json_put_str(row, "direction", message->direction);
	json_put_str(row, "action", message->action);
	json_put_str(row, "effect", effects[message->effect]);
	json_put_str(row, "subject", message->subject);
	json_put_str(row, "customer", message->customer);
	json_put_str(row, "agent", message->agent);
	json_put_str(row, "order", message->order);
	json_put_str(row, "case", message->case_id);
	json_put_str(row, "channel", message->case_channel);
	json_put_new(row, "labels", row_list(message->labels));
	json_put_str(row, "message_id", message->message_id);
	json_array_append_new(answer->rows, row);
	return 0;
}

/* The lines of one thread, oldest first. */
int ask_timeline(struct question *question, json_t *rows, struct diag *d)
{
	struct answer answer = {rows, 0};
	const char *key, *of = question_param(question, "of", NULL);
	struct diag why = {0};

	if (of == NULL)
		return question_error(question, d, "of whom? EXPECT timeline of maria ...");
	if (play_thread(question->play, question->step, of, &key, d) != 0)
		return -1;
	if (store_messages(question->store, slice_str(key), add_message, &answer, &why) != 0)
		return question_error(question, d, "%s", why.text);
	for (size_t i = 0; i < json_array_size(rows); i++)
		json_put_int(json_array_get(rows, i), "line", (json_int_t)i + 1);
	return 0;
}

static int add_due(void *arg, const struct store_due *due)
{
	const struct answer *answer = arg;
	json_t *row = json_object();

	json_put_str(row, "thread", due->key);
	json_put_str(row, "shop", due->shop);
	json_put_str(row, "customer", due->customer);
	json_put_str(row, "order", due->order);
	row_time(row, "opened", due->opened);
	row_time(row, "due", due->due);
	json_put_int(row, "alerted", due->alerted);
	json_array_append_new(answer->rows, row);
	return 0;
}

int ask_due(struct question *question, json_t *rows, struct diag *d)
{
	struct answer answer = {rows, clock_now(&question->play->world->clock)};
	const char *text = question_param(question, "within", "3650d");
	struct diag why = {0};
	int64_t span;

	if (span_parse(text, &span) != 0)
		return question_error(question, d, "'%s' is no span like 2h", text);
	if (store_due(question->store, answer.now + span, add_due, &answer, &why) != 0)
		return question_error(question, d, "%s", why.text);
	return 0;
}
