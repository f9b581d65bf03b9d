/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The strings without which an expression can't match. A small reader of
 * PCRE2's syntax: for each part it keeps either all strings that the part can
 * be, while they are few, or sets of strings of which one must be there.
 * Whatever it is not sure of makes it give up: then the expression is searched
 * in every text, as it would be without.
 */
#include "core/literals.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"

/* Groups in groups; each takes some 60 KB of stack. */
#define DEPTH_MAX 12
/* Groups in groups that are read twice for what stands behind them. */
#define TWICE_DEPTH 3
/* Lengths that strings are cut to when they are too many. */
#define CUT_LONGEST 7
#define CUT_SHORTEST 4
/* Characters of a range that are told one by one. */
#define RANGE_MAX 11
/* Repetitions that are told one by one. */
#define REPEATS_MAX 8
#define REPEATED_MAX 32
/* Longer matches are as good as endless ones. */
#define LENGTH_MAX ((size_t)1 << 20)
/* A longer string is not rarer. */
#define RARE_LEN 8

struct reader {
	struct slice rest;
	unsigned depth;
	bool lost;   /* not understood: nothing can be said of the expression */
	bool placed; /* where a search begins matters: nothing can be said of places */
};

/* What a part of the expression needs. */
struct part {
	bool exact;             /* it is one of set, and nothing else */
	struct extent longest;  /* that it can match */
	struct literal_set set;
	struct literals needs;  /* where it is not exact */
};

/* ---- sets of strings ---- */

/* Whether a literal's byte stands for nothing but parts of words. */
static bool is_of_word(char byte)
{
	return literal_is_word(byte) || byte == LITERAL_DIGIT;
}

static void set_empty_string(struct literal_set *set)
{
	set->count = 1;
	set->before = (struct extent){0, 0};
	set->items[0].len = 0;
	set->items[0].edges = 0;
}

/* Nothing but a place where \\b holds. */
static void set_edge(struct literal_set *set)
{
	set_empty_string(set);
	set->items[0].edges = LITERAL_STARTS | LITERAL_ENDS;
}

/* Whether a letter behind each of them begins a word. */
static bool before_word(const struct literal_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		const struct literal *one = &set->items[i];
		char last = one->len > 0 ? one->bytes[one->len - 1] : '\0';

		if (one->len == 0 ? one->edges == 0 : is_of_word(last) || (unsigned char)last >= 0x80)
			return false;
	}
	return true;
}

/* Most sets are far from full. */
static void set_copy(struct literal_set *to, const struct literal_set *from)
{
	memcpy(to, from, offsetof(struct literal_set, items) + from->count * sizeof(from->items[0]));
}

/* Lengths, of which each may be LITERAL_FAR. */
static size_t far_add(size_t a, size_t b)
{
	return a > LENGTH_MAX || b > LENGTH_MAX - a ? LITERAL_FAR : a + b;
}

static size_t far_times(size_t a, unsigned long times)
{
	if (a == 0 || times == 0)
		return 0;
	return times > LENGTH_MAX / a ? LITERAL_FAR : a * times;
}

static struct extent extent_add(struct extent a, struct extent b)
{
	return (struct extent){far_add(a.chars, b.chars), far_add(a.blanks, b.blanks)};
}

static struct extent extent_most(struct extent a, struct extent b)
{
	return (struct extent){a.chars > b.chars ? a.chars : b.chars, a.blanks > b.blanks ? a.blanks : b.blanks};
}

static bool literal_same(const struct literal *a, const struct literal *b)
{
	return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

/* false: no room. Of two that differ in their edges only, what both demand is left. */
static bool set_add(struct literal_set *set, const struct literal *literal)
{
	for (size_t i = 0; i < set->count; i++) {
		if (literal_same(&set->items[i], literal)) {
			set->items[i].edges &= literal->edges;
			return true;
		}
	}
	if (set->count == LITERALS_ALTERNATIVES)
		return false;
	set->items[set->count++] = *literal;
	return true;
}

/* Its strings cut to len: the text holds their beginnings, too. */
static void set_cut(struct literal_set *set, size_t len)
{
	size_t count = set->count;

	set->count = 0;
	for (size_t i = 0; i < count; i++) {
		struct literal one = set->items[i];

		if (one.len > len) {
			one.len = (unsigned char)len;
			one.edges &= LITERAL_STARTS;
		}
		set_add(set, &one);
	}
}

static bool set_join(struct literal_set *set, const struct literal_set *more)
{
	for (size_t i = 0; i < more->count; i++)
		if (!set_add(set, &more->items[i]))
			return false;
	return true;
}

/* What is demanded at the ends of b behind a. */
static unsigned char joined_edges(const struct literal *a, const struct literal *b)
{
	unsigned char starts = (a->len > 0 ? a : b)->edges & LITERAL_STARTS;
	unsigned char ends = (b->len > 0 ? b : a)->edges & LITERAL_ENDS;

	if (a->len == 0 && b->len == 0)
		return a->edges | b->edges;
	if (a->len == 0 && a->edges != 0 && is_of_word(b->bytes[0]))
		starts = LITERAL_STARTS;
	if (b->len == 0 && b->edges != 0 && is_of_word(a->bytes[a->len - 1]))
		ends = LITERAL_ENDS;
	return starts | ends;
}

/* b behind a; blanks that meet become one, as in the text. false: too long. */
static bool literal_append(struct literal *a, const struct literal *b)
{
	size_t skip = a->len > 0 && b->len > 0 && a->bytes[a->len - 1] == ' ' && b->bytes[0] == ' ' ? 1 : 0;

	if (a->len + b->len - skip > LITERAL_BYTES)
		return false;
	a->edges = joined_edges(a, b);
	memcpy(a->bytes + a->len, b->bytes + skip, b->len - skip);
	a->len = (unsigned char)(a->len + b->len - skip);
	return true;
}

/* Each of set followed by each of tail; false, and set as it was, when they are too many or too long. */
static bool set_append(struct literal_set *set, const struct literal_set *tail)
{
	struct literal_set out;

	out.count = 0;
	out.before = set->before;
	for (size_t i = 0; i < set->count; i++) {
		for (size_t k = 0; k < tail->count; k++) {
			struct literal one = set->items[i];

			if (!literal_append(&one, &tail->items[k]) || !set_add(&out, &one))
				return false;
		}
	}
	set_copy(set, &out);
	return true;
}

static bool has_sign(const struct literal *one)
{
	for (size_t i = 0; i < one->len; i++)
		if (one->bytes[i] != '\0' && strchr("!\"#$%&()*+-/:;<=>?@[\\]^_`{|}~0123456789\x1A", one->bytes[i]) != NULL)
			return true;
	return false;
}

/* What most English texts hold says less than its length. */
static bool is_common(const char *word, size_t len)
{
	/* By length. */
	static const char *const words[] = {"a i", "in on to of we us my me it is as at by or if so do be an no",
	    "the you and our for are can was not all any has had but out get now how one",
	    "your with that this have will from been were here when what them they"};

	if (len == 0 || len > sizeof(words) / sizeof(words[0]))
		return false;
	for (const char *at = words[len - 1]; ; at += len + 1) {
		if (memcmp(at, word, len) == 0)
			return true;
		if (at[len] == '\0')
			return false;
	}
}

static bool is_gap(char c)
{
	return c != '\0' && strchr(" '.,-", c) != NULL;
}

/* How much a word's bytes say; those beyond ASCII are rare. */
static size_t word_rarity(const char *word, size_t len)
{
	size_t rarity = len;

	if (is_common(word, len))
		return 1;
	for (size_t i = 0; i < len; i++)
		rarity += (unsigned char)word[i] >= 0x80;
	return rarity;
}

/* Of its words; a letter alone, unless a word must begin there, is in every text. */
static size_t literal_rarity(const struct literal *one)
{
	size_t rarity = 0, letters = 0;

	for (size_t i = 0, end; i < one->len; i = end) {
		for (end = i; end < one->len && !is_gap(one->bytes[end]); end++)
			letters++;
		rarity += end > i ? word_rarity(one->bytes + i, end - i) : 0;
		end += end == i;
	}
	if (letters == 1 && (unsigned char)one->bytes[0] < 0x80)
		return (one->edges & LITERAL_STARTS) != 0 || has_sign(one);
	return letters > 0 ? rarity : has_sign(one);
}

/* How rare the commonest of its strings is; 0: stands in every text. */
static size_t set_rarity(const struct literal_set *set)
{
	size_t least = RARE_LEN;

	for (size_t i = 0; i < set->count; i++) {
		size_t rarity = literal_rarity(&set->items[i]);

		if (rarity < least)
			least = rarity;
	}
	return set->count > 0 ? least : 0;
}

static bool set_better(const struct literal_set *a, const struct literal_set *b)
{
	size_t x = set_rarity(a), y = set_rarity(b);

	return x != y ? x > y : a->count < b->count;
}

/* Keeps the best sets. */
static void needs_add(struct literals *needs, const struct literal_set *set)
{
	size_t worst = 0;

	if (set_rarity(set) == 0)
		return;
	if (needs->count < LITERALS_SETS) {
		set_copy(&needs->sets[needs->count++], set);
		return;
	}
	for (size_t i = 1; i < needs->count; i++)
		if (set_better(&needs->sets[worst], &needs->sets[i]))
			worst = i;
	if (set_better(set, &needs->sets[worst]))
		set_copy(&needs->sets[worst], set);
}

/* ---- parts ---- */

static void part_anything(struct part *part)
{
	part->exact = false;
	part->longest = (struct extent){LITERAL_FAR, LITERAL_FAR};
	part->needs.count = 0;
}

static void part_nothing(struct part *part)
{
	part->exact = true;
	part->longest = (struct extent){0, 0};
	set_empty_string(&part->set);
}

/* All it needs as sets. */
static void part_loosen(struct part *part)
{
	if (!part->exact)
		return;
	part->exact = false;
	part->needs.count = 0;
	needs_add(&part->needs, &part->set);
}

static bool is_blank(unsigned long cp)
{
	if (cp < 0x80)
		return cp == ' ' || (cp >= '\t' && cp <= '\r');
	return cp == 0x85 || cp == 0xA0 || cp == 0x1680 || cp == 0x180E || (cp >= 0x2000 && cp <= 0x200A) ||
	    cp == 0x2028 || cp == 0x2029 || cp == 0x202F || cp == 0x205F || cp == 0x3000;
}

static bool is_apostrophe(unsigned long cp)
{
	return cp == '\'' || cp == '`' || cp == 0x2018 || cp == 0x2019;
}

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

static size_t put(const char *bytes, size_t len, size_t pos, char *out, uint32_t *places)
{
	for (size_t i = 0; i < len; i++) {
		out[i] = bytes[i];
		if (places != NULL)
			places[i] = (uint32_t)(pos + i);
	}
	return len;
}

/* A character as it is looked for: one byte in place of it, or -1: it stays. */
static int fold_char(unsigned long cp)
{
	if (cp >= 'A' && cp <= 'Z')
		return (int)cp + ('a' - 'A');
	if (is_blank(cp))
		return ' ';
	if (is_apostrophe(cp))
		return '\'';
	return may_be_digit(cp) ? LITERAL_DIGIT : -1;
}

size_t literals_fold(struct slice text, char *out, uint32_t *places)
{
	size_t n = 0, pos = 0, len;

	for (; pos < text.len; pos += len) {
		unsigned char c = (unsigned char)text.ptr[pos];
		unsigned long cp = c;
		int one;
		char byte;

		/* Nothing below U+0660 is changed but U+0085 and U+00A0. */
		len = c == 0xC2 || c >= 0xD9 ? utf8_decode(slice_sub(text, pos, 4), &cp) : 1;
		one = len == 0 || (c >= 0x80 && len == 1) ? -1 : fold_char(cp);
		len = len == 0 ? 1 : len;
		byte = (char)one;
		if (one == ' ' && n > 0 && out[n - 1] == ' ')
			continue;
		n += put(one == -1 ? text.ptr + pos : &byte, one == -1 ? len : 1, pos, out + n,
		    places != NULL ? places + n : NULL);
	}
	return n;
}

/* Characters without case that are worth looking for: signs, and scripts that have none. */
static bool is_caseless(unsigned long cp)
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

/* Any one character. */
static void part_one(struct part *part)
{
	part_anything(part);
	part->longest = (struct extent){1, 1};
}

static void put_utf8(struct literal *one, unsigned long cp)
{
	one->len = cp < 0x800 ? 2 : 3;
	if (cp < 0x800) {
		one->bytes[0] = (char)(0xC0 | cp >> 6);
	} else {
		one->bytes[0] = (char)(0xE0 | cp >> 12);
		one->bytes[1] = (char)(0x80 | (cp >> 6 & 0x3F));
	}
	one->bytes[one->len - 1] = (char)(0x80 | (cp & 0x3F));
}

static void part_char(struct part *part, unsigned long cp)
{
	/* How the letters of Russian and their variants (U+1C80 to U+1C88) begin. */
	static const struct literal_set cyrillic = {.count = 3,
	    .items = {{1, 0, "\xD0"}, {1, 0, "\xD1"}, {2, 0, "\xE1\xB2"}}};
	struct literal *one = &part->set.items[0];

	part_nothing(part);
	part->longest = (struct extent){1, is_blank(cp)};
	if (is_blank(cp) || is_apostrophe(cp)) {
		one->len = 1;
		one->bytes[0] = is_blank(cp) ? ' ' : '\'';
	} else if (cp < 0x80 && cp != LITERAL_DIGIT) {
		one->len = 1;
		one->bytes[0] = (char)(cp >= 'A' && cp <= 'Z' ? cp + ('a' - 'A') : cp);
	} else if (is_caseless(cp)) {
		put_utf8(one, cp);
	} else {
		part_one(part);
		part->longest.blanks = 0;
		if (cp >= 0x410 && cp <= 0x44F)
			needs_add(&part->needs, &cyrillic);
	}
}

static void part_digit(struct part *part)
{
	part_nothing(part);
	part->longest = (struct extent){1, 0};
	part->set.items[0].len = 1;
	part->set.items[0].bytes[0] = LITERAL_DIGIT;
}

/* ---- reading ---- */

static int peek(const struct reader *r, size_t at)
{
	return at < r->rest.len ? (unsigned char)r->rest.ptr[at] : -1;
}

static void skip(struct reader *r, size_t count)
{
	r->rest = slice_sub(r->rest, count, r->rest.len);
}

static bool take(struct reader *r, const char *text)
{
	size_t len = strlen(text);

	if (r->rest.len < len || memcmp(r->rest.ptr, text, len) != 0)
		return false;
	skip(r, len);
	return true;
}

static unsigned long take_char(struct reader *r)
{
	unsigned long cp = 0;
	size_t n = r->rest.len > 0 ? utf8_decode(r->rest, &cp) : 0;

	r->lost = r->lost || n == 0;
	skip(r, n);
	return cp;
}

static bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}

static unsigned long take_number(struct reader *r, int base, size_t digits)
{
	char text[9] = "";
	char *end;
	unsigned long value;
	size_t n = 0;

	while (n < digits && n < sizeof(text) - 1 && peek(r, n) != -1) {
		text[n] = (char)peek(r, n);
		n++;
	}
	/* strtoul takes blanks and signs. */
	if (n > 0 && strchr(" \t\n+-xX", text[0]) != NULL)
		text[0] = '\0';
	value = strtoul(text, &end, base);
	skip(r, (size_t)(end - text));
	return value;
}

/* Behind "\x": two digits at most, or any in braces. */
static unsigned long take_hex(struct reader *r)
{
	unsigned long cp;

	if (!take(r, "{"))
		return take_number(r, 16, 2);
	cp = take_number(r, 16, 8);
	r->lost = r->lost || !take(r, "}");
	return cp;
}

/* A property: "{Lu}", "{^Han}" or one letter. */
static void skip_property(struct reader *r)
{
	if (peek(r, 0) != '{') {
		skip(r, 1);
		return;
	}
	while (r->rest.len > 0 && peek(r, 0) != '}')
		skip(r, 1);
	r->lost = r->lost || !take(r, "}");
}

/* Behind a backslash and this letter. */
static void read_letter_escape(struct reader *r, int c, struct part *part)
{
	static const char controls[] = "n\nt\tr\rf\fe\033a\a";
	const char *control = strchr(controls, c);

	r->placed = r->placed || c == 'G' || c == 'K';
	if (strchr("bBAzZGK", c) != NULL) {
		part_nothing(part);
		if (c == 'b')
			set_edge(&part->set);
	} else if (strchr("shvR", c) != NULL) {
		part_char(part, ' ');
		/* \\R: two. */
		part->longest.chars = 2;
	} else if (c == 'x') {
		part_char(part, take_hex(r));
	} else if (c == 'p' || c == 'P') {
		skip_property(r);
		part_one(part);
	} else if (control != NULL) {
		part_char(part, (unsigned char)control[1]);
	} else if (c == 'd') {
		part_digit(part);
	} else if (strchr("DwWSHV", c) != NULL) {
		part_one(part);
		part->longest.blanks = strchr("wS", c) == NULL;
	} else if (c != 'X') {
		r->lost = true;
	}
}

/* Behind a backslash, outside of a class. */
static void read_escape(struct reader *r, struct part *part)
{
	int c = peek(r, 0);

	part_anything(part);
	if (is_digit(c)) {
		while (is_digit(peek(r, 0)))
			skip(r, 1);
		return;
	}
	if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))) {
		part_char(part, take_char(r));
		return;
	}
	skip(r, 1);
	read_letter_escape(r, c, part);
}

/* Behind "[:": a class of POSIX. */
static void skip_posix(struct reader *r)
{
	while ((peek(r, 0) >= 'a' && peek(r, 0) <= 'z') || peek(r, 0) == '^')
		skip(r, 1);
	r->lost = r->lost || !take(r, ":]");
}

/* A member of a class; *plain_r: it is that one character. */
static unsigned long read_member(struct reader *r, bool *plain_r)
{
	int c = peek(r, 0), next = peek(r, 1);

	*plain_r = true;
	if (take(r, "[:")) {
		*plain_r = false;
		skip_posix(r);
		return 0;
	}
	if (c != '\\')
		return take_char(r);
	skip(r, 1);
	if (take(r, "x"))
		return take_hex(r);
	/* Quoting may hold anything; a letter or digit is a set or a code. */
	r->lost = r->lost || next == 'Q' || next == 'E' || next == 'c' || next == 'o' || next == 'N';
	if (take(r, "s"))
		return ' ';
	*plain_r = !is_digit(next) && !((next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z'));
	return take_char(r);
}

static bool is_word_escape(const struct reader *r)
{
	return peek(r, 0) == '\\' && (peek(r, 1) == 'w' || peek(r, 1) == 'd' || peek(r, 1) == 'S');
}

static bool has_blank(unsigned long first, unsigned long last)
{
	if (first == last)
		return is_blank(first);
	return first <= ' ' || last >= 0x80;
}

static bool is_blank_escape(const struct reader *r)
{
	return peek(r, 0) == '\\' && peek(r, 1) == 's';
}

static bool is_digit_escape(const struct reader *r)
{
	return peek(r, 0) == '\\' && peek(r, 1) == 'd';
}

/* So many that they are as good as all. */
static bool is_digits(unsigned long first, unsigned long last)
{
	return first >= '0' && last <= '9' && last > first + 1;
}

/* A member of a class, or a short range of them, to all. false: it is no few plain characters. */
static bool read_members(struct reader *r, struct literal_set *all, bool *blanks)
{
	struct part member;
	bool word = is_word_escape(r), blank = is_blank_escape(r), digit = is_digit_escape(r), plain, end_plain = true;
	unsigned long cp = read_member(r, &plain), last = cp;

	if (peek(r, 0) == '-' && peek(r, 1) != ']' && peek(r, 1) != -1) {
		skip(r, 1);
		/* A set begins or ends no range: there the hyphen is one. */
		plain = plain && !blank && !is_blank_escape(r);
		digit = false;
		last = read_member(r, &end_plain);
	}
	/* A range is at the ends of it, or from below to beyond what is blank. */
	*blanks = *blanks || (!word && !plain) || !end_plain || blank || has_blank(cp, last);
	if (digit || (plain && end_plain && is_digits(cp, last))) {
		part_digit(&member);
		return set_join(all, &member.set);
	}
	if (!plain || !end_plain || r->lost || last < cp || last - cp > RANGE_MAX)
		return false;
	for (; cp <= last; cp++) {
		part_char(&member, cp);
		if (!member.exact || !set_join(all, &member.set))
			return false;
	}
	return true;
}

/* Behind '['. A few plain characters are as many strings. */
static void read_class(struct reader *r, struct part *part)
{
	bool plain = !take(r, "^"), blanks = !plain, first = true;
	struct literal_set all;

	set_empty_string(&all);
	all.count = 0;
	while (!r->lost && r->rest.len > 0 && (first || peek(r, 0) != ']')) {
		plain = read_members(r, &all, &blanks) && plain;
		first = false;
	}
	r->lost = r->lost || !take(r, "]");
	part_one(part);
	part->longest.blanks = blanks;
	part->exact = plain;
	set_copy(&part->set, &all);
}

static void read_choice(struct reader *r, unsigned edges, struct part *part);

/* "(?i)", "(?-s:": letters that change nothing here. x would change how the rest is read. */
static bool take_flags(struct reader *r)
{
	size_t n = 0;

	while (peek(r, n) > 0 && strchr("ims-", peek(r, n)) != NULL)
		n++;
	if (n == 0 || (peek(r, n) != ')' && peek(r, n) != ':'))
		return false;
	skip(r, peek(r, n) == ':' ? n + 1 : n);
	return true;
}

/* "<name>", "P<name>", "'name'" */
static bool take_name(struct reader *r)
{
	char end = peek(r, 0) == '\'' ? '\'' : '>';

	if (!take(r, "P<") && !take(r, "<") && !take(r, "'"))
		return false;
	while (r->rest.len > 0 && peek(r, 0) != end)
		skip(r, 1);
	skip(r, 1);
	return true;
}

/* Behind '('. What stands in a look around is not part of the match. edges: where \\b holds around it. */
static void read_group(struct reader *r, unsigned edges, struct part *part)
{
	bool around = false;

	r->lost = r->lost || peek(r, 0) == '*' || ++r->depth > DEPTH_MAX;
	if (r->lost)
		return;
	if (take(r, "?")) {
		around = take(r, "=") || take(r, "!") || take(r, "<=") || take(r, "<!");
		r->lost = !around && !take(r, ":") && !take(r, ">") && !take(r, "|") && !take_name(r) && !take_flags(r);
	}
	if (!r->lost)
		read_choice(r, around ? 0 : edges, part);
	r->depth--;
	r->lost = r->lost || !take(r, ")");
	if (around)
		part_nothing(part);
}

static bool is_repeated(const struct reader *r, size_t at)
{
	return peek(r, at) != -1 && strchr("?*+{", peek(r, at)) != NULL;
}

/* Whether \\b holds behind what was read, by edges where the sequence ends. */
static bool ends_at_edge(const struct reader *r, unsigned edges)
{
	if (peek(r, 0) == '\\' && peek(r, 1) == 'b')
		return !is_repeated(r, 2);
	return (edges & LITERAL_ENDS) != 0 && (peek(r, 0) == '|' || peek(r, 0) == ')' || peek(r, 0) == -1);
}

/* What stands behind a group is known when it was read: then it is read once more with that. */
static void read_group_twice(struct reader *r, bool starts, unsigned edges, struct part *part)
{
	struct reader begin = *r;
	unsigned before = starts ? LITERAL_STARTS : 0;

	read_group(r, before, part);
	if (r->lost || r->depth >= TWICE_DEPTH || !ends_at_edge(r, edges))
		return;
	*r = begin;
	read_group(r, before | LITERAL_ENDS, part);
}

/* starts: \\b holds before it; edges: around the sequence that it is in. */
static void read_atom(struct reader *r, bool starts, unsigned edges, struct part *part)
{
	if (take(r, "\\"))
		read_escape(r, part);
	else if (take(r, "["))
		read_class(r, part);
	else if (take(r, "("))
		read_group_twice(r, starts, edges, part);
	else if (take(r, "^") || take(r, "$"))
		part_nothing(part);
	else if (take(r, "."))
		part_one(part);
	else
		part_char(part, take_char(r));
}

#define ENDLESS ULONG_MAX

/* "{2}", "{2,}", "{2,5}" and the short forms; false: none stands here. */
static bool take_quantifier(struct reader *r, unsigned long *min_r, unsigned long *max_r)
{
	*min_r = peek(r, 0) == '+' ? 1 : 0;
	*max_r = peek(r, 0) == '?' ? 1 : ENDLESS;
	if (take(r, "?") || take(r, "*") || take(r, "+"))
		return true;
	if (!take(r, "{"))
		return false;
	/* Other braces are read differently by versions of PCRE2. */
	r->lost = r->lost || !is_digit(peek(r, 0));
	*min_r = *max_r = take_number(r, 10, 8);
	if (take(r, ","))
		*max_r = is_digit(peek(r, 0)) ? take_number(r, 10, 8) : ENDLESS;
	r->lost = r->lost || !take(r, "}");
	return !r->lost;
}

static bool is_blanks(const struct part *part)
{
	return part->exact && part->set.count == 1 && part->set.items[0].len == 1 && part->set.items[0].bytes[0] == ' ';
}

/* What comes a few times is as many strings one after the other. false: they would not be few, and it stays. */
static bool repeat_exact(struct part *part, unsigned long min, unsigned long max)
{
	struct literal_set all, times, again;

	if (!part->exact || max > REPEATS_MAX)
		return false;
	/* What is known of the place before the first is not of those behind. */
	set_copy(&again, &part->set);
	for (size_t i = 0; i < again.count; i++)
		if (again.items[i].len == 0)
			again.items[i].edges = 0;
	set_empty_string(&times);
	all.count = 0;
	all.before = times.before;
	for (unsigned long i = 0; i <= max; i++) {
		if (i > 0 && (!set_append(&times, i > 1 ? &again : &part->set) || times.count > REPEATED_MAX))
			return false;
		if (i >= min && !set_join(&all, &times))
			return false;
	}
	set_copy(&part->set, &all);
	return true;
}

/* As many times as it must come; false as for repeat_exact. */
static bool repeat_least(struct part *part, unsigned long min)
{
	return min < 2 || repeat_exact(part, min, min);
}

static void repeat(struct part *part, unsigned long min, unsigned long max)
{
	static const struct literal nothing = {.len = 0};
	struct extent longest = {far_times(part->longest.chars, max), far_times(part->longest.blanks, max)};

	/* Many blanks are one. */
	if (is_blanks(part)) {
		longest.blanks = max > 0;
		max = 1;
		min = min > 0;
	}
	if (min == 0 && max == 1) {
		if (!part->exact || !set_add(&part->set, &nothing))
			part_anything(part);
	} else if (!repeat_exact(part, min, max)) {
		if (min == 0) {
			part_anything(part);
		} else if (max > 1) {
			repeat_least(part, min);
			part_loosen(part);
		}
	}
	part->longest = longest;
}

static void read_repeats(struct reader *r, struct part *part)
{
	unsigned long min, max;

	while (!r->lost && take_quantifier(r, &min, &max)) {
		if (!take(r, "?"))
			take(r, "+");
		repeat(part, min, max);
	}
}

/* What stood together so far is done; next begins anew, or is nothing that can be joined. */
static void sequence_break(struct part *out, struct part *next)
{
	bool words;

	needs_add(&out->needs, &out->set);
	for (size_t i = 0; !next->exact && i < next->needs.count; i++) {
		struct literal_set *set = &next->needs.sets[i];

		set->before = extent_add(set->before, out->longest);
		needs_add(&out->needs, set);
	}
	words = before_word(&out->set);
	if (next->exact)
		set_copy(&out->set, &next->set);
	for (size_t i = 0; next->exact && words && i < out->set.count; i++)
		if (out->set.items[i].len > 0 && is_of_word(out->set.items[i].bytes[0]))
			out->set.items[i].edges |= LITERAL_STARTS;
	if (!next->exact)
		set_empty_string(&out->set);
	out->set.before = out->longest;
}

/* Parts one after the other: what stands together is joined as long as it can be. edges: where \\b holds around them. */
static void read_sequence(struct reader *r, unsigned edges, struct part *out)
{
	struct literal_set edge;
	struct part next;
	bool exact = true;

	part_nothing(out);
	set_edge(&edge);
	if ((edges & LITERAL_STARTS) != 0)
		set_edge(&out->set);
	out->needs.count = 0;
	while (!r->lost && r->rest.len > 0 && peek(r, 0) != '|' && peek(r, 0) != ')') {
		part_anything(&next);
		read_atom(r, before_word(&out->set), edges, &next);
		read_repeats(r, &next);
		if (!next.exact || !set_append(&out->set, &next.set)) {
			exact = false;
			sequence_break(out, &next);
		}
		out->longest = extent_add(out->longest, next.longest);
		if (out->set.count == 1 && out->set.items[0].len == 0)
			out->set.before = out->longest;
	}
	if ((edges & LITERAL_ENDS) != 0)
		set_append(&out->set, &edge);
	out->exact = exact;
	if (!exact)
		needs_add(&out->needs, &out->set);
}

/* The best set first. */
static void sort_needs(struct literals *needs)
{
	for (size_t i = 0; i < needs->count; i++) {
		for (size_t k = i + 1; k < needs->count; k++) {
			struct literal_set set;

			if (!set_better(&needs->sets[k], &needs->sets[i]))
				continue;
			set_copy(&set, &needs->sets[i]);
			set_copy(&needs->sets[i], &needs->sets[k]);
			set_copy(&needs->sets[k], &set);
		}
	}
}

/* The set of that rank; one that has no more stands in with its best. */
static const struct literal_set *ranked(const struct literals *needs, size_t rank)
{
	return &needs->sets[rank < needs->count ? rank : 0];
}

static void needs_copy(struct literals *to, const struct literals *from)
{
	to->count = from->count;
	for (size_t i = 0; i < from->count; i++)
		set_copy(&to->sets[i], &from->sets[i]);
}

/* As set_join; strings are cut when they are too many. */
static bool set_join_short(struct literal_set *set, const struct literal_set *more)
{
	struct literal_set cut;

	if (set_join(set, more))
		return true;
	set_copy(&cut, more);
	for (size_t len = CUT_LONGEST; len >= CUT_SHORTEST; len--) {
		set_cut(set, len);
		set_cut(&cut, len);
		if (set_join(set, &cut))
			return set_rarity(set) > 0;
	}
	return false;
}

/* Of two alternatives one is there: each rank's sets together, where they are not too many. */
static void join_needs(struct literals *out, const struct literals *other)
{
	size_t most = out->count > other->count ? out->count : other->count, kept = 0;
	struct literals all;

	needs_copy(&all, out);
	for (size_t rank = 0; rank < most && all.count > 0 && other->count > 0; rank++) {
		struct literal_set *both = &out->sets[kept];

		set_copy(both, ranked(&all, rank));
		both->before = extent_most(both->before, ranked(other, rank)->before);
		kept += set_join_short(both, ranked(other, rank));
	}
	out->count = kept;
}

/* One of two alternatives: either's strings, or what either needs. */
static void choose(struct part *out, struct part *other)
{
	out->longest = extent_most(out->longest, other->longest);
	if (out->exact && other->exact) {
		size_t count = out->set.count;

		if (set_join(&out->set, &other->set))
			return;
		out->set.count = count;
	}
	part_loosen(out);
	part_loosen(other);
	sort_needs(&other->needs);
	join_needs(&out->needs, &other->needs);
}

static void read_choice(struct reader *r, unsigned edges, struct part *part)
{
	struct part next;

	read_sequence(r, edges, part);
	if (!part->exact)
		sort_needs(&part->needs);
	while (!r->lost && take(r, "|")) {
		read_sequence(r, edges, &next);
		choose(part, &next);
	}
}

void literals_of(const char *expression, struct literals *out)
{
	struct reader r = {.rest = slice_str(expression)};
	struct part all;

	part_anything(&all);
	read_choice(&r, 0, &all);
	part_loosen(&all);
	out->count = 0;
	if (!r.lost && r.rest.len == 0)
		needs_copy(out, &all.needs);
	for (size_t i = 0; r.placed && i < out->count; i++)
		out->sets[i].before = (struct extent){LITERAL_FAR, LITERAL_FAR};
}
