/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Splits a reply into what its writer wrote now, what is quoted and what is a
 * signature. Read once, line by line; every look ahead is bounded. In doubt
 * a line is new text, because new text is what the rules judge most strictly.
 */
#include "mail/segment.h"

#include <stdbool.h>
#include <string.h>

#include "mail/segment_lines.h"

/* Past this many a text is no reply any more; the rest is one new segment. */
#define SEGMENTS_MAX 4096
#define LINES_MAX 50000

struct splitter {
	struct arena *arena;
	struct slice text;
	size_t part;
	struct mail_segment **segments;
	size_t *count, cap, first;
	bool failed;
};

static bool list_grow(struct splitter *s)
{
	size_t want = s->cap != 0 ? s->cap * 2 : *s->count + 8;
	struct mail_segment *grown;

	if (*s->count < s->cap)
		return true;
	grown = arena_array(s->arena, want, sizeof(*grown));
	if (grown == NULL) {
		s->failed = true;
		return false;
	}
	if (*s->count > 0)
		memcpy(grown, *s->segments, *s->count * sizeof(*grown));
	*s->segments = grown;
	s->cap = want;
	return true;
}

/* Adds text[from, to); joins it to a neighbour of its kind. */
static void add(struct splitter *s, enum segment_kind kind, size_t from, size_t to)
{
	struct mail_segment *last = *s->count > s->first ? &(*s->segments)[*s->count - 1] : NULL;

	if (from == to)
		return;
	if (last != NULL && *s->count - s->first >= SEGMENTS_MAX && last->kind != kind)
		last->kind = SEGMENT_NEW;
	if (last != NULL && (last->kind == kind || *s->count - s->first >= SEGMENTS_MAX)) {
		last->text.len += to - from;
		return;
	}
	if (list_grow(s))
		(*s->segments)[(*s->count)++] = (struct mail_segment){.kind = kind,
		    .text = slice_sub(s->text, from, to - from), .part = s->part};
}

/*
 * Blank lines go with what precedes them, except at the start. Returns where
 * the first line that is not blank begins.
 */
static size_t add_blank(struct splitter *s, size_t at)
{
	enum segment_kind kind = *s->count > s->first ? (*s->segments)[*s->count - 1].kind : SEGMENT_NEW;
	size_t start = at;
	struct line line;

	while (line_read(s->text, at, &line) && line.trimmed.len == 0)
		at = line.next;
	add(s, kind, start, at);
	return at;
}

int segment_split(struct arena *arena, struct slice text, size_t part,
    struct mail_segment **segments_r, size_t *count_r)
{
	struct splitter s = {arena, text, part, segments_r, count_r, 0, *count_r, false};
	size_t at = 0, end;
	struct line line;

	for (int lines = 0; !s.failed && lines < LINES_MAX && (at = add_blank(&s, at)) < text.len && line_read(text, at, &line); lines++) {
		enum segment_kind kind = SEGMENT_NEW;

		if (quote_rest_begins(text, at)) {
			add(&s, SEGMENT_QUOTE, at, text.len);
			at = text.len;
			break;
		}
		end = line.next;
		if (line_is_quoted(&line)) {
			kind = SEGMENT_QUOTE;
		} else if ((end = attribution_end(text, at)) != 0) {
			kind = SEGMENT_QUOTE;
		} else if ((end = signature_end(text, at)) != 0) {
			kind = SEGMENT_SIGNATURE;
		} else if (*s.count > s.first && (end = disclaimer_end(text, at)) != 0) {
			kind = SEGMENT_DISCLAIMER;
		} else {
			end = line.next;
		}
		add(&s, kind, at, end);
		at = end;
	}
	add(&s, SEGMENT_NEW, at, text.len);
	return s.failed ? -1 : 0;
}
