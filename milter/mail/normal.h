/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_MAIL_NORMAL_H
#define POSTERN_MAIL_NORMAL_H

#include <stddef.h>

#include "core/arena.h"
#include "core/slice.h"
#include "mail/message.h"

/*
 * Text as a reader sees it: look-alike letters, full-width and circled forms become the letters that
 * they stand for, invisible characters go; a map leads back to what was written.
 */

struct normal_text {
	struct slice text;
	const struct normal_map *map; /* NULL: text is the original itself */
	/* Words that were changed, with places in text (segment is 0); in their order. */
	struct mail_disguise *disguises;
	size_t disguise_count;
};

/*
 * Reads original (UTF-8; bad bytes stay as they are). Letter case, line feeds and the punctuation of
 * languages stay. ASCII, and text with nothing to change, is not copied. Linear; -1 when memory is out.
 */
int normal_read(struct arena *arena, struct slice original, struct normal_text *out);

/* What was written where the text of map shows [start, end); a view into the original. */
struct slice normal_map_original(const struct normal_map *map, size_t start, size_t end);
/* The same of a segment. */
struct slice normal_original(const struct mail_segment *segment, size_t start, size_t end);

#endif
