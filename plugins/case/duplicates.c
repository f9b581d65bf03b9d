/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Was this asked before? The text's words give a few smallest hashes, one for each of several hash functions: the share
 * of them that two texts have in common is the share of their words. Each is counted in the store, beside
 * the number that the question is about, so that the same question about another order is another one.
 */
#include "case.h"

#include <stdio.h>
#include <string.h>

#define DAY 86400
#define HASHES 20
/* So many of them in common: some six words of ten. */
#define COMMON 13
/* Too little text to compare. */
#define WORDS_MIN 5
#define ABOUT_MAX 3
#define KEY_MAX 256

struct sketch {
	uint64_t least[HASHES];
	size_t words;
};

static uint64_t mix(uint64_t x)
{
	x ^= x >> 33;
	x *= 0xff51afd7ed558ccdULL;
	x ^= x >> 33;
	x *= 0xc4ceb9fe1a85ec53ULL;
	return x ^ (x >> 33);
}

static void add_word(struct sketch *sketch, uint64_t word)
{
	sketch->words++;
	for (size_t i = 0; i < HASHES; i++) {
		uint64_t hash = mix(word ^ mix(i + 1));

		if (hash < sketch->least[i])
			sketch->least[i] = hash;
	}
}

/* Words of three letters and more, pairs of Han characters; numbers say what it is about, not what is asked. */
static void add_text(struct sketch *sketch, struct postern_slice text)
{
	uint64_t word = 0, before = 0;
	size_t letters = 0;

	for (size_t pos = 0; pos <= text.len;) {
		uint32_t c = pos < text.len ? rune_next(text, &pos) : (pos++, ' ');

		if (rune_is_letter(c) && !rune_is_cjk(c)) {
			word = mix(word ^ (c >= 'A' && c <= 'Z' ? c | 0x20 : c));
			letters++;
			before = 0;
			continue;
		}
		if (letters >= 3)
			add_word(sketch, word);
		word = letters = 0;
		if (rune_is_cjk(c) && before != 0)
			add_word(sketch, mix(before) ^ c);
		before = rune_is_cjk(c) ? c : 0;
	}
}

/* How many of the sketch's hashes were there before, about this number. */
static enum postern_status count_common(const struct letter *letter, const struct sketch *sketch, struct postern_slice about,
    size_t *common_r)
{
	*common_r = 0;
	for (size_t i = 0; i < HASHES; i++) {
		struct postern_slice shop = view_sub(letter->shop, 0, letter->shop.len < 120 ? letter->shop.len : 120);
		char key[KEY_MAX];
		int64_t seen;
		int len = snprintf(key, sizeof(key), "asked:%.*s:%.*s:%zu:%016llx", (int)shop.len, shop.ptr,
		    (int)(about.len < 40 ? about.len : 40), about.ptr, i, (unsigned long long)sketch->least[i]);

		if (letter->host->counter(letter->ctx, (struct postern_slice){key, (size_t)len}, 1,
		        letter->rule->similar_days * DAY, &seen) != POSTERN_OK)
			return POSTERN_TEMPFAIL;
		*common_r += seen > 1;
	}
	return POSTERN_OK;
}

static enum postern_status report(const struct letter *letter)
{
	struct postern_slice evidence = {"", 0};

	for (size_t i = 0; i < letter->part_count && evidence.len == 0; i++)
		if (!letter->parts[i].subject)
			evidence = view_trim(view_sub(view_trim(letter->parts[i].text), 0, 80));
	return letter_report(letter, "MP-CASEQ", evidence,
	    "This was asked before. Follow up in the case that is open, with its number, instead of opening another.", 70);
}

enum postern_status duplicates_check(struct letter *letter)
{
	static const struct postern_slice nothing = {"", 0};
	struct sketch sketch;
	bool again = false;

	memset(sketch.least, 0xff, sizeof(sketch.least));
	sketch.words = 0;
	if (!letter_is_new(letter) || letter_is_notice(letter))
		return POSTERN_OK;
	for (size_t i = 0; i < letter->part_count; i++)
		if (!letter->parts[i].subject)
			add_text(&sketch, letter->parts[i].text);
	if (sketch.words < WORDS_MIN)
		return POSTERN_OK;
	for (size_t i = 0; i == 0 || (i < letter->id_count && i < ABOUT_MAX); i++) {
		size_t common;

		if (count_common(letter, &sketch, i < letter->id_count ? letter->ids[i].value : nothing, &common) != POSTERN_OK)
			return POSTERN_TEMPFAIL;
		again = again || common >= COMMON;
	}
	return again ? report(letter) : POSTERN_OK;
}
