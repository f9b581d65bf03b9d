/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * URLs of an HTML page: from attributes, style sheets and refreshes into the
 * list, cleaned and completed as a browser does it.
 */
#include "mail/html_page.h"

#include <string.h>

#define BASE_BYTES_MAX 1024

struct slice html_url_trim(struct slice s)
{
	while (s.len > 0 && (unsigned char)s.ptr[0] <= ' ')
		s = slice_sub(s, 1, s.len);
	while (s.len > 0 && (unsigned char)s.ptr[s.len - 1] <= ' ')
		s.len--;
	return s;
}

bool html_url_is_absolute(struct slice s)
{
	size_t n = 0;

	if (s.len >= 2 && (s.ptr[0] == '/' || s.ptr[0] == '\\') && (s.ptr[1] == '/' || s.ptr[1] == '\\'))
		return true;
	while (n < s.len && ((s.ptr[n] | 0x20) >= 'a' && (s.ptr[n] | 0x20) <= 'z'))
		n++;
	while (n > 0 && n < s.len && s.ptr[n] != '\0' && strchr("0123456789+-.", s.ptr[n]) != NULL)
		n++;
	return n > 0 && n < s.len && s.ptr[n] == ':';
}

/* The length of base up to its host's end (root) or its last slash. */
static size_t base_length(struct slice base, bool root)
{
	size_t n = 0, slash;

	while (n < base.len && base.ptr[n] != ':')
		n++;
	n = n == base.len ? 0 : n + 1;
	while (n < base.len && (base.ptr[n] == '/' || base.ptr[n] == '\\'))
		n++;
	while (n < base.len && base.ptr[n] != '/' && base.ptr[n] != '\\' && base.ptr[n] != '?' && base.ptr[n] != '#')
		n++;
	slash = n;
	if (root)
		return n;
	for (; n < base.len && base.ptr[n] != '?' && base.ptr[n] != '#'; n++) {
		if (base.ptr[n] == '/')
			slash = n;
	}
	return slash;
}

/* url against <base href>, as far as a host depends on it. */
static struct slice resolve(struct html_converter *c, struct slice url)
{
	bool root = url.len > 0 && (url.ptr[0] == '/' || url.ptr[0] == '\\');
	size_t length;

	if (c->base.len == 0 || html_url_is_absolute(url) || url.len == 0 || url.ptr[0] == '#')
		return arena_slice(c->arena, url);
	/* A page's worth of path in front of each of its links is a bomb; the host is what counts. */
	length = base_length(c->base, root);
	if (length > BASE_BYTES_MAX)
		length = base_length(c->base, true);
	if (length > BASE_BYTES_MAX)
		return arena_slice(c->arena, url);
	return slice_str(arena_printf(c->arena, "%.*s%s%.*s", (int)length, c->base.ptr,
	    root ? "" : "/", SLICE_ARG(url)));
}

static bool urls_grow(struct html_converter *c)
{
	size_t want = c->url_cap != 0 ? c->url_cap * 2 : 16;
	struct html_url *grown;

	if (c->out->url_count < c->url_cap)
		return true;
	grown = arena_array(c->arena, want, sizeof(*grown));
	if (grown == NULL) {
		c->failed = true;
		return false;
	}
	if (c->out->url_count > 0)
		memcpy(grown, c->out->urls, c->out->url_count * sizeof(*grown));
	c->out->urls = grown;
	c->url_cap = want;
	return true;
}

/* Adds a decoded URL: outer white space, tabs and line ends go, as in browsers. */
void html_url_add(struct html_converter *c, struct slice raw, const char *where)
{
	struct buf clean = {0};
	struct slice url;

	raw = html_url_trim(raw);
	if (raw.len == 0 || raw.ptr[0] == '#')
		return;
	if (slice_case_prefix(raw, "data:"))
		raw = slice_sub(raw, 0, HTML_DATA_URL_BYTES);
	if (c->out->url_count >= c->max_urls || raw.len > HTML_URL_BYTES_MAX)
		c->out->truncated = true;
	if (c->out->url_count >= c->max_urls || !urls_grow(c))
		return;
	raw = slice_sub(raw, 0, HTML_URL_BYTES_MAX);
	for (size_t i = 0; i < raw.len; i++) {
		if (raw.ptr[i] != '\t' && raw.ptr[i] != '\n' && raw.ptr[i] != '\r')
			buf_add_char(&clean, raw.ptr[i]);
	}
	url = clean.failed ? SLICE_NONE : resolve(c, buf_slice(&clean));
	buf_free(&clean);
	if (url.ptr == NULL)
		c->failed = true;
	else
		c->out->urls[c->out->url_count++] = (struct html_url){url, where, html_quote_depth(c) > 0};
}

void html_sheet_urls_add(struct html_converter *c, struct slice css)
{
	struct buf url = {0};

	while (!c->failed && html_css_url_next(&css, &url)) {
		html_url_add(c, buf_slice(&url), "style");
		buf_truncate(&url, 0);
	}
	buf_free(&url);
}

/* "a.png 1x, b.png 2x" */
void html_srcset_add(struct html_converter *c, struct slice set)
{
	size_t i = 0;

	while (i < set.len && !c->failed) {
		size_t start;

		while (i < set.len && ((unsigned char)set.ptr[i] <= ' ' || set.ptr[i] == ','))
			i++;
		for (start = i; i < set.len && (unsigned char)set.ptr[i] > ' '; i++)
			;
		html_url_add(c, slice_sub(set, start, i - start), "img srcset");
		if (i > start && set.ptr[i - 1] == ',')
			continue;
		while (i < set.len && set.ptr[i] != ',')
			i++;
	}
}

/* "0; url=https://..." */
void html_refresh_add(struct html_converter *c, struct slice content)
{
	long at = slice_case_find(content, SLICE_LIT("url"));
	struct slice s = at >= 0 ? slice_trim(slice_sub(content, (size_t)at + 3, content.len)) : SLICE_NONE;
	const char *close;

	if (s.len == 0 || s.ptr[0] != '=')
		return;
	s = slice_trim(slice_sub(s, 1, s.len));
	if (s.len > 0 && (s.ptr[0] == '"' || s.ptr[0] == '\'')) {
		close = memchr(s.ptr + 1, s.ptr[0], s.len - 1);
		s = slice_sub(s, 1, close != NULL ? (size_t)(close - s.ptr) - 1 : s.len);
	}
	html_url_add(c, s, "meta refresh");
}
