/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One table for all models: they have most of their words in common, so that a sentence is taken apart and each of
 * its words and pairs looked up once for all of them.
 */
#include "core/wording.h"

#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/wording_word.h"

/* Of one model. */
#define WEIGHTS_MAX 100000
/* Words and pairs that are looked up together: one after the other would wait for memory each time. */
#define BATCH 64
/* In a row: the model does not have the word. */
#define ABSENT ((uint32_t)INT_MIN)

/* A line of a model's file. */
struct weight {
	uint64_t hash;
	uint32_t order; /* of two alike the later one counts */
	int weight;
};

/* A model as it was read. */
struct source {
	struct weight *weights;
	size_t count;
	int bias;
};

struct wording {
	struct source *sources; /* models; without weights after wording_finish */
	size_t count;
	/*
	 * Rows of a hash's upper half (0: empty) and the weight in each model or ABSENT. Texts are not kept: two of some ten
	 * thousand that meet by chance do no harm.
	 */
	uint32_t *rows;
	size_t width; /* of a row, in numbers */
	size_t room;  /* rows */
	/*
	 * Nearly all pairs of words are in no model. A bit for each hash, some eight to a row, tells so without a look at
	 * the rows, which are too many to stay near the processor.
	 */
	uint64_t *marks;
	size_t marks_room; /* bits, a power of two */
};

struct wording *wording_new(void)
{
	return calloc(1, sizeof(struct wording));
}

void wording_free(struct wording **wording)
{
	struct wording *w = *wording;

	*wording = NULL;
	if (w == NULL)
		return;
	for (size_t i = 0; i < w->count; i++)
		free(w->sources[i].weights);
	free(w->sources);
	free(w->rows);
	free(w->marks);
	free(w);
}

size_t wording_count(const struct wording *wording)
{
	return wording->count;
}

/* ---- reading ---- */

static bool next_piece(struct slice *rest, char separator, struct slice *piece_r)
{
	const char *end;

	if (rest->len == 0)
		return false;
	end = memchr(rest->ptr, separator, rest->len);
	*piece_r = slice_sub(*rest, 0, end != NULL ? (size_t)(end - rest->ptr) : rest->len);
	*rest = slice_sub(*rest, piece_r->len + (end != NULL), rest->len);
	*piece_r = slice_trim(*piece_r);
	return true;
}

static int number(struct slice s)
{
	char text[16];

	if (s.len >= sizeof(text))
		return 0;
	memcpy(text, s.ptr, s.len);
	text[s.len] = '\0';
	return (int)strtol(text, NULL, 10);
}

/* Of a line's word or pair of words. */
static uint64_t feature_hash(struct slice feature)
{
	const char *space = memchr(feature.ptr, ' ', feature.len);
	size_t len = space != NULL ? (size_t)(space - feature.ptr) : feature.len;
	uint64_t hash = wording_word_hash(slice_sub(feature, 0, len));

	return space == NULL ? hash : wording_pair_hash(hash, wording_word_hash(slice_sub(feature, len + 1, feature.len)));
}

static void read_line(struct source *source, struct slice line)
{
	struct slice word = SLICE_LIT(""), value = SLICE_LIT("");

	next_piece(&line, '\t', &word);
	next_piece(&line, '\t', &value);
	if (slice_eq_str(word, "@bias"))
		source->bias = number(value);
	else if (word.len > 0 && word.ptr[0] != '@')
		source->weights[source->count++] = (struct weight){feature_hash(word), (uint32_t)source->count, number(value)};
}

static int by_hash(const void *a, const void *b)
{
	const struct weight *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static int read_source(struct source *out, struct slice file, struct diag *d)
{
	struct slice rest = file, line;
	size_t count = 0;

	while (next_piece(&rest, '\n', &line))
		count += line.len > 0;
	if (count > WEIGHTS_MAX)
		return diag_add(d, "more than 100000 weights: train with fewer words");
	*out = (struct source){.weights = calloc(count + 1, sizeof(*out->weights))};
	if (out->weights == NULL)
		return diag_add(d, "out of memory");
	while (next_piece(&file, '\n', &line))
		if (line.len > 0 && !(line.len > 1 && line.ptr[0] == '#' && line.ptr[1] == ' ')) /* "#money" is a word */
			read_line(out, line);
	qsort(out->weights, out->count, sizeof(*out->weights), by_hash);
	return 0;
}

static bool is_same(const struct source *a, const struct source *b)
{
	if (a->count != b->count || a->bias != b->bias)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (a->weights[i].hash != b->weights[i].hash || a->weights[i].weight != b->weights[i].weight)
			return false;
	return true;
}

int wording_add(struct wording *wording, struct slice file, size_t *number_r, struct diag *d)
{
	struct source source = {0}, *grown;

	if (read_source(&source, file, d) != 0)
		return -1;
	for (*number_r = 0; *number_r < wording->count; ++*number_r)
		if (is_same(&wording->sources[*number_r], &source)) {
			free(source.weights);
			return 0;
		}
	grown = reallocarray(wording->sources, wording->count + 1, sizeof(*grown));
	if (grown == NULL) {
		free(source.weights);
		return diag_add(d, "out of memory");
	}
	wording->sources = grown;
	wording->sources[wording->count++] = source;
	return 0;
}

/* ---- the table ---- */

static size_t mark_of(const struct wording *wording, uint64_t hash)
{
	return (size_t)hash & (wording->marks_room - 1);
}

static uint32_t row_hash(uint64_t hash)
{
	uint32_t upper = (uint32_t)(hash >> 32);

	return upper != 0 ? upper : 1;
}

/* Number of the row where a hash is looked for first. */
static size_t row_of(const struct wording *wording, uint64_t hash)
{
	return (size_t)((hash >> 32) * wording->room >> 32);
}

static uint32_t *row_at(const struct wording *wording, size_t number)
{
	return wording->rows + number * wording->width;
}

/* Number of the row of a hash, or of the empty one that ends the search for it. */
static size_t row_find(const struct wording *wording, uint64_t hash)
{
	size_t at = row_of(wording, hash);
	uint32_t wanted = row_hash(hash), found;

	while ((found = *row_at(wording, at)) != 0 && found != wanted)
		at = at + 1 < wording->room ? at + 1 : 0;
	return at;
}

static void put_source(struct wording *wording, size_t number)
{
	const struct source *source = &wording->sources[number];

	for (size_t i = 0; i < source->count; i++) {
		const struct weight *weight = &source->weights[i];
		size_t mark = mark_of(wording, weight->hash);
		uint32_t *row = row_at(wording, row_find(wording, weight->hash));

		for (size_t n = 1; *row == 0 && n < wording->width; n++)
			row[n] = ABSENT;
		row[0] = row_hash(weight->hash);
		row[1 + number] = (uint32_t)weight->weight;
		wording->marks[mark / 64] |= UINT64_C(1) << mark % 64;
	}
}

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Of all models' hashes, each once, at most: how many; -1: memory is out. */
static int count_hashes(const struct wording *wording, size_t *count_r)
{
	size_t all = 0, at = 0;
	uint64_t *hashes;

	for (size_t i = 0; i < wording->count; i++)
		all += wording->sources[i].count;
	hashes = calloc(all + 1, sizeof(*hashes));
	if (hashes == NULL)
		return -1;
	for (size_t i = 0; i < wording->count; i++)
		for (size_t n = 0; n < wording->sources[i].count; n++)
			hashes[at++] = wording->sources[i].weights[n].hash;
	qsort(hashes, all, sizeof(*hashes), by_number);
	*count_r = 0;
	for (size_t i = 0; i < all; i++)
		*count_r += i == 0 || hashes[i] != hashes[i - 1];
	free(hashes);
	return 0;
}

int wording_finish(struct wording *wording, struct diag *d)
{
	size_t count;

	if (count_hashes(wording, &count) != 0)
		return diag_add(d, "out of memory");
	wording->width = 1 + wording->count;
	wording->room = count + count / 3 + 1;
	for (wording->marks_room = 64; wording->marks_room < 6 * count;)
		wording->marks_room *= 2;
	wording->rows = calloc(wording->room, wording->width * sizeof(*wording->rows));
	wording->marks = calloc(wording->marks_room / 64, sizeof(*wording->marks));
	if (wording->rows == NULL || wording->marks == NULL)
		return diag_add(d, "out of memory");
	for (size_t i = 0; i < wording->count; i++) {
		put_source(wording, i);
		free(wording->sources[i].weights);
		wording->sources[i].weights = NULL;
	}
	return 0;
}

/* ---- sentences ---- */

/* What a text is weighed with. */
struct scale {
	const struct wording *wording;
	uint64_t batch[BATCH];
	size_t waiting;     /* in batch */
	uint64_t *seen;     /* bits of rows that the sentence had; 0 between two */
	uint32_t *list;     /* the rows whose bit is set */
	size_t count;
	long *totals;       /* of each model */
	size_t *weights;    /* how many each has */
};

/* Adds a row once a sentence. */
static void add_row(struct scale *scale, size_t i)
{
	const struct wording *wording = scale->wording;
	const uint32_t *row = row_at(wording, i);
	uint64_t bit = UINT64_C(1) << i % 64;

	if (*row == 0 || (scale->seen[i / 64] & bit) != 0)
		return;
	scale->seen[i / 64] |= bit;
	scale->list[scale->count++] = (uint32_t)i;
	for (size_t n = 0; n < wording->count; n++) {
		bool has = row[1 + n] != ABSENT;

		scale->totals[n] += has ? (int)row[1 + n] : 0;
		scale->weights[n] += has;
	}
}

static void add_batch(struct scale *scale)
{
	for (size_t i = 0; i < scale->waiting; i++)
		add_row(scale, row_find(scale->wording, scale->batch[i]));
	scale->waiting = 0;
}

static void add_feature(struct scale *scale, uint64_t hash)
{
	const struct wording *wording = scale->wording;
	size_t mark = mark_of(wording, hash);

	if ((wording->marks[mark / 64] >> mark % 64 & 1) == 0)
		return;
	__builtin_prefetch(row_at(wording, row_of(wording, hash)));
	scale->batch[scale->waiting++] = hash;
	if (scale->waiting == BATCH)
		add_batch(scale);
}

/* Writes the models' sums and empties the scale. */
static void read_sums(struct scale *scale, int *sums)
{
	for (size_t n = 0; n < scale->wording->count; n++) {
		sums[n] = scale->wording->sources[n].bias +
		    (int)((double)scale->totals[n] / sqrt((double)scale->weights[n] + 1));
		scale->totals[n] = 0;
		scale->weights[n] = 0;
	}
	for (size_t i = 0; i < scale->count; i++)
		scale->seen[scale->list[i] / 64] = 0;
	scale->count = 0;
}

static void weigh_piece(struct scale *scale, struct slice piece, int *sums)
{
	uint64_t hash, last = 0;
	bool paired = false;

	for (size_t pos = 0; wording_word_next(piece, &pos, &hash); last = hash, paired = true) {
		add_feature(scale, hash);
		if (paired)
			add_feature(scale, wording_pair_hash(last, hash));
	}
	add_batch(scale);
	read_sums(scale, sums);
}

static void scale_free(struct scale *scale)
{
	free(scale->seen);
	free(scale->list);
	free(scale->totals);
	free(scale->weights);
}

int wording_weigh(const struct wording *wording, struct slice text, const size_t *ends, size_t count, int *sums)
{
	struct scale scale;
	size_t start = 0;

	if (wording->rows == NULL)
		return -1;
	scale.wording = wording;
	scale.waiting = scale.count = 0;
	scale.seen = calloc(wording->room / 64 + 1, sizeof(*scale.seen));
	scale.list = reallocarray(NULL, wording->room, sizeof(*scale.list));
	scale.totals = calloc(wording->count + 1, sizeof(*scale.totals));
	scale.weights = calloc(wording->count + 1, sizeof(*scale.weights));
	if (scale.seen == NULL || scale.list == NULL || scale.totals == NULL || scale.weights == NULL) {
		scale_free(&scale);
		return -1;
	}
	for (size_t i = 0; i < count; i++) {
		weigh_piece(&scale, slice_sub(text, start, ends[i] - start), sums + i * wording->count);
		start = ends[i];
	}
	scale_free(&scale);
	return 0;
}
