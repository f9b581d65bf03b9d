/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_ENGINE_QUOTES_H
#define POSTERN_ENGINE_QUOTES_H

#include <stdbool.h>
#include <stddef.h>

#include "core/arena.h"
#include "engine/fingerprint.h"
#include "mail/message.h"

/* Internal to the engine: text that pretends to be quoted becomes what it is, new text. */

/* What a text of an earlier message is compared with. */
struct quote_source {
	const struct gram_set *grams;
	const struct gram_key *key;
};

/* Whether anything is quoted: a word, or a link or image in quoted HTML. */
bool quotes_exist(const struct message *message);
/*
 * Compares all quoted text, links and images with source; what did not stand there becomes SEGMENT_NEW:
 * segments are split, URLs, addresses, numbers and images get the kind of the text that they stand in. source NULL:
 * all of it. -1: memory.
 */
int quotes_verify(struct arena *arena, struct message *message, const struct quote_source *source);

/* quote_words.c: a range of bytes of a quoted text that stood in no earlier message. */
struct quote_range {
	size_t start, end;
};
struct quote_ranges {
	struct quote_range *items;
	size_t count;
};
/* In order, not touching. *budget: words that are still compared; what comes after them is new. -1: memory. */
int quote_words_compare(struct arena *arena, const struct quote_source *source, struct slice text, size_t *budget,
    struct quote_ranges *ranges_r);

/* quote_frame.c: a word that mail programs write around a quote ("On", "wrote", "Sent", "Nov"), or a number of a date. */
enum frame_word {
	FRAME_NO,
	FRAME_FILLER, /* stands in other text as well */
	FRAME_NUMBER, /* of a day, an hour, a year */
	FRAME_DATE,   /* month, day of the week, a year */
	FRAME_SIGN    /* a verb or label of such lines */
};
enum frame_word frame_word_of(struct slice word);

#endif
