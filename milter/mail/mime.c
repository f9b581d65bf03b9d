/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tree of a message. GMime's parser descends by recursion, stops in
 * silence at depth 1024 and takes seconds for half a million parts; so the
 * boundaries are found here, in one pass with a stack of its own and with
 * limits, and GMime reads what it reads well: types, dispositions and their
 * parameters (RFC 2045, 2047, 2231).
 *
 * Where readers differ, the reading that shows more text wins and the entity
 * is marked as damaged.
 */
#include "mail/mime.h"

#include <gmime/gmime.h>
#include <string.h>
#include <strings.h>

#include "core/clock.h"
#include "mail/charset.h"
#include "mail/header.h"

#define FIELD_MAX 16384     /* of a Content-* field that is read */
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

void mime_init(void)
{
	g_mime_init();
}

/* ---- fields -------------------------------------------------------------- */

struct fields {
	struct slice type, disposition, subject, encoding, second;
	bool clash; /* a field that must be single is not, and its values differ */
};

static void field_keep(struct slice *field, struct slice value, struct fields *fields)
{
	if (field->ptr == NULL)
		*field = value;
	else if (!slice_case_eq(slice_trim(*field), slice_trim(value)))
		fields->clash = true;
}

static void fields_take(struct fields *fields, const struct header_field *field)
{
	if (slice_case_eq_str(field->name, "content-type")) {
		/* of two types the multipart shows more: what is not in a part is text as well */
		if (fields->type.ptr != NULL && slice_case_prefix(slice_trim(field->raw), "multipart/") &&
		    !slice_case_prefix(slice_trim(fields->type), "multipart/")) {
			fields->type = field->raw;
			fields->clash = true;
		}
		field_keep(&fields->type, field->raw, fields);
	} else if (slice_case_eq_str(field->name, "content-disposition")) {
		field_keep(&fields->disposition, field->raw, fields);
	} else if (slice_case_eq_str(field->name, "content-transfer-encoding")) {
		if (fields->encoding.ptr != NULL && fields->second.ptr == NULL)
			fields->second = field->raw;
		field_keep(&fields->encoding, field->raw, fields);
	} else if (slice_case_eq_str(field->name, "subject") && fields->subject.ptr == NULL) {
		fields->subject = field->raw;
	}
}

/* One line, NUL-terminated, for GMime. */
static char *field_text(struct arena *arena, struct slice value)
{
	char *text = arena_memdup(arena, value.ptr, value.len < FIELD_MAX ? value.len : FIELD_MAX);

	if (text == NULL)
		return NULL;
	for (size_t i = 0; i < value.len && i < FIELD_MAX; i++)
		if (text[i] == '\r' || text[i] == '\n' || text[i] == '\0')
			text[i] = ' ';
	return text;
}

static int lower_copy(struct arena *arena, struct slice s, struct slice *out)
{
	char *copy = arena_memdup(arena, s.ptr, s.len);

	if (copy == NULL)
		return -1;
	for (size_t i = 0; i < s.len; i++)
		if (copy[i] >= 'A' && copy[i] <= 'Z')
			copy[i] = (char)(copy[i] + 32);
	*out = (struct slice){copy, s.len};
	return 0;
}

/* The "type/subtype" that value starts with, or SLICE_NONE. */
static struct slice type_token(struct slice value)
{
	size_t n = 0, slash = 0;

	value = slice_trim(value);
	while (n < value.len && (unsigned char)value.ptr[n] > ' ' && strchr(";,()\"", value.ptr[n]) == NULL) {
		if (value.ptr[n] == '/')
			slash = slash == 0 ? n : value.len;
		n++;
	}
	return slash > 0 && slash + 1 < n ? slice_sub(value, 0, n) : SLICE_NONE;
}

/* A parameter that GMime did not see ("text/html charset=x", "boundary = x"): the first that looks so. */
static struct slice parameter_guess(struct slice value, const char *name)
{
	long at = slice_case_find(value, slice_str(name));
	size_t end = 0;
	char stop = '\0';

	if (at < 0)
		return SLICE_NONE;
	value = slice_trim(slice_sub(value, (size_t)at + strlen(name), value.len));
	if (value.len == 0 || value.ptr[0] != '=')
		return SLICE_NONE;
	value = slice_trim(slice_sub(value, 1, value.len));
	if (value.len > 0 && value.ptr[0] == '"') {
		stop = '"';
		value = slice_sub(value, 1, value.len);
	}
	while (end < value.len && (stop != '\0' ? value.ptr[end] != stop :
	    (unsigned char)value.ptr[end] > ' ' && value.ptr[end] != ';'))
		end++;
	return slice_sub(value, 0, end);
}

/* A parameter's value into the arena as valid UTF-8, encoded words decoded. */
static int parameter_copy(struct arena *arena, const char *value, struct slice *out)
{
	struct header_text text;

	if (value == NULL)
		return 0;
	if (header_decode(arena, slice_str(value), &text) != 0)
		return -1;
	*out = text.value;
	return 0;
}

static int type_parameters(struct arena *arena, struct slice value, struct mime_entity *e)
{
	char *text = field_text(arena, value);
	struct slice line = slice_str(text);
	GMimeContentType *type;
	const char *s;
	int rc = 0;

	if (text == NULL)
		return -1;
	type = g_mime_content_type_parse(NULL, text);
	s = type != NULL ? g_mime_content_type_get_parameter(type, "charset") : NULL;
	rc |= lower_copy(arena, s != NULL ? slice_str(s) : parameter_guess(line, "charset"), &e->charset);
	s = type != NULL ? g_mime_content_type_get_parameter(type, "boundary") : NULL;
	if (s != NULL && *s != '\0') {
		e->boundary = arena_slice(arena, slice_str(s));
		rc |= e->boundary.ptr != NULL ? 0 : -1;
	} else if (e->class == MIME_MULTIPART) {
		e->boundary = parameter_guess(line, "boundary");
	}
	s = type != NULL ? g_mime_content_type_get_parameter(type, "smime-type") : NULL;
	rc |= lower_copy(arena, slice_str(s), &e->smime);
	s = type != NULL ? g_mime_content_type_get_parameter(type, "format") : NULL;
	e->flowed = s != NULL && strcasecmp(s, "flowed") == 0 && slice_eq_str(e->type, "text/plain");
	s = type != NULL ? g_mime_content_type_get_parameter(type, "delsp") : NULL;
	e->delsp = s != NULL && strcasecmp(s, "yes") == 0;
	s = type != NULL ? g_mime_content_type_get_parameter(type, "name") : NULL;
	rc |= parameter_copy(arena, s, &e->name);
	if (type != NULL)
		g_object_unref(type);
	return rc;
}

static int disposition_parameters(struct arena *arena, struct slice value, struct mime_entity *e)
{
	char *text = field_text(arena, value);
	GMimeContentDisposition *disposition;
	const char *s;
	int rc = 0;

	if (text == NULL)
		return -1;
	disposition = g_mime_content_disposition_parse(NULL, text);
	if (disposition == NULL)
		return 0;
	s = g_mime_content_disposition_get_disposition(disposition);
	/* RFC 2183: what is not known is an attachment */
	e->attachment = s != NULL && *s != '\0' && strcasecmp(s, "inline") != 0;
	s = g_mime_content_disposition_get_parameter(disposition, "filename");
	if (s != NULL && *s != '\0')
		rc = parameter_copy(arena, s, &e->name);
	g_object_unref(disposition);
	return rc;
}

static bool type_is(const struct mime_entity *e, const char *type)
{
	return slice_eq_str(e->type, type);
}

static bool is_message(const struct mime_entity *e)
{
	return type_is(e, "message/rfc822") || type_is(e, "message/global") || type_is(e, "message/news") ||
	    type_is(e, "application/eml") ||
	    (slice_case_suffix(e->name, ".eml") && slice_case_prefix(e->type, "application/"));
}

static bool is_encoded(enum transfer encoding)
{
	return encoding == TRANSFER_BASE64 || encoding == TRANSFER_QP || encoding == TRANSFER_UU;
}

/* Fills e from its fields; implied is the type without a Content-Type. */
static int entity_describe(struct arena *arena, const struct fields *fields, const char *implied,
    struct mime_entity *e)
{
	struct slice token = fields->type.ptr != NULL ? type_token(fields->type) : SLICE_NONE;

	e->clash = fields->clash;
	e->damaged = e->damaged || fields->clash;
	e->subject = fields->subject;
	e->encoding = e->second = transfer_parse(fields->encoding);
	if (fields->second.ptr != NULL)
		e->second = transfer_parse(fields->second);
	if (token.ptr == NULL && fields->type.ptr != NULL && !slice_case_prefix(slice_trim(fields->type), "text"))
		e->damaged = e->damaged || slice_trim(fields->type).len > 0;
	if (lower_copy(arena, token.ptr != NULL ? token : slice_str(implied), &e->type) != 0)
		return -1;
	if (slice_case_prefix(e->type, "multipart/"))
		e->class = MIME_MULTIPART;
	if (fields->type.ptr != NULL && type_parameters(arena, fields->type, e) != 0)
		return -1;
	if (fields->disposition.ptr != NULL && disposition_parameters(arena, fields->disposition, e) != 0)
		return -1;
	if (is_message(e))
		e->class = MIME_MESSAGE;
	while (e->boundary.len > 0 && strchr(" \t", e->boundary.ptr[e->boundary.len - 1]) != NULL)
		e->boundary.len--;
	return 0;
}

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

/* The next boundary from the line at w->at on. */
static bool mark_find(struct walk *w, struct mark *out)
{
	size_t at = w->at, lines = 0;

	if (w->frame_count == 0)
		return false;
	while (at < w->raw.len) {
		const char *next;

		if (mark_at(w, at, out))
			return true;
		if (w->raw.ptr[at] == '-' && at + 2 < w->raw.len && w->raw.ptr[at + 1] == '-')
			near_miss(w, at);
		next = memmem(w->raw.ptr + at, w->raw.len - at, "\n--", 3);
		if (next == NULL || ((++lines & 0xFFF) == 0 && time_is_up(w->mime)))
			return false;
		at = (size_t)(next - w->raw.ptr) + 1;
	}
	return false;
}

/* ---- entities ------------------------------------------------------------ */

/* A new entity, or NULL when memory is out. */
static struct mime_entity *entity_new(struct walk *w)
{
	struct mime *mime = w->mime;
	struct mime_entity *grown;

	if (mime->count == mime->room) {
		mime->room = mime->room != 0 ? mime->room * 2 : 16;
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
	    .digest = type_is(e, "multipart/digest")};
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
	struct fields fields = {0};
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
			fields_take(&fields, &field);
	}
	w->at = w->raw.len - rest.len;
	e = entity_new(w);
	if (e == NULL)
		return -1;
	e->damaged = step == HEADER_BROKEN;
	if (entity_describe(w->mime->arena, &fields, parent != NULL && parent->digest ? "message/rfc822" : "text/plain", e) != 0)
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
