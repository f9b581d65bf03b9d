/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_AUDIT_CHAIN_H
#define POSTERN_AUDIT_CHAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/diag.h"
#include "core/hash.h"
#include "core/json.h"
#include "core/slice.h"

/* How a record is written and read back; pure functions. */

/* The last record; seq 0 and "" before the first. */
struct chain_head {
	int64_t seq;
	char hash[HASH_HEX_SIZE];
};

/*
 * The part of a record that does not depend on its place: members of event
 * without braces, time, id and event first; seq, prev and hash are left out. Sets time and id in
 * event when they are absent.
 */
int chain_prepare(json_t *event, int64_t now, struct buf *out, struct diag *d);
/* Adds the whole line with its line feed to out and moves head on to it. */
void chain_seal(struct buf *out, struct slice prepared, struct chain_head *head);

/* A line read back. */
struct chain_record {
	json_t *event; /* NULL: not a JSON object */
	int64_t seq;   /* -1: has none */
	char prev[HASH_HEX_SIZE];
	char hash[HASH_HEX_SIZE];
	bool sound;    /* its bytes fit its hash */
};

/* Reads a line (without line feed); chain_record_free what it gives. */
void chain_parse(struct slice line, struct chain_record *record_r);
void chain_record_free(struct chain_record *record);
/* Is record the one after head? */
bool chain_follows(const struct chain_head *head, const struct chain_record *record);
void chain_advance(struct chain_head *head, const struct chain_record *record);

/* A record as far as the chain needs it; slices of its line. */
struct chain_scan {
	int64_t seq;
	struct slice event; /* its type; SLICE_NONE when it does not stand where chain_prepare puts it */
	struct slice prev, hash;
};

/*
 * Looks at a line without reading its JSON: whether number, prev and hash stand where chain_seal puts them, and
 * whether its bytes fit the hash. False: chain_parse tells more. What stands between is not looked at.
 */
bool chain_scan(struct slice line, struct chain_scan *scan_r);
/* Is it the record after head? */
bool chain_scan_follows(const struct chain_head *head, const struct chain_scan *scan);

#endif
