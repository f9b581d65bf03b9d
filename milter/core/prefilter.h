/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_CORE_PREFILTER_H
#define POSTERN_CORE_PREFILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/literals.h"
#include "core/slice.h"

/*
 * Which of many expressions can match in a text at all, and where, in one scan
 * for the strings that they need. Says "may" too often, never too seldom.
 */
struct prefilter;

/* For expressions 0 to count - 1. NULL: memory is out. */
struct prefilter *prefilter_new(size_t count);
/* What expression number needs, see literals.h. -1: memory is out. */
int prefilter_add(struct prefilter *prefilter, size_t number, const struct literals *needs);
/*
 * The expression number, which nothing was added for, may match where one of first to first + count - 1 may, whose
 * number is none of these. prefilter_starts can't tell where. -1: memory is out.
 */
int prefilter_join(struct prefilter *prefilter, size_t number, size_t first, size_t count);
/* After the last one. -1: memory is out. From here on it is immutable but for its pool, and shared by threads. */
int prefilter_finish(struct prefilter *prefilter);
void prefilter_free(struct prefilter **prefilter);

/* One text's answer. */
struct prefilter_scan;

/* NULL: any expression may match. To be given back with prefilter_end by the same thread. */
struct prefilter_scan *prefilter_begin(struct prefilter *prefilter, struct slice text);
bool prefilter_may(const struct prefilter *prefilter, const struct prefilter_scan *scan, size_t number);
/*
 * The first place from i on, of count, whose expression may match; count or more: none. Its expression is
 * numbers[place] or, where there are chosen ones, numbers[chosen[place]].
 */
size_t prefilter_next(const struct prefilter *prefilter, const struct prefilter_scan *scan, const size_t *numbers,
    const size_t *chosen, size_t count, size_t i);
/* The same for a run of expressions, first to first + count - 1: many times as fast, because most lists are one. */
size_t prefilter_next_of_run(const struct prefilter *prefilter, const struct prefilter_scan *scan, size_t first,
    size_t count, size_t i);

/* Numbers that hold a bit for each place of a text, its end among them. */
#define PREFILTER_WORDS(len) ((len) / 64 + 1)
/* Where in a text matches of an expression can begin. */
struct prefilter_places {
	uint64_t *bits, *spare; /* PREFILTER_WORDS(len) each, the caller's; a place's bit is set in bits */
	size_t first, last;     /* no bit is set before or behind them; first is behind last: there is no place */
};
/*
 * In the text, of len bytes, of an expression that may match. Some places may be inside a character. false: anywhere.
 */
bool prefilter_starts(const struct prefilter *prefilter, const struct prefilter_scan *scan, size_t number, size_t len,
    struct prefilter_places *places);
void prefilter_end(struct prefilter *prefilter, struct prefilter_scan **scan);

#endif
