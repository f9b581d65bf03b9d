/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What stands before alternatives and behind them is put around each: what a sequence matches does not depend on whether its
 * choice is made inside or outside.
 */
#include "core/pattern_parts.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/slice.h"

#define PARTS_MAX 64

/* ---- reading ---- */

static char at(struct slice s, size_t i)
{
	return i < s.len ? s.ptr[i] : '\0';
}

static struct slice behind(struct slice s, size_t n)
{
	return slice_sub(s, n, s.len);
}

/* "\\x{2019}", "\\d": 0 for what refers to something elsewhere or changes how the rest is read. */
static size_t escape_len(struct slice s)
{
	const char *end;

	if (s.len < 2 || strchr("QEcgkKCN123456789", s.ptr[1]) != NULL)
		return 0;
	if (at(s, 2) != '{' || strchr("xpPo", s.ptr[1]) == NULL)
		return 2;
	end = memchr(s.ptr, '}', s.len);
	return end != NULL ? (size_t)(end - s.ptr) + 1 : 0;
}

/* "[^]a-z[:alpha:]\\d]" */
static size_t class_len(struct slice s)
{
	size_t i = at(s, 1) == '^' ? 2 : 1;

	if (at(s, i) == ']')
		i++;
	while (i < s.len && s.ptr[i] != ']') {
		size_t len = 1;

		if (s.ptr[i] == '\\')
			len = escape_len(behind(s, i));
		else if (s.ptr[i] == '[' && strchr(":.=", at(s, i + 1)) != NULL && at(s, i + 1) != '\0')
			return 0;
		if (len == 0)
			return 0;
		i += len;
	}
	return i < s.len ? i + 1 : 0;
}

static size_t atom_len(struct slice s);

/* Up to its ')' . */
static size_t group_len(struct slice s)
{
	size_t i = 1;

	while (i < s.len && s.ptr[i] != ')') {
		size_t len = s.ptr[i] == '|' || strchr("?*+", s.ptr[i]) != NULL ? 1 : atom_len(behind(s, i));

		if (len == 0)
			return 0;
		i += len;
	}
	return i < s.len ? i + 1 : 0;
}

/* A character, an escape, a class or a group, without what says how often. 0: not understood. */
static size_t atom_len(struct slice s)
{
	switch (at(s, 0)) {
	case '\\':
		return escape_len(s);
	case '[':
		return class_len(s);
	case '(':
		return group_len(s);
	default:
		return s.len > 0 ? 1 : 0;
	}
}

/* "?", "*+", "{2,5}?" */
static size_t quantifier_len(struct slice s)
{
	size_t len = 0;

	if (s.len > 0 && strchr("?*+", s.ptr[0]) != NULL)
		len = 1;
	while (len == 0 && at(s, 0) == '{') {
		const char *end = memchr(s.ptr, '}', s.len);

		if (end == NULL)
			return 0;
		len = (size_t)(end - s.ptr) + 1;
	}
	if (len > 0 && (at(s, len) == '?' || at(s, len) == '+'))
		len++;
	return len;
}

/*
 * Options that are set on the way change what follows, in other alternatives too. Groups by name, numbers again after
 * each '|', conditions, calls and verbs are never needed in lists.
 */
static bool is_simple(struct slice expression)
{
	for (size_t i = 0; i < expression.len; i++) {
		struct slice s = behind(expression, i);

		if (s.ptr[0] == '\\') {
			size_t len = escape_len(s);

			if (len == 0)
				return false;
			i += len - 1;
		} else if (s.ptr[0] == '(' && at(s, 1) == '*') {
			return false;
		} else if (s.ptr[0] == '(' && at(s, 1) == '?') {
			size_t n = 2;

			while (at(s, n) != '\0' && strchr("ims-", at(s, n)) != NULL)
				n++;
			if (n > 2 ? at(s, n) != ':' : strchr(":=!><", at(s, 2)) == NULL)
				return false;
			if (at(s, 2) == '<' && at(s, 3) != '=' && at(s, 3) != '!')
				return false;
		}
	}
	return true;
}

/* A group in another part would get another number. */
static bool has_numbered_group(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] == '\\')
			i++;
		else if (s.ptr[i] == '(' && at(s, i + 1) != '?')
			return true;
	return false;
}

/* ---- parting ---- */

/* An expression as what stands before its alternatives, these, and what stands behind. */
struct parting {
	struct buf before;
	struct slice inside;
	struct buf behind;
};

/* The length of what matches no character, at the beginning of s; 0: none stands there. */
static size_t assertion_len(struct slice s)
{
	size_t len;

	if (at(s, 0) == '\\' && (at(s, 1) == 'b' || at(s, 1) == 'B'))
		len = 2;
	else if (at(s, 0) == '(' && at(s, 1) == '?' && (at(s, 2) == '<' || at(s, 2) == '=' || at(s, 2) == '!'))
		len = group_len(s);
	else
		return 0;
	return quantifier_len(behind(s, len)) == 0 ? len : 0;
}

/* Where the next '|' outside of groups stands from i on, or s.len; SIZE_MAX: not understood. */
static size_t next_bar(struct slice s, size_t i)
{
	while (i < s.len && s.ptr[i] != '|') {
		size_t len = strchr("?*+", s.ptr[i]) != NULL ? 1 : atom_len(behind(s, i));

		if (len == 0)
			return SIZE_MAX;
		i += len;
	}
	return i;
}

static void put_before(struct buf *out, struct slice s)
{
	struct buf joined = {0};

	buf_add_slice(&joined, s);
	buf_add_slice(&joined, buf_slice(out));
	buf_free(out);
	*out = joined;
}

/*
 * Opens the group that p's inside begins with, behind assertions: "\\b(?:(?:a|b)c)d" is "\\b(?:a|b)cd". false: there is none,
 * or it is not understood.
 */
static bool open_group(struct parting *p)
{
	struct slice group = p->inside;
	size_t len;

	while ((len = assertion_len(group)) != 0) {
		buf_add(&p->before, group.ptr, len);
		group = behind(group, len);
	}
	len = at(group, 0) == '(' && at(group, 1) == '?' && at(group, 2) == ':' ? group_len(group) : 0;
	if (len == 0 || quantifier_len(behind(group, len)) != 0)
		return false;
	put_before(&p->behind, behind(group, len));
	p->inside = slice_sub(group, 3, len - 4);
	return true;
}

/* false: there are none, or it is not understood. */
static bool find_alternatives(struct parting *p)
{
	while (next_bar(p->inside, 0) == p->inside.len)
		if (!open_group(p))
			return false;
	return next_bar(p->inside, 0) != SIZE_MAX;
}

static bool add_part(struct pattern_parts *parts, const struct parting *p, struct slice branches)
{
	struct buf out = {0};

	buf_add_slice(&out, buf_slice(&p->before));
	buf_add_str(&out, "(?:");
	buf_add_slice(&out, branches);
	buf_add_char(&out, ')');
	buf_add_slice(&out, buf_slice(&p->behind));
	if (out.failed || p->before.failed || p->behind.failed) {
		buf_free(&out);
		return false;
	}
	parts->items[parts->count++] = out.data;
	return true;
}

/* The end of the part that begins at begin; SIZE_MAX: not understood. */
static size_t part_end(struct slice inside, size_t begin, size_t part_bytes)
{
	size_t end = next_bar(inside, begin);

	while (end < inside.len && end - begin < part_bytes)
		end = next_bar(inside, end + 1);
	return end;
}

/* -1: memory is out. No parts when it is not understood. */
static int add_parts(struct pattern_parts *parts, const struct parting *p, size_t part_bytes)
{
	for (size_t i = 0, end; i <= p->inside.len; i = end + 1) {
		end = part_end(p->inside, i, parts->count < PARTS_MAX - 1 ? part_bytes : SIZE_MAX);
		if (end == SIZE_MAX) {
			pattern_parts_free(parts);
			return 0;
		}
		if (!add_part(parts, p, slice_sub(p->inside, i, end - i)))
			return -1;
	}
	if (parts->count == 1)
		pattern_parts_free(parts);
	return 0;
}

int pattern_parts_of(const char *expression, size_t whole, size_t part_bytes, struct pattern_parts *parts_r)
{
	struct parting p = {.inside = slice_str(expression)};
	int rc = 0;

	*parts_r = (struct pattern_parts){0};
	if (p.inside.len < whole || !is_simple(p.inside) || has_numbered_group(p.inside))
		return 0;
	if (find_alternatives(&p)) {
		parts_r->items = calloc(PARTS_MAX, sizeof(*parts_r->items));
		rc = parts_r->items != NULL ? add_parts(parts_r, &p, part_bytes) : -1;
	}
	if (rc != 0)
		pattern_parts_free(parts_r);
	buf_free(&p.before);
	buf_free(&p.behind);
	return rc;
}

void pattern_parts_free(struct pattern_parts *parts)
{
	for (size_t i = 0; i < parts->count; i++)
		free(parts->items[i]);
	free(parts->items);
	*parts = (struct pattern_parts){0};
}
