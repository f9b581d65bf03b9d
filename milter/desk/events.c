/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Events of a thread in one order, whatever order they came in. Several gateways
 * write logs of their own, and a log may be applied again: so the order is made
 * from what the events say, and what was said twice counts once.
 */
#include "desk/events.h"

#include <stdlib.h>
#include <string.h>

const char *desk_text(const char *text)
{
	return text != NULL ? text : "";
}

static int compare_numbers(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

/* What makes two events the same one: an id may stand for several, a bounce of two answers for one. */
static int compare_identity(const struct desk_event *a, const struct desk_event *b)
{
	int order = strcmp(desk_text(a->id), desk_text(b->id));

	if (order == 0)
		order = compare_numbers(a->kind, b->kind);
	return order != 0 ? order : strcmp(desk_text(a->ref), desk_text(b->ref));
}

/* Events that are equal in all of this do the same, so their order does not matter. */
static int compare_content(const struct desk_event *a, const struct desk_event *b)
{
	int order = compare_numbers(a->due, b->due);

	if (order == 0)
		order = compare_numbers(a->unit, b->unit);
	return order != 0 ? order : strcmp(desk_text(a->agent), desk_text(b->agent));
}

static int by_identity(const void *a, const void *b)
{
	const struct desk_event *x = *(const struct desk_event *const *)a, *y = *(const struct desk_event *const *)b;
	int order = compare_identity(x, y);

	if (order == 0)
		order = compare_numbers(x->time, y->time);
	return order != 0 ? order : compare_content(x, y);
}

static int by_time(const void *a, const void *b)
{
	const struct desk_event *x = *(const struct desk_event *const *)a, *y = *(const struct desk_event *const *)b;
	int order = compare_numbers(x->time, y->time);

	/* In one second: the question before its answer, the answer before its bounce. */
	if (order == 0)
		order = compare_numbers(x->kind, y->kind);
	if (order == 0)
		order = compare_identity(x, y);
	return order != 0 ? order : compare_content(x, y);
}

int desk_events_sort(const struct desk_event *events, size_t count, int64_t now, const struct desk_event ***list_r,
    size_t *count_r)
{
	const struct desk_event **list = calloc(count + 1, sizeof(*list));
	size_t taken = 0, kept = 0;

	if (list == NULL)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (events[i].time <= now)
			list[taken++] = &events[i];
	qsort(list, taken, sizeof(*list), by_identity);
	for (size_t i = 0; i < taken; i++)
		if (kept == 0 || desk_text(list[i]->id)[0] == '\0' || compare_identity(list[kept - 1], list[i]) != 0)
			list[kept++] = list[i];
	qsort(list, kept, sizeof(*list), by_time);
	*list_r = list;
	*count_r = kept;
	return 0;
}
