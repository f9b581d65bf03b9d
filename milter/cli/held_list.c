/* SPDX-License-Identifier: BSD-2-Clause */
/* Held replies as the store knows them: the thread whose customer has the least time left comes first. */
#include "cli/held.h"

#include <stdio.h>
#include <string.h>

#include "store/peer.h"

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
	store_thread_put(object, thread);
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

int held_insert(json_t *list, json_t *entry, int64_t now)
{
	size_t at = json_array_size(list);

	while (at > 0 && is_more_urgent(entry, json_array_get(list, at - 1), now))
		at--;
	return json_array_insert_new(list, at, entry);
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
		if (held_insert(search->list, entry_json(thread, event, &status), search->desk->now) == -1) {
			search->out_of_memory = true;
			return 1;
		}
	}
	return 0;
}

/* Where it can be decided on, when that is not here. */
static int put_gateways(struct store *store, json_t *list, struct diag *d)
{
	char gateway[PEER_ID_SIZE];
	json_t *entry;
	size_t i;

	json_array_foreach(list, i, entry) {
		int rc = peer_of(store, json_get_str(entry, "id"), gateway, d);

		if (rc == -1)
			return -1;
		if (rc == 1)
			json_put_str(entry, "gateway", gateway);
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
	if (rc == 0)
		rc = put_gateways(desk->store, search.list, d);
	if (rc != 0) {
		json_decref(search.list);
		return NULL;
	}
	return search.list;
}
