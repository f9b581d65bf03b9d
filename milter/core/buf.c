/* SPDX-License-Identifier: BSD-2-Clause */
/* Growing byte strings with one sticky failure flag. */
#include "core/buf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool buf_reserve(struct buf *buf, size_t more)
{
	size_t want, cap;
	char *p;

	if (buf->failed)
		return false;
	if (more > SIZE_MAX / 2 - buf->len - 1 ||
	    (buf->max != 0 && more > buf->max - buf->len)) {
		buf->failed = true;
		return false;
	}
	want = buf->len + more + 1;
	if (want <= buf->cap)
		return true;
	cap = buf->cap != 0 ? buf->cap : 64;
	while (cap < want)
		cap *= 2;
	p = realloc(buf->data, cap);
	if (p == NULL) {
		buf->failed = true;
		return false;
	}
	buf->data = p;
	buf->cap = cap;
	return true;
}

void buf_add(struct buf *buf, const void *data, size_t len)
{
	if (!buf_reserve(buf, len))
		return;
	if (len > 0)
		memcpy(buf->data + buf->len, data, len);
	buf->len += len;
	buf->data[buf->len] = '\0';
}

void buf_add_str(struct buf *buf, const char *s)
{
	buf_add(buf, s, strlen(s));
}

void buf_add_slice(struct buf *buf, struct slice s)
{
	buf_add(buf, s.ptr, s.len);
}

void buf_add_char(struct buf *buf, char c)
{
	/* Decoders add one after the other. */
	if (!buf->failed && buf->max == 0 && buf->len + 1 < buf->cap) {
		buf->data[buf->len++] = c;
		buf->data[buf->len] = '\0';
	} else {
		buf_add(buf, &c, 1);
	}
}

void buf_add_utf8(struct buf *buf, unsigned long cp)
{
	char u[4];

	if (cp > 0x10FFFF || (cp >= 0xD800 && cp <= 0xDFFF))
		cp = 0xFFFD;
	if (cp < 0x80) {
		u[0] = (char)cp;
		buf_add(buf, u, 1);
	} else if (cp < 0x800) {
		u[0] = (char)(0xC0 | cp >> 6);
		u[1] = (char)(0x80 | (cp & 0x3F));
		buf_add(buf, u, 2);
	} else if (cp < 0x10000) {
		u[0] = (char)(0xE0 | cp >> 12);
		u[1] = (char)(0x80 | (cp >> 6 & 0x3F));
		u[2] = (char)(0x80 | (cp & 0x3F));
		buf_add(buf, u, 3);
	} else {
		u[0] = (char)(0xF0 | cp >> 18);
		u[1] = (char)(0x80 | (cp >> 12 & 0x3F));
		u[2] = (char)(0x80 | (cp >> 6 & 0x3F));
		u[3] = (char)(0x80 | (cp & 0x3F));
		buf_add(buf, u, 4);
	}
}

void buf_printf(struct buf *buf, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0) {
		buf->failed = true;
		return;
	}
	if (!buf_reserve(buf, (size_t)n))
		return;
	va_start(ap, fmt);
	vsnprintf(buf->data + buf->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	buf->len += (size_t)n;
}

void buf_truncate(struct buf *buf, size_t len)
{
	if (len >= buf->len)
		return;
	buf->len = len;
	buf->data[len] = '\0';
}

struct slice buf_slice(const struct buf *buf)
{
	return (struct slice){buf->data != NULL ? buf->data : "", buf->len};
}

void buf_free(struct buf *buf)
{
	free(buf->data);
	*buf = (struct buf){.max = buf->max};
}
