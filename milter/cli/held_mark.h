/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_CLI_HELD_MARK_H
#define POSTERN_CLI_HELD_MARK_H

#include <stddef.h>

#include "core/json.h"
#include "core/slice.h"

/* Places in a text where a rule found something. */
#define HELD_MARKS_MAX 200

struct held_marks {
	struct held_place {
		size_t start, end;
	} places[HELD_MARKS_MAX]; /* in their order, none inside another */
	size_t count;
};

/*
 * Where the evidence of a record's findings stands in text: whole words, whatever their case and however lines
 * were broken, since the record keeps evidence in one line. What does not stand there (a count, a redacted word)
 * marks nothing.
 */
void held_marks_find(const json_t *findings, struct slice text, struct held_marks *marks_r);

#endif
