/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_CORE_PREFILTER_TREE_H
#define POSTERN_CORE_PREFILTER_TREE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/prefilter.h"

/* Internal to prefilter*.c: the trees of literals, and what was found of them in a text. */

/* Trees: one is descended from each place of a text, the other where a word may begin. */
enum prefilter_tree {
	PREFILTER_ANYWHERE,
	PREFILTER_AT_WORDS,
	PREFILTER_TREES
};

/* The node that a tree begins with. */
#define PREFILTER_TOP(tree) (1 + (uint32_t)(tree))

/* Behind a folded text stands a byte that is in no UTF-8, so that no step leads beyond it. */
#define PREFILTER_END '\xFF'

/* A literal of one expression's set. */
struct prefilter_entry {
	struct literal literal;
	uint32_t number; /* the count of expressions: after it any may match */
	uint32_t need;
	unsigned char set; /* as a bit */
};

/* One set of an expression. */
struct prefilter_need {
	struct extent before;
};

/*
 * What some literals begin with. Where one literal alone is left, its further bytes stand together instead of
 * in a node each: most of a tree of long strings is such tails.
 */
struct prefilter_node {
	uint32_t parent; /* 0: there is none here */
	uint32_t first;  /* place of its children, plus the byte that leads to each; of a tail, its place in tails */
};

/* In a node's first: literals end there. Most do not, and so the nodes that a text leads to stay near each other. */
#define PREFILTER_ENDS ((uint32_t)1 << 31)

/* The literals that end at the node of the same number; of a tail, behind it. */
struct prefilter_ends {
	uint32_t literal; /* as its number + 1 */
	uint32_t word;    /* the same, of one that ends a word here */
	uint32_t tail;    /* its bytes; 0: none */
};

/* The two bytes that any literal of a tree begins with, as a bit each. */
struct prefilter_begins {
	uint64_t bits[(1 << 16) / 64];
};

/* Who needs a literal. */
struct prefilter_user {
	uint32_t number;
	uint32_t need;
	uint32_t set; /* as a bit */
};

struct prefilter_hit {
	uint32_t start; /* in the folded text */
	uint32_t next;  /* another of the same literal, as its number + 1 */
};

/* A literal that was found, for one of the needs that it meets. */
struct prefilter_link {
	uint32_t literal;
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
	uint32_t *ranks;      /* how many of them stand before each of its bytes */
	size_t extra;         /* bytes of characters behind their first */
	struct prefilter_hit *hits;
	uint32_t hit_count, hit_room;
	uint32_t *last;       /* hit of each literal, as its number + 1 */
	uint32_t *found;      /* literals that have one: only theirs are cleared for the next text */
	uint32_t found_count;
	struct prefilter_link *links;
	uint32_t link_count;
	uint32_t *met;        /* of each need, a link, as its number + 1 */
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
	struct prefilter_user *users;    /* in the order of literals */
	uint32_t *first_user;  /* of each literal, and behind the last */
	size_t literal_count;
	struct prefilter_node *nodes;    /* 0: none */
	struct prefilter_ends *ends;     /* of each node */
	char *tails;           /* of all nodes */
	uint32_t tail_bytes;
	struct prefilter_begins *begins; /* of each tree */
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

/* Of the entries, which are in the order of literals. -1: memory is out. */
int prefilter_trees_build(struct prefilter *prefilter);
void prefilter_trees_free(struct prefilter *prefilter);
/* Does without needs that ordinary text meets, and builds the trees anew. -1: memory is out. */
int prefilter_drop_common(struct prefilter *prefilter);
/* Frees the scans that wait in the pool. */
void prefilter_scans_free(struct prefilter *prefilter);

#endif
