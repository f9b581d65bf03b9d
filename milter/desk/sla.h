/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_DESK_SLA_H
#define POSTERN_DESK_SLA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How a deadline is counted. */
enum sla_kind {
	SLA_WALL /* every hour counts: weekends, holidays, outages */
};

struct sla_clock {
	char *name;
	enum sla_kind kind;
	int64_t seconds;  /* SLA_WALL: from start to due */
	int64_t since;    /* this value holds from then on */
	char *source;     /* where the number stands */
};

/* The last second in time for an inquiry that arrived at start (UTC). */
int64_t sla_due(const struct sla_clock *clock, int64_t start);
/* Hours left, rounded down; negative when overdue. */
int64_t sla_hours_left(int64_t due, int64_t now);

/* What happened in a thread, oldest first. */
enum desk_event_kind {
	DESK_INQUIRY, /* inbound mail that starts a clock (due is set) */
	DESK_ANSWER,  /* an outgoing reply that this gateway let through, or a copy of one */
	DESK_OTHER    /* held, refused, automatic replies; notices: no effect */
};

struct desk_event {
	enum desk_event_kind kind;
	int64_t time;
	int64_t due; /* DESK_INQUIRY */
};

enum thread_state { THREAD_QUIET, THREAD_OPEN, THREAD_OVERDUE, THREAD_ANSWERED };

struct thread_status {
	enum thread_state state;
	int64_t opened;   /* first unanswered inquiry; with ANSWERED the one that was answered last */
	int64_t due;
	int64_t answered; /* 0: not */
	unsigned missed;  /* inquiries answered late or overdue by now: a miss stays a miss */
	unsigned answered_in_time;
};

/*
 * The state of a thread at now, from its events: one inquiry is the first
 * unanswered message until the next answer. Exactly the due second is in time.
 */
struct thread_status desk_thread_status(const struct desk_event *events, size_t count, int64_t now);
/* "quiet", "open", "overdue", "answered". */
const char *thread_state_name(enum thread_state state);

#endif
