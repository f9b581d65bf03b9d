/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A marketplace's mail with a customer's words in it: greeting, order block and footer are not his. What the
 * profile's markers fence in is new text; the rest is the marketplace's, and no rule takes it for the customer.
 */
#include <string.h>

#include "engine/inbound.h"
#include "mail/segment.h"

/* Segments that follow each other in one text: they may be cut anew together. */
struct run {
	size_t first, count;
	struct slice text;
};

static bool is_running(enum segment_kind kind)
{
	return kind == SEGMENT_NEW || kind == SEGMENT_QUOTE || kind == SEGMENT_SIGNATURE || kind == SEGMENT_DISCLAIMER;
}

static struct run run_at(const struct message *m, size_t first)
{
	struct run run = {first, 1, m->segments[first].text};

	while (is_running(m->segments[first].kind) && first + run.count < m->segment_count) {
		const struct mail_segment *next = &m->segments[first + run.count];

		if (!is_running(next->kind) || next->part != m->segments[first].part || next->map != m->segments[first].map ||
		    next->text.ptr != run.text.ptr + run.text.len)
			break;
		run.text.len += next->text.len;
		run.count++;
	}
	return run;
}

struct output {
	struct arena *arena;
	struct mail_segment *list;
	size_t count, room;
};

static int output_room(struct output *out, size_t more)
{
	size_t want = 2 * (out->count + more) + 8;
	struct mail_segment *grown;

	if (out->count + more <= out->room)
		return 0;
	grown = arena_array(out->arena, want, sizeof(*grown));
	if (grown == NULL)
		return -1;
	if (out->count > 0)
		memcpy(grown, out->list, out->count * sizeof(*grown));
	out->list = grown;
	out->room = want;
	return 0;
}

static int keep(struct output *out, const struct mail_segment *segments, size_t count)
{
	if (output_room(out, count) != 0)
		return -1;
	memcpy(out->list + out->count, segments, count * sizeof(*segments));
	out->count += count;
	return 0;
}

/* A piece of a run's text as one segment. */
static int keep_piece(struct output *out, const struct mail_segment *origin, struct slice text, enum segment_kind kind)
{
	struct mail_segment piece = *origin;

	if (text.len == 0)
		return 0;
	piece.kind = kind;
	piece.text = text;
	piece.map_offset = origin->map_offset + (size_t)(text.ptr - origin->text.ptr);
	return keep(out, &piece, 1);
}

/* The words between, segmented as if nothing stood around them. */
static int keep_words(struct output *out, const struct mail_segment *origin, struct slice words)
{
	struct mail_segment *list = NULL;
	size_t count = 0;

	if (segment_split(out->arena, words, origin->part, &list, &count) != 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (keep_piece(out, origin, list[i].text, list[i].kind) != 0)
			return -1;
	return 0;
}

static int cut_run(struct output *out, const struct marketplace *market, const struct message *m, const struct run *run,
    struct diag *d)
{
	const struct mail_segment *origin = &m->segments[run->first];
	size_t begin, end;
	int rc = is_running(origin->kind) ? marketplace_frame(market, run->text, &begin, &end, d) : 0;

	if (rc == -1)
		return -1;
	if (rc == 0)
		return keep(out, origin, run->count);
	if (keep_piece(out, origin, slice_sub(run->text, 0, begin), SEGMENT_DISCLAIMER) != 0 ||
	    keep_words(out, origin, slice_sub(run->text, begin, end - begin)) != 0)
		return -1;
	return keep_piece(out, origin, slice_sub(run->text, end, run->text.len), SEGMENT_DISCLAIMER);
}

int frame_cut(struct arena *arena, const struct marketplace *market, struct message *message, struct diag *d)
{
	struct output out = {.arena = arena};

	for (size_t i = 0; i < message->segment_count;) {
		struct run run = run_at(message, i);

		if (cut_run(&out, market, message, &run, d) != 0)
			return d->count > 0 ? -1 : diag_add(d, "memory is out");
		i += run.count;
	}
	message->segments = out.list;
	message->segment_count = out.count;
	return 0;
}
