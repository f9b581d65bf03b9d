/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Searches a text for expressions. What is known of a message's segment is kept until its judging ends: which
 * expressions can match in it, and the matches of those that several rules look for. PCRE2 is asked only about
 * the places where a match can begin, in the order of the text, so that its answers are those of a search of
 * all of it.
 */
#include "engine/patterns.h"

#include <stdlib.h>

#include "core/clock.h"
#include "core/text.h"
#include "engine/judge.h"

/* Matches of one expression in one text: more is a text made to keep us busy. */
#define MATCHES_MAX 10000
/* Places that are tried before the clock is looked at again: see pattern.c. */
#define WINDOW ((size_t)4096)
/* What a search costs by itself, in the same measure. */
#define SEARCH_COST 64
/* Places nearer to each other are tried by one search. */
#define GAP 24
/* The first segments, of which something is kept; most messages have one or two. */
#define TEXTS_MAX 16

/* Matches of one expression. */
struct found {
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

/* What is kept of the text; NULL: it is no segment, so that its bytes may be others the next time. */
static struct pattern_text *kept(struct judging *j, struct slice text)
{
	size_t count = j->message != NULL ? j->message->segment_count : 0;

	if (count > TEXTS_MAX)
		count = TEXTS_MAX;
	if (j->texts == NULL && count > 0) {
		j->texts = arena_alloc(j->arena, sizeof(*j->texts) + count * sizeof(j->texts->items[0]));
		if (j->texts == NULL)
			return NULL;
		j->texts->count = count;
	}
	for (size_t i = 0; j->texts != NULL && i < j->texts->count && i < count; i++)
		if (is_segment(j, i, text))
			return &j->texts->items[i];
	return NULL;
}

static void text_scan(struct pattern_text *out, const struct pattern_pool *pool, struct slice text)
{
	*out = (struct pattern_text){.pool = pool, .text = text, .scan = prefilter_begin(pool->prefilter, text)};
}

static void text_forget(struct pattern_text *text)
{
	if (text->pool != NULL)
		prefilter_end(text->pool->prefilter, &text->scan);
	free(text->found);
	text->found = NULL;
	text->pool = NULL;
}

const struct pattern_text *pattern_text_begin(struct judging *j, const struct pattern_pool *pool, struct slice text,
    struct pattern_text *temporary)
{
	bool common = j->generation != NULL && j->generation->patterns == pool;
	struct pattern_text *out = common ? kept(j, text) : NULL;

	if (out == NULL) {
		text_scan(temporary, pool, text);
		return temporary;
	}
	if (out->pool != pool || out->text.ptr != text.ptr || out->text.len != text.len) {
		text_forget(out);
		text_scan(out, pool, text);
		out->found = calloc(pool->shared_count + 1, sizeof(*out->found));
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
	if (j->texts != NULL)
		pattern_search_free(&j->texts->search);
	j->texts = NULL;
}

/* ---- places ---- */

static size_t next_bit(const uint64_t *bits, size_t at, size_t len, bool set)
{
	while (at <= len) {
		uint64_t word = (set ? bits[at / 64] : ~bits[at / 64]) >> (at % 64);

		if (word != 0)
			return at + (size_t)__builtin_ctzll(word);
		at = (at / 64 + 1) * 64;
	}
	return len + 1;
}

/* The run of places that begins at from, with those that are near behind it: the last of them. */
static size_t run_end(const struct pattern_finder *finder, size_t from)
{
	size_t len = finder->text->text.len, next = from, to;

	do {
		to = next_bit(finder->bits, next, len, false) - 1;
		next = next_bit(finder->bits, to + 1, len, true);
	} while (next <= len && next - to <= GAP && to - from < WINDOW);
	return to;
}

/*
 * The next places to try from offset on, up to WINDOW of them, as from and to; false: there are none. Two
 * windows may try a place twice when a character stands across their border.
 */
static bool next_window(const struct pattern_finder *finder, size_t offset, size_t *from_r, size_t *to_r)
{
	struct slice text = finder->text->text;
	size_t from = finder->everywhere ? offset : next_bit(finder->bits, offset, text.len, true);
	size_t to;

	if (from > text.len)
		return false;
	to = finder->everywhere ? text.len : run_end(finder, from);
	*to_r = to - from > WINDOW ? from + WINDOW : to;
	while (from > offset && from < text.len && ((unsigned char)text.ptr[from] & 0xC0) == 0x80)
		from--;
	*from_r = from;
	return true;
}

/* -1: the message's time is over. */
static int watch(struct pattern_finder *finder, size_t cost, struct diag *d)
{
	int64_t deadline = finder->judging->deadline;

	finder->unwatched += cost + SEARCH_COST;
	if (deadline == 0 || finder->unwatched < WINDOW)
		return 0;
	finder->unwatched = 0;
	return clock_monotonic_ms() < deadline ? 0 : diag_add(d, "pattern search took too long");
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

/* All matches of one expression: 0, 1: fn wants no more, -1: error. */
static int match_places(struct pattern_finder *finder, const struct pattern *pattern, size_t number, postern_match_fn fn,
    void *arg, struct diag *d)
{
	struct slice text = finder->text->text;
	size_t offset = 0, found = 0, from, to;

	while (offset <= text.len && next_window(finder, offset, &from, &to)) {
		size_t start, end;
		int rc = watch(finder, to - from, d);

		if (rc == 0)
			rc = pattern_search(finder->search, pattern, text, from, to, &start, &end, d);
		if (rc < 0)
			return -1;
		offset = to + 1;
		if (rc == 0)
			continue;
		if (fn(arg, number, start, end) != 0)
			return 1;
		if (++found >= MATCHES_MAX)
			return diag_add(d, "it matches too often");
		offset = next_offset(text, start, end);
	}
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

/* The matches of a shared expression, found at its first turn. -1: error. */
static int load_found(struct pattern_finder *finder, const struct expression *expression, const struct found **found_r,
    struct diag *d)
{
	struct recording recording = {.arena = finder->judging->arena};
	struct found **slot = &finder->text->found[expression->shared];
	int rc;

	*found_r = *slot;
	if (*slot != NULL)
		return 0;
	recording.found = arena_alloc(recording.arena, sizeof(*recording.found));
	if (recording.found == NULL)
		return diag_add(d, "out of memory");
	rc = match_places(finder, expression->pattern, 0, record, &recording, d);
	if (rc > 0)
		return diag_add(d, "out of memory");
	if (rc == 0)
		*found_r = *slot = recording.found;
	return rc;
}

int pattern_finder_match(struct pattern_finder *finder, size_t number_of, size_t number, postern_match_fn fn, void *arg,
    struct diag *d)
{
	const struct pattern_text *text = finder->text;
	const struct expression *expression = &text->pool->items[number_of];
	const struct found *found = NULL;
	bool keep = expression->shared != 0 && text->found != NULL;

	if (!keep || text->found[expression->shared] == NULL)
		finder->everywhere = !prefilter_starts(text->pool->prefilter, text->scan, number_of, text->text.len,
		    finder->bits, finder->spare);
	if (!keep)
		return match_places(finder, expression->pattern, number, fn, arg, d);
	if (load_found(finder, expression, &found, d) != 0)
		return -1;
	for (size_t i = 0; i < found->count; i++)
		if (fn(arg, number, found->items[i].start, found->items[i].end) != 0)
			return 1;
	return 0;
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

int pattern_finder_begin(struct pattern_finder *finder, struct judging *j, const struct pattern_text *text, struct diag *d)
{
	size_t words = PREFILTER_WORDS(text->text.len);

	*finder = (struct pattern_finder){.judging = j, .text = text, .unwatched = WINDOW, .own = j->texts == NULL};
	finder->search = borrow_search(j->texts);
	finder->bits = calloc(2 * words, sizeof(*finder->bits));
	if (finder->search == NULL || finder->bits == NULL) {
		pattern_finder_end(finder);
		return diag_add(d, "out of memory");
	}
	finder->spare = finder->bits + words;
	return 0;
}

void pattern_finder_end(struct pattern_finder *finder)
{
	if (finder->own)
		pattern_search_free(&finder->search);
	finder->search = NULL;
	free(finder->bits);
	finder->bits = NULL;
}
