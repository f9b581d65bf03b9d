/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_CORE_ARENA_H
#define POSTERN_CORE_ARENA_H

#include <stddef.h>

#include "core/slice.h"

/*
 * Memory of one transaction: allocated piecemeal, freed once. Not shared
 * between threads at the same time.
 */
struct arena;

/* A new arena that gives out at most budget bytes; NULL when memory is out. */
struct arena *arena_new(size_t budget);
/* Frees everything that was allocated from *arena and nulls the pointer. */
void arena_free(struct arena **arena);

/*
 * size bytes, zeroed, aligned for any type. NULL when the budget or the
 * machine's memory is used up: the caller reports that, it is never "no data".
 */
void *arena_alloc(struct arena *arena, size_t size);
/* The same, not zeroed: for bytes that are written at once. */
void *arena_room(struct arena *arena, size_t size);
/* Array of count elements, zeroed; NULL also when count * size overflows. */
void *arena_array(struct arena *arena, size_t count, size_t size);
/* NUL-terminated copies; NULL as arena_alloc. */
char *arena_strdup(struct arena *arena, const char *s);
char *arena_memdup(struct arena *arena, const void *data, size_t len);
/* Copy of a slice (NUL behind it); SLICE_NONE when the budget is used up. */
struct slice arena_slice(struct arena *arena, struct slice s);
__attribute__((format(printf, 2, 3)))
char *arena_printf(struct arena *arena, const char *fmt, ...);
/* Bytes given out so far. */
size_t arena_used(const struct arena *arena);

#endif
