/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_DESK_MILESTONES_H
#define POSTERN_DESK_MILESTONES_H

#include <stdbool.h>

#include "desk/window.h"

/* Milestones in their order; only for the files of this folder. */

/*
 * A copy of the milestones up to now, by (time, name, id), each once: the caller frees *list_r. One of the same
 * name and subject on the same day (UTC) is the same, told by a notice and by a table; the earliest time and the
 * shortest term count. 0, or -1 when memory is out.
 */
int desk_milestones_sort(const struct desk_milestone *milestones, size_t count, int64_t now,
    struct desk_milestone **list_r, size_t *count_r);

#endif
