/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_STORE_STORE_H
#define POSTERN_STORE_STORE_H

#include <stddef.h>
#include <stdint.h>

#include "core/diag.h"
#include "core/hash.h"
#include "core/json.h"
#include "core/slice.h"
#include "desk/thread.h"

/*
 * What is looked up while mail flows: threads, their events, counters. A
 * projection of the audit log, and nothing else: it can be thrown away and
 * built again (postern rebuild). Thread-safe.
 */
struct store;

struct store_config {
	const char *type; /* "sqlite"; "redis": the database of a gateway that shares (share.h); "memory" */
	const char *path; /* of the database */
	int read_only;    /* for the command line beside a running daemon */
	int busy_ms;      /* how long to wait for a lock; 0: 2000 */
};

struct store *store_open(const struct store_config *config, struct diag *d);
void store_close(struct store **store);
/* Reachable and writable? */
int store_ping(struct store *store, struct diag *d);

/*
 * Moves a database that can't be opened any more aside (PATH.damaged), so that
 * store_open makes a new one. No process may have it open.
 */
int store_discard(const struct store_config *config, struct diag *d);

/*
 * Applies events of the audit log in their order, all or none. Idempotent: events that were
 * applied before (by seq) change nothing; a gap, or another hash for the last one applied, is an error.
 */
int store_apply(struct store *store, json_t *const *events, size_t count, struct diag *d);
/* Number and hash of the last event applied; 0 and "" when there is none. */
int store_applied(struct store *store, int64_t *seq_r, char hash_r[HASH_HEX_SIZE], struct diag *d);
/*
 * Forgets everything that came from the log. Counters stay: the log could not
 * give them back, and a rate limit must not begin anew with a rebuild.
 */
int store_reset(struct store *store, struct diag *d);

/*
 * What events mean for a thread does not depend on the order in which they come: two gateways, a retry, a mail that
 * was late. Messages are one thread when they share a relay alias; or, within one marketplace and shop, when the
 * customer's mail names the same order, the same case, or one of the thread's Message-IDs (In-Reply-To, References).
 * A thread keeps the key of its first message; each of its other keys finds it too.
 */

/* One thread as the inbox shows it. Text is valid during the call only. */
struct store_thread {
	const char *key;         /* marketplace:account:address; without a relay alias marketplace:shop:case:NUMBER */
	const char *marketplace;
	const char *shop;        /* the seller's account, may be "" */
	const char *customer;    /* display name, may be "" */
	const char *subject;
	const char *order;       /* the newest one, may be "" */
	const char *case_id;     /* number of a case with the marketplace's support, "": none */
	const char *labels;      /* joined by commas */
	const char *last_id;     /* audit id of the last message */
	int64_t last_time;
	int64_t failed;          /* messages held, refused or bounced since the last answer */
	int64_t opened, due;     /* of the open inquiry that is due first; 0: none is open */
	int spam, done;          /* marked, and not lifted since */
	const struct desk_event *events; /* oldest first; commands about the thread among them */
	size_t event_count;
};

typedef int (*store_thread_fn)(void *arg, const struct store_thread *thread);

/* The Message Center's filters. Spam is shown by STORE_SPAM only, and by STORE_ALL. */
enum store_state {
	STORE_ANY,             /* all that is not spam */
	STORE_UNANSWERED,      /* an inquiry is open */
	STORE_OVERDUE,         /* an inquiry is open, and now is past its due second */
	STORE_FAILED,          /* a reply was held, refused or bounced, and none went through since */
	STORE_SPAM,
	STORE_RESPONSE_NEEDED, /* unanswered, and labelled Response-Needed */
	STORE_CUSTOMER_CARE,   /* labelled Customer-Care */
	STORE_ADJUSTMENT,      /* the seller wrote first, about an order */
	STORE_ALL              /* spam as well; what store_threads gives for a key or a message id in any case */
};

/* How many threads are given when a filter does not say. */
#define STORE_LIMIT 200

struct store_filter {
	const char *order;    /* NULL: any; exact: an order, PO, item or other id of a message */
	const char *subject;  /* part, ignoring case */
	const char *customer; /* part, ignoring case */
	const char *label;    /* exact */
	const char *key;      /* exact: any key of the thread */
	const char *message;  /* audit id of one of its messages */
	const char *case_id;  /* exact */
	const char *shop;     /* exact */
	const char *marketplace; /* exact */
	enum store_state state;
	int64_t now;          /* the second as of which state is asked; 0: after everything known, where nothing is overdue */
	size_t limit;         /* 0: STORE_LIMIT */
	size_t offset;        /* so many that fit are passed over */
};

/*
 * Threads that fit, newest first. fn returns 0 to go on, else the walk ends with that value; it may
 * not call the store. A part of three characters and more is looked up in an index; a shorter one is looked for
 * thread by thread, newest first, until limit are found, so that a rare one reads everything.
 * As of a past second (before the newest event), threads where something happened since are judged by their events
 * one by one; a key, a part of a text, labels and what is shown of a thread are those of now.
 */
int store_threads(struct store *store, const struct store_filter *filter, store_thread_fn fn, void *arg, struct diag *d);

/* The inbox in four numbers. */
struct store_counts {
	int64_t threads;    /* that are not spam */
	int64_t unanswered; /* threads with an open inquiry; spam and done are none */
	int64_t due_soon;   /* of these: due at now or within the day after it */
	int64_t overdue;    /* of these: due before now */
};

/* Counts of a shop and a marketplace (NULL: any) as of now, after everything known. */
int store_counts(struct store *store, const char *shop, const char *marketplace, int64_t now,
    struct store_counts *counts_r, struct diag *d);

/* A line of a thread's history: a message, or what somebody commanded. Text is valid during the call only. */
struct store_message {
	const char *id;          /* audit id */
	int64_t time;
	const char *direction;   /* "in", "out", "desk": a command */
	const char *action;      /* of a message pass, tag, hold, reject, defer; of a command its verb */
	enum desk_event_kind effect; /* on the clock */
	int64_t due;             /* DESK_INQUIRY */
	const char *ref;         /* the audit id of the message that a command or a bounce is about, or "" */
	const char *subject;     /* of a command the reason that was given */
	const char *customer;    /* inbound: who wrote */
	const char *agent;       /* outbound: who answered; of a command who gave it */
	const char *order;
	const char *case_id, *case_channel;
	const char *labels;      /* joined by commas */
	const char *message_id;  /* the header's, with its angle brackets, or "" */
};

typedef int (*store_message_fn)(void *arg, const struct store_message *message);

/* Everything in the thread with this key, oldest first; attempts that were repeated once only. fn as of store_threads. */
int store_messages(struct store *store, struct slice thread, store_message_fn fn, void *arg, struct diag *d);

enum store_group { STORE_GROUP_NONE, STORE_GROUP_SHOP, STORE_GROUP_MARKETPLACE, STORE_GROUP_AGENT, STORE_GROUP_DAY };

struct store_rate_filter {
	const char *shop, *marketplace, *agent; /* NULL: any; agent "": nobody answered yet */
	int64_t since, until; /* seconds UTC: the window (since, until], as of until */
	enum store_group group_by; /* of an inquiry that nobody answered the agent is ""; a day is one of UTC, 2026-11-22 */
};

struct desk_rate;
typedef int (*store_rate_fn)(void *arg, const char *group, const struct desk_rate *rate);

/*
 * The response rate as desk/README.md defines it, a group a call, in the order of the names; with
 * STORE_GROUP_NONE one call with "". A group without an inquiry is not given. fn as of store_threads.
 */
int store_rate(struct store *store, const struct store_rate_filter *filter, store_rate_fn fn, void *arg, struct diag *d);

/* An inquiry that waits for its answer. Text is valid during the call only. */
struct store_due {
	const char *key;         /* of the thread */
	const char *marketplace, *shop, *customer, *subject, *order, *labels;
	int64_t opened, due;
	int alerted;             /* the highest level (50, 75, 90, 100) that an alert was given for; 0: none */
};

typedef int (*store_due_fn)(void *arg, const struct store_due *due);

/* Open inquiries that are due at until or before, the most urgent first; spam and done are none. fn as of store_threads. */
int store_due(struct store *store, int64_t until, store_due_fn fn, void *arg, struct diag *d);

/* What is told of at once: mail of a marketplace that was taken, by its label. These numbers stand in databases. */
enum store_alarm_kind {
	STORE_ALARM_SPAM_FILTERED = 0, /* labelled Spam-Filtered: another filter called it spam */
	STORE_ALARM_WARNING = 1,       /* labelled Warning: a warning letter to the seller */
	STORE_ALARM_KINDS
};

/* Whether label is one of labels, which are joined by commas. */
bool store_has_label(const char *labels, const char *label);
/* What names a thread and says what it is about, as members of object. */
void store_thread_put(json_t *object, const struct store_thread *thread);
/* "spam-filtered", "warning": the kind of its alert. */
const char *store_alarm_name(enum store_alarm_kind kind);

struct store_alarm {
	const char *key;         /* of the alert: kind and digest, the same for each attempt of the mail */
	const char *id;          /* audit id */
	int64_t time;
	const char *marketplace, *shop, *customer, *subject, *order;
	const char *detail;      /* STORE_ALARM_SPAM_FILTERED: by which filter, or "" */
	int given;               /* an alert was given of it */
};

typedef int (*store_alarm_fn)(void *arg, const struct store_alarm *alarm);

/*
 * Mail of that kind after since, oldest first: what no alert was given of; with given also the others. fn as of
 * store_threads.
 */
int store_alarms(struct store *store, enum store_alarm_kind kind, int64_t since, int given, store_alarm_fn fn, void *arg,
    struct diag *d);
/*
 * *level_r: the highest level that an alert with that key was given for (an event "alert" with a "key"), by any gateway
 * whose log the store knows; 0: none.
 */
int store_alerted(struct store *store, struct slice key, int64_t *level_r, struct diag *d);

/* A dated fact of an order, refund or case. Text is valid during the call only. */
struct store_milestone {
	const char *name;        /* settlement, refund, denial ... */
	const char *subject;     /* the number that it is about */
	int64_t time;
	int64_t term_days;       /* the notice's own term; 0: none given */
	const char *id;          /* audit id of the event that said so first */
	const char *marketplace, *shop, *order;
};

typedef int (*store_milestone_fn)(void *arg, const struct store_milestone *milestone);

/*
 * Milestones of subject (SLICE_NONE: of all) since then, by subject, then oldest first; one that was told
 * twice (same name, subject and time) once. fn as of store_threads.
 */
int store_milestones(struct store *store, struct slice subject, int64_t since, store_milestone_fn fn, void *arg,
    struct diag *d);

/* Which milestones may have begun a window: those without a term of their own by their time, the others by its end. */
struct store_start {
	const char *name;         /* of the milestone */
	int64_t since, until;     /* those without a term: its time */
	int64_t ends_since, ends_until; /* those with one: time + term_days * 86400 */
};

typedef int (*store_subject_fn)(void *arg, const char *subject);

/* The numbers that such milestones are about, each once; both ends of a span are in it. fn as of store_threads. */
int store_subjects(struct store *store, const struct store_start *start, store_subject_fn fn, void *arg, struct diag *d);

/* A case with a marketplace's support. Text is valid during the call only. */
struct store_case {
	const char *id;          /* its number */
	const char *marketplace, *shop;
	const char *channel;     /* who answered last: case_channel of the newest message that has one, or "" */
	const char *subject;     /* of its first message */
	const char *ids;         /* orders, POs and items named in it, joined by commas */
	const char *last_id;     /* audit id of its newest message */
	int64_t opened, last_time; /* first and newest message */
	int64_t questions;       /* messages of ours that went through */
	int64_t replies;         /* messages of the support */
	int64_t urgent;          /* of the questions, those labelled Case-Urgent */
	int64_t reopened;        /* how often it was asked again after a message labelled Case-Closed */
	int open;                /* the newest message is not labelled Case-Closed */
};

typedef int (*store_case_fn)(void *arg, const struct store_case *entry);

struct store_case_filter {
	const char *id;       /* NULL: any; exact */
	const char *order;    /* exact: an order, PO, item or other id named in one of its messages */
	const char *shop, *marketplace;
	int64_t since, until; /* only messages of (since, until] count, and cases that have one; until 0: no end */
	size_t limit;         /* 0: STORE_LIMIT */
};

/* Cases that fit, the one with the newest message first. Questions a day and urgent marks a week are sums over them
 * with since a day or a week before until. fn as of store_threads. */
int store_cases(struct store *store, const struct store_case_filter *filter, store_case_fn fn, void *arg,
    struct diag *d);

/* One message of a thread, as far as later ones are compared with it. Text is valid during the call only. */
struct store_letter {
	int inbound;
	int64_t time;
	const char *labels;      /* joined by commas */
	const char *order;       /* may be "" */
	int asks, gave_phone;    /* inbound: it has a question; it wants a call or names a telephone number */
	const char *key;         /* name of the key of the fingerprint; "": none */
	const char *fingerprint; /* base64 (engine/fingerprint.h); "": none */
};

typedef int (*store_letter_fn)(void *arg, const struct store_letter *letter);

/* How many messages of a thread are kept: the newest. */
#define STORE_LETTERS 12

/* The messages kept of a thread, newest first. fn as of store_threads. */
int store_letters(struct store *store, struct slice thread, store_letter_fn fn, void *arg, struct diag *d);

/*
 * Adds delta to a counter of name space ns (a plugin) for message (its unique key: counted once however
 * often it is retried) at now, and gives its sum over the last window seconds. delta 0 only asks.
 */
int store_counter(struct store *store, struct slice ns, struct slice key, struct slice message,
    int64_t delta, int64_t now, int64_t window, int64_t *value_r, struct diag *d);

/*
 * A part's name is its thread's with '#' and the part (a number, at most in groups) behind: cuts that off key and gives the
 * part, SLICE_NONE for a name without one. No other name ends like that: domains have no '#', Message-IDs end in '>'.
 */
struct slice store_key_part(struct slice *key);

#endif
