/* SPDX-License-Identifier: BSD-2-Clause */
/* A message as the lines that a child asked for. */
#include "exec.h"

#include <stdio.h>
#include <string.h>

struct telling {
	const struct postern_host *host;
	struct postern_ctx *ctx;
	struct bytes *out;
	uint64_t number;
};

static const char *const segments[] = {"subject", "new", "quote", "signature", "disclaimer", "name", "hidden", "file"};

static const char *segment_name(enum postern_segment_kind kind)
{
	return (size_t)kind < sizeof(segments) / sizeof(segments[0]) ? segments[kind] : "other";
}

static void line_begin(struct telling *t, const char *what)
{
	char text[64];

	snprintf(text, sizeof(text), "report|%llu", (unsigned long long)t->number);
	bytes_add(t->out, text, strlen(text));
	bytes_field_str(t->out, what);
}

static void line_end(struct telling *t)
{
	bytes_add(t->out, "\n", 1);
}

static void tell_whole(struct telling *t, const struct postern_message *m)
{
	line_begin(t, "message");
	bytes_field_str(t->out, m->direction == POSTERN_INBOUND ? "inbound" : m->direction == POSTERN_OUTBOUND ?
	    "outbound" : "outside");
	bytes_field_int(t->out, m->received);
	bytes_field_int(t->out, (int64_t)m->size);
	bytes_field(t->out, m->marketplace);
	bytes_field(t->out, m->kind);
	line_end(t);
}

static void tell_one(struct telling *t, const char *what, struct postern_slice value)
{
	line_begin(t, what);
	bytes_field(t->out, value);
	line_end(t);
}

static enum postern_status tell_envelope(struct telling *t, const struct postern_message *m)
{
	enum postern_status status = POSTERN_OK;
	struct postern_slice address;

	tell_one(t, "sender", m->sender);
	if (m->account.ptr != NULL)
		tell_one(t, "account", m->account);
	for (size_t i = 0; i < m->recipients && status == POSTERN_OK; i++) {
		status = t->host->recipient(t->ctx, i, &address);
		if (status == POSTERN_OK)
			tell_one(t, "recipient", address);
	}
	return status;
}

static enum postern_status tell_headers(struct telling *t)
{
	enum postern_status status = POSTERN_OK;
	struct postern_header header;

	for (size_t i = 0; i < t->host->header_count(t->ctx) && status == POSTERN_OK; i++) {
		status = t->host->header(t->ctx, i, &header);
		if (status != POSTERN_OK)
			break;
		line_begin(t, "header");
		bytes_field_int(t->out, (int64_t)i);
		bytes_field(t->out, header.name);
		bytes_field(t->out, header.value);
		line_end(t);
	}
	return status;
}

static enum postern_status tell_texts(struct telling *t)
{
	enum postern_status status = POSTERN_OK;
	struct postern_text text;

	for (size_t i = 0; i < t->host->text_count(t->ctx) && status == POSTERN_OK; i++) {
		status = t->host->text(t->ctx, i, &text);
		if (status != POSTERN_OK)
			break;
		line_begin(t, "text");
		bytes_field_int(t->out, (int64_t)i);
		bytes_field_str(t->out, segment_name(text.kind));
		bytes_field(t->out, text.media_type);
		bytes_field(t->out, text.text);
		line_end(t);
	}
	return status;
}

static enum postern_status tell_urls(struct telling *t)
{
	enum postern_status status = POSTERN_OK;
	struct postern_url url;

	for (size_t i = 0; i < t->host->url_count(t->ctx) && status == POSTERN_OK; i++) {
		status = t->host->url(t->ctx, i, &url);
		if (status != POSTERN_OK)
			break;
		line_begin(t, "url");
		bytes_field_int(t->out, (int64_t)i);
		bytes_field_str(t->out, segment_name(url.segment));
		bytes_field(t->out, url.host);
		bytes_field(t->out, url.domain);
		bytes_field(t->out, url.raw);
		line_end(t);
	}
	return status;
}

static enum postern_status tell_addresses(struct telling *t)
{
	enum postern_status status = POSTERN_OK;
	struct postern_address address;

	for (size_t i = 0; i < t->host->address_count(t->ctx) && status == POSTERN_OK; i++) {
		status = t->host->address(t->ctx, i, &address);
		if (status != POSTERN_OK)
			break;
		line_begin(t, "address");
		bytes_field_str(t->out, segment_name(address.segment));
		bytes_field(t->out, address.address);
		line_end(t);
	}
	return status;
}

static enum postern_status tell_ids(struct telling *t)
{
	enum postern_status status = POSTERN_OK;
	struct postern_id id;

	for (size_t i = 0; i < t->host->id_count(t->ctx) && status == POSTERN_OK; i++) {
		status = t->host->id(t->ctx, i, &id);
		if (status != POSTERN_OK)
			break;
		line_begin(t, "id");
		bytes_field_str(t->out, segment_name(id.segment));
		bytes_field(t->out, id.kind);
		bytes_field(t->out, id.value);
		line_end(t);
	}
	return status;
}

static enum postern_status tell_attachments(struct telling *t)
{
	enum postern_status status = POSTERN_OK;
	struct postern_attachment file;

	for (size_t i = 0; i < t->host->attachment_count(t->ctx) && status == POSTERN_OK; i++) {
		status = t->host->attachment(t->ctx, i, &file);
		if (status != POSTERN_OK)
			break;
		line_begin(t, "attachment");
		bytes_field_int(t->out, (int64_t)i);
		bytes_field(t->out, file.media_type);
		bytes_field_int(t->out, (int64_t)file.size);
		bytes_field(t->out, file.name);
		line_end(t);
	}
	return status;
}

static void tell_profile(struct telling *t, const struct child *child)
{
	for (size_t i = 0; i < child->profile_count; i++) {
		struct postern_slice value = t->host->profile(t->ctx, child->profile[i]);

		line_begin(t, "profile");
		bytes_field_str(t->out, child->profile[i]);
		bytes_field_str(t->out, value.ptr != NULL ? "set" : "unset");
		bytes_field(t->out, value);
		line_end(t);
	}
}

enum postern_status tell_message(const struct postern_host *host, struct postern_ctx *ctx, const struct child *child,
    uint64_t number, struct bytes *out)
{
	static const struct { unsigned bit; enum postern_status (*tell)(struct telling *); } parts[] = {
		{EXEC_HEADER, tell_headers}, {EXEC_TEXT, tell_texts}, {EXEC_URL, tell_urls}, {EXEC_ADDRESS, tell_addresses},
		{EXEC_ID, tell_ids}, {EXEC_ATTACHMENT, tell_attachments},
	};
	struct telling t = {host, ctx, out, number};
	enum postern_status status = POSTERN_OK;
	struct postern_message m;
	char end[64];

	host->message(ctx, &m);
	if (child->reports & EXEC_MESSAGE)
		tell_whole(&t, &m);
	if (child->reports & EXEC_ENVELOPE)
		status = tell_envelope(&t, &m);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && status == POSTERN_OK; i++)
		if (child->reports & parts[i].bit)
			status = parts[i].tell(&t);
	tell_profile(&t, child);
	snprintf(end, sizeof(end), "judge|%llu\n", (unsigned long long)number);
	bytes_add(out, end, strlen(end));
	return status;
}
