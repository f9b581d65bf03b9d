/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The text in which literals are looked for, and what becomes of characters in it.
 */
#include <string.h>

#include "core/literals_part.h"
#include "core/text.h"

bool literal_is_blank(unsigned long cp)
{
	if (cp < 0x80)
		return cp == ' ' || (cp >= '\t' && cp <= '\r');
	return cp == 0x85 || cp == 0xA0 || cp == 0x1680 || cp == 0x180E || (cp >= 0x2000 && cp <= 0x200A) ||
	    cp == 0x2028 || cp == 0x2029 || cp == 0x202F || cp == 0x205F || cp == 0x3000;
}

bool literal_is_apostrophe(unsigned long cp)
{
	return cp == '\'' || cp == '`' || cp == 0x2018 || cp == 0x2019;
}

const bool literal_word_bytes[256] = {
	['a'] = true, ['b'] = true, ['c'] = true, ['d'] = true, ['e'] = true, ['f'] = true, ['g'] = true,
	['h'] = true, ['i'] = true, ['j'] = true, ['k'] = true, ['l'] = true, ['m'] = true, ['n'] = true,
	['o'] = true, ['p'] = true, ['q'] = true, ['r'] = true, ['s'] = true, ['t'] = true, ['u'] = true,
	['v'] = true, ['w'] = true, ['x'] = true, ['y'] = true, ['z'] = true, ['0'] = true, ['1'] = true,
	['2'] = true, ['3'] = true, ['4'] = true, ['5'] = true, ['6'] = true, ['7'] = true, ['8'] = true,
	['9'] = true, ['_'] = true,
};

/* Whether \\d may match it; in scripts that nobody here reads, perhaps none that it does. */
static bool may_be_digit(unsigned long cp)
{
	static const struct {
		unsigned long first, last;
	} ranges[] = {{0x660, 0x669}, {0x6F0, 0x6F9}, {0x700, 0x8FF}, {0x966, 0x96F}, {0x980, 0xDFF}, {0xE50, 0xE59},
	    {0xE80, 0x1C7F}, {0x1C90, 0x1DFF}, {0xA620, 0xABFF}, {0xFF10, 0xFF19}, {0x10000, 0x1EFFF}, {0x1FB00, 0x1FFFF},
	    {0xE0000, 0x10FFFF}};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (cp <= ranges[i].last)
			return cp >= ranges[i].first;
	return false;
}

/* Characters without case that are worth looking for: signs, and scripts that have none. */
bool literal_is_caseless(unsigned long cp)
{
	if (may_be_digit(cp))
		return false;
	if (cp < 0x100)
		return cp > 0xA0 && cp < 0xC0 ? cp != 0xAA && cp != 0xB5 && cp != 0xBA : cp == 0xD7 || cp == 0xF7;
	if ((cp >= 0x5D0 && cp <= 0x6FF) || (cp >= 0x900 && cp <= 0x97F) || (cp >= 0xE00 && cp <= 0xE7F))
		return true;
	if ((cp >= 0x20A0 && cp <= 0x20BF) || (cp >= 0x2600 && cp <= 0x27BF) || (cp >= 0x2B50 && cp <= 0x2B59))
		return true;
	/* The fullwidth forms of signs; those of digits are above, those of letters have cases. */
	if (cp >= 0xFF01 && cp <= 0xFF65)
		return cp <= 0xFF20 || (cp >= 0xFF3B && cp <= 0xFF40) || cp >= 0xFF5B;
	return (cp >= 0x3001 && cp <= 0x30FF) || (cp >= 0x3400 && cp <= 0x9FFF) || (cp >= 0xAC00 && cp <= 0xD7A3);
}

/* A character beyond ASCII as it is looked for: one byte in place of it, or -1: it stays. */
static int fold_char(unsigned long cp)
{
	if (literal_is_blank(cp))
		return ' ';
	if (literal_is_apostrophe(cp))
		return '\'';
	return may_be_digit(cp) ? LITERAL_DIGIT : -1;
}

/* ASCII as it is looked for, all of it one byte each. */
static const char ascii[128] = {
	0, 1, 2, 3, 4, 5, 6, 7, 8, ' ', ' ', ' ', ' ', ' ', 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
	' ', '!', '"', '#', '$', '%', '&', '\'', '(', ')', '*', '+', ',', '-', '.', '/',
	'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', ':', ';', '<', '=', '>', '?',
	'@', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o',
	'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', '[', '\\', ']', '^', '_',
	'\'', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o',
	'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', '{', '|', '}', '~', 127,
};

/* A text while it is folded. */
struct folding {
	char *out;
	uint32_t *places; /* NULL: nobody asks */
	size_t n;
};

static inline void put(struct folding *folding, char byte, size_t pos)
{
	if (byte == ' ' && folding->n > 0 && folding->out[folding->n - 1] == ' ')
		return;
	if (folding->places != NULL)
		folding->places[folding->n] = (uint32_t)pos;
	folding->out[folding->n++] = byte;
}

/* What begins with a byte beyond ASCII: how many bytes that are. */
static size_t fold_wide(struct folding *folding, struct slice text, size_t pos)
{
	unsigned char c = (unsigned char)text.ptr[pos];
	unsigned long cp = c;
	/* Nothing from there to U+0660 is changed but U+0085 and U+00A0. */
	size_t len = c == 0xC2 || c >= 0xD9 ? utf8_decode(slice_sub(text, pos, 4), &cp) : 1;
	int one = len > 1 ? fold_char(cp) : -1;

	len = len == 0 ? 1 : len;
	if (one != -1)
		put(folding, (char)one, pos);
	for (size_t i = 0; one == -1 && i < len; i++)
		put(folding, text.ptr[pos + i], pos + i);
	return len;
}

/* ASCII from pos on: behind it. Nearly all of most texts, so what changes is kept at hand. */
static size_t fold_ascii(struct folding *folding, struct slice text, size_t pos)
{
	char *out = folding->out, last = folding->n > 0 ? out[folding->n - 1] : '\0';
	uint32_t *places = folding->places;
	size_t n = folding->n;

	for (; pos < text.len && (unsigned char)text.ptr[pos] < 0x80; pos++) {
		char byte = ascii[(unsigned char)text.ptr[pos]];

		if (byte == ' ' && last == ' ')
			continue;
		if (places != NULL)
			places[n] = (uint32_t)pos;
		out[n++] = last = byte;
	}
	folding->n = n;
	return pos;
}

size_t literals_fold(struct slice text, char *out, uint32_t *places)
{
	struct folding folding = {out, places, 0};
	size_t pos = 0;

	while (pos < text.len) {
		pos = fold_ascii(&folding, text, pos);
		if (pos < text.len)
			pos += fold_wide(&folding, text, pos);
	}
	return folding.n;
}
