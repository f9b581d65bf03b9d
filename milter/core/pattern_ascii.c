/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/pattern_ascii.h"

#include <stdbool.h>
#include <string.h>

#include "core/buf.h"
#include "core/slice.h"
#include "core/text.h"

/* In no text of ASCII, and a character by itself where there is no UTF-8. */
#define NEVER "\\xFF"
/* The only others that are an ASCII letter in another case: s and k. */
#define LONG_S 0x17F
#define KELVIN 0x212A
#define NO_CHARACTER (~0UL)

struct conversion {
	struct slice rest;
	struct buf out;
	bool in_class;
	bool range;          /* "a-" was read, so that what follows ends a range */
	unsigned long first; /* of it */
	unsigned long last;  /* character of a class, or NO_CHARACTER: a range can't begin with what was read */
	size_t class_begin;  /* of what is in a class, in out */
	bool lost;
};

static char peek(const struct conversion *c, size_t i)
{
	return i < c->rest.len ? c->rest.ptr[i] : '\0';
}

static void skip(struct conversion *c, size_t n)
{
	c->rest = slice_sub(c->rest, n, c->rest.len);
}

static void copy(struct conversion *c, size_t n)
{
	buf_add(&c->out, c->rest.ptr, n < c->rest.len ? n : c->rest.len);
	skip(c, n);
}

/* A range with a letter of two cases would match that letter in ASCII, too. */
static bool holds_letter(unsigned long first, unsigned long last)
{
	return (first <= LONG_S && LONG_S <= last) || (first <= KELVIN && KELVIN <= last);
}

/* After a character was read: by itself, or the end of a range. */
static void note_character(struct conversion *c, unsigned long cp)
{
	unsigned long first = c->range ? c->first : cp;

	if (holds_letter(first, cp))
		c->lost = true;
	c->last = c->range ? NO_CHARACTER : cp;
	c->range = false;
}

/* A character that no text of ASCII has: a class with others does without, and what PCRE2 makes of it is smaller. */
static void put_never(struct conversion *c, size_t len)
{
	if (!c->in_class || c->out.len == c->class_begin || c->range || peek(c, len) == '-')
		buf_add_str(&c->out, NEVER);
	skip(c, len);
}

static void note_no_character(struct conversion *c)
{
	c->last = NO_CHARACTER;
	c->range = false;
}

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c != '\0' ? strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c) : NULL;

	return at != NULL ? (int)(at - digits) : -1;
}

/* "\\x41", "\\x{2019}" */
static void convert_hex(struct conversion *c)
{
	bool braces = peek(c, 2) == '{';
	size_t begin = braces ? 3 : 2, n = 0;
	unsigned long cp = 0;

	while (hex_digit(peek(c, begin + n)) >= 0 && n < (braces ? 8 : 2))
		cp = cp * 16 + (unsigned long)hex_digit(peek(c, begin + n++));
	if (n == 0 || (braces && peek(c, begin + n) != '}')) {
		c->lost = true;
		return;
	}
	n += begin + braces;
	if (cp < 0x80)
		copy(c, n);
	else
		put_never(c, n);
	note_character(c, cp);
}

/* Those that mean the same for ASCII in both. */
static void convert_escape(struct conversion *c)
{
	char letter = peek(c, 1);
	bool alnum = hex_digit(letter) >= 0 || (letter >= 'g' && letter <= 'z') || (letter >= 'G' && letter <= 'Z');

	if (letter == 'x') {
		convert_hex(c);
	} else if ((unsigned char)letter >= 0x80 || letter == '\0' || (alnum && strchr("dDwWsSbBAzZhHtrnfapP", letter) == NULL)) {
		c->lost = true;
	} else if (letter == 'p' || letter == 'P') {
		const char *end = peek(c, 2) == '{' ? memchr(c->rest.ptr, '}', c->rest.len) : NULL;

		c->lost = end == NULL;
		note_no_character(c);
		if (end != NULL)
			copy(c, (size_t)(end - c->rest.ptr) + 1);
	} else {
		copy(c, 2);
		if (alnum)
			note_no_character(c);
		else
			note_character(c, (unsigned char)letter);
	}
}

static void convert_class_begin(struct conversion *c)
{
	copy(c, peek(c, 1) == '^' ? 2 : 1);
	c->in_class = true;
	c->class_begin = c->out.len;
	note_no_character(c);
	if (peek(c, 0) == ']')
		copy(c, 1);
}

/* Within a class. true: it was something of its own there. */
static bool convert_in_class(struct conversion *c)
{
	if (peek(c, 0) == ']') {
		c->in_class = false;
		copy(c, 1);
	} else if (peek(c, 0) == '[' && strchr(":.=", peek(c, 1)) != NULL) {
		c->lost = true;
	} else if (peek(c, 0) == '-' && c->last != NO_CHARACTER && peek(c, 1) != ']') {
		c->first = c->last;
		c->range = true;
		copy(c, 1);
	} else {
		return false;
	}
	return true;
}

static void convert_character(struct conversion *c)
{
	unsigned long cp;
	size_t len = utf8_decode(c->rest, &cp);

	if (len == 0) {
		c->lost = true;
	} else if (cp < 0x80) {
		copy(c, len);
		note_character(c, cp);
	} else {
		put_never(c, len);
		note_character(c, cp);
	}
}

char *pattern_ascii_form(const char *expression)
{
	struct conversion c = {.rest = slice_str(expression), .last = NO_CHARACTER};

	while (c.rest.len > 0 && !c.lost) {
		if (peek(&c, 0) == '\\')
			convert_escape(&c);
		else if (c.in_class && convert_in_class(&c))
			continue;
		else if (!c.in_class && peek(&c, 0) == '[')
			convert_class_begin(&c);
		else if (!c.in_class && peek(&c, 0) == '(' && peek(&c, 1) == '*')
			c.lost = true;
		else
			convert_character(&c);
	}
	if (!c.lost && !c.out.failed && c.out.len > 0)
		return c.out.data;
	buf_free(&c.out);
	return NULL;
}
