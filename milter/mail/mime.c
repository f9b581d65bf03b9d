/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tree of a message. GMime's parser descends by recursion, stops in
 * silence at depth 1024 and takes seconds for half a million parts; so the
 * boundaries are found here, in one pass with a stack of its own and with
 * limits; mime_entity.c reads the fields.
 *
 * Where readers differ, the reading that shows more text wins and the entity
 * is marked as damaged.
 */
#include "mail/mime.h"

#include <string.h>

#include "core/clock.h"
#include "mail/charset.h"
#include "mail/header.h"
#include "mail/mime_entity.h"

#define NOTICE_MAX 400      /* a preamble for readers without MIME is short */
#define PEEK_BYTES 65536

struct frame {
	size_t entity;
	struct slice boundary; /* empty: an attached message */
	bool digest;
	bool closed;
};

struct walk {
	struct mime *mime;
	struct slice raw;
	size_t at;
	unsigned base; /* depth of the outermost entity */
	bool inside;
	struct frame *frames;
	size_t frame_count;
	size_t frame_room;
};

struct mark {
	size_t start; /* of the boundary's line */
	size_t end;
	size_t frame;
	bool close;
};

/* ---- boundaries ---------------------------------------------------------- */

/* Is the line at start a boundary of one of the open frames? Innermost first. */
static bool mark_at(struct walk *w, size_t start, struct mark *out)
{
	struct slice rest = slice_sub(w->raw, start, w->raw.len);
	const char *end;
	struct slice line;

	if (w->frame_count == 0 || rest.len < 3 || rest.ptr[0] != '-' || rest.ptr[1] != '-')
		return false;
	end = memchr(rest.ptr, '\n', rest.len);
	line = (struct slice){rest.ptr + 2, (end != NULL ? (size_t)(end - rest.ptr) : rest.len) - 2};
	while (line.len > 0 && strchr(" \t\r", line.ptr[line.len - 1]) != NULL && line.ptr[line.len - 1] != '\0')
		line.len--;
	for (size_t i = w->frame_count; i > 0; i--) {
		struct slice b = w->frames[i - 1].boundary;
		bool close = line.len == b.len + 2 && memcmp(line.ptr + b.len, "--", 2) == 0;

		if (b.len == 0 || (line.len != b.len && !close) || memcmp(line.ptr, b.ptr, b.len) != 0)
			continue;
		*out = (struct mark){.start = start, .frame = i - 1, .close = close,
		    .end = end != NULL ? (size_t)(end - w->raw.ptr) + 1 : w->raw.len};
		return true;
	}
	return false;
}

static bool time_is_up(struct mime *mime)
{
	if (mime->deadline_ms != 0 && !mime->time_passed)
		mime->time_passed = clock_monotonic_ms() >= mime->deadline_ms;
	return mime->time_passed;
}

/*
 * A line that only begins like a boundary: RFC 2046 lets readers take it for
 * one, most do not.
 */
static void near_miss(struct walk *w, size_t start)
{
	struct slice b = w->frames[w->frame_count - 1].boundary;
	struct slice line = slice_sub(w->raw, start + 2, b.len);

	if (b.len > 0 && slice_eq(line, b))
		w->mime->entities[w->frames[w->frame_count - 1].entity].damaged = true;
}

/* The next line behind at that begins with two hyphens, which encoded files do not have; raw.len: none. */
static size_t hyphens_find(struct slice raw, size_t at)
{
	const char *hit = raw.ptr + at, *end = raw.ptr + raw.len;

	while (++hit < end && (hit = memchr(hit, '-', (size_t)(end - hit))) != NULL)
		if (hit[-1] == '\n' && hit + 1 < end && hit[1] == '-')
			return (size_t)(hit - raw.ptr);
	return raw.len;
}

/* The next boundary from the line at w->at on. */
static bool mark_find(struct walk *w, struct mark *out)
{
	size_t at = w->at, lines = 0;

	if (w->frame_count == 0)
		return false;
	while (at < w->raw.len) {
		if (mark_at(w, at, out))
			return true;
		if (w->raw.ptr[at] == '-' && at + 2 < w->raw.len && w->raw.ptr[at + 1] == '-')
			near_miss(w, at);
		at = hyphens_find(w->raw, at);
		if ((++lines & 0xFFF) == 0 && time_is_up(w->mime))
			return false;
	}
	return false;
}

/* ---- entities ------------------------------------------------------------ */

static bool is_encoded(enum transfer encoding)
{
	return encoding == TRANSFER_BASE64 || encoding == TRANSFER_QP || encoding == TRANSFER_UU;
}

/* A new entity, or NULL when memory is out. */
static struct mime_entity *entity_new(struct walk *w)
{
	struct mime *mime = w->mime;
	struct mime_entity *grown;

	if (mime->count == mime->room) {
		mime->room = mime->room != 0 ? mime->room * 2 : 4;
		grown = arena_array(mime->arena, mime->room, sizeof(*grown));
		if (grown == NULL)
			return NULL;
		if (mime->count > 0)
			memcpy(grown, mime->entities, mime->count * sizeof(*grown));
		mime->entities = grown;
	}
	grown = &mime->entities[mime->count++];
	*grown = (struct mime_entity){.depth = w->base + (unsigned)w->frame_count, .inside = w->inside,
	    .type = SLICE_LIT("text/plain")};
	for (size_t i = 0; i < w->frame_count && !grown->inside; i++)
		grown->inside = w->frames[i].boundary.len == 0;
	return grown;
}

/* Past a limit: all that is left is one text. */
static int entity_rest(struct walk *w)
{
	struct mime_entity *e = entity_new(w);

	if (e == NULL)
		return -1;
	e->damaged = e->raw = true;
	e->body = slice_sub(w->raw, w->at, w->raw.len);
	w->at = w->raw.len;
	return 0;
}

bool mime_full(struct mime *mime)
{
	bool full = mime->max_parts != 0 && mime->count >= mime->max_parts;

	/* asked only for one more */
	mime->parts_passed = mime->parts_passed || full;
	return full;
}

/* "This is a multi-part message in MIME format." and white space say nothing. */
static bool loose_is_notice(struct slice text)
{
	text = slice_trim(text);
	if (text.len == 0)
		return true;
	if (text.len > NOTICE_MAX || slice_case_find(text, SLICE_LIT("mime")) < 0)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		unsigned char next = i + 1 < text.len ? (unsigned char)text.ptr[i + 1] : ' ';

		if (text.ptr[i] == '@' || (unsigned char)text.ptr[i] >= 0x80 || strchr("0123456789", text.ptr[i]) != NULL)
			return false;
		if ((text.ptr[i] == '.' || text.ptr[i] == '/' || text.ptr[i] == ':') && next > ' ')
			return false;
	}
	return true;
}

static int loose_add(struct walk *w, struct slice text)
{
	struct mime_entity *e;

	if (loose_is_notice(text))
		return 0;
	if (mime_full(w->mime)) {
		w->at = (size_t)(text.ptr - w->raw.ptr);
		return entity_rest(w);
	}
	e = entity_new(w);
	if (e == NULL)
		return -1;
	e->class = MIME_LOOSE;
	e->body = text;
	return 0;
}

static int frame_push(struct walk *w, size_t entity)
{
	const struct mime_entity *e = &w->mime->entities[entity];

	if (w->frame_count == w->frame_room) {
		size_t room = w->frame_room != 0 ? w->frame_room * 2 : 8;
		struct frame *grown = arena_array(w->mime->arena, room, sizeof(*grown));

		if (grown == NULL)
			return -1;
		if (w->frame_count > 0)
			memcpy(grown, w->frames, w->frame_count * sizeof(*grown));
		w->frames = grown;
		w->frame_room = room;
	}
	w->frames[w->frame_count++] = (struct frame){.entity = entity,
	    .boundary = e->class == MIME_MULTIPART ? e->boundary : SLICE_LIT(""),
	    .digest = mime_type_is(e, "multipart/digest")};
	return 0;
}

/* Leaves the frames above keep; a multipart that was not closed is damaged. */
static void frames_leave(struct walk *w, size_t keep)
{
	while (w->frame_count > keep) {
		const struct frame *frame = &w->frames[--w->frame_count];

		if (frame->boundary.len > 0 && !frame->closed)
			w->mime->entities[frame->entity].damaged = true;
	}
}

/* Mail from a mailbox file begins with a line that is no header. */
static void skip_from_line(struct walk *w)
{
	struct slice rest = slice_sub(w->raw, w->at, w->raw.len);
	const char *end;

	if (rest.len < 5 || (memcmp(rest.ptr, "From ", 5) != 0 && memcmp(rest.ptr, ">From", 5) != 0))
		return;
	end = memchr(rest.ptr, '\n', rest.len);
	w->at = end != NULL ? (size_t)(end - w->raw.ptr) + 1 : w->raw.len;
}

/* A multipart in an encoding that its kind forbids: is it really encoded? */
static bool is_wrapped(struct walk *w, const struct mime_entity *e)
{
	struct slice peek = slice_sub(w->raw, w->at, PEEK_BYTES);

	if (!is_encoded(e->encoding))
		return false;
	if (e->class == MIME_MESSAGE)
		return true;
	return e->encoding != TRANSFER_QP && (e->boundary.len == 0 || slice_find(peek, e->boundary) < 0);
}

/* Whether e is taken apart, as far as its own fields and the limits say. */
static void entity_settle(struct walk *w, struct mime_entity *e)
{
	if (e->class != MIME_MULTIPART && e->class != MIME_MESSAGE)
		return;
	if (w->mime->max_depth != 0 && e->depth >= w->mime->max_depth) {
		w->mime->depth_passed = true;
		e->raw = true;
	} else if (e->class == MIME_MULTIPART && e->boundary.len == 0) {
		e->raw = true;
	} else {
		e->wrapped = is_wrapped(w, e);
		return;
	}
	e->damaged = true;
	e->class = MIME_LEAF;
}

/* Reads the header section at w->at. -1 when memory is out. */
static int entity_read(struct walk *w)
{
	const struct frame *parent = w->frame_count > 0 ? &w->frames[w->frame_count - 1] : NULL;
	struct mime_fields fields = {0};
	struct header_field field;
	struct slice rest;
	struct mark mark;
	enum header_step step = HEADER_FIELD;
	struct mime_entity *e;

	if (parent == NULL || parent->boundary.len == 0)
		skip_from_line(w);
	rest = slice_sub(w->raw, w->at, w->raw.len);
	while (step == HEADER_FIELD) {
		if (mark_at(w, (size_t)(rest.ptr - w->raw.ptr), &mark))
			break; /* no blank line, no body */
		step = header_next(&rest, &field);
		if (step == HEADER_FIELD)
			mime_fields_take(&fields, &field);
	}
	w->at = w->raw.len - rest.len;
	e = entity_new(w);
	if (e == NULL)
		return -1;
	e->damaged = step == HEADER_BROKEN;
	if (mime_entity_describe(w->mime->arena, &fields, parent != NULL && parent->digest ? "message/rfc822" : "text/plain", e) != 0)
		return -1;
	/* the Subject of a message belongs to the entity that holds it */
	if (parent != NULL && parent->boundary.len == 0 && e->subject.ptr != NULL)
		w->mime->entities[parent->entity].subject = e->subject;
	e->subject = SLICE_NONE;
	entity_settle(w, e);
	return 0;
}

/* The text from start up to the boundary without the line end that belongs to it. */
static struct slice text_before(const struct walk *w, size_t start, const struct mark *mark)
{
	size_t end = mark != NULL ? mark->start : w->raw.len;

	if (mark != NULL && end > start && w->raw.ptr[end - 1] == '\n')
		end--;
	if (mark != NULL && end > start && w->raw.ptr[end - 1] == '\r')
		end--;
	return slice_sub(w->raw, start, end - start);
}

/* One entity's header, and those of the messages that it directly holds. 1: goes on, 0: at a limit. */
static int walk_entity(struct walk *w, bool *loose_r)
{
	struct mime *mime = w->mime;
	struct mime_entity *e;

	do {
		if (mime_full(mime) || time_is_up(mime))
			return entity_rest(w) == 0 ? 0 : -1;
		if (entity_read(w) != 0)
			return -1;
		e = &mime->entities[mime->count - 1];
		if (e->wrapped || e->class == MIME_LEAF)
			break;
		if (frame_push(w, mime->count - 1) != 0)
			return -1;
	} while (e->class == MIME_MESSAGE);
	*loose_r = e->class == MIME_MULTIPART && !e->wrapped;
	return 1;
}

/*
 * The loop over boundaries. loose: it starts before the first boundary of the
 * innermost frame, otherwise at an entity's header.
 */
static int walk_run(struct walk *w, bool loose)
{
	bool entity = !loose, found;
	struct mark mark;
	int rc;

	do {
		struct slice text;
		size_t start;

		if (entity && (rc = walk_entity(w, &loose)) <= 0) {
			frames_leave(w, 0);
			return rc;
		}
		start = w->at;
		found = mark_find(w, &mark);
		text = text_before(w, start, found ? &mark : NULL);
		if (!loose)
			w->mime->entities[w->mime->count - 1].body = text;
		else if (loose_add(w, text) != 0)
			return -1;
		if (!found || w->mime->parts_passed)
			break;
		frames_leave(w, mark.frame + 1);
		w->at = mark.end;
		entity = !mark.close;
		if (mark.close)
			loose = w->frames[mark.frame].closed = true;
		else if (w->frames[mark.frame].closed) /* parts go on after the end */
			w->mime->entities[w->frames[mark.frame].entity].damaged = true;
	} while (found);
	frames_leave(w, 0);
	return 0;
}

int mime_walk(struct mime *mime, struct slice raw)
{
	struct walk w = {.mime = mime, .raw = raw};

	if (raw.ptr == NULL)
		w.raw = SLICE_LIT("");
	return walk_run(&w, false);
}

int mime_unwrap(struct mime *mime, size_t index, struct slice decoded)
{
	struct walk w = {.mime = mime, .raw = decoded};
	const struct mime_entity *e = &mime->entities[index];

	if (decoded.ptr == NULL)
		w.raw = SLICE_LIT("");
	w.base = e->depth;
	w.inside = e->inside;
	if (frame_push(&w, index) != 0)
		return -1;
	return walk_run(&w, e->class == MIME_MULTIPART);
}
