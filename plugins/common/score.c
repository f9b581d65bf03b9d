/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How rules over wording judge a message: one scan finds every phrase of the
 * lists, the hits are put in order by sentence, and each sentence's weights and
 * rules are added up. Only sentences with a hit cost anything, so a long text
 * costs in proportion to its length. A model of words (model.c) adds points for
 * sentences that read like a violation though no list names them.
 */
#include "common.h"

#include <stdlib.h>
#include <string.h>

/* Sentences of one segment that are told apart; a longer text gets longer ones. */
#define SENTENCES_MAX 65536
/* What the model adds for a sentence that is likely, certain or sure. Only a sure one is a finding without a phrase. */
#define POINTS_LIKELY 2
#define POINTS_CERTAIN 4
#define POINTS_SURE 5

struct hit {
	size_t sentence, phrase;
	size_t start, end; /* in the sentence's segment */
};

struct sentence {
	size_t end;   /* in its segment */
	size_t text;  /* number of the segment */
	size_t first; /* hit; those of the next sentence follow */
	int points;   /* by the model */
	uint64_t classes;
};

/* One message while it is judged. */
struct reading {
	const struct scores *scores;
	struct sentence *sentences; /* one more than count, which ends the last one's hits */
	size_t count, room;
	size_t segment_first; /* first sentence of the segment that is scanned */
	struct hit *hits;
	size_t hit_count, hit_room;
	size_t *last;           /* of each phrase: 1 + the sentence where it was seen last */
	unsigned char *counted; /* of each phrase and, behind them, rule: adds no more */
	uint64_t anywhere;      /* classes of the whole message */
	struct model_seen seen; /* of the model's weights */
	int points;             /* what the model has added to the message */
	bool failed;            /* out of memory */
};

int scores_open(const struct postern_host *host, const struct postern_conf *conf, const char *const *options,
    size_t count, struct scores *out)
{
	memset(out, 0, sizeof(*out));
	out->lists = count;
	out->kinds = kinds_open(host, conf);
	if (phrases_open_all(host, conf, options, count, &out->phrases) != 0)
		return -1;
	return model_open(host, conf, "model", &out->model);
}

void scores_close(const struct postern_host *host, struct scores *scores)
{
	phrases_close(host, &scores->phrases);
	model_close(&scores->model);
}

int score_percent(int sum)
{
	return sum <= 0 ? 0 : sum >= 10 ? 100 : sum * 10;
}

void score_join(struct score *score, const struct score *other)
{
	int sum = score->sum + other->sum;

	if (other->best > score->best)
		*score = *other;
	score->sum = sum;
}

/* ---- hits ---- */

/* Makes room for one more of size bytes; false: out of memory. */
static bool make_room(void **items, size_t count, size_t *room, size_t size)
{
	size_t wanted = *room == 0 ? 64 : *room * 2;
	void *more;

	if (count < *room)
		return true;
	more = realloc(*items, wanted * size);
	if (more == NULL)
		return false;
	*items = more;
	*room = wanted;
	return true;
}

static size_t find_sentence(const struct reading *reading, size_t at)
{
	size_t low = reading->segment_first, high = reading->count - 1;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (at < reading->sentences[mid].end)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

static int note_hit(void *arg, size_t pattern, size_t start, size_t end)
{
	struct reading *reading = arg;
	size_t sentence = find_sentence(reading, start);

	if (reading->last[pattern] == sentence + 1)
		return 0;
	reading->last[pattern] = sentence + 1;
	if (!make_room((void **)&reading->hits, reading->hit_count, &reading->hit_room, sizeof(*reading->hits))) {
		reading->failed = true;
		return 1;
	}
	reading->hits[reading->hit_count++] = (struct hit){sentence, pattern, start, end};
	reading->sentences[sentence].classes |= reading->scores->phrases.items[pattern].classes;
	return 0;
}

static int weigh_model(struct reading *reading, struct postern_slice sentence)
{
	const struct model *model = &reading->scores->model;
	int sum;

	if (model->room == 0)
		return 0;
	sum = model_weigh(model, sentence, &reading->seen);
	if (sum >= model->sure)
		return POINTS_SURE;
	return sum >= model->certain ? POINTS_CERTAIN : sum >= model->likely ? POINTS_LIKELY : 0;
}

static bool split_segment(struct reading *reading, size_t index, struct postern_slice text)
{
	size_t min = text.len / SENTENCES_MAX + 1;

	reading->segment_first = reading->count;
	for (size_t pos = 0; pos < text.len;) {
		if (!make_room((void **)&reading->sentences, reading->count + 1, &reading->room, sizeof(*reading->sentences)))
			return false;
		struct sentence *s = &reading->sentences[reading->count];
		size_t start = pos;

		pos = sentence_end(text, pos, min);
		*s = (struct sentence){.end = pos, .text = index};
		reading->count++;
		s->points = weigh_model(reading, view_sub(text, start, pos));
	}
	return true;
}

static enum postern_status read_segment(const struct postern_host *host, struct postern_ctx *ctx,
    struct reading *reading, size_t index)
{
	enum postern_status status;
	struct postern_text text;

	if (host->text(ctx, index, &text) != POSTERN_OK)
		return POSTERN_BUG;
	if (text.text.len == 0 || !kinds_have(reading->scores->kinds, text.kind))
		return POSTERN_OK;
	if (!split_segment(reading, index, text.text))
		return POSTERN_TEMPFAIL;
	status = phrases_match(host, ctx, &reading->scores->phrases, text.text, note_hit, reading);
	return reading->failed ? POSTERN_TEMPFAIL : status;
}

/* Puts the hits into the order of their sentences. */
static bool sort_hits(struct reading *reading)
{
	struct hit *sorted = malloc((reading->hit_count + 1) * sizeof(*sorted));
	size_t first = 0;

	if (sorted == NULL)
		return false;
	for (size_t i = 0; i < reading->hit_count; i++)
		reading->sentences[reading->hits[i].sentence].first++;
	for (size_t i = 0; i < reading->count; i++) {
		first += reading->sentences[i].first;
		reading->sentences[i].first = first;
		reading->anywhere |= reading->sentences[i].classes;
	}
	reading->sentences[reading->count].first = first;
	for (size_t i = reading->hit_count; i-- > 0;)
		sorted[--reading->sentences[reading->hits[i].sentence].first] = reading->hits[i];
	free(reading->hits);
	reading->hits = sorted;
	return true;
}

/* ---- weights ---- */

/* Whether the sentence before belongs to the same segment. */
static bool has_neighbour(const struct reading *reading, size_t row)
{
	return row > 0 && reading->sentences[row - 1].text == reading->sentences[row].text;
}

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

		if (hit == NULL && rule->reach[part] == PHRASE_NEAR && has_neighbour(reading, row))
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

static void weigh_phrases(const struct reading *reading, size_t row, struct gain *gains)
{
	const struct phrases *list = &reading->scores->phrases;
	const struct sentence *s = &reading->sentences[row];

	for (size_t i = s->first; i < s[1].first; i++) {
		const struct hit *hit = &reading->hits[i];
		const struct phrase *phrase = &list->items[hit->phrase];

		if (phrase->weight < 0 || !reading->counted[hit->phrase])
			add_weight(&gains[phrase->list], phrase->weight, phrase->note, *hit);
	}
}

/* The model adds what its surest sentence is worth, not the sum of many likely ones. */
static void weigh_points(const struct reading *reading, size_t row, struct gain *gain)
{
	const struct sentence *s = &reading->sentences[row];
	int points = s->points - reading->points;
	size_t start = has_neighbour(reading, row) ? s[-1].end : 0;

	if (points > 0)
		add_weight(gain, points, "", (struct hit){row, 0, start, s->end});
}

static void rule_classes(const struct reading *reading, size_t row, uint64_t classes[PHRASE_REACHES])
{
	classes[PHRASE_HERE] = classes[PHRASE_NEAR] = reading->sentences[row].classes;
	if (has_neighbour(reading, row))
		classes[PHRASE_NEAR] |= reading->sentences[row - 1].classes;
	classes[PHRASE_ANYWHERE] = reading->anywhere;
}

static void weigh_rules(const struct reading *reading, size_t row, struct gain *gains)
{
	const struct phrases *list = &reading->scores->phrases;
	uint64_t classes[PHRASE_REACHES];

	rule_classes(reading, row, classes);
	for (size_t i = 0; i < list->rule_count; i++) {
		const struct phrase_rule *rule = &list->rules[i];

		if (rule->weight > 0 && reading->counted[list->count + i])
			continue;
		if (rule_holds_in(rule, classes))
			add_weight(&gains[rule->list], rule->weight, rule->note, place_rule(reading, row, rule));
	}
}

/* What was counted in lists that gained shall not be counted again. */
static void mark_counted(struct reading *reading, size_t row, const struct gain *gains)
{
	const struct phrases *list = &reading->scores->phrases;
	const struct sentence *s = &reading->sentences[row];
	uint64_t classes[PHRASE_REACHES];

	for (size_t i = s->first; i < s[1].first; i++)
		if (gains[list->items[reading->hits[i].phrase].list].sum > 0)
			reading->counted[reading->hits[i].phrase] = 1;
	rule_classes(reading, row, classes);
	for (size_t i = 0; i < list->rule_count; i++)
		if (gains[list->rules[i].list].sum > 0 && rule_holds_in(&list->rules[i], classes))
			reading->counted[list->count + i] = 1;
}

static bool weigh_sentence(struct reading *reading, size_t row, struct gain *gains)
{
	bool any = false;

	if (reading->sentences[row].first == reading->sentences[row + 1].first && reading->sentences[row].points == 0)
		return false;
	memset(gains, 0, SCORES_MAX * sizeof(*gains));
	weigh_points(reading, row, &gains[reading->scores->model_list]);
	weigh_phrases(reading, row, gains);
	weigh_rules(reading, row, gains);
	for (size_t i = 0; i < reading->scores->lists; i++)
		any = any || gains[i].sum > 0;
	if (any)
		mark_counted(reading, row, gains);
	if (gains[reading->scores->model_list].sum > 0 && reading->sentences[row].points > reading->points)
		reading->points = reading->sentences[row].points;
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
    struct reading *reading, struct score *out)
{
	struct gain gains[SCORES_MAX];
	enum postern_status status = POSTERN_OK;

	if (!sort_hits(reading))
		return POSTERN_TEMPFAIL;
	for (size_t row = 0; row < reading->count; row++) {
		if (!weigh_sentence(reading, row, gains))
			continue;
		for (size_t i = 0; i < reading->scores->lists && status == POSTERN_OK; i++)
			status = add_gain(host, ctx, reading, row, &gains[i], &out[i]);
	}
	return status;
}

/* ---- one message ---- */

static bool reading_make(struct reading *reading, const struct scores *scores)
{
	const struct phrases *list = &scores->phrases;

	memset(reading, 0, sizeof(*reading));
	reading->scores = scores;
	reading->last = calloc(list->count + 1, sizeof(*reading->last));
	reading->counted = calloc(list->count + list->rule_count + 1, 1);
	return reading->last != NULL && reading->counted != NULL && model_seen_make(&scores->model, &reading->seen) == 0;
}

static void reading_free(struct reading *reading)
{
	free(reading->last);
	free(reading->counted);
	model_seen_free(&reading->seen);
	free(reading->sentences);
	free(reading->hits);
}

enum postern_status scores_check(const struct postern_host *host, struct postern_ctx *ctx, const struct scores *scores,
    struct score *out)
{
	enum postern_status status = POSTERN_OK;
	size_t count = host->text_count(ctx);
	struct reading reading;

	for (size_t i = 0; i < scores->lists; i++)
		out[i] = (struct score){.note = ""};
	if (!reading_make(&reading, scores))
		status = POSTERN_TEMPFAIL;
	for (size_t i = 0; i < count && status == POSTERN_OK; i++)
		status = read_segment(host, ctx, &reading, i);
	if (status == POSTERN_OK && reading.count > 0)
		status = weigh_message(host, ctx, &reading, out);
	reading_free(&reading);
	return status;
}
