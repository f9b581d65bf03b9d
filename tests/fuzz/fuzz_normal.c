/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as text to be normalised: the way back is monotone and stays inside
 * what was written, and disguised words lie inside the text in their order.
 */
#include <stdint.h>
#include <stdlib.h>

#include "core/arena.h"
#include "mail/normal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_map(const struct normal_text *text, struct slice original)
{
	const char *last = original.ptr;

	if (text->map == NULL) {
		if (text->text.ptr != original.ptr || text->text.len != original.len)
			abort();
		return;
	}
	for (size_t i = 0; i < text->text.len; i++) {
		struct slice one = normal_map_original(text->map, i, i + 1), rest = normal_map_original(text->map, i, text->text.len);

		if (one.len == 0 || one.ptr < last || one.ptr + one.len > original.ptr + original.len || rest.ptr != one.ptr ||
		    rest.len < one.len || rest.ptr + rest.len > original.ptr + original.len)
			abort();
		last = one.ptr;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new((size_t)64 << 20);
	struct slice original = {(const char *)data, size};
	struct normal_text text;
	size_t last = 0;

	if (normal_read(arena, original, &text) == 0) {
		check_map(&text, original);
		for (size_t i = 0; i < text.disguise_count; i++) {
			const struct mail_disguise *d = &text.disguises[i];

			if (d->start < last || d->end < d->start || d->end > text.text.len || d->count == 0)
				abort();
			last = d->start;
		}
	}
	arena_free(&arena);
	return 0;
}
