/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Takes sentences apart for wording.c. Eight bytes are looked at together: nearly all words are shorter, so that
 * most are read, made small and hashed without a look at their letters one by one.
 */
#include "core/wording_word.h"

#include <endian.h>
#include <string.h>

#define WORD_MAX 24
#define ALL(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Up to eight bytes, the first in the lowest ones; 0 behind the text's end. */
static uint64_t bytes_at(struct slice text, size_t pos)
{
	uint64_t bytes = 0;

	if (text.len - pos >= sizeof(bytes))
		memcpy(&bytes, text.ptr + pos, sizeof(bytes));
	else
		memcpy(&bytes, text.ptr + pos, text.len - pos);
	return le64toh(bytes);
}

/* The letters that the bytes begin with, as small ones, and 0 behind them. */
static uint64_t leading_letters(uint64_t bytes, size_t *count_r)
{
	uint64_t small = bytes | ALL(0x20), low = small & ALL(0x7F);
	/* The high bit of each byte that is none: below 'a', above 'z', or beyond ASCII. */
	uint64_t others = (~(low + ALL(0x80 - 'a')) | (low + ALL(0x7F - 'z')) | small) & ALL(0x80);

	if (others == 0) {
		*count_r = 8;
		return small;
	}
	*count_r = (size_t)__builtin_ctzll(others) / 8;
	return small & (((others & -others) >> 7) - 1);
}

static bool is_letter(unsigned char c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool is_digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

/* "reviews" and "review" are one word; so are "buyer's" and "buyer". */
static size_t stem(char *word, size_t len)
{
	if (word[len - 1] != 's')
		return len;
	if (len > 2 && word[len - 2] == '\'')
		len -= 2;
	if (len > 4 && memcmp(word + len - 3, "ies", 3) == 0) {
		word[len - 3] = 'y';
		return len - 2;
	}
	return len > 3 && word[len - 1] == 's' && word[len - 2] != 's' ? len - 1 : len;
}

static uint64_t mix(uint64_t hash, uint64_t bytes)
{
	hash = (hash ^ bytes) * UINT64_C(0x9FB21C651E98DF25);
	return hash ^ hash >> 32;
}

/* word: room for WORD_MAX bytes. */
static uint64_t hash_of(const char *word, size_t len)
{
	uint64_t hash = len, bytes;

	for (; len > 8; word += 8, len -= 8) {
		memcpy(&bytes, word, sizeof(bytes));
		hash = mix(hash, le64toh(bytes));
	}
	memcpy(&bytes, word, sizeof(bytes));
	bytes = le64toh(bytes) & (len == 8 ? UINT64_MAX : (UINT64_C(1) << 8 * len) - 1);
	hash = mix(hash, bytes) * UINT64_C(0xD6E8FEB86659FD93);
	return hash ^ hash >> 29;
}

uint64_t wording_word_hash(struct slice word)
{
	char copy[WORD_MAX] = "";
	size_t len = word.len < WORD_MAX ? word.len : WORD_MAX;

	memcpy(copy, word.ptr, len);
	return hash_of(copy, len);
}

/* An apostrophe inside a word, plain or typographic: its length; else 0. */
static size_t apostrophe(struct slice s, size_t pos)
{
	size_t len = s.ptr[pos] == '\'' ? 1 : s.len - pos >= 3 && memcmp(s.ptr + pos, "\xE2\x80\x99", 3) == 0 ? 3 : 0;

	return len > 0 && pos + len < s.len && is_letter((unsigned char)s.ptr[pos + len]) ? len : 0;
}

/* At a letter. */
static uint64_t read_letters(struct slice s, size_t *pos)
{
	char word[WORD_MAX + 8];
	size_t len = 0, at = *pos, count, mark = 0;

	do {
		uint64_t bytes = htole64(leading_letters(bytes_at(s, at), &count));

		memcpy(word + len, &bytes, sizeof(bytes));
		len = len + count < WORD_MAX ? len + count : WORD_MAX;
		at += count;
		mark = count < 8 && at < s.len && (s.ptr[at] == '\'' || s.ptr[at] == '\xE2') ? apostrophe(s, at) : 0;
		if (mark > 0 && len < WORD_MAX)
			word[len++] = '\'';
		at += mark;
	} while (at < s.len && (count == 8 || mark > 0));
	*pos = at;
	return hash_of(word, stem(word, len));
}

/* A sum of money, a percentage or another number. */
static uint64_t read_number(struct slice s, size_t *pos)
{
	size_t start = *pos, before = start > 0 && s.ptr[start - 1] == ' ' ? start - 1 : start;
	unsigned char sign = before > 0 ? (unsigned char)s.ptr[before - 1] : 0;
	bool money = sign == '$' || sign == 0xA3 || sign == 0xAC; /* the last bytes of pound and euro */

	while (*pos < s.len && (is_digit((unsigned char)s.ptr[*pos]) || ((s.ptr[*pos] == '.' || s.ptr[*pos] == ',') &&
	    *pos + 1 < s.len && is_digit((unsigned char)s.ptr[*pos + 1]))))
		(*pos)++;
	if (money)
		return wording_word_hash(SLICE_LIT("#money"));
	if (*pos < s.len && (s.ptr[*pos] == '%' || (s.ptr[*pos] == ' ' && *pos + 1 < s.len && s.ptr[*pos + 1] == '%')))
		return wording_word_hash(SLICE_LIT("#percent"));
	return wording_word_hash(SLICE_LIT("#number"));
}

bool wording_word_next(struct slice text, size_t *pos, uint64_t *hash_r)
{
	for (; *pos < text.len; ++*pos) {
		unsigned char c = (unsigned char)text.ptr[*pos];

		if (is_letter(c)) {
			*hash_r = read_letters(text, pos);
			return true;
		}
		if (is_digit(c)) {
			*hash_r = read_number(text, pos);
			return true;
		}
	}
	return false;
}
