/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The limits of one message's decoding: what may still be used, and the record
 * of what was passed.
 */
#include "mail/decoder.h"

#include <string.h>

#include "core/clock.h"

#define LIMITS_MAX 24 /* more than there are names */
#define EXPANSION_FROM ((size_t)1 << 20)

void decoder_limit(struct decoder *dec, const char *name, uint64_t value, uint64_t max, size_t part)
{
	struct message *message = dec->message;

	for (size_t i = 0; i < message->limit_count; i++)
		if (strcmp(message->limits[i].name, name) == 0)
			return;
	if (message->limit_count < LIMITS_MAX)
		message->limits[message->limit_count++] =
		    (struct mail_limit){.name = name, .value = value, .max = max, .part = part};
}

void decoder_memory_out(struct decoder *dec, size_t part)
{
	decoder_limit(dec, "memory", arena_used(dec->arena), 0, part);
	dec->stopped = true;
}

bool decoder_time_over(struct decoder *dec)
{
	int64_t now;

	if (dec->stopped)
		return true;
	if (dec->limits->time_ms == 0)
		return false;
	now = clock_monotonic_ms();
	if (now < dec->mime.deadline_ms)
		return false;
	decoder_limit(dec, "time_ms", (uint64_t)(now - dec->mime.deadline_ms + dec->limits->time_ms),
	    (uint64_t)dec->limits->time_ms, PART_NONE);
	dec->stopped = true;
	return true;
}

void *decoder_room(struct decoder *dec, void *items, size_t count, size_t *room, size_t more, size_t size)
{
	size_t want = *room != 0 ? *room : 8;
	void *grown;

	if (count + more <= *room)
		return items;
	while (want < count + more)
		want *= 2;
	grown = arena_array(dec->arena, want, size);
	if (grown == NULL) {
		decoder_memory_out(dec, PART_NONE);
		return NULL;
	}
	if (count > 0)
		memcpy(grown, items, count * size);
	*room = want;
	return grown;
}

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

void decoder_budget_note(struct decoder *dec, uint64_t value, size_t part)
{
	const char *name;
	uint64_t max;

	budget_left(dec, &name, &max);
	decoder_limit(dec, name, value, max, part);
}

size_t decoder_budget(const struct decoder *dec)
{
	const char *name;
	uint64_t max;

	return budget_left(dec, &name, &max);
}

int decoder_start(struct decoder *dec, struct arena *arena, struct slice *raw,
    const struct mail_limits *limits, struct message *message, struct diag *d)
{
	*message = (struct message){.arena = arena, .size = raw->len};
	*dec = (struct decoder){.arena = arena, .message = message, .limits = limits};
	dec->mime = (struct mime){.arena = arena, .max_parts = limits->parts, .max_depth = limits->depth};
	if (limits->time_ms != 0)
		dec->mime.deadline_ms = clock_monotonic_ms() + limits->time_ms;
	message->limits = arena_array(arena, LIMITS_MAX, sizeof(*message->limits));
	if (message->limits == NULL)
		return diag_add(d, "no memory to decode a message of %zu bytes: raise the memory limit per message", raw->len);
	if (limits->message_bytes != 0 && raw->len > limits->message_bytes) {
		decoder_limit(dec, "message_bytes", raw->len, limits->message_bytes, PART_NONE);
		*raw = slice_sub(*raw, 0, limits->message_bytes);
	}
	return 0;
}

void decoder_mark(struct decoder *dec, size_t part, unsigned flag)
{
	dec->message->parts[part].flags |= flag;
	decoder_limit(dec, flag == PART_OPAQUE ? "opaque" : "damaged", 0, 0, part);
}
