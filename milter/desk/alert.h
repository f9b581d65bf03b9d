/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_DESK_ALERT_H
#define POSTERN_DESK_ALERT_H

#include <stdbool.h>
#include <stdint.h>

#include "desk/thread.h"
#include "desk/zone.h"

/*
 * When people are alerted of an inquiry that waits: at shares of the time from its opening to its due second. Pure
 * functions; clocks know nothing of quiet hours, only alerts do.
 */
#define ALERT_LEVELS_MAX 16
#define ALERT_LEVEL_MAX 1000

/* Percent of the time, ascending, each once. */
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
	int64_t urgent;             /* inquiries with less than so many seconds from opening to due: every level always */
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

#endif
