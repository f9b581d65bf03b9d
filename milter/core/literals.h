/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_CORE_LITERALS_H
#define POSTERN_CORE_LITERALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/slice.h"

/*
 * What a text must hold, after literals_fold, for an expression to match in it:
 * of each set at least one string. Letters are ASCII, in lower case, and stand
 * for both cases; other characters with cases are left out. In a text with
 * U+017F or U+212A, which PCRE2 takes for s and k, nothing is promised.
 */
#define LITERAL_BYTES 24
#define LITERALS_ALTERNATIVES 256
#define LITERALS_SETS 4

/* In a literal: any digit. In a folded text: what may be a digit beyond ASCII. */
#define LITERAL_DIGIT 0x1A

/* Where \\b must hold, beside a letter, digit or underscore of the literal. */
enum literal_edges {
	LITERAL_STARTS = 1, /* before it */
	LITERAL_ENDS = 2    /* behind it */
};

struct literal {
	unsigned char len;
	unsigned char edges; /* an empty one has all or none: \\b must hold at its place */
	char bytes[LITERAL_BYTES];
};

/* Of literal_is_word, which is asked of each byte of each text. */
extern const bool literal_word_bytes[256];

/*
 * Whether a byte of a folded text is surely part of a word. One beyond ASCII, or in place of a digit beyond it,
 * may or may not be.
 */
static inline bool literal_is_word(char byte)
{
	return literal_word_bytes[(unsigned char)byte];
}

/* Whether a byte of a folded text may be what a literal's byte stands for. */
static inline bool literal_byte_fits(char literal, char text)
{
	return literal == text || (literal == LITERAL_DIGIT && text >= '0' && text <= '9');
}

/* Any number of them. */
#define LITERAL_FAR SIZE_MAX

/* How long a piece of a text can be: characters of it, and runs of white space that it touches. */
struct extent {
	size_t chars, blanks;
};

struct literal_set {
	size_t count;
	struct extent before; /* of what stands between the match's begin and that of one of its strings, at most */
	struct literal items[LITERALS_ALTERNATIVES];
};

struct literals {
	size_t count; /* 0: the expression may match in any text */
	struct literal_set sets[LITERALS_SETS];
};

/*
 * Of an expression in PCRE2 syntax that compiles. What is not understood
 * gives no sets, never wrong ones.
 */
void literals_of(const char *expression, struct literals *out);

/*
 * The text in which literals are looked for: each run of white space (all that
 * \s matches) is one blank, each apostrophe (' ` U+2018 U+2019) the first, ASCII
 * letters are small, and what may be a digit beyond ASCII is LITERAL_DIGIT.
 * Writes at most text.len bytes to out and returns how many. Where each of them
 * (for a blank the first of its run) stood is written to places, unless it is NULL.
 */
size_t literals_fold(struct slice text, char *out, uint32_t *places);

#endif
