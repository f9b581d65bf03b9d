/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rule plugin "marketing": advertising in a reply (MP-PROMO). Phrases have
 * weights; those that speak of service ("refund", "did not apply") weigh
 * against those that sell, sentence by sentence, so that "I have refunded 20%"
 * is none and "20% off your next order" is.
 */
#include "../common/common.h"

#include <stdlib.h>
#include <string.h>

/* Sentences of one segment that are told apart; a longer text gets longer ones. */
#define SENTENCES_MAX 1024
#define LISTS 2

struct marketing {
	struct phrases lists[LISTS];
	int threshold;
	unsigned kinds; /* of text that is judged */
};

static const char *const list_options[LISTS] = {"phrases", "phrases_zh"};

static const struct postern_rule_id rules[] = {
	{"MP-PROMO", "advertising: coupons, discounts, offers, the seller's own shop or channels"},
	{NULL, NULL},
};

static const struct postern_option options[] = {
	{"threshold", POSTERN_OPTION_INT, "5", 1, 100, "Sum of the weights from which a message is advertising."},
	{"phrases", POSTERN_OPTION_FILE, "lists/marketing.en.tsv", 0, 0, "Phrases and weights, English and others."},
	{"phrases_zh", POSTERN_OPTION_FILE, "lists/marketing.zh.tsv", 0, 0, "Phrases and weights, Chinese."},
	KINDS_OPTIONS,
	{NULL, POSTERN_OPTION_STRING, NULL, 0, 0, NULL},
};

static void marketing_close(const struct postern_host *host, void *instance)
{
	struct marketing *marketing = instance;

	if (marketing == NULL)
		return;
	for (size_t i = 0; i < LISTS; i++)
		phrases_close(host, &marketing->lists[i]);
	free(marketing);
}

static enum postern_status marketing_open(const struct postern_host *host, const struct postern_conf *conf,
    void **instance_r)
{
	struct marketing *marketing = calloc(1, sizeof(*marketing));

	if (marketing == NULL) {
		host->conf_error(conf, NULL, 0, "out of memory");
		return POSTERN_TEMPFAIL;
	}
	for (size_t i = 0; i < LISTS; i++) {
		if (phrases_open(host, conf, list_options[i], &marketing->lists[i]) != 0) {
			marketing_close(host, marketing);
			return POSTERN_TEMPFAIL;
		}
	}
	marketing->threshold = (int)host->conf_int(conf, "threshold");
	marketing->kinds = kinds_open(host, conf);
	*instance_r = marketing;
	return POSTERN_OK;
}

/* ---- one segment ---- */

/* Where a phrase stands in a sentence; end 0: it does not. */
struct cell {
	size_t start, end;
};

/* A segment's sentences (rows) against a list's phrases (columns). */
struct grid {
	const struct phrases *list;
	size_t *ends; /* of the sentences */
	size_t count;
	struct cell *cells;
};

static size_t find_sentence(const struct grid *grid, size_t at)
{
	size_t low = 0, high = grid->count - 1;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (at < grid->ends[mid])
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

static int note_match(void *arg, size_t pattern, size_t start, size_t end)
{
	struct grid *grid = arg;
	struct cell *cell = &grid->cells[find_sentence(grid, start) * grid->list->count + pattern];

	if (cell->end == 0) {
		cell->start = start;
		cell->end = end;
	}
	return 0;
}

static void split_sentences(struct grid *grid, struct postern_slice text)
{
	size_t min = text.len / SENTENCES_MAX + 1;

	for (size_t pos = 0; pos < text.len && grid->count < SENTENCES_MAX;) {
		pos = sentence_end(text, pos, min);
		grid->ends[grid->count++] = pos;
	}
}

static void grid_free(struct grid *grid)
{
	free(grid->ends);
	free(grid->cells);
}

static int grid_make(struct grid *grid, const struct phrases *list, struct postern_slice text)
{
	memset(grid, 0, sizeof(*grid));
	grid->list = list;
	grid->ends = calloc(SENTENCES_MAX, sizeof(*grid->ends));
	if (grid->ends == NULL)
		return -1;
	split_sentences(grid, text);
	grid->cells = calloc(grid->count * list->count, sizeof(*grid->cells));
	return grid->cells != NULL ? 0 : -1;
}

/* ---- one message ---- */

struct tally {
	const struct marketing *marketing;
	unsigned char *counted[LISTS]; /* per phrase and rule: adds no more */
	int score;
	/* The weightiest phrase, to show. */
	int best;
	size_t best_text;
	struct postern_slice evidence;
};

/* A sentence, with what was counted before it; the list's rules stand behind its phrases. */
struct sentence {
	const struct grid *grid;
	const struct cell *cells;
	unsigned char *counted;
	uint64_t classes;
};

static int weight_of(const struct phrases *list, size_t i)
{
	return i < list->count ? list->items[i].weight : list->rules[i - list->count].weight;
}

static bool stands_in(const struct sentence *s, size_t i)
{
	const struct phrases *list = s->grid->list;

	return i < list->count ? s->cells[i].end > 0 : rule_holds(&list->rules[i - list->count], s->classes);
}

/* Where to look: a phrase's place, or from the first to the last word of a rule. */
static struct cell place_of(const struct sentence *s, size_t i)
{
	const struct phrases *list = s->grid->list;
	const struct phrase_rule *rule;
	struct cell span = {0, 0};

	if (i < list->count)
		return s->cells[i];
	rule = &list->rules[i - list->count];
	for (size_t part = 0; part < rule->count; part++) {
		for (size_t k = 0; k < list->count; k++) {
			const struct cell *cell = &s->cells[k];

			if (cell->end == 0 || (list->items[k].classes & rule->parts[part]) == 0)
				continue;
			span.start = span.end == 0 || cell->start < span.start ? cell->start : span.start;
			span.end = cell->end > span.end ? cell->end : span.end;
			break;
		}
	}
	return span;
}

static struct sentence take_sentence(const struct grid *grid, size_t row, unsigned char *counted)
{
	struct sentence s = {grid, &grid->cells[row * grid->list->count], counted, 0};

	for (size_t i = 0; i < grid->list->count; i++)
		if (s.cells[i].end > 0)
			s.classes |= grid->list->items[i].classes;
	return s;
}

/* What a sentence adds: what sells in it and was not counted yet, less what serves. */
static int weigh_sentence(const struct sentence *s, size_t count)
{
	int sum = 0;

	for (size_t i = 0; i < count; i++) {
		int weight = weight_of(s->grid->list, i);

		if ((weight < 0 || !s->counted[i]) && stands_in(s, i))
			sum += weight;
	}
	return sum;
}

static void count_sentence(struct tally *tally, size_t list, const struct grid *grid, size_t row,
    struct postern_slice text, size_t text_index)
{
	struct sentence s = take_sentence(grid, row, tally->counted[list]);
	size_t count = grid->list->count + grid->list->rule_count;
	int sum = weigh_sentence(&s, count);

	if (sum <= 0)
		return;
	tally->score += sum;
	for (size_t i = 0; i < count; i++) {
		int weight = weight_of(grid->list, i);
		struct cell place;

		if (weight <= 0 || s.counted[i] || !stands_in(&s, i))
			continue;
		s.counted[i] = 1;
		if (weight <= tally->best)
			continue;
		place = place_of(&s, i);
		tally->best = weight;
		tally->best_text = text_index;
		tally->evidence = excerpt(text, place.start, place.end);
	}
}

static enum postern_status weigh_list(const struct postern_host *host, struct postern_ctx *ctx, struct tally *tally,
    size_t list, struct postern_slice text, size_t text_index)
{
	const struct phrases *phrases = &tally->marketing->lists[list];
	enum postern_status status;
	struct grid grid;

	if (phrases->count == 0 || text.len == 0)
		return POSTERN_OK;
	if (grid_make(&grid, phrases, text) != 0) {
		grid_free(&grid);
		return POSTERN_TEMPFAIL;
	}
	status = phrases_match(host, ctx, phrases, text, note_match, &grid);
	for (size_t row = 0; status == POSTERN_OK && row < grid.count; row++)
		count_sentence(tally, list, &grid, row, text, text_index);
	grid_free(&grid);
	return status;
}

static enum postern_status weigh_message(const struct postern_host *host, struct postern_ctx *ctx, struct tally *tally)
{
	enum postern_status status = POSTERN_OK;
	size_t count = host->text_count(ctx);
	struct postern_text text;

	for (size_t i = 0; i < count && status == POSTERN_OK; i++) {
		if (host->text(ctx, i, &text) != POSTERN_OK)
			return POSTERN_BUG;
		if (!kinds_have(tally->marketing->kinds, text.kind))
			continue;
		for (size_t list = 0; list < LISTS && status == POSTERN_OK; list++)
			status = weigh_list(host, ctx, tally, list, text.text, i);
	}
	return status;
}

static int tally_make(const struct postern_host *host, struct postern_ctx *ctx, struct tally *tally)
{
	for (size_t i = 0; i < LISTS; i++) {
		size_t count = tally->marketing->lists[i].count + tally->marketing->lists[i].rule_count;

		tally->counted[i] = host->alloc(ctx, count + 1);
		if (tally->counted[i] == NULL)
			return -1;
		memset(tally->counted[i], 0, count + 1);
	}
	return 0;
}

static enum postern_status marketing_check(const struct postern_host *host, const void *instance,
    struct postern_ctx *ctx)
{
	struct tally tally = {.marketing = instance};
	struct postern_finding finding = {"MP-PROMO", POSTERN_IN_TEXT, 0, {"", 0}, NULL, 0};
	enum postern_status status;

	if (tally_make(host, ctx, &tally) != 0)
		return POSTERN_TEMPFAIL;
	status = weigh_message(host, ctx, &tally);
	if (status != POSTERN_OK || tally.score < tally.marketing->threshold)
		return status;
	finding.index = tally.best_text;
	finding.evidence = tally.evidence;
	finding.score = tally.score > 10 ? 100 : tally.score * 10;
	return host->finding(ctx, &finding);
}

__attribute__((visibility("default"))) const struct postern_plugin postern_plugin = {
	POSTERN_PLUGIN_PREFIX("marketing"),
	.version = "1.0",
	.summary = "Finds advertising in a reply.",
	.directions = POSTERN_OUTBOUND,
	.needs = POSTERN_NEED_TEXT,
	.rules = rules,
	.options = options,
	.open = marketing_open,
	.check = marketing_check,
	.close = marketing_close,
};
