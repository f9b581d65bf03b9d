/* SPDX-License-Identifier: BSD-2-Clause */
/* From milestones in the store to windows, the state of refunds, and whether a dispute can be won. */
#include "cli/facts.h"

#include <stdlib.h>
#include <string.h>

#define FACTS_MEMORY ((size_t)512 << 20)

/* ---- reading ---------------------------------------------------------------------- */

struct reading {
	struct facts *facts;
	const char *order;
};

static int note_milestone(void *arg, const struct store_milestone *milestone)
{
	const struct reading *reading = arg;
	struct facts *facts = reading->facts;
	struct fact fact = {.milestone = {.time = milestone->time, .term_days = (int)milestone->term_days}};

	if (reading->order != NULL && strcmp(reading->order, milestone->subject) != 0 &&
	    strcmp(reading->order, milestone->order) != 0)
		return 0;
	if (facts->count == facts->room) {
		size_t room = facts->room > 0 ? 2 * facts->room : 256;
		struct fact *list = realloc(facts->list, room * sizeof(*list));

		if (list == NULL)
			return 1;
		facts->list = list;
		facts->room = room;
	}
	fact.milestone.name = arena_strdup(facts->arena, milestone->name);
	fact.milestone.subject = arena_strdup(facts->arena, milestone->subject);
	fact.milestone.id = arena_strdup(facts->arena, milestone->id);
	fact.marketplace = arena_strdup(facts->arena, milestone->marketplace);
	fact.shop = arena_strdup(facts->arena, milestone->shop);
	fact.order = arena_strdup(facts->arena, milestone->order);
	facts->list[facts->count++] = fact;
	/* The last one fails when any did: the arena stays empty. */
	return fact.order != NULL ? 0 : 1;
}

int facts_read(struct cli_desk *desk, const char *order, int64_t since, struct facts *facts, struct diag *d)
{
	struct reading reading = {facts, order};
	int rc;

	*facts = (struct facts){.arena = arena_new(FACTS_MEMORY)};
	if (facts->arena == NULL)
		return diag_add(d, "out of memory");
	rc = store_milestones(desk->store, SLICE_NONE, since, note_milestone, &reading, d);
	return rc == 1 ? diag_add(d, "out of memory for the milestones; ask for one order") : rc;
}

void facts_free(struct facts *facts)
{
	free(facts->list);
	facts->list = NULL;
	facts->count = 0;
	if (facts->arena != NULL)
		arena_free(&facts->arena);
}

/* ---- one subject ------------------------------------------------------------------- */

struct inquiries {
	struct cli_desk *desk;
	struct subject *subject;
	char marketplace[64];
	bool failed;
};

static void note_late(struct subject *subject, const struct store_thread *thread, const struct desk_inquiry *inquiry)
{
	json_t *late = json_object();

	json_put_str(late, "thread", thread->key);
	cli_put_time(late, "opened", inquiry->opened);
	cli_put_time(late, "due", inquiry->due);
	cli_put_time(late, "answered", inquiry->closed);
	json_array_append_new(subject->late, late);
	subject->in_time = false;
}

static int note_thread(void *arg, const struct store_thread *thread)
{
	struct inquiries *inquiries = arg;
	struct desk_inquiry *list;
	size_t count, size = sizeof(inquiries->marketplace);

	if (inquiries->marketplace[0] == '\0' && strlen(thread->marketplace) < size)
		memcpy(inquiries->marketplace, thread->marketplace, strlen(thread->marketplace) + 1);
	if (desk_inquiries(thread->events, thread->event_count, inquiries->desk->now, &list, &count) == -1) {
		inquiries->failed = true;
		return 1;
	}
	for (size_t i = 0; i < count; i++)
		if (desk_inquiry_missed(&list[i], inquiries->desk->now))
			note_late(inquiries->subject, thread, &list[i]);
	free(list);
	return 0;
}

static int note_case(void *arg, const struct store_case *entry)
{
	struct subject *subject = arg;

	return json_array_append_new(subject->cases, json_text(slice_str(entry->id))) == 0 ? 0 : 1;
}

/* Its threads say whose order it is when no milestone does, and whether all was answered in time. */
static int read_threads(struct cli_desk *desk, struct subject *subject, struct arena *arena, struct diag *d)
{
	const char *number = subject->order[0] != '\0' ? subject->order : subject->facts[0].milestone.subject;
	struct store_filter filter = {.order = number, .now = desk->now, .state = STORE_ALL};
	struct inquiries inquiries = {.desk = desk, .subject = subject};
	struct store_case_filter cases = {0};
	const char *market;

	if (store_threads(desk->store, &filter, note_thread, &inquiries, d) == -1)
		return -1;
	if (inquiries.failed)
		return diag_add(d, "out of memory");
	cases.order = number;
	cases.until = desk->now;
	if (store_cases(desk->store, &cases, note_case, subject, d) == -1)
		return -1;
	if (subject->marketplace[0] == '\0' && (market = arena_strdup(arena, inquiries.marketplace)) != NULL)
		subject->marketplace = market;
	return 0;
}

/* Of the day of the delivery: what was granted with the order is not changed later. */
static int return_days(const struct marketplace *market, const struct desk_milestone *milestones, size_t count)
{
	int64_t delivered = 0;

	for (size_t i = 0; i < count; i++)
		if (strcmp(milestones[i].name, "delivered") == 0 && (delivered == 0 || milestones[i].time < delivered))
			delivered = milestones[i].time;
	return market != NULL && delivered != 0 ? marketplace_return_days(market, delivered) : 0;
}

static int count_windows(struct cli_desk *desk, struct subject *subject, struct diag *d)
{
	const struct marketplace *market = profiles_find(desk->profiles, subject->marketplace);
	struct desk_milestone *milestones = calloc(subject->count, sizeof(*milestones));
	const struct desk_window *windows = NULL;
	size_t count = 0;
	int rc = -1;

	if (milestones == NULL)
		return diag_add(d, "out of memory");
	for (size_t i = 0; i < subject->count; i++)
		milestones[i] = subject->facts[i].milestone;
	if (market != NULL)
		windows = marketplace_windows(market, &count);
	if (desk_windows(windows, count, milestones, subject->count, desk->now, &subject->windows,
	    &subject->window_count) == 0 &&
	    desk_refund(milestones, subject->count, desk->now, subject->in_time,
	    return_days(market, milestones, subject->count), &subject->refund) == 0)
		rc = 0;
	else
		diag_add(d, "out of memory");
	free(milestones);
	return rc;
}

static bool is_running(const struct subject *subject)
{
	for (size_t i = 0; i < subject->window_count; i++)
		if (subject->windows[i].state != WINDOW_CLOSED && subject->windows[i].state != WINDOW_USED)
			return true;
	return false;
}

/*
 * Windows first: of thousands of old settlements nobody asks how their threads went. The threads are read where they
 * matter, and for the marketplace when nobody said it.
 */
static int read_subject(struct cli_desk *desk, struct subject *subject, struct arena *arena, bool all, struct diag *d)
{
	bool known = subject->marketplace[0] != '\0';

	if (known && count_windows(desk, subject, d) == -1)
		return -1;
	if (known && !all && !is_running(subject))
		return 0;
	if (read_threads(desk, subject, arena, d) == -1)
		return -1;
	free(subject->windows);
	subject->windows = NULL;
	return count_windows(desk, subject, d);
}

int subject_read(struct cli_desk *desk, const struct facts *facts, size_t *at_r, bool all, struct subject *subject_r,
    struct diag *d)
{
	const struct fact *first = &facts->list[*at_r];

	*subject_r = (struct subject){.facts = first, .marketplace = "", .order = "", .in_time = true, .late = json_array(),
	    .cases = json_array()};
	for (; *at_r < facts->count; ++*at_r, subject_r->count++) {
		const struct fact *fact = &facts->list[*at_r];

		if (strcmp(fact->milestone.subject, first->milestone.subject) != 0)
			break;
		if (fact->marketplace[0] != '\0')
			subject_r->marketplace = fact->marketplace;
		if (fact->order[0] != '\0')
			subject_r->order = fact->order;
	}
	if (read_subject(desk, subject_r, facts->arena, all, d) == 0)
		return 0;
	subject_free(subject_r);
	return -1;
}

void subject_free(struct subject *subject)
{
	free(subject->windows);
	subject->windows = NULL;
	json_decref(subject->late);
	json_decref(subject->cases);
	subject->late = subject->cases = NULL;
}
