/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_ENGINE_HEADERS_H
#define POSTERN_ENGINE_HEADERS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/slice.h"
#include "engine/txn.h"
#include "engine/verdict.h"

/* Whether a header of that name is ours, and so forged when it comes in. */
bool header_is_ours(struct slice name);

/* Our headers in a message, in the order in which they were seen. */
struct strip {
	struct txn_strip *list; /* index is filled by strip_number */
	size_t count, cap;
};
int strip_add(struct strip *strip, struct slice name);
/* Numbers the entries per name (ASCII case ignored, 1-based) and puts the last first. */
int strip_number(struct strip *strip);
void strip_free(struct strip *strip);

/*
 * Fills headers of a decided verdict. Outbound only what a tag needs: the marketplace is not told
 * about our rules, and a clean message goes out byte for byte. -1: memory is out.
 */
int headers_render(struct arena *arena, struct verdict *verdict);

#endif
