/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_CORE_WORDING_WORD_H
#define POSTERN_CORE_WORDING_WORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/slice.h"

/* Internal to wording.c: words as the models know them, by their hashes. */

/*
 * Reads the next word or number of a text from *pos on: letters in small ones, without a plural's or a genitive's s,
 * at most 24 bytes; numbers by their kind. false: there is none. contrib/train-wording does the same.
 */
bool wording_word_next(struct slice text, size_t *pos, uint64_t *hash_r);
/* Of a word as a model's file has it. */
uint64_t wording_word_hash(struct slice word);

/* Of "a b": made of those of both words, so that each word is read once. */
static inline uint64_t wording_pair_hash(uint64_t a, uint64_t b)
{
	uint64_t hash = (a * UINT64_C(0x9E3779B97F4A7C15) + b) * UINT64_C(0xD6E8FEB86659FD93);

	return hash ^ hash >> 32;
}

#endif
