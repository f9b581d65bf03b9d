/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * UTF-8 decoding and the one place where text from strangers is made harmless
 * for a log line, a terminal, a header or an SMTP reply.
 */
#include "core/text.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

size_t utf8_decode(struct slice s, unsigned long *cp_r)
{
	static const unsigned long least[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *p = (const unsigned char *)s.ptr;
	unsigned long cp;
	size_t n;

	if (s.len == 0)
		return 0;
	if (p[0] < 0x80) {
		*cp_r = p[0];
		return 1;
	}
	n = p[0] >= 0xF0 ? 4 : p[0] >= 0xE0 ? 3 : 2;
	if (p[0] < 0xC2 || p[0] > 0xF4 || n > s.len)
		return 0;
	cp = p[0] & (0xFFU >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xC0) != 0x80)
			return 0;
		cp = cp << 6 | (p[i] & 0x3F);
	}
	if (cp < least[n] || cp > 0x10FFFF || (cp >= 0xD800 && cp <= 0xDFFF))
		return 0;
	*cp_r = cp;
	return n;
}

bool utf8_valid(struct slice s)
{
	unsigned long cp;

	for (;;) {
		size_t n;

		s = slice_sub(s, slice_ascii_length(s), s.len);
		if (s.len == 0)
			return true;
		n = utf8_decode(s, &cp);
		if (n == 0)
			return false;
		s = slice_sub(s, n, s.len);
	}
}

bool unicode_invisible(unsigned long cp)
{
	return cp == 0xAD || cp == 0x34F || cp == 0x61C || cp == 0x115F ||
	    cp == 0x1160 || cp == 0x17B4 || cp == 0x17B5 ||
	    (cp >= 0x180B && cp <= 0x180F) || (cp >= 0x200B && cp <= 0x200F) ||
	    (cp >= 0x202A && cp <= 0x202E) || (cp >= 0x2060 && cp <= 0x206F) ||
	    cp == 0x3164 || (cp >= 0xFE00 && cp <= 0xFE0F) || cp == 0xFEFF ||
	    cp == 0xFFA0 || (cp >= 0xFFF9 && cp <= 0xFFFB) ||
	    (cp >= 0xE0000 && cp <= 0xE0FFF);
}

static bool is_control(unsigned long cp)
{
	return cp < 0x20 || (cp >= 0x7F && cp < 0xA0) || cp == 0x2028 || cp == 0x2029;
}

/* The harmless form of one character that is not plain (n bytes at p; n 0: an invalid byte). */
static size_t render_odd(char *out, size_t size, const char *p, size_t n, unsigned long cp, enum text_target target)
{
	bool ascii_only = target == TEXT_FOR_HEADER || target == TEXT_FOR_REPLY;

	if (n == 0)
		snprintf(out, size, ascii_only ? "?" : "\\x%02X", (unsigned char)*p);
	else if (target == TEXT_FOR_TERMINAL && (cp == '\n' || cp == '\t'))
		snprintf(out, size, "%c", (char)cp);
	else if (is_control(cp))
		snprintf(out, size, ascii_only ? " " : cp < 0x100 ? "\\x%02lX" : "\\u{%04lX}", cp);
	else if (ascii_only && cp > 0x7E)
		snprintf(out, size, unicode_invisible(cp) ? "" : "?");
	else if (unicode_invisible(cp))
		snprintf(out, size, "\\u{%04lX}", cp);
	else if (target == TEXT_FOR_REPLY && cp == '%')
		snprintf(out, size, "%%%%");
	else
		snprintf(out, size, "%.*s", (int)n, p);
	return strlen(out);
}

/* The harmless form of one character (n bytes at p; n 0: an invalid byte), and its length: nearly all stay as they are. */
static size_t render(char *out, size_t size, const char *p, size_t n, unsigned long cp, enum text_target target)
{
	if (n != 1 || cp < 0x20 || cp > 0x7E || cp == '%')
		return render_odd(out, size, p, n, cp, target);
	out[0] = *p;
	out[1] = '\0';
	return 1;
}

size_t text_sanitize(char *dst, size_t size, struct slice s, enum text_target target)
{
	size_t used = 0, last_fit = 0;

	if (size == 0)
		return 0;
	dst[0] = '\0';
	while (s.len > 0) {
		char piece[16];
		unsigned long cp = 0;
		size_t n = utf8_decode(s, &cp), len = render(piece, sizeof(piece), s.ptr, n, cp, target);

		if (used + len >= size) {
			if (size > 4)
				memcpy(dst + last_fit, "...", 4);
			return strlen(dst);
		}
		memcpy(dst + used, piece, len + 1);
		used += len;
		if (used + 4 <= size)
			last_fit = used;
		s = slice_sub(s, n != 0 ? n : 1, s.len);
	}
	return used;
}

void text_append(struct buf *out, struct slice s, enum text_target target)
{
	while (s.len > 0) {
		char piece[16];
		unsigned long cp = 0;
		size_t n = utf8_decode(s, &cp), len = render(piece, sizeof(piece), s.ptr, n, cp, target);

		buf_add(out, piece, len);
		s = slice_sub(s, n != 0 ? n : 1, s.len);
	}
}

void text_append_cell(struct buf *out, struct slice s, size_t width)
{
	size_t begin = out->len, count = 0;

	text_append(out, s, TEXT_FOR_LOG);
	for (size_t i = begin; i < out->len && width > 0; i++) {
		if (((unsigned char)out->data[i] & 0xC0) == 0x80 || count++ < width)
			continue;
		buf_truncate(out, i);
		count = width;
	}
	for (; count < width; count++)
		buf_add_char(out, ' ');
}
