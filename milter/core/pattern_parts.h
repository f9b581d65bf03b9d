/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_CORE_PATTERN_PARTS_H
#define POSTERN_CORE_PATTERN_PARTS_H

#include <stddef.h>

/*
 * A long expression (PCRE2 syntax, compiles) as several shorter ones in the order of its alternatives: where it has a
 * match at a place, its match is that of the first of them that has one there. "\\b(?:a|b|c)\\b" has the parts
 * "\\b(?:a|b)\\b" and "\\b(?:c)\\b".
 */
struct pattern_parts {
	char **items;
	size_t count; /* 0: it is short, has no alternatives or has numbered groups, or is not understood */
};

/*
 * Of an expression of at least whole bytes; alternatives are gathered in a part until they have part_bytes. -1: memory is
 * out; parts_r is empty then.
 */
int pattern_parts_of(const char *expression, size_t whole, size_t part_bytes, struct pattern_parts *parts_r);
void pattern_parts_free(struct pattern_parts *parts);

#endif
