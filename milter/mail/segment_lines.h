/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_MAIL_SEGMENT_LINES_H
#define POSTERN_MAIL_SEGMENT_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "core/slice.h"

/* What segment*.c share: lines, and what a line begins. Nobody else includes this. */

struct line {
	struct slice trimmed; /* without outer white space */
	size_t next;          /* where the next line begins */
};

/* The line that begins at at; false at the end of the text. */
bool line_read(struct slice text, size_t at, struct line *line_r);
/* "> ..." */
bool line_is_quoted(const struct line *line);
/* s holds needle (ASCII case ignored); both short. */
bool line_has(struct slice s, const char *needle);

/*
 * Does quoted history that goes on to the end begin at at: a separator
 * ("-----Original Message-----"), a header block, an attribution that is not
 * followed by "> " lines?
 */
bool quote_rest_begins(struct slice text, size_t at);
/* The end of an attribution ("On ... wrote:") that begins at at and has "> " lines behind it, or 0. */
size_t attribution_end(struct slice text, size_t at);
/* The end of a signature that begins at at, or 0. */
size_t signature_end(struct slice text, size_t at);
/* The end of a legal notice that begins at at, or 0. */
size_t disclaimer_end(struct slice text, size_t at);

#endif
