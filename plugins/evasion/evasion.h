/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_PLUGINS_EVASION_H
#define POSTERN_PLUGINS_EVASION_H

#include "../common/common.h"

/* What the files of this plugin share. */

/* Confidence: of a disguise that hides nothing that matters, and of one that does. */
#define WEAK 40
#define STRONG 85

struct evasion {
	struct words words; /* what advertising and contact are made of */
	unsigned kinds;     /* of text that is judged */
	size_t max_words;   /* disguised words, all of them harmless */
	size_t hidden_words;
	size_t diff_words;
	double diff_ratio;
};

/* One call of check. */
struct judge {
	const struct postern_host *host;
	struct postern_ctx *ctx;
	const struct evasion *evasion;
	struct postern_slice allowed; /* the profile's domains */
};

/* Reports a finding, STRONG or WEAK. */
enum postern_status report(const struct judge *judge, enum postern_where where, size_t index,
    struct postern_slice evidence, int score);

/* ---- words (words.c) ---- */

/* The next run of letters and digits (ASCII, and all above); false at the end. */
bool word_next(struct postern_slice text, size_t *pos, struct postern_slice *word_r);
/* The next run without white space. */
bool token_next(struct postern_slice text, size_t *pos, struct postern_slice *token_r);
/* Is it a word of the list, or does it hold a long one? Digits that stand for letters count ("c0upon"). */
bool word_listed(const struct evasion *evasion, struct postern_slice word);
size_t digits_count(struct postern_slice s);
/* An address, a host that may not be linked, or a telephone's digits. */
bool is_contact(const struct judge *judge, struct postern_slice token);
/* Does it hold a number that the marketplace gave out? */
bool is_known_number(const struct judge *judge, struct postern_slice token);
/* Is one of its words listed? */
bool has_listed(const struct judge *judge, struct postern_slice token);

/* A set of words, case ignored; by their hash, which is enough for counting. */
struct word_set {
	uint64_t *slots;
	size_t mask;
};
/* Room for the words of so many bytes of text. -1: no memory. */
int set_make(const struct judge *judge, struct word_set *set, size_t bytes);
void set_add_text(struct word_set *set, struct postern_slice text);
bool set_has(const struct word_set *set, struct postern_slice word);

/* ---- what is looked for ---- */

enum postern_status judge_disguises(const struct judge *judge);   /* disguise.c */
enum postern_status judge_names(const struct judge *judge);       /* disguise.c: attachments */
enum postern_status judge_hidden(const struct judge *judge);      /* views.c */
enum postern_status judge_alternatives(const struct judge *judge);/* views.c */
enum postern_status judge_spelling(const struct judge *judge);    /* spelling.c */

#endif
