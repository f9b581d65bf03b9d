/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Words that nobody knows. Only words in small letters are judged: a capital
 * makes a name of them, digits and signs an id. A list of common words spares
 * most of the look-ups, since the dictionary works under a lock.
 */
#include "spelling.h"

#include <string.h>
#include <strings.h>

#define WORD_MAX 48
/* The dictionary has nearly every pair and triple of letters: they tell no language. */
#define SHORT_WORD 3
/* A text of so many bytes has enough words to warm the list. */
#define WARM_LEN 300

static bool is_small(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_letter(char c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

struct postern_slice word_next(struct postern_slice text, size_t *pos)
{
	size_t at = *pos, start;

	while (at < text.len && !is_letter(text.ptr[at]))
		at++;
	start = at;
	at = letters_end(text, at);
	while (at + 1 < text.len && text.ptr[at] == '\'' && is_letter(text.ptr[at + 1]))
		at = letters_end(text, at + 1);
	*pos = at;
	return (struct postern_slice){text.ptr + start, at - start};
}

/* Whether a word as word_next gives it has no capital: its letters and apostrophes have this bit then. */
static bool is_all_small(struct postern_slice word)
{
	uint64_t capitals = 0;

	for (size_t i = 0; i < word.len; i += 8)
		capitals |= ~(bytes_first(word.ptr + i, word.len - i) |
		    (word.len - i < 8 ? UINT64_MAX << 8 * (word.len - i) : 0)) & BYTES_ALL(0x20);
	return capitals == 0;
}

/* What holds the parts of an address, an id or a name together. */
static bool is_joint(unsigned char c)
{
	static const bool joints[256] = {['@'] = true, ['/'] = true, ['_'] = true, ['#'] = true, ['='] = true, ['-'] = true,
	    ['0'] = true, ['1'] = true, ['2'] = true, ['3'] = true, ['4'] = true, ['5'] = true, ['6'] = true, ['7'] = true,
	    ['8'] = true, ['9'] = true, ['\\'] = true, ['\''] = true, ['\0'] = true};

	return joints[c];
}

/* Whether the characters around say that this is part of an address, an id, a file name or a foreign word. */
static bool is_part(struct postern_slice text, struct postern_slice word)
{
	size_t start = (size_t)(word.ptr - text.ptr), end = start + word.len;
	unsigned char before = start > 0 ? (unsigned char)text.ptr[start - 1] : ' ';
	unsigned char after = end < text.len ? (unsigned char)text.ptr[end] : ' ';
	unsigned char next = end + 1 < text.len ? (unsigned char)text.ptr[end + 1] : ' ';

	if (before >= 0x80 || after >= 0x80)
		return before != 0x9C && before != 0x99 && before != 0xA0 && after != 0xE2 && after != 0xC2;
	if (is_joint(before) || before == '.' || before == ':' || before == '<' || before == '&')
		return true;
	return is_joint(after) || after == '>' || ((after == '.' || after == ':') && is_letter((char)next));
}

/* ---- known or not ---- */

static bool ask(struct slips *slips, char *word)
{
	bool known;

	if (++slips->lookups > LOOKUPS_MAX)
		return true;
	dictionary_lock(slips->spelling->dictionary);
	known = dictionary_has(slips->spelling->dictionary, word);
	if (!known) {
		/* "english", "monday": a name in small letters is another slip. */
		word[0] = (char)(word[0] - ('a' - 'A'));
		known = dictionary_has(slips->spelling->dictionary, word);
		word[0] = (char)(word[0] + ('a' - 'A'));
	}
	dictionary_unlock(slips->spelling->dictionary);
	return known;
}

/* "colour" is "color" with one of the pairs exchanged. */
static bool ask_variants(struct slips *slips, const char *word)
{
	char other[WORD_MAX + 8];

	for (size_t i = 0; i < slips->spelling->variant_count; i++) {
		const struct variant *variant = &slips->spelling->variants[i];
		const char *at = strstr(word, variant->from);
		size_t head, from = strlen(variant->from), to = strlen(variant->to);

		if (at == NULL)
			continue;
		head = (size_t)(at - word);
		memcpy(other, word, head);
		memcpy(other + head, variant->to, to);
		memcpy(other + head + to, at + from, strlen(at + from) + 1);
		if (ask(slips, other))
			return true;
	}
	return false;
}

static bool is_excused(const struct slips *slips, struct postern_slice word)
{
	for (size_t i = 0; i < slips->excuse_count; i++) {
		struct postern_slice text = slips->excuses[i];

		for (size_t at = 0; at + word.len <= text.len; at++)
			if ((text.ptr[at] | 0x20) == word.ptr[0] && strncasecmp(text.ptr + at, word.ptr, word.len) == 0)
				return true;
	}
	return false;
}

static void note_unknown(struct slips *slips, struct postern_slice word)
{
	for (size_t i = 0; i < slips->unknown_count; i++)
		if (view_eq(slips->unknown[i], word))
			return;
	if (slips->unknown_count < UNKNOWN_MAX && !is_excused(slips, word))
		slips->unknown[slips->unknown_count++] = word;
}

static bool is_known(struct slips *slips, size_t index, struct postern_slice word)
{
	char copy[WORD_MAX + 1];

	if (words_has(&slips->spelling->common, word)) {
		slips->common++;
		return true;
	}
	if (words_has(&slips->spelling->wrong, word)) {
		slip_note(slips, index, word, "Correct the spelling.");
		slips->misspelled++;
		return true; /* it is English all the same */
	}
	memcpy(copy, word.ptr, word.len);
	copy[word.len] = '\0';
	return words_has(&slips->spelling->allowed, word) || ask(slips, copy) || ask_variants(slips, copy);
}

static void judge_word(struct slips *slips, size_t index, struct postern_slice word)
{
	bool known = is_known(slips, index, word);

	slips->words++;
	slips->known += known;
	slips->long_words += word.len > SHORT_WORD;
	slips->long_known += known && word.len > SHORT_WORD;
	if (!known)
		note_unknown(slips, word);
}

/* Quoted strings are titles or the customer's words. */
static size_t skip_quoted(struct postern_slice text, size_t pos, size_t to)
{
	for (; pos < to; pos++) {
		const char *close;
		size_t window = text.len - pos - 1 < 150 ? text.len - pos - 1 : 150;

		if (text.ptr[pos] != '"')
			continue;
		close = memchr(text.ptr + pos + 1, '"', window);
		if (close != NULL && memchr(text.ptr + pos + 1, '\n', (size_t)(close - text.ptr) - pos - 1) == NULL)
			return (size_t)(close - text.ptr) + 1;
	}
	return 0;
}

/* One sentence; where the next one starts. */
static size_t spell_sentence(struct slips *slips, size_t index, struct postern_slice text, size_t pos, size_t stop)
{
	while (pos < stop) {
		size_t from = pos;
		struct postern_slice word = word_next(text, &pos);
		size_t to = (size_t)(word.ptr - text.ptr);
		/* Nearly all words have one blank between them. */
		bool apart = word.len > 0 && !(to == from + 1 && text.ptr[from] == ' ');
		size_t behind = apart ? skip_quoted(text, from, to) : 0;
		bool capital = word.len > 2 && !is_small(word.ptr[0]);

		if (behind > 0) {
			pos = behind;
			continue;
		}
		if (word.len < 2 || word.len > WORD_MAX || !is_all_small(view_sub(word, capital, word.len)) || is_part(text, word))
			continue;
		/* A word with a capital may be a name, but none is a known slip. */
		if (!capital)
			judge_word(slips, index, word);
		else if (words_has(&slips->spelling->wrong, word))
			slip_note(slips, index, word, "Correct the spelling.");
	}
	return pos;
}

bool slips_foreign(const struct slips *before, const struct slips *now)
{
	size_t words = now->words - before->words;

	if ((now->known - before->known) * 2 < words)
		return true;
	/* Badly misspelled English still has its "the" and "was". */
	return (now->long_known - before->long_known) * 2 < now->long_words - before->long_words &&
	    (now->common - before->common) * 3 < words;
}

/* What is unknown in a sentence of another language is no misspelling. */
void spell_text(struct slips *slips, size_t index, struct postern_slice text)
{
	if (text.len >= WARM_LEN)
		words_warm(&slips->spelling->common);
	for (size_t pos = 0; pos < text.len;) {
		struct slips before = {.words = slips->words, .known = slips->known, .long_words = slips->long_words,
		    .long_known = slips->long_known, .common = slips->common, .unknown_count = slips->unknown_count};

		pos = spell_sentence(slips, index, text, pos, sentence_end(text, pos, 1));
		if (slips_foreign(&before, slips))
			slips->unknown_count = before.unknown_count;
	}
}
