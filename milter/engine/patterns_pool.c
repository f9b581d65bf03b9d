/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The expressions of a generation: rules that read the same list share them, and one filter
 * (core/prefilter.h) tells of a text which of them all can match in it.
 */
#include <stdlib.h>
#include <string.h>

#include "core/literals.h"
#include "core/pattern_parts.h"
#include "engine/patterns.h"

#define BUCKETS ((size_t)16384)
/* Expressions that are searched in parts, and how much of their alternatives is one. */
#define WHOLE_BYTES 200
#define PART_BYTES 80

struct pattern_pool *pattern_pool_new(void)
{
	struct pattern_pool *pool = calloc(1, sizeof(*pool));

	if (pool != NULL && (pool->buckets = calloc(BUCKETS, sizeof(*pool->buckets))) == NULL)
		pattern_pool_free(&pool);
	return pool;
}

void pattern_pool_free(struct pattern_pool **pool)
{
	struct pattern_pool *p = *pool;

	*pool = NULL;
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->count; i++)
		pattern_free(&p->items[i].pattern);
	if (p->prefilter != NULL)
		prefilter_free(&p->prefilter);
	for (size_t i = 0; i < p->part_count; i++)
		pattern_free(&p->parts[i]);
	free(p->parts);
	free(p->items);
	free(p->buckets);
	free(p);
}

/* FNV-1a */
static uint32_t *bucket_of(const struct pattern_pool *pool, const char *expression)
{
	uint32_t hash = 2166136261U;

	for (; *expression != '\0'; expression++)
		hash = (hash ^ (unsigned char)*expression) * 16777619U;
	return &pool->buckets[hash % BUCKETS];
}

static bool grow(struct pattern_pool *pool)
{
	size_t room = pool->room != 0 ? pool->room * 2 : 64;
	struct expression *grown;

	if (pool->count < pool->room)
		return true;
	grown = room < UINT32_MAX ? reallocarray(pool->items, room, sizeof(*grown)) : NULL;
	if (grown == NULL)
		return false;
	pool->items = grown;
	pool->room = room;
	return true;
}

int pattern_pool_add(struct pattern_pool *pool, const char *expression, size_t *number_r, struct diag *d)
{
	uint32_t *bucket = bucket_of(pool, expression), at = *bucket;
	struct pattern *pattern;

	while (at != 0 && strcmp(pattern_text(pool->items[at - 1].pattern), expression) != 0)
		at = pool->items[at - 1].next;
	if (at == 0) {
		if (!grow(pool))
			return diag_add(d, "out of memory");
		pattern = pattern_compile(expression, PATTERN_NO_CASE, d);
		if (pattern == NULL)
			return -1;
		pool->items[pool->count] = (struct expression){.pattern = pattern, .next = *bucket};
		*bucket = at = (uint32_t)++pool->count;
	}
	pool->items[at - 1].uses++;
	*number_r = at - 1;
	return 0;
}

void pattern_pool_drop(struct pattern_pool *pool, size_t number)
{
	/* Rules are closed when others read what is finished. */
	if (!pool->finished)
		pool->items[number].uses--;
}

static bool add_part(struct pattern_pool *pool, struct pattern *part)
{
	if (pool->part_count == pool->part_room) {
		size_t room = pool->part_room != 0 ? pool->part_room * 2 : 64;
		struct pattern **grown = reallocarray(pool->parts, room, sizeof(*grown));

		if (grown == NULL)
			return false;
		pool->parts = grown;
		pool->part_room = room;
	}
	pool->parts[pool->part_count++] = part;
	return true;
}

/* A long expression is searched in parts: a text seldom has what more than one of them needs. */
static bool part_expression(struct pattern_pool *pool, struct expression *expression)
{
	struct pattern_parts parts;
	bool good = pattern_parts_of(pattern_text(expression->pattern), WHOLE_BYTES, PART_BYTES, &parts) == 0;

	expression->first_part = pool->part_count;
	for (size_t i = 0; good && i < parts.count; i++) {
		struct diag d = {0};
		struct pattern *part = pattern_compile(parts.items[i], PATTERN_NO_CASE, &d);

		good = part != NULL && add_part(pool, part);
		if (!good)
			pattern_free(&part);
	}
	expression->part_count = good ? parts.count : 0;
	pattern_parts_free(&parts);
	return good;
}

static bool add_needs(struct pattern_pool *pool, size_t number, const struct pattern *pattern, struct literals *needs)
{
	const struct expression *expression = &pool->items[number];

	if (number < pool->count && expression->part_count > 0)
		return prefilter_join(pool->prefilter, number, pool->count + expression->first_part, expression->part_count) == 0;
	literals_of(pattern_text(pattern), needs);
	return prefilter_add(pool->prefilter, number, needs) == 0;
}

int pattern_pool_finish(struct pattern_pool *pool, struct diag *d)
{
	struct literals *needs = malloc(sizeof(*needs));
	bool good = needs != NULL;

	for (size_t i = 0; good && i < pool->count; i++)
		good = part_expression(pool, &pool->items[i]);
	good = good && (pool->prefilter = prefilter_new(pool->count + pool->part_count)) != NULL;
	for (size_t i = 0; good && i < pool->count; i++) {
		if (pool->items[i].uses > 1)
			pool->items[i].shared = ++pool->shared_count;
		good = add_needs(pool, i, pool->items[i].pattern, needs);
	}
	for (size_t i = 0; good && i < pool->part_count; i++)
		good = add_needs(pool, pool->count + i, pool->parts[i], needs);
	good = good && prefilter_finish(pool->prefilter) == 0;
	free(needs);
	pool->finished = good;
	return good ? 0 : diag_add(d, "out of memory");
}
