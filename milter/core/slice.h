/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_CORE_SLICE_H
#define POSTERN_CORE_SLICE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A view of bytes that somebody else owns. Not NUL-terminated unless the
 * producer says so; {NULL, 0} is "absent", {"", 0} is "empty".
 */
struct slice {
	const char *ptr;
	size_t len;
};

#define SLICE_NONE ((struct slice){NULL, 0})
#define SLICE_LIT(s) ((struct slice){(s), sizeof(s) - 1})
/* For printf's "%.*s". */
#define SLICE_ARG(s) (int)(s).len, ((s).ptr != NULL ? (s).ptr : "")

/* View of a C string; NULL gives SLICE_NONE. */
struct slice slice_str(const char *s);
bool slice_eq(struct slice a, struct slice b);
bool slice_eq_str(struct slice a, const char *b);
/* ASCII case-insensitive comparisons: header names, domains, media types. */
bool slice_case_eq(struct slice a, struct slice b);
bool slice_case_same_str(struct slice a, const char *b);
/* Here, since most differ in the first byte. */
static inline bool slice_case_eq_str(struct slice a, const char *b)
{
	if (a.len > 0 && b != NULL && ((a.ptr[0] ^ b[0]) & ~0x20) != 0)
		return false;
	return slice_case_same_str(a, b);
}
bool slice_case_prefix(struct slice a, const char *prefix);
/* Whether a begins with one of a list that ends with NULL; none of them is empty. */
bool slice_case_prefix_of(struct slice a, const char *const *prefixes);
bool slice_case_suffix(struct slice a, const char *suffix);
/* Position of needle in s, or -1. The second ignores ASCII case. */
long slice_find(struct slice s, struct slice needle);
long slice_case_find(struct slice s, struct slice needle);
/* How many bytes at the start of s are none above 0x7F, and whether all are. */
size_t slice_ascii_length(struct slice s);
static inline bool slice_is_ascii(struct slice s)
{
	return slice_ascii_length(s) == s.len;
}
/* Part of s from offset, at most len bytes; clipped to s. Here, since decoders call it for each character. */
static inline struct slice slice_sub(struct slice s, size_t offset, size_t len)
{
	if (offset > s.len)
		offset = s.len;
	if (len > s.len - offset)
		len = s.len - offset;
	return (struct slice){s.ptr != NULL ? s.ptr + offset : NULL, len};
}

/* Without leading and trailing ASCII white space. */
struct slice slice_trim(struct slice s);

#endif
