/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text that pretends to be quoted becomes what it is: new text. Quoted
 * segments are split where they leave the earlier message, and what stands in
 * them (URLs, addresses, numbers, images) follows.
 */
#include "engine/quotes.h"

#include <stdint.h>
#include <string.h>

#include "core/buf.h"

/* Words of quotes that are compared in one message: a thread of years has fewer. */
#define WORDS_MAX 200000
/* Bytes that are searched for addresses and URLs which are no views into the text; past it they count as new. */
#define SEARCH_MAX ((size_t)64 << 20)

bool quotes_exist(const struct message *message)
{
	for (size_t i = 0; i < message->segment_count; i++) {
		struct gram_word word;
		size_t at = 0;

		if (message->segments[i].kind == SEGMENT_QUOTE && gram_word_next(message->segments[i].text, &at, &word))
			return true;
	}
	for (size_t i = 0; i < message->url_count; i++)
		if (message->urls[i].segment == SEGMENT_QUOTE)
			return true;
	for (size_t i = 0; i < message->image_count; i++)
		if (message->images[i].segment == SEGMENT_QUOTE)
			return true;
	return false;
}

struct verifying {
	struct arena *arena;
	struct message *message;
	const struct quote_source *source;
	size_t budget, search;
	bool any_new;
	struct mail_segment *segments; /* the new list */
	size_t count, room;
	size_t *first;  /* of each old segment: index of its first piece in the new list */
	size_t *starts; /* of each new segment: where it begins in the old one's text */
};

/* ---- segments ------------------------------------------------------------------ */

static int room_make(struct verifying *v, size_t more)
{
	size_t room = v->room > 0 ? v->room : 16;
	struct mail_segment *segments;
	size_t *starts;

	if (v->count + more <= v->room)
		return 0;
	while (room < v->count + more)
		room *= 2;
	segments = arena_array(v->arena, room, sizeof(*segments));
	starts = arena_array(v->arena, room, sizeof(*starts));
	if (segments == NULL || starts == NULL)
		return -1;
	if (v->count > 0) {
		memcpy(segments, v->segments, v->count * sizeof(*segments));
		memcpy(starts, v->starts, v->count * sizeof(*starts));
	}
	v->segments = segments;
	v->starts = starts;
	v->room = room;
	return 0;
}

/* Line breaks with quote marks behind them are the mail program's: a number may go on behind one. */
static size_t strip_marks(struct slice text, char *out)
{
	size_t len = 0;

	for (size_t i = 0; i < text.len; i++) {
		size_t k = i;

		while (text.ptr[i] == '\n' && k + 1 < text.len && memchr(" \t\r>", text.ptr[k + 1], 4) != NULL)
			k++;
		if (text.ptr[i] == '\r' && i + 1 < text.len && text.ptr[i + 1] == '\n')
			continue;
		if (text.ptr[i] != '\n' || memchr(text.ptr + i, '>', k - i + 1) == NULL) {
			out[len++] = text.ptr[i];
			continue;
		}
		out[len++] = '\n';
		i = k;
	}
	return len;
}

/* Bytes [start, end) of an old segment as a new one. */
static int piece_add(struct verifying *v, const struct mail_segment *old, size_t start, size_t end,
    enum segment_kind kind)
{
	struct mail_segment *s;

	if (start >= end)
		return 0;
	if (room_make(v, 1) != 0)
		return -1;
	v->any_new = v->any_new || (old->kind == SEGMENT_QUOTE && kind == SEGMENT_NEW);
	v->starts[v->count] = start;
	s = &v->segments[v->count++];
	*s = *old;
	s->kind = kind;
	s->text = slice_sub(old->text, start, end - start);
	s->map_offset = old->map_offset + start;
	if (kind == SEGMENT_NEW && slice_find(s->text, SLICE_LIT(">")) >= 0) {
		char *clean = arena_alloc(v->arena, s->text.len + 1);

		if (clean == NULL)
			return -1;
		s->text = (struct slice){clean, strip_marks(s->text, clean)};
		s->map = NULL;
		s->map_offset = 0;
	}
	return 0;
}

static int segment_verify(struct verifying *v, const struct mail_segment *old)
{
	struct quote_ranges ranges = {NULL, 0};
	size_t at = 0;

	if (old->kind != SEGMENT_QUOTE)
		return piece_add(v, old, 0, old->text.len, old->kind);
	if (v->source == NULL)
		return piece_add(v, old, 0, old->text.len, SEGMENT_NEW);
	if (quote_words_compare(v->arena, v->source, old->text, &v->budget, &ranges) != 0)
		return -1;
	for (size_t i = 0; i < ranges.count; i++) {
		if (piece_add(v, old, at, ranges.items[i].start, SEGMENT_QUOTE) != 0 ||
		    piece_add(v, old, ranges.items[i].start, ranges.items[i].end, SEGMENT_NEW) != 0)
			return -1;
		at = ranges.items[i].end;
	}
	return piece_add(v, old, at, old->text.len, SEGMENT_QUOTE);
}

static int segments_verify(struct verifying *v)
{
	const struct message *m = v->message;

	v->first = arena_array(v->arena, m->segment_count + 1, sizeof(*v->first));
	if (v->first == NULL)
		return -1;
	for (size_t i = 0; i < m->segment_count; i++) {
		v->first[i] = v->count;
		if (segment_verify(v, &m->segments[i]) != 0)
			return -1;
		/* An empty segment has no piece; its place goes to the next one's. */
	}
	v->first[m->segment_count] = v->count;
	return 0;
}

/* ---- what stands in them -------------------------------------------------------- */

/* The new segment that bytes at ptr stand in, by the old texts; SIZE_MAX: in none. */
static size_t piece_of(const struct verifying *v, const char *ptr)
{
	const struct message *m = v->message;

	for (size_t i = 0; i < m->segment_count; i++) {
		struct slice text = m->segments[i].text;
		size_t k = v->first[i + 1];

		if ((uintptr_t)ptr < (uintptr_t)text.ptr || (uintptr_t)ptr >= (uintptr_t)text.ptr + text.len)
			continue;
		while (k > v->first[i] && v->starts[k - 1] > (size_t)(ptr - text.ptr))
			k--;
		return k > v->first[i] ? k - 1 : SIZE_MAX;
	}
	return SIZE_MAX;
}

/* Whether s stands in a new text of that part that was taken for a quote. */
static bool stands_in_new(struct verifying *v, struct slice s, size_t part)
{
	const struct message *m = v->message;

	for (size_t i = 0; i < m->segment_count; i++)
		for (size_t k = v->first[i]; m->segments[i].kind == SEGMENT_QUOTE && k < v->first[i + 1]; k++) {
			struct slice text = v->segments[k].text;

			if (v->segments[k].kind != SEGMENT_NEW || v->segments[k].part != part)
				continue;
			if (text.len > v->search || slice_case_find(text, s) >= 0)
				return true;
			v->search -= text.len;
		}
	return false;
}

static bool text_is_new(struct verifying *v, struct slice s, size_t part)
{
	size_t piece = v->any_new ? piece_of(v, s.ptr) : SIZE_MAX;

	if (!v->any_new)
		return false;
	if (piece != SIZE_MAX)
		return v->segments[piece].kind == SEGMENT_NEW;
	return stands_in_new(v, s, part);
}

static bool link_is_known(const struct verifying *v, struct slice url)
{
	return v->source != NULL && gram_set_has_link(v->source->grams, v->source->key, url);
}

static void urls_follow(struct verifying *v)
{
	for (size_t i = 0; i < v->message->url_count; i++) {
		struct mail_url *url = &v->message->urls[i];

		if (url->segment != SEGMENT_QUOTE)
			continue;
		/* In an attribute nobody sees it: it must lead where a link of the earlier message led. */
		if (url->source == URL_ATTRIBUTE ? !link_is_known(v, url->raw) : text_is_new(v, url->raw, url->part))
			url->segment = SEGMENT_NEW;
	}
}

static void others_follow(struct verifying *v)
{
	struct message *m = v->message;

	for (size_t i = 0; i < m->address_count; i++)
		if (m->addresses[i].segment == SEGMENT_QUOTE && text_is_new(v, m->addresses[i].address, m->addresses[i].part))
			m->addresses[i].segment = SEGMENT_NEW;
	for (size_t i = 0; i < m->id_count; i++)
		if (m->ids[i].segment == (int)SEGMENT_QUOTE && text_is_new(v, m->ids[i].value, m->ids[i].part))
			m->ids[i].segment = (int)SEGMENT_NEW;
	for (size_t i = 0; i < m->image_count; i++)
		if (m->images[i].segment == SEGMENT_QUOTE && m->images[i].host.len > 0 &&
		    !link_is_known(v, m->images[i].source))
			m->images[i].segment = SEGMENT_NEW;
}

/* Disguises keep their words; one that is cut goes with its beginning. */
static void disguises_follow(struct verifying *v)
{
	const struct message *m = v->message;

	for (size_t i = 0; i < m->disguise_count; i++) {
		struct mail_disguise *d = &m->disguises[i];
		const struct mail_segment *old = &m->segments[d->segment];
		size_t k = v->first[d->segment + 1], offset;

		while (k > v->first[d->segment] + 1 && v->starts[k - 1] > d->start)
			k--;
		offset = v->starts[k - 1];
		d->segment = k - 1;
		d->start -= offset;
		d->end -= offset;
		/* Marks were taken out of this piece: the word is where it is found again. */
		if (v->segments[k - 1].text.ptr != old->text.ptr + offset) {
			struct slice word = slice_sub(old->text, d->start + offset, d->end - d->start);
			long at = slice_find(v->segments[k - 1].text, word);

			d->start = at >= 0 ? (size_t)at : 0;
			d->end = at >= 0 ? d->start + word.len : 0;
		}
		if (d->end > v->segments[k - 1].text.len)
			d->end = v->segments[k - 1].text.len;
		if (d->start > d->end)
			d->start = d->end;
	}
}

int quotes_verify(struct arena *arena, struct message *message, const struct quote_source *source)
{
	struct verifying v = {.arena = arena, .message = message, .source = source, .budget = WORDS_MAX,
	    .search = SEARCH_MAX};

	if (segments_verify(&v) != 0)
		return -1;
	urls_follow(&v);
	others_follow(&v);
	disguises_follow(&v);
	message->segments = v.segments;
	message->segment_count = v.count;
	return 0;
}
