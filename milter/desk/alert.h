/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_DESK_ALERT_H
#define POSTERN_DESK_ALERT_H

#include <stdbool.h>
#include <stdint.h>

#include "desk/thread.h"
#include "desk/window.h"
#include "desk/zone.h"

/*
 * When people are alerted: of an inquiry that waits at shares of the time from its opening to its due second, of a
 * window so many hours before it closes, of a message at once. Pure functions; clocks know nothing of quiet hours, only
 * alerts do.
 */
#define ALERT_LEVELS_MAX 16
#define ALERT_LEVEL_MAX 1000
/* A window is told of at most so long before it closes. */
#define ALERT_HOURS_MAX (90 * 24)
/* The only level of what is told at once. */
#define ALERT_AT_ONCE 1

/* Percent of the time, or hours before a window closes; ascending, each once. */
struct alert_levels {
	unsigned count;
	unsigned level[ALERT_LEVELS_MAX];
};

/* Hours of the day by the clock on the wall of a zone: from them on, up to and without until. */
struct alert_quiet {
	const struct zone *zone; /* NULL: there are none */
	int from, until;         /* seconds of the day; until before from: over midnight */
};

struct alert_plan {
	struct alert_levels levels;
	struct alert_levels always; /* given in quiet hours, too */
	int64_t urgent;             /* inquiries with less than so many seconds from opening to due: every level always;
	                             * windows with less than that left, too */
	struct alert_levels windows; /* hours before the last second of a window */
	struct alert_quiet quiet;
};

/* Adds a level in its place. 0, or -1 when there is no room. One that is there already changes nothing. */
int alert_levels_add(struct alert_levels *levels, unsigned level);
bool alert_levels_has(const struct alert_levels *levels, unsigned level);
bool alert_is_quiet(const struct alert_quiet *quiet, int64_t now);
/*
 * The level that an alert is to be given for at now: the highest one crossed that quiet hours do not keep back, if it is
 * above given (the highest one given before; 0: none). 0: no alert. A level below 100 is crossed when its share of the
 * time is over; 100 and more when more than it is, since the due second itself is in time. An inquiry that is closed
 * at now alerts nobody.
 */
unsigned alert_level(const struct alert_plan *plan, const struct desk_inquiry *inquiry, int64_t now, unsigned given);

/*
 * Levels of windows grow as time runs out, as those of inquiries do: hours (1 to ALERT_HOURS_MAX) before the last second
 * to the level, and a level to its hours.
 */
unsigned alert_window_urgency(unsigned hours);
/*
 * As alert_level, of a window: the level of the fewest hours that are left at most, when it is above given. Only a window
 * that is open alerts; one that is shorter than a level alerts of it as soon as it is open.
 */
unsigned alert_window_level(const struct alert_plan *plan, const struct desk_window_state *window, int64_t now,
    unsigned given);
/* Of a message: ALERT_AT_ONCE when nothing was given, after quiet hours. */
unsigned alert_message_level(const struct alert_plan *plan, int64_t now, unsigned given);

#endif
