/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A message, decoded once: header fields, the tree of parts, their text as a
 * reader sees it, and what stands in it. Whatever could not be decoded is
 * named in limits[]; nothing is left out in silence.
 */
#include "mail/message.h"

#include <string.h>

#include "mail/address.h"
#include "mail/decoder.h"
#include "mail/dotline.h"
#include "mail/header.h"
#include "mail/transfer.h"

void message_init(void)
{
	mime_init();
}

/* ---- top-level header ------------------------------------------------------ */

static bool header_add(struct decoder *dec, struct header_field field)
{
	struct header_text text;

	if (!ROOM_MAKE(dec, headers, header_count, header_room, 1))
		return false;
	if (header_decode(dec->arena, field.raw, &text) != 0) {
		decoder_memory_out(dec, PART_NONE);
		return false;
	}
	if (text.broken)
		decoder_limit(dec, "charset", 0, 0, PART_NONE);
	dec->message->headers[dec->message->header_count++] =
	    (struct mail_header){.name = field.name, .raw = field.raw, .value = text.value};
	return true;
}

/* Mail from a mailbox file begins with a line that is no header. */
static struct slice without_from_line(struct slice raw)
{
	const char *end;

	if (raw.len < 5 || memcmp(raw.ptr, "From ", 5) != 0)
		return raw;
	end = memchr(raw.ptr, '\n', raw.len);
	return end != NULL ? slice_sub(raw, (size_t)(end - raw.ptr) + 1, raw.len) : raw;
}

static void headers_read(struct decoder *dec, struct slice raw)
{
	const struct mail_limits *limits = dec->limits;
	struct slice rest = without_from_line(raw);
	struct header_field field;
	size_t used = 0, count = 0;
	bool full = false;

	while (header_next(&rest, &field) == HEADER_FIELD) {
		size_t size = field.name.len + field.raw.len;

		count++;
		used += size + 3;
		if (full || (limits->header_count != 0 && count > limits->header_count)) {
			full = true;
			continue;
		}
		if (limits->header_bytes != 0 && used > limits->header_bytes) {
			size_t left = limits->header_bytes - (used - size - 3);

			full = true;
			if (left <= field.name.len)
				continue;
			field.raw = slice_sub(field.raw, 0, left - field.name.len);
		}
		if (!header_add(dec, field))
			return;
	}
	if (limits->header_count != 0 && count > limits->header_count)
		decoder_limit(dec, "header_count", count, limits->header_count, PART_NONE);
	if (limits->header_bytes != 0 && used > limits->header_bytes)
		decoder_limit(dec, "header_bytes", used, limits->header_bytes, PART_NONE);
}

/* Those that were read already, where no limit was passed: it would be recorded anew. */
static void headers_take(struct decoder *dec, const struct message *head, struct slice raw)
{
	if (head == NULL || head->limit_count > 0 || dec->message->limit_count > 0) {
		headers_read(dec, raw);
		return;
	}
	dec->message->headers = head->headers;
	dec->message->header_count = head->header_count;
}

int message_headers(struct arena *arena, struct slice raw, const struct mail_limits *limits,
    struct message *message_r, struct diag *d)
{
	struct decoder dec;

	if (decoder_start(&dec, arena, &raw, limits, message_r, d) != 0)
		return -1;
	headers_read(&dec, raw);
	return 0;
}

const struct mail_header *message_header(const struct message *message, const char *name, size_t nth)
{
	for (size_t i = 0; i < message->header_count; i++)
		if (slice_case_eq_str(message->headers[i].name, name) && nth-- == 0)
			return &message->headers[i];
	return NULL;
}

struct slice message_header_value(const struct message *message, const char *name)
{
	const struct mail_header *header = message_header(message, name, 0);

	return header != NULL ? header->value : SLICE_NONE;
}

int message_mailboxes(const struct message *message, const struct mail_header *header, struct address_mailbox **list_r,
    size_t *count_r)
{
	struct mail_header *own = &message->headers[header - message->headers];

	if (!own->mailboxes_read && address_list(message->arena, own->raw, &own->mailboxes, &own->mailbox_count) != 0)
		return -1;
	own->mailboxes_read = true;
	*list_r = own->mailboxes;
	*count_r = own->mailbox_count;
	return 0;
}

/* ---- parts ---------------------------------------------------------------- */

static bool has_suffix(struct slice name, const char *const *suffixes)
{
	for (; *suffixes != NULL; suffixes++)
		if (slice_case_suffix(name, *suffixes))
			return true;
	return false;
}

/* How the part's bytes are text, by its type or by what a file of that name opens as; 0: they are not. */
static unsigned text_kind(const struct mime_entity *e)
{
	static const char *const html_types[] = {"text/html", "application/xhtml+xml", "image/svg+xml",
	    "text/x-amp-html", NULL};
	static const char *const html_names[] = {".html", ".htm", ".xhtml", ".shtml", ".mht", ".svg", NULL};
	static const char *const text_names[] = {".txt", ".ics", ".vcf", ".csv", ".md", ".text", ".url", ".log",
	    ".json", ".xml", ".webloc", ".eml", NULL};

	if (e->class == MIME_LOOSE || e->raw)
		return PART_TEXT;
	if (e->clash && !slice_case_prefix(e->type, "text/"))
		return PART_TEXT; /* to somebody */
	for (size_t i = 0; html_types[i] != NULL; i++)
		if (slice_eq_str(e->type, html_types[i]))
			return PART_TEXT | PART_HTML;
	if (slice_case_prefix(e->type, "text/") || slice_case_prefix(e->type, "message/"))
		return PART_TEXT;
	if (!slice_case_prefix(e->type, "application/"))
		return 0;
	if (has_suffix(e->name, html_names))
		return PART_TEXT | PART_HTML;
	return has_suffix(e->name, text_names) || slice_eq_str(e->type, "application/ics") ||
	    slice_eq_str(e->type, "application/json") || slice_eq_str(e->type, "application/xml") ? PART_TEXT : 0;
}

static bool is_signed_only(const struct mime_entity *e)
{
	return slice_eq_str(e->smime, "signed-data") || slice_eq_str(e->smime, "certs-only");
}

static bool is_opaque(const struct mime_entity *e)
{
	static const char *const types[] = {"multipart/encrypted", "application/pgp-encrypted",
	    "application/ms-tnef", "application/vnd.ms-tnef", "message/partial", NULL};

	for (size_t i = 0; types[i] != NULL; i++)
		if (slice_eq_str(e->type, types[i]))
			return true;
	if (slice_eq_str(e->type, "application/pkcs7-mime") || slice_eq_str(e->type, "application/x-pkcs7-mime"))
		return !is_signed_only(e);
	return slice_case_eq_str(e->name, "winmail.dat") || slice_case_suffix(e->name, ".p7m");
}

static unsigned part_flags(const struct mime_entity *e)
{
	unsigned flags = 0;

	if (e->class == MIME_MULTIPART || e->class == MIME_MESSAGE)
		flags |= PART_CONTAINER;
	else
		flags |= text_kind(e);
	if (e->attachment || (e->class == MIME_LEAF && !slice_case_prefix(e->type, "text/") && !e->raw) ||
	    (e->class == MIME_MESSAGE && e->name.len > 0))
		flags |= PART_ATTACHMENT;
	if (e->damaged)
		flags |= PART_DAMAGED;
	if (is_opaque(e))
		flags |= PART_OPAQUE;
	return flags;
}

/* An entity within another's decoded bytes; once there are enough parts it is read as the text that it is. */
static void unwrap(struct decoder *dec, const struct mime_entity *e, size_t index, struct slice decoded)
{
	if (mime_full(&dec->mime))
		reading_add(dec, decoded, e, index, READ_FIRST);
	else if (mime_unwrap(&dec->mime, index, decoded) != 0)
		decoder_memory_out(dec, index);
}

/* A message that is signed and packed in CMS carries its text in the clear: an entity within. */
static void signed_read(struct decoder *dec, const struct mime_entity *e, size_t index, struct slice content)
{
	long at = slice_case_find(content, SLICE_LIT("content-type:"));

	if (slice_eq_str(e->smime, "certs-only"))
		return;
	if (at < 0)
		decoder_mark(dec, index, PART_OPAQUE);
	else
		unwrap(dec, e, index, slice_sub(content, (size_t)at, content.len));
}

/* The body of a leaf or of a wrapped container, decoded. */
static bool content_decode(struct decoder *dec, const struct mime_entity *e, size_t index, bool *damaged_r)
{
	struct mail_part *part = &dec->message->parts[index];
	struct transfer_result result;

	if (transfer_decode(dec->arena, e->raw ? TRANSFER_NONE : e->encoding, e->body, decoder_budget(dec), &result) != 0) {
		decoder_memory_out(dec, index);
		return false;
	}
	if (result.size > result.data.len)
		decoder_budget_note(dec, dec->decoded + result.size, index);
	dec->decoded += result.data.len;
	part->content = result.data;
	part->size = result.size;
	*damaged_r = result.damaged;
	if (result.damaged)
		decoder_mark(dec, index, PART_DAMAGED);
	return true;
}

static void leaf_read(struct decoder *dec, size_t index)
{
	const struct mime_entity e = dec->mime.entities[index];
	struct mail_part *part = &dec->message->parts[index];
	bool text = (part->flags & PART_TEXT) && (dec->needs & TEXT_NEEDS), damaged = false;
	bool is_signed = is_signed_only(&e) && (dec->needs & TEXT_NEEDS);
	unsigned how = READ_FIRST;

	part->size = e.body.len;
	if (!text && !is_signed && !(dec->needs & (MESSAGE_ATTACHMENTS | MESSAGE_CODES)) && dec->files == NULL)
		return;
	if (!content_decode(dec, &e, index, &damaged))
		return;
	if (is_signed)
		signed_read(dec, &e, index, part->content);
	if (!text)
		return;
	if (part->flags & PART_HTML)
		how |= READ_HTML;
	if (!e.inside && !e.raw && !(part->flags & PART_ATTACHMENT) && e.class == MIME_LEAF)
		how |= READ_SPLIT;
	if ((part->flags & PART_ATTACHMENT) && !e.raw)
		how |= READ_FILE;
	reading_add(dec, part->content, &e, index, how);
	reading_add_others(dec, &e, index, part->content, damaged);
	if (reading_has_pgp(part->text))
		decoder_mark(dec, index, PART_OPAQUE);
}

static void container_read(struct decoder *dec, size_t index)
{
	const struct mime_entity e = dec->mime.entities[index];
	struct mail_part *part = &dec->message->parts[index];
	struct header_text subject;
	bool damaged = false;

	if (e.wrapped && (dec->needs & (TEXT_NEEDS | MESSAGE_ATTACHMENTS))) {
		if (!content_decode(dec, &e, index, &damaged))
			return;
		unwrap(dec, &e, index, part->content);
		part->content = SLICE_NONE;
	}
	if (dec->mime.entities[index].subject.ptr == NULL || !(dec->needs & TEXT_NEEDS))
		return;
	/* the subject of an attached message is text that its reader sees */
	if (header_decode(dec->arena, dec->mime.entities[index].subject, &subject) != 0) {
		decoder_memory_out(dec, index);
		return;
	}
	part->text = subject.value;
	reading_whole(dec, subject.value, SEGMENT_NEW, index);
}

/* Entities that were found since are parts from now on. */
static bool parts_follow(struct decoder *dec)
{
	struct message *message = dec->message;
	size_t more = dec->mime.count - message->part_count;

	if (more > 0 && !ROOM_MAKE(dec, parts, part_count, part_room, more))
		return false;
	for (; message->part_count < dec->mime.count; message->part_count++) {
		const struct mime_entity *e = &dec->mime.entities[message->part_count];

		message->parts[message->part_count] = (struct mail_part){.type = e->type, .charset = e->charset,
		    .name = e->name, .flags = part_flags(e), .depth = e->depth};
	}
	return true;
}

static void mime_limits_note(struct decoder *dec)
{
	const struct mime *mime = &dec->mime;

	if (mime->parts_passed)
		decoder_limit(dec, "parts", mime->count, mime->max_parts, PART_NONE);
	if (mime->depth_passed)
		decoder_limit(dec, "depth", mime->max_depth + 1, mime->max_depth, PART_NONE);
	if (mime->time_passed)
		decoder_time_over(dec);
}

static void parts_read(struct decoder *dec)
{
	if (!parts_follow(dec))
		return;
	mime_limits_note(dec);
	/* unwrapping adds to the list while it is read: no recursion */
	for (size_t i = 0; i < dec->message->part_count; i++) {
		unsigned flags = dec->message->parts[i].flags;

		if (flags & (PART_DAMAGED | PART_OPAQUE)) {
			if (flags & PART_DAMAGED)
				decoder_limit(dec, "damaged", 0, 0, i);
			if (flags & PART_OPAQUE)
				decoder_limit(dec, "opaque", 0, 0, i);
		}
		if (decoder_time_over(dec))
			continue;
		if (flags & PART_CONTAINER)
			container_read(dec, i);
		else
			leaf_read(dec, i);
		if (!parts_follow(dec))
			return;
		mime_limits_note(dec);
	}
}

/*
 * Which multipart/alternative each part belongs to: the innermost one of its message. inner[depth] is that of
 * a container's children.
 */
static void alternatives_number(struct decoder *dec)
{
	struct message *message = dec->message;
	size_t *inner, found = 0, deepest = 0;

	for (size_t i = 0; i < message->part_count; i++)
		deepest = message->parts[i].depth > deepest ? message->parts[i].depth : deepest;
	inner = arena_array(dec->arena, deepest + 1, sizeof(*inner));
	if (inner == NULL) {
		decoder_memory_out(dec, PART_NONE);
		return;
	}
	for (size_t i = 0; i < message->part_count; i++) {
		struct mail_part *part = &message->parts[i];

		part->alternative = part->depth > 0 ? inner[part->depth - 1] : 0;
		if (slice_eq_str(part->type, "multipart/alternative"))
			inner[part->depth] = ++found;
		else
			inner[part->depth] = slice_case_prefix(part->type, "message/") ? 0 : part->alternative;
	}
}

int message_parse(struct arena *arena, struct slice raw, const struct mail_limits *limits,
    unsigned needs, const struct id_set *ids, struct message *message_r, struct diag *d)
{
	return message_parse_files(arena, raw, limits, needs, ids, NULL, NULL, message_r, d);
}

int message_parse_files(struct arena *arena, struct slice raw, const struct mail_limits *limits, unsigned needs,
    const struct id_set *ids, const struct message *head, const struct file_reader *files, struct message *message_r,
    struct diag *d)
{
	struct decoder dec;

	if (decoder_start(&dec, arena, &raw, limits, message_r, d) != 0)
		return -1;
	dec.needs = needs;
	dec.ids = ids;
	dec.files = files;
	message_r->id_set = (needs & MESSAGE_IDS) != 0 ? ids : NULL;
	headers_take(&dec, head, raw);
	if (dec.stopped || !(needs & ~(unsigned)MESSAGE_HEADERS))
		return 0;
	reading_from_headers(&dec);
	if (dotline_is_loose(raw))
		decoder_limit(&dec, "dot-line", 0, 0, PART_NONE);
	if (mime_walk(&dec.mime, raw) != 0)
		decoder_memory_out(&dec, PART_NONE);
	parts_read(&dec);
	if (message_r->part_count > 0)
		alternatives_number(&dec);
	files_read(&dec);
	return 0;
}

struct slice message_order(const struct message *message)
{
	for (size_t i = 0; i < message->id_count; i++)
		if (slice_eq_str(message->ids[i].kind, "order") || slice_eq_str(message->ids[i].kind, "po"))
			return message->ids[i].value;
	return SLICE_NONE;
}
