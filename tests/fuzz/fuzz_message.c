/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as a message: no crash, and what message.h promises holds. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/text.h"
#include "mail/address.h"
#include "mail/message.h"
#include "mail/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct mail_limits limits[] = {
	{.message_bytes = 8 << 20, .header_count = 1000, .header_bytes = 1 << 20, .parts = 500, .depth = 100,
	    .html_bytes = 1 << 20, .decoded_bytes = 16 << 20, .expansion = 50, .urls = 1000, .time_ms = 20000},
	{.message_bytes = 4000, .header_count = 4, .header_bytes = 300, .parts = 4, .depth = 3,
	    .html_bytes = 100, .decoded_bytes = 500, .expansion = 2, .urls = 3},
	{0},
};

#define MUST(what) do { if (!(what)) { fprintf(stderr, "broken promise: %s\n", #what); abort(); } } while (0)

static struct id_set *ids;

static void prepare(void)
{
	static const struct id_pattern patterns[] = {
		{"order", "\\d{3}-\\d{7}-\\d{7}", NULL}, {"po", "\\d{13}", "po|order"}, {"short", "\\d+", NULL},
	};
	struct diag d = {0};

	message_init();
	MUST(url_init() == 0);
	ids = id_set_new();
	MUST(ids != NULL);
	for (size_t i = 0; i < sizeof(patterns) / sizeof(*patterns); i++)
		MUST(id_set_add(ids, &patterns[i], &d) == 0);
	MUST(id_set_finish(ids, &d) == 0);
}

static void check_message(const struct message *m, const struct mail_limits *l)
{
	for (size_t i = 0; i < m->header_count; i++)
		MUST(utf8_valid(m->headers[i].value));
	for (size_t i = 0; i < m->part_count; i++) {
		MUST(utf8_valid(m->parts[i].text));
		MUST(utf8_valid(m->parts[i].name));
		MUST(m->parts[i].content.len <= m->parts[i].size);
		MUST(l->depth == 0 || m->parts[i].depth <= l->depth);
	}
	for (size_t i = 0; i < m->segment_count; i++) {
		MUST(utf8_valid(m->segments[i].text));
		MUST(m->segments[i].part == PART_NONE || m->segments[i].part < m->part_count);
	}
	for (size_t i = 0; i < m->id_count; i++)
		MUST(m->ids[i].value.len > 0);
	MUST(l->parts == 0 || m->limit_count > 0 || m->part_count <= l->parts);
	MUST(l->urls == 0 || m->url_count <= l->urls);
	MUST(l->header_count == 0 || m->header_count <= l->header_count);
}

static void check_addresses(struct slice raw)
{
	struct arena *arena = arena_new((size_t)64 << 20);
	struct address_mailbox *list = NULL;
	struct slice out;
	size_t count = 0;

	MUST(arena != NULL);
	address_envelope(raw, &out);
	if (address_list(arena, raw, &list, &count) == 0)
		for (size_t i = 0; i < count; i++)
			MUST(utf8_valid(list[i].name) && list[i].address.len > 0);
	arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice raw = {(const char *)data, size};

	if (ids == NULL)
		prepare();
	for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i++) {
		struct arena *arena = arena_new(i == 1 ? 200000 : (size_t)256 << 20);
		struct diag d = {0};
		struct message m;

		MUST(arena != NULL);
		if (message_parse(arena, raw, &limits[i], MESSAGE_ALL, ids, &m, &d) == 0)
			check_message(&m, &limits[i]);
		else
			MUST(d.len > 0);
		arena_free(&arena);
	}
	check_addresses(raw);
	return 0;
}
