/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_MAIL_HEADER_H
#define POSTERN_MAIL_HEADER_H

#include <stdbool.h>
#include <stddef.h>

#include "core/arena.h"
#include "core/slice.h"

/* One field as received: without its line end, folds kept, one space after the colon removed. */
struct header_field {
	struct slice name;
	struct slice raw;
};

enum header_step {
	HEADER_FIELD, /* a field was read */
	HEADER_END,   /* the blank line was, or the input ended */
	HEADER_BROKEN /* a line that is no field: the body starts there */
};

/*
 * Takes the next field from *rest (CRLF or LF lines). As MTAs do it: a line
 * that is no field and no continuation ends the section and is text already.
 */
enum header_step header_next(struct slice *rest, struct header_field *out);

struct header_text {
	struct slice value; /* one line, encoded words decoded, valid UTF-8 */
	bool broken;        /* an unknown charset, or bytes that became U+FFFD */
};

/*
 * Decodes a raw value. Encoded words are found wherever readers find them (also
 * in quoted strings), neighbours of one charset are joined before they are
 * converted, so that a character may be split over two. -1 when memory is out.
 */
int header_decode(struct arena *arena, struct slice raw, struct header_text *out);

/* Length of the encoded word at the start of s, 0 when there is none. */
size_t header_word_length(struct slice s);

#endif
