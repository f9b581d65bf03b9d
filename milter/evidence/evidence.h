/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_EVIDENCE_EVIDENCE_H
#define POSTERN_EVIDENCE_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/diag.h"
#include "core/json.h"
#include "policy/profile.h"
#include "store/store.h"

/*
 * Evidence: what was said and decided about an order, a thread, a customer or in a period, as a folder of files that
 * somebody without Postern can read and check. First it is gathered into one JSON object (evidence_gather), which
 * may be redacted (redact.h); the files are made of that (files.h) and written (pack.h).
 */

/*
 * Gives the raw message of a digest: 1 (its bytes are added to out), 0: it is not there, -1 with the reason: it is
 * damaged or can't be read.
 */
typedef int (*evidence_fetch_fn)(void *arg, const char *digest, struct buf *out, struct diag *d);

struct evidence_source {
	const struct config *config; /* where the log is, limits of decoding */
	struct store *store;
	const struct profiles *profiles;
	evidence_fetch_fn fetch;     /* NULL: there is no archive */
	void *fetch_arg;
};

/* What the evidence is about; one of the first three, a period, or both. */
struct evidence_scope {
	const char *order;    /* number of an order, PO, item or case; NULL */
	const char *thread;   /* key of a thread, or the audit id of one of its messages; NULL */
	const char *customer; /* part of a name; NULL */
	const char *checklist; /* name of one that is to be shown in any case; NULL */
	int64_t from, to;     /* seconds UTC, [from, to); 0: no bound */
	int64_t at;           /* nothing later has happened; 0: all that the store has applied */
};

/* A raw message that belongs to it. */
struct evidence_message {
	char *name;      /* of its file, "messages/001-in.eml"; NULL: there is none */
	struct buf raw;
};

struct evidence {
	json_t *model;   /* see README.md */
	int64_t as_of;
	struct evidence_message *messages; /* in the order of the model's "messages" */
	size_t message_count;
	struct buf records; /* lines of the audit log that it rests on, as they stand there */
	struct buf context; /* checkpoints around them, and under which configuration they were made */
};

/*
 * Gathers. 1: done, 0: nothing is known of that, -1 with the reason. Nothing of the machine's clock goes into it, so
 * that the same store, log and archive always give the same. Freed with evidence_free in any case.
 */
int evidence_gather(const struct evidence_source *source, const struct evidence_scope *scope,
    struct evidence *evidence_r, struct diag *d);
void evidence_free(struct evidence *evidence);

#endif
