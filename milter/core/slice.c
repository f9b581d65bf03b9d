/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Byte views: comparisons, searches and cuts that never read beyond a view.
 * ASCII rules only, so that no locale changes what a header name equals.
 */
#include "core/slice.h"

#include <stdint.h>
#include <string.h>

static unsigned char ascii_lower(char c)
{
	return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

struct slice slice_str(const char *s)
{
	return s != NULL ? (struct slice){s, strlen(s)} : SLICE_NONE;
}

bool slice_eq(struct slice a, struct slice b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool slice_eq_str(struct slice a, const char *b)
{
	return slice_eq(a, slice_str(b));
}

static bool bytes_case_eq(const char *a, const char *b, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (ascii_lower(a[i]) != ascii_lower(b[i]))
			return false;
	return true;
}

bool slice_case_eq(struct slice a, struct slice b)
{
	return a.len == b.len && bytes_case_eq(a.ptr, b.ptr, a.len);
}

bool slice_case_same_str(struct slice a, const char *b)
{
	size_t i = 0;

	if (b == NULL)
		return a.len == 0;
	while (i < a.len && b[i] != '\0' && ascii_lower(a.ptr[i]) == ascii_lower(b[i]))
		i++;
	return i == a.len && b[i] == '\0';
}

bool slice_case_prefix(struct slice a, const char *prefix)
{
	/* Most fail at the first byte, so the length is not asked for. */
	for (size_t i = 0; prefix[i] != '\0'; i++)
		if (i >= a.len || ascii_lower(a.ptr[i]) != ascii_lower(prefix[i]))
			return false;
	return true;
}

bool slice_case_prefix_of(struct slice a, const char *const *prefixes)
{
	unsigned char first = a.len > 0 ? ascii_lower(a.ptr[0]) : '\0';

	for (; *prefixes != NULL; prefixes++)
		if (ascii_lower(**prefixes) == first && slice_case_prefix(a, *prefixes))
			return true;
	return false;
}

bool slice_case_suffix(struct slice a, const char *suffix)
{
	size_t n = strlen(suffix);

	return a.len >= n && bytes_case_eq(a.ptr + a.len - n, suffix, n);
}

long slice_find(struct slice s, struct slice needle)
{
	const char *hit;

	if (needle.len == 0)
		return 0;
	if (s.len < needle.len)
		return -1;
	hit = memmem(s.ptr, s.len, needle.ptr, needle.len);
	return hit != NULL ? (long)(hit - s.ptr) : -1;
}

long slice_case_find(struct slice s, struct slice needle)
{
	for (size_t i = 0; i + needle.len <= s.len; i++)
		if (bytes_case_eq(s.ptr + i, needle.ptr, needle.len))
			return (long)i;
	return -1;
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

struct slice slice_trim(struct slice s)
{
	while (s.len > 0 && is_space(s.ptr[0]))
		s.ptr++, s.len--;
	while (s.len > 0 && is_space(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

size_t slice_ascii_length(struct slice s)
{
	uint64_t word;
	size_t i = 0;

	/* Asked before each search; eight bytes at once, since compilers leave a loop over bytes as it is. */
	for (; s.len - i >= sizeof(word); i += sizeof(word)) {
		memcpy(&word, s.ptr + i, sizeof(word));
		if ((word & UINT64_C(0x8080808080808080)) != 0)
			break;
	}
	while (i < s.len && (unsigned char)s.ptr[i] < 0x80)
		i++;
	return i;
}
