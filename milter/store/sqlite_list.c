/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists of row numbers. */
#include "store/sqlite.h"

#include <stdlib.h>

int id_list_append(struct id_list *list, int64_t id)
{
	if (list->count == list->size) {
		size_t size = list->size > 0 ? list->size * 2 : 16;
		int64_t *ids = realloc(list->ids, size * sizeof(*ids));

		if (ids == NULL)
			return -1;
		list->ids = ids;
		list->size = size;
	}
	list->ids[list->count++] = id;
	return 0;
}

int id_list_add(struct id_list *list, int64_t id)
{
	/* The same one comes again soon after, if at all. */
	for (size_t i = list->count; i > 0; i--)
		if (list->ids[i - 1] == id)
			return 0;
	return id_list_append(list, id);
}

static int compare_ids(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

void id_list_sort(struct id_list *list)
{
	if (list->count > 0)
		qsort(list->ids, list->count, sizeof(*list->ids), compare_ids);
}

bool id_list_has(const struct id_list *list, int64_t id)
{
	return bsearch(&id, list->ids, list->count, sizeof(id), compare_ids) != NULL;
}
