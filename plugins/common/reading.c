/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads a message for score.c: its text sentence by sentence, with what the model makes of each, and where phrases
 * stand. Phrases that mean something by themselves are looked for first, all others as far as they matter (seek.c).
 * Only sentences with a hit cost anything more, so a long text costs in proportion to its length.
 */
#include "reading.h"

#include <stdlib.h>
#include <string.h>

/* Sentences of one segment that are told apart; a longer text gets longer ones. */
#define SENTENCES_MAX 65536
/* A shorter text is sooner searched for the whole list than for group after group. */
#define SHORT_TEXT 300

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

/* ---- sentences ---- */

static bool split_segment(struct reading *reading, struct passage *passage, size_t index)
{
	struct postern_slice text = passage->text;
	size_t min = text.len / SENTENCES_MAX + 1;

	passage->first = reading->count;
	for (size_t pos = 0; pos < text.len;) {
		if (!make_room((void **)&reading->sentences, reading->count + 1, &reading->room, sizeof(*reading->sentences)))
			return false;
		pos = sentence_end(text, pos, min);
		reading->sentences[reading->count++] = (struct sentence){.end = pos, .text = index};
	}
	passage->count = reading->count - passage->first;
	passage->ends = reallocarray(NULL, passage->count, sizeof(*passage->ends));
	for (size_t i = 0; passage->ends != NULL && i < passage->count; i++)
		passage->ends[i] = reading->sentences[passage->first + i].end;
	return passage->ends != NULL;
}

/* What the model makes of a passage's sentences. */
static enum postern_status weigh_passage(struct reading *reading, const struct passage *passage)
{
	const struct model *model = &reading->scores->model;
	struct sentence *sentences = reading->sentences + passage->first;
	int *sums = reallocarray(NULL, passage->count, sizeof(*sums));
	enum postern_status status = POSTERN_TEMPFAIL;

	if (sums != NULL)
		status = reading->host->model_weigh(reading->ctx, model->weights, passage->text, passage->ends, passage->count,
		    sums);
	for (size_t i = 0; status == POSTERN_OK && i < passage->count; i++) {
		sentences[i].points = model_points(model, sums[i]);
		reading->pointed |= sentences[i].points > 0;
	}
	free(sums);
	return status;
}

static enum postern_status read_segment(struct reading *reading, size_t index)
{
	struct postern_text text;
	struct passage *passage;

	if (reading->host->text(reading->ctx, index, &text) != POSTERN_OK)
		return POSTERN_BUG;
	if (text.text.len == 0 || !kinds_have(reading->scores->kinds, text.kind))
		return POSTERN_OK;
	if (!make_room((void **)&reading->passages, reading->passage_count, &reading->passage_room, sizeof(*reading->passages)))
		return POSTERN_TEMPFAIL;
	passage = &reading->passages[reading->passage_count++];
	*passage = (struct passage){.text = text.text};
	if (!split_segment(reading, passage, index))
		return POSTERN_TEMPFAIL;
	return reading->scores->model.weights != NULL ? weigh_passage(reading, passage) : POSTERN_OK;
}

bool reading_has_neighbour(const struct reading *reading, size_t row)
{
	return row > 0 && reading->sentences[row - 1].text == reading->sentences[row].text;
}

/* What rules see from a sentence, with those of the classes open that it may have. */
static void classes_with(const struct reading *reading, size_t row, uint64_t open, uint64_t classes[PHRASE_REACHES])
{
	const struct sentence *sentence = &reading->sentences[row];

	classes[PHRASE_HERE] = classes[PHRASE_NEAR] = sentence->classes | (sentence->may & open);
	if (reading_has_neighbour(reading, row))
		classes[PHRASE_NEAR] |= sentence[-1].classes | (sentence[-1].may & open);
	classes[PHRASE_ANYWHERE] = reading->anywhere | (reading->may & open);
}

void reading_classes(const struct reading *reading, size_t row, uint64_t classes[PHRASE_REACHES])
{
	classes_with(reading, row, 0, classes);
}

/* ---- hits ---- */

static size_t find_sentence(const struct reading *reading, size_t at)
{
	size_t low = reading->passage->first, high = low + reading->passage->count - 1;

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
	uint64_t classes = reading->scores->phrases.items[pattern].classes;

	if (reading->last == NULL)
		reading->last = calloc(reading->scores->phrases.count, sizeof(*reading->last));
	if (reading->last == NULL) {
		reading->failed = true;
		return 1;
	}
	if (reading->last[pattern] == sentence + 1)
		return 0;
	reading->last[pattern] = (uint32_t)(sentence + 1);
	if (!make_room((void **)&reading->hits, reading->hit_count, &reading->hit_room, sizeof(*reading->hits))) {
		reading->failed = true;
		return 1;
	}
	reading->hits[reading->hit_count++] = (struct hit){sentence, pattern, start, end};
	reading->sentences[sentence].classes |= classes;
	reading->anywhere |= classes;
	return 0;
}

/* Looks for a group in all texts but short ones; NULL: for all groups in the short ones. */
static enum postern_status search(void *arg, const struct phrase_group *group)
{
	struct reading *reading = arg;
	const struct phrases *list = &reading->scores->phrases;
	enum postern_status status = POSTERN_OK;

	for (size_t i = 0; i < reading->passage_count && status == POSTERN_OK && !reading->failed; i++) {
		struct postern_slice text = reading->passages[i].text;

		if ((text.len < SHORT_TEXT) != (group == NULL))
			continue;
		reading->passage = &reading->passages[i];
		status = group == NULL ? phrases_match(reading->host, reading->ctx, list, text, note_hit, reading) :
		    phrases_match_group(reading->host, reading->ctx, list, group, text, note_hit, reading);
	}
	return reading->failed ? POSTERN_TEMPFAIL : status;
}

static void note_may(void *arg, size_t piece, uint64_t classes)
{
	struct reading *reading = arg;

	reading->sentences[reading->passage->first + piece].may |= classes;
}

/* Notes what may stand in all texts but short ones. */
static enum postern_status look(struct reading *reading)
{
	const struct phrases *list = &reading->scores->phrases;
	enum postern_status status = POSTERN_OK;
	uint64_t wanted;

	for (size_t i = 0; i < reading->passage_count && status == POSTERN_OK; i++)
		if (reading->passages[i].text.len >= SHORT_TEXT)
			status = look_classes(reading->host, reading->ctx, list, reading->passages[i].text, &reading->may);
	wanted = look_wanted(list, reading->may | reading->anywhere);
	for (size_t i = 0; i < reading->passage_count && status == POSTERN_OK && wanted != 0; i++) {
		const struct passage *passage = reading->passage = &reading->passages[i];

		if (passage->text.len >= SHORT_TEXT)
			status = look_pieces(reading->host, reading->ctx, list, wanted, passage->text, passage->ends, passage->count,
			    note_may, reading);
	}
	return status;
}

static bool parts_met(const struct phrase_rule *rule, size_t count, const uint64_t classes[PHRASE_REACHES])
{
	for (size_t i = 0; i < count; i++)
		if ((rule->parts[i] & classes[rule->reach[i]]) == 0)
			return false;
	return true;
}

static bool met(void *arg, const struct phrase_rule *rule, size_t count, uint64_t open)
{
	const struct reading *reading = arg;
	uint64_t classes[PHRASE_REACHES];

	if ((rule->parts[count - 1] & (reading->anywhere | (reading->may & open))) == 0)
		return false;
	for (size_t row = 0; row < reading->count; row++) {
		classes_with(reading, row, open, classes);
		if (parts_met(rule, count, classes))
			return true;
	}
	return false;
}

/* Weights below 0 matter only where there is something to take them from. */
static enum postern_status seek_hits(struct reading *reading, struct seek *seek)
{
	enum postern_status status = search(reading, NULL);
	bool weighty, ruled = false;

	if (status == POSTERN_OK)
		status = seek_label(seek, "+");
	weighty = reading->hit_count > 0 || reading->pointed;
	if (status == POSTERN_OK)
		status = look(reading);
	seek->may = reading->may;
	if (status == POSTERN_OK)
		status = seek_rules(seek, &ruled);
	if (status == POSTERN_OK && (weighty || ruled))
		status = seek_label(seek, "-");
	return status;
}

static int by_place(const void *a, const void *b)
{
	const struct hit *x = a, *y = b;

	if (x->sentence != y->sentence)
		return x->sentence < y->sentence ? -1 : 1;
	return x->phrase < y->phrase ? -1 : x->phrase > y->phrase;
}

static void sort_hits(struct reading *reading)
{
	size_t at = 0;

	if (reading->hit_count > 1)
		qsort(reading->hits, reading->hit_count, sizeof(*reading->hits), by_place);
	for (size_t row = 0; row <= reading->count; row++) {
		reading->sentences[row].first = at;
		while (at < reading->hit_count && reading->hits[at].sentence == row)
			at++;
	}
}

/* ---- one message ---- */

static enum postern_status find_hits(struct reading *reading)
{
	struct seek seek = {.phrases = &reading->scores->phrases, .search = search, .met = met, .arg = reading,
	    .anywhere = &reading->anywhere};
	enum postern_status status = seek_begin(&seek) == 0 ? seek_hits(reading, &seek) : POSTERN_TEMPFAIL;

	seek_end(&seek);
	if (status == POSTERN_OK)
		sort_hits(reading);
	return status;
}

enum postern_status reading_make(const struct postern_host *host, struct postern_ctx *ctx, const struct scores *scores,
    struct reading *out)
{
	enum postern_status status = POSTERN_OK;
	size_t count = host->text_count(ctx);

	*out = (struct reading){.host = host, .ctx = ctx, .scores = scores};
	for (size_t i = 0; i < count && status == POSTERN_OK; i++)
		status = read_segment(out, i);
	return status == POSTERN_OK && out->count > 0 ? find_hits(out) : status;
}

void reading_free(struct reading *reading)
{
	for (size_t i = 0; i < reading->passage_count; i++)
		free(reading->passages[i].ends);
	free(reading->last);
	free(reading->passages);
	free(reading->sentences);
	free(reading->hits);
}
