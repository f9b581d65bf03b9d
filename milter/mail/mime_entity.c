/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the fields of an entity say of it: types, dispositions and their
 * parameters (RFC 2045, 2047, 2231), which GMime reads well. Its only door.
 */
#include "mail/mime_entity.h"

#include <gmime/gmime.h>
#include <string.h>
#include <strings.h>

#include "mail/header.h"

#define FIELD_MAX 16384     /* of a Content-* field that is read */

void mime_init(void)
{
	g_mime_init();
}

static void field_keep(struct slice *field, struct slice value, struct mime_fields *fields)
{
	if (field->ptr == NULL)
		*field = value;
	else if (!slice_case_eq(slice_trim(*field), slice_trim(value)))
		fields->clash = true;
}

void mime_fields_take(struct mime_fields *fields, const struct header_field *field)
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

/* Behind the comments that value starts with; some programs put them there. */
static struct slice comments_skip(struct slice value)
{
	size_t n = 0, depth = 0;

	value = slice_trim(value);
	while (n < value.len && (depth > 0 || value.ptr[n] == '(')) {
		depth += value.ptr[n] == '(';
		depth -= value.ptr[n] == ')';
		n++;
		while (depth == 0 && n < value.len && strchr(" \t\r\n", value.ptr[n]) != NULL && value.ptr[n] != '\0')
			n++;
	}
	return depth == 0 ? slice_sub(value, n, value.len) : value;
}

/* The "type/subtype" that value starts with, or SLICE_NONE. */
static struct slice type_token(struct slice value)
{
	size_t n = 0, slash = 0;

	value = comments_skip(value);
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

/*
 * A file's name into the arena as valid UTF-8. Where encoded words stand in it they are decoded here: GMime stops
 * at the first padding of two neighbours, and the ending is what counts in a name.
 */
static int file_name_copy(struct arena *arena, struct slice line, const char *parameter, const char *value,
    struct slice *out)
{
	struct slice raw = parameter_guess(line, parameter);
	struct header_text text;

	if (slice_find(raw, SLICE_LIT("=?")) < 0)
		raw = slice_str(value);
	if (raw.len == 0)
		return 0;
	if (header_decode(arena, raw, &text) != 0)
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
	rc |= file_name_copy(arena, line, "name", s, &e->name);
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
		rc = file_name_copy(arena, slice_str(text), "filename", s, &e->name);
	g_object_unref(disposition);
	return rc;
}

bool mime_type_is(const struct mime_entity *e, const char *type)
{
	return slice_eq_str(e->type, type);
}

static bool is_message(const struct mime_entity *e)
{
	return mime_type_is(e, "message/rfc822") || mime_type_is(e, "message/global") || mime_type_is(e, "message/news") ||
	    mime_type_is(e, "application/eml") ||
	    (slice_case_suffix(e->name, ".eml") && slice_case_prefix(e->type, "application/"));
}

/* Fills e from its fields; implied is the type without a Content-Type. */
int mime_entity_describe(struct arena *arena, const struct mime_fields *fields, const char *implied,
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
