/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds URLs and e-mail addresses in running text. The text is read once, a
 * run without white space at a time; every look around is bounded by what a
 * host name can hold, so that no text costs more than its length.
 */
#include "mail/url.h"

#include <string.h>

#include "core/text.h"
#include "mail/url_private.h"

#define LOCAL_MAX 128      /* of an address, before '@' */
#define ADDRESSES_MAX 16384 /* of one text; more are no letter */
#define EMBEDDED_MAX 64    /* URLs looked for inside one URL */
#define EMBEDDED_BYTES 512
#define NO_SLASH_BYTES 128 /* of a host right behind "http:" */

struct scan {
	struct arena *arena;
	enum segment_kind segment;
	size_t part;
	size_t max;
	struct mail_url **urls;
	size_t *url_count, url_cap;
	struct mail_address **addresses;
	size_t *address_count, address_cap, addresses_found;
	struct url_token token;
	struct slice before; /* the run before this one */
	bool failed;
};

/* White space as far as it ends an address; ASCII and the Unicode spaces. */
static size_t space_length(struct slice s)
{
	unsigned long cp;
	size_t n;

	if ((unsigned char)s.ptr[0] <= ' ')
		return 1;
	if ((unsigned char)s.ptr[0] < 0x80)
		return 0;
	n = utf8_decode(s, &cp);
	if (n != 0 && (cp == 0x85 || cp == 0xA0 || (cp >= 0x2000 && cp <= 0x200A) || cp == 0x2028 ||
	    cp == 0x2029 || cp == 0x202F || cp == 0x205F || cp == 0x3000))
		return n;
	return 0;
}

/* Chinese, Japanese, Korean: written without spaces around Latin words. */
static bool is_wide(unsigned long cp)
{
	return (cp >= 0x2E80 && cp <= 0x9FFF) || (cp >= 0xAC00 && cp <= 0xD7AF) ||
	    (cp >= 0xF900 && cp <= 0xFAFF) || (cp >= 0x20000 && cp <= 0x3FFFF);
}

static bool is_alnum(unsigned long cp)
{
	return (cp >= '0' && cp <= '9') || (cp >= 'A' && cp <= 'Z') || (cp >= 'a' && cp <= 'z');
}

/* Punctuation and symbols above ASCII: never part of a name. */
static bool is_mark(unsigned long cp)
{
	return (cp >= 0x80 && cp < 0xC0 && cp != 0xAA && cp != 0xB5 && cp != 0xB7 && cp != 0xBA) ||
	    (cp >= 0x2010 && cp <= 0x2BFF && !(cp >= 0x2100 && cp <= 0x214F) &&
	    !(cp >= 0x2460 && cp <= 0x24FF)) || (cp >= 0x3000 && cp <= 0x3004) ||
	    (cp >= 0x3008 && cp <= 0x3020) || (cp >= 0xFE10 && cp <= 0xFE6F) ||
	    (cp >= 0xFF5F && cp <= 0xFF65) || cp == 0xFFFD || (cp >= 0x1F000 && cp <= 0x1FAFF);
}

/* The character at s; a bad byte is a mark. Returns its length. */
static size_t character(struct slice s, unsigned long *cp_r)
{
	size_t n = utf8_decode(s, cp_r);

	if (n == 0)
		*cp_r = 0xFFFD;
	return n != 0 ? n : 1;
}

/* Grows a list by one; NULL when memory is out. */
static void *list_grow(struct scan *scan, void *list, size_t count, size_t *cap, size_t size)
{
	size_t want = *cap != 0 ? *cap * 2 : count < 8 ? 8 : count * 2;
	void *grown;

	if (count < *cap)
		return list;
	grown = arena_array(scan->arena, want, size);
	if (grown == NULL) {
		scan->failed = true;
		return NULL;
	}
	if (count > 0)
		memcpy(grown, list, count * size);
	*cap = want;
	return grown;
}

/*
 * Adds text[from, to); only what stands before authority is read for the
 * host. A bare name is a host already.
 */
static bool add_url(struct scan *scan, size_t from, size_t authority, size_t to, bool bare, enum url_source source)
{
	struct mail_url url = {.source = source, .segment = scan->segment, .part = scan->part};
	struct slice text = slice_sub(scan->token.text, from, authority - from);
	struct mail_url *list;

	if (*scan->url_count >= scan->max ||
	    !(bare ? url_fill_host(scan->arena, text, &url) : url_parse(scan->arena, text, &url)))
		return false;
	url.raw = url_token_original(&scan->token, from, to);
	list = list_grow(scan, *scan->urls, *scan->url_count, &scan->url_cap, sizeof(*list));
	if (list == NULL)
		return false;
	list[(*scan->url_count)++] = url;
	*scan->urls = list;
	return true;
}

static void add_address(struct scan *scan, struct slice local, struct slice host)
{
	struct mail_address found = {.segment = scan->segment, .part = scan->part};
	struct mail_address *list;

	if (scan->addresses_found++ >= ADDRESSES_MAX)
		return;
	found.address = slice_str(arena_printf(scan->arena, "%.*s@%.*s", SLICE_ARG(local), SLICE_ARG(host)));
	list = list_grow(scan, *scan->addresses, *scan->address_count, &scan->address_cap, sizeof(*list));
	if (list == NULL || found.address.ptr == NULL) {
		scan->failed = true;
		return;
	}
	list[(*scan->address_count)++] = found;
	*scan->addresses = list;
}

/* End of a name that starts at from: letters, digits, '.', '-', '_' and what mark is; not past a change of writing. */
static size_t name_end(struct slice s, size_t from, const char *also, bool split_wide)
{
	unsigned long cp, before = 0;

	while (from < s.len) {
		size_t n = character(slice_sub(s, from, 4), &cp);

		if (cp < 0x80 ? !is_alnum(cp) && (cp == 0 || strchr(also, (int)cp) == NULL) : is_mark(cp))
			break;
		if (split_wide && before != 0 && is_wide(cp) != is_wide(before) && cp != '.' && before != '.' &&
		    cp != '-' && before != '-')
			break;
		before = cp;
		from += n;
	}
	return from;
}

/* Without the dots, hyphens and so on that end sentences and lists. */
static size_t trim_end(struct slice s, size_t from, size_t to)
{
	while (to > from && strchr(".-_+%", s.ptr[to - 1]) != NULL)
		to--;
	return to;
}

/* Where a URL ends whose path starts at path; what precedes is taken as it is. */
static size_t url_end(struct slice s, size_t path)
{
	size_t end = path, open[3] = {0};
	unsigned long cp, before = 0;

	while (end < s.len) {
		size_t n = character(slice_sub(s, end, 4), &cp);

		if (cp <= ' ' || cp == 0x7F || (cp < 0x80 && strchr("<>\"`", (int)cp) != NULL) ||
		    (cp >= 0x80 && is_mark(cp)) || (is_wide(cp) && is_alnum(before)))
			break;
		open[0] += cp == '(';
		open[1] += cp == '[';
		open[2] += cp == '{';
		if ((cp == ')' && open[0]-- == 0) || (cp == ']' && open[1]-- == 0) || (cp == '}' && open[2]-- == 0))
			break;
		before = cp;
		end += n;
	}
	while (end > path && strchr(".,;:!?'*_~|([{", s.ptr[end - 1]) != NULL)
		end--;
	return end;
}

static bool is_slash(char c)
{
	return c == '/' || c == '\\';
}

/* The end of what stands between the slashes and the path: userinfo, host, port. */
static size_t authority_end(struct slice s, size_t from)
{
	unsigned long cp;
	size_t end = from, n;

	while (end < s.len) {
		n = character(slice_sub(s, end, 4), &cp);
		if (cp <= ' ' || (cp < 0x80 && strchr("/\\?#<>\"`,;|(){}", (int)cp) != NULL) || (cp >= 0x80 && cp != 0x3002 &&
		    cp != 0xFF61 && is_mark(cp)))
			break;
		end += n;
	}
	return end;
}

static bool is_wide_at(struct slice s)
{
	unsigned long cp;

	character(s, &cp);
	return is_wide(cp);
}

/*
 * "https://evil.shop" with Chinese right behind it: the host ends where the
 * writing changes after a known suffix. A host in Chinese letters goes on.
 */
static size_t authority_unglue(struct slice s, size_t from, size_t to)
{
	char host[URL_HOST_MAX + 1];
	size_t start = from, len;

	for (size_t i = from; i < to; i++) {
		if (s.ptr[i] == '@')
			start = i + 1;
	}
	for (size_t i = start + 1; i < to && i - start <= URL_HOST_MAX; i++) {
		const char *dot;
		struct slice suffix;

		if (!is_alnum((unsigned char)s.ptr[i - 1]) || !is_wide_at(slice_sub(s, i, 4)))
			continue;
		len = url_host_normalize(slice_sub(s, start, i - start), host);
		dot = len > 0 ? memrchr(host, '.', len) : NULL;
		suffix = dot != NULL ? slice_str(dot + 1) : SLICE_NONE;
		return url_suffix_known(suffix) ? i : to;
	}
	return to;
}

/* A scheme right before ':' at colon: its start, or colon when there is none. */
static size_t scheme_start(struct slice s, size_t word, size_t colon)
{
	static const char *const known[] = {"https", "http", "hxxps", "hxxp", "ftp", NULL};
	size_t start = colon;

	while (start > word && colon - start < 32 && (is_alnum((unsigned char)s.ptr[start - 1]) ||
	    (start < colon && strchr("+.-", s.ptr[start - 1]) != NULL)))
		start--;
	for (size_t i = 0; known[i] != NULL; i++) {
		if (slice_case_suffix(slice_sub(s, start, colon - start), known[i]))
			return colon - strlen(known[i]);
	}
	while (start < colon && (s.ptr[start] < 'A' || (s.ptr[start] > 'Z' && s.ptr[start] < 'a')))
		start++;
	return start;
}

static bool scheme_known(struct slice scheme)
{
	return slice_case_eq_str(scheme, "http") || slice_case_eq_str(scheme, "https") ||
	    slice_case_eq_str(scheme, "ftp") || slice_case_eq_str(scheme, "hxxp") ||
	    slice_case_eq_str(scheme, "hxxps");
}

struct slice url_embedded(struct slice url, size_t *offset)
{
	for (size_t i = *offset; i + 3 < url.len; i++) {
		struct slice rest = slice_sub(url, i, url.len);
		size_t start;

		if ((url.ptr[i] != ':' || !is_slash(url.ptr[i + 1]) || !is_slash(url.ptr[i + 2])) &&
		    !slice_case_prefix(rest, "%3a%2f%2f"))
			continue;
		start = scheme_start(url, *offset, i);
		if (start == i || start == 0 || !scheme_known(slice_sub(url, start, i - start)))
			continue;
		*offset = i + 1;
		return slice_sub(url, start, url.len);
	}
	*offset = url.len;
	return SLICE_NONE;
}

/* URLs inside the URL text[start, to). */
static void scan_embedded(struct scan *scan, size_t start, size_t to)
{
	struct slice url = slice_sub(scan->token.text, start, to - start), found;
	size_t offset = 0;

	for (int tries = 0; tries < EMBEDDED_MAX && (found = url_embedded(url, &offset)).len > 0; tries++) {
		size_t at = to - found.len, near = found.len > EMBEDDED_BYTES ? EMBEDDED_BYTES : found.len;

		add_url(scan, at, at + near, to, false, URL_TEXT);
	}
}

/* The end of a host right behind "http:"; floods of "http:http:" must stay cheap. */
static size_t authority_end_near(struct slice s, size_t from)
{
	size_t end = name_end(slice_sub(s, 0, from + NO_SLASH_BYTES), from, ".-_", false);

	if (memchr(s.ptr + from, '.', end - from) == NULL)
		return from;
	return end < s.len && (s.ptr[end] == '@' || s.ptr[end] == ':') ?
	    authority_end(slice_sub(s, 0, from + NO_SLASH_BYTES), from) : end;
}

/* A URL whose scheme ends at colon; returns where to go on, or 0 when it is none. */
static size_t scan_scheme(struct scan *scan, size_t word, size_t colon)
{
	struct slice s = scan->token.text;
	size_t start = scheme_start(s, word, colon), host = colon + 1, authority, end, slashes;
	bool known = scheme_known(slice_sub(s, start, colon - start));

	while (host < s.len && is_slash(s.ptr[host]))
		host++;
	slashes = host - colon - 1;
	if (start == colon || host == s.len || (slashes < 2 && !known) || *scan->url_count >= scan->max)
		return 0;
	authority = slashes == 0 ? authority_end_near(s, host) : authority_end(s, host);
	if (authority == host)
		return 0;
	authority = authority_unglue(s, host, authority);
	if (authority == s.len || strchr("/\\?#", s.ptr[authority]) == NULL)
		authority = url_end(slice_sub(s, 0, authority), host);
	if (!add_url(scan, start, authority, authority, false, URL_TEXT))
		return 0;
	end = authority < s.len && strchr("/\\?#", s.ptr[authority]) != NULL ? url_end(s, authority) : authority;
	(*scan->urls)[*scan->url_count - 1].raw = url_token_original(&scan->token, start, end);
	scan_embedded(scan, start, end);
	return end;
}

/* An address whose '@' stands at at; returns where to go on, or 0 when it is none. */
static size_t scan_address(struct scan *scan, size_t word, size_t at)
{
	struct slice s = scan->token.text;
	char host[URL_HOST_MAX + 1];
	size_t end = trim_end(s, at + 1, name_end(s, at + 1, ".-_", true)), len;
	const char *dot;

	while (word < at && (s.ptr[word] == '.' || s.ptr[word] == '-' || (unsigned char)s.ptr[word] >= 0x80))
		word++;
	if (at == word || at - word > LOCAL_MAX || end == at + 1 ||
	    memchr(s.ptr + at + 1, '.', end - at - 1) == NULL)
		return 0;
	len = url_host_normalize(slice_sub(s, at + 1, end - at - 1), host);
	dot = len > 0 ? memrchr(host, '.', len) : NULL;
	if (dot == NULL || strlen(dot + 1) < 2 || (dot[1] >= '0' && dot[1] <= '9'))
		return 0;
	add_address(scan, slice_sub(s, word, at - word), (struct slice){host, len});
	return end;
}

/* Words after which a bare name is meant as a place. */
static bool is_cue(struct slice word)
{
	static const char *const cues[] = {
		"at", "browse", "buy", "check", "homepage", "link", "online", "page", "shop", "site", "store",
		"url", "via", "visit", "visiting", "web", "webpage", "website", "webshop", "webstore", NULL,
	};
	size_t end = word.len;

	while (end > 0 && !is_alnum((unsigned char)word.ptr[end - 1]))
		end--;
	word.len = end;
	while (word.len > 0 && !is_alnum((unsigned char)word.ptr[0]))
		word = slice_sub(word, 1, word.len);
	for (size_t i = 0; cues[i] != NULL; i++) {
		if (slice_case_eq_str(word, cues[i]))
			return true;
	}
	return false;
}

/* A port or path behind a bare host; its start, or end when there is none. */
static bool has_tail(struct slice s, size_t end)
{
	if (end + 1 >= s.len)
		return false;
	if (s.ptr[end] == ':')
		return s.ptr[end + 1] >= '0' && s.ptr[end + 1] <= '9';
	if (s.ptr[end] != '/' && s.ptr[end] != '?' && s.ptr[end] != '#' && s.ptr[end] != '\\')
		return false;
	return (unsigned char)s.ptr[end + 1] > ' ' && strchr(".,;:!?)\"'", s.ptr[end + 1]) == NULL;
}

/* A name without a scheme in [from, to); returns where to go on. */
static size_t scan_bare(struct scan *scan, size_t from, size_t to)
{
	struct slice s = scan->token.text;
	struct url_bare bare = {0};
	size_t end, host_end, next = to;

	while (from < to && strchr("._-+%", s.ptr[from]) != NULL)
		from++;
	end = trim_end(s, from, to);
	bare.name = slice_sub(s, from, end - from);
	if (bare.name.len < 3 || *scan->url_count >= scan->max ||
	    memchr(bare.name.ptr, '.', bare.name.len) == NULL)
		return next;
	bare.strong = (end == to && has_tail(s, end)) || (from >= 2 && is_slash(s.ptr[from - 1]) && is_slash(s.ptr[from - 2]));
	bare.cued = is_cue(scan->before) || (from > 0 && is_cue(slice_sub(s, from > 12 ? from - 12 : 0, from > 12 ? 12 : from)));
	if (!url_bare_ok(&bare))
		return next;
	host_end = end;
	if (end == to && has_tail(s, end))
		next = end = url_end(s, end);
	if (add_url(scan, from, host_end, end, true, slice_case_prefix(bare.name, "www") ? URL_TEXT : URL_BARE))
		scan_embedded(scan, from, end);
	return next;
}

/* Splits a word at ".." and at what no host has, and tries each piece. */
static size_t scan_word(struct scan *scan, size_t from, size_t to)
{
	struct slice s = scan->token.text;
	size_t start = from;

	for (size_t i = from; i < to; i++) {
		bool dots = s.ptr[i] == '.' && i + 1 < to && s.ptr[i + 1] == '.';

		if (!dots && s.ptr[i] != '+' && s.ptr[i] != '%')
			continue;
		scan_bare(scan, start, i);
		start = i + 1;
	}
	return scan_bare(scan, start, to);
}

/* One run without white space. */
static void scan_token(struct scan *scan)
{
	struct slice s = scan->token.text;
	size_t at = 0, end, next;
	unsigned long cp;

	while (at < s.len && !scan->failed) {
		end = name_end(s, at, ".-_+%", true);
		if (end == at) {
			at += character(slice_sub(s, at, 4), &cp);
			continue;
		}
		next = 0;
		if (end < s.len && s.ptr[end] == ':')
			next = scan_scheme(scan, at, end);
		else if (end < s.len && s.ptr[end] == '@')
			next = scan_address(scan, at, end);
		if (next == 0)
			next = scan_word(scan, at, end);
		at = next > at ? next : end;
	}
}

/* What a run has that could be a URL or an address. */
static bool is_telling(unsigned char c)
{
	return c >= 0x80 || c == '.' || c == ':' || c == '@' || c == '[' || c == '(';
}

/* telling: something in it could be a URL or an address. */
static void scan_run(struct scan *scan, struct slice run, bool telling)
{
	if (telling) {
		url_token_fold(&scan->token, run);
		scan->failed |= scan->token.failed;
		if (!scan->failed)
			scan_token(scan);
		url_token_free(&scan->token);
	}
	scan->before = run;
}

int url_scan(struct arena *arena, struct slice text, enum segment_kind segment, size_t part, size_t max,
    struct mail_url **urls_r, size_t *url_count_r, struct mail_address **addresses_r, size_t *address_count_r)
{
	struct scan scan = {
		.arena = arena, .segment = segment, .part = part, .max = max, .urls = urls_r,
		.url_count = url_count_r, .addresses = addresses_r, .address_count = address_count_r,
	};
	size_t start = 0;
	bool telling = false;

	for (size_t i = 0; i <= text.len && !scan.failed;) {
		size_t n;

		/* Nearly all bytes. */
		if (i < text.len && text.ptr[i] >= 'a' && text.ptr[i] <= 'z') {
			i++;
			continue;
		}
		n = i < text.len ? space_length(slice_sub(text, i, 4)) : 1;
		if (n == 0) {
			telling = telling || is_telling((unsigned char)text.ptr[i]);
			i++;
			continue;
		}
		if (i > start)
			scan_run(&scan, slice_sub(text, start, i - start), telling);
		telling = false;
		i += n;
		start = i;
	}
	return scan.failed ? -1 : 0;
}
