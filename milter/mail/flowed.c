/* SPDX-License-Identifier: BSD-2-Clause */
/* format=flowed text with its soft line breaks undone. */
#include "mail/flowed.h"

#include <string.h>

struct line {
	struct slice text; /* without quote marks, stuffing and line end */
	size_t depth;
	bool flows;
};

static struct line line_read(struct slice *rest)
{
	const char *end = memchr(rest->ptr, '\n', rest->len);
	size_t len = end != NULL ? (size_t)(end - rest->ptr) : rest->len;
	struct line line = {.text = {rest->ptr, len}};

	*rest = slice_sub(*rest, end != NULL ? len + 1 : len, rest->len);
	if (line.text.len > 0 && line.text.ptr[line.text.len - 1] == '\r')
		line.text.len--;
	while (line.depth < line.text.len && line.text.ptr[line.depth] == '>')
		line.depth++;
	line.text = slice_sub(line.text, line.depth, line.text.len);
	if (line.text.len > 0 && line.text.ptr[0] == ' ') /* stuffing */
		line.text = slice_sub(line.text, 1, line.text.len);
	/* the signature's separator is a line of its own */
	line.flows = line.text.len > 0 && line.text.ptr[line.text.len - 1] == ' ' && !slice_eq_str(line.text, "-- ");
	return line;
}

int flowed_to_text(struct arena *arena, struct slice in, bool delsp, struct slice *text_r)
{
	/* a quoted line grows by the space behind its marks: at most by half */
	char *out = arena_alloc(arena, in.len + in.len / 2 + 2);
	struct line last = {0};
	size_t n = 0;

	if (out == NULL)
		return -1;
	while (in.len > 0) {
		struct line line = line_read(&in);
		bool joins = last.flows && line.depth == last.depth && !slice_eq_str(line.text, "-- ");

		if (n > 0 && !joins)
			out[n++] = '\n';
		if (!joins && line.depth > 0) {
			memset(out + n, '>', line.depth);
			n += line.depth;
			out[n++] = ' ';
		}
		memcpy(out + n, line.text.ptr, line.text.len);
		n += line.text.len;
		if (line.flows && delsp)
			n--;
		last = line;
	}
	if (n > 0)
		out[n++] = '\n';
	*text_r = (struct slice){out, n};
	return 0;
}
