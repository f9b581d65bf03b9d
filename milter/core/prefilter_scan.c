/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The scan of a text for the literals of all expressions: from each of its places the trees are descended as
 * far as the text goes along.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/prefilter_tree.h"

/* Idle scans that are kept. More threads at once make theirs anew. */
#define POOL_MAX 16
/* Room for a text that an idle scan keeps. */
#define ROOM_KEPT ((size_t)16 << 10)
/* Hits whose places are kept: a text with more is searched whole. */
#define HITS_MAX ((uint32_t)1 << 16)

static void scan_free(struct prefilter_scan *scan)
{
	free(scan->text);
	free(scan->places);
	free(scan->blanks);
	free(scan->ranks);
	free(scan->hits);
	free(scan->last);
	free(scan->found);
	free(scan->links);
	free(scan->met);
	free(scan);
}

void prefilter_scans_free(struct prefilter *prefilter)
{
	while (prefilter->pool != NULL) {
		struct prefilter_scan *next = prefilter->pool->next;

		scan_free(prefilter->pool);
		prefilter->pool = next;
	}
	prefilter->pooled = 0;
}

static struct prefilter_scan *scan_new(const struct prefilter *prefilter)
{
	struct prefilter_scan *scan = calloc(1, sizeof(*scan) + prefilter->count + 1);

	if (scan == NULL)
		return NULL;
	scan->prefilter = prefilter;
	scan->last = calloc(prefilter->literal_count, sizeof(*scan->last));
	scan->found = calloc(prefilter->literal_count, sizeof(*scan->found));
	/* Of these pages few are ever touched. */
	scan->links = calloc(prefilter->first_user[prefilter->literal_count], sizeof(*scan->links));
	scan->met = calloc(prefilter->need_count + (size_t)1, sizeof(*scan->met));
	if (scan->last == NULL || scan->found == NULL || scan->links == NULL || scan->met == NULL) {
		scan_free(scan);
		return NULL;
	}
	return scan;
}

static struct prefilter_scan *borrow(struct prefilter *prefilter)
{
	struct prefilter_scan *scan;

	pthread_mutex_lock(&prefilter->lock);
	scan = prefilter->pool;
	if (scan != NULL) {
		prefilter->pool = scan->next;
		prefilter->pooled--;
	}
	pthread_mutex_unlock(&prefilter->lock);
	return scan != NULL ? scan : scan_new(prefilter);
}

static bool room_for_hit(struct prefilter_scan *scan)
{
	uint32_t room = scan->hit_room != 0 ? scan->hit_room * 2 : 1024;
	struct prefilter_hit *grown = room <= HITS_MAX ? reallocarray(scan->hits, room, sizeof(*grown)) : NULL;

	if (grown == NULL)
		return false;
	scan->hits = grown;
	scan->hit_room = room;
	return true;
}

static inline void note_hit(struct prefilter_scan *scan, uint32_t literal, size_t start)
{
	uint32_t last = scan->last[literal];

	if (last == 0)
		scan->found[scan->found_count++] = literal;
	if (scan->hit_count == scan->hit_room && !room_for_hit(scan)) {
		scan->flooded = true;
		/* Any number but 0: it is found. */
		scan->last[literal] = 1;
		return;
	}
	scan->hits[scan->hit_count] = (struct prefilter_hit){(uint32_t)start, last};
	scan->last[literal] = ++scan->hit_count;
}

/* Literals that end here, when the text was descended to before at. */
static inline void note_ends(struct prefilter_scan *scan, const struct prefilter_ends *ends, size_t start, size_t at)
{
	if (ends->literal != 0)
		note_hit(scan, ends->literal - 1, start);
	if (ends->word != 0 && !literal_is_word(scan->text[at]))
		note_hit(scan, ends->word - 1, start);
}

/* The text from at on may be a literal's last bytes. */
static void follow_tail(struct prefilter_scan *scan, const struct prefilter_ends *ends, const char *tail, size_t start,
    size_t at)
{
	const char *text = scan->text + at;

	/* None of them is what the text ends with. */
	for (size_t i = 0; i < ends->tail; i++)
		if (!literal_byte_fits(tail[i], text[i]))
			return;
	note_ends(scan, ends, start, at + ends->tail);
}

static bool is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

/* Literals that begin at start and go on at this place with what a node leads to. */
static void descend(struct prefilter_scan *scan, uint32_t number, size_t start, size_t at)
{
	/* Of all loops this one runs most, so what does not change in it is kept at hand. */
	const struct prefilter *prefilter = scan->prefilter;
	const struct prefilter_node *nodes = prefilter->nodes;
	const char *text = scan->text;

	for (;; at++) {
		uint32_t first = nodes[number].first;
		char byte = text[at];

		if ((first & PREFILTER_ENDS) != 0) {
			const struct prefilter_ends *ends = &prefilter->ends[number];

			first &= ~PREFILTER_ENDS;
			if (ends->tail != 0) {
				follow_tail(scan, ends, prefilter->tails + first, start, at);
				return;
			}
			note_ends(scan, ends, start, at);
		}
		/* No deeper than a literal is long. */
		if (is_digit(byte) && nodes[first + LITERAL_DIGIT].parent == number)
			descend(scan, first + LITERAL_DIGIT, start, at + 1);
		first += (unsigned char)byte;
		if (nodes[first].parent != number)
			return;
		number = first;
	}
}

/* Whether any literal of a tree begins with these two bytes. */
static inline bool may_begin(const struct prefilter_begins *begins, unsigned char first, unsigned char second)
{
	return (begins->bits[first * (size_t)4 + second / 64] >> (second % 64) & 1) != 0;
}

static void find_literals(struct prefilter_scan *scan, size_t len)
{
	const struct prefilter_begins *anywhere = &scan->prefilter->begins[PREFILTER_ANYWHERE];
	const struct prefilter_begins *at_words = &scan->prefilter->begins[PREFILTER_AT_WORDS];
	const char *text = scan->text;
	bool before = false;

	for (size_t i = 0; i < len; i++) {
		unsigned char first = (unsigned char)text[i], second = (unsigned char)text[i + 1];
		bool inside = literal_is_word(text[i]);

		if (may_begin(anywhere, first, second))
			descend(scan, PREFILTER_TOP(PREFILTER_ANYWHERE), i, i);
		if (!before && (inside || first == LITERAL_DIGIT) && may_begin(at_words, first, second))
			descend(scan, PREFILTER_TOP(PREFILTER_AT_WORDS), i, i);
		before = inside;
	}
}

/* Which expressions' sets have a literal that was found. */
static void note_seen(struct prefilter_scan *scan)
{
	const struct prefilter *prefilter = scan->prefilter;

	for (uint32_t k = 0; k < scan->found_count; k++) {
		uint32_t id = scan->found[k];

		for (uint32_t i = prefilter->first_user[id]; i < prefilter->first_user[id + 1]; i++) {
			const struct prefilter_user *user = &prefilter->users[i];

			scan->seen[user->number] |= (unsigned char)user->set;
		}
	}
	scan->any = scan->seen[prefilter->count] != 0;
}

/* What the needs of expressions that may match were met by: of most others one need or two are met, too. */
static void link_needs(struct prefilter_scan *scan)
{
	const struct prefilter *prefilter = scan->prefilter;

	for (uint32_t k = 0; k < scan->found_count; k++) {
		uint32_t id = scan->found[k];

		for (uint32_t i = prefilter->first_user[id]; i < prefilter->first_user[id + 1]; i++) {
			const struct prefilter_user *user = &prefilter->users[i];

			if (!prefilter_has(prefilter, scan, user->number))
				continue;
			scan->links[scan->link_count] = (struct prefilter_link){id, user->need, scan->met[user->need]};
			scan->met[user->need] = ++scan->link_count;
		}
	}
}

static void text_free(struct prefilter_scan *scan)
{
	free(scan->text);
	free(scan->places);
	free(scan->blanks);
	free(scan->ranks);
	scan->text = NULL;
	scan->places = scan->blanks = scan->ranks = NULL;
	scan->text_room = 0;
}

static bool room_for_text(struct prefilter_scan *scan, size_t len)
{
	if (len < scan->text_room)
		return true;
	text_free(scan);
	scan->text = malloc(len + 1);
	scan->places = calloc(len + 1, sizeof(*scan->places));
	/* Between two of them is something else. */
	scan->blanks = calloc(len / 2 + 1, sizeof(*scan->blanks));
	scan->ranks = calloc(len + 1, sizeof(*scan->ranks));
	if (scan->text == NULL || scan->places == NULL || scan->blanks == NULL || scan->ranks == NULL) {
		text_free(scan);
		return false;
	}
	scan->text_room = len + 1;
	return true;
}

/* Bytes of characters behind their first; eight at a time, because most texts have none. */
static size_t count_extra(struct slice text)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	size_t count = 0, i = 0;

	for (; i + sizeof(ones) <= text.len; i += sizeof(ones)) {
		uint64_t word;

		memcpy(&word, text.ptr + i, sizeof(word));
		/* Of each byte, bit 7 without bit 6. */
		word = (word >> 7) & ~(word >> 6) & ones;
		count += word * ones >> 56;
	}
	for (; i < text.len; i++)
		count += ((unsigned char)text.ptr[i] & 0xC0) == 0x80;
	return count;
}

/* What extents are told by. */
static void measure(struct prefilter_scan *scan, struct slice text, size_t len)
{
	uint32_t blanks = 0;

	for (size_t i = 0; i < len; i++) {
		scan->ranks[i] = blanks;
		if (scan->text[i] == ' ')
			scan->blanks[blanks++] = (uint32_t)i;
	}
	scan->extra = count_extra(text);
}

/* false: it could not be looked for, so anything may match. */
static bool look(struct prefilter_scan *scan, struct slice text)
{
	size_t len;

	if (!room_for_text(scan, text.len))
		return false;
	len = text.len > 0 ? literals_fold(text, scan->text, scan->places) : 0;
	scan->places[len] = (uint32_t)text.len;
	scan->text[len] = PREFILTER_END;
	measure(scan, text, len);
	find_literals(scan, len);
	note_seen(scan);
	if (!scan->any)
		link_needs(scan);
	return true;
}

/* What the text before left. */
static void clear(struct prefilter_scan *scan)
{
	for (uint32_t i = 0; i < scan->found_count; i++)
		scan->last[scan->found[i]] = 0;
	for (uint32_t i = 0; i < scan->link_count; i++)
		scan->met[scan->links[i].need] = 0;
	scan->any = scan->flooded = false;
	scan->found_count = scan->hit_count = scan->link_count = 0;
	memset(scan->seen, 0, scan->prefilter->count + 1);
}

struct prefilter_scan *prefilter_begin(struct prefilter *prefilter, struct slice text)
{
	struct prefilter_scan *scan = NULL;

	if (prefilter->nodes != NULL && text.len < UINT32_MAX)
		scan = borrow(prefilter);
	if (scan == NULL)
		return NULL;
	clear(scan);
	if (!look(scan, text))
		scan->any = true;
	return scan;
}

bool prefilter_may(const struct prefilter *prefilter, const struct prefilter_scan *scan, size_t number)
{
	return scan == NULL || scan->any || prefilter_has(prefilter, scan, number);
}

size_t prefilter_next(const struct prefilter *prefilter, const struct prefilter_scan *scan, const size_t *numbers,
    const size_t *chosen, size_t count, size_t i)
{
	if (scan == NULL || scan->any)
		return i;
	if (chosen != NULL)
		while (i < count && !prefilter_has(prefilter, scan, numbers[chosen[i]]))
			i++;
	else
		while (i < count && !prefilter_has(prefilter, scan, numbers[i]))
			i++;
	return i;
}

/* Whether prefilter_has holds for none of eight expressions, whose bytes these are: no byte is the same in both. */
static bool none_of_eight(const unsigned char *seen, const unsigned char *wanted)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	uint64_t a, b;

	memcpy(&a, seen, sizeof(a));
	memcpy(&b, wanted, sizeof(b));
	a ^= b;
	return ((a - ones) & ~a & ones << 7) == 0;
}

size_t prefilter_next_of_run(const struct prefilter *prefilter, const struct prefilter_scan *scan, size_t first,
    size_t count, size_t i)
{
	if (scan == NULL || scan->any)
		return i;
	while (i + 8 <= count && none_of_eight(scan->seen + first + i, prefilter->wanted + first + i))
		i += 8;
	while (i < count && !prefilter_has(prefilter, scan, first + i))
		i++;
	return i;
}

void prefilter_end(struct prefilter *prefilter, struct prefilter_scan **scan)
{
	struct prefilter_scan *old = *scan;

	*scan = NULL;
	if (old == NULL)
		return;
	if (old->text_room > ROOM_KEPT)
		text_free(old);
	pthread_mutex_lock(&prefilter->lock);
	if (prefilter->pooled < POOL_MAX) {
		old->next = prefilter->pool;
		prefilter->pool = old;
		prefilter->pooled++;
		old = NULL;
	}
	pthread_mutex_unlock(&prefilter->lock);
	if (old != NULL)
		scan_free(old);
}
