/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_ENGINE_OVERRUN_H
#define POSTERN_ENGINE_OVERRUN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Internal to the engine: checks that took more time than their rule has (key "budget"). */

struct active_rule;
struct judging;

/* When the log last told of a rule; zeroed: never. Threads share it. */
struct overrun_log {
	_Atomic int64_t next_ms; /* monotonic; before it nothing is told */
	atomic_uint quiet;       /* overruns since the last line */
};

/* Whether the log is told of an overrun at now_ms (monotonic): once a minute. *quiet_r: how many it was not told of. */
bool overrun_is_told(struct overrun_log *log, int64_t now_ms, unsigned *quiet_r);
/*
 * A check of the rule took took_ms of wall time: over its budget that is noted in judging (at most
 * OVERRUNS_MAX of a message) and told to the log. It changes no verdict. Memory that is out sets lost.
 */
void overrun_look(struct judging *j, const struct active_rule *active, int64_t took_ms);

#endif
