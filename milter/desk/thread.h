/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_DESK_THREAD_H
#define POSTERN_DESK_THREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What happened in a thread, and what follows from it. All functions are pure: the same events give the same answer
 * in whatever order they come, and also when some come twice (known by id, kind and ref). Seconds are UTC.
 */
enum desk_event_kind {
	DESK_INQUIRY,  /* inbound mail that starts a clock (due is set) */
	DESK_ANSWER,   /* an outgoing reply that this gateway let through, or a copy of one given elsewhere */
	DESK_HELD,     /* an outgoing reply that waits for a person: it has answered nobody */
	DESK_REFUSED,  /* a held reply (ref) that a person refused, or one refused at once */
	DESK_RELEASED, /* a held reply (ref) that was let through: an answer from that second on */
	DESK_FAILED,   /* a bounce or a marketplace's rejection of the answer ref: void from that second on */
	DESK_DONE,     /* no response needed, said by a person */
	DESK_UNDONE,   /* the last DESK_DONE is taken back */
	DESK_SPAM,     /* what waits was reported as spam */
	DESK_UNSPAM,   /* the report is taken back */
	DESK_OTHER     /* automatic replies, notices: no effect */
};

/* "inquiry", "answer" ...; "none" for DESK_OTHER. */
const char *desk_effect_name(enum desk_event_kind effect);

/* Which messages make an inquiry (a profile's value inquiry_unit). */
enum desk_unit {
	DESK_UNIT_BURST,   /* the first unanswered message; those that follow before the answer belong to it */
	DESK_UNIT_MESSAGE, /* each message; an answer answers all that wait */
	DESK_UNIT_FIRST    /* only the first message of a thread */
};

struct desk_event {
	enum desk_event_kind kind;
	int64_t time;
	int64_t due;         /* DESK_INQUIRY: the last second in time */
	enum desk_unit unit; /* DESK_INQUIRY */
	const char *id;      /* unique; events without one (NULL, "") are never taken for duplicates */
	const char *ref;     /* id of the event that it is about; NULL or "": none */
	const char *agent;   /* who answered; NULL or "": not known */
};

enum inquiry_outcome { INQUIRY_OPEN, INQUIRY_ANSWERED, INQUIRY_DONE, INQUIRY_SPAM };

struct desk_inquiry {
	int64_t opened;
	int64_t due;
	int64_t closed;    /* when it was answered, done or reported; 0: open */
	enum inquiry_outcome outcome;
	const char *id;    /* of the event that opened it; "" when that has none */
	const char *agent; /* who answered; "" */
};

/*
 * All inquiries of a thread as of now, oldest first. What comes after now has not happened. *out_r is the caller's,
 * to be given to free() (NULL when there is none); its texts are the events'. 0, or -1 when memory is out.
 */
int desk_inquiries(const struct desk_event *events, size_t count, int64_t now, struct desk_inquiry **out_r,
    size_t *count_r);
/* Of one of desk_inquiries for that now or a later one: answered by now, and in time. */
bool desk_inquiry_in_time(const struct desk_inquiry *inquiry, int64_t now);
/*
 * Not answered in time as of now. Exactly the due second is in time, so that what waits is missed from the second after
 * on, and stays so: no answer and no "done" mends it. What was reported as spam is never missed.
 */
bool desk_inquiry_missed(const struct desk_inquiry *inquiry, int64_t now);
/* "open", "answered", "done", "spam". */
const char *inquiry_outcome_name(enum inquiry_outcome outcome);
/* "burst", "message", "first"; the reverse gives 0, or -1 for another text. */
const char *desk_unit_name(enum desk_unit unit);
int desk_unit_parse(const char *text, enum desk_unit *unit_r);

enum thread_state { THREAD_QUIET, THREAD_OPEN, THREAD_OVERDUE, THREAD_ANSWERED };

struct thread_status {
	enum thread_state state;
	int64_t opened;   /* of the open inquiry that is due first; nothing is open: of the last one */
	int64_t due;      /* its */
	int64_t answered; /* THREAD_ANSWERED: when; else 0 */
	unsigned missed;  /* inquiries overdue by now, or closed late: a miss stays a miss */
	unsigned answered_in_time;
	bool spam, done;  /* nothing is open, and the last inquiry was reported, or needs no response: THREAD_QUIET */
	bool unknown;     /* memory is out: state is THREAD_OPEN, so that nobody takes it for answered, the rest 0 */
};

/* The state of a thread at now, from its events (see desk_inquiries). Exactly the due second is in time. */
struct thread_status desk_thread_status(const struct desk_event *events, size_t count, int64_t now);
/* The same from what desk_inquiries gave for that now. */
struct thread_status desk_inquiries_status(const struct desk_inquiry *inquiries, size_t count, int64_t now);
/* "quiet", "open", "overdue", "answered". */
const char *thread_state_name(enum thread_state state);

#endif
