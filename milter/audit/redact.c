/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Redaction at write time: addresses and text of customers become keyed
 * tokens, the same for the same input, so that threads still join. An address
 * may stand in any text, so every member is looked through, except the ones
 * that are made of ids only.
 */
#include "audit/audit.h"

#include <stdio.h>
#include <string.h>

#include "core/buf.h"

/* Our events are flat; deeper is not ours. */
#define DEPTH_MAX 16

enum treatment {
	KEEP,     /* ids: "@" in them is no address */
	ADDRESS,  /* the whole value is one */
	THREAD,   /* "marketplace:address" */
	TEXT,     /* what a person wrote */
	SEARCH    /* anything else: addresses in it are replaced */
};

static enum treatment treatment_of(const char *key)
{
	static const struct {
		const char *key;
		enum treatment treatment;
	} table[] = {
		{"sender", ADDRESS}, {"recipients", ADDRESS}, {"from", ADDRESS}, {"to", ADDRESS}, {"cc", ADDRESS},
		{"reply_to", ADDRESS}, {"account", ADDRESS}, {"hold_sender", ADDRESS}, {"thread", THREAD}, {"threads", THREAD},
		{"subject", TEXT}, {"evidence", TEXT}, {"from_name", TEXT},
		{"customer", TEXT}, {"event", KEEP}, {"id", KEEP}, {"ref", KEEP}, {"time", KEEP}, {"digest", KEEP},
		{"seq", KEEP}, {"prev", KEEP}, {"hash", KEEP}, {"queue_id", KEEP}, {"message_id", KEEP},
		{"in_reply_to", KEEP}, {"references", KEEP}, {"refs", KEEP}, {"milestones", KEEP}, {"key", KEEP},
		{"agent", ADDRESS},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (strcmp(key, table[i].key) == 0)
			return table[i].treatment;
	return SEARCH;
}

static void add_lower(struct buf *out, struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		buf_add_char(out, (char)(s.ptr[i] >= 'A' && s.ptr[i] <= 'Z' ? s.ptr[i] + 32 : s.ptr[i]));
}

static bool is_token(struct slice s)
{
	if (s.len < 18 || memcmp(s.ptr, "a:", 2) != 0 || (s.len > 18 && s.ptr[18] != '@'))
		return false;
	for (size_t i = 2; i < 18; i++)
		if (strchr("0123456789abcdef", s.ptr[i]) == NULL || s.ptr[i] == '\0')
			return false;
	return true;
}

/* "a:<16 hex>@domain"; case does not matter, as it does not to mail systems. */
static void add_address(struct buf *out, struct slice key, struct slice address)
{
	struct buf lower = {0};
	const char *at = address.len > 0 ? memrchr(address.ptr, '@', address.len) : NULL;
	char token[17];

	if (address.len == 0 || is_token(address)) {
		buf_add_slice(out, address);
		return;
	}
	add_lower(&lower, address);
	if (lower.failed) {
		out->failed = true;
		return;
	}
	hash_token(token, key, buf_slice(&lower));
	buf_free(&lower);
	buf_printf(out, "a:%s", token);
	if (at != NULL)
		add_lower(out, slice_sub(address, (size_t)(at - address.ptr), SIZE_MAX));
}

static void add_text(struct buf *out, struct slice key, struct slice text)
{
	char token[17];

	if (text.len == 0)
		return;
	hash_token(token, key, text);
	buf_printf(out, "t:%s", token);
}

/* A key without an address is a marketplace's own token, and no secret. */
static void add_thread(struct buf *out, struct slice key, struct slice thread)
{
	long colon = slice_find(thread, SLICE_LIT(":"));
	struct slice rest = slice_sub(thread, (size_t)(colon + 1), SIZE_MAX), part = SLICE_LIT("");
	const char *at = rest.len > 0 ? memrchr(rest.ptr, '@', rest.len) : NULL;
	const char *hash = at != NULL ? memchr(at, '#', rest.len - (size_t)(at - rest.ptr)) : NULL;

	if (at == NULL) {
		buf_add_slice(out, thread);
		return;
	}
	buf_add_slice(out, slice_sub(thread, 0, (size_t)(colon + 1)));
	/* The number of an item, of which one address has several: no secret. */
	if (hash != NULL) {
		part = slice_sub(rest, (size_t)(hash - rest.ptr), SIZE_MAX);
		rest.len -= part.len;
	}
	add_address(out, key, rest);
	buf_add_slice(out, part);
}

static bool is_domain_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	    c == '.' || c == '-' || c == '_' || (unsigned char)c >= 0x80;
}

static bool is_local_byte(char c)
{
	return is_domain_byte(c) || (c != '\0' && strchr("!#$%&'*+/=?^`{|}~", c) != NULL);
}

/* Bytes of an "@" at s, also in its full-width and small form; 0: none. */
static size_t at_sign(struct slice s)
{
	if (s.len >= 1 && s.ptr[0] == '@')
		return 1;
	if (s.len >= 3 && (memcmp(s.ptr, "\xEF\xBC\xA0", 3) == 0 || memcmp(s.ptr, "\xEF\xB9\xAB", 3) == 0))
		return 3;
	return 0;
}

/* Copies text with every address-looking part replaced; each byte is looked at twice at most. */
static void add_searched(struct buf *out, struct slice key, struct slice text)
{
	size_t copied = 0;

	for (size_t i = 0; i < text.len; i++) {
		size_t at = at_sign(slice_sub(text, i, 3)), start = i, end = i + at;
		struct buf address = {0};

		if (at == 0)
			continue;
		while (start > copied && is_local_byte(text.ptr[start - 1]))
			start--;
		while (end < text.len && is_domain_byte(text.ptr[end]) && at_sign(slice_sub(text, end, 3)) == 0)
			end++;
		while (end > i + at && (text.ptr[end - 1] == '.' || text.ptr[end - 1] == '-'))
			end--;
		if (start == i || end == i + at)
			continue;
		buf_add_slice(out, slice_sub(text, copied, start - copied));
		buf_add_slice(&address, slice_sub(text, start, i - start));
		buf_add_char(&address, '@');
		buf_add_slice(&address, slice_sub(text, i + at, end - i - at));
		out->failed |= address.failed;
		/* "a:<hex>@domain" of an earlier pass: the colon stands before the local part. */
		if (start >= copied + 2 && is_token(slice_sub(text, start - 2, end - start + 2)))
			buf_add_slice(out, slice_sub(text, start, end - start));
		else
			add_address(out, key, buf_slice(&address));
		buf_free(&address);
		copied = end;
		i = end - 1;
	}
	buf_add_slice(out, slice_sub(text, copied, SIZE_MAX));
}

static json_t *redact_string(const struct audit_redact *redact, enum treatment treatment, const json_t *value)
{
	struct slice s = {json_string_value(value), json_string_length(value)};
	struct buf out = {0};
	json_t *result;

	if (treatment == TEXT && redact->text)
		add_text(&out, redact->key, s);
	else if (treatment == ADDRESS && redact->addresses)
		add_address(&out, redact->key, s);
	else if (treatment == THREAD && redact->addresses)
		add_thread(&out, redact->key, s);
	else if (redact->addresses && treatment != KEEP)
		add_searched(&out, redact->key, s);
	else
		buf_add_slice(&out, s);
	result = out.failed ? NULL : json_text(out.len > 0 ? buf_slice(&out) : SLICE_LIT(""));
	buf_free(&out);
	return result;
}

static int redact_value(const struct audit_redact *redact, enum treatment treatment, json_t *value, int depth,
    json_t **new_r);

static int redact_object(const struct audit_redact *redact, json_t *object, int depth)
{
	json_t *value, *changed;
	const char *key;
	void *next;

	json_object_foreach_safe(object, next, key, value) {
		if (redact_value(redact, treatment_of(key), value, depth, &changed) == -1)
			return -1;
		if (changed != NULL && json_object_set_new(object, key, changed) == -1)
			return -1;
	}
	return 0;
}

static int redact_array(const struct audit_redact *redact, enum treatment treatment, json_t *array, int depth)
{
	json_t *changed;

	for (size_t i = 0; i < json_array_size(array); i++) {
		if (redact_value(redact, treatment, json_array_get(array, i), depth, &changed) == -1)
			return -1;
		if (changed != NULL && json_array_set_new(array, i, changed) == -1)
			return -1;
	}
	return 0;
}

/* *new_r: what takes the place of value, or NULL when it stays (objects and arrays change in place). */
static int redact_value(const struct audit_redact *redact, enum treatment treatment, json_t *value, int depth,
    json_t **new_r)
{
	*new_r = NULL;
	if (depth > DEPTH_MAX)
		return -1;
	/* the "subject" of a milestone is an order's number */
	if (json_is_object(value) && treatment == KEEP)
		return 0;
	if (json_is_object(value))
		return redact_object(redact, value, depth + 1);
	if (json_is_array(value))
		return redact_array(redact, treatment, value, depth + 1);
	if (!json_is_string(value))
		return 0;
	*new_r = redact_string(redact, treatment, value);
	return *new_r != NULL ? 0 : -1;
}

int audit_redact(const struct audit_redact *redact, json_t *event)
{
	if (!redact->addresses && !redact->text)
		return 0;
	if (redact->key.len == 0 || !json_is_object(event))
		return -1;
	return redact_object(redact, event, 0);
}

int audit_redact_address(const struct audit_redact *redact, struct slice address, char *out, size_t size)
{
	struct buf token = {0};
	int rc = 0;

	if (redact->addresses && redact->key.len == 0)
		return -1;
	if (redact->addresses)
		add_address(&token, redact->key, address);
	else
		buf_add_slice(&token, address);
	if (token.failed || token.len >= size)
		rc = -1;
	else if (token.len > 0)
		memcpy(out, token.data, token.len);
	if (rc == 0)
		out[token.len] = '\0';
	buf_free(&token);
	return rc;
}
