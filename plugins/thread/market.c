/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names of other marketplaces. A name alone says little: the sentence around
 * it, with the name replaced by a word that the list of phrases knows, tells
 * an agent in the wrong channel from a product or a parcel service.
 */
#include "thread.h"

#include <stdlib.h>
#include <string.h>

#define TOKEN "xmarketx"
/* Bytes of a sentence that are looked at before and behind a name. */
#define AROUND 110
/* Names looked at in one text; a text of nothing but names tells no more. */
#define NAMES_MAX 24
/* A name without a phrase around it; one that the customer used before. */
#define SCORE_BARE 40
#define SCORE_QUOTED 30
/* What the phrase around an ordinary word must have. */
#define SCORE_WORD 90

int markets_open(const struct postern_host *host, const struct postern_conf *conf, struct markets *markets)
{
	if (phrases_open(host, conf, "market_names", &markets->names) != 0)
		return -1;
	return phrases_open(host, conf, "market_phrases", &markets->contexts);
}

void markets_close(const struct postern_host *host, struct markets *markets)
{
	phrases_close(host, &markets->names);
	phrases_close(host, &markets->contexts);
}

/* ---- names in a text ---- */

struct name_match {
	size_t pattern, start, end;
};

struct name_list {
	struct name_match items[NAMES_MAX];
	size_t count;
};

static int note_name(void *arg, size_t pattern, size_t start, size_t end)
{
	struct name_list *list = arg;

	for (size_t i = 0; i < list->count; i++)
		if (start < list->items[i].end && end > list->items[i].start) {
			if (end - start > list->items[i].end - list->items[i].start)
				list->items[i] = (struct name_match){pattern, start, end};
			return 0;
		}
	if (list->count < NAMES_MAX)
		list->items[list->count++] = (struct name_match){pattern, start, end};
	return list->count == NAMES_MAX;
}

/* The value's name without its '!'. */
static struct postern_slice market_of(const struct markets *markets, size_t pattern, bool *word_r)
{
	struct postern_slice value = view_str(markets->names.items[pattern].value);

	*word_r = value.len > 0 && value.ptr[value.len - 1] == '!';
	return *word_r ? view_sub(value, 0, value.len - 1) : value;
}

/* ---- the sentence around a name ---- */

struct weight {
	const struct phrases *list;
	int best;
	bool found, honest;
};

static int note_context(void *arg, size_t pattern, size_t start, size_t end)
{
	struct weight *weight = arg;
	int value = weight->list->items[pattern].weight;

	(void)start;
	(void)end;
	weight->found = true;
	weight->honest = weight->honest || value == 0;
	weight->best = value > weight->best ? value : weight->best;
	return 0;
}

static bool ends_sentence(struct postern_slice text, size_t i)
{
	char c = text.ptr[i];

	if (c == '\n')
		return i + 1 < text.len && (text.ptr[i + 1] == '\n' || text.ptr[i + 1] == '\r');
	return (c == '.' || c == '!' || c == '?' || c == ';') && (i + 1 == text.len || text.ptr[i + 1] == ' ' || text.ptr[i + 1] == '\n');
}

static struct postern_slice sentence_around(struct postern_slice text, size_t start, size_t end, size_t *name_r)
{
	size_t from = start, to = end;

	while (from > 0 && start - from < AROUND && !ends_sentence(text, from - 1))
		from--;
	while (to < text.len && to - end < AROUND && !ends_sentence(text, to))
		to++;
	*name_r = start - from;
	return view_sub(text, from, to);
}

static enum postern_status weigh(const struct postern_host *host, struct postern_ctx *ctx,
    const struct markets *markets, struct postern_slice text, const struct name_match *name, struct weight *weight_r)
{
	char window[2 * AROUND + sizeof(TOKEN) + 8];
	size_t at, len = 0, rest;
	struct postern_slice sentence = sentence_around(text, name->start, name->end, &at);
	struct postern_slice view;

	memcpy(window, sentence.ptr, at);
	len = at;
	memcpy(window + len, TOKEN, sizeof(TOKEN) - 1);
	len += sizeof(TOKEN) - 1;
	rest = sentence.len - at - (name->end - name->start);
	memcpy(window + len, sentence.ptr + at + (name->end - name->start), rest);
	view = (struct postern_slice){window, len + rest};
	*weight_r = (struct weight){.list = &markets->contexts};
	return phrases_match(host, ctx, &markets->contexts, view, note_context, weight_r);
}

/* "Target" may begin a sentence as a verb; "a target" is none. */
static bool is_capital(struct postern_slice text, const struct name_match *name)
{
	return text.ptr[name->start] >= 'A' && text.ptr[name->start] <= 'Z';
}

/* ---- a message ---- */

/* Whether the customer's quoted text names that marketplace. */
static enum postern_status quoted_too(const struct postern_host *host, struct postern_ctx *ctx,
    const struct markets *markets, struct postern_slice market, bool *quoted_r)
{
	size_t count = host->text_count(ctx);

	*quoted_r = false;
	for (size_t i = 0; i < count && !*quoted_r; i++) {
		struct name_list names = {.count = 0};
		struct postern_text text;
		enum postern_status status;

		if (host->text(ctx, i, &text) != POSTERN_OK)
			return POSTERN_BUG;
		if (text.kind != POSTERN_SEGMENT_QUOTE)
			continue;
		status = phrases_match(host, ctx, &markets->names, text.text, note_name, &names);
		if (status != POSTERN_OK)
			return status;
		for (size_t n = 0; n < names.count; n++) {
			bool word;

			if (view_eq(market_of(markets, names.items[n].pattern, &word), market))
				*quoted_r = true;
		}
	}
	return POSTERN_OK;
}

static enum postern_status judge_name(const struct postern_host *host, struct postern_ctx *ctx,
    const struct markets *markets, size_t index, struct postern_slice text, const struct name_match *name)
{
	struct postern_finding finding = {"MP-MARKET", POSTERN_IN_TEXT, index, excerpt(text, name->start, name->end), NULL, 0};
	struct weight weight;
	enum postern_status status = weigh(host, ctx, markets, text, name, &weight);
	bool word, quoted;
	struct postern_slice market = market_of(markets, name->pattern, &word);

	if (status == POSTERN_OK)
		status = quoted_too(host, ctx, markets, market, &quoted);
	if (status != POSTERN_OK)
		return status;
	if (weight.honest || (word && weight.best < SCORE_WORD))
		return POSTERN_OK;
	if (weight.best > 0)
		finding.score = quoted ? weight.best - SCORE_QUOTED : weight.best;
	else
		finding.score = quoted ? SCORE_QUOTED : SCORE_BARE;
	return host->finding(ctx, &finding);
}

enum postern_status markets_check(const struct postern_host *host, struct postern_ctx *ctx,
    const struct markets *markets, struct postern_slice own, unsigned kinds)
{
	enum postern_status status = POSTERN_OK;
	size_t count = host->text_count(ctx);

	for (size_t i = 0; i < count && status == POSTERN_OK; i++) {
		struct name_list names = {.count = 0};
		struct postern_text text;

		if (host->text(ctx, i, &text) != POSTERN_OK)
			return POSTERN_BUG;
		if (!kinds_have(kinds, text.kind))
			continue;
		status = phrases_match(host, ctx, &markets->names, text.text, note_name, &names);
		for (size_t n = 0; n < names.count && status == POSTERN_OK; n++) {
			bool word;

			if (view_eq(market_of(markets, names.items[n].pattern, &word), own) ||
			    (word && !is_capital(text.text, &names.items[n])))
				continue;
			status = judge_name(host, ctx, markets, i, text.text, &names.items[n]);
		}
	}
	return status;
}
