/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A filter in front of PCRE2: which strings of many expressions stand in a text, and where. The strings are
 * trees (prefilter_tree.c), and a table tells of each place of the text which of them to look into. Hyperscan did this
 * before: its database of the shipped lists' strings took half a second to build at each load; the trees take some
 * milliseconds.
 */
#include "core/prefilter.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/prefilter_tree.h"

struct prefilter *prefilter_new(size_t count)
{
	struct prefilter *prefilter = calloc(1, sizeof(*prefilter));

	if (prefilter == NULL)
		return NULL;
	pthread_mutex_init(&prefilter->lock, NULL);
	prefilter->count = count;
	/* One more, of no expression: a literal after which any may match. */
	prefilter->wanted = calloc(count + 1, sizeof(*prefilter->wanted));
	prefilter->first_need = calloc(count + 1, sizeof(*prefilter->first_need));
	prefilter->joined = calloc(count + 1, sizeof(*prefilter->joined));
	if (prefilter->wanted == NULL || prefilter->first_need == NULL || prefilter->joined == NULL)
		prefilter_free(&prefilter);
	return prefilter;
}

static int add_entry(struct prefilter *prefilter, const struct literal *literal, size_t number, size_t set)
{
	if (prefilter->entry_count == prefilter->entry_room) {
		size_t room = prefilter->entry_room != 0 ? prefilter->entry_room * 2 : 256;
		struct prefilter_entry *grown = reallocarray(prefilter->entries, room, sizeof(*grown));

		if (grown == NULL)
			return -1;
		prefilter->entries = grown;
		prefilter->entry_room = room;
	}
	prefilter->entries[prefilter->entry_count] = (struct prefilter_entry){.literal = *literal,
	    .number = (uint32_t)number, .set = (unsigned char)set};
	prefilter_entry_key(&prefilter->entries[prefilter->entry_count++]);
	return 0;
}

static uint32_t length_of(size_t length)
{
	return length < PREFILTER_FAR ? (uint32_t)length : PREFILTER_FAR;
}

static int add_need(struct prefilter *prefilter, uint32_t chars, uint32_t blanks)
{
	if (prefilter->need_count == prefilter->need_room) {
		uint32_t room = prefilter->need_room != 0 ? prefilter->need_room * 2 : 256;
		struct prefilter_need *grown = room > prefilter->need_room ?
		    reallocarray(prefilter->needs, room, sizeof(*grown)) : NULL;

		if (grown == NULL)
			return -1;
		prefilter->needs = grown;
		prefilter->need_room = room;
	}
	prefilter->needs[prefilter->need_count++] = (struct prefilter_need){chars, blanks};
	return 0;
}

/* Whether each place where longer is found is one of literal, too. */
static bool is_begin_of(const struct literal *literal, const struct literal *longer)
{
	return literal->len < longer->len && literal->bytes[0] == longer->bytes[0] && (literal->edges & LITERAL_ENDS) == 0 &&
	    prefilter_at_words(literal) <= prefilter_at_words(longer) &&
	    memcmp(literal->bytes, longer->bytes, literal->len) == 0;
}

/* Those that say more than others of the same set. -1: memory is out. */
static int add_set(struct prefilter *prefilter, size_t number, size_t set, const struct literal_set *literals)
{
	for (size_t i = 0; i < literals->count; i++) {
		size_t k = 0;

		while (k < literals->count && !is_begin_of(&literals->items[k], &literals->items[i]))
			k++;
		if (k == literals->count && add_entry(prefilter, &literals->items[i], number, set) != 0)
			return -1;
	}
	return 0;
}

int prefilter_add(struct prefilter *prefilter, size_t number, const struct literals *needs)
{
	prefilter->first_need[number] = prefilter->need_count;
	for (size_t i = 0; i < needs->count; i++) {
		const struct literal_set *set = &needs->sets[i];

		if (add_need(prefilter, length_of(set->before.chars), length_of(set->before.blanks)) != 0 ||
		    add_set(prefilter, number, i, set) != 0)
			return -1;
		prefilter->wanted[number] |= (unsigned char)(1U << i);
	}
	return 0;
}

int prefilter_join(struct prefilter *prefilter, size_t number, size_t first, size_t count)
{
	prefilter->first_need[number] = prefilter->need_count;
	for (size_t i = first; i < first + count; i++)
		prefilter->joined[i] = (uint32_t)number + 1;
	return add_need(prefilter, PREFILTER_FAR, PREFILTER_FAR);
}

/* ---- building ---- */

/* What others are joined to is looked for where something is looked for of each of them. */
static void want_joined(struct prefilter *prefilter)
{
	for (size_t i = 0; i < prefilter->count; i++)
		if (prefilter->joined[i] != 0)
			prefilter->wanted[prefilter->joined[i] - 1] = PREFILTER_JOINED;
	for (size_t i = 0; i < prefilter->count; i++)
		if (prefilter->joined[i] != 0 && prefilter->wanted[i] == 0)
			prefilter->wanted[prefilter->joined[i] - 1] = 0;
}

/* Letters that PCRE2 takes for s and k: U+017F, U+212A. */
static int add_doubtful(struct prefilter *prefilter)
{
	static const struct literal doubtful[] = {{2, 0, "\xC5\xBF"}, {3, 0, "\xE2\x84\xAA"}};

	prefilter->wanted[prefilter->count] = 1;
	for (size_t i = 0; i < sizeof(doubtful) / sizeof(doubtful[0]); i++)
		if (add_entry(prefilter, &doubtful[i], prefilter->count, 0) != 0)
			return -1;
	return 0;
}

int prefilter_finish(struct prefilter *prefilter)
{
	int rc;

	if (prefilter->entry_count == 0)
		return 0;
	if (prefilter->count >= UINT32_MAX / LITERALS_SETS || add_doubtful(prefilter) != 0)
		return -1;
	want_joined(prefilter);
	rc = prefilter_trees_build(prefilter) != 0 ? -1 : prefilter_drop_common(prefilter);
	free(prefilter->entries);
	prefilter->entries = NULL;
	return rc;
}

void prefilter_free(struct prefilter **prefilter)
{
	struct prefilter *p = *prefilter;

	*prefilter = NULL;
	if (p == NULL)
		return;
	prefilter_scans_free(p);
	prefilter_trees_free(p);
	pthread_mutex_destroy(&p->lock);
	free(p->entries);
	free(p->wanted);
	free(p->first_need);
	free(p->joined);
	free(p->needs);
	free(p);
}
