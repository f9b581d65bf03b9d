/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Looks for literals: from each place of a text those trees are descended, as far as the text goes along, that its
 * bytes are the key of.
 */
#include <stddef.h>
#include <stdlib.h>

#include "core/prefilter_tree.h"

/* Hits whose places are kept: a text with more is searched whole. */
#define HITS_MAX ((uint32_t)1 << 16)

/* ---- what was found ---- */

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

/* There are no more than literals. */
static bool room_for_found(struct prefilter_scan *scan)
{
	uint32_t room = scan->found_room != 0 ? scan->found_room * 2 : 512;
	struct prefilter_found *grown = reallocarray(scan->found, room, sizeof(*grown));

	if (grown == NULL)
		return false;
	scan->found = grown;
	scan->found_room = room;
	return true;
}

/* The literal with these users; NULL: memory is out. */
static struct prefilter_found *found_of(struct prefilter_scan *scan, uint32_t users)
{
	uint32_t *bucket = &scan->buckets[(users * UINT32_C(0x9E3779B1)) >> scan->bucket_shift];

	for (uint32_t at = *bucket; at != 0; at = scan->found[at - 1].next)
		if (scan->found[at - 1].users == users)
			return &scan->found[at - 1];
	if (scan->found_count == scan->found_room && !room_for_found(scan))
		return NULL;
	scan->found[scan->found_count] = (struct prefilter_found){.users = users, .next = *bucket};
	*bucket = ++scan->found_count;
	return &scan->found[scan->found_count - 1];
}

static void note_hit(struct prefilter_scan *scan, uint32_t users, size_t start)
{
	struct prefilter_found *found = found_of(scan, users);

	if (found == NULL)
		scan->any = true;
	else if (scan->hit_count == scan->hit_room && !room_for_hit(scan))
		scan->flooded = true;
	else {
		scan->hits[scan->hit_count] = (struct prefilter_hit){(uint32_t)start, found->last};
		found->last = ++scan->hit_count;
	}
}

/* ---- trees ---- */

static bool is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

/* Literals that end with a node, when the text was descended to before at; its children are behind them. */
static const unsigned char *note_ends(struct prefilter_scan *scan, unsigned ends, const unsigned char *users, size_t start,
    size_t at)
{
	const unsigned char *trees = scan->prefilter->trees;

	for (unsigned end = PREFILTER_ENDS; end <= PREFILTER_ENDS_WORD; end <<= 1) {
		if ((ends & end) == 0)
			continue;
		if (end == PREFILTER_ENDS || !literal_is_word(scan->text[at]))
			note_hit(scan, (uint32_t)(users - trees), start);
		users += sizeof(uint32_t) * (1 + prefilter_number(users));
	}
	return users;
}

/* The node's child that begins with a byte; 0: none does. */
static uint32_t child_of(const unsigned char *children, size_t count, unsigned char byte)
{
	for (size_t i = 0; i < count; i++)
		if (children[i] == byte)
			return prefilter_number(children + count + i * sizeof(uint32_t));
	return 0;
}

/* Whether a text has a node's bytes, but for the first that are sure. */
static inline bool node_fits(const unsigned char *node, size_t sure, const char *text)
{
	const unsigned char *own = node + sizeof(struct prefilter_node);

	/* None of its bytes is what the text ends with. */
	for (size_t i = sure; i < node[offsetof(struct prefilter_node, len)]; i++)
		if (!literal_byte_fits((char)own[i], text[i]))
			return false;
	return true;
}

/* Literals that begin at start, and go on behind this place with what follows the node whose bytes the text has there. */
static void descend(struct prefilter_scan *scan, uint32_t place, size_t start, size_t at)
{
	const unsigned char *trees = scan->prefilter->trees;
	const char *text = scan->text;

	do {
		const unsigned char *own = trees + place + sizeof(struct prefilter_node);
		struct prefilter_node node;
		uint32_t digit;

		memcpy(&node, trees + place, sizeof(node));
		at += node.len;
		own += node.len;
		if (node.ends != 0)
			own = note_ends(scan, node.ends, own, start, at);
		if (node.children == 0)
			return;
		/* No deeper than a literal is long. */
		if (is_digit(text[at]) && (digit = child_of(own, node.children, LITERAL_DIGIT)) != 0 &&
		    node_fits(trees + digit, 1, text + at))
			descend(scan, digit, start, at);
		place = child_of(own, node.children, (unsigned char)text[at]);
	} while (place != 0 && node_fits(trees + place, 1, text + at));
}

/* ---- keys ---- */

/* The literals of a class that begin at a place with these eight bytes, as they are in keys. */
static inline void find_at(struct prefilter_scan *scan, const struct prefilter_class *class, uint64_t bytes, size_t at)
{
	uint64_t key = bytes >> class->key_shift, hash = prefilter_hash(key), bit = hash >> class->bit_shift;
	const struct prefilter_slot *slot;

	if ((class->bits[bit / 64] >> (bit % 64) & 1) == 0)
		return;
	slot = &class->slots[hash >> class->slot_shift];
	while (slot->tree != 0 && slot->key != key)
		slot = slot < &class->slots[class->slot_mask] ? slot + 1 : class->slots;
	if (slot->tree != 0 && node_fits(scan->prefilter->trees + slot->tree, slot->sure, scan->text + at))
		descend(scan, slot->tree, at, at);
}

/* The classes that are looked for where no word may begin, as bits. */
static unsigned classes_anywhere(void)
{
	unsigned bits = 0;

	for (unsigned class = 0; class < PREFILTER_CLASSES; class++)
		bits |= 1U << prefilter_class_number(PREFILTER_ANYWHERE, class);
	return bits;
}

void prefilter_find(struct prefilter_scan *scan, size_t len)
{
	const struct prefilter *prefilter = scan->prefilter;
	const struct prefilter_gates *gates = prefilter->gates;
	const unsigned anywhere = classes_anywhere();
	const char *text = scan->text;
	uint64_t bytes = 0;
	bool before = false;

	for (size_t i = 0; i < PREFILTER_END_BYTES - 1; i++)
		bytes = bytes << 8 | prefilter_key_byte((unsigned char)text[i]);
	for (size_t i = 0; i < len; i++) {
		bool inside = literal_is_word(text[i]);
		unsigned classes;

		bytes = bytes << 8 | prefilter_key_byte((unsigned char)text[i + PREFILTER_END_BYTES - 1]);
		classes = gates->longer[prefilter_gate(bytes >> 40)] |
		    (unsigned)gates->shorter[bytes >> 48] << PREFILTER_SHORTER_SHIFT;
		if (before || (!inside && text[i] != LITERAL_DIGIT))
			classes &= anywhere;
		for (; classes != 0; classes &= classes - 1)
			find_at(scan, &prefilter->classes[__builtin_ctz(classes)], bytes, i);
		before = inside;
	}
}
