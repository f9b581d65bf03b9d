/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The desk's commands in the daemon: the only writer of the log is asked to
 * record what a person decided. Each guard says who may do what in which state
 * of a thread; the state is the store's, held messages are looked up in the log.
 */
#include "daemon/desk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/log.h"
#include "daemon/desk_held.h"
#include "desk/command.h"

#define KEY_MAX 1200

/* ---- the thread ------------------------------------------------------------- */

/* As much of a thread as the guards ask for. */
struct found {
	size_t count; /* threads that fit */
	int64_t now;
	char key[KEY_MAX + 1];
	char order[DESK_SUBJECT_MAX + 1];
	bool presale, spam, done;
	struct thread_status status;
};

static int note_thread(void *arg, const struct store_thread *thread)
{
	struct found *found = arg;

	found->count++;
	snprintf(found->key, sizeof(found->key), "%s", thread->key);
	snprintf(found->order, sizeof(found->order), "%s", thread->order);
	found->presale = store_has_label(thread->labels, "Presale");
	found->spam = thread->spam != 0;
	found->done = thread->done != 0;
	found->status = desk_thread_status(thread->events, thread->event_count, found->now);
	return 0;
}

static int find_thread(struct service *service, const struct desk_command *c, struct found *found, struct diag *d)
{
	struct store_filter filter = {.key = c->thread, .message = c->ref};
	const char *name = c->thread != NULL ? c->thread : c->ref;

	*found = (struct found){.now = service_now(service)};
	filter.now = found->now;
	filter.state = STORE_ALL;
	if (store_threads(service->store, &filter, note_thread, found, d) == -1)
		return -1;
	if (found->count == 0)
		return diag_add(d, "%s: there is no such thread, or message in one; see 'postern inbox --json'", name);
	if (found->count > 1)
		return diag_add(d, "%s: %zu threads fit; name one of them, see 'postern inbox --json'", name, found->count);
	return 0;
}

/* ---- guards ------------------------------------------------------------------ */

static bool is_waiting(const struct thread_status *status)
{
	return status->state == THREAD_OPEN || status->state == THREAD_OVERDUE;
}

static int guard_done(const struct found *found, struct diag *d)
{
	if (found->done)
		return diag_add(d, "%s: is marked as needing no response already", found->key);
	if (!is_waiting(&found->status))
		return diag_add(d, "%s: nothing waits for an answer in this thread (its state is %s)", found->key,
		    thread_state_name(found->status.state));
	return 0;
}

/* Walmart's Message Center: only what is unanswered, only before a sale, never with an order. */
static int guard_spam(const struct found *found, struct diag *d)
{
	if (found->spam)
		return diag_add(d, "%s: is marked as spam already", found->key);
	if (!is_waiting(&found->status))
		return diag_add(d, "%s: only an unanswered message may be marked as spam (the thread's state is %s)",
		    found->key, thread_state_name(found->status.state));
	if (found->order[0] != '\0')
		return diag_add(d, "%s: belongs to order %s; mail about an order is never spam: answer it", found->key,
		    found->order);
	if (!found->presale)
		return diag_add(d, "%s: has no label Presale; only questions before a sale may be marked as spam: answer "
		    "it, or say 'postern done' when it needs no response", found->key);
	return 0;
}

static int guard_thread(const struct desk_command *c, const struct found *found, struct diag *d)
{
	switch (c->verb) {
	case DESK_VERB_DONE:
		return guard_done(found, d);
	case DESK_VERB_SPAM:
		return guard_spam(found, d);
	case DESK_VERB_UNDONE:
		return found->done ? 0 : diag_add(d, "%s: is not marked as needing no response", found->key);
	default:
		return found->spam ? 0 : diag_add(d, "%s: is not marked as spam", found->key);
	}
}

/* ---- milestones --------------------------------------------------------------- */

struct known {
	const char *name;
	int64_t time;
	int64_t term_days;
	bool found;
};

static int compare_known(void *arg, const struct store_milestone *milestone)
{
	struct known *known = arg;

	known->found = known->time == milestone->time && known->term_days == milestone->term_days &&
	    strcmp(known->name, milestone->name) == 0;
	return known->found ? 1 : 0;
}

/* 1: the store has this fact already, 0: it is new, -1: error. */
static int is_known(struct service *service, const json_t *milestone, struct diag *d)
{
	struct known known = {.name = json_get_str(milestone, "name"),
	    .term_days = json_get_int(milestone, "term_days", 0)};

	if (clock_parse(json_get_str(milestone, "time"), &known.time) == -1)
		return diag_add(d, "time: '%s' can't be read", json_get_str(milestone, "time"));
	if (store_milestones(service->store, slice_str(json_get_str(milestone, "subject")), 0, compare_known, &known,
	    d) == -1)
		return -1;
	return known.found;
}

static bool is_listed(const json_t *list, const json_t *milestone)
{
	const json_t *item;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)list, i, item)
		if (json_equal(item, milestone))
			return true;
	return false;
}

static json_t *milestone_copy(const json_t *milestone)
{
	json_t *copy = json_object();
	char text[CLOCK_TEXT_SIZE] = "";
	int64_t seconds, term = json_get_int(milestone, "term_days", 0);

	if (desk_milestone_time(json_get_str(milestone, "time"), &seconds) == 0)
		clock_format(text, sizeof(text), seconds);
	json_put_str(copy, "name", json_get_str(milestone, "name"));
	json_put_str(copy, "subject", json_get_str(milestone, "subject"));
	json_put_str(copy, "time", text);
	if (term > 0)
		json_put_int(copy, "term_days", term);
	return copy;
}

/* Those that are new; a file may be imported twice. NULL on error. */
static json_t *new_milestones(struct service *service, const json_t *milestones, struct diag *d)
{
	json_t *list = json_array();
	const json_t *item;
	size_t i;
	int known = 0;

	json_array_foreach((json_t *)(uintptr_t)milestones, i, item) {
		json_t *copy = milestone_copy(item);

		known = is_known(service, copy, d);
		if (known == 0 && !is_listed(list, copy))
			json_array_append_new(list, copy);
		else
			json_decref(copy);
		if (known == -1)
			break;
	}
	if (known == -1) {
		json_decref(list);
		return NULL;
	}
	return list;
}

/* ---- recording ------------------------------------------------------------------ */

json_t *desk_event_new(const struct service *service, const struct desk_command *c, const struct person *person)
{
	json_t *event = json_object(), *from = desk_from_copy(c->from);
	char id[ID_TEXT_SIZE], now[CLOCK_TEXT_SIZE];

	id_new(id, service_now(service));
	clock_format(now, sizeof(now), service_now(service));
	json_put_str(event, "event", "desk");
	json_put_str(event, "id", id);
	json_put_str(event, "time", now);
	json_put_str(event, "verb", desk_verb_name(c->verb));
	person_put(event, person, from);
	if (from != NULL)
		json_put_new(event, "from", from);
	json_put(event, "why", slice_str(c->why));
	if (c->verb == DESK_VERB_SPAM)
		json_put(event, "reason", slice_str(c->reason));
	json_put(event, "ref", slice_str(c->ref));
	return event;
}

int desk_event_record(struct service *service, json_t *event, json_t *answer, struct diag *d)
{
	bool applied = false;
	int rc;

	json_incref(event);
	rc = service_record(service, event, &applied, d);
	if (rc == 0) {
		json_put_str(answer, "id", json_get_str(event, "id"));
		json_put_bool(answer, "applied", applied);
		log_info("%s: desk: %s by %s", json_get_str(event, "id"), json_get_str(event, "verb"),
		    json_get_str(event, "by"));
	}
	json_decref(event);
	return rc;
}

static int command_thread(struct service *service, const struct person *person, const struct desk_command *c,
    json_t *answer, struct diag *d)
{
	struct found *found = calloc(1, sizeof(*found));
	json_t *event, *threads;
	int rc = -1;

	if (found == NULL)
		return diag_add(d, "out of memory");
	if (find_thread(service, c, found, d) == 0 && guard_thread(c, found, d) == 0) {
		event = desk_event_new(service, c, person);
		threads = json_array();
		json_array_append_new(threads, json_text(slice_str(found->key)));
		json_put_new(event, "threads", threads);
		json_put(answer, "thread", slice_str(found->key));
		rc = desk_event_record(service, event, answer, d);
	}
	free(found);
	return rc;
}

static int note_account(void *arg, const struct store_thread *thread)
{
	json_t *event = arg;
	const char *market = json_get_str(event, "marketplace");

	if (market != NULL && strcmp(market, thread->marketplace) != 0)
		return 0;
	json_put_str(event, "marketplace", thread->marketplace);
	if (json_get_str(event, "shop") == NULL && thread->shop[0] != '\0')
		json_put_str(event, "shop", thread->shop);
	return 0;
}

/* Whose order it is, where nobody said: the thread about it knows. */
static int put_account(struct service *service, const struct desk_command *c, json_t *event, struct diag *d)
{
	struct store_filter filter = {.order = c->order, .limit = 1, .state = STORE_ALL};

	json_put(event, "order", slice_str(c->order));
	json_put(event, "marketplace", slice_str(c->marketplace));
	json_put(event, "shop", slice_str(c->shop));
	if (c->order == NULL || (c->marketplace != NULL && c->shop != NULL))
		return 0;
	return store_threads(service->store, &filter, note_account, event, d) == -1 ? -1 : 0;
}

static int command_milestone(struct service *service, const struct person *person, const struct desk_command *c,
    json_t *answer, struct diag *d)
{
	json_t *list = new_milestones(service, c->milestones, d), *event;
	size_t count;

	if (list == NULL)
		return -1;
	count = json_array_size(list);
	json_put_int(answer, "added", (json_int_t)count);
	json_put_int(answer, "known", (json_int_t)(json_array_size(c->milestones) - count));
	if (count == 0) {
		json_decref(list);
		return 0;
	}
	event = desk_event_new(service, c, person);
	json_put_new(event, "threads", json_array());
	json_put_new(event, "milestones", list);
	if (put_account(service, c, event, d) == -1) {
		json_decref(event);
		return -1;
	}
	return desk_event_record(service, event, answer, d);
}

int desk_command(struct service *service, const struct person *person, const json_t *request, json_t *answer,
    struct diag *d)
{
	struct desk_command command;

	if (desk_command_read(request, &command, d) == -1)
		return -1;
	switch (command.verb) {
	case DESK_VERB_MILESTONE:
		return command_milestone(service, person, &command, answer, d);
	case DESK_VERB_DONE:
	case DESK_VERB_UNDONE:
	case DESK_VERB_SPAM:
	case DESK_VERB_UNSPAM:
		return command_thread(service, person, &command, answer, d);
	default:
		return desk_held_command(service, person, &command, answer, d);
	}
}
