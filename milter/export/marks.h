/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_EXPORT_MARKS_H
#define POSTERN_EXPORT_MARKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Which record ends at which byte of a stream, as far back as it is open whether the receiver has read it. */
#define MARKS_MAX 1024

struct marks {
	struct {
		int64_t seq, end;
	} list[MARKS_MAX];
	size_t count;
	int64_t sent;    /* bytes */
	int64_t settled; /* seq */
};

/* Nothing sent; all up to settled is. */
void marks_init(struct marks *marks, int64_t settled);
/* The record seq was sent, len bytes (0 for one that is left out). When the room is used up, marks get coarser. */
void marks_add(struct marks *marks, size_t len, int64_t seq);
/* The first bytes (may be negative) were read. */
void marks_settle(struct marks *marks, int64_t bytes);
/* Whether there is something to settle. */
bool marks_open(const struct marks *marks);

#endif
