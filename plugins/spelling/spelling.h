/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_PLUGINS_SPELLING_H
#define POSTERN_PLUGINS_SPELLING_H

#include "../common/common.h"
#include "../common/dictionary.h"

/* "our" for "or", as the other side of the ocean writes. */
struct variant {
	char from[8], to[8];
};

#define VARIANTS_MAX 32

struct spelling {
	struct dictionary *dictionary;
	struct words common, allowed, wrong, repeats;
	struct variant variants[VARIANTS_MAX];
	size_t variant_count;
	size_t min_words;
	double max_ratio;
};

/* Distinct unknown words that are remembered; a text with more is found anyway. */
#define UNKNOWN_MAX 32
/* Words of one message that the dictionary is asked about: bounds the work. */
#define LOOKUPS_MAX 600

/* What was seen in a message so far. */
struct slips {
	const struct spelling *spelling;
	const struct postern_slice *excuses; /* texts whose words are excused: subject, quotation */
	size_t excuse_count;
	size_t words, known, long_words, long_known, common, lookups; /* long and common ones tell whether it is English */
	size_t misspelled;
	struct postern_slice unknown[UNKNOWN_MAX];
	size_t unknown_count;
	/* The first plain slip. */
	const char *what;
	struct postern_slice place;
	size_t text;
};

/* what: advice for the writer. */
void slip_note(struct slips *slips, size_t text, struct postern_slice where, const char *what);

/* Whether what was read since before is in another language, by the share of words that are known. */
bool slips_foreign(const struct slips *before, const struct slips *now);

/* Counts the words of a text and those that nobody knows. */
void spell_text(struct slips *slips, size_t index, struct postern_slice text);
/* Looks for repeated words, missing spaces, a small "i", shouting. */
void type_text(struct slips *slips, size_t index, struct postern_slice text);
/* Looks for Chinese punctuation behind Latin letters in a text as it was sent. */
void punctuation_text(struct slips *slips, size_t index, struct postern_slice original);

/* The next word of ASCII letters and apostrophes from *pos on; empty at the end. */
struct postern_slice word_next(struct postern_slice text, size_t *pos);

#endif
