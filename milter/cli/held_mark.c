/* SPDX-License-Identifier: BSD-2-Clause */
/* Evidence found again in a message's text, so that a person sees at once what a rule objected to. */
#include "cli/held_mark.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Bytes of other characters than ASCII's belong to words. */
static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || ((unsigned char)c & 0x80) != 0;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Length of what stands for evidence at the start of text; 0: something else. */
static size_t match_at(struct slice text, struct slice evidence)
{
	size_t t = 0, e = 0;

	while (e < evidence.len) {
		if (t == text.len)
			return 0;
		if (is_blank(evidence.ptr[e])) {
			if (!is_blank(text.ptr[t]))
				return 0;
			while (t < text.len && is_blank(text.ptr[t]))
				t++;
			while (e < evidence.len && is_blank(evidence.ptr[e]))
				e++;
		} else if (lower(text.ptr[t++]) != lower(evidence.ptr[e++])) {
			return 0;
		}
	}
	return t;
}

static bool is_whole(struct slice text, size_t start, size_t end)
{
	return (start == 0 || !is_word(text.ptr[start - 1]) || !is_word(text.ptr[start])) &&
	    (end == text.len || !is_word(text.ptr[end]) || !is_word(text.ptr[end - 1]));
}

/* Puts a place in its order, joined with those that it touches. */
static void add_place(struct held_marks *marks, size_t start, size_t end)
{
	size_t at = 0, last;

	while (at < marks->count && marks->places[at].end < start)
		at++;
	for (last = at; last < marks->count && marks->places[last].start <= end; last++) {
		start = marks->places[last].start < start ? marks->places[last].start : start;
		end = marks->places[last].end > end ? marks->places[last].end : end;
	}
	if (last == at && marks->count == HELD_MARKS_MAX)
		return;
	memmove(&marks->places[at + 1], &marks->places[last], (marks->count - last) * sizeof(marks->places[0]));
	marks->places[at] = (struct held_place){start, end};
	marks->count = marks->count - (last - at) + 1;
}

static void find_one(struct slice text, struct slice evidence, struct held_marks *marks)
{
	size_t at = 0;

	while (at < text.len) {
		size_t n = match_at(slice_sub(text, at, text.len), evidence);

		if (n > 0 && is_whole(text, at, at + n)) {
			add_place(marks, at, at + n);
			at += n;
		} else {
			at++;
		}
	}
}

void held_marks_find(const json_t *findings, struct slice text, struct held_marks *marks_r)
{
	const json_t *finding;
	size_t i;

	marks_r->count = 0;
	json_array_foreach((json_t *)(uintptr_t)findings, i, finding) {
		struct slice evidence = slice_trim(slice_str(json_get_str(finding, "evidence")));

		if (evidence.len > 1)
			find_one(text, evidence, marks_r);
	}
}
