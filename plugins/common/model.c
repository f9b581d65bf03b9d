/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A linear model over words: each word and each pair of neighbouring words of a
 * sentence has a weight, and the sum, divided by the root of their number, says
 * how much the sentence reads like those that a rule is after. The weights are
 * rule data, made by contrib/train-wording from the texts in rules/training; the
 * two programs take sentences apart in the same way.
 */
#include "common.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WEIGHTS_MAX 100000
#define WORD_MAX 24

struct model_slot {
	uint32_t hash; /* upper half of that of the word or pair; 0: empty */
	int weight;
};

/* Words and pairs of a sentence that are looked up together: one after the other would wait for memory each time. */
#define BATCH 64

/* FNV-1a. Texts are not kept: two of some ten thousand that meet by chance do no harm. */
static uint64_t hash_word(struct postern_slice s)
{
	uint64_t hash = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < s.len; i++)
		hash = (hash ^ (unsigned char)s.ptr[i]) * UINT64_C(1099511628211);
	return hash;
}

/* Of "a b": made of those of both words, so that each word is read once. */
static uint64_t hash_pair(uint64_t a, uint64_t b)
{
	uint64_t hash = (a * UINT64_C(0x9E3779B97F4A7C15) + b) * UINT64_C(0xD6E8FEB86659FD93);

	return hash ^ hash >> 32;
}

/* Of a line's word or pair of words. */
static uint64_t hash_feature(struct postern_slice feature)
{
	const char *space = memchr(feature.ptr, ' ', feature.len);
	size_t len = space != NULL ? (size_t)(space - feature.ptr) : feature.len;

	if (space == NULL)
		return hash_word(feature);
	return hash_pair(hash_word(view_sub(feature, 0, len)), hash_word(view_sub(feature, len + 1, feature.len)));
}

/*
 * Nearly all pairs of words are in no model. A bit for each hash, some sixteen to a weight, tells so without a
 * look at the slots, which are too many to stay near the processor.
 */
static size_t mark_of(const struct model *model, uint64_t hash)
{
	return (size_t)(hash >> 20) & (model->marks_room - 1);
}

static size_t place_of(const struct model *model, uint64_t hash)
{
	return (size_t)(hash >> 7) & (model->room - 1);
}

static uint32_t slot_hash(uint64_t hash)
{
	uint32_t upper = (uint32_t)(hash >> 32);

	return upper != 0 ? upper : 1;
}

static struct model_slot *find_slot(const struct model *model, uint64_t hash)
{
	size_t i = place_of(model, hash);

	while (model->slots[i].hash != 0 && model->slots[i].hash != slot_hash(hash))
		i = (i + 1) & (model->room - 1);
	return &model->slots[i];
}

/* ---- reading ---- */

static int number(struct postern_slice s)
{
	char text[16];

	if (s.len >= sizeof(text))
		return 0;
	memcpy(text, s.ptr, s.len);
	text[s.len] = '\0';
	return (int)strtol(text, NULL, 10);
}

static void add_weight(struct model *model, uint64_t hash, int weight)
{
	size_t mark = mark_of(model, hash);

	*find_slot(model, hash) = (struct model_slot){slot_hash(hash), weight};
	model->marks[mark / 8] |= (unsigned char)(1U << mark % 8);
}

static void read_weight(struct model *model, struct postern_slice line)
{
	struct postern_slice word = {"", 0}, value = {"", 0};

	view_next(&line, '\t', &word);
	view_next(&line, '\t', &value);
	if (view_is(word, "@bias"))
		model->bias = number(value);
	else if (view_is(word, "@likely"))
		model->likely = number(value);
	else if (view_is(word, "@certain"))
		model->certain = number(value);
	else if (view_is(word, "@sure"))
		model->sure = number(value);
	else
		add_weight(model, hash_feature(word), number(value));
}

/* Room for count weights; -1: out of memory. */
static int make_room(struct model *model, size_t count)
{
	model->room = 64;
	while (model->room * 2 < count * 3)
		model->room *= 2;
	model->marks_room = model->room * 16;
	model->slots = calloc(model->room, sizeof(*model->slots));
	model->marks = calloc(model->marks_room / 8, 1);
	return model->slots != NULL && model->marks != NULL ? 0 : -1;
}

int model_open(const struct postern_host *host, const struct postern_conf *conf, const char *option,
    struct model *out)
{
	struct postern_slice file = host->conf_file(conf, option), rest = file, line;
	size_t count = 0;

	memset(out, 0, sizeof(*out));
	while (view_next(&rest, '\n', &line))
		count += line.len > 0;
	if (count == 0)
		return 0;
	if (count > WEIGHTS_MAX) {
		host->conf_error(conf, option, 0, "more than 100000 weights: train with fewer words");
		return -1;
	}
	if (make_room(out, count) != 0) {
		host->conf_error(conf, option, 0, "out of memory");
		model_close(out);
		return -1;
	}
	while (view_next(&file, '\n', &line))
		if (line.len > 0 && !view_starts(line, "# ")) /* "#money" is a word */
			read_weight(out, line);
	if (out->certain > 0 && out->likely > 0 && out->sure > 0)
		return 0;
	host->conf_error(conf, option, 0, "no @likely, @certain and @sure: make the file with contrib/train-wording");
	model_close(out);
	return -1;
}

void model_close(struct model *model)
{
	free(model->slots);
	free(model->marks);
	memset(model, 0, sizeof(*model));
}

/* ---- words of a sentence ---- */

static bool is_letter(unsigned char c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool is_digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

/* "reviews" and "review" are one word; so are "buyer's" and "buyer". */
static size_t stem(char *word, size_t len)
{
	if (len > 2 && word[len - 2] == '\'' && word[len - 1] == 's')
		len -= 2;
	if (len > 4 && memcmp(word + len - 3, "ies", 3) == 0) {
		word[len - 3] = 'y';
		return len - 2;
	}
	if (len > 3 && word[len - 1] == 's' && word[len - 2] != 's')
		len--;
	return len;
}

/* An apostrophe inside a word, plain or typographic: its length; else 0. */
static size_t apostrophe(struct postern_slice s, size_t pos)
{
	size_t len = s.ptr[pos] == '\'' ? 1 : s.len - pos >= 3 && memcmp(s.ptr + pos, "\xE2\x80\x99", 3) == 0 ? 3 : 0;

	return len > 0 && pos > 0 && pos + len < s.len && is_letter((unsigned char)s.ptr[pos - 1]) &&
	    is_letter((unsigned char)s.ptr[pos + len]) ? len : 0;
}

static size_t take_letters(struct postern_slice s, size_t *pos, char word[WORD_MAX])
{
	size_t len = 0, at = *pos, mark;

	do {
		for (; at < s.len && is_letter((unsigned char)s.ptr[at]); at++)
			if (len < WORD_MAX)
				word[len++] = (char)(s.ptr[at] | 0x20);
		mark = at < s.len && (s.ptr[at] == '\'' || s.ptr[at] == '\xE2') ? apostrophe(s, at) : 0;
		if (mark > 0 && len < WORD_MAX)
			word[len++] = '\'';
		at += mark;
	} while (mark > 0);
	*pos = at;
	return stem(word, len);
}

/* A sum of money, a percentage or another number. */
static struct postern_slice take_number(struct postern_slice s, size_t *pos)
{
	size_t start = *pos, before = start > 0 && s.ptr[start - 1] == ' ' ? start - 1 : start;
	unsigned char sign = before > 0 ? (unsigned char)s.ptr[before - 1] : 0;
	bool money = sign == '$' || sign == 0xA3 || sign == 0xAC; /* the last bytes of pound and euro */

	while (*pos < s.len && (is_digit((unsigned char)s.ptr[*pos]) || ((s.ptr[*pos] == '.' || s.ptr[*pos] == ',') &&
	    *pos + 1 < s.len && is_digit((unsigned char)s.ptr[*pos + 1]))))
		(*pos)++;
	if (money)
		return view_str("#money");
	if (*pos < s.len && (s.ptr[*pos] == '%' || (s.ptr[*pos] == ' ' && *pos + 1 < s.len && s.ptr[*pos + 1] == '%')))
		return view_str("#percent");
	return view_str("#number");
}

/* ---- one sentence ---- */

struct sum {
	const struct model *model;
	struct model_seen *seen;
	uint64_t batch[BATCH];
	size_t waiting; /* in batch */
	long total;
	size_t count;
};

/* Adds the weight of a slot once a sentence. */
static void add_slot(struct sum *sum, const struct model_slot *slot)
{
	struct model_seen *seen = sum->seen;
	size_t i = (size_t)(slot - sum->model->slots);
	unsigned char bit = (unsigned char)(1U << i % 8);

	if (slot->hash == 0 || (seen->bits[i / 8] & bit) != 0)
		return;
	seen->bits[i / 8] |= bit;
	seen->list[seen->count++] = (uint32_t)i;
	sum->total += slot->weight;
	sum->count++;
}

static void add_batch(struct sum *sum)
{
	const struct model *model = sum->model;
	size_t left = 0;

	for (size_t i = 0; i < sum->waiting; i++) {
		size_t mark = mark_of(model, sum->batch[i]);

		if ((model->marks[mark / 8] >> mark % 8 & 1) == 0)
			continue;
		__builtin_prefetch(&model->slots[place_of(model, sum->batch[i])]);
		sum->batch[left++] = sum->batch[i];
	}
	for (size_t i = 0; i < left; i++)
		add_slot(sum, find_slot(model, sum->batch[i]));
	sum->waiting = 0;
}

static void add_feature(struct sum *sum, uint64_t hash)
{
	__builtin_prefetch(&sum->model->marks[mark_of(sum->model, hash) / 8]);
	sum->batch[sum->waiting++] = hash;
	if (sum->waiting == BATCH)
		add_batch(sum);
}

int model_seen_make(const struct model *model, struct model_seen *out)
{
	*out = (struct model_seen){.bits = calloc(model->room / 8 + 1, 1), .list = malloc((model->room + 1) * sizeof(*out->list))};
	return out->bits != NULL && out->list != NULL ? 0 : -1;
}

void model_seen_free(struct model_seen *seen)
{
	free(seen->bits);
	free(seen->list);
}

static void forget(struct model_seen *seen)
{
	for (size_t i = 0; i < seen->count; i++)
		seen->bits[seen->list[i] / 8] = 0;
	seen->count = 0;
}

int model_weigh(const struct model *model, struct postern_slice sentence, struct model_seen *seen)
{
	struct sum sum;
	char letters[WORD_MAX];
	uint64_t hash, last = 0;
	bool paired = false;

	sum.model = model;
	sum.seen = seen;
	sum.total = 0;
	sum.count = sum.waiting = 0;
	for (size_t pos = 0; pos < sentence.len;) {
		unsigned char c = (unsigned char)sentence.ptr[pos];
		struct postern_slice word;

		if (is_letter(c)) {
			word.ptr = letters;
			word.len = take_letters(sentence, &pos, letters);
		} else if (is_digit(c)) {
			word = take_number(sentence, &pos);
		} else {
			pos++;
			continue;
		}
		hash = hash_word(word);
		add_feature(&sum, hash);
		if (paired)
			add_feature(&sum, hash_pair(last, hash));
		last = hash;
		paired = word.len > 0;
	}
	add_batch(&sum);
	forget(seen);
	return model->bias + (int)((double)sum.total / sqrt((double)sum.count + 1));
}
