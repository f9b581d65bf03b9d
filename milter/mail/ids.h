/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_MAIL_IDS_H
#define POSTERN_MAIL_IDS_H

#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/diag.h"
#include "core/slice.h"

/*
 * Order, item and tracking numbers. What they look like is data (marketplace
 * profiles); this compiles and searches it. A set is immutable once built.
 */
struct id_set;

struct id_pattern {
	const char *kind;    /* "order", "tracking" ... copied */
	const char *pattern; /* regular expression, any case; group 1, if any, is the number */
	/*
	 * Expression that must match in the 40 bytes before or after the number, for numbers that
	 * are not telling by themselves (13 digits are also an EAN); NULL: none.
	 */
	const char *context;
};

struct mail_id {
	struct slice kind;
	struct slice value; /* view into the text */
	int segment;        /* enum segment_kind; set by message_parse */
	size_t part;
};

struct id_set *id_set_new(void);
int id_set_add(struct id_set *set, const struct id_pattern *pattern, struct diag *d);
/* After the last one; only then it is scanned for. -1: memory is out. */
int id_set_finish(struct id_set *set, struct diag *d);
void id_set_free(struct id_set **set);

/*
 * Finds the numbers in text, longest first where they overlap. Appends to *ids_r, which is
 * made in the arena and may be moved; 0, or -1 with the reason, also when deadline (clock_monotonic_ms; 0: none)
 * passes.
 */
int id_set_scan(const struct id_set *set, struct arena *arena, struct slice text, int64_t deadline,
    struct mail_id **ids_r, size_t *count_r, struct diag *d);

#endif
