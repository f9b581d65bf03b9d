/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_STORE_ARCHIVED_H
#define POSTERN_STORE_ARCHIVED_H

#include <stdbool.h>
#include <stdint.h>

#include "archive/class.h"
#include "core/diag.h"
#include "core/slice.h"

/*
 * What the log says of the archive: which message has which file, what was purged, and what must not be. Folded from
 * events "message" (with "archive"), "purge", "legal-hold" and "legal-release", as everything in a store.
 */
struct store;

/* What a legal hold names. These numbers stand in databases. */
enum store_hold_kind {
	HOLD_ORDER = 0,   /* an order, PO, item or other id: messages that name it, and the rest of their threads */
	HOLD_THREAD = 1,  /* any key of a thread: all that is in it */
	HOLD_ADDRESS = 2, /* envelope or From; case does not matter. As it stands in the log: redacted, its token */
	HOLD_KINDS
};

/* "order", "thread", "address": the member of an event, and the option of the command line. */
const char *store_hold_kind_name(enum store_hold_kind kind);

struct store_hold_name {
	enum store_hold_kind kind;
	struct slice value;
};

/* A message with a file. Text is valid during the call only. */
struct store_archived {
	int64_t seq, time;
	const char *id;          /* audit id */
	const char *digest;      /* of its file */
	enum archive_class class;
	int64_t size;            /* of the message, in bytes */
	bool inbound;
	const char *marketplace, *sender, *subject, *order;
	int64_t purged;          /* seq of the event that purged it; 0: it is there */
};

typedef int (*store_archived_fn)(void *arg, const struct store_archived *archived);

struct store_archived_filter {
	const char *id, *digest; /* NULL: any; exact */
	const struct store_hold_name *name; /* NULL: any; what a hold on it would keep */
	int class;               /* of enum archive_class; -1: any */
	int64_t since, until;    /* seconds, both included; 0: no bound */
	bool purged_too;
	bool last_purged;        /* only what the newest event "purge" named */
	bool oldest_first;       /* in order of (time, seq), behind after_time and after_seq; else newest first by seq */
	int64_t after_time, after_seq;
	int64_t limit;           /* 0: none */
};

/* Messages that fit. fn returns 0 to go on, else the walk ends with that value; it may not call the store. */
int store_archived(struct store *store, const struct store_archived_filter *filter, store_archived_fn fn, void *arg,
    struct diag *d);

/* Text is valid during the call only. */
struct store_legal_hold {
	const char *id;          /* of the event that began it */
	int64_t time;
	enum store_hold_kind kind;
	const char *value, *why, *by;
	int64_t released;        /* when; 0: it is in force */
	const char *released_why, *released_by;
};

typedef int (*store_legal_hold_fn)(void *arg, const struct store_legal_hold *hold);

struct store_legal_hold_filter {
	const char *id;          /* NULL: any; exact */
	const struct store_hold_name *name; /* NULL: any; exact */
	int64_t keeps;           /* seq of an archived message: only holds that keep it; 0: any */
	bool released_too;
};

/* Legal holds, oldest first. fn as of store_archived. */
int store_legal_holds(struct store *store, const struct store_legal_hold_filter *filter, store_legal_hold_fn fn, void *arg,
    struct diag *d);

/* Sums over the messages of a class; a message that shares its file with another counts as well. */
struct store_archived_sum {
	int64_t messages, bytes;  /* that are there; bytes before compression */
	int64_t oldest, newest;   /* 0: none */
	int64_t purged;           /* messages that were */
};
int store_archived_sums(struct store *store, struct store_archived_sum sums_r[ARCHIVE_CLASSES], struct diag *d);

#endif
