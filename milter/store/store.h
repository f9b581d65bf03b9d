/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_STORE_STORE_H
#define POSTERN_STORE_STORE_H

#include <stddef.h>
#include <stdint.h>

#include "core/diag.h"
#include "core/hash.h"
#include "core/json.h"
#include "core/slice.h"
#include "desk/sla.h"

/*
 * What is looked up while mail flows: threads, their events, counters. A
 * projection of the audit log, and nothing else: it can be thrown away and
 * built again (postern rebuild). Thread-safe.
 */
struct store;

struct store_config {
	const char *type; /* "sqlite" or "memory" */
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

/* One thread as the inbox shows it. Text is valid during the call only. */
struct store_thread {
	const char *key;         /* marketplace:account:address */
	const char *marketplace;
	const char *customer;    /* display name, may be "" */
	const char *subject;
	const char *order;       /* may be "" */
	const char *labels;      /* joined by commas */
	const char *last_id;     /* audit id of the last message */
	int64_t last_time;
	int64_t failed;          /* messages held or refused since the last answer */
	const struct desk_event *events; /* oldest first */
	size_t event_count;
};

typedef int (*store_thread_fn)(void *arg, const struct store_thread *thread);

struct store_filter {
	const char *order;    /* NULL: any; exact */
	const char *subject;  /* part, ignoring case */
	const char *customer; /* part, ignoring case */
	const char *label;    /* exact */
	const char *key;      /* exact */
	const char *message;  /* audit id of one of its messages */
};

/*
 * Threads that fit, newest first. fn returns 0 to go on, else the walk ends with that value; it may
 * not call the store.
 */
int store_threads(struct store *store, const struct store_filter *filter, store_thread_fn fn, void *arg, struct diag *d);

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

#endif
