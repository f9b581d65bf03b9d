/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Words taken apart ("c o u p o n", "w.h.a.t.s.a.p.p"), written with digits
 * ("c0upon"), or packed in base64.
 */
#include "evasion.h"

#include <string.h>

#define SPELLED_MIN 4    /* single letters in a row */
#define SPELLED_LONG 7   /* so many are a word, known or not */
#define SPELLED_MAX 64
#define PACKED_MIN 24    /* characters of a packed word */
#define PACKED_BLOCK 240 /* so many are packed, whatever is inside */
#define PACKED_READ 1024
#define PLAIN_MAX 24      /* letters of a listed word */
#define ODD_MIN 4

static bool is_alnum(unsigned char c)
{
	return ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || (c >= '0' && c <= '9');
}

static bool is_letter(unsigned char c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool is_separator(char c)
{
	static const bool separators[256] = {[' '] = true, ['\t'] = true, ['\n'] = true, ['.'] = true, ['-'] = true,
	    ['_'] = true, ['*'] = true, ['~'] = true, ['|'] = true, ['/'] = true, [','] = true, ['+'] = true};

	return separators[(unsigned char)c];
}

/* ---- single letters ---- */

struct spelled {
	char letters[SPELLED_MAX];
	size_t count, end;
	bool wide; /* a gap between words was met */
};

/* Single letters and digits with at most three separators between them, from at on. */
static void read_spelled(struct postern_slice text, size_t at, struct spelled *s)
{
	*s = (struct spelled){.end = at};
	while (at < text.len && is_alnum((unsigned char)text.ptr[at]) && s->count < SPELLED_MAX) {
		size_t gap = at + 1;

		if (gap < text.len && (is_alnum((unsigned char)text.ptr[gap]) || (unsigned char)text.ptr[gap] >= 0x80))
			return;
		s->letters[s->count++] = text.ptr[at];
		s->end = gap;
		while (gap < text.len && gap - at <= 3 && is_separator(text.ptr[gap]))
			gap++;
		if (gap == at + 1 || gap - at > 4)
			return;
		at = gap;
	}
}

/* "A B C D", "S M L": a list of letters is no word. */
static bool is_listing(const struct spelled *s)
{
	size_t steps = 0, vowels = 0, letters = 0;

	for (size_t i = 0; i < s->count; i++) {
		letters += is_letter((unsigned char)s->letters[i]);
		vowels += strchr("aeiouyAEIOUY", s->letters[i]) != NULL;
		steps += i > 0 && (s->letters[i] | 0x20) == (s->letters[i - 1] | 0x20) + 1;
	}
	return letters < s->count || vowels == 0 || steps * 2 >= s->count;
}

/* *score_r: 0 when the letters are nothing. */
static void weigh_spelled(const struct judge *judge, const struct spelled *s, int *score_r)
{
	struct postern_slice word = {s->letters, s->count};

	*score_r = 0;
	if (s->count < SPELLED_MIN || digits_count(word) == s->count)
		return;
	for (size_t from = 0; from < s->count; from++)
		for (size_t len = SPELLED_MIN; len <= 12 && from + len <= s->count; len++)
			if (words_has(&judge->evasion->words, view_sub(word, from, from + len)))
				*score_r = STRONG;
	if (*score_r == 0 && s->count >= SPELLED_LONG && !is_listing(s))
		*score_r = WEAK;
}

/* ---- base64 ---- */

static int packed_value(unsigned char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c != '\0' ? strchr(digits, c) : NULL;

	return at != NULL ? (int)(at - digits) : -1;
}

/* The bytes that token stands for, as far as they fit; 0 when it is not base64. */
static size_t unpack(struct postern_slice token, char *out, size_t room)
{
	uint32_t bits = 0;
	size_t len = 0;
	int have = 0;

	for (size_t i = 0; i < token.len && token.ptr[i] != '='; i++) {
		int value = packed_value((unsigned char)token.ptr[i]);

		if (value < 0)
			return 0;
		bits = bits << 6 | (uint32_t)value;
		have += 6;
		if (have >= 8) {
			have -= 8;
			if (len < room)
				out[len++] = (char)(bits >> have & 0xFF);
		}
	}
	return len;
}

static bool is_prose(const char *text, size_t len)
{
	size_t letters = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if ((c < ' ' && c != '\n' && c != '\r' && c != '\t') || c >= 0x7F)
			return false;
		letters += is_letter(c) || c == ' ';
	}
	return len >= 12 && letters * 10 >= len * 6;
}

static int weigh_packed(struct postern_slice token, size_t block)
{
	char plain[PACKED_READ];
	size_t len;

	if (token.len < PACKED_MIN)
		return 0;
	len = unpack(token, plain, sizeof(plain));
	if (len == 0)
		return 0;
	if (is_prose(plain, len) && digits_count(token) + 2 < token.len)
		return STRONG;
	return block >= PACKED_BLOCK ? WEAK : 0;
}

/* ---- letters that stand for others ---- */

/* The letter below the accents of a Latin one, or 0. */
static char bare_letter(uint32_t c)
{
	static const char latin[] = "AAAAAAACEEEEIIIIDNOOOOO*OUUUUYTsaaaaaaaceeeeiiiidnooooo*ouuuuyty"
	    "AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGgGgGgHhHhIiIiIiIiIiIiJjKkkLlLlLlLlLlNnNnNnnNnOoOoOoOoRrRrRrSsSsSsSsTtTtTtUuUuUuUuUuUuWwYyYZzZzZzs";
	static const char more[] = "AaBbBbBbCcDdDdDdDdDdEeEeEeEeEeFfGgHhHhHhHhHhIiIiKkKkKkLlLlLlLlMmMmMmNnNnNnNnOoOoOoOoPpPpRrRrRrRr"
	    "SsSsSsSsSsTtTtTtTtUuUuUuUuUuVvVvWwWwWwWwWwXxXxYyZzZzZzhtwy";

	if (c >= 0xC0 && c < 0xC0 + sizeof(latin) - 1)
		return latin[c - 0xC0];
	if (c >= 0x1E00 && c < 0x1E00 + sizeof(more) - 1)
		return more[c - 0x1E00];
	if (c < 0x1EA0 || c > 0x1EF9)
		return 0;
	return c < 0x1EB8 ? 'a' : c < 0x1EC8 ? 'e' : c < 0x1ECC ? 'i' : c < 0x1EE4 ? 'o' : c < 0x1EF2 ? 'u' : 'y';
}

/* "$" for s and so on, inside a word. */
static char sign_letter(uint32_t c)
{
	return c == '$' ? 's' : c == '@' ? 'a' : c == '!' ? 'i' : c == 0x20AC ? 'e' : c == 0xA2 ? 'c' : c == 0xA3 ? 'l' : 0;
}

/*
 * The word that a token is read as when accents and signs are letters and the marks inside it are nothing:
 * dots on "discount", "di$count", "cou*pon"; empty when nothing in it is odd. plain has PLAIN_MAX bytes.
 */
static struct postern_slice read_odd(struct postern_slice token, char *plain)
{
	size_t len = 0, odd = 0, letters = 0;

	for (size_t at = 0; at < token.len && len < PLAIN_MAX;) {
		size_t start = at;
		uint32_t c = rune_next(token, &at);
		char letter = c < 0x80 && is_alnum((unsigned char)c) ? (char)c : bare_letter(c);

		letters += letter != 0;
		if (letter != 0 && c >= 0x80) {
			odd++;
		} else if (letter == 0 && (letter = sign_letter(c)) != 0 && at < token.len) {
			odd++;
		} else if (letter == 0 && c != 0 && c < 0x80 && strchr(".*_~|", (int)c) != NULL && start > 0 && at < token.len) {
			odd++;
			continue;
		}
		if (letter == 0 || letter == '*') {
			/* punctuation around a word is none of it */
			if (len == 0)
				continue;
			token.len = start;
			break;
		}
		plain[len++] = letter;
	}
	return (struct postern_slice){plain, odd > 0 && letters >= SPELLED_MIN - 1 ? len : 0};
}

/* Nearly all tokens: letters, perhaps with a mark behind them, and no long run of them. */
static bool is_plain(struct postern_slice token)
{
	unsigned char last = (unsigned char)token.ptr[token.len - 1];

	if (token.len >= PACKED_MIN || last >= 0x80 || (last >= '0' && last <= '9'))
		return false;
	for (size_t i = 0; i + 1 < token.len; i++)
		if (!is_letter((unsigned char)token.ptr[i]))
			return false;
	return true;
}

/* ---- texts ---- */

static bool has_digit_inside(struct postern_slice word)
{
	size_t digits = digits_count(word);

	return digits > 0 && digits <= 2 && word.len >= 4 && word.len <= 20 && is_letter((unsigned char)word.ptr[0]);
}

struct best {
	struct postern_slice evidence;
	size_t text;
	int score;
};

static void note(struct best *best, struct postern_slice evidence, size_t text, int score)
{
	if (score > best->score)
		*best = (struct best){evidence, text, score};
}

static void look_at_token(const struct judge *judge, struct best *best, struct postern_slice token, size_t index, size_t *block)
{
	struct postern_slice word;
	char plain[PLAIN_MAX];
	size_t pos = 0;

	if (is_plain(token)) {
		*block = 0;
		return;
	}
	word = token.len <= 3 * PLAIN_MAX ? read_odd(token, plain) : view_sub(token, 0, 0);
	if (word.len >= ODD_MIN && words_has(&judge->evasion->words, word))
		note(best, token, index, STRONG);
	*block = token.len >= PACKED_MIN ? *block + token.len : 0;
	note(best, token, index, weigh_packed(token, *block));
	while (word_next(token, &pos, &word))
		if (has_digit_inside(word) && word_listed(judge->evasion, word) && !words_has(&judge->evasion->words, word))
			note(best, word, index, STRONG);
}

static void look_at_text(const struct judge *judge, struct best *best, struct postern_slice text, size_t index)
{
	struct postern_slice token;
	size_t pos = 0, block = 0, skip = 0;
	struct spelled s;
	int score;

	while (token_next(text, &pos, &token)) {
		size_t start = (size_t)(token.ptr - text.ptr);

		look_at_token(judge, best, token, index, &block);
		while (start < pos && !is_alnum((unsigned char)text.ptr[start]))
			start++;
		if (start < skip || start == pos || (start + 1 < pos && !is_separator(text.ptr[start + 1])))
			continue;
		read_spelled(text, start, &s);
		weigh_spelled(judge, &s, &score);
		note(best, view_sub(text, start, s.end), index, score);
		skip = s.end;
	}
}

enum postern_status judge_spelling(const struct judge *judge)
{
	size_t count = judge->host->text_count(judge->ctx);
	struct best best = {0};
	struct postern_text text;

	for (size_t i = 0; i < count; i++) {
		if (judge->host->text(judge->ctx, i, &text) != POSTERN_OK)
			return POSTERN_BUG;
		if (kinds_have(judge->evasion->kinds, text.kind) && text.kind != POSTERN_SEGMENT_FILE)
			look_at_text(judge, &best, text.text, i);
	}
	return best.score > 0 ? report(judge, POSTERN_IN_TEXT, best.text, best.evidence, best.score) : POSTERN_OK;
}
