/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The numbers that a case is about. A profile's expression needs a word before a number; in a list only the first has
 * one, so the rest of the list is taken by its form.
 */
#include "case.h"

#include <string.h>

/* The number of the group, from 1, that a kind is of: "po/order,item" are two. */
static size_t group_of(struct postern_slice groups, struct postern_slice kind)
{
	struct postern_slice group, item;
	size_t number = 0;

	while (view_next(&groups, ',', &group)) {
		number++;
		while (view_next(&group, '/', &item))
			if (view_eq(item, kind))
				return number;
	}
	return 0;
}

static bool is_in(struct postern_slice list, struct postern_slice kind)
{
	struct postern_slice item;

	while (view_next(&list, ',', &item))
		if (view_eq(item, kind))
			return true;
	return false;
}

static void add(struct letter *letter, struct postern_slice value, size_t group)
{
	for (size_t i = 0; i < letter->id_count; i++)
		if (letter->ids[i].group == group && view_eq(letter->ids[i].value, value))
			return;
	if (letter->id_count < IDS_MAX)
		letter->ids[letter->id_count++] = (struct named){value, group};
}

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Skips what may stand between two numbers of a list; the place of the next one. */
static size_t skip_separator(struct postern_slice text, size_t at)
{
	static const char *const words[] = {"and", "or", "&", "和", "及", "与", "、", "，", "；", "或", "以及", "po", "#"};
	bool again = true;

	while (again) {
		again = false;
		while (at < text.len && strchr(" \t\r\n,;/-*()", text.ptr[at]) != NULL && text.ptr[at] != '\0')
			at++;
		for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
			struct postern_slice rest = view_sub(text, at, text.len);

			if (!view_starts(rest, words[i]))
				continue;
			at += strlen(words[i]);
			again = true;
		}
	}
	return at;
}

static size_t digits_in(struct postern_slice s)
{
	size_t count = 0;

	for (size_t i = 0; i < s.len; i++)
		count += s.ptr[i] >= '0' && s.ptr[i] <= '9';
	return count;
}

/* The numbers behind value that have its form. */
static void add_list(struct letter *letter, struct postern_slice text, struct postern_slice value, size_t group)
{
	size_t at = (size_t)(value.ptr - text.ptr) + value.len;

	for (size_t n = 0; n < IDS_MAX; n++) {
		size_t start = skip_separator(text, at), end = start;
		struct postern_slice next;

		while (end < text.len && is_alnum(text.ptr[end]))
			end++;
		next = view_sub(text, start, end);
		if (start == at || next.len != value.len || (digits_in(value) == value.len) != (digits_in(next) == next.len))
			return;
		add(letter, next, group);
		at = end;
	}
}

static void take(struct letter *letter, const struct postern_id *id, size_t group)
{
	add(letter, id->value, group);
	if (group == 0)
		return;
	for (size_t i = 0; i < letter->part_count; i++) {
		struct postern_slice text = letter->parts[i].text;

		if (id->value.ptr >= text.ptr && id->value.ptr + id->value.len <= text.ptr + text.len)
			add_list(letter, text, id->value, group);
	}
}

enum postern_status letter_read_numbers(struct letter *letter)
{
	struct postern_slice groups = letter->host->profile(letter->ctx, "case_counted_ids");
	struct postern_slice usable = letter->host->profile(letter->ctx, "case_ids");
	size_t count = letter->host->id_count(letter->ctx);

	for (size_t i = 0; i < count; i++) {
		struct postern_id id;

		if (letter->host->id(letter->ctx, i, &id) != POSTERN_OK)
			return POSTERN_BUG;
		if (id.segment != POSTERN_SEGMENT_SUBJECT && id.segment != POSTERN_SEGMENT_NEW)
			continue;
		letter->numbered = letter->numbered || view_is(id.kind, "case");
		letter->known = letter->known || (usable.len > 0 && is_in(usable, id.kind));
		/* What else is numbered (tracking, bar codes) says nothing of what the case is about. */
		if ((usable.len > 0 && is_in(usable, id.kind)) || group_of(groups, id.kind) > 0)
			take(letter, &id, group_of(groups, id.kind));
	}
	return POSTERN_OK;
}
