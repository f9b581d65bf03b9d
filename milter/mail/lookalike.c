/* SPDX-License-Identifier: BSD-2-Clause */
/* Names that pose as others: one form for all spellings that look the same. */
#include "mail/lookalike.h"

#include "core/buf.h"
#include "mail/normal.h"
#include "mail/url_private.h"

/* Latin text around, so that a word written wholly in another script is read as what it poses as. */
static const char around[] = "at ";

static struct slice read_normal(struct arena *arena, struct slice domain)
{
	struct buf text = {0};
	struct slice copy = SLICE_NONE;
	struct normal_text normal;

	buf_add_str(&text, around);
	url_host_unicode(domain, &text);
	if (!text.failed)
		copy = arena_slice(arena, buf_slice(&text));
	buf_free(&text);
	if (copy.ptr == NULL || normal_read(arena, copy, &normal) != 0)
		return SLICE_NONE;
	return slice_sub(normal.text, sizeof(around) - 1, normal.text.len);
}

static char fold(struct slice s, size_t *at)
{
	char c = s.ptr[*at], next = *at + 1 < s.len ? s.ptr[*at + 1] : '\0';

	if (c >= 'A' && c <= 'Z')
		c = (char)(c + 'a' - 'A');
	if ((c == 'r' && (next == 'n' || next == 'N')) || (c == 'v' && (next == 'v' || next == 'V')))
		++*at;
	else if (c == '0')
		return 'o';
	else if (c == '1' || c == 'i' || c == '|')
		return 'l';
	else
		return c;
	return c == 'r' ? 'm' : 'w';
}

struct slice lookalike_fold(struct arena *arena, struct slice domain)
{
	struct slice text = read_normal(arena, domain);
	char *out = text.ptr != NULL ? arena_alloc(arena, text.len + 1) : NULL;
	size_t len = 0;

	if (out == NULL)
		return SLICE_NONE;
	for (size_t i = 0; i < text.len; i++)
		out[len++] = fold(text, &i);
	return (struct slice){out, len};
}
