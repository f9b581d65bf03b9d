/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_DESK_EVENTS_H
#define POSTERN_DESK_EVENTS_H

#include "desk/thread.h"

/* Events in their order; only for the files of this folder. */

/* NULL as "". */
const char *desk_text(const char *text);
/*
 * Pointers to the events up to now, each once, by (time, kind, id, ref); the caller frees *list_r. 0, or -1 when memory is out.
 */
int desk_events_sort(const struct desk_event *events, size_t count, int64_t now, const struct desk_event ***list_r,
    size_t *count_r);

#endif
