/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_PLUGINS_CONTACT_CONTACT_H
#define POSTERN_PLUGINS_CONTACT_CONTACT_H

#include "../common/common.h"

/* What a line of the phrase list means; its value names it. */
enum cue {
	CUE_WEIGHT, /* a number: the confidence of this phrase by itself; or a class */
	CUE_PHONE,  /* "phone": speaks of a telephone */
	CUE_ID,     /* "id": what follows is an order, part, serial ... number */
	CUE_OTHER,  /* "other": a telephone of somebody else: a carrier, the post office */
	CUE_MASK,   /* "mask": digits that are no telephone number, whatever they look like */
	CUE_MAIL    /* "mail": an e-mail address that is spelled out */
};

/* ---- one segment, read once (scan.c) ---- */

/* A phrase of the list that speaks of numbers, where it stands. */
struct mark {
	size_t start, end;
	enum cue cue;
};

struct sentence {
	size_t end;
	uint64_t classes;
	uint64_t may;      /* classes that it may have */
	bool other;        /* a CUE_OTHER stands in it */
	int score;         /* of the weightiest phrase in it */
	size_t from, to;   /* where that phrase stands */
	size_t first, last; /* what the phrases with classes span; last 0: none */
};

struct scan {
	const struct postern_host *host;
	struct postern_ctx *ctx;
	const struct phrases *phrases;
	struct seek seek;
	const enum cue *cues; /* of each phrase */
	struct postern_slice text;
	struct sentence *sentences;
	size_t sentence_count;
	struct mark *marks; /* by place */
	size_t mark_count, mark_cap;
	unsigned char *masked; /* one for each byte of text: not part of a telephone number; NULL: no digits */
	uint64_t anywhere;     /* classes of all sentences */
	bool failed;
};

/* Of text; it stays where it is until it is freed, in any case. POSTERN_TEMPFAIL: memory is out. */
enum postern_status scan_make(const struct postern_host *host, struct postern_ctx *ctx, const struct phrases *phrases,
    const enum cue *cues, struct postern_slice text, struct scan *out);
void scan_free(struct scan *scan);
/* What the list says of the text: weights, classes as far as rules need them, spelled addresses. */
enum postern_status scan_wording(struct scan *scan);
/* What it says of numbers: of no use where none can be a telephone. */
enum postern_status scan_numbers(struct scan *scan);
const struct sentence *scan_sentence(const struct scan *scan, size_t at);
/* Masks what lies in text of the numbers that the marketplace's profile knows. */
enum postern_status scan_mask_ids(struct scan *scan);
/* What the nearest phrase about numbers says of the one at [start, end); CUE_WEIGHT: nothing. */
enum cue scan_cue(const struct scan *scan, size_t start, size_t end, size_t *distance_r);

/* ---- runs of digits (number.c) ---- */

#define NUMBER_DIGITS 24
#define NUMBER_GROUPS 16

struct number {
	char digits[NUMBER_DIGITS + 2]; /* with a '+' before them when one was written */
	size_t count;                   /* of digits */
	size_t groups[NUMBER_GROUPS];   /* digits of each run */
	char before[NUMBER_GROUPS];     /* what divides a group from the one before: ' ', '-', '.', '(' */
	size_t group_count;
	size_t words;   /* groups that were written in words */
	size_t leet;    /* letters that stand for digits */
	bool plus;
	size_t start, end;
};

/*
 * "two", "dos", a Chinese digit and so on with what they stand for: digits,
 * "*2" (double), "-" (no digit, but goes on). One of a sorted list.
 */
struct number_word {
	const char *word;
	const char *means;
};

#define NUMBER_SHAPES 4096
struct number_words {
	char *text;
	struct number_word *items;
	size_t count;
	unsigned char shapes[NUMBER_SHAPES / 8]; /* bits: which first and last bytes and lengths words have */
};

int number_words_open(const struct postern_host *host, const struct postern_conf *conf, const char *option,
    struct number_words *out);
void number_words_close(struct number_words *words);

/* The next number of at least seven digits at or after *pos, which moves behind it; false at the end. */
bool number_next(const struct scan *scan, const struct number_words *words, size_t *pos, struct number *out);

/* ---- is it a telephone? (phone.c) ---- */

struct phone_rules {
	struct words regions;
	struct words known; /* digits of numbers that belong to nobody here: carriers, emergency */
};

/* Confidence, 0 to 100, that number is somebody's telephone; -1: the library failed. */
int phone_score(const struct phone_rules *rules, const struct scan *scan, const struct number *number);
/* Whether number is one of a list, however both are written. */
bool phone_listed(const struct words *list, const struct number *number);

#endif
