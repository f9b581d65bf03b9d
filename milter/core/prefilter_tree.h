/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_CORE_PREFILTER_TREE_H
#define POSTERN_CORE_PREFILTER_TREE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "core/prefilter.h"

/* Internal to prefilter*.c: the trees of literals, and what was found of them in a text. */

/* Forests: one is looked into from each place of a text, the other where a word may begin. */
enum prefilter_where {
	PREFILTER_ANYWHERE,
	PREFILTER_AT_WORDS,
	PREFILTER_FORESTS
};

/* Behind a folded text stand bytes that are in no UTF-8, so that no literal leads beyond it. */
#define PREFILTER_END 0xFF
#define PREFILTER_END_BYTES 8

/*
 * Literals that begin with the same bytes are a tree; its key is these bytes, any digit taken for LITERAL_DIGIT. A
 * literal is in the class of the longest key that it can have. So keys are near to whole literals, and of the places
 * of a text nearly only those are looked at closer where a literal stands.
 */
#define PREFILTER_CLASSES 5
#define PREFILTER_KEY_BYTES {1, 2, 3, 4, 6}
/* The first of the classes whose keys have three bytes or more. */
#define PREFILTER_LONGER 2

/* Which tree has a key. */
struct prefilter_slot {
	uint64_t key;
	uint32_t tree; /* its place in trees; 0: there is none here */
	uint32_t sure; /* bytes of the tree's first node that need not be looked at: none where a digit is any */
};

/* The keys of one length. */
struct prefilter_class {
	uint64_t *bits; /* by a key's hash: whether it may be there. So small that it stays near. */
	struct prefilter_slot *slots; /* by the hash, or behind it */
	unsigned char bit_shift, slot_shift; /* of the hash */
	unsigned char key_shift; /* of a text's eight bytes */
	uint32_t slot_mask;
};

/* Which classes, as bits, have keys that begin with some bytes of a text. */
#define PREFILTER_GATE_BITS 13
struct prefilter_gates {
	unsigned char longer[1 << PREFILTER_GATE_BITS]; /* keys of three bytes or more, by a hash of the first three */
	unsigned char shorter[1 << 16]; /* the others, by two bytes; of it only lines are touched that texts lead to */
};
#define PREFILTER_SHORTER_SHIFT 6 /* of its bits, behind those of longer keys */

/* A literal of one expression's set. */
struct prefilter_entry {
	uint64_t key;
	struct literal literal;
	unsigned char class;
	unsigned char set;
	uint32_t number; /* the count of expressions: after it any may match */
};

/* One set of an expression: the extent before its literals. */
struct prefilter_need {
	uint32_t chars, blanks; /* PREFILTER_FAR: any number of them */
};
#define PREFILTER_FAR UINT32_MAX
/* The only bit of what is wanted of an expression that others are joined to: its one need has no literals. */
#define PREFILTER_JOINED 1

/*
 * A tree's node, all bytes one behind the other, so that what is read together is in one line of the cache: the
 * head, its text, for each literal that ends here its users, the first bytes of its children, and their places.
 */
struct prefilter_node {
	unsigned char len;      /* of its text */
	unsigned char children;
	unsigned char ends;     /* as bits: one literal that ends here, or one that ends a word here */
};
#define PREFILTER_ENDS 1
#define PREFILTER_ENDS_WORD 2

/* Who needs a literal: first how many, then of each the expression's number and the set. */
#define PREFILTER_USER(number, set) ((number) * LITERALS_SETS + (set))
#define PREFILTER_USER_NUMBER(user) ((user) / LITERALS_SETS)
#define PREFILTER_USER_SET(user) ((user) % LITERALS_SETS)

struct prefilter_hit {
	uint32_t start; /* in the folded text */
	uint32_t next;  /* another of the same literal, as its number + 1 */
};

/* A literal that was found. */
struct prefilter_found {
	uint32_t users; /* their place in trees */
	uint32_t last;  /* hit, as its number + 1 */
	uint32_t next;  /* another of the same bucket, as its number + 1 */
};

/* One that was found, for one of the needs that it meets. */
struct prefilter_link {
	uint32_t found;
	uint32_t need;
	uint32_t next; /* another of the same need, as its number + 1 */
};

struct prefilter_scan {
	struct prefilter_scan *next;
	const struct prefilter *prefilter;
	char *text;           /* folded */
	uint32_t *places;     /* of each of its bytes in the text itself, and of its end */
	size_t text_room;
	uint32_t *blanks;     /* where they are in the folded text */
	uint64_t *blank_bits; /* the same as bits, of 64 of its bytes each */
	uint32_t *ranks;      /* how many of them stand before each 64 bytes */
	size_t extra;         /* bytes of characters behind their first */
	struct prefilter_hit *hits;
	uint32_t hit_count, hit_room;
	struct prefilter_found *found;
	uint32_t found_count, found_room;
	uint32_t *buckets;    /* of those found, by their users: the last, as its number + 1 */
	unsigned bucket_shift; /* of a hash of 32 bits */
	struct prefilter_link *links;
	uint32_t link_count, link_room;
	uint32_t *met;        /* of each need, a link, as its number; anything where no link is of that need */
	bool flooded;         /* not all hits are there */
	bool any;             /* nothing can be said */
	unsigned char seen[]; /* bits of the sets of each expression of which a literal was found */
};

struct prefilter {
	size_t count;
	unsigned char *wanted; /* bits of the sets of each expression that are looked for */
	struct prefilter_entry *entries; /* until it is finished */
	size_t entry_count, entry_room;
	struct prefilter_need *needs;
	uint32_t need_count, need_room;
	uint32_t *first_need;  /* of each expression */
	uint32_t *joined;      /* of each expression: that one, as its number + 1, which may match where it may */
	unsigned char *trees;  /* NULL: no literal is looked for */
	struct prefilter_class classes[PREFILTER_FORESTS * PREFILTER_CLASSES]; /* by prefilter_class_number */
	struct prefilter_gates *gates;
	uint64_t *bits;        /* of all classes */
	struct prefilter_slot *slots;
	pthread_mutex_t lock;  /* of the pool */
	struct prefilter_scan *pool;
	size_t pooled;
};

static inline bool prefilter_at_words(const struct literal *literal)
{
	return (literal->edges & LITERAL_STARTS) != 0;
}

/* prefilter_may, of a text that was looked at. */
static inline bool prefilter_has(const struct prefilter *prefilter, const struct prefilter_scan *scan, size_t number)
{
	return scan->seen[number] == prefilter->wanted[number];
}

/* The last link of a need, as its number + 1. */
static inline uint32_t prefilter_link_of(const struct prefilter_scan *scan, uint32_t need)
{
	uint32_t link = scan->met[need];

	return link < scan->link_count && scan->links[link].need == need ? link + 1 : 0;
}

/* A number in trees, which are bytes. */
static inline uint32_t prefilter_number(const unsigned char *at)
{
	uint32_t number;

	memcpy(&number, at, sizeof(number));
	return number;
}

static inline uint64_t prefilter_hash(uint64_t key)
{
	return key * UINT64_C(0x9E3779B97F4A7C15);
}

/* A text's byte, as it is in a key. */
static inline unsigned char prefilter_key_byte(unsigned char byte)
{
	return byte >= '0' && byte <= '9' ? LITERAL_DIGIT : byte;
}

/* Longer keys come first, so that a byte has a bit of each. */
static inline unsigned prefilter_class_number(enum prefilter_where where, unsigned class)
{
	const unsigned longer = PREFILTER_CLASSES - PREFILTER_LONGER;

	if (class >= PREFILTER_LONGER)
		return (unsigned)where * longer + class - PREFILTER_LONGER;
	return PREFILTER_FORESTS * longer + (unsigned)where * PREFILTER_LONGER + class;
}

/* The place in gates of three bytes, as in keys. */
static inline size_t prefilter_gate(uint64_t bytes)
{
	return prefilter_hash(bytes) >> (64 - PREFILTER_GATE_BITS);
}

/* Fills in what the entry is sorted by. */
void prefilter_entry_key(struct prefilter_entry *entry);
/* Of the entries, whose order they change. -1: memory is out. */
int prefilter_trees_build(struct prefilter *prefilter);
void prefilter_trees_free(struct prefilter *prefilter);
/* Does without needs that ordinary text meets, and builds the trees anew. -1: memory is out. */
int prefilter_drop_common(struct prefilter *prefilter);
/* All literals in the folded text, of len bytes, of a scan that was cleared. */
void prefilter_find(struct prefilter_scan *scan, size_t len);
/* Frees the scans that wait in the pool. */
void prefilter_scans_free(struct prefilter *prefilter);

#endif
