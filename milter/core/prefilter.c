/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A filter in front of PCRE2: which strings of many expressions stand in a text, and where. The strings are
 * a tree, and from each place of the text it is descended as far as the text goes along: with strings of some
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

static bool at_words(const struct literal *literal)
{
	return (literal->edges & LITERAL_STARTS) != 0;
}

/* In the order of the trees; of two of the same bytes the one that may end inside a word is first. */
static int compare_literals(const struct literal *a, const struct literal *b)
{
	int order = (int)at_words(a) - (int)at_words(b);

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

/* Literals from first to before last have a node's bytes in common, depth of them. */
struct branch {
	uint32_t first, last, depth;
};

static unsigned char byte_at(const struct prefilter *prefilter, uint32_t literal, size_t depth)
{
	return (unsigned char)prefilter->entries[literal].literal.bytes[depth];
}

/* Where the number of a literal that ends at this node stands. */
static uint32_t *literal_here(const struct prefilter *prefilter, struct prefilter_node *node, uint32_t literal)
{
	return (prefilter->entries[literal].literal.edges & LITERAL_ENDS) != 0 ? &node->word : &node->literal;
}

/* The rest of a node's only literal. */
static void add_tail(struct prefilter *prefilter, struct prefilter_node *node, const struct branch *branch)
{
	const struct literal *literal = &prefilter->entries[branch->first].literal;

	*literal_here(prefilter, node, branch->first) = branch->first + 1;
	node->first = prefilter->tail_bytes;
	node->tail = (uint16_t)(literal->len - branch->depth);
	memcpy(prefilter->tails + node->first, literal->bytes + branch->depth, node->tail);
	prefilter->tail_bytes += node->tail;
}

/* The children of a node; branches has an element for each node. */
static void add_children(struct prefilter *prefilter, struct branch *branches, uint32_t number)
{
	struct branch branch = branches[number];
	struct prefilter_node *node = &prefilter->nodes[number];

	while (branch.depth > 0 && branch.first < branch.last &&
	    prefilter->entries[branch.first].literal.len == branch.depth) {
		*literal_here(prefilter, node, branch.first) = branch.first + 1;
		branch.first++;
	}
	/* Pairs point to nodes that two bytes lead to. */
	if (node->literal == 0 && node->word == 0 && branch.depth > 1 && branch.last - branch.first == 1) {
		add_tail(prefilter, node, &branch);
		return;
	}
	node->first = prefilter->node_count;
	while (branch.first < branch.last) {
		unsigned char byte = byte_at(prefilter, branch.first, branch.depth);
		uint32_t begun = branch.first;

		while (branch.first < branch.last && byte_at(prefilter, branch.first, branch.depth) == byte)
			branch.first++;
		prefilter->labels[prefilter->node_count] = byte;
		branches[prefilter->node_count++] = (struct branch){begun, branch.first, branch.depth + 1};
	}
	node->count = (uint16_t)(prefilter->node_count - node->first);
}

/* Shortcuts to the nodes behind the first byte and the first two. */
static void fill_root(const struct prefilter *prefilter, enum prefilter_tree tree)
{
	const struct prefilter_node *top = &prefilter->nodes[1 + tree];
	struct prefilter_root *root = &prefilter->roots[tree];

	for (uint32_t i = top->first; i < top->first + top->count; i++) {
		const struct prefilter_node *one = &prefilter->nodes[i];

		if (one->literal != 0 || one->word != 0)
			root->singles[prefilter->labels[i]] = i;
		for (uint32_t k = one->first; k < one->first + one->count; k++)
			root->pairs[(size_t)prefilter->labels[i] << 8 | prefilter->labels[k]] = k;
	}
}

/* Grows the trees from their tops on. */
static void grow_trees(struct prefilter *prefilter, struct branch *branches)
{
	uint32_t count = (uint32_t)prefilter->literal_count, words = 0;

	while (words < count && !at_words(&prefilter->entries[words].literal))
		words++;
	branches[1 + PREFILTER_ANYWHERE] = (struct branch){0, words, 0};
	branches[1 + PREFILTER_AT_WORDS] = (struct branch){words, count, 0};
	prefilter->node_count = 1 + PREFILTER_TREES;
	for (uint32_t i = 1; i < prefilter->node_count; i++)
		add_children(prefilter, branches, i);
	fill_root(prefilter, PREFILTER_ANYWHERE);
	fill_root(prefilter, PREFILTER_AT_WORDS);
}

/* -1: memory is out. */
static int build_trees(struct prefilter *prefilter)
{
	size_t room = 1 + PREFILTER_TREES;
	struct branch *branches;

	for (size_t i = 0; i < prefilter->literal_count; i++)
		room += prefilter->entries[i].literal.len;
	branches = room <= UINT32_MAX ? calloc(room, sizeof(*branches)) : NULL;
	prefilter->nodes = calloc(room, sizeof(*prefilter->nodes));
	prefilter->labels = calloc(room, sizeof(*prefilter->labels));
	prefilter->tails = calloc(room, sizeof(*prefilter->tails));
	prefilter->roots = calloc(PREFILTER_TREES, sizeof(*prefilter->roots));
	if (branches == NULL || prefilter->nodes == NULL || prefilter->labels == NULL || prefilter->tails == NULL ||
	    prefilter->roots == NULL) {
		free(branches);
		return -1;
	}
	grow_trees(prefilter, branches);
	free(branches);
	return 0;
}

/* Letters that PCRE2 takes for s and k: U+017F, U+212A. */
static int add_doubtful(struct prefilter *prefilter)
{
	static const struct literal doubtful[] = {{2, 0, "\xC5\xBF"}, {3, 0, "\xE2\x84\xAA"}};

	for (size_t i = 0; i < sizeof(doubtful) / sizeof(doubtful[0]); i++)
		if (add_entry(prefilter, &doubtful[i], PREFILTER_ANY, 0, 0) != 0)
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
		rc = build_trees(prefilter);
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
	while (p->pool != NULL) {
		struct prefilter_scan *next = p->pool->next;

		prefilter_scan_free(p->pool);
		p->pool = next;
	}
	free(p->nodes);
	free(p->labels);
	free(p->tails);
	free(p->roots);
	pthread_mutex_destroy(&p->lock);
	free(p->entries);
	free(p->wanted);
	free(p->users);
	free(p->first_user);
	free(p->first_need);
	free(p->needs);
	free(p);
}
