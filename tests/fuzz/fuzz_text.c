/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as text: segments cover it all in order, URLs are views into it. */
#include <stdint.h>
#include <stdlib.h>

#include "core/arena.h"
#include "mail/segment.h"
#include "mail/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_segments(struct arena *arena, struct slice text)
{
	struct mail_segment *segments = NULL;
	size_t count = 0;
	const char *at = text.ptr;

	if (segment_split(arena, text, 0, &segments, &count) != 0)
		return;
	for (size_t i = 0; i < count; i++) {
		if (segments[i].text.ptr != at || segments[i].text.len == 0 ||
		    (i > 0 && segments[i].kind == segments[i - 1].kind))
			abort();
		at += segments[i].text.len;
	}
	if (at != text.ptr + text.len)
		abort();
}

static void check_urls(struct arena *arena, struct slice text)
{
	struct mail_url *urls = NULL;
	struct mail_address *addresses = NULL;
	size_t count = 0, address_count = 0;

	if (url_scan(arena, text, SEGMENT_NEW, 0, 100, &urls, &count, &addresses, &address_count) != 0)
		return;
	if (count > 100 || address_count > 100)
		abort();
	for (size_t i = 0; i < count; i++) {
		struct slice raw = urls[i].raw, domain = urls[i].domain, host = urls[i].host;

		if (raw.len == 0 || raw.ptr < text.ptr || raw.ptr + raw.len > text.ptr + text.len || host.len == 0 ||
		    host.len > 253 || domain.len > host.len || !(domain.len == 0 || slice_eq(domain,
		    slice_sub(host, host.len - domain.len, domain.len))))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new((size_t)64 << 20);
	struct slice text = {(const char *)data, size};
	struct mail_url url = {0};

	if (url_init() != 0)
		abort();
	check_segments(arena, text);
	check_urls(arena, text);
	url_parse(arena, text, &url);
	arena_free(&arena);
	return 0;
}
