/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Slips that need no dictionary: a word written twice, no space behind a full
 * stop, a small "i", whole sentences in capitals, Chinese punctuation.
 */
#include "spelling.h"

#include <string.h>

static bool is_small(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_capital(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool is_letter(char c)
{
	return is_small(c) || is_capital(c);
}

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Text between two words consists of white space alone. */
static bool only_space(struct postern_slice text, struct postern_slice a, struct postern_slice b)
{
	const char *p = a.ptr + a.len;

	(void)text;
	if (p == b.ptr)
		return false;
	for (; p < b.ptr; p++)
		if (!is_blank(*p))
			return false;
	return true;
}

static bool is_all_capitals(struct postern_slice word)
{
	for (size_t i = 0; i < word.len; i++)
		if (is_small(word.ptr[i]))
			return false;
	return word.len > 1;
}

/* ---- between two words ---- */

static void judge_repeat(struct slips *slips, size_t index, struct postern_slice text, struct postern_slice before,
    struct postern_slice word)
{
	if (before.len == 0 || !view_eq(before, word) || !is_small(word.ptr[0]) || !only_space(text, before, word) ||
	    !words_has(&slips->spelling->repeats, word))
		return;
	slip_note(slips, index, view_sub(text, (size_t)(before.ptr - text.ptr), (size_t)(word.ptr - text.ptr) + word.len),
	    "A word stands there twice.");
}

/* "days.It", "sorry,we": both are plain words, so no address and no sizes. */
static void judge_gap(struct slips *slips, size_t index, struct postern_slice text, struct postern_slice before,
    struct postern_slice word)
{
	char mark;

	if (before.len < 2 || word.ptr != before.ptr + before.len + 1 || !is_small(before.ptr[before.len - 1]))
		return;
	mark = before.ptr[before.len];
	if (mark == '.' && (!is_capital(word.ptr[0]) || (word.len > 1 && is_all_capitals(word))))
		return;
	if ((mark != '.' && mark != ',' && mark != '!' && mark != '?' && mark != ';' && mark != '\0') || (word.len < 2 && word.ptr[0] != 'I') || !words_has(&slips->spelling->common, word))
		return;
	slip_note(slips, index, view_sub(text, (size_t)(before.ptr - text.ptr), (size_t)(word.ptr - text.ptr) + word.len),
	    "Put a space behind the punctuation.");
}

/* "i am", "i've"; not "(i)", "i.e." or a list's "i)". */
static void judge_i(struct slips *slips, size_t index, struct postern_slice text, struct postern_slice word)
{
	size_t start = (size_t)(word.ptr - text.ptr), end = start + word.len;

	if (word.ptr[0] != 'i' || (word.len > 1 && word.ptr[1] != '\'') || word.len > 4)
		return;
	if (start > 0 && !is_blank(text.ptr[start - 1]))
		return;
	if (end < text.len && text.ptr[end] != ' ' && text.ptr[end] != '\n')
		return;
	slip_note(slips, index, view_sub(text, start, end + 12), "Write \"I\" with a capital.");
}

/* ---- shouting ---- */

struct shout {
	size_t words, common; /* of the run of capitals */
	const char *start;
};

/* Four words and more in capitals, two of them plain English: no title of a product, no code. */
static void judge_shout(struct slips *slips, size_t index, struct shout *shout, struct postern_slice word)
{
	if (!is_all_capitals(word)) {
		if (!(word.len == 1 && is_capital(word.ptr[0])))
			shout->words = shout->common = 0;
		return;
	}
	if (shout->words++ == 0)
		shout->start = word.ptr;
	shout->common += words_has(&slips->spelling->common, word);
	if (shout->words >= 5 && shout->common >= 3)
		slip_note(slips, index, (struct postern_slice){shout->start, (size_t)(word.ptr + word.len - shout->start)},
		    "Capitals read like shouting.");
}

void type_text(struct slips *slips, size_t index, struct postern_slice text)
{
	struct postern_slice before = {text.ptr, 0};
	struct shout shout = {0, 0, NULL};

	for (size_t pos = 0; pos < text.len && slips->what == NULL;) {
		struct postern_slice word = word_next(text, &pos);

		if (word.len == 0)
			break;
		judge_repeat(slips, index, text, before, word);
		judge_gap(slips, index, text, before, word);
		judge_i(slips, index, text, word);
		judge_shout(slips, index, &shout, word);
		before = word;
	}
}

/* Full-width comma, full stop and so on right behind a Latin letter or digit. */
void punctuation_text(struct slips *slips, size_t index, struct postern_slice original)
{
	static const uint32_t marks[] = {0xFF0C, 0x3002, 0xFF01, 0xFF1F, 0xFF1A, 0xFF1B, 0x3001, 0xFF08, 0xFF09};

	if (is_ascii(original))
		return;
	for (size_t at = 1; at + 2 < original.len && slips->what == NULL; at++) {
		size_t next = at;
		uint32_t c;

		if ((original.ptr[at] != '\xEF' && original.ptr[at] != '\xE3') ||
		    !(is_letter(original.ptr[at - 1]) || (original.ptr[at - 1] >= '0' && original.ptr[at - 1] <= '9')))
			continue;
		c = rune_next(original, &next);
		for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
			if (c == marks[i])
				slip_note(slips, index, view_sub(original, at > 20 ? at - 20 : 0, next),
				    "Use English punctuation.");
	}
}
