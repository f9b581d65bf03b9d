/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text that is too short to tell its language by its letters: "Gracias!",
 * a line of Han below a reply, a signature of a foreign mail program. No more
 * than a hint, so a rule of its own tags it (option short_text).
 */
#include "clean.h"
#include "language.h"

/* A hint, no verdict. */
#define SHORT_SCORE 40
/* Letters of another script that are more than a mark or a unit. */
#define SHORT_SCRIPT 2

struct hint {
	const struct language *language;
	size_t latin, script; /* letters of new text */
	size_t text;          /* where the evidence stands */
	struct postern_slice evidence;
};

static void note_hint(struct hint *hint, size_t index, struct postern_slice evidence)
{
	if (hint->evidence.len > 0)
		return;
	hint->text = index;
	hint->evidence = view_trim(evidence);
	if (hint->evidence.len > 120)
		hint->evidence.len = 120;
}

static bool is_latin_letter(uint32_t c)
{
	return rune_is_letter(c) && (c < 0x370 || (c >= 0x1E00 && c < 0x1F00));
}

/* The line of the first letter of another script, which is to be seen. */
static struct postern_slice script_line(struct postern_slice text)
{
	for (size_t pos = 0; pos < text.len;) {
		size_t start = pos;
		uint32_t c = rune_next(text, &pos);

		if (rune_is_letter(c) && !is_latin_letter(c))
			return excerpt(text, start, pos);
	}
	return text;
}

static void count_letters(struct postern_slice clean, size_t *latin, size_t *script)
{
	for (size_t pos = 0; pos < clean.len;) {
		uint32_t c = rune_next(clean, &pos);

		if (is_latin_letter(c))
			++*latin;
		else if (rune_is_letter(c))
			++*script;
	}
}

/* Scripts of an alphabet, in which a name takes as many letters as in Latin; a name in Han takes two or three. */
static bool is_alphabetic(uint32_t c)
{
	return rune_is_letter(c) && !is_latin_letter(c) && c < 0x1100;
}

/* Letters of such scripts that stand in lines of the required one: names, as in "the parcel for Вера". */
static size_t count_names(struct postern_slice clean)
{
	size_t latin = 0, script = 0, names = 0;

	for (size_t pos = 0; pos < clean.len;) {
		uint32_t c = rune_next(clean, &pos);

		latin += is_latin_letter(c);
		script += is_alphabetic(c);
		if (c != '\n' && pos < clean.len)
			continue;
		if (script * 2 < latin)
			names += script;
		latin = script = 0;
	}
	return names;
}

static bool is_all_capitals(struct postern_slice word)
{
	for (size_t i = 0; i < word.len; i++)
		if (word.ptr[i] >= 'a' && word.ptr[i] <= 'z')
			return false;
	return true;
}

/* Whether a foreign word stands in it: in small letters or as the first, else it may be a name or a code. */
static bool has_foreign_word(const struct words *foreign, struct postern_slice text)
{
	size_t start = 0, words = 0;

	for (size_t pos = 0; pos <= text.len;) {
		size_t next = pos;
		bool letter = pos < text.len && is_latin_letter(rune_next(text, &next));
		struct postern_slice word = view_sub(text, start, pos);

		if (letter) {
			pos = next;
			continue;
		}
		if (word.len > 1 && (words++ == 0 || word.ptr[0] < 'A' || word.ptr[0] > 'Z') &&
		    (!is_all_capitals(word) || word.len > 3) && words_has(foreign, word))
			return true;
		start = pos = pos < text.len ? next : pos + 1;
	}
	return false;
}

/* Letters of a text in ASCII, of which no more than a limit matter, nor those of a text that is longer. */
static size_t count_up_to(struct postern_slice text, size_t limit)
{
	size_t latin = 0;

	for (size_t pos = 0; pos < text.len && latin < limit; pos++)
		latin += rune_is_letter((unsigned char)text.ptr[pos]);
	return latin;
}

static enum postern_status hint_text(const struct postern_host *host, struct postern_ctx *ctx, struct hint *hint,
    size_t index, const struct postern_text *text)
{
	size_t latin = 0, script = 0;
	struct postern_slice clean;
	bool greeting = false;
	enum postern_status status;

	if (is_ascii(text->text))
		latin = count_up_to(text->text, hint->language->min_letters + 1);
	else
		count_letters(text->text, &latin, &script);
	/* Nearly all mail: enough letters, none of another script. */
	if (script == 0 && (latin >= hint->language->min_letters || text->kind != POSTERN_SEGMENT_NEW)) {
		hint->latin += latin;
		return POSTERN_OK;
	}
	status = language_clean(hint->language, host, ctx, text, &clean, &greeting);
	if (status != POSTERN_OK || clean.len == 0)
		return status;
	if (text->kind == POSTERN_SEGMENT_NEW)
		hint->latin += latin;
	/* A greeting alone tells, too. */
	if (latin + script >= hint->language->min_letters) {
		script = 0;
		count_letters(clean, &latin, &script);
		script -= count_names(clean);
	}
	/* A name of two or three characters beside a reply, or who signs, is none. */
	if (script > (hint->latin > 0 && (hint->latin >= hint->language->min_letters || text->kind != POSTERN_SEGMENT_NEW) ? 3 :
	        SHORT_SCRIPT - 1))
		note_hint(hint, index, script_line(text->text));
	else if (text->kind == POSTERN_SEGMENT_NEW && latin < 2 * hint->language->min_letters &&
	    letters_count(text->text) < hint->language->min_letters &&
	    has_foreign_word(&hint->language->foreign_words, text->text))
		note_hint(hint, index, text->text);
	return POSTERN_OK;
}

enum postern_status short_check(const struct postern_host *host, const struct language *language,
    struct postern_ctx *ctx)
{
	struct postern_finding finding = {"MP-LANG", POSTERN_IN_TEXT, 0, {"", 0}, NULL, SHORT_SCORE};
	struct hint hint = {.language = language};
	enum postern_status status = POSTERN_OK;
	size_t count = host->text_count(ctx);
	struct postern_text text;
	char required[8];

	language_choose(language, host, ctx, required, sizeof(required));
	if (required[0] == '\0')
		return POSTERN_OK;
	if (!language_is_latin(required))
		return POSTERN_OK;
	for (size_t i = 0; i < count && status == POSTERN_OK; i++) {
		if (host->text(ctx, i, &text) != POSTERN_OK)
			return POSTERN_BUG;
		if (text.kind == POSTERN_SEGMENT_NEW || text.kind == POSTERN_SEGMENT_SIGNATURE)
			status = hint_text(host, ctx, &hint, i, &text);
	}
	if (status != POSTERN_OK || hint.evidence.len == 0)
		return status;
	finding.index = hint.text;
	finding.evidence = hint.evidence;
	return host->finding(ctx, &finding);
}
