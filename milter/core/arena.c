/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A chunked arena with a budget, so that one hostile message can't take the
 * machine's memory and nothing of a transaction is freed piece by piece.
 */
#include "core/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Nearly all that a message takes. More, smaller ones made malloc search and join its free pieces for each; what is
 * never written costs nothing but addresses.
 */
#define ARENA_CHUNK 32768
#define ARENA_ALIGN (_Alignof(max_align_t))

struct chunk {
	struct chunk *next;
	size_t size;
	size_t used;
	max_align_t data[];
};

struct arena {
	struct chunk *chunks;
	size_t budget;
	size_t used;
};

struct arena *arena_new(size_t budget)
{
	struct arena *arena = calloc(1, sizeof(*arena));

	if (arena != NULL)
		arena->budget = budget;
	return arena;
}

void arena_free(struct arena **arena)
{
	if (*arena == NULL)
		return;
	for (struct chunk *c = (*arena)->chunks, *next; c != NULL; c = next) {
		next = c->next;
		free(c);
	}
	free(*arena);
	*arena = NULL;
}

/* A chunk with room for size bytes; large requests get one of their own. */
static struct chunk *chunk_for(struct arena *arena, size_t size)
{
	struct chunk *c = arena->chunks;
	size_t want = size > ARENA_CHUNK / 4 ? size : ARENA_CHUNK;

	if (c != NULL && c->size - c->used >= size)
		return c;
	c = malloc(sizeof(*c) + want);
	if (c == NULL)
		return NULL;
	c->size = want;
	c->used = 0;
	if (want == size && arena->chunks != NULL) {
		/* keep the half-used chunk in front */
		c->next = arena->chunks->next;
		arena->chunks->next = c;
	} else {
		c->next = arena->chunks;
		arena->chunks = c;
	}
	return c;
}

void *arena_room(struct arena *arena, size_t size)
{
	struct chunk *c;
	void *p;

	if (size > SIZE_MAX - ARENA_ALIGN)
		return NULL;
	size = (size + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
	if (size == 0)
		size = ARENA_ALIGN;
	if (size > arena->budget - arena->used)
		return NULL;
	c = chunk_for(arena, size);
	if (c == NULL)
		return NULL;
	p = (char *)c->data + c->used;
	c->used += size;
	arena->used += size;
	return p;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	void *p = arena_room(arena, size);

	return p != NULL ? memset(p, 0, size) : NULL;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
	if (size != 0 && count > SIZE_MAX / size)
		return NULL;
	return arena_alloc(arena, count * size);
}

char *arena_memdup(struct arena *arena, const void *data, size_t len)
{
	char *p = len < SIZE_MAX ? arena_room(arena, len + 1) : NULL;

	if (p == NULL)
		return NULL;
	if (len > 0)
		memcpy(p, data, len);
	p[len] = '\0';
	return p;
}

char *arena_strdup(struct arena *arena, const char *s)
{
	return arena_memdup(arena, s, strlen(s));
}

struct slice arena_slice(struct arena *arena, struct slice s)
{
	char *p = arena_memdup(arena, s.ptr, s.len);

	return p != NULL ? (struct slice){p, s.len} : SLICE_NONE;
}

char *arena_printf(struct arena *arena, const char *fmt, ...)
{
	va_list ap;
	char *p;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || (p = arena_alloc(arena, (size_t)n + 1)) == NULL)
		return NULL;
	va_start(ap, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return p;
}

size_t arena_used(const struct arena *arena)
{
	return arena->used;
}
