/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_ENGINE_FINGERPRINT_H
#define POSTERN_ENGINE_FINGERPRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/hash.h"
#include "core/slice.h"

/*
 * The fingerprint of a text: hashes of each three words in a row, of lines of one or two words, and of
 * the places that its links lead to. It tells whether words stood in that text in that order, and not
 * what else stood there. Wrapping, quote marks, case, punctuation and accents make no difference.
 */

/*
 * Hashes without a secret let whoever reads them test guesses, so a site that redacts its log has its own.
 * id names the key ("" without a secret): hashes under another key tell nothing, not even "other text".
 */
struct gram_key {
	unsigned char bytes[HASH_SHORT_KEY];
	char id[9];
};
void gram_key_make(struct gram_key *key_r, struct slice secret);

/* A word: hash without case and accents. Han and kana characters are words of their own. */
struct gram_word {
	size_t start, end; /* in the text */
	uint64_t hash;
};
/* The first word from *at on; moves *at behind it. False at the end. Linear over all calls. */
bool gram_word_next(struct slice text, size_t *at, struct gram_word *word_r);

/* Hashes of one or of several texts. */
struct gram_set;
/* room: hashes at most; what comes then is left out. NULL: memory. */
struct gram_set *gram_set_new(struct arena *arena, size_t room);
/* All of a text. */
void gram_set_text(struct gram_set *set, const struct gram_key *key, struct slice text);
/* Where a link leads: host and path, without scheme, query and fragment. */
void gram_set_link(struct gram_set *set, const struct gram_key *key, struct slice url);
size_t gram_set_count(const struct gram_set *set);
/* Whether some are missing because memory was out: the set tells nothing then. */
bool gram_set_lost(const struct gram_set *set);
/* As base64 text, sorted, so that nothing tells the order of the words. SLICE_NONE: memory. */
struct slice gram_set_export(struct arena *arena, const struct gram_set *set);
/* How many hashes such a text holds, and adding them. -1: it is none, or memory is out. */
size_t gram_text_count(struct slice text);
int gram_set_import(struct arena *arena, struct gram_set *set, struct slice text);

/* count (1 to 3) words in a row: three stood anywhere, fewer were a line of their own. */
bool gram_set_has(const struct gram_set *set, const struct gram_key *key, const uint64_t *words, size_t count);
bool gram_set_has_link(const struct gram_set *set, const struct gram_key *key, struct slice url);

#endif
