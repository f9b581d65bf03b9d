/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A filter in front of PCRE2: which strings of many expressions stand in a text, and where. The strings are
 * a tree, and from each place of the text it is descended as far as the text goes along: with strings of some
 * letters of natural languages that is three or four steps. Hyperscan did this before: its database of the shipped
 * lists' strings took half a second to build at each load; the tree takes some milliseconds.
 */
#include "core/prefilter.h"

#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Idle scans that are kept. More threads at once make theirs anew. */
#define POOL_MAX 16
/* Room for a text that an idle scan keeps. */
#define ROOM_KEPT ((size_t)64 << 10)
/* Trees: one is descended from each place of a text, the other where a word may begin. */
enum tree {
	ANYWHERE,
	AT_WORDS,
	TREES
};

/* Number of a literal after which any expression may match. */
#define ANY UINT32_MAX

/* Hits whose places are kept: a text with more is searched whole. */
#define HITS_MAX ((uint32_t)1 << 16)
/* Bytes that are not worth to be told from fewer. */
#define NEAR 12

/* So few places are sooner searched than looked for in a further need. */
#define FEW 12

/* A literal of one expression's set. */
struct entry {
	struct literal literal;
	uint32_t number;
	uint32_t need;
	unsigned char set; /* as a bit */
};

/* One set of an expression. */
struct need {
	struct extent before;
};

/*
 * What some literals begin with. Where one literal alone is left, its further bytes stand together instead of
 * in a node each: most of a tree of long strings is such tails.
 */
struct node {
	uint32_t literal; /* that ends here, as its number + 1; of a tail, behind it */
	uint32_t word;    /* the same, of one that ends a word here */
	uint32_t first;   /* of its children, which stand together; of a tail, its place in tails */
	uint16_t count;   /* of children */
	uint16_t tail;    /* its bytes; 0: none */
};

/* Node numbers by the first bytes that lead to it; 0: none. */
struct root {
	uint32_t pairs[1 << 16];
	uint32_t singles[1 << 8]; /* those with a literal */
};

/* Who needs a literal. */
struct user {
	uint32_t number;
	uint32_t need;
	uint32_t set; /* as a bit */
};

struct hit {
	uint32_t start; /* in the folded text */
	uint32_t next;  /* another of the same literal, as its number + 1 */
};

/* A literal that was found, for one of the needs that it meets. */
struct link {
	uint32_t literal;
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
	struct hit *hits;
	uint32_t hit_count, hit_room;
	uint32_t *last;       /* hit of each literal, as its number + 1 */
	uint32_t *found;      /* literals that have one: only theirs are cleared for the next text */
	uint32_t found_count;
	struct link *links;
	uint32_t link_count;
	uint32_t *met;        /* of each need, a link, as its number + 1 */
	bool flooded;         /* not all hits are there */
	bool any;             /* nothing can be said */
	unsigned char seen[]; /* bits of the sets of each expression of which a literal was found */
};

struct prefilter {
	size_t count;
	unsigned char *wanted; /* bits of all sets of each expression */
	struct entry *entries; /* until it is finished */
	size_t entry_count, entry_room;
	struct need *needs;
	uint32_t need_count, need_room;
	uint32_t *first_need;  /* of each expression */
	struct user *users;    /* in the order of literals */
	uint32_t *first_user;  /* of each literal, and behind the last */
	size_t literal_count;
	struct node *nodes;    /* 0: none */
	unsigned char *labels; /* of each node, the byte that leads to it */
	char *tails;           /* of all nodes */
	uint32_t tail_bytes;
	uint32_t node_count;
	struct root *roots;    /* of each tree */
	pthread_mutex_t lock;  /* of the pool */
	struct prefilter_scan *pool;
	size_t pooled;
};

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
		struct entry *grown = reallocarray(prefilter->entries, room, sizeof(*grown));

		if (grown == NULL)
			return -1;
		prefilter->entries = grown;
		prefilter->entry_room = room;
	}
	prefilter->entries[prefilter->entry_count++] = (struct entry){*literal, number, need, set};
	return 0;
}

static int add_need(struct prefilter *prefilter, const struct literal_set *set)
{
	if (prefilter->need_count == prefilter->need_room) {
		uint32_t room = prefilter->need_room != 0 ? prefilter->need_room * 2 : 256;
		struct need *grown = room > prefilter->need_room ?
		    reallocarray(prefilter->needs, room, sizeof(*grown)) : NULL;

		if (grown == NULL)
			return -1;
		prefilter->needs = grown;
		prefilter->need_room = room;
	}
	prefilter->needs[prefilter->need_count++] = (struct need){.before = set->before};
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
	return compare_literals(&((const struct entry *)a)->literal, &((const struct entry *)b)->literal);
}

/* Each literal once, and who needs it; the entries become the literals. */
static void fill_literals(struct prefilter *prefilter)
{
	uint32_t count = 0;

	for (size_t i = 0; i < prefilter->entry_count; i++) {
		struct entry entry = prefilter->entries[i];

		if (count == 0 || compare_literals(&prefilter->entries[count - 1].literal, &entry.literal) != 0) {
			prefilter->first_user[count] = (uint32_t)i;
			prefilter->entries[count++] = entry;
		}
		prefilter->users[i] = (struct user){entry.number, entry.need, entry.set};
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
static uint32_t *literal_here(const struct prefilter *prefilter, struct node *node, uint32_t literal)
{
	return (prefilter->entries[literal].literal.edges & LITERAL_ENDS) != 0 ? &node->word : &node->literal;
}

/* The rest of a node's only literal. */
static void add_tail(struct prefilter *prefilter, struct node *node, const struct branch *branch)
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
	struct node *node = &prefilter->nodes[number];

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
static void fill_root(const struct prefilter *prefilter, enum tree tree)
{
	const struct node *top = &prefilter->nodes[1 + tree];
	struct root *root = &prefilter->roots[tree];

	for (uint32_t i = top->first; i < top->first + top->count; i++) {
		const struct node *one = &prefilter->nodes[i];

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
	branches[1 + ANYWHERE] = (struct branch){0, words, 0};
	branches[1 + AT_WORDS] = (struct branch){words, count, 0};
	prefilter->node_count = 1 + TREES;
	for (uint32_t i = 1; i < prefilter->node_count; i++)
		add_children(prefilter, branches, i);
	fill_root(prefilter, ANYWHERE);
	fill_root(prefilter, AT_WORDS);
}

/* -1: memory is out. */
static int build_trees(struct prefilter *prefilter)
{
	size_t room = 1 + TREES;
	struct branch *branches;

	for (size_t i = 0; i < prefilter->literal_count; i++)
		room += prefilter->entries[i].literal.len;
	branches = room <= UINT32_MAX ? calloc(room, sizeof(*branches)) : NULL;
	prefilter->nodes = calloc(room, sizeof(*prefilter->nodes));
	prefilter->labels = calloc(room, sizeof(*prefilter->labels));
	prefilter->tails = calloc(room, sizeof(*prefilter->tails));
	prefilter->roots = calloc(TREES, sizeof(*prefilter->roots));
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
		if (add_entry(prefilter, &doubtful[i], ANY, 0, 0) != 0)
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

/* ---- scanning ---- */

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
	struct hit *grown;

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
	scan->hits[scan->hit_count] = (struct hit){(uint32_t)start, scan->last[literal]};
	scan->last[literal] = ++scan->hit_count;
}

static bool inside_word(const struct prefilter_scan *scan, size_t at, size_t len)
{
	return at < len && literal_is_word(scan->text[at]);
}

/* Literals of this node, when the text was descended to before at. */
static void note_node(struct prefilter_scan *scan, const struct node *node, size_t start, size_t at, size_t len)
{
	if (node->literal != 0)
		note_hit(scan, node->literal - 1, start);
	if (node->word != 0 && !inside_word(scan, at, len))
		note_hit(scan, node->word - 1, start);
}

/* The text from at on may be a literal's last bytes. */
static void follow_tail(struct prefilter_scan *scan, const struct node *node, size_t start, size_t at, size_t len)
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
static uint32_t child_of(const struct prefilter *prefilter, const struct node *node, unsigned char byte)
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
		const struct node *node = &prefilter->nodes[number];

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
static void find_first(struct prefilter_scan *scan, const struct root *root, unsigned char first, size_t start, size_t len)
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
static void find_at(struct prefilter_scan *scan, enum tree tree, size_t start, size_t len)
{
	const struct root *root = &scan->prefilter->roots[tree];

	if (is_digit(scan->text[start]))
		find_first(scan, root, LITERAL_DIGIT, start, len);
	find_first(scan, root, (unsigned char)scan->text[start], start, len);
}

static void find_literals(struct prefilter_scan *scan, size_t len)
{
	bool before = false;

	for (size_t i = 0; i < len; i++) {
		bool inside = literal_is_word(scan->text[i]);

		find_at(scan, ANYWHERE, i, len);
		if (!before && (inside || scan->text[i] == LITERAL_DIGIT))
			find_at(scan, AT_WORDS, i, len);
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
			const struct user *user = &prefilter->users[i];

			if (user->number == ANY)
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
			const struct user *user = &prefilter->users[i];

			if (user->number == ANY || !prefilter_may(prefilter, scan, user->number))
				continue;
			scan->links[scan->link_count] = (struct link){id, scan->met[user->need]};
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

/* ---- places ---- */

/* The bits first to last, which is among them. */
static void set_bits(uint64_t *bits, size_t first, size_t last)
{
	uint64_t head = UINT64_MAX << (first % 64), tail = UINT64_MAX >> (63 - last % 64);

	if (first / 64 == last / 64) {
		bits[first / 64] |= head & tail;
		return;
	}
	bits[first / 64] |= head;
	for (size_t i = first / 64 + 1; i < last / 64; i++)
		bits[i] = UINT64_MAX;
	bits[last / 64] |= tail;
}

/* The first byte of the text that is so near before a place of the folded text. */
static size_t extent_begin(const struct prefilter_scan *scan, uint32_t start, const struct extent *extent)
{
	size_t at = scan->places[start], begin = 0, blanks, far;

	if (extent->chars != LITERAL_FAR) {
		/* A character has four bytes at most, and a text no more beyond the first than it has. */
		far = extent->chars * 4 < extent->chars + scan->extra ? extent->chars * 4 : extent->chars + scan->extra;
		begin = at > far ? at - far : 0;
		if (far < NEAR)
			return begin;
	}
	blanks = extent->blanks != LITERAL_FAR ? scan->ranks[start] : 0;
	if (blanks > extent->blanks) {
		far = scan->places[scan->blanks[blanks - 1 - extent->blanks] + 1];
		begin = far > begin ? far : begin;
	}
	return begin;
}

/* Where a match may begin by this literal alone. */
static void literal_starts(const struct prefilter_scan *scan, uint32_t literal, const struct extent *before, uint64_t *bits)
{
	for (uint32_t at = scan->last[literal]; at != 0; at = scan->hits[at - 1].next) {
		uint32_t start = scan->hits[at - 1].start;
		size_t first = scan->places[start], last = scan->places[start + 1];

		/* A blank is a run of them, and the match may begin within. */
		last = last > first ? last - 1 : first;
		set_bits(bits, extent_begin(scan, start, before), last);
	}
}

/* Where a match may begin by this need alone. */
static void need_starts(const struct prefilter_scan *scan, uint32_t number, uint64_t *bits)
{
	const struct need *need = &scan->prefilter->needs[number];

	for (uint32_t at = scan->met[number]; at != 0; at = scan->links[at - 1].next)
		literal_starts(scan, scan->links[at - 1].literal, &need->before, bits);
}

/* Only what both have. */
static void bits_intersect(uint64_t *bits, const uint64_t *other, size_t words)
{
	for (size_t i = 0; i < words; i++)
		bits[i] &= other[i];
}

static bool bits_few(const uint64_t *bits, size_t words)
{
	size_t count = 0;

	for (size_t i = 0; i < words; i++)
		for (uint64_t word = bits[i]; word != 0; word &= word - 1)
			if (++count > FEW)
				return false;
	return true;
}

bool prefilter_starts(const struct prefilter *prefilter, const struct prefilter_scan *scan, size_t number, size_t len,
    uint64_t *bits, uint64_t *spare)
{
	size_t words = PREFILTER_WORDS(len);
	uint32_t need = prefilter->first_need[number];
	bool told = false;

	if (scan == NULL || scan->any || scan->flooded)
		return false;
	/* The best need comes first. */
	for (unsigned sets = prefilter->wanted[number]; sets != 0 && !(told && bits_few(bits, words)); sets >>= 1, need++) {
		const struct extent *before = &prefilter->needs[need].before;
		uint64_t *to = told ? spare : bits;

		if (before->chars == LITERAL_FAR && before->blanks == LITERAL_FAR)
			continue;
		memset(to, 0, words * sizeof(*to));
		need_starts(scan, need, to);
		if (told)
			bits_intersect(bits, to, words);
		told = true;
	}
	return told;
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

void prefilter_free(struct prefilter **prefilter)
{
	struct prefilter *p = *prefilter;

	*prefilter = NULL;
	if (p == NULL)
		return;
	while (p->pool != NULL) {
		struct prefilter_scan *next = p->pool->next;

		scan_free(p->pool);
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
