/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_AUDIT_CHECKPOINT_H
#define POSTERN_AUDIT_CHECKPOINT_H

#include <stdbool.h>
#include <stdint.h>

#include "audit/chain.h"
#include "audit/sign.h"
#include "core/buf.h"
#include "core/clock.h"
#include "core/diag.h"
#include "core/hash.h"
#include "core/json.h"

/*
 * A checkpoint is a record that signs the one before it, and with that, by the chain, all before. Whoever cuts the log off
 * can't make the checkpoints that should follow; whoever writes it anew can't sign it.
 */
struct checkpoint {
	char log[HASH_HEX_SIZE]; /* which log: the hash of its first record */
	int64_t head_seq;        /* the record that it signs */
	char head[HASH_HEX_SIZE];
	char time[CLOCK_TEXT_SIZE];
	int64_t every;           /* records after which the next one is due */
	int64_t interval;        /* seconds after which the next one is due */
	char public_key[SIGN_KEY_HEX];
	char signature[SIGN_HEX];
};

/* Fills the signature. */
int checkpoint_sign(struct checkpoint *checkpoint, const struct sign_key *key, struct diag *d);
/* Whether the signature fits the rest and the key named in it; whose key that is, is the caller's question. */
bool checkpoint_is_signed(const struct checkpoint *checkpoint);
/* The event; new reference, NULL when memory is out. */
json_t *checkpoint_event(const struct checkpoint *checkpoint);
/* Reads an event back. -1: it is no checkpoint, or a member is missing, too long or of another type. */
int checkpoint_read(const json_t *event, struct checkpoint *checkpoint_r);
/* Does it sign the record before the one it stands in? */
bool checkpoint_fits(const struct checkpoint *checkpoint, const struct chain_head *before);

/*
 * The last checkpoint of the log in dir. 1: found; 0: there is none, log alone is set (the hash of the oldest record, ""
 * when there is no record); -1: unreadable. Nothing is verified.
 */
int checkpoint_last(const char *dir, struct checkpoint *checkpoint_r, struct diag *d);

/* When the writer makes the next one. Zero: never. */
struct checkpoint_plan {
	const struct sign_key *key;
	int64_t every, interval;
	struct checkpoint last; /* or its log alone */
	int64_t due_ms;         /* on the monotonic clock: an idle log's */
	int64_t due_time;       /* seconds UTC: also after the machine slept, or posternd did not run */
};

/* Goes on where the log in dir stands. */
int checkpoint_plan_begin(struct checkpoint_plan *plan, const char *dir, struct diag *d);
/* Whether one is due behind head. */
bool checkpoint_due(const struct checkpoint_plan *plan, const struct chain_head *head);
/* Seals one behind head and moves head on; plan follows with checkpoint_made once it is durable. */
int checkpoint_seal(const struct checkpoint_plan *plan, struct chain_head *head, struct buf *out,
    struct checkpoint *made_r, struct diag *d);
void checkpoint_made(struct checkpoint_plan *plan, const struct checkpoint *made);

#endif
