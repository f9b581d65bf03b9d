/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_STORE_FACTS_H
#define POSTERN_STORE_FACTS_H

#include "core/arena.h"
#include "desk/subject.h"
#include "store/store.h"

/* Milestones out of a store, as desk/subject.h reckons with them: by subject, then by time. */
struct facts {
	struct arena *arena;
	struct desk_fact *list;
	size_t count, room;
};

/*
 * Reads the milestones of subject (SLICE_NONE: of all) since then; with an order only those that tell of it as subject or
 * as order (NULL: all). 0, or -1 with the reason; freed with facts_free in either case.
 */
int facts_read(struct store *store, struct slice subject, const char *order, int64_t since, struct facts *facts,
    struct diag *d);
void facts_free(struct facts *facts);
/* The number that threads know a subject by: its order, where a milestone tells it. */
const char *facts_number(const struct desk_subject *subject);
/*
 * Says whose the subject is where no milestone does: marketplace and shop of a thread about its number, when there is
 * one. Texts go into arena. 0, or -1 with the reason.
 */
int facts_find_market(struct store *store, struct arena *arena, struct desk_subject *subject, struct diag *d);

#endif
