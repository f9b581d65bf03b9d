/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_CORE_WORDING_H
#define POSTERN_CORE_WORDING_H

#include <stddef.h>

#include "core/diag.h"
#include "core/slice.h"

/*
 * Linear models over wording, several as one table: each word and each pair of
 * neighbouring words of a sentence has a weight in some of them, in thousandths.
 */
struct wording;

/* NULL: memory is out. */
struct wording *wording_new(void);
void wording_free(struct wording **wording);
/*
 * A model of a file's lines, "word<TAB>weight" or "word word<TAB>weight"; "@bias<TAB>weight" is added to each sum,
 * other lines that begin with '@' or "# " are left out. The same file again is the same model. 0 and its number; -1
 * and why in d: too many weights, or memory is out.
 */
int wording_add(struct wording *wording, struct slice file, size_t *number_r, struct diag *d);
/* After the last one; immutable from here on and shared by threads. -1: memory is out. */
int wording_finish(struct wording *wording, struct diag *d);
size_t wording_count(const struct wording *wording);
/*
 * The sums of all models for each of count pieces of a text, of which the first begins at 0, the next at ends[0] and
 * so on: the weights of what stands in a piece, each once, divided by the root of their number and 1. Of the model
 * number n and piece i it is sums[i * wording_count() + n]. -1: memory is out, or it
 * is not finished.
 */
int wording_weigh(const struct wording *wording, struct slice text, const size_t *ends, size_t count, int *sums);

#endif
