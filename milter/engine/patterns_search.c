/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Searches a text for expressions. What is known of a message's segment is kept until its judging ends: which
 * expressions can match in it, and the matches of those that several rules look for.
 */
#include "engine/patterns.h"

#include <stdlib.h>

#include "core/text.h"
#include "engine/judge.h"

/* Matches of one expression in one text: what is behind them is not looked for, and judge_cut says what that means. */
#define MATCHES_MAX 10000
/* The first segments, of which something is kept; most messages have one or two. */
#define TEXTS_MAX 16

/* Matches of one expression in one text. */
struct found {
	struct found *next; /* of the same bucket */
	size_t shared;      /* the expression's number among those */
	const char *cut;    /* why there may be more; NULL: there are none */
	size_t count, room;
	struct span {
		size_t start, end;
	} *items;
};

/* ---- texts ---- */

static bool is_segment(const struct judging *j, size_t index, struct slice text)
{
	const struct slice segment = j->message->segments[index].text;

	return segment.ptr == text.ptr && segment.len == text.len;
}

/* What is kept of the text for a pool; NULL: it is no segment, so that its bytes may be others the next time. */
static struct pattern_text *kept(struct judging *j, const struct pattern_pool *pool, struct slice text)
{
	const struct pattern_pool *const pools[] = {j->generation->patterns, j->generation->inbound_patterns};
	size_t count = j->message != NULL ? j->message->segment_count : 0, which = pool == pools[0] ? 0 : 1;

	if (pool != pools[which])
		return NULL;
	if (count > TEXTS_MAX)
		count = TEXTS_MAX;
	if (j->texts == NULL && count > 0) {
		j->texts = arena_alloc(j->arena, sizeof(*j->texts) + 2 * count * sizeof(j->texts->items[0]));
		if (j->texts == NULL)
			return NULL;
		j->texts->count = 2 * count;
	}
	for (size_t i = 0; j->texts != NULL && 2 * i < j->texts->count && i < count; i++)
		if (is_segment(j, i, text))
			return &j->texts->items[2 * i + which];
	return NULL;
}

static void text_scan(struct pattern_text *out, const struct pattern_pool *pool, struct slice text)
{
	*out = (struct pattern_text){.pool = pool, .subject = {text, slice_is_ascii(text)},
	    .scan = prefilter_begin(pool->prefilter, text)};
}

static void text_forget(struct pattern_text *text)
{
	if (text->pool != NULL)
		prefilter_end(text->pool->prefilter, &text->scan);
	text->found = NULL;
	text->pool = NULL;
}

const struct pattern_text *pattern_text_begin(struct judging *j, const struct pattern_pool *pool, struct slice text,
    struct pattern_text *temporary)
{
	struct pattern_text *out = j->generation != NULL ? kept(j, pool, text) : NULL;

	if (out == NULL) {
		text_scan(temporary, pool, text);
		return temporary;
	}
	if (out->pool != pool || out->subject.text.ptr != text.ptr ||
	    out->subject.text.len != text.len) {
		text_forget(out);
		text_scan(out, pool, text);
		out->found = arena_array(j->arena, PATTERN_BUCKETS, sizeof(*out->found));
	}
	return out;
}

void pattern_text_end(const struct pattern_text *text, struct pattern_text *temporary)
{
	if (text == temporary)
		text_forget(temporary);
}

void patterns_forget(struct judging *j)
{
	for (size_t i = 0; j->texts != NULL && i < j->texts->count; i++)
		text_forget(&j->texts->items[i]);
	if (j->texts != NULL) {
		pattern_search_free(&j->texts->search);
		free(j->texts->bits);
	}
	j->texts = NULL;
}

/* ---- matches ---- */

/* Where to go on after a match; past a whole character when it was empty. */
static size_t next_offset(struct slice text, size_t start, size_t end)
{
	unsigned long cp;
	size_t n;

	if (end > start)
		return end;
	n = utf8_decode(slice_sub(text, end, text.len), &cp);
	return end + (n != 0 ? n : 1);
}

/*
 * The first MATCHES_MAX matches of one expression: 0, 1: fn wants no more, -1: error. *cut_r: why there may be
 * more, or NULL. A limit that it passes is no error: it would pass it each time, and the next may find something.
 */
static int match_places(struct pattern_finder *finder, size_t number, postern_match_fn fn, void *arg, const char **cut_r,
    struct diag *d)
{
	struct slice text = finder->text->subject.text;
	size_t offset = 0, found = 0, start, end;
	int rc;

	*cut_r = NULL;
	while ((rc = pattern_live_next(finder, offset, &start, &end, d)) > 0) {
		if (found++ == MATCHES_MAX) {
			*cut_r = "it matches too often";
			return 0;
		}
		if (fn(arg, number, start, end) != 0)
			return 1;
		offset = next_offset(text, start, end);
	}
	if (rc != PATTERN_LIMIT)
		return rc;
	diag_clear(d);
	*cut_r = "its search passes PCRE2's limits";
	return 0;
}

struct recording {
	struct arena *arena;
	struct found *found;
};

static int record(void *arg, size_t number, size_t start, size_t end)
{
	struct recording *recording = arg;
	struct found *found = recording->found;

	(void)number;
	if (found->count == found->room) {
		size_t room = found->room != 0 ? found->room * 4 : 4;
		struct span *grown = arena_array(recording->arena, room, sizeof(*grown));

		if (grown == NULL)
			return 1;
		for (size_t i = 0; i < found->count; i++)
			grown[i] = found->items[i];
		found->items = grown;
		found->room = room;
	}
	found->items[found->count++] = (struct span){start, end};
	return 0;
}

static const struct found *known(const struct pattern_text *text, size_t shared)
{
	const struct found *found = text->found[shared % PATTERN_BUCKETS];

	while (found != NULL && found->shared != shared)
		found = found->next;
	return found;
}

/* The matches of a shared expression. -1: error. */
static int find_all(struct pattern_finder *finder, const struct expression *expression, const struct found **found_r,
    struct diag *d)
{
	struct recording recording = {.arena = finder->judging->arena};
	struct found **bucket = &finder->text->found[expression->shared % PATTERN_BUCKETS];
	int rc;

	recording.found = arena_alloc(recording.arena, sizeof(*recording.found));
	if (recording.found == NULL)
		return diag_add(d, "out of memory");
	rc = match_places(finder, 0, record, &recording, &recording.found->cut, d);
	if (rc > 0)
		return diag_add(d, "out of memory");
	if (rc < 0)
		return -1;
	recording.found->shared = expression->shared;
	recording.found->next = *bucket;
	*found_r = *bucket = recording.found;
	return 0;
}

static int give_found(const struct found *found, size_t number, postern_match_fn fn, void *arg,
    const char **cut_r)
{
	*cut_r = found->cut;
	for (size_t i = 0; i < found->count; i++)
		if (fn(arg, number, found->items[i].start, found->items[i].end) != 0)
			return 1;
	return 0;
}

int pattern_finder_match(struct pattern_finder *finder, size_t number_of, size_t number, postern_match_fn fn, void *arg,
    struct diag *d)
{
	const struct pattern_text *text = finder->text;
	const struct expression *expression = &text->pool->items[number_of];
	bool keep = expression->shared != 0 && text->found != NULL && finder->walk.until > text->subject.text.len;
	const struct found *found = keep ? known(text, expression->shared) : NULL;
	int rc = 0;
	const char *cut;

	if (found == NULL && !pattern_live_begin(finder, number_of))
		return 0;
	if (keep && found == NULL && find_all(finder, expression, &found, d) != 0)
		return -1;
	if (!keep)
		rc = match_places(finder, number, fn, arg, &cut, d);
	else
		rc = give_found(found, number, fn, arg, &cut);
	if (rc == 0 && cut != NULL && finder->cut == NULL) {
		finder->cut = cut;
		finder->cut_at = number;
	}
	return rc;
}

/* One serves a message, also a search within another's function: its answers are read at once. */
static struct pattern_search *borrow_search(struct pattern_texts *texts)
{
	if (texts == NULL)
		return pattern_search_new();
	if (texts->search == NULL)
		texts->search = pattern_search_new();
	return texts->search;
}

/* A finder within another's function has its own. */
static uint64_t *take_bits(struct pattern_texts *texts, size_t words)
{
	uint64_t *bits = texts != NULL ? texts->bits : NULL;

	if (bits == NULL || texts->words < words)
		return reallocarray(NULL, PATTERN_LIVE + 1, words * sizeof(*bits));
	texts->bits = NULL;
	return bits;
}

static void give_bits(struct pattern_texts *texts, uint64_t *bits, size_t words)
{
	if (texts == NULL || (texts->bits != NULL && texts->words >= words)) {
		free(bits);
		return;
	}
	free(texts->bits);
	texts->bits = bits;
	texts->words = words;
}

int pattern_finder_begin(struct pattern_finder *finder, struct judging *j, const struct pattern_text *text, size_t until,
    struct diag *d)
{
	size_t words = PREFILTER_WORDS(text->subject.text.len);

	finder->judging = j;
	finder->text = text;
	finder->own = j->texts == NULL;
	finder->walk = pattern_walk_begin(&text->subject, borrow_search(j->texts), j->deadline);
	finder->walk.until = until;
	finder->words = words;
	finder->bits = take_bits(j->texts, words);
	finder->live_count = 0;
	finder->cut = NULL;
	if (finder->walk.search == NULL || finder->bits == NULL) {
		pattern_finder_end(finder);
		return diag_add(d, "out of memory");
	}
	return 0;
}

void pattern_finder_end(struct pattern_finder *finder)
{
	if (finder->own)
		pattern_search_free(&finder->walk.search);
	finder->walk.search = NULL;
	give_bits(finder->judging->texts, finder->bits, finder->words);
	finder->bits = NULL;
}
