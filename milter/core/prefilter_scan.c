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
#define ROOM_KEPT ((size_t)64 << 10)
/* Hits whose places are kept: a text with more is searched whole. */
#define HITS_MAX ((uint32_t)1 << 16)

void prefilter_scan_free(struct prefilter_scan *scan)
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

static struct prefilter_scan *scan_new(const struct prefilter *prefilter)
{
	struct prefilter_scan *scan = calloc(1, sizeof(*scan) + prefilter->count);

	if (scan == NULL)
		return NULL;
	scan->prefilter = prefilter;
	scan->last = calloc(prefilter->literal_count, sizeof(*scan->last));
	scan->found = calloc(prefilter->literal_count, sizeof(*scan->found));
	/* Of these pages few are ever touched. */
	scan->links = calloc(prefilter->first_user[prefilter->literal_count], sizeof(*scan->links));
	scan->met = calloc(prefilter->need_count + (size_t)1, sizeof(*scan->met));
	if (scan->last == NULL || scan->found == NULL || scan->links == NULL || scan->met == NULL) {
		prefilter_scan_free(scan);
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
	struct prefilter_hit *grown;

	if (scan->hit_count < scan->hit_room)
		return true;
	grown = room <= HITS_MAX ? reallocarray(scan->hits, room, sizeof(*grown)) : NULL;
	if (grown == NULL)
		return false;
	scan->hits = grown;
	scan->hit_room = room;
	return true;
}

static void note_hit(struct prefilter_scan *scan, uint32_t literal, size_t start)
{
	if (scan->last[literal] == 0)
		scan->found[scan->found_count++] = literal;
	if (!room_for_hit(scan)) {
		scan->flooded = true;
		/* Any number but 0: it is found. */
		scan->last[literal] = 1;
		return;
	}
	scan->hits[scan->hit_count] = (struct prefilter_hit){(uint32_t)start, scan->last[literal]};
	scan->last[literal] = ++scan->hit_count;
}

static bool inside_word(const struct prefilter_scan *scan, size_t at, size_t len)
{
	return at < len && literal_is_word(scan->text[at]);
}

/* Literals of this node, when the text was descended to before at. */
static void note_node(struct prefilter_scan *scan, const struct prefilter_node *node, size_t start, size_t at,
    size_t len)
{
	if (node->literal != 0)
		note_hit(scan, node->literal - 1, start);
	if (node->word != 0 && !inside_word(scan, at, len))
		note_hit(scan, node->word - 1, start);
}

/* The text from at on may be a literal's last bytes. */
static void follow_tail(struct prefilter_scan *scan, const struct prefilter_node *node, size_t start, size_t at,
    size_t len)
{
	const char *tail = scan->prefilter->tails + node->first, *text = scan->text + at;

	if (len - at < node->tail)
		return;
	for (size_t i = 0; i < node->tail; i++)
		if (!literal_byte_fits(tail[i], text[i]))
			return;
	note_node(scan, node, start, at + node->tail, len);
}

/* The child that a byte leads to; 0: none. */
static uint32_t child_of(const struct prefilter *prefilter, const struct prefilter_node *node, unsigned char byte)
{
	const unsigned char *children = prefilter->labels + node->first;
	const unsigned char *child = memchr(children, byte, node->count);

	return child != NULL ? node->first + (uint32_t)(child - children) : 0;
}

static bool is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

/* Literals that begin at start and go on at this place with what a node leads to. */
static void descend(struct prefilter_scan *scan, uint32_t number, size_t start, size_t at, size_t len)
{
	const struct prefilter *prefilter = scan->prefilter;

	for (; number != 0; at++) {
		const struct prefilter_node *node = &prefilter->nodes[number];

		if (node->tail != 0) {
			follow_tail(scan, node, start, at, len);
			return;
		}
		note_node(scan, node, start, at, len);
		if (at >= len || node->count == 0)
			return;
		/* No deeper than a literal is long. */
		if (is_digit(scan->text[at]))
			descend(scan, child_of(prefilter, node, LITERAL_DIGIT), start, at + 1, len);
		number = child_of(prefilter, node, (unsigned char)scan->text[at]);
	}
}

/* Literals of a tree that begin at start, with this byte. */
static void find_first(struct prefilter_scan *scan, const struct prefilter_root *root, unsigned char first,
    size_t start, size_t len)
{
	const uint32_t *pairs = root->pairs + ((size_t)first << 8);

	if (root->singles[first] != 0)
		note_node(scan, &scan->prefilter->nodes[root->singles[first]], start, start + 1, len);
	if (start + 1 >= len)
		return;
	if (is_digit(scan->text[start + 1]))
		descend(scan, pairs[LITERAL_DIGIT], start, start + 2, len);
	descend(scan, pairs[(unsigned char)scan->text[start + 1]], start, start + 2, len);
}

/* Literals of a tree that begin at start. */
static void find_at(struct prefilter_scan *scan, enum prefilter_tree tree, size_t start, size_t len)
{
	const struct prefilter_root *root = &scan->prefilter->roots[tree];

	if (is_digit(scan->text[start]))
		find_first(scan, root, LITERAL_DIGIT, start, len);
	find_first(scan, root, (unsigned char)scan->text[start], start, len);
}

static void find_literals(struct prefilter_scan *scan, size_t len)
{
	bool before = false;

	for (size_t i = 0; i < len; i++) {
		bool inside = literal_is_word(scan->text[i]);

		find_at(scan, PREFILTER_ANYWHERE, i, len);
		if (!before && (inside || scan->text[i] == LITERAL_DIGIT))
			find_at(scan, PREFILTER_AT_WORDS, i, len);
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

			if (user->number == PREFILTER_ANY)
				scan->any = true;
			else
				scan->seen[user->number] |= (unsigned char)user->set;
		}
	}
}

/* What the needs of expressions that may match were met by: of most others one need or two are met, too. */
static void link_needs(struct prefilter_scan *scan)
{
	const struct prefilter *prefilter = scan->prefilter;

	for (uint32_t k = 0; k < scan->found_count; k++) {
		uint32_t id = scan->found[k];

		for (uint32_t i = prefilter->first_user[id]; i < prefilter->first_user[id + 1]; i++) {
			const struct prefilter_user *user = &prefilter->users[i];

			if (user->number == PREFILTER_ANY || !prefilter_may(prefilter, scan, user->number))
				continue;
			scan->links[scan->link_count] = (struct prefilter_link){id, scan->met[user->need]};
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

/* What extents are told by. */
static void measure(struct prefilter_scan *scan, struct slice text, size_t len)
{
	uint32_t blanks = 0;

	for (size_t i = 0; i < len; i++) {
		scan->ranks[i] = blanks;
		if (scan->text[i] == ' ')
			scan->blanks[blanks++] = (uint32_t)i;
	}
	scan->extra = 0;
	for (size_t i = 0; i < text.len; i++)
		scan->extra += ((unsigned char)text.ptr[i] & 0xC0) == 0x80;
}

/* false: it could not be looked for, so anything may match. */
static bool look(struct prefilter_scan *scan, struct slice text)
{
	size_t len;

	if (!room_for_text(scan, text.len))
		return false;
	len = text.len > 0 ? literals_fold(text, scan->text, scan->places) : 0;
	scan->places[len] = (uint32_t)text.len;
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
	scan->any = scan->flooded = false;
	scan->found_count = scan->hit_count = scan->link_count = 0;
	memset(scan->met, 0, scan->prefilter->need_count * sizeof(*scan->met));
	memset(scan->seen, 0, scan->prefilter->count);
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
	return scan == NULL || scan->any || scan->seen[number] == prefilter->wanted[number];
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
		prefilter_scan_free(old);
}
