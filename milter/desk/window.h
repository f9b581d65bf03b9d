/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_DESK_WINDOW_H
#define POSTERN_DESK_WINDOW_H

#include <stddef.h>
#include <stdint.h>

#include "desk/zone.h"

/* A dated fact from outside about an order or a case. */
struct desk_milestone {
	const char *name;    /* "refund", "denial", "delivered" ... */
	const char *subject; /* number of the order, refund or case */
	int64_t time;        /* UTC */
	int term_days;       /* the term that the notice itself names; 0: none */
	const char *id;      /* of the audit event; NULL or "": none */
};

/* The milestones there are, ending with NULL: profiles, notices and tables name no others. */
extern const char *const desk_milestone_names[];
/* The name as it stands in the list, or NULL: there is no such milestone. */
const char *desk_milestone_find(const char *name);

/* Days are calendar days in a zone, seconds are seconds. */
struct desk_span {
	int64_t count;
	int days; /* count is days, not seconds */
};

#define DESK_WARNINGS_MAX 8

/* A span counted from a milestone in which something may be done; a profile's "window". */
struct desk_window {
	const char *name, *title;
	const char *starts; /* milestone from which it is counted */
	const char *ends;   /* milestone that uses it; NULL: none */
	struct desk_span opens, length; /* both from the milestone; a length in days ends with that day */
	const struct zone *zone;
	struct desk_span warn[DESK_WARNINGS_MAX]; /* before it closes, longest first */
	size_t warn_count;
	int64_t since;      /* this version holds from then on */
	const char *source;
};

enum window_state {
	WINDOW_WAITING, /* not yet: too early */
	WINDOW_OPEN,
	WINDOW_CLOSING, /* open, and the first warning is due */
	WINDOW_CLOSED,
	WINDOW_USED     /* what it is for was done in it */
};

struct desk_window_state {
	const struct desk_window *window;
	const char *name, *title; /* the window's */
	const char *subject, *id; /* the starting milestone's */
	int64_t started, opens, closes; /* closes: the last second in which it may be done */
	enum window_state state;
	int64_t used;         /* when what it is for was done, also too late or too early; 0: not */
	int64_t warned;       /* the second of the last warning that is due by now; 0: none */
	int64_t next_warning; /* of the next one; 0: none is left */
};

/*
 * The windows of one subject as of now, one for each milestone that starts one, by the time they close. windows:
 * all versions of all windows of a marketplace (marketplace_windows). Which version of a window holds is decided by
 * the subject's first milestone that starts any version of it. Milestones may come in any order; one of the same
 * name on the same day (UTC) is the same one, and the earliest counts. *out_r is the caller's, to be given to
 * free(). 0, or -1: memory is out.
 */
int desk_windows(const struct desk_window *windows, size_t window_count, const struct desk_milestone *milestones,
    size_t milestone_count, int64_t now, struct desk_window_state **out_r, size_t *count_r);
/*
 * Between which seconds (*since_r and *until_r included) a milestone may lie so that its window closes from now on to
 * now + ahead, with the window's own length: for asking a store for candidates, up to two days too many at either end.
 */
void desk_window_starts(const struct desk_window *window, int64_t now, int64_t ahead, int64_t *since_r, int64_t *until_r);
/* "waiting", "open", "closing", "closed", "used". */
const char *window_state_name(enum window_state state);

#endif
