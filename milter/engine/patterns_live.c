/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An expression that is searched in parts: those that may match are searched each by itself, and of their matches the
 * first in the text is the expression's. What is searched is a fraction of it then, and so is the code that PCRE2 made
 * of it, of which a text touches more than the processor's caches hold.
 */
#include <stdint.h>

#include "engine/patterns.h"

/* Where matches of the filter's expression can begin. */
static void set_live(struct pattern_finder *finder, struct pattern_live *live, const struct pattern *pattern, size_t number)
{
	const struct pattern_text *text = finder->text;

	live->pattern = pattern;
	live->searched = false;
	live->places.bits = finder->bits + (size_t)(live - finder->live) * finder->words;
	live->places.spare = finder->bits + PATTERN_LIVE * finder->words;
	live->told = prefilter_starts(text->pool->prefilter, text->scan, number, text->subject.text.len, &live->places);
}

/* The whole expression, where any of its parts may match. */
static void set_whole(struct pattern_finder *finder, const struct expression *expression)
{
	finder->live[0] = (struct pattern_live){.pattern = expression->pattern};
	finder->live_count = 1;
}

bool pattern_live_begin(struct pattern_finder *finder, size_t number)
{
	const struct pattern_pool *pool = finder->text->pool;
	const struct expression *expression = &pool->items[number];
	size_t first = expression->first_part;

	finder->live_count = 0;
	if (expression->part_count == 0)
		set_live(finder, &finder->live[finder->live_count++], expression->pattern, number);
	for (size_t i = first; i < first + expression->part_count; i++) {
		if (!prefilter_may(pool->prefilter, finder->text->scan, pool->count + i))
			continue;
		if (finder->live_count == PATTERN_LIVE) {
			set_whole(finder, expression);
			break;
		}
		set_live(finder, &finder->live[finder->live_count++], pool->parts[i], pool->count + i);
	}
	return finder->live_count > 0;
}

/* Its next match from offset on, as pattern_walk_next. */
static int search(struct pattern_finder *finder, struct pattern_live *live, size_t offset, struct diag *d)
{
	int rc;

	finder->walk.places = live->told ? &live->places : NULL;
	rc = pattern_walk_next(&finder->walk, live->pattern, offset, &live->start, &live->end, d);
	live->searched = true;
	if (rc == 0)
		live->start = SIZE_MAX;
	return rc;
}

int pattern_live_next(struct pattern_finder *finder, size_t offset, size_t *start_r, size_t *end_r, struct diag *d)
{
	const struct pattern_live *first = NULL;
	int rc;

	for (size_t i = 0; i < finder->live_count; i++) {
		struct pattern_live *live = &finder->live[i];

		if ((!live->searched || live->start < offset) && (rc = search(finder, live, offset, d)) < 0)
			return rc;
		if (live->start != SIZE_MAX && (first == NULL || live->start < first->start))
			first = live;
	}
	if (first == NULL)
		return 0;
	*start_r = first->start;
	*end_r = first->end;
	return 1;
}
