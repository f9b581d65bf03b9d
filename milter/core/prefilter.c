/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A filter in front of PCRE2: which strings of many expressions stand in a text, and where. The strings are
 * trees (prefilter_tree.c), and from each place of the text they are descended as far as the text goes along: with strings of some
 * letters of natural languages that is three or four steps. Hyperscan did this before: its database of the shipped
 * lists' strings took half a second to build at each load; the tree takes some milliseconds.
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
	if (prefilter->wanted == NULL || prefilter->first_need == NULL)
		prefilter_free(&prefilter);
	return prefilter;
}

static int add_entry(struct prefilter *prefilter, const struct literal *literal, uint32_t number, uint32_t need,
    unsigned char set)
{
	if (prefilter->entry_count == prefilter->entry_room) {
		size_t room = prefilter->entry_room != 0 ? prefilter->entry_room * 2 : 256;
		struct prefilter_entry *grown = reallocarray(prefilter->entries, room, sizeof(*grown));

		if (grown == NULL)
			return -1;
		prefilter->entries = grown;
		prefilter->entry_room = room;
	}
	prefilter->entries[prefilter->entry_count++] = (struct prefilter_entry){*literal, number, need, set};
	return 0;
}

static int add_need(struct prefilter *prefilter, const struct literal_set *set)
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
	prefilter->needs[prefilter->need_count++] = (struct prefilter_need){.before = set->before};
	return 0;
}

int prefilter_add(struct prefilter *prefilter, size_t number, const struct literals *needs)
{
	prefilter->first_need[number] = prefilter->need_count;
	for (size_t i = 0; i < needs->count; i++) {
		unsigned char bit = (unsigned char)(1U << i);

		if (add_need(prefilter, &needs->sets[i]) != 0)
			return -1;
		prefilter->wanted[number] |= bit;
		for (size_t k = 0; k < needs->sets[i].count; k++)
			if (add_entry(prefilter, &needs->sets[i].items[k], (uint32_t)number, prefilter->need_count - 1,
			    bit) != 0)
				return -1;
	}
	return 0;
}

/* ---- building ---- */

/* In the order of the trees; of two of the same bytes the one that may end inside a word is first. */
static int compare_literals(const struct literal *a, const struct literal *b)
{
	int order = (int)prefilter_at_words(a) - (int)prefilter_at_words(b);

	if (order == 0)
		order = memcmp(a->bytes, b->bytes, a->len < b->len ? a->len : b->len);
	if (order == 0)
		order = (int)a->len - (int)b->len;
	return order != 0 ? order : (int)a->edges - (int)b->edges;
}

static int by_literal(const void *a, const void *b)
{
	const struct prefilter_entry *x = a, *y = b;

	return compare_literals(&x->literal, &y->literal);
}

/* Each literal once, and who needs it; the entries become the literals. */
static void fill_literals(struct prefilter *prefilter)
{
	uint32_t count = 0;

	for (size_t i = 0; i < prefilter->entry_count; i++) {
		struct prefilter_entry entry = prefilter->entries[i];

		if (count == 0 || compare_literals(&prefilter->entries[count - 1].literal, &entry.literal) != 0) {
			prefilter->first_user[count] = (uint32_t)i;
			prefilter->entries[count++] = entry;
		}
		prefilter->users[i] = (struct prefilter_user){entry.number, entry.need, entry.set};
	}
	prefilter->first_user[count] = (uint32_t)prefilter->entry_count;
	prefilter->literal_count = count;
}

/* Letters that PCRE2 takes for s and k: U+017F, U+212A. */
static int add_doubtful(struct prefilter *prefilter)
{
	static const struct literal doubtful[] = {{2, 0, "\xC5\xBF"}, {3, 0, "\xE2\x84\xAA"}};

	prefilter->wanted[prefilter->count] = 1;
	for (size_t i = 0; i < sizeof(doubtful) / sizeof(doubtful[0]); i++)
		if (add_entry(prefilter, &doubtful[i], (uint32_t)prefilter->count, 0, 1) != 0)
			return -1;
	return 0;
}

int prefilter_finish(struct prefilter *prefilter)
{
	int rc = -1;

	if (prefilter->entry_count == 0)
		return 0;
	if (prefilter->entry_count > UINT32_MAX / LITERAL_BYTES || add_doubtful(prefilter) != 0)
		return -1;
	prefilter->users = calloc(prefilter->entry_count, sizeof(*prefilter->users));
	prefilter->first_user = calloc(prefilter->entry_count + 1, sizeof(*prefilter->first_user));
	if (prefilter->users != NULL && prefilter->first_user != NULL) {
		qsort(prefilter->entries, prefilter->entry_count, sizeof(*prefilter->entries), by_literal);
		fill_literals(prefilter);
		rc = prefilter_trees_build(prefilter) != 0 ? -1 : prefilter_drop_common(prefilter);
	}
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
	free(p->users);
	free(p->first_user);
	free(p->first_need);
	free(p->needs);
	free(p);
}
