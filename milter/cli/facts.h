/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_CLI_FACTS_H
#define POSTERN_CLI_FACTS_H

#include "cli/desk.h"
#include "core/arena.h"
#include "desk/refund.h"
#include "desk/window.h"

/* The milestones that the store knows of, by subject, and what follows from them. */
struct fact {
	struct desk_milestone milestone;
	const char *marketplace, *shop, *order;
};

struct facts {
	struct arena *arena;
	struct fact *list; /* by subject, then by time */
	size_t count, room;
};

/*
 * Reads the milestones since then, all or those of an order (NULL: all), told of it as subject or as order. 0, or -1 with
 * the reason; freed with facts_free in either case.
 */
int facts_read(struct cli_desk *desk, const char *order, int64_t since, struct facts *facts, struct diag *d);
void facts_free(struct facts *facts);

/* One subject: its milestones, its windows, and where its refund stands. */
struct subject {
	const struct fact *facts;
	size_t count;
	const char *marketplace; /* "" when nobody said it and no thread knows it */
	const char *order;       /* "" */
	struct desk_window_state *windows; /* by the time they close; freed with subject_free */
	size_t window_count;
	struct refund_status refund;
	bool in_time;            /* every inquiry about the order was answered in time */
	json_t *cases;           /* numbers of the cases that name it */
	json_t *late;            /* those that were not: [{"thread","opened","due","answered"}] */
};

/*
 * The subject that begins at facts->list[*at_r], and moves *at_r past it. Without all, the threads of one whose
 * windows are over are not looked at: late is empty then. 0, or -1 with the reason.
 */
int subject_read(struct cli_desk *desk, const struct facts *facts, size_t *at_r, bool all, struct subject *subject_r,
    struct diag *d);
void subject_free(struct subject *subject);
/* It as an object, new reference; without all, only windows that are not over. */
json_t *subject_json(const struct subject *subject, int64_t now, bool all);

#endif
