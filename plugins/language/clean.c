/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prepares text for the language rule: takes out what is in no language (links,
 * numbers, order ids), what may be in any (names, quoted titles, greetings),
 * and gathers the rest in units that can be judged.
 */
#include "clean.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static void blank(char *copy, size_t start, size_t end)
{
	for (size_t i = start; i < end; i++)
		if (copy[i] != '\n')
			copy[i] = ' ';
}

/* ---- blanking ---- */

/* Whether a run without spaces is an address or a number rather than a word. */
static bool is_code(struct postern_slice token)
{
	size_t dots = 0;

	for (size_t i = 0; i < token.len; i++) {
		char c = token.ptr[i];

		if ((c >= '0' && c <= '9') || c == '@' || c == '_' || c == '#' || c == '=')
			return true;
		if (c == '/' && i + 1 < token.len && token.ptr[i + 1] == '/')
			return true;
		if (c == '.' && i > 1 && i + 2 < token.len && (token.ptr[i + 1] >= 'a' && token.ptr[i + 1] <= 'z') &&
		    (token.ptr[i - 1] >= 'a' && token.ptr[i - 1] <= 'z'))
			dots++;
	}
	return dots > 1 || view_starts(token, "www.");
}

static bool has_cjk(struct postern_slice s)
{
	for (size_t pos = 0; pos < s.len;)
		if (rune_is_cjk(rune_next(s, &pos)))
			return true;
	return false;
}

/* Han text has no spaces: a number in it must not take the sentence along. */
static void blank_codes(char *copy, size_t len)
{
	for (size_t i = 0; i < len;) {
		size_t start = i;
		struct postern_slice token;

		while (i < len && !is_space(copy[i]))
			i++;
		token.ptr = copy + start;
		token.len = i - start;
		if (token.len > 0 && is_code(token) && !has_cjk(token))
			blank(copy, start, i);
		while (i < len && is_space(copy[i]))
			i++;
	}
}

struct quotes {
	const char *open, *close;
};

/* Quoted strings of up to 150 bytes: a product's title, words of the customer. */
static void blank_quoted(char *copy, size_t len)
{
	static const struct quotes pairs[] = {{"\"", "\""}, {"\xE2\x80\x9C", "\xE2\x80\x9D"},
	    {"\xC2\xAB", "\xC2\xBB"}, {"\xE2\x80\x9E", "\xE2\x80\x9C"}, {"\xE3\x80\x8C", "\xE3\x80\x8D"},
	    {"\xE3\x80\x8A", "\xE3\x80\x8B"}, {"\xE3\x80\x90", "\xE3\x80\x91"}, {"\xEF\xBC\x88", "\xEF\xBC\x89"},
	    {"[", "]"}, {"(", ")"}};

	for (size_t i = 0; i < len; i++) {
		for (size_t k = 0; k < sizeof(pairs) / sizeof(pairs[0]); k++) {
			size_t open = strlen(pairs[k].open), window = len - i < 150 ? len - i : 150;
			const char *close;

			if (window < open || memcmp(copy + i, pairs[k].open, open) != 0)
				continue;
			close = memmem(copy + i + open, window - open, pairs[k].close, strlen(pairs[k].close));
			if (close == NULL || memchr(copy + i, '\n', (size_t)(close - (copy + i))) != NULL)
				continue;
			blank(copy, i, (size_t)(close - copy) + strlen(pairs[k].close));
			break;
		}
	}
}

/* Whether the word that ends at end says that a product's name follows. */
static bool is_label(const char *copy, size_t end)
{
	static const char *const labels[] = {"item", "product", "title", "model", "listing", "article", "sku"};
	size_t start = end;

	while (start > 0 && (copy[start - 1] | 0x20) >= 'a' && (copy[start - 1] | 0x20) <= 'z')
		start--;
	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
		if (end - start == strlen(labels[i]) && strncasecmp(copy + start, labels[i], end - start) == 0)
			return true;
	return false;
}

/* "Item: Lampe de Table en Bois." A name keeps its language, up to the end of the sentence or line. */
static void blank_labelled(char *copy, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		size_t end = i + 1;

		if (copy[i] != ':' || !is_label(copy, i))
			continue;
		while (end < len && end - i < 150 && copy[end] != '\n' &&
		    !(strchr(".!?", copy[end]) != NULL && (end + 1 == len || is_space(copy[end + 1]))))
			end++;
		blank(copy, i + 1, end);
		i = end;
	}
}

/* Quoting must not hide a whole reply: what is quoted counts when it is most of the text. */
static bool is_mostly_quoted(const char *before, const char *after, size_t len)
{
	struct postern_slice a = {before, len}, b = {after, len};

	return letters_count(b) * 2 < letters_count(a);
}

void clean_text(char *copy, size_t len)
{
	char small[4096], *before = len <= sizeof(small) ? small : NULL;

	if (before != NULL)
		memcpy(before, copy, len);
	blank_quoted(copy, len);
	if (before != NULL && is_mostly_quoted(before, copy, len))
		memcpy(copy, before, len);
	blank_labelled(copy, len);
	blank_codes(copy, len);
}

static size_t latin_letters(const char *s, size_t len)
{
	size_t count = 0;

	for (size_t i = 0; i < len && count < 100; i++)
		count += (s[i] | 0x20) >= 'a' && (s[i] | 0x20) <= 'z';
	return count;
}

/* A short line of Han alone, such as a name or a department; no sentence. */
static bool is_han_line(struct postern_slice line, size_t *runes_r)
{
	line = view_trim(line);
	*runes_r = 0;
	for (size_t pos = 0; pos < line.len; ++*runes_r) {
		uint32_t c = rune_next(line, &pos);

		if (!rune_is_cjk(c) && c != ' ' && c != 0x3000 && c != 0xB7)
			return false;
	}
	return *runes_r <= 14;
}

/* Who signs in Han below a reply: up to three short lines at its end, when there is a reply above. */
void clean_closing(char *copy, size_t len)
{
	size_t end = len, runes, lines = 0;

	while (end > 0 && lines < 3) {
		size_t start = end;

		while (start > 0 && copy[start - 1] != '\n')
			start--;
		if (!is_han_line((struct postern_slice){copy + start, end - start}, &runes))
			break;
		if (runes > 0 && (start == 0 || latin_letters(copy, start) < 20))
			break;
		blank(copy, start, end);
		lines += runes > 0;
		end = start > 0 ? start - 1 : 0;
	}
}

static bool starts_line(struct postern_slice text, size_t pos)
{
	while (pos > 0 && (is_space(text.ptr[pos - 1]) || strchr("\xC2\xA1\xBF*_", text.ptr[pos - 1]) != NULL)) {
		if (text.ptr[pos - 1] == '\n')
			return true;
		pos--;
	}
	return pos == 0;
}

/* A mark after a greeting and its name, also full-width ones. */
static bool ends_greeting(struct postern_slice text, size_t pos)
{
	struct postern_slice here = view_sub(text, pos, text.len);

	return strchr(",;:!.\n-", *here.ptr) != NULL || view_starts(here, "\xEF\xBC") || view_starts(here, "\xE3\x80") ||
	    view_starts(here, "\xE2\x80\x94");
}

/* The full stop of "Mr." and the like: a short capitalised word before it, a name behind. */
static bool ends_title(struct postern_slice text, size_t pos)
{
	size_t start = pos;

	if (text.ptr[pos] != '.' || pos + 2 >= text.len || text.ptr[pos + 1] != ' ')
		return false;
	while (start > 0 && (text.ptr[start - 1] | 0x20) >= 'a' && (text.ptr[start - 1] | 0x20) <= 'z')
		start--;
	return pos - start >= 2 && pos - start <= 4 && text.ptr[start] >= 'A' && text.ptr[start] <= 'Z';
}

void clean_greeting(struct postern_slice text, char *copy, size_t start, size_t end)
{
	size_t words = 0, to = end;

	if (!starts_line(text, start))
		return;
	while (to < text.len && to - end < 60 && (!ends_greeting(text, to) || ends_title(text, to))) {
		if (text.ptr[to] == ' ' && ++words > 4)
			break;
		to++;
	}
	/* A sentence that only starts like a greeting keeps its words. */
	if (to < text.len && !ends_greeting(text, to))
		to = end;
	blank(copy, start, to);
}

bool clean_is_reply(struct postern_slice subject)
{
	static const char *const starts[] = {"re:", "re :", "re[", "fw:", "fwd:", "aw:", "sv:", "res:", "rv:", "tr:",
	    "wg:", "antw:", "r:", "\xE5\x9B\x9E\xE5\xA4\x8D", "\xE7\xAD\x94\xE5\xA4\x8D", "\xE5\x9B\x9E\xE8\xA6\x86"};

	subject = view_trim(subject);
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
		if (view_starts(subject, starts[i]))
			return true;
	return false;
}

/* ---- units ---- */

bool ends_paragraph(struct postern_slice clean, size_t pos)
{
	size_t feeds = 0;

	/* The sentence may have taken its line feed along. */
	if (pos > 0 && clean.ptr[pos - 1] == '\n')
		feeds++;
	for (; pos < clean.len && is_space(clean.ptr[pos]); pos++)
		if (clean.ptr[pos] == '\n')
			feeds++;
	return pos == clean.len || feeds > 1;
}

void unit_init(struct unit *unit, char *room, size_t cjk_weight)
{
	unit->text = room;
	unit->cjk_weight = cjk_weight;
	unit_reset(unit);
}

void unit_reset(struct unit *unit)
{
	unit->len = 0;
	unit->letters = 0;
	unit->script = 0;
	unit->start = unit->end = 0;
	unit->title = true;
	unit->text[0] = '\0';
}

static bool is_latin_letter(uint32_t c)
{
	return rune_is_letter(c) && (c < 0x370 || (c >= 0x1E00 && c < 0x1F00));
}

static bool is_mark(uint32_t c)
{
	return c == '\'' || c == 0x2019 || c == '-' || (c >= 0x300 && c < 0x370);
}

/* A word of Latin letters from pos on; its end. */
static size_t latin_word_end(struct postern_slice s, size_t pos)
{
	while (pos < s.len) {
		size_t next = pos;
		uint32_t c = rune_next(s, &next);

		if (!is_latin_letter(c) && !is_mark(c))
			break;
		pos = next;
	}
	return pos;
}

/* A run of other scripts: letters with spaces and punctuation between them. Weighs short ones nothing. */
static size_t script_run(struct postern_slice s, size_t pos, size_t cjk_weight, size_t *weight_r)
{
	size_t cjk = 0, other = 0, words = 1, end = pos;

	while (pos < s.len) {
		size_t next = pos;
		uint32_t c = rune_next(s, &next);

		if (is_latin_letter(c))
			break;
		if (rune_is_cjk(c))
			cjk++;
		else if (rune_is_letter(c))
			other++;
		else if (c == ' ' && other > 0)
			words++;
		if (rune_is_letter(c))
			end = next;
		pos = next;
	}
	*weight_r = (cjk >= 4 ? cjk * cjk_weight : 0) + (other >= 6 && words > 1 ? other : other >= 12 ? other : 0);
	return end;
}

static bool is_capital(struct postern_slice word)
{
	size_t pos = 0;
	uint32_t c = rune_next(word, &pos);

	if (c >= 0x100 && c < 0x180) /* pairs: the capital has the even code up to 0x137 and from 0x14A on */
		return c < 0x139 || (c >= 0x14A && c < 0x178) ? (c & 1) == 0 : c == 0x178 || (c & 1) == 1;
	if (c == 0x1A0 || c == 0x1AF || (c >= 0x1E00 && c < 0x1F00))
		return c == 0x1A0 || c == 0x1AF || (c & 1) == 0;
	return (c >= 'A' && c <= 'Z') || (c >= 0xC0 && c <= 0xDE && c != 0xD7);
}

static bool is_all_capitals(struct postern_slice word)
{
	for (size_t i = 0; i < word.len; i++)
		if (word.ptr[i] >= 'a' && word.ptr[i] <= 'z')
			return false;
	return true;
}

/* How the words of a sentence are written. */
struct words_shape {
	size_t words, capitals, shouted;
};

static struct words_shape words_shape(struct postern_slice s)
{
	struct words_shape shape = {0, 0, 0};

	for (size_t pos = 0; pos < s.len;) {
		size_t end = latin_word_end(s, pos);
		struct postern_slice word = view_sub(s, pos, end);

		if (end == pos) {
			rune_next(s, &pos);
			continue;
		}
		shape.words++;
		if (is_capital(word))
			shape.capitals++;
		if (is_all_capitals(word))
			shape.shouted++;
		pos = end;
	}
	return shape;
}

/* The words behind the first that are capitalised are names, unless most are. */
static bool is_name(struct postern_slice word, size_t position, const struct words_shape *shape)
{
	if (position == 0 || !is_capital(word) || word.len < 2)
		return false;
	return shape->capitals * 2 < shape->words + (shape->words < 10 ? 2 : 4);
}

static void append_word(struct unit *unit, struct postern_slice word)
{
	if (unit->len > 0)
		unit->text[unit->len++] = ' ';
	for (size_t i = 0; i < word.len; i++) {
		char c = word.ptr[i];

		unit->text[unit->len++] = c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
	}
	unit->text[unit->len] = '\0';
	unit->letters += letters_count(word);
}

static bool ends_sentence(struct postern_slice s)
{
	s = view_trim(s);
	return s.len > 0 && strchr(".!?:", s.ptr[s.len - 1]) != NULL;
}

void unit_add(struct unit *unit, struct postern_slice clean, size_t start, size_t end)
{
	struct postern_slice s = view_sub(clean, start, end);
	struct words_shape shape = words_shape(s);
	size_t position = 0, weight;

	if (unit->end == 0)
		unit->start = start;
	unit->end = end;
	/* Who shouts, capitalises everything. */
	if (shape.words > 0 && (ends_sentence(s) || shape.capitals * 10 < shape.words * 6 || shape.words < 3 ||
	    shape.shouted * 2 > shape.words))
		unit->title = false;
	for (size_t pos = 0; pos < s.len;) {
		size_t stop = latin_word_end(s, pos), next = pos;

		if (stop > pos) {
			if (!is_name(view_sub(s, pos, stop), position++, &shape))
				append_word(unit, view_sub(s, pos, stop));
			pos = stop;
		} else if (rune_is_letter(rune_next(s, &next))) {
			stop = script_run(s, pos, unit->cjk_weight, &weight);
			unit->script += weight;
			pos = stop > pos ? stop : next;
		} else {
			pos = next;
		}
	}
}

/* Whether the dictionary knows a lower-case word, also as a name or an abbreviation. */
static bool is_known(struct dictionary *dictionary, char *word)
{
	if (dictionary_has(dictionary, word))
		return true;
	if (word[0] < 'a' || word[0] > 'z')
		return false;
	word[0] = (char)(word[0] - ('a' - 'A'));
	return dictionary_has(dictionary, word);
}

/* The typographic apostrophe as the dictionary writes it. */
static size_t copy_word(char *out, size_t size, const char *word, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len && n + 1 < size; i++) {
		if (len - i >= 3 && memcmp(word + i, "\xE2\x80\x99", 3) == 0) {
			out[n++] = '\'';
			i += 2;
		} else {
			out[n++] = word[i];
		}
	}
	while (n > 0 && (out[n - 1] == '\'' || out[n - 1] == '-'))
		n--;
	out[n] = '\0';
	return n;
}

double unit_known(const struct unit *unit, struct dictionary *dictionary)
{
	size_t words = 0, known = 0;
	char word[100];

	dictionary_lock(dictionary);
	for (size_t pos = 0; pos < unit->len;) {
		const char *space = memchr(unit->text + pos, ' ', unit->len - pos);
		size_t end = space != NULL ? (size_t)(space - unit->text) : unit->len;

		/* Words of two letters are alike in too many languages. */
		if (copy_word(word, sizeof(word), unit->text + pos, end - pos) > 2) {
			words++;
			if (is_known(dictionary, word))
				known++;
		}
		pos = end + 1;
	}
	dictionary_unlock(dictionary);
	return words > 0 ? (double)known / (double)words : 1;
}
