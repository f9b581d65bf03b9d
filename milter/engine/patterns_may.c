/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where expressions may match, by the filter alone: most rules over several classes of expressions need not be
 * searched for, because no sentence can have all of them.
 */
#include "engine/patterns.h"

static void tell_all(const struct pattern_pieces *pieces, size_t number)
{
	for (size_t i = 0; i < pieces->count; i++)
		pieces->fn(pieces->arg, number, i);
}

/* The piece that a place is in, from one on; behind the last: the last. */
static size_t piece_of(const struct pattern_pieces *pieces, size_t from, size_t place)
{
	while (from + 1 < pieces->count && pieces->ends[from] <= place)
		from++;
	return from;
}

static void tell_some(const struct pattern_pieces *pieces, size_t number, const struct prefilter_places *places)
{
	size_t piece = 0, told = SIZE_MAX;

	for (size_t i = places->first / 64; places->first <= places->last && i <= places->last / 64; i++)
		for (uint64_t bits = places->bits[i]; bits != 0; bits &= bits - 1) {
			piece = piece_of(pieces, piece, i * 64 + (size_t)__builtin_ctzll(bits));
			if (piece != told)
				pieces->fn(pieces->arg, number, piece);
			told = piece;
		}
}

void pattern_live_pieces(const struct pattern_finder *finder, size_t number, const struct pattern_pieces *pieces)
{
	for (size_t i = 0; i < finder->live_count; i++)
		if (finder->live[i].told)
			tell_some(pieces, number, &finder->live[i].places);
		else
			tell_all(pieces, number);
}
