/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Decoded bytes to what a reader sees, and what stands in that: segments, URLs,
 * addresses, numbers. Where readers decode a part differently, each reading is
 * looked through.
 */
#include "mail/decoder.h"

#include <string.h>

#include "core/text.h"
#include "mail/address.h"
#include "mail/charset.h"
#include "mail/flowed.h"
#include "mail/html.h"
#include "mail/segment.h"
#include "mail/transfer.h"
#include "mail/url.h"

#define META_BYTES 2048

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
		decoder_limit(dec, "urls", dec->message->url_count + count, dec->limits->urls, list[0].part);
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
		decoder_limit(dec, "ids", 0, 0, part);
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
		decoder_memory_out(dec, part);
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
	for (size_t i = 0; i < count && !decoder_time_over(dec); i++) {
		urls_find(dec, list[i].text, list[i].kind, list[i].part, list[i].part == PART_NONE);
		ids_find(dec, list[i].text, list[i].kind, list[i].part);
	}
}

static void whole_add(struct decoder *dec, struct slice text, size_t part, enum segment_kind kind)
{
	struct mail_segment segment = {.kind = kind, .text = text, .part = part};

	if (text.len > 0)
		segments_add(dec, &segment, 1);
}

void reading_whole(struct decoder *dec, struct slice text, size_t part)
{
	whole_add(dec, text, part, SEGMENT_NEW);
}

void reading_file(struct decoder *dec, struct slice text, size_t part)
{
	whole_add(dec, text, part, SEGMENT_FILE);
}

static void segments_split(struct decoder *dec, struct slice text, size_t part)
{
	struct mail_segment *list = NULL;
	size_t count = 0;

	if (text.len == 0)
		return;
	if (segment_split(dec->arena, text, part, &list, &count) != 0)
		decoder_memory_out(dec, part);
	else
		segments_add(dec, list, count);
}

void reading_from_headers(struct decoder *dec)
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
			decoder_memory_out(dec, PART_NONE);
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

static void attribute_url(struct decoder *dec, struct slice raw, enum segment_kind kind, size_t part)
{
	struct mail_url url = {.raw = raw};

	if (slice_case_prefix(raw, "mailto:"))
		mailto_add(dec, raw, kind, part);
	/* "#top", "image.png" and parts of this message lead nowhere */
	if ((!url_parse(dec->arena, raw, &url) && url.scheme.len == 0) || slice_eq_str(url.scheme, "cid"))
		return;
	url.source = URL_ATTRIBUTE;
	url.segment = kind;
	url.part = part;
	urls_add(dec, &url, 1);
}

static void attribute_urls(struct decoder *dec, const struct html_text *html, size_t part, bool file)
{
	for (size_t i = 0; i < html->url_count && !dec->stopped; i++)
		attribute_url(dec, html->urls[i].url, file ? SEGMENT_FILE : html->urls[i].quoted ? SEGMENT_QUOTE :
		    SEGMENT_NEW, part);
}

void reading_file_url(struct decoder *dec, struct slice url, size_t part)
{
	attribute_url(dec, url, SEGMENT_FILE, part);
	/* "tel:" and the like are no web links: rules over text judge them */
	if (!slice_case_prefix(url, "http"))
		reading_file(dec, url, part);
}

/* HTML (UTF-8) to what a reader sees; its attributes' URLs are added. */
static bool html_read(struct decoder *dec, struct slice html, size_t part, bool file, struct slice *text_r)
{
	const struct mail_limits *limits = dec->limits;
	size_t left = decoder_budget(dec), want = urls_wanted(dec);
	struct html_text out = {0};

	*text_r = SLICE_LIT("");
	if (limits->html_bytes != 0 && html.len > limits->html_bytes) {
		decoder_limit(dec, "html_bytes", html.len, limits->html_bytes, part);
		html = slice_sub(html, 0, limits->html_bytes);
	}
	if (left == 0) {
		if (html.len > 0)
			decoder_budget_note(dec, dec->decoded + html.len, part);
		return true;
	}
	if (html_to_text(dec->arena, html, left, want, dec->mime.deadline_ms, &out) != 0) {
		decoder_memory_out(dec, part);
		return false;
	}
	*text_r = out.text;
	/* those that lead nowhere count as well: there may be others behind them */
	if (limits->urls != 0 && out.url_count >= want)
		decoder_limit(dec, "urls", dec->message->url_count + out.url_count, limits->urls, part);
	else if (out.truncated && !decoder_time_over(dec)) {
		if (out.text.len + 4 > left)
			decoder_budget_note(dec, dec->decoded + out.text.len, part);
		else
			decoder_limit(dec, "html_bytes", html.len, limits->html_bytes, part);
	}
	attribute_urls(dec, &out, part, file);
	return true;
}

static void reading_keep(struct decoder *dec, struct slice text, size_t part, unsigned how)
{
	dec->decoded += text.len;
	if (how & READ_FIRST)
		dec->message->parts[part].text = text;
	if (how & READ_SPLIT)
		segments_split(dec, text, part);
	else
		whole_add(dec, text, part, how & READ_FILE ? SEGMENT_FILE : SEGMENT_NEW);
}

void reading_add(struct decoder *dec, struct slice bytes, const struct mime_entity *e, size_t part, unsigned how)
{
	struct mail_part *p = &dec->message->parts[part];
	const struct mime_entity plain = {.charset = SLICE_LIT("utf-8")};
	struct slice label = e->charset;
	struct charset_text out;

	if (decoder_time_over(dec))
		return;
	if (label.len == 0 && (how & READ_HTML))
		label = meta_charset(bytes);
	if (charset_to_utf8(dec->arena, bytes, label, decoder_budget(dec), &out) != 0) {
		decoder_memory_out(dec, part);
		return;
	}
	if (out.cut)
		decoder_budget_note(dec, dec->decoded + bytes.len, part);
	if (out.guessed || out.broken)
		p->flags |= PART_CHARSET_GUESSED;
	if (out.broken)
		decoder_limit(dec, "charset", 0, 0, part);
	if ((how & READ_HTML) && !html_read(dec, out.text, part, (how & READ_FILE) != 0, &out.text))
		return;
	if (e->flowed && (how & READ_FIRST) && !(how & READ_HTML) &&
	    flowed_to_text(dec->arena, out.text, e->delsp, &out.text) != 0) {
		decoder_memory_out(dec, part);
		return;
	}
	reading_keep(dec, out.text, part, how);
	if (out.plain_too && (how & READ_FIRST) && !slice_eq(out.text, bytes))
		reading_add(dec, charset_skip_marks(bytes), &plain, part, how & (READ_HTML | READ_FILE));
}

bool reading_has_pgp(struct slice text)
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

static bool is_text(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] < ' ' && strchr("\t\r\n", s.ptr[i]) == NULL)
			return false;
	return utf8_valid(s);
}

void reading_add_others(struct decoder *dec, const struct mime_entity *e, size_t part, struct slice content,
    bool damaged)
{
	struct transfer_result other;
	enum transfer encoding = TRANSFER_NONE;
	struct slice from = e->body;
	unsigned flags = dec->message->parts[part].flags;
	unsigned how = (flags & PART_HTML ? READ_HTML : 0) | ((flags & PART_ATTACHMENT) && !e->raw ? READ_FILE : 0);
	bool guess = false;

	if (dec->stopped)
		return;
	if (e->second != e->encoding) {
		encoding = e->second;
	} else if (e->encoding == TRANSFER_BASE64 && damaged) {
		/* not base64 at all: some readers show it as it is */
	} else if (e->encoding != TRANSFER_BASE64 && transfer_looks_base64(content)) {
		encoding = TRANSFER_BASE64;
		from = content;
		guess = true;
	} else {
		encoding = e->encoding != TRANSFER_UU ? transfer_find_block(content, &from) : TRANSFER_NONE;
		if (encoding == TRANSFER_NONE)
			return;
	}
	if (transfer_decode(dec->arena, encoding, from, decoder_budget(dec), &other) != 0) {
		decoder_memory_out(dec, part);
		return;
	}
	/* a long word is base64 by its looks as well */
	if (guess && !is_text(other.data))
		return;
	decoder_mark(dec, part, PART_DAMAGED);
	if (other.size > other.data.len)
		decoder_budget_note(dec, dec->decoded + other.size, part);
	dec->decoded += other.data.len;
	if (other.data.len > 0)
		reading_add(dec, other.data, e, part, how);
}
