/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Slices and UTF-8 for the plugins: comparing, cutting, sentences. Text comes
 * from strangers, so nothing here trusts it to be valid.
 */
#include "common.h"

#include <string.h>

static int lower(char c)
{
	unsigned char u = (unsigned char)c;

	return u >= 'A' && u <= 'Z' ? u + ('a' - 'A') : u;
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

struct postern_slice view_str(const char *s)
{
	struct postern_slice view = {s, s != NULL ? strlen(s) : 0};

	return view;
}

struct postern_slice view_trim(struct postern_slice s)
{
	while (s.len > 0 && is_space(s.ptr[0])) {
		s.ptr++;
		s.len--;
	}
	while (s.len > 0 && is_space(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

bool view_eq(struct postern_slice a, struct postern_slice b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (lower(a.ptr[i]) != lower(b.ptr[i]))
			return false;
	return true;
}

bool view_is(struct postern_slice a, const char *b)
{
	return view_eq(a, view_str(b));
}

bool view_starts(struct postern_slice a, const char *prefix)
{
	size_t len = strlen(prefix);

	return a.len >= len && view_eq(view_sub(a, 0, len), view_str(prefix));
}

bool view_next(struct postern_slice *rest, char separator, struct postern_slice *item_r)
{
	const char *end;

	if (rest->len == 0)
		return false;
	end = memchr(rest->ptr, separator, rest->len);
	if (end == NULL) {
		*item_r = view_trim(*rest);
		rest->len = 0;
		return true;
	}
	*item_r = view_trim(view_sub(*rest, 0, (size_t)(end - rest->ptr)));
	*rest = view_sub(*rest, (size_t)(end - rest->ptr) + 1, rest->len);
	return true;
}

bool view_in_list(struct postern_slice list, const char *item)
{
	struct postern_slice next;

	while (view_next(&list, ',', &next))
		if (view_is(next, item))
			return true;
	return false;
}

bool host_below(struct postern_slice host, struct postern_slice domain)
{
	size_t skip;

	while (domain.len > 0 && (domain.ptr[0] == '*' || domain.ptr[0] == '.'))
		domain = view_sub(domain, 1, domain.len);
	while (host.len > 0 && host.ptr[host.len - 1] == '.')
		host.len--;
	if (domain.len == 0 || host.len < domain.len)
		return false;
	skip = host.len - domain.len;
	if (!view_eq(view_sub(host, skip, host.len), domain))
		return false;
	return skip == 0 || host.ptr[skip - 1] == '.';
}

/* Bytes of a UTF-8 sequence by its first byte; 0: none starts so. */
static size_t sequence_len(unsigned char c)
{
	if (c < 0x80)
		return 1;
	if (c >= 0xC2 && c <= 0xDF)
		return 2;
	if (c >= 0xE0 && c <= 0xEF)
		return 3;
	return c >= 0xF0 && c <= 0xF4 ? 4 : 0;
}

uint32_t rune_next_wide(struct postern_slice s, size_t *pos)
{
	static const unsigned char first_bits[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
	const unsigned char *p = (const unsigned char *)s.ptr + *pos;
	size_t len = sequence_len(*p);
	uint32_t c;

	if (len == 0 || s.len - *pos < len) {
		*pos += 1;
		return 0xFFFD;
	}
	c = *p & first_bits[len];
	for (size_t i = 1; i < len; i++) {
		if ((p[i] & 0xC0) != 0x80) {
			*pos += 1;
			return 0xFFFD;
		}
		c = c << 6 | (p[i] & 0x3FU);
	}
	*pos += len;
	return c;
}

bool rune_is_cjk(uint32_t c)
{
	return (c >= 0x3041 && c <= 0x318F) || (c >= 0x31A0 && c <= 0x31FF) || (c >= 0x3400 && c <= 0x4DBF) ||
	    (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0xAC00 && c <= 0xD7A3) || (c >= 0xF900 && c <= 0xFAFF) ||
	    (c >= 0xFF66 && c <= 0xFF9F) || (c >= 0x20000 && c <= 0x3FFFF);
}

bool rune_is_letter_wide(uint32_t c)
{
	if (c < 0xC0)
		return c == 0xAA || c == 0xB5 || c == 0xBA;
	if (c == 0xD7 || c == 0xF7)
		return false;
	if (c < 0x2000)
		return c < 0x2B0 || c >= 0x300; /* modifier symbols are none; marks belong to letters */
	if (c >= 0x2C00 && c <= 0x2DFF)
		return true;
	if (c >= 0xA000 && c <= 0xABFF)
		return true;
	if (c >= 0xFB00 && c <= 0xFDFF)
		return true;
	if (c >= 0xFE70 && c <= 0xFEFC)
		return true;
	return rune_is_cjk(c);
}

bool rune_is_space(uint32_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || c == 0x85 || c == 0xA0 || (c >= 0x2000 && c <= 0x200B) ||
	    c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x3000 || c == 0xFEFF;
}

bool is_ascii(struct postern_slice s)
{
	size_t pos = 0;
	uint64_t bits = 0, eight;

	for (; pos + sizeof(eight) <= s.len; pos += sizeof(eight)) {
		memcpy(&eight, s.ptr + pos, sizeof(eight));
		bits |= eight;
	}
	for (; pos < s.len; pos++)
		bits |= (unsigned char)s.ptr[pos];
	return (bits & UINT64_C(0x8080808080808080)) == 0;
}

size_t letters_count(struct postern_slice s)
{
	size_t count = 0;

	for (size_t pos = 0; pos < s.len;) {
		uint64_t bytes = bytes_first(s.ptr + pos, s.len - pos);

		if ((bytes & BYTES_ALL(0x80)) == 0) {
			count += bytes_count(bytes_letters(bytes));
			pos += 8;
		} else {
			count += rune_is_letter(rune_next(s, &pos));
		}
	}
	return count;
}

/* Whether an empty line starts after the line feed at pos. */
static bool is_blank_line(struct postern_slice s, size_t pos)
{
	for (pos++; pos < s.len && s.ptr[pos] != '\n'; pos++)
		if (!is_space(s.ptr[pos]))
			return false;
	return true;
}

/* Bytes that a sentence may end at: plain marks, line feeds, the first bytes of full-width marks. */
static bool may_end(unsigned char c)
{
	static const bool ends[256] = {['.'] = true, ['!'] = true, ['?'] = true, ['\n'] = true, [0xE3] = true, [0xEF] = true};

	return ends[c];
}

/* The end of the full-width mark at pos; 0: there is none. */
static size_t wide_mark_end(struct postern_slice s, size_t pos)
{
	uint32_t c = rune_next(s, &pos);

	return c == 0x3002 || c == 0xFF01 || c == 0xFF1F ? pos : 0;
}

/* The high bit of each byte that is no letter and no blank, all that may_end is true for among them. */
static uint64_t mark_bytes(uint64_t bytes)
{
	uint64_t signs = bytes ^ BYTES_ALL(' ');

	signs |= (signs & BYTES_ALL(0x7F)) + BYTES_ALL(0x7F); /* 0 for a blank only */
	return (~bytes << 1 | bytes) & signs & BYTES_ALL(0x80); /* up to 0x3F, or beyond ASCII */
}

/* The next byte from pos on for which may_end is true. */
static size_t next_mark(struct postern_slice s, size_t pos)
{
	for (; pos + 8 <= s.len; pos += 8)
		for (uint64_t marks = mark_bytes(bytes_load(s.ptr + pos)); marks != 0; marks &= marks - 1) {
			size_t at = pos + (size_t)__builtin_ctzll(marks) / 8;

			if (may_end((unsigned char)s.ptr[at]))
				return at;
		}
	while (pos < s.len && !may_end((unsigned char)s.ptr[pos]))
		pos++;
	return pos;
}

size_t sentence_end(struct postern_slice s, size_t pos, size_t min)
{
	size_t least = pos + min;

	while ((pos = next_mark(s, pos)) < s.len) {
		unsigned char c = (unsigned char)s.ptr[pos];
		size_t end = c >= 0x80 ? wide_mark_end(s, pos) : pos + 1;

		if (end >= least && end != 0 &&
		    (c >= 0x80 || (c == '\n' ? is_blank_line(s, pos) : end == s.len || is_space(s.ptr[end]))))
			return end;
		pos++;
	}
	return s.len;
}

/* How much of a match's line is shown around it, in bytes, where the sentence is not shorter. */
#define AROUND 60

static bool ends_sentence(char c)
{
	return c == '.' || c == '!' || c == '?';
}

/* Whether text may be cut before pos without cutting a word in two; from U+3000 on each character may be one. */
static bool is_border(struct postern_slice text, size_t pos)
{
	return pos == 0 || pos == text.len || is_space(text.ptr[pos]) || is_space(text.ptr[pos - 1]) ||
	    (unsigned char)text.ptr[pos] >= 0xE3;
}

/* The start of the sentence or line that start stands in, or of a word near to it. */
static size_t excerpt_start(struct postern_slice text, size_t start)
{
	size_t from = start, border = start;

	while (from > 0 && start - from < AROUND && text.ptr[from - 1] != '\n') {
		if (from < start && is_space(text.ptr[from]) && ends_sentence(text.ptr[from - 1]))
			return from;
		if (is_border(text, --from))
			border = from;
	}
	return from == 0 || text.ptr[from - 1] == '\n' ? from : border;
}

static size_t excerpt_end(struct postern_slice text, size_t start, size_t end)
{
	size_t to = end, border = end;

	while (to < text.len && to - end < AROUND && text.ptr[to] != '\n') {
		if (to > start && is_space(text.ptr[to]) && ends_sentence(text.ptr[to - 1]))
			return to;
		if (is_border(text, ++to))
			border = to;
	}
	return to == text.len || text.ptr[to] == '\n' ? to : border;
}

struct postern_slice excerpt(struct postern_slice text, size_t start, size_t end)
{
	while (start < end && is_space(text.ptr[start]))
		start++;
	while (end > start && is_space(text.ptr[end - 1]))
		end--;
	return view_trim(view_sub(text, excerpt_start(text, start), excerpt_end(text, start, end)));
}

/* Eight bytes of ASCII without an apostrophe: how many words start there. *inside: whether the byte before is of one. */
static size_t count_starts(uint64_t bytes, bool *inside)
{
	uint64_t letters = bytes_letters(bytes) | bytes_digits(bytes);
	uint64_t starts = letters & ~(letters << 8 | (*inside ? 0x80 : 0));

	*inside = letters >> 63 != 0;
	return bytes_count(starts);
}

size_t words_count(struct postern_slice s)
{
	size_t count = 0;
	bool inside = false;

	for (size_t pos = 0; pos < s.len;) {
		uint64_t bytes = s.len - pos >= 8 ? bytes_load(s.ptr + pos) : BYTES_ALL(0x80);
		uint32_t c;
		bool letter;

		if ((bytes & BYTES_ALL(0x80)) == 0 && !bytes_may_have(bytes, '\'')) {
			count += count_starts(bytes, &inside);
			pos += 8;
			continue;
		}
		c = rune_next(s, &pos);
		letter = rune_is_letter(c) || (c >= '0' && c <= '9') || (inside && (c == '\'' || c == 0x2019));
		count += letter && (!inside || (c >= 0x80 && rune_is_cjk(c)));
		inside = letter;
	}
	return count;
}
