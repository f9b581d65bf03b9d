/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON with text that may not be UTF-8, and one canonical way of writing it. */
#include "core/json.h"

#include <stdint.h>
#include <string.h>

#include "core/text.h"

json_t *json_text(struct slice s)
{
	struct buf clean = {0};
	json_t *value;

	if (s.ptr == NULL)
		s = SLICE_LIT("");
	/* What is UTF-8 need not be looked at again. */
	if (utf8_valid(s))
		return json_stringn_nocheck(s.ptr, s.len);
	while (s.len > 0) {
		unsigned long cp;
		size_t n = utf8_decode(s, &cp);

		if (n == 0)
			buf_add_utf8(&clean, 0xFFFD);
		else
			buf_add(&clean, s.ptr, n);
		s = slice_sub(s, n != 0 ? n : 1, s.len);
	}
	value = clean.failed ? NULL : json_stringn_nocheck(clean.data, clean.len);
	buf_free(&clean);
	return value;
}

int json_put_new(json_t *object, const char *key, json_t *value)
{
	return json_object_set_new(object, key, value);
}

json_t *json_whole(json_t *value, int rc)
{
	if (rc == 0)
		return value;
	json_decref(value);
	return NULL;
}

int json_put(json_t *object, const char *key, struct slice s)
{
	return s.ptr != NULL ? json_put_new(object, key, json_text(s)) : 0;
}

int json_put_str(json_t *object, const char *key, const char *s)
{
	return json_put(object, key, slice_str(s));
}

int json_put_int(json_t *object, const char *key, json_int_t value)
{
	return json_put_new(object, key, json_integer(value));
}

int json_put_bool(json_t *object, const char *key, bool value)
{
	return json_put_new(object, key, json_boolean(value));
}

struct slice json_slice(const json_t *value)
{
	return json_is_string(value) ? (struct slice){json_string_value(value), json_string_length(value)} : SLICE_NONE;
}

const char *json_get_str(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

json_int_t json_get_int(const json_t *object, const char *key, json_int_t fallback)
{
	const json_t *value = json_object_get(object, key);

	return json_is_integer(value) ? json_integer_value(value) : fallback;
}

/*
 * The length of a character at the start of s that JSON allows as it is, and that drives a terminal, turns the text
 * beside it or ends a line for some readers: DEL, C1 controls, direction marks, line and paragraph separators; else 0.
 */
static size_t harmful_length(const unsigned char *s, size_t len, unsigned *cp_r)
{
	if (len >= 1 && s[0] == 0x7F) {
		*cp_r = s[0];
		return 1;
	}
	if (len >= 2 && ((s[0] == 0xC2 && s[1] < 0xA0) || (s[0] == 0xD8 && s[1] == 0x9C))) {
		*cp_r = (s[0] & 0x1FU) << 6 | (s[1] & 0x3FU);
		return 2;
	}
	if (len < 3 || s[0] != 0xE2)
		return 0;
	*cp_r = 0x2000U | (s[1] & 0x3FU) << 6 | (s[2] & 0x3FU);
	return (*cp_r >= 0x200E && *cp_r <= 0x200F) || (*cp_r >= 0x2028 && *cp_r <= 0x202E) ||
	    (*cp_r >= 0x2066 && *cp_r <= 0x2069) ? 3 : 0;
}

/* Pieces of jansson's end between characters. */
static int write_piece(const char *data, size_t len, void *arg)
{
	struct buf *buf = arg;
	size_t done = 0, i = 0;

	while (i < len) {
		unsigned cp;
		size_t n = harmful_length((const unsigned char *)data + i, len - i, &cp);

		if (n == 0) {
			i++;
			continue;
		}
		buf_add(buf, data + done, i - done);
		buf_printf(buf, "\\u%04X", cp);
		i += n;
		done = i;
	}
	buf_add(buf, data + done, len - done);
	return buf->failed ? -1 : 0;
}

/* ---- in one line ------------------------------------------------------------ */

/* Nobody writes deeper ones; a value inside itself ends here. */
#define DEPTH_MAX 1024

#define EACH(byte) (0x0101010101010101ULL * (byte))

/* Whether all of eight characters stand in a text as they are; false also of some that do, beside others. */
static bool are_plain(const unsigned char *s)
{
	uint64_t eight, quote, backslash, del;

	memcpy(&eight, s, sizeof(eight));
	quote = eight ^ EACH('"');
	backslash = eight ^ EACH('\\');
	del = eight ^ EACH(0x7F);
	/* Of ASCII each is smaller than what is taken off it exactly where its high bit comes out. */
	return ((eight | (eight - EACH(0x20)) | (quote - EACH(1)) | (backslash - EACH(1)) | (del - EACH(1))) & EACH(0x80)) == 0;
}

/* Characters that stand in a text as they are: not the first to care for. */
static size_t plain_length(const unsigned char *s, size_t len)
{
	size_t n = 0;

	while (len - n >= sizeof(uint64_t) && are_plain(s + n))
		n += sizeof(uint64_t);
	while (n < len && s[n] >= 0x20 && s[n] < 0x7F && s[n] != '"' && s[n] != '\\')
		n++;
	return n;
}

/* The character at s, which plain_length stopped at, and its length. */
static size_t write_character(struct buf *buf, const unsigned char *s, size_t len)
{
	static const char letters[] = "\bb\ff\nn\rr\tt\"\"\\\\";
	const char *letter;
	unsigned cp;
	size_t n = harmful_length(s, len, &cp);

	for (letter = letters; *letter != '\0' && (unsigned char)*letter != *s; letter += 2)
		;
	if (*letter != '\0') {
		buf_add(buf, (char[]){'\\', letter[1]}, 2);
		return 1;
	}
	if (n > 0 || *s < 0x20) {
		buf_printf(buf, "\\u%04X", n > 0 ? cp : *s);
		return n > 0 ? n : 1;
	}
	buf_add(buf, s, 1);
	return 1;
}

static int write_text(struct buf *buf, struct slice text)
{
	const unsigned char *s = (const unsigned char *)text.ptr;

	if (!utf8_valid(text))
		return -1;
	buf_add_char(buf, '"');
	for (size_t at = 0; at < text.len;) {
		size_t n = plain_length(s + at, text.len - at);

		buf_add(buf, s + at, n);
		at += n;
		if (at < text.len)
			at += write_character(buf, s + at, text.len - at);
	}
	buf_add_char(buf, '"');
	return 0;
}

static int write_value(struct buf *buf, const json_t *value, int depth);

static int write_member(struct buf *buf, const char *key, const json_t *value, int depth)
{
	if (write_text(buf, slice_str(key)) != 0)
		return -1;
	buf_add_char(buf, ':');
	return write_value(buf, value, depth);
}

static int write_object(struct buf *buf, json_t *object, int depth)
{
	const char *key;
	json_t *value;
	char before = '{';

	json_object_foreach(object, key, value) {
		buf_add_char(buf, before);
		if (write_member(buf, key, value, depth) != 0)
			return -1;
		before = ',';
	}
	buf_add_str(buf, before == '{' ? "{}" : "}");
	return 0;
}

static int write_array(struct buf *buf, const json_t *array, int depth)
{
	buf_add_char(buf, '[');
	for (size_t i = 0; i < json_array_size(array); i++) {
		if (i > 0)
			buf_add_char(buf, ',');
		if (write_value(buf, json_array_get(array, i), depth) != 0)
			return -1;
	}
	buf_add_char(buf, ']');
	return 0;
}

static int write_value(struct buf *buf, const json_t *value, int depth)
{
	if (depth >= DEPTH_MAX)
		return -1;
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return write_object(buf, (json_t *)(uintptr_t)value, depth + 1);
	case JSON_ARRAY:
		return write_array(buf, value, depth + 1);
	case JSON_STRING:
		return write_text(buf, json_slice(value));
	case JSON_INTEGER:
		buf_printf(buf, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
		return 0;
	case JSON_REAL:
		return json_dump_callback(value, write_piece, buf, JSON_COMPACT | JSON_ENCODE_ANY);
	default:
		buf_add_str(buf, json_is_null(value) ? "null" : json_is_true(value) ? "true" : "false");
		return 0;
	}
}

int json_write(struct buf *buf, const json_t *value)
{
	return value != NULL && write_value(buf, value, 0) == 0 && !buf->failed ? 0 : -1;
}

int json_write_member(struct buf *buf, const char *key, const json_t *value)
{
	return value != NULL && write_member(buf, key, value, 1) == 0 && !buf->failed ? 0 : -1;
}

int json_write_indented(struct buf *buf, const json_t *value)
{
	if (json_dump_callback(value, write_piece, buf, JSON_INDENT(2) | JSON_ENCODE_ANY) != 0)
		return -1;
	buf_add_char(buf, '\n');
	return buf->failed ? -1 : 0;
}
