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
#include "mail/normal.h"
#include "mail/segment.h"
#include "mail/transfer.h"
#include "mail/url.h"

#define META_BYTES 2048
#define NAMES_MAX 32    /* of one header; no reply has more recipients */
#define SAME_PLACE_MAX 8 /* URLs or addresses compared between two readings of one text */

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
	struct diag reason;
	size_t count = 0;

	diag_clear(&reason);
	if (dec->ids == NULL || !(dec->needs & MESSAGE_IDS))
		return;
	if (id_set_scan(dec->ids, dec->arena, text, dec->mime.deadline_ms, &list, &count, &reason) != 0)
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

/* What url_scan found in one text. */
struct found {
	struct mail_url *urls;
	size_t url_count;
	struct mail_address *addresses;
	size_t address_count;
};

static bool scan(struct decoder *dec, const struct mail_segment *segment, struct slice text, struct found *found_r)
{
	*found_r = (struct found){0};
	if (url_scan(dec->arena, text, segment->kind, segment->part, urls_wanted(dec), &found_r->urls,
	    &found_r->url_count, &found_r->addresses, &found_r->address_count) == 0)
		return true;
	decoder_memory_out(dec, segment->part);
	return false;
}

/* Of two readings of one text: is a URL of the second there in the first, in the same place? */
static bool url_known(const struct found *first, size_t *next, const struct mail_url *url)
{
	while (*next < first->url_count && first->urls[*next].raw.ptr + first->urls[*next].raw.len <= url->raw.ptr)
		++*next;
	for (size_t i = *next; i < first->url_count && i < *next + SAME_PLACE_MAX; i++)
		if (slice_eq(first->urls[i].host, url->host))
			return true;
	return false;
}

static bool address_known(const struct found *first, size_t i, const struct mail_address *address)
{
	size_t from = i > SAME_PLACE_MAX ? i - SAME_PLACE_MAX : 0;

	for (; from < first->address_count && from <= i + SAME_PLACE_MAX; from++)
		if (slice_eq(first->addresses[from].address, address->address))
			return true;
	return false;
}

/*
 * A look-alike of an allowed host leads elsewhere, so where the text was changed both are found: what a
 * program follows (as written) and what a reader sees. Evidence of either is what was written.
 */
static void found_join(const struct mail_segment *segment, const struct found *written, struct found *seen)
{
	size_t urls = 0, addresses = 0, next = 0;

	for (size_t i = 0; i < seen->url_count; i++) {
		struct mail_url *url = &seen->urls[i];
		size_t start = (size_t)(url->raw.ptr - segment->text.ptr);

		url->raw = normal_original(segment, start, start + url->raw.len);
		if (!url_known(written, &next, url))
			seen->urls[urls++] = *url;
	}
	seen->url_count = urls;
	for (size_t i = 0; i < seen->address_count; i++)
		if (!address_known(written, i, &seen->addresses[i]))
			seen->addresses[addresses++] = seen->addresses[i];
	seen->address_count = addresses;
}

static void found_add(struct decoder *dec, const struct found *found, bool header)
{
	for (size_t i = 0; header && i < found->url_count; i++)
		found->urls[i].source = URL_HEADER;
	urls_add(dec, found->urls, found->url_count);
	addresses_add(dec, found->addresses, found->address_count);
}

static void urls_find(struct decoder *dec, const struct mail_segment *segment)
{
	struct slice original = normal_original(segment, 0, segment->text.len);
	bool header = segment->part == PART_NONE;
	struct found seen, written;

	if (!(dec->needs & (MESSAGE_URLS | MESSAGE_ADDRESSES)) || !scan(dec, segment, segment->text, &seen))
		return;
	if (segment->map != NULL && !slice_eq(original, segment->text)) {
		if (!scan(dec, segment, original, &written))
			return;
		found_join(segment, &written, &seen);
		found_add(dec, &written, header);
	}
	found_add(dec, &seen, header);
}

/* Appends segments and looks through each. */
static void segments_add(struct decoder *dec, const struct mail_segment *list, size_t count)
{
	if (count == 0 || !ROOM_MAKE(dec, segments, segment_count, segment_room, count))
		return;
	memcpy(dec->message->segments + dec->message->segment_count, list, count * sizeof(*list));
	dec->message->segment_count += count;
	for (size_t i = 0; i < count && !decoder_time_over(dec); i++) {
		urls_find(dec, &list[i]);
		ids_find(dec, list[i].text, list[i].kind, list[i].part);
	}
}

/* Disguised words of a text, each with the segment that it stands in; both are in the order of the text. */
static void disguises_add(struct decoder *dec, const struct normal_text *text, const struct mail_segment *list,
    size_t count)
{
	size_t first = dec->message->segment_count - count, at = 0;

	if (text->disguise_count == 0 ||
	    !ROOM_MAKE(dec, disguises, disguise_count, disguise_room, text->disguise_count))
		return;
	for (size_t i = 0; i < text->disguise_count; i++) {
		struct mail_disguise disguise = text->disguises[i];

		while (at < count && list[at].map_offset + list[at].text.len <= disguise.start)
			at++;
		if (at == count || disguise.start < list[at].map_offset)
			continue;
		disguise.segment = first + at;
		disguise.start -= list[at].map_offset;
		disguise.end -= list[at].map_offset;
		if (disguise.end > list[at].text.len)
			disguise.end = list[at].text.len;
		dec->message->disguises[dec->message->disguise_count++] = disguise;
	}
}

/* Segments that are views into the text, with their way back. */
static void segments_keep(struct decoder *dec, const struct normal_text *text, struct mail_segment *list, size_t count)
{
	size_t before = dec->message->segment_count;

	for (size_t i = 0; i < count; i++) {
		list[i].map = text->map;
		list[i].map_offset = (size_t)(list[i].text.ptr - text->text.ptr);
	}
	segments_add(dec, list, count);
	if (dec->message->segment_count == before + count)
		disguises_add(dec, text, list, count);
}

static void keep_whole(struct decoder *dec, const struct normal_text *text, enum segment_kind kind, size_t part)
{
	struct mail_segment segment = {.kind = kind, .text = text->text, .part = part};

	if (text->text.len > 0)
		segments_keep(dec, text, &segment, 1);
}

void reading_whole(struct decoder *dec, struct slice text, enum segment_kind kind, size_t part)
{
	struct normal_text normal;

	if (normal_read(dec->arena, text, &normal) != 0)
		decoder_memory_out(dec, part);
	else
		keep_whole(dec, &normal, kind, part);
}

void reading_file(struct decoder *dec, struct slice text, size_t part)
{
	reading_whole(dec, text, SEGMENT_FILE, part);
}

static void segments_split(struct decoder *dec, const struct normal_text *text, size_t part)
{
	struct mail_segment *list = NULL;
	size_t count = 0;

	if (text->text.len == 0)
		return;
	if (segment_split(dec->arena, text->text, part, &list, &count) != 0)
		decoder_memory_out(dec, part);
	else
		segments_keep(dec, text, list, count);
}

/*
 * Display names of a header; what is no mailbox is a name as a whole. A name that merely repeats the
 * address is none.
 */
static void names_read(struct decoder *dec, const struct mail_header *header)
{
	struct address_mailbox *list = NULL;
	size_t count = 0;

	if (message_mailboxes(dec->message, header, &list, &count) != 0) {
		decoder_memory_out(dec, PART_NONE);
		return;
	}
	if (count == 0 && header->value.len > 0)
		reading_whole(dec, header->value, SEGMENT_NAME, PART_NONE);
	for (size_t i = 0; i < count && i < NAMES_MAX && !dec->stopped; i++) {
		if (list[i].name.len > 0 && !slice_case_eq(list[i].name, list[i].address))
			reading_whole(dec, list[i].name, SEGMENT_NAME, PART_NONE);
	}
}

void reading_from_headers(struct decoder *dec)
{
	const struct message *message = dec->message;

	if (!(dec->needs & TEXT_NEEDS))
		return;
	for (size_t i = 0; i < message->header_count && !dec->stopped; i++) {
		const struct mail_header *header = &message->headers[i];

		if (slice_case_eq_str(header->name, "subject"))
			reading_whole(dec, header->value, SEGMENT_SUBJECT, PART_NONE);
		else if (slice_case_eq_str(header->name, "from") || slice_case_eq_str(header->name, "reply-to") ||
		    slice_case_eq_str(header->name, "to"))
			names_read(dec, header);
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

/* "https://host/..." of an image; an image of this message, or none at all, has no host. */
static struct slice image_host(struct decoder *dec, struct slice source)
{
	struct mail_url url = {0};

	if (slice_case_prefix(source, "data:") || slice_case_prefix(source, "cid:") ||
	    !url_parse(dec->arena, source, &url))
		return SLICE_LIT("");
	return url.host.ptr != NULL ? url.host : SLICE_LIT("");
}

static void images_add(struct decoder *dec, const struct html_text *html, size_t part)
{
	if (!(dec->needs & MESSAGE_IMAGES) || html->image_count == 0 ||
	    !ROOM_MAKE(dec, images, image_count, image_room, html->image_count))
		return;
	for (size_t i = 0; i < html->image_count; i++) {
		const struct html_image *image = &html->images[i];

		dec->message->images[dec->message->image_count++] = (struct mail_image){.source = image->source,
		    .host = image_host(dec, image->source), .alt = image->alt, .width = image->width,
		    .height = image->height, .hidden = image->hidden,
		    .segment = image->quoted ? SEGMENT_QUOTE : SEGMENT_NEW, .part = part};
	}
}

/* HTML (UTF-8) to what a reader sees, and what it hides; its attributes' URLs and its images are added. */
static bool html_read(struct decoder *dec, struct slice html, size_t part, bool file, struct slice *text_r,
    struct slice *hidden_r)
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
	*hidden_r = out.hidden;
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
	images_add(dec, &out, part);
	return true;
}

static void reading_keep(struct decoder *dec, struct slice text, size_t part, unsigned how)
{
	struct normal_text normal;

	dec->decoded += text.len;
	if (normal_read(dec->arena, text, &normal) != 0) {
		decoder_memory_out(dec, part);
		return;
	}
	if (how & READ_FIRST)
		dec->message->parts[part].text = normal.text;
	if (how & READ_SPLIT)
		segments_split(dec, &normal, part);
	else
		keep_whole(dec, &normal, how & READ_FILE ? SEGMENT_FILE : SEGMENT_NEW, part);
}

/* Padding behind a preheader is no text. */
static void hidden_keep(struct decoder *dec, struct slice hidden, size_t part)
{
	struct normal_text normal;

	dec->decoded += hidden.len;
	if (hidden.len == 0)
		return;
	if (normal_read(dec->arena, hidden, &normal) != 0)
		decoder_memory_out(dec, part);
	else if (slice_trim(normal.text).len > 0)
		keep_whole(dec, &normal, SEGMENT_HIDDEN, part);
}

void reading_add(struct decoder *dec, struct slice bytes, const struct mime_entity *e, size_t part, unsigned how)
{
	struct mail_part *p = &dec->message->parts[part];
	const struct mime_entity plain = {.charset = SLICE_LIT("utf-8")};
	struct slice label = e->charset, hidden = SLICE_NONE;
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
	if ((how & READ_HTML) && !html_read(dec, out.text, part, (how & READ_FILE) != 0, &out.text, &hidden))
		return;
	if (e->flowed && (how & READ_FIRST) && !(how & READ_HTML) &&
	    flowed_to_text(dec->arena, out.text, e->delsp, &out.text) != 0) {
		decoder_memory_out(dec, part);
		return;
	}
	reading_keep(dec, out.text, part, how);
	hidden_keep(dec, hidden, part);
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
