/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_CORE_BUF_H
#define POSTERN_CORE_BUF_H

#include <stdbool.h>
#include <stddef.h>

#include "core/slice.h"

/*
 * A growing byte string on the heap, always NUL-terminated once something was
 * added. When memory or max runs out, failed stays set and further adds do
 * nothing, so a caller may check once at the end. Zero-initialised is empty
 * and without a limit; max is in bytes, 0 for none.
 */
struct buf {
	char *data;
	size_t len;
	size_t cap;
	size_t max;
	bool failed;
};

void buf_add(struct buf *buf, const void *data, size_t len);
void buf_add_str(struct buf *buf, const char *s);
void buf_add_slice(struct buf *buf, struct slice s);
void buf_add_char(struct buf *buf, char c);
/* The UTF-8 form of a code point; U+FFFD for what is none. */
void buf_add_utf8(struct buf *buf, unsigned long cp);
__attribute__((format(printf, 2, 3)))
void buf_printf(struct buf *buf, const char *fmt, ...);
/* Cuts to len bytes; longer than the content is ignored. */
void buf_truncate(struct buf *buf, size_t len);
/* The content as a view, valid until the next add. */
struct slice buf_slice(const struct buf *buf);
/* Releases the memory; the buffer is empty and usable again. */
void buf_free(struct buf *buf);

#endif
