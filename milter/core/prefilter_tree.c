/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The trees of literals. A node's children stand at its first place plus the byte that leads to each, in between
 * those of other nodes, so that a step down is one look: a child is there when the place names the node as its
 * parent.
 */
#include "core/prefilter_tree.h"

#include <stdlib.h>
#include <string.h>

/* Places that are tried for a node's children before what is free so far is left behind. */
#define TRIES_MAX 64

/* Literals from first to before last have a node's bytes in common, depth of them. */
struct branch {
	uint32_t node, first, last, depth;
};

/* Trees while they grow, breadth first. */
struct growth {
	struct prefilter *prefilter;
	struct branch *branches; /* the nodes that there are, and those that wait for their children */
	uint32_t branch_count;
	uint32_t room; /* of nodes */
	uint32_t free; /* no node before it is looked at any more */
};

/* The children of a node that is to be placed. */
struct family {
	size_t count;
	unsigned char bytes[256];
	struct branch branches[256];
};

static unsigned char byte_at(const struct prefilter *prefilter, uint32_t literal, size_t depth)
{
	return (unsigned char)prefilter->entries[literal].literal.bytes[depth];
}

/* Where the number of a literal that ends at this node stands. */
static uint32_t *literal_here(const struct prefilter *prefilter, uint32_t node, uint32_t literal)
{
	struct prefilter_ends *ends = &prefilter->ends[node];

	return (prefilter->entries[literal].literal.edges & LITERAL_ENDS) != 0 ? &ends->word : &ends->literal;
}

/* The rest of a node's only literal. */
static void add_tail(struct prefilter *prefilter, const struct branch *branch)
{
	const struct literal *literal = &prefilter->entries[branch->first].literal;
	uint32_t len = (uint32_t)(literal->len - branch->depth);

	*literal_here(prefilter, branch->node, branch->first) = branch->first + 1;
	prefilter->ends[branch->node].tail = len;
	prefilter->nodes[branch->node].first = prefilter->tail_bytes | PREFILTER_ENDS;
	memcpy(prefilter->tails + prefilter->tail_bytes, literal->bytes + branch->depth, len);
	prefilter->tail_bytes += len;
}

/* Room for the children of a node whose first is there. */
static bool room_for_nodes(struct growth *growth, uint32_t first)
{
	struct prefilter *prefilter = growth->prefilter;
	uint32_t room = growth->room * 2;
	struct prefilter_node *grown;
	struct prefilter_ends *ends;

	if (first + 256 <= growth->room)
		return true;
	if (room >= PREFILTER_ENDS || (grown = reallocarray(prefilter->nodes, room, sizeof(*grown))) == NULL)
		return false;
	prefilter->nodes = grown;
	if ((ends = reallocarray(prefilter->ends, room, sizeof(*ends))) == NULL)
		return false;
	prefilter->ends = ends;
	memset(grown + growth->room, 0, (room - growth->room) * sizeof(*grown));
	memset(ends + growth->room, 0, (room - growth->room) * sizeof(*ends));
	growth->room = room;
	return true;
}

static bool family_fits(const struct growth *growth, const struct family *family, uint32_t first)
{
	for (size_t i = 0; i < family->count; i++)
		if (growth->prefilter->nodes[first + family->bytes[i]].parent != 0)
			return false;
	return true;
}

/* Where the children can stand; 0: memory is out. */
static uint32_t find_place(struct growth *growth, const struct family *family)
{
	uint32_t first, tries = 0;

	while (room_for_nodes(growth, growth->free) && growth->prefilter->nodes[growth->free].parent != 0)
		growth->free++;
	first = growth->free > family->bytes[0] ? growth->free - family->bytes[0] : 1;
	while (room_for_nodes(growth, first)) {
		if (family_fits(growth, family, first)) {
			growth->free = tries > TRIES_MAX ? first + family->bytes[0] : growth->free;
			return first;
		}
		first++;
		tries++;
	}
	return 0;
}

static bool place_family(struct growth *growth, uint32_t parent, struct family *family)
{
	struct prefilter *prefilter = growth->prefilter;
	uint32_t first = find_place(growth, family);

	if (first == 0)
		return false;
	prefilter->nodes[parent].first |= first;
	for (size_t i = 0; i < family->count; i++) {
		family->branches[i].node = first + family->bytes[i];
		prefilter->nodes[first + family->bytes[i]].parent = parent;
		growth->branches[growth->branch_count++] = family->branches[i];
	}
	return true;
}

/* Its literals by the byte that follows. */
static void part_branch(const struct prefilter *prefilter, struct branch branch, struct family *family)
{
	family->count = 0;
	while (branch.first < branch.last) {
		unsigned char byte = byte_at(prefilter, branch.first, branch.depth);
		uint32_t begun = branch.first;

		while (branch.first < branch.last && byte_at(prefilter, branch.first, branch.depth) == byte)
			branch.first++;
		family->bytes[family->count] = byte;
		family->branches[family->count++] = (struct branch){0, begun, branch.first, branch.depth + 1};
	}
}

/* What is behind a node. false: memory is out. */
static bool grow_node(struct growth *growth, struct branch branch)
{
	struct prefilter *prefilter = growth->prefilter;
	struct family family;

	while (branch.depth > 0 && branch.first < branch.last &&
	    prefilter->entries[branch.first].literal.len == branch.depth) {
		*literal_here(prefilter, branch.node, branch.first) = branch.first + 1;
		prefilter->nodes[branch.node].first = PREFILTER_ENDS;
		branch.first++;
	}
	if (prefilter->nodes[branch.node].first == 0 && branch.last - branch.first == 1) {
		add_tail(prefilter, &branch);
		return true;
	}
	part_branch(prefilter, branch, &family);
	return family.count == 0 || place_family(growth, branch.node, &family);
}

/* ---- what begins any literal of a tree ---- */

/* What of a text a literal's byte stands for: how many bytes. */
static size_t bytes_meant(char byte, unsigned char bytes_r[11])
{
	size_t count = 0;

	bytes_r[count++] = (unsigned char)byte;
	for (char digit = '0'; byte == LITERAL_DIGIT && digit <= '9'; digit++)
		bytes_r[count++] = (unsigned char)digit;
	return count;
}

static void add_begin(struct prefilter_begins *begins, const struct literal *literal)
{
	unsigned char first[11], second[11];
	size_t firsts = bytes_meant(literal->bytes[0], first);
	size_t seconds = literal->len > 1 ? bytes_meant(literal->bytes[1], second) : 0;

	for (size_t i = 0; i < firsts; i++) {
		uint64_t *bits = &begins->bits[first[i] * (size_t)4];

		if (literal->len == 1)
			memset(bits, 0xFF, 4 * sizeof(*bits));
		for (size_t k = 0; k < seconds; k++)
			bits[second[k] / 64] |= (uint64_t)1 << (second[k] % 64);
	}
}

/* ---- building ---- */

static bool grow_trees(struct growth *growth)
{
	struct prefilter *prefilter = growth->prefilter;
	uint32_t count = (uint32_t)prefilter->literal_count, words = 0;

	while (words < count && !prefilter_at_words(&prefilter->entries[words].literal))
		words++;
	for (uint32_t i = 0; i < count; i++)
		add_begin(&prefilter->begins[i < words ? PREFILTER_ANYWHERE : PREFILTER_AT_WORDS],
		    &prefilter->entries[i].literal);
	growth->branches[0] = (struct branch){PREFILTER_TOP(PREFILTER_ANYWHERE), 0, words, 0};
	growth->branches[1] = (struct branch){PREFILTER_TOP(PREFILTER_AT_WORDS), words, count, 0};
	growth->branch_count = PREFILTER_TREES;
	for (uint32_t i = 0; i < PREFILTER_TREES; i++)
		prefilter->nodes[growth->branches[i].node].parent = UINT32_MAX;
	for (uint32_t i = 0; i < growth->branch_count; i++)
		if (!grow_node(growth, growth->branches[i]))
			return false;
	return true;
}

int prefilter_trees_build(struct prefilter *prefilter)
{
	struct growth growth = {.prefilter = prefilter, .free = 1};
	size_t room = PREFILTER_TREES;
	bool good;

	for (size_t i = 0; i < prefilter->literal_count; i++)
		room += prefilter->entries[i].literal.len;
	growth.room = 1024;
	growth.branches = room <= UINT32_MAX ? calloc(room, sizeof(*growth.branches)) : NULL;
	prefilter->nodes = calloc(growth.room, sizeof(*prefilter->nodes));
	prefilter->ends = calloc(growth.room, sizeof(*prefilter->ends));
	prefilter->tails = calloc(room, sizeof(*prefilter->tails));
	prefilter->begins = calloc(PREFILTER_TREES, sizeof(*prefilter->begins));
	good = growth.branches != NULL && prefilter->nodes != NULL && prefilter->ends != NULL &&
	    prefilter->tails != NULL && prefilter->begins != NULL && grow_trees(&growth);
	free(growth.branches);
	return good ? 0 : -1;
}

void prefilter_trees_free(struct prefilter *prefilter)
{
	free(prefilter->nodes);
	free(prefilter->ends);
	free(prefilter->tails);
	free(prefilter->begins);
	prefilter->nodes = NULL;
	prefilter->ends = NULL;
	prefilter->tails = NULL;
	prefilter->begins = NULL;
	prefilter->tail_bytes = 0;
}
