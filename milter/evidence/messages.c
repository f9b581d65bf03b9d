/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The raw messages, as the archive has them, and what they say to a reader. One that isn't there is listed with the
 * reason: nothing is left out in silence.
 */
#include "evidence/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "core/text.h"
#include "mail/message.h"
#include "mail/segment.h"

#define READ_MEMORY ((size_t)512 << 20)
/* Of a message's text in the summary and in a redacted copy; the raw file has all of it. */
#define TEXT_MAX ((size_t)200 << 10)

/* ---- what it says ---------------------------------------------------------------------- */

struct reading {
	struct arena *arena;
	const struct message *message;
	struct buf said;   /* new text, signature, notices */
	struct buf quoted; /* the whole text with quotes */
	size_t quotes;     /* lines that were left out of said */
	bool cut;
};

static size_t count_lines(struct slice text)
{
	size_t lines = 0;

	for (size_t i = 0; i < text.len; i++)
		lines += text.ptr[i] == '\n' || i + 1 == text.len;
	return lines;
}

static void add_text(struct reading *reading, struct buf *out, struct slice text)
{
	if (out->len + text.len > TEXT_MAX) {
		text = slice_sub(text, 0, TEXT_MAX - out->len);
		while (text.len > 0 && !utf8_valid(slice_sub(text, text.len - 1, 1)))
			text.len--;
		reading->cut = true;
	}
	/* A text whose encoding kept the line ends of the mail has them still. */
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] != '\r')
			buf_add_char(out, text.ptr[i]);
}

static int read_part(struct reading *reading, size_t index)
{
	const struct mail_part *part = &reading->message->parts[index];
	struct mail_segment *segments = NULL;
	size_t count = 0;

	if (segment_split(reading->arena, part->text, index, &segments, &count) == -1)
		return -1;
	if (reading->said.len > 0)
		buf_add_str(&reading->said, "\n\n");
	if (reading->quoted.len > 0)
		buf_add_str(&reading->quoted, "\n\n");
	add_text(reading, &reading->quoted, part->text);
	for (size_t i = 0; i < count; i++) {
		if (segments[i].kind == SEGMENT_QUOTE)
			reading->quotes += count_lines(segments[i].text);
		else
			add_text(reading, &reading->said, segments[i].text);
	}
	return 0;
}

static bool is_shown(const struct mail_part *part)
{
	return (part->flags & PART_TEXT) && !(part->flags & PART_ATTACHMENT);
}

/* Of several forms of one text the plain one is shown, as the raw file has both. */
static bool is_other_form(const struct message *message, size_t index)
{
	const struct mail_part *part = &message->parts[index];

	if (part->alternative == 0)
		return false;
	for (size_t i = 0; i < message->part_count; i++) {
		const struct mail_part *other = &message->parts[i];

		if (i == index || other->alternative != part->alternative || !is_shown(other))
			continue;
		if ((part->flags & PART_HTML) && !(other->flags & PART_HTML))
			return true;
		if ((part->flags & PART_HTML) == (other->flags & PART_HTML) && i < index)
			return true;
	}
	return false;
}

static json_t *attachments(const struct message *message)
{
	json_t *list = json_array();

	for (size_t i = 0; i < message->part_count; i++) {
		const struct mail_part *part = &message->parts[i];
		char digest[HASH_HEX_SIZE];
		json_t *object;

		if ((part->flags & PART_CONTAINER) || is_shown(part))
			continue;
		object = json_object();
		json_put(object, "file_name", part->name);
		json_put(object, "type", part->type);
		json_put_int(object, "size", (json_int_t)part->size);
		if (part->content.len == part->size) {
			hash_hex(digest, part->content);
			json_put_str(object, "sha256", digest);
		}
		json_array_append_new(list, object);
	}
	return list;
}

static json_t *headers(const struct message *message)
{
	static const char *const kept[] = {"Date", "From", "To", "Cc", "Reply-To", "Subject", "Message-ID", "In-Reply-To",
	    "References", NULL};
	json_t *list = json_array();

	for (size_t i = 0; kept[i] != NULL; i++) {
		struct slice value = message_header_value(message, kept[i]);
		json_t *pair;

		if (value.ptr == NULL)
			continue;
		pair = json_object();
		json_put_str(pair, "header", kept[i]);
		json_put(pair, "value", value);
		json_array_append_new(list, pair);
	}
	return list;
}

static int put_said(struct reading *reading, json_t *object)
{
	for (size_t i = 0; i < reading->message->part_count; i++)
		if (is_shown(&reading->message->parts[i]) && !is_other_form(reading->message, i) &&
		    read_part(reading, i) == -1)
			return -1;
	if (reading->said.failed || reading->quoted.failed)
		return -1;
	json_put(object, "text", slice_trim(buf_slice(&reading->said)));
	json_put(object, "whole_text", buf_slice(&reading->quoted));
	json_put_int(object, "quoted_lines", (json_int_t)reading->quotes);
	json_put_bool(object, "text_cut", reading->cut);
	return 0;
}

static int put_content(const struct gathering *gathering, struct slice raw, json_t *object, struct diag *d)
{
	struct mail_limits limits = gathering->source->config->limits;
	struct message message;
	struct reading reading = {.arena = arena_new(READ_MEMORY), .message = &message};
	int rc;

	/* A budget of time would make a loaded machine's pack another one. */
	limits.time_ms = 0;
	rc = reading.arena == NULL ? -1 : message_parse(reading.arena, raw, &limits, MESSAGE_HEADERS | MESSAGE_TEXT |
	    MESSAGE_ATTACHMENTS, NULL, &message, d);
	if (rc == 0)
		rc = put_said(&reading, object);
	if (rc == 0) {
		json_put_new(object, "headers", headers(&message));
		json_put_new(object, "attachments", attachments(&message));
	} else {
		diag_add(d, "out of memory for the text of message %s", text_of(object, "id"));
	}
	buf_free(&reading.said);
	buf_free(&reading.quoted);
	if (reading.arena != NULL)
		arena_free(&reading.arena);
	return rc;
}

/* ---- where it is ------------------------------------------------------------------------ */

static const json_t *tombstone_of(const struct gathering *gathering, const char *digest)
{
	const json_t *record;
	size_t i;

	json_array_foreach(gathering->records, i, record)
		if (is_event(record, "purge") && list_has(json_object_get(record, "digests"), digest))
			return record;
	return NULL;
}

static void put_absence(const struct gathering *gathering, json_t *object, const char *digest)
{
	static const char *const keys[] = {"seq", "id", "time", "why", "by", "class", NULL};
	const json_t *tombstone = digest != NULL ? tombstone_of(gathering, digest) : NULL;
	json_t *copy;

	if (tombstone == NULL) {
		json_put_str(object, "state", digest == NULL ? "not archived" : "missing");
		json_put_str(object, "reason", digest == NULL ? "the message was not stored in the archive"
		    : "the log says that it was stored, but the archive has it no more, and no record says why");
		return;
	}
	copy = json_object();
	copy_members(copy, tombstone, keys);
	json_put_str(object, "state", "purged");
	json_put_str(object, "reason", "deleted from the archive after its time of retention");
	json_put_new(object, "tombstone", copy);
}

static int add_file(struct gathering *gathering, const json_t *record, size_t number)
{
	struct evidence_message *message = &gathering->evidence->messages[gathering->evidence->message_count];
	char name[64];

	snprintf(name, sizeof(name), "messages/%03zu-%s.eml", number, is_outgoing(record) ? "out" : "in");
	message->name = strdup(name);
	return message->name != NULL ? 0 : -1;
}

/* The message's bytes into the evidence, or why not. */
static int fetch(struct gathering *gathering, const json_t *record, json_t *object, size_t number, struct diag *d)
{
	const struct evidence_source *source = gathering->source;
	struct evidence_message *message = &gathering->evidence->messages[gathering->evidence->message_count];
	const char *digest = json_get_str(record, "archive");
	struct diag reason = {0};
	bool kept = digest != NULL && source->fetch != NULL;
	int rc = kept ? source->fetch(source->fetch_arg, digest, &message->raw, &reason) : 0;

	if (rc == 1) {
		if (add_file(gathering, record, number) == -1)
			return diag_add(d, "out of memory");
		json_put_str(object, "state", "archived");
		json_put_str(object, "file", message->name);
		return put_content(gathering, buf_slice(&message->raw), object, d);
	}
	buf_free(&message->raw);
	if (rc == 0) {
		put_absence(gathering, object, digest);
		return 0;
	}
	json_put_str(object, "state", "damaged");
	json_put_str(object, "reason", reason.text);
	return 0;
}

static int add_message(struct gathering *gathering, const json_t *record, json_t *list, struct diag *d)
{
	static const char *const keys[] = {"id", "seq", "time", "direction", "marketplace", "shop", "from", "from_name",
	    "recipients", "subject", "message_id", "size", "digest", "archive", "archive_class", NULL};
	json_t *object = json_object();

	copy_members(object, record, keys);
	put_local(object, "local", zone_of(gathering, text_of(record, "marketplace")), time_of(record, "time"));
	json_array_append_new(list, object);
	if (fetch(gathering, record, object, json_array_size(list), d) == -1)
		return -1;
	gathering->evidence->message_count++;
	return 0;
}

json_t *gather_messages(struct gathering *gathering, struct diag *d)
{
	json_t *list = json_array();
	const json_t *record;
	size_t i;

	gathering->evidence->messages = calloc(json_array_size(gathering->records) + 1,
	    sizeof(*gathering->evidence->messages));
	if (gathering->evidence->messages == NULL) {
		json_decref(list);
		diag_add(d, "out of memory");
		return NULL;
	}
	json_array_foreach(gathering->records, i, record) {
		if (!is_event(record, "message"))
			continue;
		if (add_message(gathering, record, list, d) == -1) {
			/* what it took so far is freed with the evidence */
			gathering->evidence->message_count++;
			json_decref(list);
			return NULL;
		}
	}
	return list;
}
