/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sets of strings, of which a text must hold one: joined one behind the other, alternatives together, and the
 * best of them kept.
 */
#include <stddef.h>
#include <string.h>

#include "core/literals_part.h"

/* Lengths that strings are cut to when they are too many. */
#define CUT_LONGEST 7
#define CUT_SHORTEST 4
/* Longer matches are as good as endless ones. */
#define LENGTH_MAX ((size_t)1 << 20)
/* A longer string is not rarer. */
#define RARE_LEN 8

/* Whether a literal's byte stands for nothing but parts of words. */
static bool is_of_word(char byte)
{
	return literal_is_word(byte) || byte == LITERAL_DIGIT;
}

void literal_set_empty(struct literal_set *set)
{
	set->count = 1;
	set->before = (struct extent){0, 0};
	set->items[0].len = 0;
	set->items[0].edges = 0;
}

/* Nothing but a place where \\b holds. */
void literal_set_edge(struct literal_set *set)
{
	literal_set_empty(set);
	set->items[0].edges = LITERAL_STARTS | LITERAL_ENDS;
}

/* Whether a letter behind each of them begins a word. */
bool literal_set_before_word(const struct literal_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		const struct literal *one = &set->items[i];
		char last = one->len > 0 ? one->bytes[one->len - 1] : '\0';

		if (one->len == 0 ? one->edges == 0 : is_of_word(last) || (unsigned char)last >= 0x80)
			return false;
	}
	return true;
}

/* Most sets are far from full. */
void literal_set_copy(struct literal_set *to, const struct literal_set *from)
{
	memcpy(to, from, offsetof(struct literal_set, items) + from->count * sizeof(from->items[0]));
}

/* Lengths, of which each may be LITERAL_FAR. */
static size_t far_add(size_t a, size_t b)
{
	return a > LENGTH_MAX || b > LENGTH_MAX - a ? LITERAL_FAR : a + b;
}

size_t extent_times(size_t a, unsigned long times)
{
	if (a == 0 || times == 0)
		return 0;
	return times > LENGTH_MAX / a ? LITERAL_FAR : a * times;
}

struct extent extent_add(struct extent a, struct extent b)
{
	return (struct extent){far_add(a.chars, b.chars), far_add(a.blanks, b.blanks)};
}

struct extent extent_most(struct extent a, struct extent b)
{
	return (struct extent){a.chars > b.chars ? a.chars : b.chars, a.blanks > b.blanks ? a.blanks : b.blanks};
}

static bool literal_same(const struct literal *a, const struct literal *b)
{
	return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

/* false: no room. Of two that differ in their edges only, what both demand is left. */
bool literal_set_add(struct literal_set *set, const struct literal *literal)
{
	for (size_t i = 0; i < set->count; i++) {
		if (literal_same(&set->items[i], literal)) {
			set->items[i].edges &= literal->edges;
			return true;
		}
	}
	if (set->count == LITERALS_ALTERNATIVES)
		return false;
	set->items[set->count++] = *literal;
	return true;
}

/* Its strings cut to len: the text holds their beginnings, too. */
static void set_cut(struct literal_set *set, size_t len)
{
	size_t count = set->count;

	set->count = 0;
	for (size_t i = 0; i < count; i++) {
		struct literal one = set->items[i];

		if (one.len > len) {
			one.len = (unsigned char)len;
			one.edges &= LITERAL_STARTS;
		}
		literal_set_add(set, &one);
	}
}

bool literal_set_join(struct literal_set *set, const struct literal_set *more)
{
	for (size_t i = 0; i < more->count; i++)
		if (!literal_set_add(set, &more->items[i]))
			return false;
	return true;
}

/* What is demanded at the ends of b behind a. */
static unsigned char joined_edges(const struct literal *a, const struct literal *b)
{
	unsigned char starts = (a->len > 0 ? a : b)->edges & LITERAL_STARTS;
	unsigned char ends = (b->len > 0 ? b : a)->edges & LITERAL_ENDS;

	if (a->len == 0 && b->len == 0)
		return a->edges | b->edges;
	if (a->len == 0 && a->edges != 0 && is_of_word(b->bytes[0]))
		starts = LITERAL_STARTS;
	if (b->len == 0 && b->edges != 0 && is_of_word(a->bytes[a->len - 1]))
		ends = LITERAL_ENDS;
	return starts | ends;
}

/* b behind a; blanks that meet become one, as in the text. false: too long. */
static bool literal_append(struct literal *a, const struct literal *b)
{
	size_t skip = a->len > 0 && b->len > 0 && a->bytes[a->len - 1] == ' ' && b->bytes[0] == ' ' ? 1 : 0;

	if (a->len + b->len - skip > LITERAL_BYTES)
		return false;
	a->edges = joined_edges(a, b);
	memcpy(a->bytes + a->len, b->bytes + skip, b->len - skip);
	a->len = (unsigned char)(a->len + b->len - skip);
	return true;
}

/* Each of set followed by each of tail; false, and set as it was, when they are too many or too long. */
bool literal_set_append(struct literal_set *set, const struct literal_set *tail)
{
	struct literal_set out;

	out.count = 0;
	out.before = set->before;
	for (size_t i = 0; i < set->count; i++) {
		for (size_t k = 0; k < tail->count; k++) {
			struct literal one = set->items[i];

			if (!literal_append(&one, &tail->items[k]) || !literal_set_add(&out, &one))
				return false;
		}
	}
	literal_set_copy(set, &out);
	return true;
}

void literal_set_begin_words(struct literal_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		if (set->items[i].len > 0 && is_of_word(set->items[i].bytes[0]))
			set->items[i].edges |= LITERAL_STARTS;
}

/* ---- how rare they are ---- */

static bool has_sign(const struct literal *one)
{
	for (size_t i = 0; i < one->len; i++)
		if (one->bytes[i] != '\0' && strchr("!\"#$%&()*+-/:;<=>?@[\\]^_`{|}~0123456789\x1A", one->bytes[i]) != NULL)
			return true;
	return false;
}

/* What most English texts hold says less than its length. */
static bool is_common(const char *word, size_t len)
{
	/* By length. */
	static const char *const words[] = {"a i", "in on to of we us my me it is as at by or if so do be an no",
	    "the you and our for are can was not all any has had but out get now how one",
	    "your with that this have will from been were here when what them they"};

	if (len == 0 || len > sizeof(words) / sizeof(words[0]))
		return false;
	for (const char *at = words[len - 1]; ; at += len + 1) {
		if (memcmp(at, word, len) == 0)
			return true;
		if (at[len] == '\0')
			return false;
	}
}

static bool is_gap(char c)
{
	return c != '\0' && strchr(" '.,-", c) != NULL;
}

/* How much a word's bytes say; those beyond ASCII are rare. */
static size_t word_rarity(const char *word, size_t len)
{
	size_t rarity = len;

	if (is_common(word, len))
		return 1;
	for (size_t i = 0; i < len; i++)
		rarity += (unsigned char)word[i] >= 0x80;
	return rarity;
}

/* Of its words; a letter alone, unless a word must begin there, is in every text. */
static size_t literal_rarity(const struct literal *one)
{
	size_t rarity = 0, letters = 0;

	for (size_t i = 0, end; i < one->len; i = end) {
		for (end = i; end < one->len && !is_gap(one->bytes[end]); end++)
			letters++;
		rarity += end > i ? word_rarity(one->bytes + i, end - i) : 0;
		end += end == i;
	}
	if (letters == 1 && (unsigned char)one->bytes[0] < 0x80)
		return (one->edges & LITERAL_STARTS) != 0 || has_sign(one);
	return letters > 0 ? rarity : has_sign(one);
}

/* How rare the commonest of its strings is; 0: stands in every text. */
static size_t set_rarity(const struct literal_set *set)
{
	size_t least = RARE_LEN;

	for (size_t i = 0; i < set->count; i++) {
		size_t rarity = literal_rarity(&set->items[i]);

		if (rarity < least)
			least = rarity;
	}
	return set->count > 0 ? least : 0;
}

static bool set_better(const struct literal_set *a, const struct literal_set *b)
{
	size_t x = set_rarity(a), y = set_rarity(b);

	return x != y ? x > y : a->count < b->count;
}

/* ---- needs ---- */

/* Keeps the best sets. */
void literal_needs_add(struct literals *needs, const struct literal_set *set)
{
	size_t worst = 0;

	if (set_rarity(set) == 0)
		return;
	if (needs->count < LITERALS_SETS) {
		literal_set_copy(&needs->sets[needs->count++], set);
		return;
	}
	for (size_t i = 1; i < needs->count; i++)
		if (set_better(&needs->sets[worst], &needs->sets[i]))
			worst = i;
	if (set_better(set, &needs->sets[worst]))
		literal_set_copy(&needs->sets[worst], set);
}

/* The best set first. */
void literal_needs_sort(struct literals *needs)
{
	for (size_t i = 0; i < needs->count; i++) {
		for (size_t k = i + 1; k < needs->count; k++) {
			struct literal_set set;

			if (!set_better(&needs->sets[k], &needs->sets[i]))
				continue;
			literal_set_copy(&set, &needs->sets[i]);
			literal_set_copy(&needs->sets[i], &needs->sets[k]);
			literal_set_copy(&needs->sets[k], &set);
		}
	}
}

/* The set of that rank; one that has no more stands in with its best. */
static const struct literal_set *ranked(const struct literals *needs, size_t rank)
{
	return &needs->sets[rank < needs->count ? rank : 0];
}

void literal_needs_copy(struct literals *to, const struct literals *from)
{
	to->count = from->count;
	for (size_t i = 0; i < from->count; i++)
		literal_set_copy(&to->sets[i], &from->sets[i]);
}

/* As set_join; strings are cut when they are too many. */
static bool set_join_short(struct literal_set *set, const struct literal_set *more)
{
	struct literal_set cut;

	if (literal_set_join(set, more))
		return true;
	literal_set_copy(&cut, more);
	for (size_t len = CUT_LONGEST; len >= CUT_SHORTEST; len--) {
		set_cut(set, len);
		set_cut(&cut, len);
		if (literal_set_join(set, &cut))
			return set_rarity(set) > 0;
	}
	return false;
}

/* Of two alternatives one is there: each rank's sets together, where they are not too many. */
void literal_needs_join(struct literals *out, const struct literals *other)
{
	size_t most = out->count > other->count ? out->count : other->count, kept = 0;
	struct literals all;

	literal_needs_copy(&all, out);
	for (size_t rank = 0; rank < most && all.count > 0 && other->count > 0; rank++) {
		struct literal_set *both = &out->sets[kept];

		literal_set_copy(both, ranked(&all, rank));
		both->before = extent_most(both->before, ranked(other, rank)->before);
		kept += set_join_short(both, ranked(other, rank));
	}
	out->count = kept;
}
