/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Expressions for shouting have nothing that a text could be searched for first: any capital may begin it. But they
 * want several words in capitals, which hardly any text has, and that is seen by eight bytes at once.
 */
#include "list.h"

#include <string.h>

/* Whether all of an expression must match that begins with one group: no "|" outside of further groups in it. */
static bool is_whole(struct postern_slice s)
{
	size_t depth = 0;
	bool class = false;

	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (c == '\\')
			i++;
		else if (class || c == '[')
			class = c != ']';
		else if (c == '(')
			depth++;
		else if (c == ')')
			depth -= depth > 0;
		else if (c == '|' && depth < 2)
			return false;
	}
	return true;
}

unsigned shout_words(struct postern_slice expression)
{
	static const char start[] = "(?-i:(?:[A-Z][A-Z']+[,.!]? ){";
	struct postern_slice rest = view_sub(expression, sizeof(start) - 1, expression.len);

	if (expression.len < sizeof(start) - 1 || memcmp(expression.ptr, start, sizeof(start) - 1) != 0 || rest.len < 3 ||
	    rest.ptr[0] < '1' || rest.ptr[0] > '9' || rest.ptr[1] != ',' || rest.ptr[2] != '}' || !is_whole(expression))
		return 0;
	return (unsigned)(rest.ptr[0] - '0');
}

/* The high bit of each byte that is a capital letter. */
static uint64_t capitals(uint64_t bytes)
{
	return bytes_letters(bytes) & ~(bytes << 2);
}

bool shout_may(struct postern_slice text, unsigned words)
{
	size_t found = 0;

	/* The last byte of eight is the first of the next. */
	for (size_t pos = 0; pos < text.len; pos += 7) {
		uint64_t first = capitals(bytes_first(text.ptr + pos, text.len - pos));

		for (; first != 0; first &= first - 1) {
			size_t next = pos + (size_t)__builtin_ctzll(first) / 8 + 1;

			found += next < pos + 8 && next < text.len &&
			    ((text.ptr[next] >= 'A' && text.ptr[next] <= 'Z') || text.ptr[next] == '\'');
		}
		if (found >= words)
			return true;
	}
	return false;
}
