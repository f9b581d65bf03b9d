/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_DAEMON_PURGE_H
#define POSTERN_DAEMON_PURGE_H

#include "archive/plan.h"
#include "core/diag.h"
#include "core/json.h"

struct service;

/*
 * Removes from the archive what its class's days are over for and no legal hold keeps, every archive.purge_interval on a
 * thread beside the mail path, and when somebody commands it.
 *
 * First a tombstone (an event "purge" with the digests), then the files: what the log calls purged may still lie there
 * after a crash, never the other way round. Only the last tombstone can be unfinished, so that its files are looked for
 * before the next one is written, and at each start.
 */
struct purge;

/* Finishes what a crash left, then starts the thread. NULL: no memory, no thread. */
struct purge *purge_start(struct service *service);
/* Asks the thread to end after its batch and waits for that, at most wait_ms. 0, or -1: it must be left alone. */
int purge_stop(struct purge *purge, int wait_ms);
/* The configuration changed. */
void purge_wake(struct purge *purge);
/* For "postern status": last and next run, what it removed, what went wrong; new reference. */
json_t *purge_status(struct purge *purge);

struct purge_result {
	size_t purged;  /* messages in tombstones */
	size_t removed; /* files */
	size_t on_hold, shared; /* messages whose time is over and that stay */
};

/* So many go with one tombstone, and so many are looked at, before others get their turn. */
#define PURGE_BATCH 500
#define PURGE_LOOK 5000

/*
 * One batch from the cursor on, which moves; at its end (class ARCHIVE_CLASSES) there is no more. person has "by",
 * "uid" and the like of whoever commands it, and may have a "why". The counts of result_r grow.
 */
int purge_batch(struct service *service, struct archive_cursor *cursor, const json_t *person, struct purge_result *result,
    struct diag *d);

/* Removes files of the last tombstone that are still there. */
int purge_finish(struct service *service, struct diag *d);

#endif
