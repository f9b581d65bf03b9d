/* SPDX-License-Identifier: BSD-2-Clause */
/* HTML of any shape: it must be converted within its limits, to UTF-8. */
#include <stdint.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/text.h"
#include "mail/html.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new((size_t)64 << 20);
	struct html_text out;
	size_t max = size > 0 ? (size_t)data[0] * 64 + 64 : 64;

	if (html_to_text(arena, (struct slice){(const char *)data, size}, max, 100, 0, &out) == 0) {
		if (out.text.len > max || out.hidden.len > max || out.url_count > 100)
			abort();
		if (!utf8_valid(out.text) || !utf8_valid(out.hidden))
			abort();
	}
	arena_free(&arena);
	return 0;
}
