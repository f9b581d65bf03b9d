/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prepares text for the language rule: takes out what is in no language (links,
 * numbers, order ids) and what may be in any (quoted titles, greetings).
 */
#include "clean.h"

#include <string.h>
#include <strings.h>

static bool is_space(char c)
{
	/* Nearly all bytes. */
	if ((unsigned char)c > ' ')
		return false;
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static void blank(char *copy, size_t start, size_t end)
{
	for (size_t i = start; i < end; i++)
		if (copy[i] != '\n')
			copy[i] = ' ';
}

/* ---- blanking ---- */

/* What may stand in an address or a number, and what divides words. */
enum { SIGN = 1, SPACE = 2 };
static const unsigned char byte_kinds[256] = {['0'] = SIGN, ['1'] = SIGN, ['2'] = SIGN, ['3'] = SIGN, ['4'] = SIGN,
    ['5'] = SIGN, ['6'] = SIGN, ['7'] = SIGN, ['8'] = SIGN, ['9'] = SIGN, ['@'] = SIGN, ['_'] = SIGN, ['#'] = SIGN,
    ['='] = SIGN, ['/'] = SIGN, ['.'] = SIGN, [' '] = SPACE, ['\t'] = SPACE, ['\n'] = SPACE, ['\v'] = SPACE,
    ['\f'] = SPACE, ['\r'] = SPACE};

static bool is_sign(unsigned char c)
{
	return byte_kinds[c] == SIGN;
}

/* Whether a run without spaces is an address or a number rather than a word. */
static bool is_code(struct postern_slice token)
{
	size_t dots = 0;

	for (size_t i = 0; i < token.len; i++) {
		char c = token.ptr[i];

		if (!is_sign((unsigned char)c))
			continue;
		if ((c >= '0' && c <= '9') || c == '@' || c == '_' || c == '#' || c == '=')
			return true;
		if (c == '/' && i + 1 < token.len && token.ptr[i + 1] == '/')
			return true;
		if (c == '.' && i > 1 && i + 2 < token.len && (token.ptr[i + 1] >= 'a' && token.ptr[i + 1] <= 'z') &&
		    (token.ptr[i - 1] >= 'a' && token.ptr[i - 1] <= 'z'))
			dots++;
	}
	return dots > 1 || ((token.ptr[0] | 0x20) == 'w' && view_starts(token, "www."));
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
	struct postern_slice text = {copy, len};

	for (size_t i = 0; i < len;) {
		size_t start = i;
		struct postern_slice token;
		unsigned kinds = (copy[i] | 0x20) == 'w' ? SIGN : 0;

		for (i = letters_end(text, i); i < len && byte_kinds[(unsigned char)copy[i]] != SPACE; i++)
			kinds |= byte_kinds[(unsigned char)copy[i]];
		token.ptr = copy + start;
		token.len = i - start;
		if (kinds != 0 && token.len > 0 && is_code(token) && !has_cjk(token))
			blank(copy, start, i);
		while (i < len && byte_kinds[(unsigned char)copy[i]] == SPACE)
			i++;
	}
}

struct quotes {
	const char *open, *close;
};

/* Nearly no byte of a text may start one. */
static bool starts_quote(unsigned char c)
{
	static const bool starts[256] = {['"'] = true, ['['] = true, ['('] = true, [0xE2] = true, [0xC2] = true,
	    [0xE3] = true, [0xEF] = true};

	return starts[c];
}

/* Quoted strings of up to 150 bytes: a product's title, words of the customer. Whether there are any. */
static bool blank_quoted(char *copy, size_t len)
{
	static const struct quotes pairs[] = {{"\"", "\""}, {"\xE2\x80\x9C", "\xE2\x80\x9D"},
	    {"\xC2\xAB", "\xC2\xBB"}, {"\xE2\x80\x9E", "\xE2\x80\x9C"}, {"\xE3\x80\x8C", "\xE3\x80\x8D"},
	    {"\xE3\x80\x8A", "\xE3\x80\x8B"}, {"\xE3\x80\x90", "\xE3\x80\x91"}, {"\xEF\xBC\x88", "\xEF\xBC\x89"},
	    {"[", "]"}, {"(", ")"}};
	struct postern_slice text = {copy, len};
	bool any = false;

	for (size_t i = sign_next(text, 0); i < len; i = sign_next(text, i + 1)) {
		if (!starts_quote((unsigned char)copy[i]))
			continue;
		for (size_t k = 0; k < sizeof(pairs) / sizeof(pairs[0]); k++) {
			size_t open = strlen(pairs[k].open), window = len - i < 150 ? len - i : 150;
			const char *close;

			if (window < open || memcmp(copy + i, pairs[k].open, open) != 0)
				continue;
			close = memmem(copy + i + open, window - open, pairs[k].close, strlen(pairs[k].close));
			if (close == NULL || memchr(copy + i, '\n', (size_t)(close - (copy + i))) != NULL)
				continue;
			blank(copy, i, (size_t)(close - copy) + strlen(pairs[k].close));
			any = true;
			break;
		}
	}
	return any;
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
	const char *colon;

	for (size_t i = 0; i < len && (colon = memchr(copy + i, ':', len - i)) != NULL; i++) {
		size_t end;

		i = (size_t)(colon - copy);
		end = i + 1;
		if (!is_label(copy, i))
			continue;
		while (end < len && end - i < 150 && copy[end] != '\n' &&
		    !(strchr(".!?", copy[end]) != NULL && (end + 1 == len || is_space(copy[end + 1]))))
			end++;
		blank(copy, i + 1, end);
		i = end;
	}
}

/* Quotation marks must not hide a reply: a title or two are excused, or as much as the text around them has. */
#define QUOTED_LETTERS 160

static bool is_mostly_quoted(const char *before, const char *after, size_t len)
{
	struct postern_slice a = {before, len}, b = {after, len};
	size_t all = letters_count(a), quoted = all - letters_count(b);

	return quoted * 2 > all || (quoted > QUOTED_LETTERS && quoted * 3 > all);
}

void clean_text(char *copy, size_t len, char *room)
{
	memcpy(room, copy, len);
	if (blank_quoted(copy, len) && is_mostly_quoted(room, copy, len))
		memcpy(copy, room, len);
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

bool clean_greeting(struct postern_slice text, char *copy, size_t start, size_t end)
{
	size_t words = 0, to = end;

	if (!starts_line(text, start))
		return false;
	while (to < text.len && to - end < 60 && (!ends_greeting(text, to) || ends_title(text, to))) {
		if (text.ptr[to] == ' ' && ++words > 4)
			break;
		to++;
	}
	/* A sentence that only starts like a greeting keeps its words. */
	if (to < text.len && !ends_greeting(text, to))
		to = end;
	blank(copy, start, to);
	return true;
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
