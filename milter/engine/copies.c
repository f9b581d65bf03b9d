/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A marketplace's copy of an answer that was given on its own pages comes from a machine's address. Which thread it
 * answers is told by the order that it names, else by the customer's name; where several fit nothing is guessed.
 */
#include <string.h>
#include <strings.h>

#include "engine/txn_internal.h"

struct search {
	struct judging *j;
	const char *market;
	struct slice customer; /* none: whoever it is */
	struct slice order, part; /* that the copy names */
	const char *key;       /* of the first that fits */
	size_t found;
	bool lost;
};

static bool is_of_market(const struct search *search, const char *key)
{
	size_t len = strlen(search->market);

	return strncmp(key, search->market, len) == 0 && key[len] == ':';
}

/* Notices have threads, too: only one with a customer's question can be answered. */
static bool has_inquiry(const struct store_thread *thread)
{
	for (size_t i = 0; i < thread->event_count; i++)
		if (thread->events[i].kind == DESK_INQUIRY)
			return true;
	return false;
}

/* A copy that names an item answers no question about another one; a thread may be of the whole order. */
static bool is_of_part(const struct search *search, const char *key)
{
	struct slice name = slice_str(key), part = store_key_part(&name);

	return part.len == 0 || search->part.len == 0 || slice_eq(part, search->part) || slice_eq(part, search->order);
}

/* The whole name, as "Ann" or "Ann - Marketplace" show it. */
static bool is_named(const char *shown, struct slice name)
{
	const char *rest = shown + name.len;

	return strlen(shown) >= name.len && strncasecmp(shown, name.ptr, name.len) == 0 &&
	    (*rest == '\0' || strncmp(rest, " - ", 3) == 0);
}

static int take_thread(void *arg, const struct store_thread *thread)
{
	struct search *search = arg;

	if (!is_of_market(search, thread->key) || !is_of_part(search, thread->key) || !has_inquiry(thread) ||
	    (search->customer.len > 0 && !is_named(thread->customer, search->customer)))
		return 0;
	if (search->found++ == 0) {
		search->key = arena_strdup(search->j->arena, thread->key);
		search->lost = search->key == NULL;
	}
	return 0;
}

static int look_up(struct search *search, const struct store_filter *filter, const char **key_r, struct diag *d)
{
	if (store_threads(search->j->services->store, filter, take_thread, search, d) != 0)
		return -1;
	if (search->lost)
		return diag_add(d, "the message's memory budget is used up");
	*key_r = search->found == 1 ? search->key : NULL;
	return 0;
}

int copy_thread(struct judging *j, const struct marketplace *market, const struct mail_kind *kind, const char **key_r,
    struct diag *d)
{
	struct search search = {.j = j, .market = marketplace_name(market)};
	struct slice order = message_order(j->message);
	struct store_filter filter = {0};

	*key_r = NULL;
	search.order = order;
	if (judge_thread_part(j, market, kind, &search.part) != 0)
		return diag_add(d, "the message's memory budget is used up");
	if (j->services->store == NULL)
		return 0;
	if (order.ptr != NULL) {
		filter.order = arena_memdup(j->arena, order.ptr, order.len);
		return filter.order != NULL ? look_up(&search, &filter, key_r, d) : diag_add(d, "the message's memory budget is used up");
	}
	if (profiles_customer(kind, j->message, &search.customer, d) == -1)
		return -1;
	if (search.customer.len == 0)
		return 0;
	filter.customer = arena_memdup(j->arena, search.customer.ptr, search.customer.len);
	return filter.customer != NULL ? look_up(&search, &filter, key_r, d) : diag_add(d, "the message's memory budget is used up");
}
