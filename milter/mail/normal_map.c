/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The way back from normalised text to what was written: runs in which as many
 * bytes always show as many others, so that a text in full-width letters is
 * one run and not one for each letter.
 */
#include <stdlib.h>
#include <string.h>

#include "mail/normal_private.h"

struct normal_map {
	struct slice original;
	size_t count;
	struct normal_run runs[];
};

/* Does what is added go on as the last run does? */
static bool run_continues(const struct normal_run *run, size_t out, size_t in, uint32_t out_step, uint32_t in_step)
{
	size_t units;

	if (run->out_step != out_step || run->in_step != in_step)
		return false;
	units = (out - run->out) / out_step;
	return run->out + units * out_step == out && run->in + units * in_step == in;
}

void map_add(struct map_builder *map, size_t out, size_t out_len, size_t in, size_t in_len, bool copied)
{
	uint32_t out_step = copied ? 1 : (uint32_t)out_len, in_step = copied ? 1 : (uint32_t)in_len;

	if (out_len == 0 || map->failed)
		return;
	if (map->count > 0 && run_continues(&map->runs[map->count - 1], out, in, out_step, in_step))
		return;
	if (map->count == map->room) {
		size_t room = map->room != 0 ? map->room * 2 : 32;
		struct normal_run *grown = realloc(map->runs, room * sizeof(*grown));

		if (grown == NULL) {
			map->failed = true;
			return;
		}
		map->runs = grown;
		map->room = room;
	}
	map->runs[map->count++] = (struct normal_run){(uint32_t)out, (uint32_t)in, out_step, in_step};
}

const struct normal_map *map_finish(struct map_builder *map, struct arena *arena, struct slice original)
{
	struct normal_map *out = map->failed ? NULL : arena_alloc(arena, sizeof(*out) + map->count * sizeof(out->runs[0]));

	if (out == NULL)
		return NULL;
	out->original = original;
	out->count = map->count;
	if (map->count > 0)
		memcpy(out->runs, map->runs, map->count * sizeof(out->runs[0]));
	return out;
}

/* The run in which a byte of the text stands. */
static const struct normal_run *run_of(const struct normal_map *map, size_t at)
{
	size_t low = 0, high = map->count;

	while (high - low > 1) {
		size_t mid = low + (high - low) / 2;

		if (map->runs[mid].out <= at)
			low = mid;
		else
			high = mid;
	}
	return &map->runs[low];
}

struct slice normal_map_original(const struct normal_map *map, size_t start, size_t end)
{
	const struct normal_run *run;
	size_t from, to;

	if (map->count == 0)
		return slice_sub(map->original, 0, 0);
	run = run_of(map, start);
	from = run->in + (start - run->out) / run->out_step * run->in_step;
	if (end <= start)
		return slice_sub(map->original, from, 0);
	run = run_of(map, end - 1);
	to = run->in + ((end - 1 - run->out) / run->out_step + 1) * run->in_step;
	return slice_sub(map->original, from, to > from ? to - from : 0);
}

struct slice normal_original(const struct mail_segment *segment, size_t start, size_t end)
{
	struct slice s = segment->text;

	end = end < s.len ? end : s.len;
	start = start < end ? start : end;
	if (segment->map == NULL)
		return slice_sub(s, start, end - start);
	return normal_map_original(segment->map, segment->map_offset + start, segment->map_offset + end);
}
