/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Character references as browsers decode them (WHATWG HTML, sections 13.2.5.72
 * to 80): by name with and without semicolon, by number, windows-1252 numbers.
 * Each is decoded once and its result never again, so nothing grows.
 */
#include "mail/html_private.h"

#include <string.h>

#include "core/text.h"

struct entity {
	const char *name, *text;
};

static const struct entity entities[] = {
#include "mail/html_entities.h"
};

#define NAME_MAX_LEN 32 /* "CounterClockwiseContourIntegral;" */

/* The entity whose name is exactly s, or NULL. */
static const struct entity *entity_find(struct slice s)
{
	size_t low = 0, high = sizeof(entities) / sizeof(entities[0]);

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = strncmp(entities[mid].name, s.ptr, s.len);

		if (order == 0 && entities[mid].name[s.len] != '\0')
			order = 1;
		if (order == 0)
			return &entities[mid];
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* The longest name at the start of s (behind '&'); its length, or 0. */
static size_t named(struct slice s, bool attribute, const struct entity **found_r)
{
	size_t n = 0;

	while (n < s.len && n < NAME_MAX_LEN && is_alnum(s.ptr[n]))
		n++;
	if (n < s.len && s.ptr[n] == ';' && (*found_r = entity_find(slice_sub(s, 0, n + 1))) != NULL)
		return n + 1;
	/* Those that need no semicolon have at most six letters. */
	for (n = n < 6 ? n : 6; n >= 2; n--) {
		*found_r = entity_find(slice_sub(s, 0, n));
		if (*found_r == NULL)
			continue;
		if (attribute && n < s.len && (s.ptr[n] == '=' || is_alnum(s.ptr[n])))
			return 0;
		return n;
	}
	return 0;
}

/* Numbers 0x80 to 0x9F mean windows-1252. */
static unsigned long number_meant(unsigned long cp)
{
	static const unsigned short windows[32] = {
		0x20AC, 0x81, 0x201A, 0x192, 0x201E, 0x2026, 0x2020, 0x2021, 0x2C6, 0x2030, 0x160, 0x2039, 0x152, 0x8D,
		0x17D, 0x8F, 0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x2DC, 0x2122, 0x161, 0x203A,
		0x153, 0x9D, 0x17E, 0x178,
	};

	if (cp >= 0x80 && cp <= 0x9F)
		return windows[cp - 0x80];
	if (cp == 0 || cp > 0x10FFFF || (cp >= 0xD800 && cp <= 0xDFFF))
		return 0xFFFD;
	return cp;
}

static int digit_value(char c, unsigned base)
{
	int v = -1;

	if (c >= '0' && c <= '9')
		v = c - '0';
	else if (base == 16 && (c | 0x20) >= 'a' && (c | 0x20) <= 'f')
		v = (c | 0x20) - 'a' + 10;
	return v;
}

/* "#38;", "#x26" at the start of s; its length, or 0. */
static size_t numbered(struct slice s, unsigned long *cp_r)
{
	unsigned base = s.len > 1 && (s.ptr[1] | 0x20) == 'x' ? 16 : 10;
	size_t start = base == 16 ? 2 : 1, n = start;
	unsigned long cp = 0;

	while (n < s.len && digit_value(s.ptr[n], base) >= 0) {
		if (cp <= 0x10FFFF)
			cp = cp * base + (unsigned long)digit_value(s.ptr[n], base);
		n++;
	}
	if (n == start)
		return 0;
	*cp_r = number_meant(cp);
	return n < s.len && s.ptr[n] == ';' ? n + 1 : n;
}

/* Bytes at the start of in that stand for themselves. */
static size_t plain_length(struct slice in)
{
	size_t n = 0;

	while (n < in.len && in.ptr[n] != '&' && in.ptr[n] != '\0' && (unsigned char)in.ptr[n] < 0x80)
		n++;
	return n;
}

/* One character, reference or bad byte at the start of in; its length. */
static size_t decode_one(struct slice in, bool attribute, struct buf *out)
{
	const struct entity *entity = NULL;
	unsigned long cp = 0;
	size_t n;

	if (in.ptr[0] == '\0')
		return 1;
	if (in.ptr[0] != '&') {
		n = utf8_decode(in, &cp);
		buf_add_utf8(out, n != 0 ? cp : 0xFFFD);
		return n != 0 ? n : 1;
	}
	if (in.len > 2 && in.ptr[1] == '#') {
		n = numbered(slice_sub(in, 1, in.len), &cp);
		if (n != 0)
			buf_add_utf8(out, cp);
	} else {
		n = named(slice_sub(in, 1, in.len), attribute, &entity);
		if (n != 0)
			buf_add_str(out, entity->text);
	}
	if (n == 0)
		buf_add_char(out, '&');
	return n + 1;
}

void html_decode(struct slice in, bool attribute, struct buf *out)
{
	while (in.len > 0 && !out->failed) {
		size_t n = plain_length(in);

		buf_add(out, in.ptr, n);
		in = slice_sub(in, n, in.len);
		if (in.len > 0)
			in = slice_sub(in, decode_one(in, attribute, out), in.len);
	}
}
