/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Header sections: splitting into fields exactly as received, and the decoding
 * of RFC 2047 words with the charset rules that bodies get as well.
 */
#include "mail/header.h"

#include <stdint.h>
#include <string.h>

#include "core/buf.h"
#include "mail/charset.h"
#include "mail/transfer.h"

#define CHARSET_MAX 64
#define WORD_MAX 1000

/* Length of the line at s with its end; *text_r: without it. */
static size_t line_length(struct slice s, size_t *text_r)
{
	const char *end = memchr(s.ptr, '\n', s.len);
	size_t len = end != NULL ? (size_t)(end - s.ptr) + 1 : s.len;

	*text_r = end != NULL ? len - 1 : len;
	if (*text_r > 0 && s.ptr[*text_r - 1] == '\r')
		(*text_r)--;
	return len;
}

/* Length of the field name at the start of line, 0 when it is none; *colon_r: place of the colon. */
static size_t name_length(struct slice line, size_t *colon_r)
{
	size_t n = 0, at;

	while (n < line.len && (unsigned char)line.ptr[n] > ' ' && line.ptr[n] != ':' && line.ptr[n] != 0x7F)
		n++;
	for (at = n; at < line.len && (line.ptr[at] == ' ' || line.ptr[at] == '\t');)
		at++;
	if (at == line.len || line.ptr[at] != ':')
		return 0;
	*colon_r = at;
	return n;
}

enum header_step header_next(struct slice *rest, struct header_field *out)
{
	size_t text = 0, len, colon = 0, name, at;

	if (rest->len == 0)
		return HEADER_END;
	len = line_length(*rest, &text);
	if (text == 0) {
		*rest = slice_sub(*rest, len, rest->len);
		return HEADER_END;
	}
	name = name_length((struct slice){rest->ptr, text}, &colon);
	if (name == 0)
		return HEADER_BROKEN;
	for (at = len; at < rest->len && (rest->ptr[at] == ' ' || rest->ptr[at] == '\t'); at += len) {
		size_t more;

		len = line_length(slice_sub(*rest, at, rest->len), &more);
		text = at + more;
	}
	out->name = (struct slice){rest->ptr, name};
	out->raw = (struct slice){rest->ptr + colon + 1, text - colon - 1};
	if (out->raw.len > 0 && out->raw.ptr[0] == ' ')
		out->raw = slice_sub(out->raw, 1, out->raw.len);
	*rest = slice_sub(*rest, at, rest->len);
	return HEADER_FIELD;
}

/* ---- encoded words ------------------------------------------------------ */

struct word {
	struct slice charset;
	struct slice text;
	bool base64;
	size_t len; /* of the whole word */
};

/*
 * Reads "=?charset?B|Q?text?=" at the start of s. *no_end is set once no "?="
 * follows any more, so that a header full of beginnings is read once.
 */
static bool word_read(struct slice s, struct word *out, bool *no_end)
{
	const char *mark;
	size_t at;
	long end;

	if (s.len < 8 || s.ptr[0] != '=' || s.ptr[1] != '?' || *no_end)
		return false;
	mark = memchr(s.ptr + 2, '?', s.len - 2 < CHARSET_MAX ? s.len - 2 : CHARSET_MAX);
	if (mark == NULL || mark == s.ptr + 2)
		return false;
	at = (size_t)(mark - s.ptr);
	if (at + 3 > s.len || s.ptr[at + 2] != '?' || strchr("bBqQ", s.ptr[at + 1]) == NULL || s.ptr[at + 1] == '\0')
		return false;
	out->charset = (struct slice){s.ptr + 2, at - 2};
	out->base64 = s.ptr[at + 1] == 'b' || s.ptr[at + 1] == 'B';
	at += 3;
	end = slice_find(slice_sub(s, at, s.len), SLICE_LIT("?="));
	if (end < 0) {
		*no_end = true;
		return false;
	}
	out->text = slice_sub(s, at, (size_t)end);
	out->len = at + (size_t)end + 2;
	return true;
}

size_t header_word_length(struct slice s)
{
	struct word word;
	bool no_end = false;

	/* callers ask at every "=?": what they may look at is bounded */
	return word_read(slice_sub(s, 0, WORD_MAX), &word, &no_end) ? word.len : 0;
}

static void word_bytes(struct arena *arena, const struct word *word, struct buf *bytes)
{
	struct transfer_result decoded;
	char *copy;

	if (word->base64) {
		if (transfer_decode(arena, TRANSFER_BASE64, word->text, SIZE_MAX, &decoded) != 0)
			bytes->failed = true;
		else
			buf_add_slice(bytes, decoded.data);
		return;
	}
	copy = arena_memdup(arena, word->text.ptr, word->text.len);
	if (copy == NULL) {
		bytes->failed = true;
		return;
	}
	for (size_t i = 0; i < word->text.len; i++)
		if (copy[i] == '_')
			copy[i] = ' ';
	if (transfer_decode(arena, TRANSFER_QP, (struct slice){copy, word->text.len}, SIZE_MAX, &decoded) != 0)
		bytes->failed = true;
	else
		buf_add_slice(bytes, decoded.data);
}

/* White space and folds only: nothing between two encoded words. */
static size_t blank_length(struct slice s)
{
	size_t n = 0;

	while (n < s.len && strchr(" \t\r\n", s.ptr[n]) != NULL && s.ptr[n] != '\0')
		n++;
	return n;
}

static int add_text(struct arena *arena, struct slice bytes, struct slice charset, struct buf *out, bool *broken_r)
{
	struct charset_text text;
	struct slice plain;

	if (charset_to_utf8(arena, bytes, charset, SIZE_MAX, &text) != 0)
		return -1;
	*broken_r = *broken_r || text.broken;
	buf_add_slice(out, text.text);
	/* A byte order mark that may be there to hide what follows: both readings. */
	plain = charset_skip_marks(bytes);
	if (text.plain_too && plain.len < bytes.len) {
		if (charset_to_utf8(arena, plain, SLICE_LIT("utf-8"), SIZE_MAX, &text) != 0)
			return -1;
		buf_add_char(out, ' ');
		buf_add_slice(out, text.text);
	}
	return out->failed ? -1 : 0;
}

/* Decodes the words from s on that belong together; returns how much of s they are, 0 for memory. */
static size_t add_words(struct arena *arena, struct slice s, struct word word, bool *no_end,
    struct buf *out, bool *broken_r)
{
	struct buf bytes = {0};
	struct slice charset = word.charset;
	size_t used = 0;
	int rc;

	for (;;) {
		size_t blank;

		word_bytes(arena, &word, &bytes);
		used += word.len;
		blank = blank_length(slice_sub(s, used, s.len));
		if (!word_read(slice_sub(s, used + blank, s.len), &word, no_end))
			break;
		used += blank; /* dropped between two words */
		if (!slice_case_eq(charset, word.charset))
			break;
	}
	rc = bytes.failed ? -1 : add_text(arena, buf_slice(&bytes), charset, out, broken_r);
	buf_free(&bytes);
	return rc == 0 ? used : 0;
}

/* Text outside of encoded words: line ends go, the white space of folds stays. */
static int add_plain(struct arena *arena, struct slice s, struct buf *out, bool *broken_r)
{
	struct buf line = {0};
	int rc;

	/* Most values are not folded. */
	if (s.len == 0 || (memchr(s.ptr, '\n', s.len) == NULL && memchr(s.ptr, '\r', s.len) == NULL))
		return s.len == 0 ? 0 : add_text(arena, s, SLICE_NONE, out, broken_r);
	for (size_t i = 0, from = 0; i <= s.len; i++) {
		if (i < s.len && s.ptr[i] != '\r' && s.ptr[i] != '\n')
			continue;
		buf_add(&line, s.ptr + from, i - from);
		from = i + 1;
	}
	rc = line.failed ? -1 : line.len == 0 ? 0 : add_text(arena, buf_slice(&line), SLICE_NONE, out, broken_r);
	buf_free(&line);
	return rc;
}

/* An encoded line end is none: whoever copies the value must not get a second header. */
static struct slice one_line(struct arena *arena, struct slice s)
{
	char *copy = arena_memdup(arena, s.ptr, s.len);

	for (size_t i = 0; copy != NULL && i < s.len; i++)
		if (copy[i] == '\r' || copy[i] == '\n')
			copy[i] = ' ';
	return copy != NULL ? slice_trim((struct slice){copy, s.len}) : SLICE_NONE;
}

int header_decode(struct arena *arena, struct slice raw, struct header_text *out)
{
	struct buf buf = {0};
	bool no_end = false;
	size_t plain = 0, at = 0;
	int rc = 0;

	*out = (struct header_text){.value = SLICE_LIT("")};
	while (rc == 0 && at < raw.len) {
		const char *mark = memchr(raw.ptr + at, '=', raw.len - at);
		struct slice here;
		struct word word;
		size_t used;

		if (mark == NULL)
			break;
		at = (size_t)(mark - raw.ptr);
		here = slice_sub(raw, at, raw.len);
		if (!word_read(here, &word, &no_end)) {
			at++;
			continue;
		}
		rc = add_plain(arena, slice_sub(raw, plain, at - plain), &buf, &out->broken);
		used = add_words(arena, here, word, &no_end, &buf, &out->broken);
		if (used == 0)
			rc = -1;
		plain = at += used;
	}
	if (rc == 0)
		rc = add_plain(arena, slice_sub(raw, plain, raw.len), &buf, &out->broken);
	if (rc == 0 && !buf.failed && buf.len > 0)
		out->value = one_line(arena, buf_slice(&buf));
	rc = rc != 0 || buf.failed || out->value.ptr == NULL ? -1 : 0;
	buf_free(&buf);
	return rc;
}
