/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A message, decoded once: header fields, the tree of parts, their text as a
 * reader sees it, and what stands in it. Whatever could not be decoded is
 * named in limits[]; nothing is left out in silence.
 */
#include "mail/message.h"

#include <string.h>

#include "core/clock.h"
#include "mail/address.h"
#include "mail/charset.h"
#include "mail/flowed.h"
#include "mail/header.h"
#include "mail/html.h"
#include "mail/mime.h"
#include "mail/segment.h"
#include "mail/transfer.h"
#include "mail/url.h"

#define LIMITS_MAX 24 /* more than there are names */
#define EXPANSION_FROM ((size_t)1 << 20)
#define META_BYTES 2048
#define TEXT_NEEDS (MESSAGE_TEXT | MESSAGE_URLS | MESSAGE_ADDRESSES | MESSAGE_IDS)

struct decoder {
	struct arena *arena;
	struct message *message;
	const struct mail_limits *limits;
	const struct id_set *ids;
	unsigned needs;
	struct mime mime;
	size_t decoded; /* bytes so far, content and text together */
	bool stopped;   /* memory or time is up */
	void *grown;    /* of ROOM_MAKE */
	size_t header_room, part_room, segment_room, url_room, address_room, id_room;
};

void message_init(void)
{
	mime_init();
}

/* ---- bookkeeping ---------------------------------------------------------- */

/* Records the first of each name. */
static void limit_note(struct decoder *dec, const char *name, uint64_t value, uint64_t max, size_t part)
{
	struct message *message = dec->message;

	for (size_t i = 0; i < message->limit_count; i++)
		if (strcmp(message->limits[i].name, name) == 0)
			return;
	if (message->limit_count < LIMITS_MAX)
		message->limits[message->limit_count++] =
		    (struct mail_limit){.name = name, .value = value, .max = max, .part = part};
}

/* The arena's budget is used up: decoding ends here. */
static void memory_out(struct decoder *dec, size_t part)
{
	limit_note(dec, "memory", arena_used(dec->arena), 0, part);
	dec->stopped = true;
}

static bool time_over(struct decoder *dec)
{
	int64_t now;

	if (dec->stopped)
		return true;
	if (dec->limits->time_ms == 0)
		return false;
	now = clock_monotonic_ms();
	if (now < dec->mime.deadline_ms)
		return false;
	limit_note(dec, "time_ms", (uint64_t)(now - dec->mime.deadline_ms + dec->limits->time_ms),
	    (uint64_t)dec->limits->time_ms, PART_NONE);
	dec->stopped = true;
	return true;
}

/*
 * The array with room for more elements behind count; it may move. NULL when
 * the budget is used up, which is recorded.
 */
static void *room_make(struct decoder *dec, void *items, size_t count, size_t *room, size_t more, size_t size)
{
	size_t want = *room != 0 ? *room : 8;
	void *grown;

	if (count + more <= *room)
		return items;
	while (want < count + more)
		want *= 2;
	grown = arena_array(dec->arena, want, size);
	if (grown == NULL) {
		memory_out(dec, PART_NONE);
		return NULL;
	}
	if (count > 0)
		memcpy(grown, items, count * size);
	*room = want;
	return grown;
}

#define ROOM_MAKE(dec, items, count, room, more) \
	(((dec)->grown = room_make((dec), (dec)->message->items, (dec)->message->count, &(dec)->room, \
	    (more), sizeof(*(dec)->message->items))) != NULL && ((dec)->message->items = (dec)->grown, true))

/* Bytes that may still be decoded, and which limit says so. */
static size_t budget_left(const struct decoder *dec, const char **name_r, uint64_t *max_r)
{
	const struct mail_limits *limits = dec->limits;
	size_t most = limits->decoded_bytes != 0 ? limits->decoded_bytes : SIZE_MAX;

	*name_r = "decoded_bytes";
	*max_r = limits->decoded_bytes;
	if (limits->expansion != 0) {
		size_t size = dec->message->size, grown = EXPANSION_FROM;

		if (size != 0 && limits->expansion > SIZE_MAX / size)
			grown = SIZE_MAX;
		else if (limits->expansion * size > grown)
			grown = limits->expansion * size;
		if (grown < most) {
			most = grown;
			*name_r = "expansion";
			*max_r = limits->expansion;
		}
	}
	return most > dec->decoded ? most - dec->decoded : 0;
}

static void budget_note(struct decoder *dec, uint64_t value, size_t part)
{
	const char *name;
	uint64_t max;

	budget_left(dec, &name, &max);
	limit_note(dec, name, value, max, part);
}

static size_t budget(const struct decoder *dec)
{
	const char *name;
	uint64_t max;

	return budget_left(dec, &name, &max);
}

static int decoder_start(struct decoder *dec, struct arena *arena, struct slice *raw,
    const struct mail_limits *limits, struct message *message, struct diag *d)
{
	*message = (struct message){.size = raw->len};
	*dec = (struct decoder){.arena = arena, .message = message, .limits = limits};
	dec->mime = (struct mime){.arena = arena, .max_parts = limits->parts, .max_depth = limits->depth};
	if (limits->time_ms != 0)
		dec->mime.deadline_ms = clock_monotonic_ms() + limits->time_ms;
	message->limits = arena_array(arena, LIMITS_MAX, sizeof(*message->limits));
	if (message->limits == NULL)
		return diag_add(d, "no memory to decode a message of %zu bytes: raise the memory limit per message", raw->len);
	if (limits->message_bytes != 0 && raw->len > limits->message_bytes) {
		limit_note(dec, "message_bytes", raw->len, limits->message_bytes, PART_NONE);
		*raw = slice_sub(*raw, 0, limits->message_bytes);
	}
	return 0;
}

/* ---- top-level header ------------------------------------------------------ */

static bool header_add(struct decoder *dec, struct header_field field)
{
	struct header_text text;

	if (!ROOM_MAKE(dec, headers, header_count, header_room, 1))
		return false;
	if (header_decode(dec->arena, field.raw, &text) != 0) {
		memory_out(dec, PART_NONE);
		return false;
	}
	if (text.broken)
		limit_note(dec, "charset", 0, 0, PART_NONE);
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
		limit_note(dec, "header_count", count, limits->header_count, PART_NONE);
	if (limits->header_bytes != 0 && used > limits->header_bytes)
		limit_note(dec, "header_bytes", used, limits->header_bytes, PART_NONE);
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

/* ---- what stands in a text -------------------------------------------------- */

static void addresses_add(struct decoder *dec, const struct mail_address *list, size_t count)
{
	if (!(dec->needs & MESSAGE_ADDRESSES) || count == 0 || !ROOM_MAKE(dec, addresses, address_count, address_room, count))
		return;
	memcpy(dec->message->addresses + dec->message->address_count, list, count * sizeof(*list));
	dec->message->address_count += count;
}

/* How many URLs to ask for: one more than fit tells that there are more. */
static size_t urls_wanted(const struct decoder *dec)
{
	if (dec->limits->urls == 0)
		return SIZE_MAX;
	return dec->limits->urls - dec->message->url_count + 1;
}

static void urls_add(struct decoder *dec, const struct mail_url *list, size_t count)
{
	size_t want = urls_wanted(dec);

	if (!(dec->needs & MESSAGE_URLS) || count == 0)
		return;
	if (count >= want) {
		limit_note(dec, "urls", dec->message->url_count + count, dec->limits->urls, list[0].part);
		count = want - 1;
	}
	if (count == 0 || !ROOM_MAKE(dec, urls, url_count, url_room, count))
		return;
	memcpy(dec->message->urls + dec->message->url_count, list, count * sizeof(*list));
	dec->message->url_count += count;
}

static void ids_find(struct decoder *dec, struct slice text, enum segment_kind kind, size_t part)
{
	struct mail_id *list = NULL;
	struct diag reason = {0};
	size_t count = 0;

	if (dec->ids == NULL || !(dec->needs & MESSAGE_IDS))
		return;
	if (id_set_scan(dec->ids, dec->arena, text, &list, &count, &reason) != 0)
		limit_note(dec, "ids", 0, 0, part);
	if (count == 0 || !ROOM_MAKE(dec, ids, id_count, id_room, count))
		return;
	for (size_t i = 0; i < count; i++) {
		list[i].segment = (int)kind;
		list[i].part = part;
	}
	memcpy(dec->message->ids + dec->message->id_count, list, count * sizeof(*list));
	dec->message->id_count += count;
}

static void urls_find(struct decoder *dec, struct slice text, enum segment_kind kind, size_t part, bool header)
{
	struct mail_url *urls = NULL;
	struct mail_address *addresses = NULL;
	size_t url_count = 0, address_count = 0;

	if (!(dec->needs & (MESSAGE_URLS | MESSAGE_ADDRESSES)))
		return;
	if (url_scan(dec->arena, text, kind, part, urls_wanted(dec), &urls, &url_count, &addresses, &address_count) != 0) {
		memory_out(dec, part);
		return;
	}
	for (size_t i = 0; header && i < url_count; i++)
		urls[i].source = URL_HEADER;
	urls_add(dec, urls, url_count);
	addresses_add(dec, addresses, address_count);
}

/* Appends segments and looks through each. */
static void segments_add(struct decoder *dec, const struct mail_segment *list, size_t count)
{
	if (count == 0 || !ROOM_MAKE(dec, segments, segment_count, segment_room, count))
		return;
	memcpy(dec->message->segments + dec->message->segment_count, list, count * sizeof(*list));
	dec->message->segment_count += count;
	for (size_t i = 0; i < count && !time_over(dec); i++) {
		urls_find(dec, list[i].text, list[i].kind, list[i].part, list[i].part == PART_NONE);
		ids_find(dec, list[i].text, list[i].kind, list[i].part);
	}
}

static void segment_whole(struct decoder *dec, struct slice text, size_t part)
{
	struct mail_segment segment = {.kind = SEGMENT_NEW, .text = text, .part = part};

	if (text.len > 0)
		segments_add(dec, &segment, 1);
}

static void segments_split(struct decoder *dec, struct slice text, size_t part)
{
	struct mail_segment *list = NULL;
	size_t count = 0;

	if (text.len == 0)
		return;
	if (segment_split(dec->arena, text, part, &list, &count) != 0)
		memory_out(dec, part);
	else
		segments_add(dec, list, count);
}

/* The parts of the header that a reader sees as text: Subject, and who it says it is from. */
static void headers_search(struct decoder *dec)
{
	const struct message *message = dec->message;

	if (!(dec->needs & TEXT_NEEDS))
		return;
	for (size_t i = 0; i < message->header_count; i++) {
		const struct mail_header *header = &message->headers[i];
		struct mail_segment segment = {.kind = SEGMENT_SUBJECT, .text = header->value, .part = PART_NONE};
		struct mail_url *urls = NULL;
		struct mail_address *own = NULL;
		size_t url_count = 0, own_count = 0;

		if (slice_case_eq_str(header->name, "subject"))
			segments_add(dec, &segment, 1);
		if (!slice_case_eq_str(header->name, "from") || !(dec->needs & MESSAGE_URLS))
			continue;
		/* the sender's own address is no address in the text */
		if (url_scan(dec->arena, header->value, SEGMENT_SUBJECT, PART_NONE, urls_wanted(dec),
		    &urls, &url_count, &own, &own_count) != 0)
			memory_out(dec, PART_NONE);
		for (size_t k = 0; k < url_count; k++)
			urls[k].source = URL_HEADER;
		urls_add(dec, urls, url_count);
	}
}

/* ---- a part's text ------------------------------------------------------------ */

/* What <meta charset> or its http-equiv form says; SLICE_NONE without one. */
static struct slice meta_charset(struct slice html)
{
	struct slice head = slice_sub(html, 0, META_BYTES);
	long at = slice_case_find(head, SLICE_LIT("<meta"));
	size_t end = 0;

	if (at < 0)
		return SLICE_NONE;
	head = slice_sub(head, (size_t)at, head.len);
	at = slice_case_find(head, SLICE_LIT("charset="));
	if (at < 0)
		return SLICE_NONE;
	head = slice_sub(head, (size_t)at + 8, head.len);
	if (head.len > 0 && (head.ptr[0] == '"' || head.ptr[0] == '\''))
		head = slice_sub(head, 1, head.len);
	while (end < head.len && (unsigned char)head.ptr[end] > ' ' && strchr("\"';/>", head.ptr[end]) == NULL)
		end++;
	return slice_sub(head, 0, end);
}

/* "mailto:a@b?subject=..." names an address. */
static void mailto_add(struct decoder *dec, struct slice url, enum segment_kind kind, size_t part)
{
	struct mail_address address = {.segment = kind, .part = part};
	struct slice text = slice_sub(url, strlen("mailto:"), url.len);
	const char *end = memchr(text.ptr, '?', text.len);

	if (end != NULL)
		text.len = (size_t)(end - text.ptr);
	if (address_envelope(text, &address.address) && address_domain(address.address).len > 0)
		addresses_add(dec, &address, 1);
}

static void attribute_urls(struct decoder *dec, const struct html_text *html, size_t part)
{
	for (size_t i = 0; i < html->url_count && !dec->stopped; i++) {
		struct slice raw = html->urls[i].url;
		enum segment_kind kind = html->urls[i].quoted ? SEGMENT_QUOTE : SEGMENT_NEW;
		struct mail_url url = {.raw = raw};

		if (slice_case_prefix(raw, "mailto:"))
			mailto_add(dec, raw, kind, part);
		/* "#top", "image.png" and parts of this message lead nowhere */
		if ((!url_parse(dec->arena, raw, &url) && url.scheme.len == 0) || slice_eq_str(url.scheme, "cid"))
			continue;
		url.source = URL_ATTRIBUTE;
		url.segment = kind;
		url.part = part;
		urls_add(dec, &url, 1);
	}
}

/* HTML (UTF-8) to what a reader sees; its attributes' URLs are added. */
static bool html_read(struct decoder *dec, struct slice html, size_t part, struct slice *text_r)
{
	const struct mail_limits *limits = dec->limits;
	size_t left = budget(dec);
	struct html_text out = {0};

	if (limits->html_bytes != 0 && html.len > limits->html_bytes) {
		limit_note(dec, "html_bytes", html.len, limits->html_bytes, part);
		html = slice_sub(html, 0, limits->html_bytes);
	}
	if (html_to_text(dec->arena, html, left, urls_wanted(dec), dec->mime.deadline_ms, &out) != 0) {
		memory_out(dec, part);
		return false;
	}
	if (out.truncated && !time_over(dec)) {
		if (out.text.len >= left)
			budget_note(dec, dec->decoded + out.text.len, part);
		else if (limits->urls != 0 && out.url_count >= urls_wanted(dec))
			limit_note(dec, "urls", dec->message->url_count + out.url_count, limits->urls, part);
		else
			limit_note(dec, "html_bytes", html.len, limits->html_bytes, part);
	}
	attribute_urls(dec, &out, part);
	*text_r = out.text;
	return true;
}

enum reading {
	READ_SPLIT = 1, /* into new text, quote, signature; else all of it is new */
	READ_HTML = 2,
	READ_FIRST = 4  /* it is the part's text, not another way to see it */
};

static void text_keep(struct decoder *dec, struct slice text, size_t part, unsigned how)
{
	dec->decoded += text.len;
	if (how & READ_FIRST)
		dec->message->parts[part].text = text;
	if (how & READ_SPLIT)
		segments_split(dec, text, part);
	else
		segment_whole(dec, text, part);
}

/* Reads decoded bytes as text in one way; once more when readers without the charset see text, too. */
static void text_read(struct decoder *dec, struct slice bytes, const struct mime_entity *e, size_t part, unsigned how)
{
	struct mail_part *p = &dec->message->parts[part];
	const struct mime_entity plain = {.charset = SLICE_LIT("utf-8")};
	struct slice label = e->charset;
	struct charset_text out;

	if (time_over(dec))
		return;
	if (label.len == 0 && (how & READ_HTML))
		label = meta_charset(bytes);
	if (charset_to_utf8(dec->arena, bytes, label, budget(dec), &out) != 0) {
		memory_out(dec, part);
		return;
	}
	if (out.cut)
		budget_note(dec, dec->decoded + bytes.len, part);
	if (out.guessed || out.broken)
		p->flags |= PART_CHARSET_GUESSED;
	if (out.broken)
		limit_note(dec, "charset", 0, 0, part);
	if ((how & READ_HTML) && !html_read(dec, out.text, part, &out.text))
		return;
	if (e->flowed && (how & READ_FIRST) && !(how & READ_HTML) &&
	    flowed_to_text(dec->arena, out.text, e->delsp, &out.text) != 0) {
		memory_out(dec, part);
		return;
	}
	text_keep(dec, out.text, part, how);
	if (out.plain_too && (how & READ_FIRST) && !slice_eq(out.text, bytes))
		text_read(dec, bytes, &plain, part, how & READ_HTML);
}

/* Does pgp's armour begin on a line of its own? */
static bool has_pgp_message(struct slice text)
{
	static const char mark[] = "-----BEGIN PGP MESSAGE-----";
	const char *p = text.ptr, *hit;
	size_t left = text.len;

	while (left > 0 && (hit = memmem(p, left, mark, sizeof(mark) - 1)) != NULL) {
		if (hit == text.ptr || hit[-1] == '\n')
			return true;
		left -= (size_t)(hit + 1 - p);
		p = hit + 1;
	}
	return false;
}

static void part_mark(struct decoder *dec, size_t part, unsigned flag)
{
	dec->message->parts[part].flags |= flag;
	limit_note(dec, flag == PART_OPAQUE ? "opaque" : "damaged", 0, 0, part);
}

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

/* Other ways in which readers may have decoded the same body. */
static void text_other_readings(struct decoder *dec, const struct mime_entity *e, size_t part, struct slice content,
    bool damaged)
{
	struct transfer_result other;
	enum transfer encoding = TRANSFER_NONE;
	struct slice from = e->body;
	unsigned how = dec->message->parts[part].flags & PART_HTML ? READ_HTML : 0;

	if (dec->stopped)
		return;
	if (e->second != e->encoding) {
		encoding = e->second;
	} else if (e->encoding == TRANSFER_BASE64 && damaged) {
		/* not base64 at all: some readers show it as it is */
	} else if (e->encoding != TRANSFER_BASE64 && transfer_looks_base64(content)) {
		encoding = TRANSFER_BASE64;
		from = content;
	} else {
		encoding = e->encoding != TRANSFER_UU ? transfer_find_block(content, &from) : TRANSFER_NONE;
		if (encoding == TRANSFER_NONE)
			return;
	}
	part_mark(dec, part, PART_DAMAGED);
	if (transfer_decode(dec->arena, encoding, from, budget(dec), &other) != 0) {
		memory_out(dec, part);
		return;
	}
	if (other.size > other.data.len)
		budget_note(dec, dec->decoded + other.size, part);
	dec->decoded += other.data.len;
	if (other.data.len > 0)
		text_read(dec, other.data, e, part, how);
}

/* ---- parts ---------------------------------------------------------------------- */

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
		text_read(dec, decoded, e, index, READ_FIRST);
	else if (mime_unwrap(&dec->mime, index, decoded) != 0)
		memory_out(dec, index);
}

/* A message that is signed and packed in CMS carries its text in the clear: an entity within. */
static void signed_read(struct decoder *dec, const struct mime_entity *e, size_t index, struct slice content)
{
	long at = slice_case_find(content, SLICE_LIT("content-type:"));

	if (slice_eq_str(e->smime, "certs-only"))
		return;
	if (at < 0)
		part_mark(dec, index, PART_OPAQUE);
	else
		unwrap(dec, e, index, slice_sub(content, (size_t)at, content.len));
}

/* The body of a leaf or of a wrapped container, decoded. */
static bool content_decode(struct decoder *dec, const struct mime_entity *e, size_t index, bool *damaged_r)
{
	struct mail_part *part = &dec->message->parts[index];
	struct transfer_result result;

	if (transfer_decode(dec->arena, e->raw ? TRANSFER_NONE : e->encoding, e->body, budget(dec), &result) != 0) {
		memory_out(dec, index);
		return false;
	}
	if (result.size > result.data.len)
		budget_note(dec, dec->decoded + result.size, index);
	dec->decoded += result.data.len;
	part->content = result.data;
	part->size = result.size;
	*damaged_r = result.damaged;
	if (result.damaged)
		part_mark(dec, index, PART_DAMAGED);
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
	if (!text && !is_signed && !(dec->needs & MESSAGE_ATTACHMENTS))
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
	text_read(dec, part->content, &e, index, how);
	text_other_readings(dec, &e, index, part->content, damaged);
	if (has_pgp_message(part->text))
		part_mark(dec, index, PART_OPAQUE);
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
		memory_out(dec, index);
		return;
	}
	part->text = subject.value;
	segment_whole(dec, subject.value, index);
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
		limit_note(dec, "parts", mime->count, mime->max_parts, PART_NONE);
	if (mime->depth_passed)
		limit_note(dec, "depth", mime->max_depth + 1, mime->max_depth, PART_NONE);
	if (mime->time_passed)
		time_over(dec);
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
				limit_note(dec, "damaged", 0, 0, i);
			if (flags & PART_OPAQUE)
				limit_note(dec, "opaque", 0, 0, i);
		}
		if (time_over(dec))
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

int message_parse(struct arena *arena, struct slice raw, const struct mail_limits *limits,
    unsigned needs, const struct id_set *ids, struct message *message_r, struct diag *d)
{
	struct decoder dec;

	if (decoder_start(&dec, arena, &raw, limits, message_r, d) != 0)
		return -1;
	dec.needs = needs;
	dec.ids = ids;
	headers_read(&dec, raw);
	if (dec.stopped || !(needs & ~(unsigned)MESSAGE_HEADERS))
		return 0;
	headers_search(&dec);
	if (mime_walk(&dec.mime, raw) != 0)
		memory_out(&dec, PART_NONE);
	parts_read(&dec);
	return 0;
}
