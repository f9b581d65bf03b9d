/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_CORE_LITERALS_PART_H
#define POSTERN_CORE_LITERALS_PART_H

#include <stdbool.h>
#include <stddef.h>

#include "core/literals.h"

/* Internal to literals*.c: what parts of an expression need, and how they are put together. */

struct literal_part {
	bool exact;             /* it is one of set, and nothing else */
	struct extent longest;  /* that it can match */
	struct literal_set set;
	struct literals needs;  /* where it is not exact */
};

/* ---- characters ---- */

/* White space, as \\s knows it. */
bool literal_is_blank(unsigned long cp);
bool literal_is_apostrophe(unsigned long cp);
/* Characters without case that are worth looking for: signs, and scripts that have none. */
bool literal_is_caseless(unsigned long cp);

/* ---- sets of strings ---- */

/* Of nothing but the empty string. */
void literal_set_empty(struct literal_set *set);
/* Of nothing but a place where \\b holds. */
void literal_set_edge(struct literal_set *set);
/* Whether a letter behind each of them begins a word; what begins with letters begins words. */
bool literal_set_before_word(const struct literal_set *set);
void literal_set_begin_words(struct literal_set *set);
/* As far as it is filled: most sets are far from full. */
void literal_set_copy(struct literal_set *to, const struct literal_set *from);
/* false: no room. Of two that differ in their edges only, what both demand is left. */
bool literal_set_add(struct literal_set *set, const struct literal *literal);
bool literal_set_join(struct literal_set *set, const struct literal_set *more);
/* Each of set followed by each of tail; false, and set as it was, when they are too many or too long. */
bool literal_set_append(struct literal_set *set, const struct literal_set *tail);

/* Lengths, of which each may be LITERAL_FAR. */
size_t extent_times(size_t a, unsigned long times);
struct extent extent_add(struct extent a, struct extent b);
struct extent extent_most(struct extent a, struct extent b);

/* ---- needs ---- */

/* Keeps the best sets. */
void literal_needs_add(struct literals *needs, const struct literal_set *set);
/* The best set first. */
void literal_needs_sort(struct literals *needs);
void literal_needs_copy(struct literals *to, const struct literals *from);
/* Of two alternatives one is there: each rank's sets together, where they are not too many. */
void literal_needs_join(struct literals *out, const struct literals *other);

/* ---- parts ---- */

void literal_part_anything(struct literal_part *part);
void literal_part_nothing(struct literal_part *part);
/* Any one character; this one; any digit. */
void literal_part_one(struct literal_part *part);
void literal_part_char(struct literal_part *part, unsigned long cp);
void literal_part_digit(struct literal_part *part);
/* All it needs as sets. */
void literal_part_loosen(struct literal_part *part);
/* From min to max of it, one behind the other. */
void literal_part_repeat(struct literal_part *part, unsigned long min, unsigned long max);
/* What stood together so far is done; next begins anew, or is nothing that can be joined. */
void literal_part_break(struct literal_part *out, struct literal_part *next);
/* One of two alternatives: either's strings, or what either needs. */
void literal_part_choose(struct literal_part *out, struct literal_part *other);

#endif
