/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Cuts HTML into tags, text and comments as browsers do (WHATWG HTML, section
 * 13.2.5): what a parser for well-formed pages skips ("<!-->", "--!>", tags
 * that never end, quotes in odd places) is where links hide. One pass, no
 * memory, no tree: no nesting can hurt it.
 */
#include "mail/html_private.h"

#include <string.h>

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static bool is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Elements whose content is text up to their end tag. */
static bool is_raw(struct slice name)
{
	static const char *const names[] = {
		"script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes", "plaintext", NULL,
	};

	for (size_t i = 0; names[i] != NULL; i++) {
		if (slice_case_eq_str(name, names[i]))
			return true;
	}
	return false;
}

/* The end of the comment whose content begins at at; *next_r is behind it. */
static size_t comment_end(struct slice s, size_t at, size_t *next_r)
{
	if (at < s.len && s.ptr[at] == '>') {
		*next_r = at + 1;
		return at;
	}
	if (at + 1 < s.len && s.ptr[at] == '-' && s.ptr[at + 1] == '>') {
		*next_r = at + 2;
		return at;
	}
	for (size_t i = at; i < s.len; i++) {
		const char *dash = memchr(s.ptr + i, '-', s.len - i);
		size_t n;

		if (dash == NULL)
			break;
		i = (size_t)(dash - s.ptr);
		if (i + 2 >= s.len || s.ptr[i + 1] != '-')
			continue;
		n = s.ptr[i + 2] == '!' ? 3 : 2;
		if (i + n < s.len && s.ptr[i + n] == '>') {
			*next_r = i + n + 1;
			return i;
		}
	}
	*next_r = s.len;
	return s.len;
}

/*
 * The end of a tag (the place of '>') whose name ends at at. A '>' in a
 * quoted value does not end it; quotes count right behind '=' only.
 */
static size_t tag_end(struct slice s, size_t at)
{
	bool value = false;

	while (at < s.len && s.ptr[at] != '>') {
		char c = s.ptr[at];

		if (value && (c == '"' || c == '\'')) {
			const char *close = memchr(s.ptr + at + 1, c, s.len - at - 1);

			if (close == NULL)
				return s.len;
			at = (size_t)(close - s.ptr);
			value = false;
		} else if (c == '=') {
			/* A value that began unquoted goes on: its '=' and quotes are letters. */
			value = true;
		} else if (!is_space(c)) {
			if (value) {
				while (at + 1 < s.len && !is_space(s.ptr[at + 1]) && s.ptr[at + 1] != '>')
					at++;
			}
			value = false;
		}
		at++;
	}
	return at;
}

static void read_tag(struct html_lexer *lexer, size_t name, bool end_tag, struct html_token *token)
{
	struct slice s = lexer->html;
	size_t at = name, end;

	while (at < s.len && !is_space(s.ptr[at]) && s.ptr[at] != '/' && s.ptr[at] != '>')
		at++;
	end = tag_end(s, at);
	token->kind = end_tag ? HTML_END : HTML_START;
	token->name = slice_sub(s, name, at - name);
	token->body = slice_sub(s, at, end - at);
	token->self_closing = end > at && s.ptr[end - 1] == '/';
	lexer->at = end < s.len ? end + 1 : s.len;
	if (!end_tag && is_raw(token->name))
		lexer->raw_name = token->name;
}

/* "<" at at: is it markup? */
static bool is_markup(struct slice s, size_t at)
{
	if (at + 1 >= s.len)
		return false;
	if (s.ptr[at + 1] == '!' || s.ptr[at + 1] == '?' || is_alpha(s.ptr[at + 1]))
		return true;
	return s.ptr[at + 1] == '/' && at + 2 < s.len;
}

static void read_bogus(struct html_lexer *lexer, size_t at, struct html_token *token)
{
	struct slice s = lexer->html;
	const char *end = memchr(s.ptr + at, '>', s.len - at);
	size_t to = end != NULL ? (size_t)(end - s.ptr) : s.len;

	token->kind = HTML_COMMENT;
	token->body = slice_sub(s, at, to - at);
	lexer->at = end != NULL ? to + 1 : s.len;
}

static void read_markup(struct html_lexer *lexer, struct html_token *token)
{
	struct slice s = lexer->html;
	size_t at = lexer->at, end;

	if (is_alpha(s.ptr[at + 1])) {
		read_tag(lexer, at + 1, false, token);
	} else if (s.ptr[at + 1] == '/' && is_alpha(s.ptr[at + 2])) {
		read_tag(lexer, at + 2, true, token);
	} else if (s.len - at >= 4 && memcmp(s.ptr + at, "<!--", 4) == 0) {
		end = comment_end(s, at + 4, &lexer->at);
		token->kind = HTML_COMMENT;
		token->body = slice_sub(s, at + 4, end - at - 4);
	} else {
		read_bogus(lexer, at + 2, token);
	}
}

/* The content of a raw element, up to its end tag. */
static void read_raw(struct html_lexer *lexer, struct html_token *token)
{
	struct slice s = lexer->html, name = lexer->raw_name;
	size_t at = lexer->at, end = s.len;

	for (size_t i = at; i + name.len + 2 <= s.len; i++) {
		const char *open = memchr(s.ptr + i, '<', s.len - i);
		size_t after;

		if (open == NULL)
			break;
		i = (size_t)(open - s.ptr);
		after = i + 2 + name.len;
		if (after > s.len || s.ptr[i + 1] != '/' || !slice_case_eq(slice_sub(s, i + 2, name.len), name))
			continue;
		if (after == s.len || is_space(s.ptr[after]) || s.ptr[after] == '/' || s.ptr[after] == '>') {
			end = i;
			break;
		}
	}
	token->kind = HTML_RAW;
	token->name = name;
	token->body = slice_sub(s, at, end - at);
	lexer->at = end;
	lexer->raw_name = SLICE_NONE;
}

void html_token_next(struct html_lexer *lexer, struct html_token *token)
{
	struct slice s = lexer->html;
	size_t end = lexer->at;

	*token = (struct html_token){.kind = HTML_END_OF_FILE};
	if (lexer->raw_name.ptr != NULL) {
		read_raw(lexer, token);
		return;
	}
	if (end >= s.len)
		return;
	if (s.ptr[end] == '<' && is_markup(s, end)) {
		read_markup(lexer, token);
		return;
	}
	do {
		const char *open = memchr(s.ptr + end + 1, '<', s.len - end - 1);

		end = open != NULL ? (size_t)(open - s.ptr) : s.len;
	} while (end < s.len && !is_markup(s, end));
	token->kind = HTML_TEXT;
	token->body = slice_sub(s, lexer->at, end - lexer->at);
	lexer->at = end;
}

/* An attribute's value at the start of s; s moves behind it. */
static struct slice read_value(struct slice *s)
{
	struct slice value;
	size_t n = 0;

	if (s->len > 0 && (s->ptr[0] == '"' || s->ptr[0] == '\'')) {
		const char *close = memchr(s->ptr + 1, s->ptr[0], s->len - 1);

		n = close != NULL ? (size_t)(close - s->ptr) : s->len;
		value = slice_sub(*s, 1, n - 1);
		*s = slice_sub(*s, n + 1, s->len);
		return value;
	}
	while (n < s->len && !is_space(s->ptr[n]))
		n++;
	value = slice_sub(*s, 0, n);
	*s = slice_sub(*s, n, s->len);
	return value;
}

bool html_attribute_next(struct slice *attributes, struct slice *name_r, struct slice *value_r)
{
	struct slice s = *attributes;
	size_t n = 1;

	while (s.len > 0 && (is_space(s.ptr[0]) || s.ptr[0] == '/'))
		s = slice_sub(s, 1, s.len);
	if (s.len == 0)
		return false;
	while (n < s.len && !is_space(s.ptr[n]) && s.ptr[n] != '/' && s.ptr[n] != '=')
		n++;
	*name_r = slice_sub(s, 0, n);
	*value_r = (struct slice){"", 0};
	s = slice_sub(s, n, s.len);
	while (s.len > 0 && is_space(s.ptr[0]))
		s = slice_sub(s, 1, s.len);
	if (s.len > 0 && s.ptr[0] == '=') {
		s = slice_sub(s, 1, s.len);
		while (s.len > 0 && is_space(s.ptr[0]))
			s = slice_sub(s, 1, s.len);
		*value_r = read_value(&s);
	}
	*attributes = s;
	return true;
}
