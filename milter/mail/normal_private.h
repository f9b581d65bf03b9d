/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_MAIL_NORMAL_PRIVATE_H
#define POSTERN_MAIL_NORMAL_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "mail/normal.h"

/* What the normal*.c files share; nobody else includes this. */

/* --- characters (normal_char.c, the one door to utf8proc) --- */

enum form {
	FORM_SAME,   /* stays */
	FORM_QUIET,  /* changed, as ordinary typography is: a ligature, a superscript two */
	FORM_WIDE,   /* full-width: ordinary beside Chinese */
	FORM_BULLET, /* circled and the like: one alone numbers a list */
	FORM_FANCY   /* mathematical and other alphabets that nobody writes words with */
};

#define FOLDED_MAX 4

/* cp as its plain form; *count_r characters. Punctuation stays, see normal_punctuation. */
enum form normal_fold(uint32_t cp, uint32_t out[FOLDED_MAX], size_t *count_r);
/* A dot, at sign, slash ... of another form, which is one only beside Latin letters; or 0. */
char normal_punctuation(uint32_t cp);
bool normal_is_space(uint32_t cp);  /* above ASCII */
bool normal_is_mark(uint32_t cp);   /* combining */
bool normal_is_letter(uint32_t cp);
/* Written without blanks between words: ends a Latin word. */
bool normal_is_wide(uint32_t cp);
bool normal_is_emoji(uint32_t cp);
/* Right-to-left and Indic letters, between which joiners belong to the spelling. */
bool normal_is_joining(uint32_t cp);
/* base with mark as one character, or 0 when there is none. */
uint32_t normal_compose(uint32_t base, uint32_t mark);
/* The ASCII letter that cp looks like, or 0; *near_r: only among Latin letters. */
char normal_lookalike(uint32_t cp, bool *near_r);
/* Alphabets that have look-alikes of Latin: 1 Cyrillic, 2 Greek, 3 others; 0: none. */
#define ALPHABETS 4
unsigned normal_alphabet(uint32_t cp);
/* Two regional indicators that make a flag. */
bool normal_is_flag(uint32_t a, uint32_t b);

/* --- the map (normal_map.c) --- */

/* From out on, each out_step bytes show in_step bytes of the original from in on. */
struct normal_run {
	uint32_t out, in, out_step, in_step;
};

struct map_builder {
	struct normal_run *runs; /* heap */
	size_t count, room;
	bool failed;
};

/* out_len bytes at out show in_len bytes at in: as they are (copied), or as one unit. */
void map_add(struct map_builder *map, size_t out, size_t out_len, size_t in, size_t in_len, bool copied);
/* In the arena; NULL when memory is out. */
const struct normal_map *map_finish(struct map_builder *map, struct arena *arena, struct slice original);

/* --- words (normal_word.c) --- */

/* One character as shown, with what was left out before it. */
struct unit {
	uint32_t in, in_len;
	uint32_t cp[FOLDED_MAX];
	uint8_t count; /* of cp */
	uint8_t form;  /* enum form */
	bool lookalike;
	uint16_t invisible, soft, bidi; /* characters before this one */
	uint16_t marks;                 /* combining marks that were dropped */
};

#define WORD_MAX 256

struct census {
	size_t latin, wide;            /* letters */
	size_t foreign[ALPHABETS];     /* letters that don't look Latin */
};

struct word {
	struct unit units[WORD_MAX];
	size_t count;
	struct slice after; /* what follows in the original */
};

/* Letters that pose as others become these. */
void word_unmask(struct word *word, const struct census *census);
/* Kinds of disguise in the word, counted in counts[4]; [*first_r, *last_r] are its units without outer marks. */
bool word_disguises(const struct word *word, const struct census *census, size_t counts[4], size_t *first_r,
    size_t *last_r);

#endif
