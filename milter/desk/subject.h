/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_DESK_SUBJECT_H
#define POSTERN_DESK_SUBJECT_H

#include <stdbool.h>

#include "desk/refund.h"
#include "desk/window.h"

/* A milestone, and whose it is; texts are "" where nobody said it. */
struct desk_fact {
	struct desk_milestone milestone;
	const char *marketplace, *shop, *order;
};

/* What milestones are about (an order, a refund, a case), and what follows from them: pure functions over facts. */
struct desk_subject {
	const struct desk_fact *facts; /* the caller's */
	size_t count;
	const char *marketplace, *shop, *order; /* of the last fact that tells it; "" when none does */
	struct desk_window_state *windows;      /* by the time they close; freed with desk_subject_free */
	size_t window_count;
	struct refund_status refund;
};

/*
 * The facts at facts[*at] and behind it that are about the same number; moves *at past them. Facts are to be sorted by
 * the milestone's subject. Nothing is reckoned yet.
 */
void desk_subject_take(const struct desk_fact *facts, size_t count, size_t *at, struct desk_subject *subject_r);

/* What a marketplace says of windows: marketplace_windows and marketplace_return_days. */
struct desk_terms {
	const struct desk_window *windows;
	size_t window_count;
	int return_days; /* 0: not known */
};

/* The first delivery that its milestones tell, 0: none. Return days are those of that day. */
int64_t desk_subject_delivered(const struct desk_subject *subject);
/*
 * Sets windows and refund as of now; may be called again. in_time: every inquiry about it was answered in time.
 * 0, or -1: memory is out.
 */
int desk_subject_reckon(struct desk_subject *subject, const struct desk_terms *terms, bool in_time, int64_t now);
/* Whether some window of it is not over: neither closed nor used. */
bool desk_subject_is_running(const struct desk_subject *subject);
/*
 * Whether anything is lost when that window closes: something can be done in it (it has an "ends"), it is open, and
 * there still is something to dispute or to appeal: a settlement without a refund has nothing, nor has a closed case.
 */
bool desk_subject_matters(const struct desk_subject *subject, const struct desk_window_state *state);
/* Frees the windows. */
void desk_subject_free(struct desk_subject *subject);

#endif
