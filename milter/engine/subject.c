/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Subject with a tag before it, for people whose mail program shows no other header. The value itself stays
 * byte for byte: encoded words and folds are the sender's.
 */
#include <string.h>

#include "core/buf.h"
#include "core/text.h"
#include "engine/txn_internal.h"

/* A line of a header may have 998 bytes (RFC 5322). */
#define LINE_MAX_BYTES 900
#define VALUE_MAX 60

static void add_value(struct buf *out, struct slice value)
{
	char clean[VALUE_MAX];

	text_sanitize(clean, sizeof(clean), value, TEXT_FOR_HEADER);
	buf_add_str(out, clean);
}

/* What a placeholder stands for at the start of s; its length with the braces. */
static size_t add_placeholder(struct buf *out, const char *s, const struct verdict *v)
{
	size_t len = strcspn(s, "}");
	struct slice name = {s + 1, len - 1};
	char due[CLOCK_TEXT_SIZE];

	clock_format(due, sizeof(due), v->sla_due);
	if (slice_eq_str(name, "hours"))
		buf_printf(out, "%lld", (long long)v->sla_hours);
	else if (slice_eq_str(name, "due"))
		add_value(out, slice_str(due));
	else if (slice_eq_str(name, "marketplace"))
		add_value(out, slice_str(v->marketplace));
	else if (slice_eq_str(name, "kind"))
		add_value(out, slice_str(v->kind));
	else if (slice_eq_str(name, "label"))
		add_value(out, slice_str(v->label_count > 0 ? v->labels[0] : ""));
	else if (slice_eq_str(name, "order"))
		add_value(out, v->order);
	return len + 1;
}

static void add_tag(struct buf *out, const char *tag, const struct verdict *v)
{
	while (*tag != '\0') {
		if (*tag == '{') {
			tag += add_placeholder(out, tag, v);
		} else {
			buf_add_char(out, *tag++);
		}
	}
}

/* Folded lines with LF alone, as libmilter wants them. */
static void add_raw(struct buf *out, struct slice raw)
{
	for (size_t i = 0; i < raw.len; i++)
		if (raw.ptr[i] != '\r')
			buf_add_char(out, raw.ptr[i]);
}

static bool first_line_fits(const struct buf *out)
{
	const char *end = memchr(out->data, '\n', out->len);

	return (end != NULL ? (size_t)(end - out->data) : out->len) <= LINE_MAX_BYTES;
}

const char *subject_tagged(struct txn *txn, const struct verdict *verdict)
{
	const char *tag = txn->generation->config->subject_tag;
	const struct message *head = txn_head(txn);
	const struct mail_header *subject = head != NULL ? message_header(head, "Subject", 0) : NULL;
	struct buf out = {0};
	const char *copy = NULL;
	size_t tag_length;

	if (tag == NULL || verdict->sla != SLA_STARTS || head == NULL)
		return NULL;
	add_tag(&out, tag, verdict);
	tag_length = out.len;
	if (subject != NULL)
		add_raw(&out, subject->raw);
	/* A mail that carries the tag already (fetched again, or quoted by an answer) keeps the one that it has. */
	if (!out.failed && first_line_fits(&out) && (subject == NULL || tag_length > subject->raw.len ||
	    memcmp(out.data, subject->raw.ptr, tag_length) != 0))
		copy = arena_memdup(txn->arena, out.data, out.len);
	buf_free(&out);
	return copy;
}
