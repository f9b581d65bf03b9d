/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_DAEMON_STATS_H
#define POSTERN_DAEMON_STATS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/json.h"
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
	STAT_COUNT
};

struct stats {
	atomic_ullong value[STAT_COUNT];
	_Atomic int64_t last_message; /* 0: none yet */
	atomic_llong sessions;        /* connections with state */
	atomic_bool auth_seen;        /* an account, or a listener of outbound_daemons */
	atomic_uint strangers;        /* outbound messages before the first of these */
};

void stats_count(struct stats *stats, enum counter counter);
unsigned long long stats_get(const struct stats *stats, enum counter counter);
/* A decision was made at now. */
void stats_count_action(struct stats *stats, enum action action, int64_t now);
/* {"pass":N,...} and {"plugin":N,...}; new references. */
json_t *stats_messages_json(const struct stats *stats);
json_t *stats_errors_json(const struct stats *stats);

#endif
