/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_DAEMON_MEMORY_H
#define POSTERN_DAEMON_MEMORY_H

/*
 * Keeps what malloc() holds without need within bounds. Before the first thread; what MALLOC_ARENA_MAX and the
 * other variables of mallopt(3) say comes first.
 */
void memory_bound(void);

#endif
