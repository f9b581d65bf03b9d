/* SPDX-License-Identifier: BSD-2-Clause */
/* What the text index is asked for a part of a subject or a name: it knows groups of three characters. */
#include "store/sqlite.h"

#include "core/text.h"

/* Shorter parts are in no index. */
#define TEXT_PART_MIN 3
/* Of a long part so many groups are looked up; the rest is compared. */
#define TEXT_GROUPS_MAX 16

/* The bytes of the first count characters; fewer when there are fewer. */
static size_t characters(struct slice s, size_t count)
{
	size_t n = 0;

	while (count-- > 0 && n < s.len) {
		unsigned long cp;
		size_t step = utf8_decode(slice_sub(s, n, SIZE_MAX), &cp);

		n += step != 0 ? step : 1;
	}
	return n;
}

static bool is_indexed(struct slice part)
{
	return part.len > characters(part, TEXT_PART_MIN - 1);
}

static void add_group(struct buf *match, struct slice group)
{
	buf_add_char(match, '"');
	for (size_t i = 0; i < group.len; i++) {
		if (group.ptr[i] == '"')
			buf_add_char(match, '"');
		buf_add_char(match, group.ptr[i]);
	}
	buf_add_char(match, '"');
}

/* One behind the other, for each costs a walk through its list; the last one may overlap. Empty: that was all. */
static struct slice next_group(struct slice part)
{
	struct slice rest = slice_sub(part, characters(part, TEXT_PART_MIN), SIZE_MAX);

	if (rest.len == 0 || is_indexed(rest))
		return rest;
	while (is_indexed(slice_sub(part, characters(part, 1), SIZE_MAX)))
		part = slice_sub(part, characters(part, 1), SIZE_MAX);
	return part;
}

/* subject : ("abc" AND "bcd"). That they stand together is compared afterwards. */
void sqlite_match_add(struct buf *match, const char *column, struct slice part)
{
	if (!is_indexed(part))
		return;
	buf_printf(match, "%s%s : (", match->len > 0 ? " AND " : "", column);
	for (size_t groups = 0; groups < TEXT_GROUPS_MAX && part.len > 0; groups++) {
		if (groups > 0)
			buf_add_str(match, " AND ");
		add_group(match, slice_sub(part, 0, characters(part, TEXT_PART_MIN)));
		part = next_group(part);
	}
	buf_add_char(match, ')');
}
