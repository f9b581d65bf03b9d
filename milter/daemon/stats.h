/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_DAEMON_STATS_H
#define POSTERN_DAEMON_STATS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/json.h"
#include "daemon/series.h"
#include "engine/verdict.h"
#include "policy/action.h"

/* Counters of one worker since it started. Lock-free. */
enum counter {
	STAT_PASS,
	STAT_TAG,
	STAT_HOLD,
	STAT_REJECT,
	STAT_DEFER,
	STAT_UNCONCERNED, /* no marketplace: let through unread */
	STAT_INTERRUPTED, /* live at shutdown */
	STAT_ABORTED,     /* given up by the MTA or the client */
	STAT_ERROR_PLUGIN,
	STAT_ERROR_DEADLINE,
	STAT_ERROR_AUDIT,
	STAT_ERROR_STORE,
	STAT_ERROR_ARCHIVE,
	STAT_ERROR_SPOOL,
	STAT_ERROR_CRASH,
	STAT_ERROR_PROTOCOL, /* the MTA or libmilter did not do what was asked */
	STAT_BUSY,           /* turned away at the gate */
	STAT_CUT_OFF,        /* connections of mail servers that stalled */
	STAT_RELOAD_OK,
	STAT_RELOAD_FAILED,
	STAT_COUNT
};

/* What takes time. */
enum timing {
	TIME_MESSAGE, /* from MAIL to the answer at its end; by direction */
	TIME_JUDGE,   /* all rules of a message; by direction */
	TIME_PLUGIN,  /* one rule's check; by plugin */
	TIME_AUDIT,   /* until an event is on the disk, the archive's copy before it */
	TIME_STORE,   /* a group of events into the store */
	TIME_COUNT
};

struct stats {
	atomic_ullong value[STAT_COUNT];
	_Atomic int64_t last_message; /* 0: none yet */
	atomic_llong sessions;        /* connections with state */
	atomic_bool auth_seen;        /* an account, or a listener of outbound_daemons */
	atomic_uint strangers;        /* outbound messages before the first of these */

	struct series_table messages; /* direction, action, marketplace */
	struct series_table findings; /* direction, action, rule */
	struct series_table plugin_errors; /* plugin, reason */
	struct series_table overruns; /* rule */
	struct series_table times[TIME_COUNT];
};

/* Makes zeroed stats ready. */
void stats_init(struct stats *stats);
void stats_count(struct stats *stats, enum counter counter);
unsigned long long stats_get(const struct stats *stats, enum counter counter);
/* A decision was made at now; direction is POSTERN_INBOUND or POSTERN_OUTBOUND, marketplace may be NULL. */
void stats_count_action(struct stats *stats, enum action action, unsigned direction, const char *marketplace, int64_t now);
/* A message got 451 before it was judged. */
void stats_count_unjudged(struct stats *stats);
/* Which rules took more time than they have. */
void stats_count_overruns(struct stats *stats, const struct verdict *verdict);
/* What rules found, and which plugins failed. */
void stats_count_findings(struct stats *stats, const struct verdict *verdict);
/* Adds a time in microseconds; label as enum timing says, "" where there is none. */
void stats_time(struct stats *stats, enum timing timing, const char *label, int64_t us);
/* A plugin's check took us microseconds; over the whole message's deadline it is counted as a failure, too. */
void stats_time_plugin(struct stats *stats, const char *plugin, int64_t us, int64_t deadline_ms);
/* "inbound" or "outbound". */
const char *stats_direction(unsigned direction);
/* {"pass":N,...} and {"plugin":N,...}; new references. */
json_t *stats_messages_json(const struct stats *stats);
json_t *stats_errors_json(const struct stats *stats);
/* {"RULE":N,...} of the rules that ever took more time than they have; new reference. */
json_t *stats_overruns_json(const struct stats *stats);
/* The name of an error's counter there. */
const char *stats_name(enum counter counter);

#endif
