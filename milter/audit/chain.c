/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One record of the audit log: its canonical bytes, and the hash that chains
 * it to the one before. The hash is over the bytes as they stand in the file,
 * so checking needs no second way of writing JSON.
 */
#include "audit/chain.h"

#include <stdio.h>
#include <string.h>

#include "core/clock.h"

#define HASH_KEY ",\"hash\":\""
#define HASH_TAIL_LEN (sizeof(HASH_KEY) - 1 + HASH_HEX_SIZE - 1 + 2)

static bool is_own_key(const char *key)
{
	static const char *const own[] = {"time", "id", "event", "seq", "prev", "hash"};

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (strcmp(key, own[i]) == 0)
			return true;
	return false;
}

/* time and id are text in a record, whatever the caller had there. */
static int put_defaults(json_t *event, int64_t now)
{
	const char *given = json_get_str(event, "id");
	char time[CLOCK_TEXT_SIZE], id[ID_TEXT_SIZE];

	if (json_get_str(event, "time") == NULL) {
		clock_format(time, sizeof(time), now);
		if (json_put_str(event, "time", time) == -1)
			return -1;
	}
	if (given == NULL || *given == '\0') {
		id_new(id, now);
		if (json_put_str(event, "id", id) == -1)
			return -1;
	}
	return 0;
}

static int write_members(struct buf *out, json_t *event)
{
	static const char *const first[] = {"time", "id", "event"};
	json_t *value;
	const char *key;

	for (size_t i = 0; i < sizeof(first) / sizeof(first[0]); i++) {
		if (i > 0)
			buf_add_char(out, ',');
		if (json_write_member(out, first[i], json_object_get(event, first[i])) != 0)
			return -1;
	}
	json_object_foreach(event, key, value) {
		if (is_own_key(key))
			continue;
		buf_add_char(out, ',');
		if (json_write_member(out, key, value) != 0)
			return -1;
	}
	return out->failed ? -1 : 0;
}

int chain_prepare(json_t *event, int64_t now, struct buf *out, struct diag *d)
{
	const char *type = json_get_str(event, "event"), *time = json_get_str(event, "time");
	int64_t seconds;

	if (type == NULL || *type == '\0')
		return diag_add(d, "audit: an event without a type");
	if (time != NULL && clock_parse(time, &seconds) == -1)
		return diag_add(d, "audit: an event of no time ('%.40s')", time);
	if (put_defaults(event, now) != 0)
		return diag_add(d, "audit: out of memory");
	return write_members(out, event) == 0 ? 0 : diag_add(d, "audit: the event can't be written as JSON");
}

void chain_seal(struct buf *out, struct slice prepared, struct chain_head *head)
{
	size_t start = out->len;

	buf_printf(out, "{\"seq\":%lld,", (long long)head->seq + 1);
	buf_add_slice(out, prepared);
	buf_printf(out, ",\"prev\":\"%s\"", head->hash);
	if (out->failed)
		return;
	hash_hex(head->hash, slice_sub(buf_slice(out), start, SIZE_MAX));
	head->seq++;
	buf_printf(out, HASH_KEY "%s\"}\n", head->hash);
}

static void copy_hash(char *dst, const char *s)
{
	snprintf(dst, HASH_HEX_SIZE, "%s", s != NULL ? s : "");
}

static bool bytes_fit_hash(struct slice line, const char *hash)
{
	char found[HASH_HEX_SIZE];
	struct slice body, tail;

	if (line.len < HASH_TAIL_LEN)
		return false;
	body = slice_sub(line, 0, line.len - HASH_TAIL_LEN);
	tail = slice_sub(line, body.len, SIZE_MAX);
	hash_hex(found, body);
	return memcmp(tail.ptr, HASH_KEY, sizeof(HASH_KEY) - 1) == 0 &&
	    memcmp(tail.ptr + sizeof(HASH_KEY) - 1, found, HASH_HEX_SIZE - 1) == 0 &&
	    strcmp(found, hash) == 0;
}

void chain_parse(struct slice line, struct chain_record *record_r)
{
	struct chain_record *r = record_r;

	*r = (struct chain_record){.seq = -1};
	if (line.len == 0)
		return;
	/* Text of mail may hold NUL: it stands as \u0000 in the log. */
	r->event = json_loadb(line.ptr, line.len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
	if (!json_is_object(r->event)) {
		chain_record_free(r);
		return;
	}
	r->seq = json_get_int(r->event, "seq", -1);
	copy_hash(r->prev, json_get_str(r->event, "prev"));
	copy_hash(r->hash, json_get_str(r->event, "hash"));
	r->sound = bytes_fit_hash(line, r->hash);
}

void chain_record_free(struct chain_record *record)
{
	json_decref(record->event);
	record->event = NULL;
}

bool chain_follows(const struct chain_head *head, const struct chain_record *record)
{
	return record->sound && record->seq == head->seq + 1 && strcmp(record->prev, head->hash) == 0;
}

void chain_advance(struct chain_head *head, const struct chain_record *record)
{
	head->seq = record->seq;
	memcpy(head->hash, record->hash, HASH_HEX_SIZE);
}

/* ---- without JSON ---------------------------------------------------------- */

#define PREV_KEY ",\"prev\":\""
#define HEX_LEN (HASH_HEX_SIZE - 1)

/* Takes text off the front of rest; false when it does not begin so. */
static bool take(struct slice *rest, const char *text)
{
	size_t len = strlen(text);

	if (rest->len < len || memcmp(rest->ptr, text, len) != 0)
		return false;
	*rest = slice_sub(*rest, len, SIZE_MAX);
	return true;
}

/* A number as the writer writes it: no sign, no leading zero. */
static bool take_number(struct slice *rest, int64_t *number_r)
{
	size_t n = 0;

	*number_r = 0;
	for (; n < rest->len && n < 18 && rest->ptr[n] >= '0' && rest->ptr[n] <= '9'; n++)
		*number_r = *number_r * 10 + (rest->ptr[n] - '0');
	if (n == 0 || rest->ptr[0] == '0')
		return false;
	*rest = slice_sub(*rest, n, SIZE_MAX);
	return true;
}

/* Up to the next quotation mark, which goes, too. */
static bool take_string(struct slice *rest, struct slice *text_r)
{
	const char *end = memchr(rest->ptr, '"', rest->len);

	if (end == NULL)
		return false;
	*text_r = slice_sub(*rest, 0, (size_t)(end - rest->ptr));
	*rest = slice_sub(*rest, text_r->len + 1, SIZE_MAX);
	return memchr(text_r->ptr, '\\', text_r->len) == NULL;
}

static struct slice type_of(struct slice rest)
{
	struct slice text;

	if (take(&rest, "\"time\":\"") && take_string(&rest, &text) && take(&rest, ",\"id\":\"") &&
	    take_string(&rest, &text) && take(&rest, ",\"event\":\"") && take_string(&rest, &text))
		return text;
	return SLICE_NONE;
}

/* The hash before HASH_KEY at the end of body; the first record has none. */
static bool find_prev(struct slice body, struct slice *prev_r)
{
	size_t key = sizeof(PREV_KEY) - 1;

	for (size_t len = 0; len <= HEX_LEN; len += HEX_LEN) {
		struct slice tail;

		if (body.len < key + len + 1)
			continue;
		tail = slice_sub(body, body.len - key - len - 1, SIZE_MAX);
		if (!take(&tail, PREV_KEY) || tail.ptr[len] != '"')
			continue;
		*prev_r = slice_sub(tail, 0, len);
		return true;
	}
	return false;
}

bool chain_scan(struct slice line, struct chain_scan *scan_r)
{
	struct slice body, tail, rest = line;
	char found[HASH_HEX_SIZE];

	if (line.len < HASH_TAIL_LEN || !take(&rest, "{\"seq\":") || !take_number(&rest, &scan_r->seq) || !take(&rest, ","))
		return false;
	body = slice_sub(line, 0, line.len - HASH_TAIL_LEN);
	tail = slice_sub(line, body.len, SIZE_MAX);
	if (!take(&tail, HASH_KEY) || memcmp(tail.ptr + HEX_LEN, "\"}", 2) != 0 || !find_prev(body, &scan_r->prev))
		return false;
	scan_r->hash = slice_sub(tail, 0, HEX_LEN);
	scan_r->event = type_of(rest);
	hash_hex(found, body);
	return memcmp(found, scan_r->hash.ptr, HEX_LEN) == 0;
}

bool chain_scan_follows(const struct chain_head *head, const struct chain_scan *scan)
{
	return scan->seq == head->seq + 1 && slice_eq_str(scan->prev, head->hash);
}
