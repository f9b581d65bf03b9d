/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The inquiries of a thread, folded from its events in their order: what opens
 * one, what closes it, and what takes a closing back.
 */
#include "desk/thread.h"

#include <stdlib.h>
#include <string.h>

#include "desk/events.h"

#define NOBODY SIZE_MAX

/* An event by its id; a released reply also by that of the held one, which is what its bounce names. */
struct name {
	const char *name;
	size_t step;
};

struct fold {
	const struct desk_event **steps; /* in their order */
	bool *failed;                    /* for each step: a bounce said that it reached nobody */
	size_t step_count, step;         /* the one at hand */
	struct name *names;              /* sorted */
	size_t name_count;
	struct desk_inquiry *inquiries;
	size_t *closers;                 /* for each inquiry: the step that closed it, or NOBODY */
	size_t count;
	size_t low;                      /* inquiries before this one were answered or done */
	size_t open;
	int64_t earliest;                /* due of the open ones */
	size_t last_done;
	bool started;                    /* the thread had a message */
};

/* ---- events by name --------------------------------------------------------- */

static int compare_names(const void *a, const void *b)
{
	const struct name *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order != 0 ? order : (x->step > y->step) - (x->step < y->step);
}

static void add_name(struct fold *fold, const char *name, size_t step)
{
	if (desk_text(name)[0] != '\0')
		fold->names[fold->name_count++] = (struct name){name, step};
}

static void build_names(struct fold *fold)
{
	for (size_t i = 0; i < fold->step_count; i++) {
		const struct desk_event *event = fold->steps[i];

		if (event->kind == DESK_ANSWER || event->kind == DESK_HELD || event->kind == DESK_RELEASED)
			add_name(fold, event->id, i);
		if (event->kind == DESK_RELEASED)
			add_name(fold, event->ref, i);
	}
	qsort(fold->names, fold->name_count, sizeof(*fold->names), compare_names);
}

/* The first of the steps with that name, or NULL; the others follow it. */
static const struct name *find_name(const struct fold *fold, const char *name)
{
	size_t low = 0, high = fold->name_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(fold->names[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < fold->name_count && strcmp(fold->names[low].name, name) == 0 ? &fold->names[low] : NULL;
}

static bool has_name(const struct fold *fold, const struct name *name, const char *text)
{
	return name != NULL && name < fold->names + fold->name_count && strcmp(name->name, text) == 0;
}

/* ---- opening and closing -------------------------------------------------------- */

static bool is_answer(const struct desk_event *event)
{
	return event->kind == DESK_ANSWER || event->kind == DESK_RELEASED;
}

/* Who answered with this step: a released reply is its author's, unless the release names another. */
static const char *answer_agent(const struct fold *fold, size_t step)
{
	const struct desk_event *event = fold->steps[step];
	const char *ref = desk_text(event->ref);

	if (event->kind != DESK_RELEASED || desk_text(event->agent)[0] != '\0')
		return desk_text(event->agent);
	for (const struct name *name = find_name(fold, ref); has_name(fold, name, ref); name++)
		if (fold->steps[name->step]->kind == DESK_HELD)
			return desk_text(fold->steps[name->step]->agent);
	return "";
}

static void reopen(struct fold *fold, size_t i)
{
	struct desk_inquiry *inquiry = &fold->inquiries[i];

	inquiry->outcome = INQUIRY_OPEN;
	inquiry->closed = 0;
	inquiry->agent = "";
	fold->closers[i] = NOBODY;
	fold->open++;
	if (i < fold->low)
		fold->low = i;
	if (inquiry->due < fold->earliest)
		fold->earliest = inquiry->due;
}

static void close_inquiry(struct fold *fold, size_t i, enum inquiry_outcome outcome, size_t step)
{
	struct desk_inquiry *inquiry = &fold->inquiries[i];

	inquiry->outcome = outcome;
	inquiry->closed = fold->steps[step]->time;
	inquiry->agent = outcome == INQUIRY_ANSWERED ? answer_agent(fold, step) : "";
	fold->closers[i] = step;
}

/* Everything that is open. */
static void close_open(struct fold *fold, enum inquiry_outcome outcome)
{
	for (size_t i = fold->low; i < fold->count; i++)
		if (fold->inquiries[i].outcome == INQUIRY_OPEN)
			close_inquiry(fold, i, outcome, fold->step);
	fold->open = 0;
	fold->earliest = INT64_MAX;
}

static bool opens_inquiry(const struct fold *fold, const struct desk_event *event)
{
	switch (event->unit) {
	case DESK_UNIT_MESSAGE:
		return true;
	case DESK_UNIT_FIRST:
		return !fold->started;
	case DESK_UNIT_BURST:
		break;
	}
	/* The clock runs from the first message that waits. One that is due before it has a shorter clock of its own. */
	return fold->open == 0 || event->due < fold->earliest;
}

static void inquire(struct fold *fold, const struct desk_event *event)
{
	bool opens = opens_inquiry(fold, event);

	fold->started = true;
	if (!opens)
		return;
	fold->inquiries[fold->count] = (struct desk_inquiry){.opened = event->time, .due = event->due,
	    .id = desk_text(event->id), .agent = ""};
	fold->closers[fold->count] = NOBODY;
	fold->count++;
	fold->open++;
	if (event->due < fold->earliest)
		fold->earliest = event->due;
}

/* Answers what waits, and what was reported: an answer lifts that. */
static void answer(struct fold *fold)
{
	if (fold->failed[fold->step])
		return;
	for (size_t i = fold->low; i < fold->count; i++)
		if (fold->inquiries[i].outcome == INQUIRY_SPAM)
			close_inquiry(fold, i, INQUIRY_ANSWERED, fold->step);
	close_open(fold, INQUIRY_ANSWERED);
	fold->low = fold->count;
}

/* ---- taking back ------------------------------------------------------------------- */

/* The first answer that counts after that step, up to the one at hand; NOBODY: none. */
static size_t next_answer(const struct fold *fold, size_t step)
{
	while (++step <= fold->step)
		if (is_answer(fold->steps[step]) && !fold->failed[step])
			return step;
	return NOBODY;
}

/* What that step closed is open again, unless somebody answered since. */
static void take_back(struct fold *fold, size_t step)
{
	size_t instead = next_answer(fold, step);

	for (size_t i = 0; i < fold->count; i++) {
		if (fold->closers[i] != step)
			continue;
		if (instead != NOBODY)
			close_inquiry(fold, i, INQUIRY_ANSWERED, instead);
		else
			reopen(fold, i);
	}
}

static void fail(struct fold *fold, const struct desk_event *event)
{
	const char *ref = desk_text(event->ref);

	for (const struct name *name = find_name(fold, ref); has_name(fold, name, ref); name++) {
		const struct desk_event *failed = fold->steps[name->step];
		/* A reply that was released again after its bounce is on its way again. */
		bool again = failed->kind == DESK_RELEASED && name->step > fold->step;

		if (!is_answer(failed) || again || fold->failed[name->step])
			continue;
		fold->failed[name->step] = true;
		take_back(fold, name->step);
	}
}

static void lift_spam(struct fold *fold)
{
	for (size_t i = 0; i < fold->count; i++)
		if (fold->inquiries[i].outcome == INQUIRY_SPAM)
			reopen(fold, i);
}

/* ---- the fold ------------------------------------------------------------------------- */

static void take_step(struct fold *fold, const struct desk_event *event)
{
	switch (event->kind) {
	case DESK_INQUIRY:
		inquire(fold, event);
		break;
	case DESK_ANSWER:
	case DESK_RELEASED:
		answer(fold);
		break;
	case DESK_FAILED:
		fail(fold, event);
		break;
	case DESK_DONE:
		close_open(fold, INQUIRY_DONE);
		fold->last_done = fold->step;
		break;
	case DESK_UNDONE:
		if (fold->last_done != NOBODY)
			take_back(fold, fold->last_done);
		break;
	case DESK_SPAM:
		close_open(fold, INQUIRY_SPAM);
		break;
	case DESK_UNSPAM:
		lift_spam(fold);
		break;
	case DESK_HELD:
	case DESK_REFUSED:
	case DESK_OTHER:
		break;
	}
}

static int fold_alloc(struct fold *fold)
{
	size_t room = fold->step_count + 1;

	fold->failed = calloc(room, sizeof(*fold->failed));
	fold->names = calloc(room, 2 * sizeof(*fold->names));
	fold->inquiries = calloc(room, sizeof(*fold->inquiries));
	fold->closers = calloc(room, sizeof(*fold->closers));
	return fold->failed != NULL && fold->names != NULL && fold->inquiries != NULL && fold->closers != NULL ? 0 : -1;
}

static void fold_free(struct fold *fold)
{
	free(fold->steps);
	free(fold->failed);
	free(fold->names);
	free(fold->inquiries);
	free(fold->closers);
}

int desk_inquiries(const struct desk_event *events, size_t count, int64_t now, struct desk_inquiry **out_r,
    size_t *count_r)
{
	struct fold fold = {.earliest = INT64_MAX, .last_done = NOBODY};
	int rc;

	*out_r = NULL;
	*count_r = 0;
	rc = desk_events_sort(events, count, now, &fold.steps, &fold.step_count);
	if (rc == 0)
		rc = fold_alloc(&fold);
	if (rc == 0) {
		build_names(&fold);
		for (fold.step = 0; fold.step < fold.step_count; fold.step++)
			take_step(&fold, fold.steps[fold.step]);
	}
	if (rc == 0 && fold.count > 0) {
		*out_r = fold.inquiries;
		*count_r = fold.count;
		fold.inquiries = NULL;
	}
	fold_free(&fold);
	return rc;
}
