/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Automatic replies by what their sender does: an answer within a minute, the
 * same text to one customer after the other. Texts that a seller registers as
 * his templates are his own; marketplaces allow them.
 */
#include "habits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A part of a template says nothing below this. */
#define PART_MIN 4

static bool is_word_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

size_t habits_normalise(struct postern_slice text, char *out)
{
	size_t len = 0;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (is_word_byte(c))
			out[len++] = c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
	}
	return len;
}

int habits_open(const struct postern_host *host, const struct postern_conf *conf, struct habits *habits)
{
	habits->min_gap = host->conf_int(conf, "min_gap_s");
	habits->max_threads = host->conf_int(conf, "same_threads");
	habits->window = host->conf_int(conf, "same_hours") * 3600;
	return words_open(host, conf, "templates", &habits->templates);
}

void habits_close(struct habits *habits)
{
	words_close(&habits->templates);
}

/* The next part of a template before "{", without what is not compared. false: it does not stand in rest. */
static bool take_part(struct postern_slice part, struct postern_slice *rest, size_t *letters)
{
	char normal[1024];
	size_t len = habits_normalise(view_sub(part, 0, sizeof(normal)), normal);
	const char *at;

	if (len == 0)
		return true;
	at = memmem(rest->ptr, rest->len, normal, len);
	if (at == NULL)
		return false;
	*letters += len;
	*rest = view_sub(*rest, (size_t)(at - rest->ptr) + len, rest->len);
	return true;
}

static bool fits(struct postern_slice template, struct postern_slice normal)
{
	struct postern_slice rest = normal;
	size_t letters = 0;

	while (template.len > 0) {
		const char *open = memchr(template.ptr, '{', template.len);
		size_t end = open != NULL ? (size_t)(open - template.ptr) : template.len;
		const char *close;

		if (!take_part(view_sub(template, 0, end), &rest, &letters))
			return false;
		close = memchr(template.ptr + end, '}', template.len - end);
		template = view_sub(template, close != NULL ? (size_t)(close - template.ptr) + 1 : template.len,
		    template.len);
	}
	/* The registered words are at least half of the text: a template of one word registers nothing. */
	return letters >= PART_MIN && letters * 2 >= normal.len;
}

bool habits_registered(const struct habits *habits, struct postern_slice normal)
{
	for (size_t i = 0; i < habits->templates.count; i++)
		if (fits(view_str(habits->templates.items[i]), normal))
			return true;
	return false;
}

bool habits_hurried(const struct habits *habits, const struct postern_host *host, struct postern_ctx *ctx)
{
	struct postern_message message;
	struct postern_inbound inbound = {0};

	if (habits->min_gap == 0 || host->inbound(ctx, &inbound) != POSTERN_OK || !inbound.known)
		return false;
	host->message(ctx, &message);
	return message.received >= inbound.received && message.received - inbound.received < habits->min_gap;
}

/* FNV-1a, 64 bits: keys of counters, nothing secret. */
static uint64_t hash(struct postern_slice s)
{
	uint64_t h = UINT64_C(0xCBF29CE484222325);

	for (size_t i = 0; i < s.len; i++)
		h = (h ^ (unsigned char)s.ptr[i]) * UINT64_C(0x100000001B3);
	return h;
}

enum postern_status habits_repeated(const struct habits *habits, const struct postern_host *host,
    struct postern_ctx *ctx, struct postern_slice normal, bool *repeated_r)
{
	struct postern_slice customer;
	enum postern_status status;
	uint64_t body = hash(normal);
	int64_t value;
	char key[64];

	*repeated_r = false;
	status = host->recipient(ctx, 0, &customer);
	if (habits->max_threads == 0 || status != POSTERN_OK)
		return status;
	/* A customer counts once, however often he is sent it. */
	snprintf(key, sizeof(key), "sent:%016llx:%016llx", (unsigned long long)body, (unsigned long long)hash(customer));
	status = host->counter(ctx, view_str(key), 1, habits->window, &value);
	if (status != POSTERN_OK)
		return status;
	snprintf(key, sizeof(key), "body:%016llx", (unsigned long long)body);
	status = host->counter(ctx, view_str(key), value == 1, habits->window, &value);
	*repeated_r = status == POSTERN_OK && value >= habits->max_threads;
	return status;
}
