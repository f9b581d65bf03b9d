/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Characters of an expression, escapes and classes.
 */
#include <stdlib.h>
#include <string.h>

#include "core/literals_reader.h"
#include "core/text.h"

/* Characters of a range that are told one by one. */
#define RANGE_MAX 11

int reader_peek(const struct literal_reader *r, size_t at)
{
	return at < r->rest.len ? (unsigned char)r->rest.ptr[at] : -1;
}

void reader_skip(struct literal_reader *r, size_t count)
{
	r->rest = slice_sub(r->rest, count, r->rest.len);
}

bool reader_take(struct literal_reader *r, const char *text)
{
	size_t len = strlen(text);

	if (r->rest.len < len || memcmp(r->rest.ptr, text, len) != 0)
		return false;
	reader_skip(r, len);
	return true;
}

unsigned long reader_take_char(struct literal_reader *r)
{
	unsigned long cp = 0;
	size_t n = r->rest.len > 0 ? utf8_decode(r->rest, &cp) : 0;

	r->lost = r->lost || n == 0;
	reader_skip(r, n);
	return cp;
}

bool reader_is_digit(int c)
{
	return c >= '0' && c <= '9';
}

unsigned long reader_take_number(struct literal_reader *r, int base, size_t digits)
{
	char text[9] = "";
	char *end;
	unsigned long value;
	size_t n = 0;

	while (n < digits && n < sizeof(text) - 1 && reader_peek(r, n) != -1) {
		text[n] = (char)reader_peek(r, n);
		n++;
	}
	/* strtoul takes blanks and signs. */
	if (n > 0 && strchr(" \t\n+-xX", text[0]) != NULL)
		text[0] = '\0';
	value = strtoul(text, &end, base);
	reader_skip(r, (size_t)(end - text));
	return value;
}

/* Behind "\x": two digits at most, or any in braces. */
static unsigned long take_hex(struct literal_reader *r)
{
	unsigned long cp;

	if (!reader_take(r, "{"))
		return reader_take_number(r, 16, 2);
	cp = reader_take_number(r, 16, 8);
	r->lost = r->lost || !reader_take(r, "}");
	return cp;
}

/* A property: "{Lu}", "{^Han}" or one letter. */
static void skip_property(struct literal_reader *r)
{
	if (reader_peek(r, 0) != '{') {
		reader_skip(r, 1);
		return;
	}
	while (r->rest.len > 0 && reader_peek(r, 0) != '}')
		reader_skip(r, 1);
	r->lost = r->lost || !reader_take(r, "}");
}

/* Behind a backslash and this letter. */
static void read_letter_escape(struct literal_reader *r, int c, struct literal_part *part)
{
	static const char controls[] = "n\nt\tr\rf\fe\033a\a";
	const char *control = strchr(controls, c);

	r->placed = r->placed || c == 'G' || c == 'K';
	if (strchr("bBAzZGK", c) != NULL) {
		literal_part_nothing(part);
		if (c == 'b')
			literal_set_edge(&part->set);
	} else if (strchr("shvR", c) != NULL) {
		literal_part_char(part, ' ');
		/* \\R: two. */
		part->longest.chars = 2;
	} else if (c == 'x') {
		literal_part_char(part, take_hex(r));
	} else if (c == 'p' || c == 'P') {
		skip_property(r);
		literal_part_one(part);
	} else if (control != NULL) {
		literal_part_char(part, (unsigned char)control[1]);
	} else if (c == 'd') {
		literal_part_digit(part);
	} else if (strchr("DwWSHV", c) != NULL) {
		literal_part_one(part);
		part->longest.blanks = strchr("wS", c) == NULL;
	} else if (c != 'X') {
		r->lost = true;
	}
}

/* Behind a backslash, outside of a class. */
void reader_escape(struct literal_reader *r, struct literal_part *part)
{
	int c = reader_peek(r, 0);

	literal_part_anything(part);
	if (reader_is_digit(c)) {
		while (reader_is_digit(reader_peek(r, 0)))
			reader_skip(r, 1);
		return;
	}
	if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))) {
		literal_part_char(part, reader_take_char(r));
		return;
	}
	reader_skip(r, 1);
	read_letter_escape(r, c, part);
}

/* Behind "[:": a class of POSIX. */
static void skip_posix(struct literal_reader *r)
{
	while ((reader_peek(r, 0) >= 'a' && reader_peek(r, 0) <= 'z') || reader_peek(r, 0) == '^')
		reader_skip(r, 1);
	r->lost = r->lost || !reader_take(r, ":]");
}

/* A member of a class; *plain_r: it is that one character. */
static unsigned long read_member(struct literal_reader *r, bool *plain_r)
{
	int c = reader_peek(r, 0), next = reader_peek(r, 1);

	*plain_r = true;
	if (reader_take(r, "[:")) {
		*plain_r = false;
		skip_posix(r);
		return 0;
	}
	if (c != '\\')
		return reader_take_char(r);
	reader_skip(r, 1);
	if (reader_take(r, "x"))
		return take_hex(r);
	/* Quoting may hold anything; a letter or digit is a set or a code. */
	r->lost = r->lost || next == 'Q' || next == 'E' || next == 'c' || next == 'o' || next == 'N';
	if (reader_take(r, "s"))
		return ' ';
	*plain_r = !reader_is_digit(next) && !((next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z'));
	return reader_take_char(r);
}

static bool is_word_escape(const struct literal_reader *r)
{
	return reader_peek(r, 0) == '\\' && reader_peek(r, 1) != -1 && strchr("wdS", reader_peek(r, 1)) != NULL;
}

static bool has_blank(unsigned long first, unsigned long last)
{
	if (first == last)
		return literal_is_blank(first);
	return first <= ' ' || last >= 0x80;
}

static bool is_blank_escape(const struct literal_reader *r)
{
	return reader_peek(r, 0) == '\\' && reader_peek(r, 1) == 's';
}

static bool is_digit_escape(const struct literal_reader *r)
{
	return reader_peek(r, 0) == '\\' && reader_peek(r, 1) == 'd';
}

/* So many that they are as good as all. */
static bool is_digits(unsigned long first, unsigned long last)
{
	return first >= '0' && last <= '9' && last > first + 1;
}

/* A member of a class, or a short range of them, to all. false: it is no few plain characters. */
static bool read_members(struct literal_reader *r, struct literal_set *all, bool *blanks)
{
	struct literal_part member;
	bool word = is_word_escape(r), blank = is_blank_escape(r), digit = is_digit_escape(r), plain, end_plain = true;
	unsigned long cp = read_member(r, &plain), last = cp;

	if (reader_peek(r, 0) == '-' && reader_peek(r, 1) != ']' && reader_peek(r, 1) != -1) {
		reader_skip(r, 1);
		/* A set begins or ends no range: there the hyphen is one. */
		plain = plain && !blank && !is_blank_escape(r);
		digit = false;
		last = read_member(r, &end_plain);
	}
	/* A range is at the ends of it, or from below to beyond what is blank. */
	*blanks = *blanks || (!word && !plain) || !end_plain || blank || has_blank(cp, last);
	if (digit || (plain && end_plain && is_digits(cp, last))) {
		literal_part_digit(&member);
		return literal_set_join(all, &member.set);
	}
	if (!plain || !end_plain || r->lost || last < cp || last - cp > RANGE_MAX)
		return false;
	for (; cp <= last; cp++) {
		literal_part_char(&member, cp);
		if (!member.exact || !literal_set_join(all, &member.set))
			return false;
	}
	return true;
}

/* Behind '['. A few plain characters are as many strings. */
void reader_class(struct literal_reader *r, struct literal_part *part)
{
	bool plain = !reader_take(r, "^"), blanks = !plain, first = true;
	struct literal_set all;

	literal_set_empty(&all);
	all.count = 0;
	while (!r->lost && r->rest.len > 0 && (first || reader_peek(r, 0) != ']')) {
		plain = read_members(r, &all, &blanks) && plain;
		first = false;
	}
	r->lost = r->lost || !reader_take(r, "]");
	literal_part_one(part);
	part->longest.blanks = blanks;
	part->exact = plain;
	literal_set_copy(&part->set, &all);
}
