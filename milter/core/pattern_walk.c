/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The places of a text where a match may begin, in runs that one search each tries.
 */
#include "core/pattern_walk.h"

#include <stdbool.h>

#include "core/clock.h"

/* Places that are tried before the clock is looked at again: see pattern.c. */
#define WINDOW ((size_t)4096)
/* What a search costs by itself, in the same measure. */
#define SEARCH_COST 64
/* Places nearer to each other are tried by one search. */
#define GAP 24

struct pattern_walk pattern_walk_begin(const struct pattern_subject *subject, struct pattern_search *search, int64_t deadline)
{
	return (struct pattern_walk){.subject = *subject, .search = search, .until = SIZE_MAX, .deadline = deadline,
	    .unwatched = WINDOW};
}

/* The next place from at on whose bit is set, or is not; behind last: none up to there. */
static size_t next_bit(const uint64_t *bits, size_t at, size_t last, bool set)
{
	while (at <= last) {
		uint64_t word = (set ? bits[at / 64] : ~bits[at / 64]) >> (at % 64);

		if (word != 0)
			return at + (size_t)__builtin_ctzll(word);
		at = (at / 64 + 1) * 64;
	}
	return last + 1;
}

/* The run of places that begins at from, with those that are near behind it, up to last: the last of them. */
static size_t run_end(const struct pattern_walk *walk, size_t from, size_t last)
{
	const uint64_t *bits = walk->places->bits;
	size_t next = from, to;

	do {
		to = next_bit(bits, next, last, false) - 1;
		next = next_bit(bits, to + 1, last, true);
		to = to < last ? to : last;
	} while (next <= last && next - to <= GAP && to - from < WINDOW);
	return to;
}

/*
 * The next places to try from offset on, up to WINDOW of them, as from and to; false: there are none. Two
 * windows may try a place twice when a character stands across their border.
 */
static bool next_window(const struct pattern_walk *walk, size_t offset, size_t *from_r, size_t *to_r)
{
	struct slice text = walk->subject.text;
	const struct prefilter_places *places = walk->places;
	size_t last = places != NULL ? places->last : text.len, from = offset, to;

	if (last >= walk->until) {
		if (walk->until == 0)
			return false;
		last = walk->until - 1;
	}
	if (places != NULL)
		from = next_bit(places->bits, offset > places->first ? offset : places->first, last, true);
	if (from > last)
		return false;
	to = places != NULL ? run_end(walk, from, last) : last;
	*to_r = to - from > WINDOW ? from + WINDOW : to;
	while (from > offset && from < text.len && ((unsigned char)text.ptr[from] & 0xC0) == 0x80)
		from--;
	*from_r = from;
	return true;
}

/* -1: the time is over. */
static int watch(struct pattern_walk *walk, size_t cost, struct diag *d)
{
	walk->unwatched += cost + SEARCH_COST;
	if (walk->deadline == 0 || walk->unwatched < WINDOW)
		return 0;
	walk->unwatched = 0;
	return clock_monotonic_ms() < walk->deadline ? 0 : diag_add(d, "pattern search took too long");
}

int pattern_walk_next(struct pattern_walk *walk, const struct pattern *pattern, size_t offset, size_t *start_r,
    size_t *end_r, struct diag *d)
{
	size_t from, to;

	while (offset <= walk->subject.text.len && next_window(walk, offset, &from, &to)) {
		int rc = watch(walk, to - from, d);

		if (rc == 0)
			rc = pattern_search(walk->search, pattern, &walk->subject, from, to, start_r, end_r, d);
		/* The next expression may cost as much. */
		if (rc == PATTERN_LIMIT)
			walk->unwatched = WINDOW;
		if (rc != 0)
			return rc;
		offset = to + 1;
	}
	return 0;
}
