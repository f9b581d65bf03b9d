/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Records that were just written and wait for their receiver. There are never many of them: what does not fit is
 * read back from the log, which has everything.
 */
#include "audit/kept.h"

#include <stdlib.h>

/* Two full batches of the delivery. A tree of values takes some five times what its text does. */
#define EVENTS_MAX 512
#define BYTES_MAX ((size_t)2 << 20)

struct audit_kept *audit_kept_new(json_t *event, size_t bytes)
{
	struct audit_kept *kept = malloc(sizeof(*kept));

	if (kept == NULL) {
		json_decref(event);
		return NULL;
	}
	kept->next = NULL;
	kept->event = event;
	kept->bytes = bytes;
	kept->whole = false;
	return kept;
}

void audit_kept_free(struct audit_kept **kept)
{
	if (*kept == NULL)
		return;
	json_decref((*kept)->event);
	free(*kept);
	*kept = NULL;
}

json_t *audit_kept_event(struct audit_kept *kept)
{
	if (!kept->whole)
		kept->whole = json_put_int(kept->event, "seq", kept->head.seq) == 0 &&
		    json_put_str(kept->event, "prev", kept->prev) == 0 &&
		    json_put_str(kept->event, "hash", kept->head.hash) == 0;
	return kept->whole ? kept->event : NULL;
}

void audit_kept_add(struct audit_kept_list *list, struct audit_kept **kept)
{
	struct audit_kept *one = *kept;

	if (one == NULL || list->count >= EVENTS_MAX || list->bytes + one->bytes > BYTES_MAX)
		return;
	*kept = NULL;
	if (list->last != NULL)
		list->last->next = one;
	else
		list->first = one;
	list->last = one;
	list->count++;
	list->bytes += one->bytes;
}

struct audit_kept *audit_kept_cut(struct audit_kept_list *list, int64_t seq)
{
	struct audit_kept *cut = list->first, *end = NULL;

	while (list->first != NULL && list->first->head.seq <= seq) {
		end = list->first;
		list->first = end->next;
		list->count--;
		list->bytes -= end->bytes;
	}
	if (list->first == NULL)
		list->last = NULL;
	if (end == NULL)
		return NULL;
	end->next = NULL;
	return cut;
}

void audit_kept_free_all(struct audit_kept *first)
{
	while (first != NULL) {
		struct audit_kept *next = first->next;

		audit_kept_free(&first);
		first = next;
	}
}
