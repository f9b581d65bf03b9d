/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Takes one URL apart the way browsers do (WHATWG URL), not the way RFC 3986
 * reads: what counts is where a click leads.
 */
#include "mail/url.h"

#include <string.h>
#include <strings.h>

#include "core/buf.h"
#include "core/text.h"
#include "mail/url_private.h"

/* "view-source:", "blob:" ... wrap another URL; no honest one wraps deeper. */
#define WRAP_MAX 4

static bool is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_slash(char c)
{
	return c == '/' || c == '\\';
}

/* Without tabs, line ends, invisible characters and outer white space; dots and letters folded. */
static void clean(struct slice raw, struct buf *out)
{
	while (raw.len > 0 && (unsigned char)raw.ptr[0] <= ' ')
		raw = slice_sub(raw, 1, raw.len);
	while (raw.len > 0 && (unsigned char)raw.ptr[raw.len - 1] <= ' ')
		raw.len--;
	while (raw.len > 0) {
		unsigned long cp = 0;
		size_t n = utf8_decode(raw, &cp);

		if (n == 0)
			buf_add_char(out, raw.ptr[0]);
		else if (cp != '\t' && cp != '\n' && cp != '\r' && !unicode_invisible(cp))
			buf_add_utf8(out, url_fold_character(cp));
		raw = slice_sub(raw, n != 0 ? n : 1, raw.len);
	}
}

/* Length of the scheme before ':', or 0. "host.name:8080" has none. */
static size_t scheme_length(struct slice s)
{
	size_t n = 0;
	bool dot = false;

	while (n < s.len && (is_alpha(s.ptr[n]) || (n > 0 && s.ptr[n] != '\0' &&
	    strchr("0123456789+-.", s.ptr[n]) != NULL)))
		dot |= s.ptr[n++] == '.';
	if (n == 0 || n > 64 || n >= s.len || s.ptr[n] != ':')
		return 0;
	if (dot && n + 1 < s.len && s.ptr[n + 1] >= '0' && s.ptr[n + 1] <= '9')
		return 0;
	return n;
}

static bool scheme_in(struct slice scheme, const char *const *list)
{
	for (; *list != NULL; list++) {
		if (slice_case_eq_str(scheme, *list))
			return true;
	}
	return false;
}

/* Schemes after which a browser takes a host whatever the slashes; hxxp is how people write http. */
static bool scheme_special(struct slice scheme)
{
	static const char *const list[] = {"http", "https", "ftp", "ws", "wss", "hxxp", "hxxps", "fxp", NULL};

	return scheme_in(scheme, list);
}

static bool scheme_wraps(struct slice scheme)
{
	static const char *const list[] = {"view-source", "blob", "feed", "url", "jar", NULL};

	return scheme_in(scheme, list);
}

/* The host's bytes in what follows the slashes: no userinfo, no port. */
static struct slice authority_host(struct slice rest)
{
	size_t end = 0, start = 0, colon;

	while (end < rest.len && !is_slash(rest.ptr[end]) && rest.ptr[end] != '?' && rest.ptr[end] != '#') {
		if (rest.ptr[end] == '@')
			start = end + 1;
		end++;
	}
	rest = slice_sub(rest, start, end - start);
	if (rest.len > 0 && rest.ptr[0] == '[')
		return rest;
	for (colon = 0; colon < rest.len && rest.ptr[colon] != ':'; colon++)
		;
	return slice_sub(rest, 0, colon);
}

/* A host without scheme or slashes: "www.x.y/z", "bestgadgets.shop"; not "img/a.png". */
static struct slice naked_host(struct slice rest)
{
	size_t end = 0;
	struct url_bare bare = {.cued = true};

	while (end < rest.len && !is_slash(rest.ptr[end]) && rest.ptr[end] != '?' &&
	    rest.ptr[end] != '#' && rest.ptr[end] != ':')
		end++;
	bare.name = slice_sub(rest, 0, end);
	bare.strong = end + 1 < rest.len;
	return url_bare_ok(&bare) ? bare.name : SLICE_NONE;
}

/* Where the host's part begins, or SLICE_NONE when the scheme has no hosts. */
static struct slice skip_slashes(struct slice rest, bool special)
{
	size_t n = 0;

	while (n < rest.len && is_slash(rest.ptr[n]))
		n++;
	if (special)
		return slice_sub(rest, n, rest.len);
	return n >= 2 ? slice_sub(rest, 2, rest.len) : SLICE_NONE;
}

static int keep_scheme(struct arena *arena, struct slice scheme, struct mail_url *out)
{
	char *copy = arena_memdup(arena, scheme.ptr, scheme.len);

	if (copy == NULL)
		return -1;
	for (size_t i = 0; i < scheme.len; i++) {
		if (copy[i] >= 'A' && copy[i] <= 'Z')
			copy[i] |= 0x20;
	}
	out->scheme = (struct slice){copy, scheme.len};
	return 0;
}

/* The part of text that holds the host; fills the scheme. */
static struct slice find_host(struct arena *arena, struct slice text, struct mail_url *out)
{
	for (int wraps = 0; wraps < WRAP_MAX; wraps++) {
		size_t n = scheme_length(text);
		struct slice scheme = slice_sub(text, 0, n), rest;

		if (n == 0) {
			if (text.len >= 2 && is_slash(text.ptr[0]) && is_slash(text.ptr[1]))
				return authority_host(skip_slashes(text, true));
			return naked_host(text);
		}
		text = slice_sub(text, n + 1, text.len);
		if (scheme_wraps(scheme))
			continue;
		if (keep_scheme(arena, scheme, out) != 0)
			return SLICE_NONE;
		rest = skip_slashes(text, scheme_special(scheme));
		return rest.len > 0 ? authority_host(rest) : SLICE_NONE;
	}
	return SLICE_NONE;
}

/* "https%3A%2F%2F..." as it stands in redirectors' queries. */
static bool is_encoded(struct slice text)
{
	size_t n = 0;

	while (n < text.len && n < 8 && is_alpha(text.ptr[n]))
		n++;
	return n > 0 && slice_case_prefix(slice_sub(text, n, text.len), "%3a%2f%2f");
}

static void decode_slashes(struct buf *text)
{
	struct buf decoded = {0};
	struct slice rest = buf_slice(text);

	while (rest.len > 0) {
		bool colon = slice_case_prefix(rest, "%3a"), slash = slice_case_prefix(rest, "%2f");

		buf_add_char(&decoded, colon ? ':' : slash ? '/' : rest.ptr[0]);
		rest = slice_sub(rest, colon || slash ? 3 : 1, rest.len);
	}
	buf_free(text);
	*text = decoded;
}

bool url_fill_host(struct arena *arena, struct slice raw, struct mail_url *out)
{
	char host[URL_HOST_MAX + 1];
	size_t len = url_host_normalize(raw, host);

	if (out->scheme.ptr == NULL)
		out->scheme = (struct slice){"", 0};
	out->host = out->domain = (struct slice){"", 0};
	if (len == 0)
		return false;
	out->host = arena_slice(arena, (struct slice){host, len});
	out->domain = url_registrable(out->host);
	if (out->domain.ptr == NULL)
		out->domain = (struct slice){"", 0};
	return out->host.len > 0;
}

bool url_parse(struct arena *arena, struct slice raw, struct mail_url *out)
{
	struct buf text = {0};
	bool found;

	out->raw = raw;
	out->scheme = (struct slice){"", 0};
	clean(raw, &text);
	if (is_encoded(buf_slice(&text)))
		decode_slashes(&text);
	found = url_fill_host(arena, text.failed || text.len == 0 ? SLICE_NONE :
	    find_host(arena, buf_slice(&text), out), out);
	buf_free(&text);
	return found;
}
