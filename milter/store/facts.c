/* SPDX-License-Identifier: BSD-2-Clause */
/* Milestones out of a store: for what reckons windows with them, the command line and the daemon alike. */
#include "store/facts.h"

#include <stdlib.h>
#include <string.h>

#define FACTS_MEMORY ((size_t)512 << 20)

/* ---- milestones ------------------------------------------------------------------- */

struct reading {
	struct facts *facts;
	const char *order;
};

static int make_room(struct facts *facts)
{
	size_t room = facts->room > 0 ? 2 * facts->room : 16;
	struct desk_fact *list;

	if (facts->count < facts->room)
		return 0;
	list = realloc(facts->list, room * sizeof(*list));
	if (list == NULL)
		return -1;
	facts->list = list;
	facts->room = room;
	return 0;
}

static int note_milestone(void *arg, const struct store_milestone *milestone)
{
	const struct reading *reading = arg;
	struct facts *facts = reading->facts;
	struct desk_fact fact = {.milestone = {.time = milestone->time, .term_days = (int)milestone->term_days}};

	if (reading->order != NULL && strcmp(reading->order, milestone->subject) != 0 &&
	    strcmp(reading->order, milestone->order) != 0)
		return 0;
	if (make_room(facts) == -1)
		return 1;
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

int facts_read(struct store *store, struct slice subject, const char *order, int64_t since, struct facts *facts,
    struct diag *d)
{
	struct reading reading = {facts, order};
	int rc;

	*facts = (struct facts){.arena = arena_new(FACTS_MEMORY)};
	if (facts->arena == NULL)
		return diag_add(d, "out of memory");
	rc = store_milestones(store, subject, since, note_milestone, &reading, d);
	return rc == 1 ? diag_add(d, "out of memory for the milestones; ask for one order") : rc;
}

void facts_free(struct facts *facts)
{
	free(facts->list);
	facts->list = NULL;
	facts->count = facts->room = 0;
	if (facts->arena != NULL)
		arena_free(&facts->arena);
}

/* ---- whose it is ------------------------------------------------------------------ */

struct owner {
	struct arena *arena;
	const char *marketplace, *shop;
};

static int note_owner(void *arg, const struct store_thread *thread)
{
	struct owner *owner = arg;

	if (thread->marketplace[0] == '\0')
		return 0;
	owner->marketplace = arena_strdup(owner->arena, thread->marketplace);
	owner->shop = arena_strdup(owner->arena, thread->shop);
	return 1;
}

const char *facts_number(const struct desk_subject *subject)
{
	return subject->order[0] != '\0' ? subject->order : subject->facts[0].milestone.subject;
}

int facts_find_market(struct store *store, struct arena *arena, struct desk_subject *subject, struct diag *d)
{
	struct store_filter filter = {.order = facts_number(subject), .state = STORE_ALL};
	struct owner owner = {.arena = arena};
	int rc;

	if (subject->marketplace[0] != '\0')
		return 0;
	rc = store_threads(store, &filter, note_owner, &owner, d);
	if (rc != 1)
		return rc;
	if (owner.marketplace == NULL || owner.shop == NULL)
		return diag_add(d, "out of memory");
	subject->marketplace = owner.marketplace;
	if (subject->shop[0] == '\0')
		subject->shop = owner.shop;
	return 0;
}
