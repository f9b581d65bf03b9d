/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_AUDIT_AUDIT_H
#define POSTERN_AUDIT_AUDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "audit/sign.h"
#include "core/clock.h"
#include "core/diag.h"
#include "core/hash.h"
#include "core/json.h"

/*
 * The audit log: JSON lines in DIR/audit-<first seq, 12 digits>.jsonl, each
 * chained to the one before by SHA-256, also across files. An event is on the
 * disk before audit_append returns.
 *
 * A line: {"seq":N,"time":"...Z","id":"<unique>","event":"<type>",...,"prev":"<hex>","hash":"<hex>"}
 * hash is SHA-256 over the line's bytes from its start up to and excluding ',"hash"'.
 *
 * Event types: "message" (a decision), "queued" (joins id "ref" with "queue_id" when that became known
 * later), "interrupted", "start", "stop", "reload", "error", "recovered" (a torn last line was put aside),
 * "alert" (people were told of an inquiry or, with a "kind", of something else), "checkpoint" (signs the record before
 * it), "key" (which key signs from here on, when that changed). rules/schema/ has the members of each.
 */
struct audit;

struct audit_config {
	const char *dir;
	size_t rotate_bytes; /* a new file after this size; 0: never */
	int64_t deliver_from; /* first seq that durable gets (what the store has not seen); 0: only new ones */
	const struct sign_key *key; /* signs checkpoints; the caller's, until audit_close; NULL: none are made */
	int64_t checkpoint_events;  /* one after so many records, ... */
	int64_t checkpoint_seconds; /* ... and after so long, also when nothing happened */
};

/*
 * Called from a thread of the log's own with each group of events once they are
 * durable, in their order; 0, or -1: called again later with the same events (and more). Some that were
 * just appended are kept in memory for it, all others are read back from the log, however long it fails. They have the same
 * members either way, not in the same order.
 */
typedef int (*audit_durable_fn)(void *arg, json_t *const *events, size_t count);

/*
 * Opens the log for writing, one process at a time (flock). A torn last line
 * of a crash is moved aside to <file>.torn and recorded. NULL with the reason: a broken chain at
 * the end, another process, no permission.
 */
struct audit *audit_open(const struct audit_config *config, audit_durable_fn durable, void *arg, struct diag *d);
/* Writes what waits, and a checkpoint, offers durable the rest once more, and closes. */
void audit_close(struct audit **audit);

/*
 * Appends event (an object with "event"; "id" is made when absent; seq, time (when absent), prev and
 * hash are added) and returns when it is on the disk. Many threads at once: they share
 * one fdatasync. -1: it may not be there, act as if it is not. After an I/O error the log refuses
 * until it could write again (it tries at each append).
 */
int audit_append(struct audit *audit, json_t *event, struct diag *d);
/*
 * The same for an event that the caller has no more use for: takes over the reference, in any case. It has to be the
 * only one, to event and to all in it, because the event goes on to the receiver's thread as it is, without a copy.
 */
int audit_append_new(struct audit *audit, json_t *event, struct diag *d);
/* Writes a checkpoint now, behind everything that was appended before; without a key nothing. */
int audit_checkpoint(struct audit *audit, struct diag *d);
/*
 * Waits until durable has taken every event that is in the log now. 0, or -1 after timeout_ms.
 */
int audit_wait_delivered(struct audit *audit, int timeout_ms);
/* Seq of the last event that durable took. */
int64_t audit_delivered(struct audit *audit);
/*
 * From now on seen(arg, seq) is called when everything up to seq has become durable: by a thread that
 * appenders wait for, so it may not wait for anything. NULL: by nobody any more.
 */
typedef void (*audit_seen_fn)(void *arg, int64_t seq);
void audit_watch(struct audit *audit, audit_seen_fn seen, void *arg);
/* False while the log can't be written. */
bool audit_healthy(struct audit *audit);
/* Number of the last event that the log had when it was opened: this process's own follow. */
int64_t audit_opened_at(const struct audit *audit);
/* Number and hash of the last durable event (seq 0 when there is none). */
void audit_head(struct audit *audit, int64_t *seq_r, char hash_r[HASH_HEX_SIZE]);

/*
 * Reads events in order from seq from on; fn returns 0 to go on, else the walk stops with that value. A record
 * that does not fit its hash, or a missing one, is an error; a torn last line is not read.
 */
typedef int (*audit_event_fn)(void *arg, const json_t *event);
int audit_read(const char *dir, int64_t from, audit_event_fn fn, void *arg, struct diag *d);
/*
 * As audit_read, from a place before the events of second time: files that were written longer ago are not opened.
 * Earlier events come, too; the caller sorts out.
 */
int audit_read_since(const char *dir, int64_t time, audit_event_fn fn, void *arg, struct diag *d);

/* What another place remembers of the log: the store, a checkpoint that was kept. */
struct audit_known {
	int64_t seq;      /* of a record; 0: only its hash is known */
	const char *hash;
	const char *what; /* "the store" */
};

struct audit_trust {
	const struct sign_keys *keys; /* whose checkpoints count; NULL or none: each is held against the key that it names */
	const struct audit_known *known;
	size_t known_count;           /* AUDIT_KNOWN_MAX at most */
};
#define AUDIT_KNOWN_MAX 16
/* From which record on to read for what audit_read_since gives. */
int audit_find_since(const char *dir, int64_t time, int64_t *from_r, struct diag *d);

struct audit_report {
	int64_t events;
	int64_t first, last;          /* seq */
	char head[HASH_HEX_SIZE];
	size_t files;
	int64_t checkpoints;          /* sound ones, before what is broken */
	int64_t signed_seq;           /* the last record that one of them signs; 0: none */
	char signed_time[CLOCK_TEXT_SIZE];
	bool trusted;                 /* their keys were given */
	/* Where the chain is broken; file is NULL when it is whole. */
	char *file;
	int line;                     /* 0: the end of the file */
	int64_t record;               /* the number that stands there, or should; 0: unknown */
	char reason[320];
};

/*
 * Checks every line of every file: form, seq, prev, hash, signatures. 0: read through (look at report.file),
 * -1: could not read. trust may be NULL. With keys a log needs checkpoints as often as its own say, and at least one;
 * records up to a good one are not read as JSON again, since the writer's own bytes were signed. A log that ends
 * before what other places know was cut off.
 */
int audit_verify_trusting(const char *dir, const struct audit_trust *trust, struct audit_report *report_r,
    struct diag *d);
/* As audit_verify_trusting, without keys; expected_head/expected_seq (may be NULL/0): what the store remembers. */
int audit_verify(const char *dir, int64_t expected_seq, const char *expected_head,
    struct audit_report *report_r, struct diag *d);
void audit_report_free(struct audit_report *report);

/* Replaces addresses and/or text in an event by stable keyed tokens, in place. key may not be empty. */
struct audit_redact {
	bool addresses; /* sender, recipients, from, to, account, thread: "a:<16 hex>@domain", domains stay */
	bool text;      /* subject, evidence, names: "t:<16 hex>" */
	struct slice key;
};
int audit_redact(const struct audit_redact *redact, json_t *event);
/* The token for one address under this setting (as it would stand in the log): for lookups. */
int audit_redact_address(const struct audit_redact *redact, struct slice address, char *out, size_t size);

#endif
