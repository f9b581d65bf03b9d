/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds a URL that another URL carries in its query or path, as redirects do:
 * "https://www.walmart.com/redirect?u=https%3A%2F%2Fevil.shop".
 */
#include "spelled.h"

#include <string.h>

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static size_t decode_once(char *s, size_t len)
{
	size_t out = 0;

	for (size_t i = 0; i < len; i++) {
		if (s[i] == '%' && i + 2 < len && hex_value(s[i + 1]) >= 0 && hex_value(s[i + 2]) >= 0) {
			s[out++] = (char)(hex_value(s[i + 1]) * 16 + hex_value(s[i + 2]));
			i += 2;
		} else {
			s[out++] = s[i];
		}
	}
	return out;
}

struct postern_slice redirect_decode(struct postern_slice raw, char *room, int times)
{
	struct postern_slice out = {room, raw.len}, none = {"", 0};

	if (raw.len == 0)
		return none;
	memcpy(room, raw.ptr, raw.len);
	for (int i = 0; i < times; i++) {
		size_t len = decode_once(room, out.len);

		if (len == out.len)
			return none;
		out.len = len;
	}
	return out;
}

static bool is_host_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
	    ((unsigned char)c & 0x80) != 0;
}

/* A parameter whose value is a place to go to, also without a scheme: "&url=evil.shop". */
static bool is_redirect_name(struct postern_slice s)
{
	static const char *const names[] = {"url=", "u=", "uri=", "redirect=", "redirect_url=", "redirect_uri=",
	    "redirecturl=", "target=", "dest=", "destination=", "goto=", "go=", "next=", "to=", "link=", "href=",
	    "returnurl=", "return_url=", "return=", "continue=", "forward=", "out=", "ref_url=", "site=", "domain="};

	if (strchr("?&;#", s.ptr[0]) == NULL || s.ptr[0] == '\0')
		return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (view_starts(view_sub(s, 1, s.len), names[i]))
			return s.len > strlen(names[i]) + 1 && is_host_char(s.ptr[strlen(names[i]) + 1]);
	return false;
}

/* Where the first of what may start the authority of a carried URL ends: "=//", "://", "=www."; 0: none. */
static size_t find_start(struct postern_slice s)
{
	for (size_t i = 0; i + 3 < s.len; i++) {
		struct postern_slice here = view_sub(s, i, s.len);

		if (view_starts(here, "://") || view_starts(here, ":\\\\"))
			return i + 3;
		if (view_starts(here, "=//") || view_starts(here, "=\\\\"))
			return i + 3;
		if (view_starts(here, "=www."))
			return i + 1;
		if (is_redirect_name(here))
			return i + (size_t)((const char *)memchr(here.ptr, '=', here.len) - here.ptr) + 1;
	}
	return 0;
}

/* Past a user part: the '@' before the authority's end. */
static size_t skip_userinfo(struct postern_slice s)
{
	for (size_t i = 0; i < s.len && strchr("/\\?#&", s.ptr[i]) == NULL; i++)
		if (s.ptr[i] == '@')
			return i + 1;
	return 0;
}

bool redirect_next(struct postern_slice *rest, char *room, struct postern_slice *host_r)
{
	size_t start = find_start(*rest), len;

	while (start > 0) {
		struct postern_slice s = view_sub(*rest, start, rest->len);

		*rest = s;
		s = view_sub(s, skip_userinfo(s), s.len);
		for (len = 0; len < s.len && is_host_char(s.ptr[len]); len++)
			room[len] = s.ptr[len];
		host_r->ptr = room;
		host_r->len = len;
		if (len > 0 && memchr(room, '.', len) != NULL)
			return true;
		start = find_start(*rest);
	}
	return false;
}
