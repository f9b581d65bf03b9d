/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_ARCHIVE_PLAN_H
#define POSTERN_ARCHIVE_PLAN_H

#include <stddef.h>
#include <stdint.h>

#include "archive/class.h"
#include "core/diag.h"
#include "store/archived.h"

/* What a purge takes and what it leaves: the same for a dry run and for the daemon. */

struct archive_policy {
	int64_t now;
	int64_t days[ARCHIVE_CLASSES]; /* 0: for ever */
};

enum archive_fate {
	ARCHIVE_GOES,
	ARCHIVE_ON_HOLD, /* a legal hold keeps it, or another message with the same file */
	ARCHIVE_SHARED   /* its file is that of another message whose time is not over */
};

/* A message whose time is over. Text is valid during the call only. */
struct archive_decision {
	const struct store_archived *message;
	enum archive_fate fate;
	/* ARCHIVE_ON_HOLD: the first hold that keeps it, and how many do */
	const char *hold_id, *hold_value, *hold_why;
	enum store_hold_kind hold_kind;
	size_t holds;
	const char *shared_id; /* the other message that needs the file; NULL: none */
};

typedef int (*archive_plan_fn)(void *arg, const struct archive_decision *decision);

/* How far a purge came; zero-initialised: at its beginning. */
struct archive_cursor {
	unsigned class; /* ARCHIVE_CLASSES: the end */
	int64_t time, seq;
};

/*
 * Decides about the next messages whose time is over, of one class at a time and oldest first, from the cursor on, and
 * moves it on. Stops when max_goes of them go or max_seen were looked at, and at the end of a class. fn as of
 * store_archived; when it ends the walk, the cursor stands behind that message. 0, what fn returned, or -1.
 */
int archive_plan(struct store *store, const struct archive_policy *policy, struct archive_cursor *cursor,
    size_t max_goes, size_t max_seen, archive_plan_fn fn, void *arg, struct diag *d);

#endif
