/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where matches of an expression can begin: from each literal that was found as far back as the expression
 * can reach, and only where all its needs agree.
 */
#include <string.h>

#include "core/prefilter_tree.h"

/* Bytes that are not worth to be told from fewer. */
#define NEAR 12
/* So few places are sooner searched than looked for in a further need. */
#define FEW 12

/* The bits first to last, which is among them. */
static void set_bits(uint64_t *bits, size_t first, size_t last)
{
	uint64_t head = UINT64_MAX << (first % 64), tail = UINT64_MAX >> (63 - last % 64);

	if (first == last) {
		bits[first / 64] |= (uint64_t)1 << (first % 64);
		return;
	}
	if (first / 64 == last / 64) {
		bits[first / 64] |= head & tail;
		return;
	}
	bits[first / 64] |= head;
	for (size_t i = first / 64 + 1; i < last / 64; i++)
		bits[i] = UINT64_MAX;
	bits[last / 64] |= tail;
}

/* Bits that are set; the compiler's own calls a function where processors without the instruction are served, too. */
static inline size_t count_bits(uint64_t bits)
{
	bits -= bits >> 1 & UINT64_C(0x5555555555555555);
	bits = (bits & UINT64_C(0x3333333333333333)) + (bits >> 2 & UINT64_C(0x3333333333333333));
	bits = (bits + (bits >> 4)) & UINT64_C(0x0F0F0F0F0F0F0F0F);
	return (size_t)(bits * UINT64_C(0x0101010101010101) >> 56);
}

/* How many blanks stand before a place of the folded text. */
static size_t rank_of(const struct prefilter_scan *scan, uint32_t start)
{
	uint64_t before = ((uint64_t)1 << (start % 64)) - 1;

	return scan->ranks[start / 64] + count_bits(scan->blank_bits[start / 64] & before);
}

/* The first byte of the text that is so near before a place of the folded text. */
static size_t extent_begin(const struct prefilter_scan *scan, uint32_t start, const struct prefilter_need *extent)
{
	size_t at = scan->places[start], begin = 0, blanks, far;

	if (extent->chars != PREFILTER_FAR) {
		/* A character has four bytes at most, and a text no more beyond the first than it has. */
		far = extent->chars * (size_t)4 < extent->chars + scan->extra ? extent->chars * (size_t)4 :
		    extent->chars + scan->extra;
		begin = at > far ? at - far : 0;
		if (far < NEAR)
			return begin;
	}
	blanks = extent->blanks != PREFILTER_FAR ? rank_of(scan, start) : 0;
	if (blanks > extent->blanks) {
		far = scan->places[scan->blanks[blanks - 1 - extent->blanks] + 1];
		begin = far > begin ? far : begin;
	}
	return begin;
}

/* Where a match may begin by one need; so far. */
struct need_places {
	uint64_t *bits;
	size_t first, last;
};

/* Where a match may begin by this literal alone. */
static void literal_starts(const struct prefilter_scan *scan, const struct prefilter_found *literal, const struct prefilter_need *before,
    struct need_places *out)
{
	for (uint32_t at = literal->last; at != 0; at = scan->hits[at - 1].next) {
		uint32_t start = scan->hits[at - 1].start;
		size_t first = scan->places[start], last = scan->places[start + 1];

		/* A blank is a run of them, and the match may begin within. */
		last = last > first ? last - 1 : first;
		first = extent_begin(scan, start, before);
		set_bits(out->bits, first, last);
		out->first = first < out->first ? first : out->first;
		out->last = last > out->last ? last : out->last;
	}
}

/* Where a match may begin by this need alone. */
static void need_starts(const struct prefilter_scan *scan, uint32_t number, struct need_places *out)
{
	const struct prefilter_need *need = &scan->prefilter->needs[number];

	for (uint32_t at = prefilter_link_of(scan, number); at != 0; at = scan->links[at - 1].next)
		literal_starts(scan, &scan->found[scan->links[at - 1].found], need, out);
}

/* Only what both have. */
static void places_intersect(struct prefilter_places *places, const struct need_places *other)
{
	places->first = other->first > places->first ? other->first : places->first;
	places->last = other->last < places->last ? other->last : places->last;
	for (size_t i = places->first / 64; i <= places->last / 64; i++)
		places->bits[i] &= other->bits[i];
}

static bool places_few(const struct prefilter_places *places)
{
	size_t count = 0;

	if (places->last < places->first + FEW)
		return true;
	for (size_t i = places->first / 64; i <= places->last / 64 && count <= FEW; i++)
		count += places->bits[i] != 0 ? count_bits(places->bits[i]) : 0;
	return count <= FEW;
}

bool prefilter_starts(const struct prefilter *prefilter, const struct prefilter_scan *scan, size_t number, size_t len,
    struct prefilter_places *places)
{
	size_t words = PREFILTER_WORDS(len);
	uint32_t need = prefilter->first_need[number];
	bool told = false;

	if (scan == NULL || scan->any || scan->flooded)
		return false;
	/* The best need comes first. */
	for (unsigned sets = prefilter->wanted[number]; sets != 0; sets >>= 1, need++) {
		const struct prefilter_need *before = &prefilter->needs[need];
		struct need_places by_need = {.bits = told ? places->spare : places->bits, .first = SIZE_MAX};

		if ((sets & 1) == 0)
			continue;
		if (before->chars == PREFILTER_FAR && before->blanks == PREFILTER_FAR)
			continue;
		memset(by_need.bits, 0, words * sizeof(*by_need.bits));
		need_starts(scan, need, &by_need);
		if (told) {
			places_intersect(places, &by_need);
		} else {
			places->first = by_need.first;
			places->last = by_need.last;
		}
		told = true;
		if (places_few(places))
			break;
	}
	return told;
}
