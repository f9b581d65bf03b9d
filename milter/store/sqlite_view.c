/* SPDX-License-Identifier: BSD-2-Clause */
/* What the inbox shows of a thread: who, what about, which order; from its entries, whatever order they came in. */
#include "store/sqlite.h"

#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "store/event.h"

/* ---- labels -------------------------------------------------------------------------- */

static int compare_labels(const void *a, const void *b)
{
	const struct slice *x = a, *y = b;
	int order = memcmp(x->ptr, y->ptr, x->len < y->len ? x->len : y->len);

	return order != 0 ? order : (x->len > y->len) - (x->len < y->len);
}

/* The texts between the commas of all of them, each once, sorted; without the one that is lifted (NULL: none). */
static int join_labels(struct buf *out, const struct buf *all, const char *lifted)
{
	size_t count = 1, n = 0;
	struct slice rest = buf_slice(all), *labels;

	for (size_t i = 0; i < rest.len; i++)
		count += rest.ptr[i] == ',';
	labels = calloc(count, sizeof(*labels));
	if (labels == NULL)
		return -1;
	while (rest.len > 0) {
		const char *comma = memchr(rest.ptr, ',', rest.len);
		size_t len = comma != NULL ? (size_t)(comma - rest.ptr) : rest.len;

		if (len > 0)
			labels[n++] = slice_sub(rest, 0, len);
		rest = slice_sub(rest, len + 1, SIZE_MAX);
	}
	if (n > 0)
		qsort(labels, n, sizeof(*labels), compare_labels);
	for (size_t i = 0; i < n; i++) {
		if ((i > 0 && slice_eq(labels[i], labels[i - 1])) || (lifted != NULL && slice_eq_str(labels[i], lifted)))
			continue;
		if (out->len > 0)
			buf_add_char(out, ',');
		buf_add_slice(out, labels[i]);
	}
	free(labels);
	return out->failed ? -1 : 0;
}

/* Labels of our own mail are no thread's. */
static bool gives_labels(const struct entry *e)
{
	return e->labels[0] != '\0' && (e->type == ENTRY_LABEL ||
	    (e->type == ENTRY_MESSAGE && e->counts && e->inbound && e->progress == PROGRESS_TAKEN));
}

static bool is_summary(const struct entry *message)
{
	return message != NULL && !message->inbound && store_has_label(message->labels, LABEL_SUMMARY);
}

/* The last message that sums up, at that time or later. A second has no order: mail comes before its answer. */
static const struct entry *find_summary(const struct entry_list *list, int64_t since)
{
	const struct entry *found = NULL;

	for (size_t i = 0; i < list->count; i++) {
		const struct entry *e = &list->entries[i], *message;

		if (!e->counts || e->time < since || (e->effect != EFFECT_ANSWER && e->effect != EFFECT_RELEASED))
			continue;
		message = e->type == ENTRY_COMMAND ? entry_target(list, e, 0) : e;
		if (is_summary(message))
			found = message;
	}
	return found;
}

static bool came_back(const struct entry_list *list, const struct entry *message)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct entry *target, *e = &list->entries[i];

		if (!e->counts || e->type == ENTRY_LABEL || e->effect != EFFECT_FAILED)
			continue;
		for (size_t n = 0; (target = entry_target(list, e, n)) != NULL; n++)
			if (target == message)
				return true;
	}
	return false;
}

/* Of a talk elsewhere: until one goes out, or a held one is released; again when it came back, or after another talk. */
static bool owes_summary(const struct entry_list *list)
{
	const struct entry *owed = NULL, *summary;

	for (size_t i = 0; i < list->count; i++)
		if (gives_labels(&list->entries[i]) && store_has_label(list->entries[i].labels, LABEL_OWED))
			owed = &list->entries[i];
	if (owed == NULL)
		return false;
	summary = find_summary(list, owed->time);
	return summary == NULL || came_back(list, summary);
}

static int view_labels(struct thread_view *view, const struct entry_list *list)
{
	struct buf all = {0};
	int rc;

	for (size_t i = 0; i < list->count; i++) {
		const struct entry *e = &list->entries[i];

		if (!gives_labels(e))
			continue;
		buf_add_str(&all, e->labels);
		buf_add_char(&all, ',');
	}
	rc = all.failed ? -1 : join_labels(&view->labels, &all, owes_summary(list) ? NULL : LABEL_OWED);
	buf_free(&all);
	return rc;
}

/* ---- what is shown ----------------------------------------------------------------------- */

/* The better one, of equals the newer one; the worst kind (1) only the oldest. */
static void choose(const char **value, int *rank, const char *candidate, int candidate_rank)
{
	if (candidate[0] == '\0' || candidate_rank < *rank || (candidate_rank == 1 && *rank == 1))
		return;
	*value = candidate;
	*rank = candidate_rank;
}

/*
 * The customer's own mail says who and what; notices, copies and bounces less, our mail only when there is nothing else.
 * Customer Care writes for the customer, under its own name.
 */
static void view_message(struct thread_view *view, const struct entry *e)
{
	bool taken = e->inbound && e->progress == PROGRESS_TAKEN;
	bool customers = e->keyed != KEYED_NOT && e->effect != EFFECT_FAILED && e->effect != EFFECT_ANSWER;
	int rank = !taken ? 1 : customers ? 3 : 2;

	if (e->how == MEMBER_BY_REF && e->effect == EFFECT_FAILED)
		return;
	if (view->first == NULL)
		view->first = e;
	view->last_id = e->id;
	view->last_time = e->time;
	if (e->marketplace[0] != '\0')
		view->marketplace = e->marketplace;
	if (e->case_id[0] != '\0')
		view->case_id = e->case_id;
	choose(&view->shop, &view->shop_rank, e->shop, rank);
	choose(&view->subject, &view->subject_rank, e->subject, rank);
	choose(&view->order, &view->order_rank, e->order, rank);
	if (taken)
		choose(&view->customer, &view->customer_rank, e->customer,
		    rank == 3 && !store_has_label(e->labels, LABEL_CARE) ? 3 : 2);
}

int thread_view_make(const struct entry_list *list, struct thread_view *view_r)
{
	*view_r = (struct thread_view){.marketplace = "", .shop = "", .customer = "", .subject = "", .order = "",
	    .case_id = "", .last_id = ""};
	for (size_t i = 0; i < list->count; i++)
		if (list->entries[i].type == ENTRY_MESSAGE && list->entries[i].counts)
			view_message(view_r, &list->entries[i]);
	return view_labels(view_r, list);
}

void thread_view_free(struct thread_view *view)
{
	buf_free(&view->labels);
}

