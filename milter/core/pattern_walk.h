/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_CORE_PATTERN_WALK_H
#define POSTERN_CORE_PATTERN_WALK_H

#include <stddef.h>
#include <stdint.h>

#include "core/diag.h"
#include "core/pattern.h"
#include "core/prefilter.h"
#include "core/slice.h"

/*
 * From match to match of an expression in a text. PCRE2 is asked only about the places where a match can begin,
 * in the order of the text, so that the answers are those of a search of all of it.
 */
struct pattern_walk {
	struct pattern_subject subject;
	struct pattern_search *search;
	const struct prefilter_places *places; /* where a match may begin, see prefilter_starts; NULL: anywhere */
	size_t until;         /* matches that begin there or behind it are not looked for; SIZE_MAX: all are */
	int64_t deadline;     /* clock_monotonic_ms; 0: none */
	size_t unwatched;     /* since the clock was looked at, in bytes */
};

struct pattern_walk pattern_walk_begin(const struct pattern_subject *subject, struct pattern_search *search, int64_t deadline);
/*
 * The next match that begins at offset or behind it. 1, 0: there is none, -1: error (the deadline was passed,
 * memory) with the reason, PATTERN_LIMIT as pattern_search. The clock is looked at first, then every 4 KB of places.
 */
int pattern_walk_next(struct pattern_walk *walk, const struct pattern *pattern, size_t offset, size_t *start_r,
    size_t *end_r, struct diag *d);

#endif
