/* SPDX-License-Identifier: BSD-2-Clause */
/* Milestones of orders and cases in one order, each once, from wherever they were told. */
#include "desk/milestones.h"

#include <stdlib.h>
#include <string.h>

#include "desk/events.h"

static int compare_fact(const struct desk_milestone *a, const struct desk_milestone *b)
{
	int order = strcmp(a->name, b->name);

	return order != 0 ? order : strcmp(a->subject, b->subject);
}

static int by_fact(const void *a, const void *b)
{
	const struct desk_milestone *x = a, *y = b;
	int order = compare_fact(x, y);

	if (order == 0)
		order = desk_compare(x->time, y->time);
	return order != 0 ? order : strcmp(desk_text(x->id), desk_text(y->id));
}

static int by_time(const void *a, const void *b)
{
	const struct desk_milestone *x = a, *y = b;
	int order = desk_compare(x->time, y->time);

	return order != 0 ? order : by_fact(a, b);
}

static bool is_same(const struct desk_milestone *a, const struct desk_milestone *b)
{
	return compare_fact(a, b) == 0 && zone_day(a->time) == zone_day(b->time);
}

static void merge(struct desk_milestone *kept, const struct desk_milestone *other)
{
	if (other->term_days > 0 && (kept->term_days <= 0 || other->term_days < kept->term_days))
		kept->term_days = other->term_days;
}

int desk_milestones_sort(const struct desk_milestone *milestones, size_t count, int64_t now,
    struct desk_milestone **list_r, size_t *count_r)
{
	struct desk_milestone *list = calloc(count + 1, sizeof(*list));
	size_t taken = 0, kept = 0;

	if (list == NULL)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (milestones[i].time <= now)
			list[taken++] = milestones[i];
	qsort(list, taken, sizeof(*list), by_fact);
	for (size_t i = 0; i < taken; i++) {
		if (kept > 0 && is_same(&list[kept - 1], &list[i]))
			merge(&list[kept - 1], &list[i]);
		else
			list[kept++] = list[i];
	}
	qsort(list, kept, sizeof(*list), by_time);
	*list_r = list;
	*count_r = kept;
	return 0;
}
