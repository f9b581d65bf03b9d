/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_CORE_LITERALS_READER_H
#define POSTERN_CORE_LITERALS_READER_H

#include <stdbool.h>
#include <stddef.h>

#include "core/literals_part.h"
#include "core/slice.h"

/* Internal to literals*.c: the reader of PCRE2's syntax. */

struct literal_reader {
	struct slice rest;
	unsigned depth;
	bool lost;   /* not understood: nothing can be said of the expression */
	bool placed; /* where a search begins matters: nothing can be said of places */
};

/* The byte at this place of the rest; -1: it is at its end. */
int reader_peek(const struct literal_reader *r, size_t at);
void reader_skip(struct literal_reader *r, size_t count);
/* Whether the rest begins with text, which is skipped then. */
bool reader_take(struct literal_reader *r, const char *text);
unsigned long reader_take_char(struct literal_reader *r);
unsigned long reader_take_number(struct literal_reader *r, int base, size_t digits);
bool reader_is_digit(int c);
/* Behind a backslash, outside of a class. */
void reader_escape(struct literal_reader *r, struct literal_part *part);
/* Behind '['. A few plain characters are as many strings. */
void reader_class(struct literal_reader *r, struct literal_part *part);

#endif
