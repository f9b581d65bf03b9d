/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How rules over wording judge a message: what was read (reading.c) is weighed sentence by sentence, each one's
 * phrases, rules and the points of the model of words (model.c), which adds some for sentences that read like a
 * violation though no list names them.
 */
#include "reading.h"

#include <stdlib.h>
#include <string.h>

/* What was counted so far. */
struct tally {
	const struct reading *reading;
	unsigned char *counted; /* of each phrase and, behind them, rule: adds no more */
	int points;             /* what the model has added to the message */
};

static int scores_open(const struct postern_host *host, const struct postern_conf *conf, const char *const *options,
    size_t count, struct scores *out)
{
	out->lists = count;
	out->kinds = kinds_open(host, conf);
	out->threshold = (int)host->conf_int(conf, "threshold");
	if (phrases_open_all(host, conf, options, count, &out->phrases) != 0)
		return -1;
	return model_open(host, conf, "model", &out->model);
}

void *scores_new(const struct postern_host *host, const struct postern_conf *conf, const char *const *options,
    size_t count, size_t size)
{
	struct scores *scores = calloc(1, size);

	if (scores == NULL) {
		host->conf_error(conf, NULL, 0, "out of memory");
		return NULL;
	}
	if (scores_open(host, conf, options, count, scores) == 0)
		return scores;
	scores_free(host, scores);
	return NULL;
}

void scores_free(const struct postern_host *host, void *instance)
{
	struct scores *scores = instance;

	if (scores == NULL)
		return;
	phrases_close(host, &scores->phrases);
	model_close(host, &scores->model);
	free(scores);
}

int score_percent(int sum)
{
	return sum <= 0 ? 0 : sum >= 10 ? 100 : sum * 10;
}

enum postern_status score_report(const struct postern_host *host, struct postern_ctx *ctx, const char *rule,
    const struct score *score, int percent)
{
	struct postern_finding finding = {rule, POSTERN_IN_TEXT, score->text, score->evidence, NULL, percent};

	finding.advice = score->note[0] != '\0' ? score->note : NULL;
	return host->finding(ctx, &finding);
}

void score_join(struct score *score, const struct score *other)
{
	int sum = score->sum + other->sum;

	if (other->best > score->best)
		*score = *other;
	score->sum = sum;
}

/* ---- weights ---- */

/* The first hit of any of these classes in a sentence; NULL: none. */
static const struct hit *find_class(const struct reading *reading, size_t row, uint64_t classes)
{
	const struct sentence *s = &reading->sentences[row];

	for (size_t i = s->first; i < s[1].first; i++)
		if ((reading->scores->phrases.items[reading->hits[i].phrase].classes & classes) != 0)
			return &reading->hits[i];
	return NULL;
}

/* From the first to the last word of a rule; what stands in another sentence is left out. */
static struct hit place_rule(const struct reading *reading, size_t row, const struct phrase_rule *rule)
{
	struct hit span = {row, 0, 0, 0};

	for (size_t part = 0; part < rule->count; part++) {
		const struct hit *hit = find_class(reading, row, rule->parts[part]);

		if (hit == NULL && rule->reach[part] == PHRASE_NEAR && reading_has_neighbour(reading, row))
			hit = find_class(reading, row - 1, rule->parts[part]);
		if (hit == NULL)
			continue;
		if (span.end == 0 || hit->start < span.start)
			span.start = hit->start;
		if (hit->end > span.end)
			span.end = hit->end;
	}
	return span;
}

/* What one sentence adds to each list. */
struct gain {
	int sum;
	int best;
	const char *note;
	struct hit place;
};

static void add_weight(struct gain *gain, int weight, const char *note, struct hit place)
{
	gain->sum += weight;
	if (weight <= gain->best)
		return;
	gain->best = weight;
	gain->note = note;
	gain->place = place;
}

static void weigh_phrases(const struct tally *tally, size_t row, struct gain *gains)
{
	const struct reading *reading = tally->reading;
	const struct phrases *list = &reading->scores->phrases;
	const struct sentence *s = &reading->sentences[row];

	for (size_t i = s->first; i < s[1].first; i++) {
		const struct hit *hit = &reading->hits[i];
		const struct phrase *phrase = &list->items[hit->phrase];

		if (phrase->weight < 0 || !tally->counted[hit->phrase])
			add_weight(&gains[phrase->list], phrase->weight, phrase->note, *hit);
	}
}

/* The model adds what its surest sentence is worth, not the sum of many likely ones. */
static void weigh_points(const struct tally *tally, size_t row, struct gain *gain)
{
	const struct reading *reading = tally->reading;
	const struct sentence *s = &reading->sentences[row];
	int points = s->points - tally->points;
	size_t start = reading_has_neighbour(reading, row) ? s[-1].end : 0;

	if (points > 0)
		add_weight(gain, points, "", (struct hit){row, 0, start, s->end});
}

static void weigh_rules(const struct tally *tally, size_t row, struct gain *gains)
{
	const struct reading *reading = tally->reading;
	const struct phrases *list = &reading->scores->phrases;
	uint64_t classes[PHRASE_REACHES];

	reading_classes(reading, row, classes);
	for (size_t i = 0; i < list->rule_count; i++) {
		const struct phrase_rule *rule = &list->rules[i];

		/* Nearly all rules. */
		if ((list->heads[i] & classes[PHRASE_ANYWHERE]) == 0 || (rule->weight > 0 && tally->counted[list->count + i]))
			continue;
		if (rule_holds_in(rule, classes))
			add_weight(&gains[rule->list], rule->weight, rule->note, place_rule(reading, row, rule));
	}
}

/* What was counted in lists that gained shall not be counted again. */
static void mark_counted(struct tally *tally, size_t row, const struct gain *gains)
{
	const struct reading *reading = tally->reading;
	const struct phrases *list = &reading->scores->phrases;
	const struct sentence *s = &reading->sentences[row];
	uint64_t classes[PHRASE_REACHES];

	for (size_t i = s->first; i < s[1].first; i++)
		if (gains[list->items[reading->hits[i].phrase].list].sum > 0)
			tally->counted[reading->hits[i].phrase] = 1;
	reading_classes(reading, row, classes);
	for (size_t i = 0; i < list->rule_count; i++)
		if ((list->heads[i] & classes[PHRASE_ANYWHERE]) != 0 && gains[list->rules[i].list].sum > 0 &&
		    rule_holds_in(&list->rules[i], classes))
			tally->counted[list->count + i] = 1;
}

static bool weigh_sentence(struct tally *tally, size_t row, struct gain *gains)
{
	const struct reading *reading = tally->reading;
	bool any = false;

	if (reading->sentences[row].first == reading->sentences[row + 1].first && reading->sentences[row].points == 0)
		return false;
	memset(gains, 0, SCORES_MAX * sizeof(*gains));
	weigh_points(tally, row, &gains[reading->scores->model_list]);
	weigh_phrases(tally, row, gains);
	weigh_rules(tally, row, gains);
	for (size_t i = 0; i < reading->scores->lists; i++)
		any = any || gains[i].sum > 0;
	if (any)
		mark_counted(tally, row, gains);
	if (gains[reading->scores->model_list].sum > 0 && reading->sentences[row].points > tally->points)
		tally->points = reading->sentences[row].points;
	return any;
}

static enum postern_status add_gain(const struct postern_host *host, struct postern_ctx *ctx,
    const struct reading *reading, size_t row, const struct gain *gain, struct score *score)
{
	struct postern_text text;

	if (gain->sum <= 0)
		return POSTERN_OK;
	score->sum += gain->sum;
	if (gain->best <= score->best)
		return POSTERN_OK;
	score->best = gain->best;
	score->note = gain->note;
	score->text = reading->sentences[row].text;
	if (host->text(ctx, score->text, &text) != POSTERN_OK)
		return POSTERN_BUG;
	score->evidence = excerpt(text.text, gain->place.start, gain->place.end);
	return POSTERN_OK;
}

static enum postern_status weigh_message(const struct postern_host *host, struct postern_ctx *ctx,
    const struct reading *reading, struct score *out)
{
	const struct phrases *list = &reading->scores->phrases;
	struct tally tally = {.reading = reading, .counted = calloc(list->count + list->rule_count + 1, 1)};
	struct gain gains[SCORES_MAX];
	enum postern_status status = tally.counted != NULL ? POSTERN_OK : POSTERN_TEMPFAIL;

	for (size_t row = 0; row < reading->count && status == POSTERN_OK; row++) {
		if (!weigh_sentence(&tally, row, gains))
			continue;
		for (size_t i = 0; i < reading->scores->lists && status == POSTERN_OK; i++)
			status = add_gain(host, ctx, reading, row, &gains[i], &out[i]);
	}
	free(tally.counted);
	return status;
}

enum postern_status scores_check(const struct postern_host *host, struct postern_ctx *ctx, const struct scores *scores,
    struct score *out)
{
	struct reading reading;
	enum postern_status status = reading_make(host, ctx, scores, &reading);

	for (size_t i = 0; i < scores->lists; i++)
		out[i] = (struct score){.note = ""};
	if (status == POSTERN_OK && (reading.hit_count > 0 || reading.pointed))
		status = weigh_message(host, ctx, &reading, out);
	reading_free(&reading);
	return status;
}
