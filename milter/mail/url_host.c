/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Host names as browsers read them (WHATWG URL, section 3.5): percent
 * decoding, UTS 46 through libidn2, and IPv4 addresses in every base and
 * number of parts, so that one place has one spelling.
 */
#include "mail/url_private.h"

#include <arpa/inet.h>
#include <idn2.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"

/* Bytes of a host that are looked at; what is longer names nothing. */
#define HOST_RAW_MAX 2048

unsigned long url_fold_character(unsigned long cp)
{
	if (cp >= 0xFF01 && cp <= 0xFF5E)
		return cp - 0xFF01 + '!';
	if (cp == 0x3002 || cp == 0xFF61 || cp == 0xFE52)
		return '.';
	return cp;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void percent_decode(struct slice raw, struct buf *out)
{
	for (size_t i = 0; i < raw.len; i++) {
		int high = -1, low = -1;

		if (raw.ptr[i] == '%' && raw.len - i > 2) {
			high = hex_value(raw.ptr[i + 1]);
			low = hex_value(raw.ptr[i + 2]);
		}
		if (high >= 0 && low >= 0) {
			buf_add_char(out, (char)(high * 16 + low));
			i += 2;
		} else {
			buf_add_char(out, raw.ptr[i]);
		}
	}
}

/* Bytes at which a browser gives up on a host; what stands before them is kept. */
static bool is_forbidden(unsigned long cp)
{
	return cp <= ' ' || cp == 0x7F || (cp < 0x80 && strchr("\"#%/:<>?@\\^`{|}[]", (int)cp) != NULL);
}

/* Folds and lowers, up to what no host can hold: false then. *ascii_r says whether IDNA is needed. */
static bool fold_host(struct slice in, struct buf *out, bool *ascii_r)
{
	*ascii_r = true;
	while (in.len > 0) {
		unsigned long cp = (unsigned char)*in.ptr;
		size_t n = utf8_decode(in, &cp);

		in = slice_sub(in, n != 0 ? n : 1, in.len);
		if (n == 0 || unicode_invisible(cp))
			continue;
		cp = url_fold_character(cp);
		if (is_forbidden(cp))
			return false;
		if (cp >= 'A' && cp <= 'Z')
			cp |= 0x20;
		if (cp >= 0x80)
			*ascii_r = false;
		buf_add_utf8(out, cp);
	}
	return true;
}

/* One number of an IPv4 address: decimal, 0x hexadecimal or 0 octal. */
static bool parse_number(struct slice s, uint64_t *out_r)
{
	unsigned base = 10;
	uint64_t n = 0;

	if (s.len == 0)
		return false;
	if (s.len >= 2 && s.ptr[0] == '0' && s.ptr[1] == 'x') {
		base = 16;
		s = slice_sub(s, 2, s.len);
	} else if (s.len >= 2 && s.ptr[0] == '0') {
		base = 8;
		s = slice_sub(s, 1, s.len);
	}
	for (size_t i = 0; i < s.len; i++) {
		int v = hex_value(s.ptr[i]);

		if (v < 0 || (unsigned)v >= base)
			return false;
		if (n <= UINT32_MAX)
			n = n * base + (unsigned)v;
	}
	*out_r = n;
	return true;
}

/* "1.2.3.4" for whatever inet_aton-like form host has; 0 when it is none. */
static size_t ipv4_form(struct slice host, char *out)
{
	uint64_t parts[4], address = 0;
	size_t count = 0, start = 0;

	for (size_t i = 0; i <= host.len; i++) {
		if (i < host.len && host.ptr[i] != '.')
			continue;
		if (count == 4 || !parse_number(slice_sub(host, start, i - start), &parts[count]))
			return 0;
		count++;
		start = i + 1;
	}
	for (size_t i = 0; i + 1 < count; i++) {
		if (parts[i] > 255)
			return 0;
		address |= parts[i] << (24 - 8 * i);
	}
	if (parts[count - 1] >= (uint64_t)1 << (8 * (5 - count)))
		return 0;
	address |= parts[count - 1];
	return (size_t)snprintf(out, URL_HOST_MAX + 1, "%u.%u.%u.%u", (unsigned)(address >> 24) & 255,
	    (unsigned)(address >> 16) & 255, (unsigned)(address >> 8) & 255, (unsigned)address & 255);
}

static size_t ipv6_form(struct slice raw, char *out)
{
	char text[INET6_ADDRSTRLEN + 1];
	struct in6_addr address;
	const char *end = memchr(raw.ptr, ']', raw.len);
	size_t len = end != NULL ? (size_t)(end - raw.ptr) - 1 : raw.len;
	const char *zone;

	if (end == NULL || len == 0 || len >= sizeof(text))
		return 0;
	memcpy(text, raw.ptr + 1, len);
	text[len] = '\0';
	zone = strchr(text, '%');
	if (zone != NULL)
		text[zone - text] = '\0';
	if (inet_pton(AF_INET6, text, &address) != 1 ||
	    inet_ntop(AF_INET6, &address, text, sizeof(text)) == NULL)
		return 0;
	return (size_t)snprintf(out, URL_HOST_MAX + 1, "[%s]", text);
}

/* Puts the last URL_HOST_MAX bytes into out, from a label's start on, without outer dots. */
static size_t host_cut(struct slice host, char *out)
{
	while (host.len > 0 && host.ptr[host.len - 1] == '.')
		host.len--;
	if (host.len > URL_HOST_MAX) {
		host = slice_sub(host, host.len - URL_HOST_MAX, URL_HOST_MAX);
		while (host.len > 0 && host.ptr[0] != '.')
			host = slice_sub(host, 1, host.len);
	}
	while (host.len > 0 && host.ptr[0] == '.')
		host = slice_sub(host, 1, host.len);
	if (host.len > 0)
		memcpy(out, host.ptr, host.len);
	out[host.len] = '\0';
	return host.len;
}

/* UTS 46; 0 when it is no name. */
static size_t host_lookup(const struct buf *folded, char *out)
{
	uint8_t *ascii = NULL;
	size_t len;

	if (folded->len > 4 * URL_HOST_MAX ||
	    idn2_lookup_u8((const uint8_t *)folded->data, &ascii, IDN2_NONTRANSITIONAL) != IDN2_OK)
		return 0;
	len = host_cut(slice_str((const char *)ascii), out);
	idn2_free(ascii);
	return len;
}

/* Where UTS 46 fails the folded name stands for itself, with the rest in hexadecimal. */
static size_t host_idna(const struct buf *folded, char *out)
{
	struct buf plain = {0};
	size_t len = host_lookup(folded, out);

	if (len > 0)
		return len;
	for (size_t i = 0; i < folded->len; i++) {
		unsigned char c = (unsigned char)folded->data[i];

		if (c < 0x80)
			buf_add_char(&plain, (char)c);
		else
			buf_printf(&plain, "%02x", c);
	}
	len = plain.failed ? 0 : host_cut(buf_slice(&plain), out);
	buf_free(&plain);
	return len;
}

size_t url_host_plain(struct slice raw, char *out)
{
	struct buf folded = {0};
	bool ascii;
	size_t len = 0;

	if (fold_host(raw, &folded, &ascii) && !folded.failed && folded.len > 0)
		len = ascii ? host_cut(buf_slice(&folded), out) : host_lookup(&folded, out);
	buf_free(&folded);
	return len > 0 && slice_find((struct slice){out, len}, SLICE_LIT("xn--")) < 0 ? len : 0;
}

void url_host_unicode(struct slice host, struct buf *out)
{
	char name[URL_HOST_MAX + 1], *readable = NULL;

	host = slice_sub(host, host.len > URL_HOST_MAX ? host.len - URL_HOST_MAX : 0, URL_HOST_MAX);
	snprintf(name, sizeof(name), "%.*s", SLICE_ARG(host));
	if (idn2_to_unicode_8z8z(name, &readable, 0) != IDN2_OK) {
		buf_add_slice(out, host);
		return;
	}
	buf_add_str(out, readable);
	idn2_free(readable);
}

size_t url_host_normalize(struct slice raw, char *out)
{
	struct buf decoded = {0}, folded = {0};
	char address[URL_HOST_MAX + 1];
	bool ascii;
	size_t len = 0, address_len;

	out[0] = '\0';
	raw = slice_sub(raw, raw.len > HOST_RAW_MAX ? raw.len - HOST_RAW_MAX : 0, HOST_RAW_MAX);
	if (raw.len == 0)
		return 0;
	if (raw.ptr[0] == '[')
		return ipv6_form(raw, out);
	percent_decode(raw, &decoded);
	fold_host(buf_slice(&decoded), &folded, &ascii);
	if (!decoded.failed && !folded.failed && folded.len > 0)
		len = ascii ? host_cut(buf_slice(&folded), out) : host_idna(&folded, out);
	buf_free(&decoded);
	buf_free(&folded);
	address_len = len > 0 ? ipv4_form((struct slice){out, len}, address) : 0;
	if (address_len == 0)
		return len;
	memcpy(out, address, address_len + 1);
	return address_len;
}
