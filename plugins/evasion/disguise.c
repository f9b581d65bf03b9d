/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Words that were written so that programs read something else than people.
 * One that hides nothing is a slip of the keyboard or a pasted page.
 */
#include "evasion.h"

#include <string.h>

#define PHONE_DIGITS 7
#define MARKETS_MAX 32
#define NAME_MIN 4 /* letters of a marketplace's name */

struct tally {
	size_t words;     /* disguised ones */
	size_t lookalikes;
	size_t names;     /* of nothing but look-alikes */
	size_t digits;    /* in disguised words that follow each other */
	size_t last_text, last_end;
	/* The first one, and the first one that matters. */
	struct postern_slice weak, strong;
	size_t weak_text, strong_text;
};

/* A marketplace's name in foreign letters is a forgery. */
static bool names_market(const struct judge *judge, struct postern_slice word)
{
	size_t count = judge->host->market_count(judge->ctx);
	struct postern_market market;

	for (size_t i = 0; i < count && i < MARKETS_MAX; i++) {
		if (judge->host->market(judge->ctx, i, &market) != POSTERN_OK || market.name.len < NAME_MIN)
			continue;
		for (size_t at = 0; at + market.name.len <= word.len; at++)
			if (view_eq(view_sub(word, at, at + market.name.len), market.name))
				return true;
	}
	return false;
}

static bool matters(const struct judge *judge, const struct postern_disguise *disguise, struct postern_slice word)
{
	if (is_contact(judge, word) || has_listed(judge, word))
		return true;
	if (disguise->kind == POSTERN_DISGUISE_BIDI)
		return word.len >= 4 && memchr(word.ptr, '.', word.len) != NULL;
	return disguise->kind == POSTERN_DISGUISE_LOOKALIKE && names_market(judge, word);
}

/* Digits of a number that was written in several words: "(6)(2)(6) (5)(5)(5)". */
static void count_digits(struct tally *tally, const struct postern_disguise *disguise, struct postern_slice word)
{
	if (tally->last_text != disguise->text || disguise->start > tally->last_end + 3)
		tally->digits = 0;
	if (tally->last_text == disguise->text && tally->last_end == disguise->end)
		return;
	tally->digits += digits_count(word);
	tally->last_text = disguise->text;
	tally->last_end = disguise->end;
}

static void count_word(const struct judge *judge, struct tally *tally, const struct postern_disguise *disguise,
    struct postern_slice word)
{
	/* a word of another alphabet that could be read as Latin, alone: somebody's name */
	if (disguise->kind == POSTERN_DISGUISE_LOOKALIKE && disguise->count == word.len && tally->names++ == 0 &&
	    !matters(judge, disguise, word))
		return;
	tally->words++;
	tally->lookalikes += disguise->kind == POSTERN_DISGUISE_LOOKALIKE;
	if (!is_known_number(judge, word))
		count_digits(tally, disguise, word);
	if (tally->weak.len == 0) {
		tally->weak = word;
		tally->weak_text = disguise->text;
	}
	if (tally->strong.len == 0 && (matters(judge, disguise, word) || tally->digits >= PHONE_DIGITS)) {
		tally->strong = word;
		tally->strong_text = disguise->text;
	}
}

enum postern_status judge_disguises(const struct judge *judge)
{
	size_t count = judge->host->disguise_count(judge->ctx);
	struct tally tally = {.last_text = SIZE_MAX};
	struct postern_disguise disguise;
	struct postern_text text;

	for (size_t i = 0; i < count; i++) {
		if (judge->host->disguise(judge->ctx, i, &disguise) != POSTERN_OK ||
		    judge->host->text(judge->ctx, disguise.text, &text) != POSTERN_OK)
			return POSTERN_BUG;
		if (kinds_have(judge->evasion->kinds, text.kind))
			count_word(judge, &tally, &disguise, view_sub(text.text, disguise.start, disguise.end));
	}
	if (tally.words == 0)
		return POSTERN_OK;
	if (tally.strong.len > 0)
		return report(judge, POSTERN_IN_TEXT, tally.strong_text, tally.strong, STRONG);
	return report(judge, POSTERN_IN_TEXT, tally.weak_text, tally.weak,
	    tally.words > judge->evasion->max_words || tally.lookalikes * 2 > judge->evasion->max_words ? STRONG : WEAK);
}

/* Characters that turn a file's name round: "photo[RLO]gpj.exe" is shown as "photoexe.jpg". */
enum postern_status judge_names(const struct judge *judge)
{
	size_t count = judge->host->attachment_count(judge->ctx);
	struct postern_attachment file;

	for (size_t i = 0; i < count; i++) {
		if (judge->host->attachment(judge->ctx, i, &file) != POSTERN_OK)
			return POSTERN_BUG;
		for (size_t at = 0; at < file.name.len;) {
			uint32_t c = rune_next(file.name, &at);

			if (c == 0x202D || c == 0x202E)
				return report(judge, POSTERN_IN_ATTACHMENT, i, file.name, STRONG);
		}
	}
	return POSTERN_OK;
}
