/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_DESK_ZONE_H
#define POSTERN_DESK_ZONE_H

#include <stdint.h>

#include "core/arena.h"
#include "core/diag.h"

/*
 * A time zone as a table of its changes from 1970 to 2200, read once (the only use of ICU): asking it needs no
 * library, no memory and no lock. After 2200 its last offset holds. Immutable.
 */
struct zone;

/*
 * The zone of a name of the IANA database ("America/Los_Angeles"), in the arena. NULL with the reason in d:
 * unknown name (with the nearest one), memory is out.
 */
const struct zone *zone_load(struct arena *arena, const char *name, struct diag *d);
/* The name of this machine's zone (TZ, /etc/localtime) into name; "UTC" when it has none. */
#define ZONE_NAME_SIZE 65
void zone_here(char name[ZONE_NAME_SIZE]);
const char *zone_name(const struct zone *zone);
/* Local time as seconds since 1970-01-01 00:00:00 local, from UTC. */
int64_t zone_local(const struct zone *zone, int64_t utc);
/*
 * UTC of a local time. A time that comes twice (clocks go back) is its first; one that never comes (clocks go
 * forward) is the second of the change. So a later local time is never an earlier second.
 */
int64_t zone_utc(const struct zone *zone, int64_t local);
/* Days since 1970-01-01 of a local time, and its weekday (0: Sunday). */
int64_t zone_day(int64_t local);
int zone_weekday(int64_t day);

#endif
