/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The trees of literals, and tables that lead from a text's bytes to the tree of those that begin with them. A node
 * has as many bytes as its literals have in common, and everything of a tree stands together: what a text
 * costs is mostly the lines of memory that it leads to.
 */
#include "core/prefilter_tree.h"

#include <stdlib.h>

/* Bits of a class for each of its keys: as many keys that are not there pass. */
#define BITS_PER_KEY 8
/* Slots for each key, at least, in halves. */
#define SLOT_HALVES 3

static const unsigned char key_bytes[PREFILTER_CLASSES] = PREFILTER_KEY_BYTES;

void prefilter_entry_key(struct prefilter_entry *entry)
{
	const struct literal *literal = &entry->literal;

	entry->class = PREFILTER_CLASSES - 1;
	while (entry->class > 0 && key_bytes[entry->class] > literal->len)
		entry->class--;
	entry->key = 0;
	for (size_t i = 0; i < key_bytes[entry->class]; i++)
		entry->key = entry->key << 8 | prefilter_key_byte((unsigned char)literal->bytes[i]);
}

/* ---- order ---- */

static int compare_keys(const struct prefilter_entry *a, const struct prefilter_entry *b)
{
	int order = (int)prefilter_at_words(&a->literal) - (int)prefilter_at_words(&b->literal);

	if (order == 0)
		order = (int)a->class - (int)b->class;
	return order != 0 ? order : (a->key > b->key) - (a->key < b->key);
}

/* Of the same key; of two of the same bytes the one that may end inside a word is first. */
static int compare_literals(const struct literal *a, const struct literal *b)
{
	int order = memcmp(a->bytes, b->bytes, a->len < b->len ? a->len : b->len);

	if (order == 0)
		order = (int)a->len - (int)b->len;
	return order != 0 ? order : (int)(a->edges & LITERAL_ENDS) - (int)(b->edges & LITERAL_ENDS);
}

static int compare_entries(const void *a, const void *b)
{
	const struct prefilter_entry *x = a, *y = b;
	int order = compare_keys(x, y);

	if (order == 0)
		order = compare_literals(&x->literal, &y->literal);
	return order != 0 ? order : (x->number > y->number) - (x->number < y->number);
}

/* ---- trees ---- */

/* Trees while they are written. */
struct writing {
	const struct prefilter_entry *entries;
	unsigned char *out;
	uint32_t used;
};

static void write_number(unsigned char *at, uint32_t number)
{
	memcpy(at, &number, sizeof(number));
}

static uint32_t take(struct writing *writing, size_t bytes)
{
	uint32_t at = writing->used;

	writing->used += (uint32_t)bytes;
	return at;
}

/* Who needs the first of the entries, which are those of one node; returns the next literal's entry. */
static size_t write_users(struct writing *writing, size_t first, size_t last)
{
	uint32_t at = take(writing, sizeof(uint32_t));
	size_t next = first;

	for (; next < last && compare_literals(&writing->entries[first].literal, &writing->entries[next].literal) == 0; next++)
		write_number(writing->out + take(writing, sizeof(uint32_t)),
		    PREFILTER_USER(writing->entries[next].number, writing->entries[next].set));
	write_number(writing->out + at, (uint32_t)(next - first));
	return next;
}

/* How many bytes all of them have in common. */
static size_t common_bytes(const struct literal *first, const struct literal *last)
{
	size_t len = 0;

	/* What is between is between in their order, too. */
	while (len < first->len && len < last->len && first->bytes[len] == last->bytes[len])
		len++;
	return len;
}

/* Behind the entries of the same byte. */
static size_t same_byte_end(const struct writing *writing, size_t first, size_t last, size_t depth)
{
	char byte = writing->entries[first].literal.bytes[depth];

	while (first < last && writing->entries[first].literal.bytes[depth] == byte)
		first++;
	return first;
}

/* The node of the entries first to before last, behind depth bytes that its parents have: where it is. */
static uint32_t write_node(struct writing *writing, size_t first, size_t last, size_t depth)
{
	const struct prefilter_entry *entries = writing->entries;
	size_t end = common_bytes(&entries[first].literal, &entries[last - 1].literal);
	struct prefilter_node head = {.len = (unsigned char)(end - depth)};
	uint32_t place = take(writing, sizeof(head)), bytes, places;

	memcpy(writing->out + take(writing, head.len), entries[first].literal.bytes + depth, head.len);
	while (first < last && entries[first].literal.len == end) {
		head.ends |= (entries[first].literal.edges & LITERAL_ENDS) != 0 ? PREFILTER_ENDS_WORD : PREFILTER_ENDS;
		first = write_users(writing, first, last);
	}
	for (size_t i = first; i < last; i = same_byte_end(writing, i, last, end))
		head.children++;
	memcpy(writing->out + place, &head, sizeof(head));
	bytes = take(writing, head.children);
	places = take(writing, head.children * sizeof(uint32_t));
	for (size_t i = first, next; i < last; i = next, bytes++, places += sizeof(uint32_t)) {
		next = same_byte_end(writing, i, last, end);
		writing->out[bytes] = (unsigned char)entries[i].literal.bytes[end];
		write_number(writing->out + places, write_node(writing, i, next, end));
	}
	return place;
}

/* ---- tables ---- */

/* The highest bits of a hash, 2^n of them for at least so many; n. */
static unsigned bits_for(size_t count)
{
	unsigned n = 6;

	while (n < 31 && (size_t)1 << n < count)
		n++;
	return n;
}

/* Behind the entries of the same key. */
static size_t same_key_end(const struct prefilter *prefilter, size_t first)
{
	size_t next = first + 1;

	while (next < prefilter->entry_count &&
	    compare_keys(&prefilter->entries[first], &prefilter->entries[next]) == 0)
		next++;
	return next;
}

static struct prefilter_class *class_of(struct prefilter *prefilter, const struct prefilter_entry *entry)
{
	return &prefilter->classes[prefilter_class_number(prefilter_at_words(&entry->literal) ? PREFILTER_AT_WORDS :
	    PREFILTER_ANYWHERE, entry->class)];
}

/* Each class's room, of one piece of memory. -1: memory is out. */
static int make_tables(struct prefilter *prefilter)
{
	struct prefilter_class *classes = prefilter->classes;
	const size_t class_count = PREFILTER_FORESTS * (size_t)PREFILTER_CLASSES;
	size_t keys[PREFILTER_FORESTS * PREFILTER_CLASSES] = {0}, words = 0, slots = 0;

	for (size_t i = 0; i < prefilter->entry_count; i = same_key_end(prefilter, i))
		keys[class_of(prefilter, &prefilter->entries[i]) - classes]++;
	for (size_t i = 0; i < class_count; i++) {
		classes[i].bit_shift = (unsigned char)(64 - bits_for(keys[i] * BITS_PER_KEY));
		classes[i].slot_shift = (unsigned char)(64 - bits_for(keys[i] * SLOT_HALVES / 2));
		words += ((size_t)1 << (64 - classes[i].bit_shift)) / 64;
		slots += (size_t)1 << (64 - classes[i].slot_shift);
	}
	prefilter->bits = calloc(words, sizeof(*prefilter->bits));
	prefilter->slots = calloc(slots, sizeof(*prefilter->slots));
	if (prefilter->bits == NULL || prefilter->slots == NULL)
		return -1;
	for (size_t i = 0; i < class_count; i++) {
		classes[i].bits = i == 0 ? prefilter->bits :
		    classes[i - 1].bits + ((size_t)1 << (64 - classes[i - 1].bit_shift)) / 64;
		classes[i].slots = i == 0 ? prefilter->slots : classes[i - 1].slots + classes[i - 1].slot_mask + 1;
		classes[i].slot_mask = (uint32_t)(((size_t)1 << (64 - classes[i].slot_shift)) - 1);
	}
	return 0;
}

/* Which classes a text's first bytes may have keys of. */
static void open_gate(struct prefilter *prefilter, const struct prefilter_entry *entry, unsigned class)
{
	struct prefilter_gates *gates = prefilter->gates;
	size_t len = key_bytes[entry->class];
	unsigned char shorter = (unsigned char)(1U << class >> PREFILTER_SHORTER_SHIFT);

	if (len == 2)
		gates->shorter[entry->key] |= shorter;
	for (size_t i = 0; len == 1 && i < 256; i++)
		gates->shorter[entry->key << 8 | i] |= shorter;
	if (len > 2)
		gates->longer[prefilter_gate(entry->key >> 8 * (len - 3))] |= (unsigned char)(1U << class);
}

static void put_key(struct prefilter *prefilter, const struct prefilter_entry *entry, uint32_t tree)
{
	struct prefilter_class *class = class_of(prefilter, entry);
	uint64_t key = entry->key, hash = prefilter_hash(key);
	uint32_t slot = (uint32_t)(hash >> class->slot_shift), len = key_bytes[entry->class];
	bool digits = false;

	for (size_t i = 0; i < len; i++)
		digits = digits || prefilter_key_byte((unsigned char)entry->literal.bytes[i]) == LITERAL_DIGIT;
	class->key_shift = (unsigned char)(64 - 8 * len);
	open_gate(prefilter, entry, (unsigned)(class - prefilter->classes));

	class->bits[hash >> class->bit_shift >> 6] |= (uint64_t)1 << (hash >> class->bit_shift & 63);
	while (class->slots[slot].tree != 0)
		slot = (slot + 1) & class->slot_mask;
	class->slots[slot] = (struct prefilter_slot){key, tree, digits ? 0 : len};
}

/* Bytes that the trees have at most: of each literal a node and one that it shares with others. */
static size_t trees_room(const struct prefilter *prefilter)
{
	size_t room = 1;

	for (size_t i = 0; i < prefilter->entry_count; i++)
		room += prefilter->entries[i].literal.len + 2 * sizeof(uint32_t) +
		    2 * (sizeof(struct prefilter_node) + 1 + sizeof(uint32_t));
	return room;
}

int prefilter_trees_build(struct prefilter *prefilter)
{
	struct writing writing = {.entries = prefilter->entries, .used = 1};
	size_t room = trees_room(prefilter);
	unsigned char *fitting;

	qsort(prefilter->entries, prefilter->entry_count, sizeof(*prefilter->entries), compare_entries);
	if (room > UINT32_MAX || (writing.out = calloc(room, 1)) == NULL)
		return -1;
	prefilter->trees = writing.out;
	prefilter->gates = calloc(1, sizeof(*prefilter->gates));
	if (prefilter->gates == NULL || make_tables(prefilter) != 0)
		return -1;
	for (size_t i = 0, next; i < prefilter->entry_count; i = next) {
		const struct prefilter_entry *entry = &prefilter->entries[i];

		next = same_key_end(prefilter, i);
		put_key(prefilter, entry, write_node(&writing, i, next, 0));
	}
	fitting = realloc(writing.out, writing.used);
	prefilter->trees = fitting != NULL ? fitting : writing.out;
	return 0;
}

void prefilter_trees_free(struct prefilter *prefilter)
{
	free(prefilter->trees);
	free(prefilter->bits);
	free(prefilter->slots);
	free(prefilter->gates);
	prefilter->trees = NULL;
	prefilter->bits = NULL;
	prefilter->slots = NULL;
	prefilter->gates = NULL;
}
