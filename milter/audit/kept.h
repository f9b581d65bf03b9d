/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_AUDIT_KEPT_H
#define POSTERN_AUDIT_KEPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "audit/chain.h"
#include "core/json.h"

/* A record that was just written, as the values that it was written from: who gets it need not read it from the log. */
struct audit_kept {
	struct audit_kept *next;
	json_t *event;           /* without seq, prev and hash, until audit_kept_event */
	size_t bytes;            /* of its text, more or less */
	struct chain_head head;  /* its own number and hash */
	char prev[HASH_HEX_SIZE];
	int64_t file;            /* number of its file's first record */
	off_t end;               /* where its line ends there */
	bool whole;
};

/*
 * Takes over event, of which nobody else may have any part: the library's counts of references do not order what threads do.
 * NULL: out of memory, it has to be read from the log.
 */
struct audit_kept *audit_kept_new(json_t *event, size_t bytes);
void audit_kept_free(struct audit_kept **kept);
/* The event with the same members as chain_parse gives, of kept; NULL: out of memory. */
json_t *audit_kept_event(struct audit_kept *kept);

/* Those that wait, in the order of their numbers, with gaps; not locked. */
struct audit_kept_list {
	struct audit_kept *first, *last;
	size_t count, bytes;
};

/* Adds *kept (may be NULL) behind the others and clears it, unless so many wait that it has to be read from the log. */
void audit_kept_add(struct audit_kept_list *list, struct audit_kept **kept);
/* Takes those up to and including seq off list; audit_kept_free_all what it gives. */
struct audit_kept *audit_kept_cut(struct audit_kept_list *list, int64_t seq);
void audit_kept_free_all(struct audit_kept *first);

#endif
