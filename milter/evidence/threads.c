/* SPDX-License-Identifier: BSD-2-Clause */
/* What the store knows: which threads the evidence is about, their messages, and their inquiries as of a second. */
#include "evidence/internal.h"

#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "desk/thread.h"

/* More than any order, customer or quarter of a shop has. */
#define THREADS_MAX 1000000

static bool is_scoped(const struct evidence_scope *scope)
{
	return scope->order != NULL || scope->thread != NULL || scope->customer != NULL;
}

static void add_thread(struct gathering *gathering, const struct store_thread *thread)
{
	json_t *object = json_object();

	store_thread_put(object, thread);
	json_array_append_new(gathering->threads, object);
	json_object_set_new(gathering->keys, thread->key, json_true());
}

/* A period alone is about every thread in which something happened in it. */
static bool is_meant(const struct evidence_scope *scope, const struct store_thread *thread)
{
	if (is_scoped(scope))
		return true;
	for (size_t i = 0; i < thread->event_count; i++)
		if (scope_has(scope, thread->events[i].time))
			return true;
	return false;
}

static int note_thread(void *arg, const struct store_thread *thread)
{
	struct gathering *gathering = arg;

	if (is_meant(gathering->scope, thread))
		add_thread(gathering, thread);
	return 0;
}

/* A key has a colon, an audit id is one. */
static void put_filter(const struct evidence_scope *scope, struct store_filter *filter)
{
	*filter = (struct store_filter){.order = scope->order, .customer = scope->customer, .state = STORE_ALL,
	    .limit = THREADS_MAX};
	if (scope->thread != NULL && strchr(scope->thread, ':') == NULL)
		filter->message = scope->thread;
	else
		filter->key = scope->thread;
}

static void note_time(struct gathering *gathering, int64_t time)
{
	if (time < gathering->oldest)
		gathering->oldest = time;
}

static int note_message(void *arg, const struct store_message *message)
{
	struct gathering *gathering = arg;
	json_t *entry;

	if (!scope_has(gathering->scope, message->time))
		return 0;
	entry = json_object();
	json_put_str(entry, "effect", desk_effect_name(message->effect));
	note_time(gathering, message->time);
	return json_object_set_new(gathering->entries, message->id, entry) == 0 ? 0 : 1;
}

/* The log is to be read from where a fact was told, which its id says; one of no known second: from the start. */
static int note_milestone(void *arg, const struct store_milestone *milestone)
{
	struct gathering *gathering = arg;
	const char *order = gathering->scope->order;
	long long told = id_time(milestone->id);

	if (order != NULL && (strcmp(milestone->subject, order) == 0 || strcmp(milestone->order, order) == 0))
		note_time(gathering, told > 0 ? told : 0);
	return 0;
}

/* By key, so that the order in which the store gives them is nothing to rely on. */
static int compare_threads(const void *a, const void *b)
{
	return strcmp(text_of(*(json_t *const *)a, "thread"), text_of(*(json_t *const *)b, "thread"));
}

static int sort_threads(struct gathering *gathering, struct diag *d)
{
	json_t *sorted = list_sorted(gathering->threads, compare_threads);

	if (sorted == NULL)
		return diag_add(d, "out of memory");
	json_decref(gathering->threads);
	gathering->threads = sorted;
	return 0;
}

int gather_threads(struct gathering *gathering, struct diag *d)
{
	struct store *store = gathering->source->store;
	struct store_filter filter;
	const json_t *thread;
	size_t i;

	put_filter(gathering->scope, &filter);
	gathering->oldest = INT64_MAX;
	if (store_threads(store, &filter, note_thread, gathering, d) == -1 || sort_threads(gathering, d) == -1)
		return -1;
	json_array_foreach(gathering->threads, i, thread) {
		int rc = store_messages(store, slice_str(text_of(thread, "thread")), note_message, gathering, d);

		if (rc != 0)
			return rc == -1 ? -1 : diag_add(d, "out of memory");
	}
	if (gathering->scope->order != NULL &&
	    store_milestones(store, SLICE_NONE, 0, note_milestone, gathering, d) == -1)
		return -1;
	return 0;
}

/* ---- inquiries ------------------------------------------------------------------------ */

struct asking {
	struct gathering *gathering;
	json_t *list;
	bool failed;
};

/* The clock that the message started, as its record says. */
static void put_clock(const struct gathering *gathering, json_t *object, const char *id)
{
	static const char *const keys[] = {"clock", "since", "source", "unit", NULL};

	copy_members(object, json_object_get(json_object_get(gathering->by_id, id), "sla"), keys);
}

static void put_spans(json_t *object, const struct desk_inquiry *inquiry, int64_t as_of)
{
	bool open = inquiry->outcome == INQUIRY_OPEN;

	json_put_int(object, "allowed_seconds", inquiry->due - inquiry->opened);
	json_put_int(object, open ? "waiting_seconds" : "took_seconds", (open ? as_of : inquiry->closed) - inquiry->opened);
	json_put_bool(object, "missed", desk_inquiry_missed(inquiry, as_of));
	json_put_bool(object, "in_time", desk_inquiry_in_time(inquiry, as_of));
}

static json_t *inquiry_json(const struct gathering *gathering, const struct store_thread *thread,
    const struct desk_inquiry *inquiry)
{
	const struct zone *zone = zone_of(gathering, thread->marketplace);
	json_t *object = json_object();

	json_put_str(object, "thread", thread->key);
	json_put_str(object, "marketplace", thread->marketplace);
	json_put_str(object, "id", inquiry->id);
	put_time(object, "opened", inquiry->opened);
	put_local(object, "opened_local", zone, inquiry->opened);
	put_time(object, "due", inquiry->due);
	put_local(object, "due_local", zone, inquiry->due);
	put_time(object, "closed", inquiry->closed);
	put_local(object, "closed_local", zone, inquiry->closed);
	json_put_str(object, "outcome", inquiry_outcome_name(inquiry->outcome));
	put_spans(object, inquiry, gathering->evidence->as_of);
	json_put_str(object, "agent", inquiry->agent);
	put_clock(gathering, object, inquiry->id);
	return object;
}

static int note_inquiries(void *arg, const struct store_thread *thread)
{
	struct asking *asking = arg;
	struct desk_inquiry *list;
	size_t count;

	if (json_object_get(asking->gathering->keys, thread->key) == NULL)
		return 0;
	if (desk_inquiries(thread->events, thread->event_count, asking->gathering->evidence->as_of, &list, &count) == -1) {
		asking->failed = true;
		return 1;
	}
	for (size_t i = 0; i < count; i++)
		if (scope_has(asking->gathering->scope, list[i].opened))
			json_array_append_new(asking->list, inquiry_json(asking->gathering, thread, &list[i]));
	free(list);
	return 0;
}

static int compare_inquiries(const void *a, const void *b)
{
	static const char *const keys[] = {"opened", "thread", "id"};
	int order = 0;

	for (size_t i = 0; order == 0 && i < sizeof(keys) / sizeof(*keys); i++)
		order = strcmp(text_of(*(json_t *const *)a, keys[i]), text_of(*(json_t *const *)b, keys[i]));
	return order;
}

json_t *gather_inquiries(struct gathering *gathering, struct diag *d)
{
	struct asking asking = {gathering, json_array(), false};
	struct store_filter filter;
	json_t *sorted;
	int rc;

	put_filter(gathering->scope, &filter);
	rc = store_threads(gathering->source->store, &filter, note_inquiries, &asking, d);
	sorted = rc != -1 && !asking.failed ? list_sorted(asking.list, compare_inquiries) : NULL;
	if (sorted == NULL && rc != -1)
		diag_add(d, "out of memory");
	json_decref(asking.list);
	return sorted;
}
