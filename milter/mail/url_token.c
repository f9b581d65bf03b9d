/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A run of text with the disguises taken off that need no guessing: characters
 * nobody sees, full-width forms, dots in brackets. Plain ASCII, which is nearly
 * everything, is not copied.
 */
#include "mail/url_private.h"

#include <stdlib.h>
#include <string.h>

#include "core/text.h"

/* "[.]", "(.)", "{.}", "[dot]", "[:]", "[@]": its length and the character meant, or 0. */
static size_t bracketed(struct slice s, char *meant_r)
{
	static const struct { const char *text; char meant; } forms[] = {
		{".", '.'}, {"dot", '.'}, {":", ':'}, {"@", '@'}, {"at", '@'}, {"/", '/'},
	};
	char close;

	if (s.len < 3 || (s.ptr[0] != '[' && s.ptr[0] != '(' && s.ptr[0] != '{'))
		return 0;
	close = s.ptr[0] == '[' ? ']' : s.ptr[0] == '(' ? ')' : '}';
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		size_t n = strlen(forms[i].text);

		if (s.len >= n + 2 && s.ptr[n + 1] == close &&
		    slice_case_prefix(slice_sub(s, 1, n), forms[i].text)) {
			*meant_r = forms[i].meant;
			return n + 2;
		}
	}
	return 0;
}

static bool needs_folding(struct slice s)
{
	char meant;

	for (size_t i = 0; i < s.len; i++) {
		if ((unsigned char)s.ptr[i] >= 0x80 || bracketed(slice_sub(s, i, 6), &meant) != 0)
			return true;
	}
	return false;
}

static bool is_word(unsigned long cp)
{
	return (cp >= '0' && cp <= '9') || (cp >= 'A' && cp <= 'Z') || (cp >= 'a' && cp <= 'z') || cp == '-';
}

/* Notes that text[at] stands at original, when the distance has changed. */
static void shift_add(struct url_token *token, size_t at, size_t original)
{
	struct url_shift *last = token->shift_count > 0 ? &token->shifts[token->shift_count - 1] : NULL;
	struct url_shift *grown;

	if (last != NULL ? original - last->original == at - last->at : original == at)
		return;
	if (last != NULL && last->at == at) {
		last->original = original;
		return;
	}
	if (token->shift_count == token->shift_cap) {
		size_t cap = token->shift_cap != 0 ? token->shift_cap * 2 : 16;

		grown = realloc(token->shifts, cap * sizeof(*grown));
		if (grown == NULL) {
			token->failed = true;
			return;
		}
		token->shifts = grown;
		token->shift_cap = cap;
	}
	token->shifts[token->shift_count++] = (struct url_shift){at, original};
}

/*
 * The ideographic full stop ends Chinese sentences too: it is a dot only
 * between Latin letters or digits.
 */
static unsigned long fold(unsigned long cp, unsigned long before, struct slice after)
{
	unsigned long next = 0;

	if ((cp != 0x3002 && cp != 0xFF61) || !is_word(before))
		return cp == 0x3002 || cp == 0xFF61 ? cp : url_fold_character(cp);
	utf8_decode(after, &next);
	return is_word(url_fold_character(next)) ? '.' : cp;
}

void url_token_fold(struct url_token *token, struct slice original)
{
	unsigned long before = 0;

	*token = (struct url_token){.original = original, .text = original};
	if (!needs_folding(original))
		return;
	for (size_t at = 0; at < original.len && !token->failed;) {
		struct slice rest = slice_sub(original, at, original.len);
		unsigned long cp = 0;
		char meant;
		size_t n = bracketed(rest, &meant);

		if (n != 0)
			cp = (unsigned char)meant;
		else if ((n = utf8_decode(rest, &cp)) == 0)
			cp = 0xFFFD;
		n = n != 0 ? n : 1;
		at += n;
		if (unicode_invisible(cp))
			continue;
		shift_add(token, token->folded.len, at - n);
		before = fold(cp, before, slice_sub(original, at, 4));
		buf_add_utf8(&token->folded, before);
	}
	token->failed |= token->folded.failed;
	token->text = buf_slice(&token->folded);
}

/* Where text[at] came from. */
static size_t original_of(const struct url_token *token, size_t at)
{
	size_t low = 0, high = token->shift_count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (token->shifts[mid].at <= at)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == 0)
		return at;
	return token->shifts[low - 1].original + (at - token->shifts[low - 1].at);
}

struct slice url_token_original(const struct url_token *token, size_t from, size_t to)
{
	size_t start, end;

	if (token->shift_count == 0)
		return slice_sub(token->original, from, to - from);
	start = original_of(token, from);
	/* The last character's own end: what follows it may be invisible padding. */
	end = to > from ? original_of(token, to - 1) : start;
	if (end < token->original.len) {
		unsigned long cp;
		char meant;
		struct slice rest = slice_sub(token->original, end, 8);
		size_t n = bracketed(rest, &meant);

		if (n == 0 && ((unsigned char)rest.ptr[0] & 0xC0) != 0x80)
			n = utf8_decode(rest, &cp);
		end += n != 0 ? n : 1;
	}
	return slice_sub(token->original, start, end > start ? end - start : 0);
}

void url_token_free(struct url_token *token)
{
	buf_free(&token->folded);
	free(token->shifts);
	token->shifts = NULL;
}
