/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The message as a plugin sees it: views into what was decoded once, and only
 * those that the plugin declared to need, so that a missing declaration is
 * found at the first message and not when another rule is switched off.
 */
#include <string.h>

#include "engine/host.h"

_Static_assert((int)POSTERN_SEGMENT_SUBJECT == (int)SEGMENT_SUBJECT &&
    (int)POSTERN_SEGMENT_NEW == (int)SEGMENT_NEW && (int)POSTERN_SEGMENT_QUOTE == (int)SEGMENT_QUOTE &&
    (int)POSTERN_SEGMENT_SIGNATURE == (int)SEGMENT_SIGNATURE &&
    (int)POSTERN_SEGMENT_DISCLAIMER == (int)SEGMENT_DISCLAIMER && (int)POSTERN_SEGMENT_NAME == (int)SEGMENT_NAME &&
    (int)POSTERN_SEGMENT_HIDDEN == (int)SEGMENT_HIDDEN && (int)POSTERN_SEGMENT_FILE == (int)SEGMENT_FILE,
    "segment kinds differ");
_Static_assert((int)POSTERN_URL_TEXT == (int)URL_TEXT && (int)POSTERN_URL_BARE == (int)URL_BARE &&
    (int)POSTERN_URL_ATTRIBUTE == (int)URL_ATTRIBUTE && (int)POSTERN_URL_HEADER == (int)URL_HEADER,
    "URL sources differ");
_Static_assert(POSTERN_NEED_HEADERS == (unsigned)MESSAGE_HEADERS && POSTERN_NEED_TEXT == (unsigned)MESSAGE_TEXT &&
    POSTERN_NEED_URLS == (unsigned)MESSAGE_URLS && POSTERN_NEED_ATTACHMENTS == (unsigned)MESSAGE_ATTACHMENTS &&
    POSTERN_NEED_ADDRESSES == (unsigned)MESSAGE_ADDRESSES && POSTERN_NEED_IDS == (unsigned)MESSAGE_IDS &&
    POSTERN_NEED_IMAGES == (unsigned)MESSAGE_IMAGES && POSTERN_NEED_CODES == (unsigned)MESSAGE_CODES,
    "needs differ");

static const char need_missing[] = "it asked for what its description does not declare in needs";
static const char bad_index[] = "it asked for an index that does not exist";

bool host_has_need(struct postern_ctx *ctx, unsigned need)
{
	if (ctx->bodiless && need != POSTERN_NEED_HEADERS) {
		host_trouble(ctx, POSTERN_BUG, "it asked, in wants, for what is not there before the body");
		return false;
	}
	if (ctx->plugin->needs & need)
		return true;
	host_trouble(ctx, POSTERN_BUG, need_missing);
	return false;
}

/* 0 without the need: the trouble is noted, and nothing can be indexed. */
static size_t counted(struct postern_ctx *ctx, unsigned need, size_t count)
{
	return host_has_need(ctx, need) ? count : 0;
}

static enum postern_status reachable(struct postern_ctx *ctx, unsigned need, size_t index, size_t count)
{
	if (!host_has_need(ctx, need))
		return POSTERN_BUG;
	if (index >= count)
		return host_trouble(ctx, POSTERN_BUG, bad_index);
	return POSTERN_OK;
}

void *host_alloc(struct postern_ctx *ctx, size_t size)
{
	void *p = arena_alloc(ctx->judging->arena, size);

	if (p == NULL)
		host_trouble(ctx, POSTERN_TEMPFAIL, "the message's memory budget is used up");
	return p;
}

void host_message(struct postern_ctx *ctx, struct postern_message *out)
{
	const struct judging *j = ctx->judging;

	*out = (struct postern_message){
		.direction = j->direction,
		.received = j->received,
		.sender = host_slice(j->sender),
		.account = host_slice(j->account),
		.marketplace = host_slice(slice_str(j->market != NULL ? marketplace_name(j->market) : "")),
		.kind = host_slice(slice_str(j->kind != NULL ? j->kind->name : "")),
		.recipients = j->recipient_count,
		.size = j->message->size,
	};
}

enum postern_status host_recipient(struct postern_ctx *ctx, size_t index, struct postern_slice *out)
{
	if (index >= ctx->judging->recipient_count)
		return host_trouble(ctx, POSTERN_BUG, bad_index);
	*out = host_slice(ctx->judging->recipients[index]);
	return POSTERN_OK;
}

static void fill_header(const struct mail_header *header, struct postern_header *out)
{
	*out = (struct postern_header){host_slice(header->name), host_slice(header->value), host_slice(header->raw)};
}

size_t host_header_count(struct postern_ctx *ctx)
{
	return counted(ctx, POSTERN_NEED_HEADERS, ctx->judging->message->header_count);
}

enum postern_status host_header(struct postern_ctx *ctx, size_t index, struct postern_header *out)
{
	const struct message *m = ctx->judging->message;
	enum postern_status status = reachable(ctx, POSTERN_NEED_HEADERS, index, m->header_count);

	if (status == POSTERN_OK)
		fill_header(&m->headers[index], out);
	return status;
}

int host_header_find(struct postern_ctx *ctx, const char *name, size_t nth, struct postern_header *out)
{
	const struct mail_header *header;

	if (!host_has_need(ctx, POSTERN_NEED_HEADERS) || name == NULL)
		return 0;
	header = message_header(ctx->judging->message, name, nth);
	if (header == NULL)
		return 0;
	fill_header(header, out);
	return 1;
}

size_t host_text_count(struct postern_ctx *ctx)
{
	return counted(ctx, POSTERN_NEED_TEXT, ctx->judging->message->segment_count);
}

enum postern_status host_text(struct postern_ctx *ctx, size_t index, struct postern_text *out)
{
	const struct message *m = ctx->judging->message;
	enum postern_status status = reachable(ctx, POSTERN_NEED_TEXT, index, m->segment_count);
	const struct mail_segment *segment;

	if (status != POSTERN_OK)
		return status;
	segment = &m->segments[index];
	*out = (struct postern_text){
		.kind = (enum postern_segment_kind)segment->kind,
		.text = host_slice(segment->text),
		.media_type = host_slice(segment->part < m->part_count ? m->parts[segment->part].type : SLICE_LIT("text/plain")),
		.part = segment->part,
	};
	return POSTERN_OK;
}

size_t host_url_count(struct postern_ctx *ctx)
{
	return counted(ctx, POSTERN_NEED_URLS, ctx->judging->message->url_count);
}

enum postern_status host_url(struct postern_ctx *ctx, size_t index, struct postern_url *out)
{
	const struct message *m = ctx->judging->message;
	enum postern_status status = reachable(ctx, POSTERN_NEED_URLS, index, m->url_count);
	const struct mail_url *url;

	if (status != POSTERN_OK)
		return status;
	url = &m->urls[index];
	*out = (struct postern_url){
		.raw = host_slice(url->raw),
		.scheme = host_slice(url->scheme),
		.host = host_slice(url->host),
		.domain = host_slice(url->domain),
		.source = (enum postern_url_source)url->source,
		.segment = (enum postern_segment_kind)url->segment,
		.part = url->part,
	};
	return POSTERN_OK;
}

size_t host_address_count(struct postern_ctx *ctx)
{
	return counted(ctx, POSTERN_NEED_ADDRESSES, ctx->judging->message->address_count);
}

enum postern_status host_address(struct postern_ctx *ctx, size_t index, struct postern_address *out)
{
	const struct message *m = ctx->judging->message;
	enum postern_status status = reachable(ctx, POSTERN_NEED_ADDRESSES, index, m->address_count);

	if (status == POSTERN_OK)
		*out = (struct postern_address){host_slice(m->addresses[index].address),
		    (enum postern_segment_kind)m->addresses[index].segment};
	return status;
}

size_t host_id_count(struct postern_ctx *ctx)
{
	return counted(ctx, POSTERN_NEED_IDS, ctx->judging->message->id_count);
}

enum postern_status host_id(struct postern_ctx *ctx, size_t index, struct postern_id *out)
{
	const struct message *m = ctx->judging->message;
	enum postern_status status = reachable(ctx, POSTERN_NEED_IDS, index, m->id_count);

	if (status == POSTERN_OK)
		*out = (struct postern_id){host_slice(m->ids[index].kind), host_slice(m->ids[index].value),
		    (enum postern_segment_kind)m->ids[index].segment};
	return status;
}

size_t host_attachment_count(struct postern_ctx *ctx)
{
	return counted(ctx, POSTERN_NEED_ATTACHMENTS, ctx->judging->attachment_count);
}

enum postern_status host_attachment(struct postern_ctx *ctx, size_t index, struct postern_attachment *out)
{
	const struct judging *j = ctx->judging;
	enum postern_status status = reachable(ctx, POSTERN_NEED_ATTACHMENTS, index, j->attachment_count);
	const struct mail_part *part;

	if (status != POSTERN_OK)
		return status;
	part = &j->message->parts[j->attachments[index]];
	*out = (struct postern_attachment){
		.name = host_slice(part->name),
		.media_type = host_slice(part->type),
		.content = host_slice(part->content),
		.size = part->size,
		.part = j->attachments[index],
	};
	return POSTERN_OK;
}

size_t host_fact_count(struct postern_ctx *ctx)
{
	return counted(ctx, POSTERN_NEED_ATTACHMENTS, ctx->judging->message->fact_count);
}

enum postern_status host_fact(struct postern_ctx *ctx, size_t index, struct postern_fact *out)
{
	const struct message *m = ctx->judging->message;
	enum postern_status status = reachable(ctx, POSTERN_NEED_ATTACHMENTS, index, m->fact_count);

	if (status == POSTERN_OK)
		*out = (struct postern_fact){host_slice(slice_str(m->facts[index].name)), host_slice(m->facts[index].value),
		    m->facts[index].part};
	return status;
}
