/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addresses: the one of an envelope argument, strictly, and those of a header,
 * as far as they can be read. One pass over the text, whatever it holds.
 */
#include "mail/address.h"

#include <string.h>

#include "core/buf.h"
#include "core/text.h"
#include "mail/header.h"
#include "mail/url_private.h"

#define ENVELOPE_MAX 1000

struct slice address_domain(struct slice address)
{
	for (size_t i = address.len; i > 0; i--)
		if (address.ptr[i - 1] == '@')
			return slice_sub(address, i, address.len);
	return SLICE_LIT("");
}

struct slice address_plain(struct arena *arena, struct slice address)
{
	struct slice domain = address_domain(address);
	char plain[URL_HOST_MAX + 1];
	bool ascii = true;
	size_t len;
	char *copy;

	for (size_t i = 0; i < domain.len; i++)
		ascii = ascii && (unsigned char)domain.ptr[i] < 0x80;
	len = ascii ? 0 : url_host_plain(domain, plain);
	if (len == 0)
		return address;
	address.len -= domain.len;
	copy = arena_alloc(arena, address.len + len);
	if (copy == NULL)
		return SLICE_NONE;
	memcpy(copy, address.ptr, address.len);
	memcpy(copy + address.len, plain, len);
	return (struct slice){copy, address.len + len};
}

/* ---- envelope ------------------------------------------------------------ */

/* Length of the local part at s, 0 when it is none. */
static size_t local_length(struct slice s)
{
	size_t n = 0;

	if (s.len > 0 && s.ptr[0] == '"') {
		for (n = 1; n < s.len && s.ptr[n] != '"'; n++)
			if (s.ptr[n] == '\\')
				n++;
		return n < s.len ? n + 1 : 0;
	}
	for (; n < s.len && s.ptr[n] != '@'; n++) {
		unsigned char c = (unsigned char)s.ptr[n];

		if (c <= ' ' || c == 0x7F || strchr("()<>[]:;,\\\"", c) != NULL)
			return 0;
		if (c == '.' && (n == 0 || n + 1 == s.len || s.ptr[n + 1] == '@' || s.ptr[n - 1] == '.'))
			return 0;
	}
	return n;
}

static bool domain_valid(struct slice s)
{
	if (s.len > 2 && s.ptr[0] == '[' && s.ptr[s.len - 1] == ']') {
		for (size_t i = 1; i + 1 < s.len; i++)
			if ((unsigned char)s.ptr[i] <= ' ' || strchr("[]\\", s.ptr[i]) != NULL)
				return false;
		return true;
	}
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];
		bool label = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    c == '-' || c == '_' || c >= 0x80;

		if (!label && (c != '.' || i == 0 || i + 1 == s.len || s.ptr[i - 1] == '.'))
			return false;
	}
	return s.len > 0;
}

static bool has_control(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] < ' ' || s.ptr[i] == 0x7F)
			return true;
	return false;
}

bool address_envelope(struct slice argument, struct slice *out)
{
	struct slice s = slice_trim(argument), domain;
	size_t local;

	*out = s;
	if (s.len > 0 && s.ptr[0] == '<') {
		if (s.ptr[s.len - 1] != '>')
			return false;
		s = slice_sub(s, 1, s.len - 2);
	}
	if (s.len == 0) {
		*out = SLICE_LIT("");
		return true;
	}
	if (s.len > ENVELOPE_MAX || has_control(s) || !utf8_valid(s))
		return false;
	if (s.ptr[0] == '@') { /* source route: "@a,@b:local@domain" */
		const char *colon = memchr(s.ptr, ':', s.len);

		if (colon == NULL)
			return false;
		s = slice_sub(s, (size_t)(colon - s.ptr) + 1, s.len);
	}
	local = local_length(s);
	if (local == 0)
		return false;
	if (local == s.len) { /* "postmaster": of this host */
		*out = s;
		return true;
	}
	if (s.ptr[local] != '@')
		return false;
	if (s.ptr[s.len - 1] == '.') /* the root's dot says nothing */
		s.len--;
	domain = slice_sub(s, local + 1, s.len);
	if (!domain_valid(domain))
		return false;
	*out = s;
	return true;
}

/* ---- headers ------------------------------------------------------------- */

struct list {
	struct arena *arena;
	struct address_mailbox *items;
	size_t count;
	size_t room;
	struct buf phrase; /* as it is shown: without quotes */
	struct buf bare;   /* the same as an address: quotes kept, no white space */
	bool angled;       /* the mailbox was complete at its '>' */
};

static int list_add(struct list *list, struct slice name, struct slice address)
{
	struct address_mailbox *grown;
	struct header_text text;

	if (list->count == list->room) {
		list->room = list->room != 0 ? list->room * 2 : 8;
		grown = arena_array(list->arena, list->room, sizeof(*grown));
		if (grown == NULL)
			return -1;
		if (list->count > 0)
			memcpy(grown, list->items, list->count * sizeof(*grown));
		list->items = grown;
	}
	if (header_decode(list->arena, slice_trim(name), &text) != 0)
		return -1;
	address = arena_slice(list->arena, address);
	if (address.ptr == NULL)
		return -1;
	list->items[list->count++] = (struct address_mailbox){.name = text.value, .address = address};
	return 0;
}

/* End of a mailbox: a bare "local@domain" is one, anything else was noise. */
static int list_end(struct list *list)
{
	struct slice bare = buf_slice(&list->bare);
	int rc = 0;

	if (list->phrase.failed || list->bare.failed)
		return -1;
	if (!list->angled && bare.len > 0 && memchr(bare.ptr, '@', bare.len) != NULL)
		rc = list_add(list, SLICE_LIT(""), bare);
	buf_truncate(&list->phrase, 0);
	buf_truncate(&list->bare, 0);
	list->angled = false;
	return rc;
}

/* Past the comment that starts at s. */
static size_t comment_length(struct slice s)
{
	size_t depth = 0;

	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == '\\')
			i++;
		else if (s.ptr[i] == '(')
			depth++;
		else if (s.ptr[i] == ')' && --depth == 0)
			return i + 1;
	}
	return s.len;
}

/* Past the quoted string at s; its content goes to shown, with its quotes to kept. */
static size_t quoted_length(struct slice s, struct buf *shown, struct buf *kept)
{
	size_t i;

	buf_add_char(kept, '"');
	for (i = 1; i < s.len && s.ptr[i] != '"'; i++) {
		if (s.ptr[i] == '\r' || s.ptr[i] == '\n')
			continue;
		if (s.ptr[i] == '\\' && i + 1 < s.len)
			buf_add_char(kept, s.ptr[i++]);
		buf_add_char(kept, s.ptr[i]);
		if (shown != NULL)
			buf_add_char(shown, s.ptr[i]);
	}
	buf_add_char(kept, '"');
	return i < s.len ? i + 1 : i;
}

/* Reads "<...>" at s into the mailbox; past it. 0 when memory is out. */
static size_t angle_read(struct list *list, struct slice s)
{
	struct buf inner = {0};
	struct slice address;
	size_t i = 1;
	int rc;

	while (i < s.len && s.ptr[i] != '>' && s.ptr[i] != '<') {
		struct slice here = slice_sub(s, i, s.len);

		if (s.ptr[i] == '(')
			i += comment_length(here);
		else if (s.ptr[i] == '"')
			i += quoted_length(here, NULL, &inner);
		else if ((unsigned char)s.ptr[i] > ' ')
			buf_add_char(&inner, s.ptr[i++]);
		else
			i++;
	}
	address = buf_slice(&inner);
	if (address.len > 0 && address.ptr[0] == '@') {
		const char *colon = memchr(address.ptr, ':', address.len);

		if (colon != NULL)
			address = slice_sub(address, (size_t)(colon - address.ptr) + 1, address.len);
	}
	rc = inner.failed ? -1 : address.len > 0 ? list_add(list, buf_slice(&list->phrase), address) : 0;
	buf_free(&inner);
	buf_truncate(&list->phrase, 0);
	buf_truncate(&list->bare, 0);
	list->angled = true;
	return rc == 0 ? i + (i < s.len && s.ptr[i] == '>') : 0;
}

static void text_add(struct list *list, char c)
{
	if (c == '\r' || c == '\n')
		return;
	buf_add_char(&list->phrase, c);
	if ((unsigned char)c > ' ')
		buf_add_char(&list->bare, c);
}

/* One step at raw[at..]; how far it went, 0 when memory is out. */
static size_t list_step(struct list *list, struct slice here)
{
	size_t word;

	switch (here.ptr[0]) {
	case '=': /* a comma or bracket within an encoded word is none */
		word = header_word_length(here);
		if (word > 0)
			buf_add(&list->phrase, here.ptr, word);
		else
			text_add(list, '=');
		return word > 0 ? word : 1;
	case '(':
		return comment_length(here);
	case '"':
		return quoted_length(here, &list->phrase, &list->bare);
	case '<':
		return angle_read(list, here);
	case ':':
		if (memchr(list->bare.data != NULL ? list->bare.data : "", '@', list->bare.len) != NULL) {
			text_add(list, ':');
		} else { /* "group: a, b;" */
			buf_truncate(&list->phrase, 0);
			buf_truncate(&list->bare, 0);
		}
		return 1;
	case ',':
	case ';':
		return list_end(list) == 0 ? 1 : 0;
	case '\\':
		if (here.len > 1) {
			text_add(list, here.ptr[1]);
			return 2;
		}
		return 1;
	default:
		text_add(list, here.ptr[0]);
		return 1;
	}
}

int address_list(struct arena *arena, struct slice raw, struct address_mailbox **list_r, size_t *count_r)
{
	struct list list = {.arena = arena};
	size_t at = 0, step = 1;
	int rc;

	while (at < raw.len && step > 0) {
		step = list_step(&list, slice_sub(raw, at, raw.len));
		at += step;
	}
	rc = step > 0 ? list_end(&list) : -1;
	buf_free(&list.phrase);
	buf_free(&list.bare);
	*list_r = list.items;
	*count_r = list.count;
	return rc;
}
