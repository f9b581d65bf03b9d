/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_CORE_PATTERN_H
#define POSTERN_CORE_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/diag.h"
#include "core/slice.h"

/*
 * The one door to PCRE2: compiled with JIT, matched with limits, and safe on
 * text that is not UTF-8. Compiled patterns are shared by threads; JIT has its
 * turn at the first search.
 */
struct pattern;

enum pattern_flags {
	PATTERN_NO_CASE = 1,
	PATTERN_MULTILINE = 2 /* ^ and $ match at each line */
};

/* NULL with the reason and its place in the expression. */
struct pattern *pattern_compile(const char *expression, unsigned flags, struct diag *d);
void pattern_free(struct pattern **pattern);
/* The expression that it was compiled from. */
const char *pattern_text(const struct pattern *pattern);

#define PATTERN_GROUPS 10
struct pattern_match {
	size_t start, end;                    /* of the whole match, in bytes */
	struct slice groups[PATTERN_GROUPS];  /* 0: the whole; unset: SLICE_NONE */
};

/*
 * Looks for the pattern in text from offset on. 1: found, 0: not found,
 * -1: error (a limit was passed, memory) with the reason. Only 0 means that
 * there is no match.
 */
int pattern_find(const struct pattern *pattern, struct slice text, size_t offset,
    struct pattern_match *match_r, struct diag *d);
/*
 * As pattern_find, but an error also when deadline (clock_monotonic_ms; 0: none) passes: looked at every 4 KB
 * of text, which at worst is some tenths of a second.
 */
int pattern_find_until(const struct pattern *pattern, struct slice text, size_t offset, int64_t deadline,
    struct pattern_match *match_r, struct diag *d);
/* What many searches of one thread share, so that none of them asks for memory. NULL: memory is out. */
struct pattern_search;
struct pattern_search *pattern_search_new(void);
void pattern_search_free(struct pattern_search **search);
/* A text that is searched for many expressions; ascii: all of its bytes are. */
struct pattern_subject {
	struct slice text;
	bool ascii;
};
/*
 * As pattern_find, for matches that begin at from (no place inside a character) to to (anywhere; at text.len
 * or beyond: to the end); what stands around them is seen. PATTERN_LIMIT: the text makes the expression pass PCRE2's
 * limits, or JIT's stack's, so that each try ends the same; the reason is in d as for -1.
 */
#define PATTERN_LIMIT (-2)
int pattern_search(struct pattern_search *search, const struct pattern *pattern, const struct pattern_subject *subject,
    size_t from, size_t to, size_t *start_r, size_t *end_r, struct diag *d);
/* The place of the first group in what was found last. false: it has no part in it. */
bool pattern_search_group(const struct pattern_search *search, size_t *start_r, size_t *end_r);
/* As pattern_find from the start, when the place does not matter. */
int pattern_test(const struct pattern *pattern, struct slice text, struct diag *d);

#endif
