/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What parts of an expression need: characters, repetitions, and parts joined with others.
 */
#include <string.h>

#include "core/literals_part.h"

/* Repetitions that are told one by one, of what may be one string and of more, and how many strings they may be. */
#define REPEATS_OF_ONE LITERAL_BYTES
#define REPEATS_MAX 8
#define REPEATED_MAX 32

void literal_part_anything(struct literal_part *part)
{
	part->exact = false;
	part->longest = (struct extent){LITERAL_FAR, LITERAL_FAR};
	part->needs.count = 0;
}

void literal_part_nothing(struct literal_part *part)
{
	part->exact = true;
	part->longest = (struct extent){0, 0};
	literal_set_empty(&part->set);
}

/* All it needs as sets. */
void literal_part_loosen(struct literal_part *part)
{
	if (!part->exact)
		return;
	part->exact = false;
	part->needs.count = 0;
	literal_needs_add(&part->needs, &part->set);
}

/* Any one character. */
void literal_part_one(struct literal_part *part)
{
	literal_part_anything(part);
	part->longest = (struct extent){1, 1};
}

static void put_utf8(struct literal *one, unsigned long cp)
{
	one->len = cp < 0x800 ? 2 : 3;
	if (cp < 0x800) {
		one->bytes[0] = (char)(0xC0 | cp >> 6);
	} else {
		one->bytes[0] = (char)(0xE0 | cp >> 12);
		one->bytes[1] = (char)(0x80 | (cp >> 6 & 0x3F));
	}
	one->bytes[one->len - 1] = (char)(0x80 | (cp & 0x3F));
}

void literal_part_char(struct literal_part *part, unsigned long cp)
{
	/* How the letters of Russian and their variants (U+1C80 to U+1C88) begin. */
	static const struct literal_set cyrillic = {.count = 3,
	    .items = {{1, 0, "\xD0"}, {1, 0, "\xD1"}, {2, 0, "\xE1\xB2"}}};
	struct literal *one = &part->set.items[0];

	literal_part_nothing(part);
	part->longest = (struct extent){1, literal_is_blank(cp)};
	if (literal_is_blank(cp) || literal_is_apostrophe(cp)) {
		one->len = 1;
		one->bytes[0] = literal_is_blank(cp) ? ' ' : '\'';
	} else if (cp < 0x80 && cp != LITERAL_DIGIT) {
		one->len = 1;
		one->bytes[0] = (char)(cp >= 'A' && cp <= 'Z' ? cp + ('a' - 'A') : cp);
	} else if (literal_is_caseless(cp)) {
		put_utf8(one, cp);
	} else {
		literal_part_one(part);
		part->longest.blanks = 0;
		if (cp >= 0x410 && cp <= 0x44F)
			literal_needs_add(&part->needs, &cyrillic);
	}
}

void literal_part_digit(struct literal_part *part)
{
	literal_part_nothing(part);
	part->longest = (struct extent){1, 0};
	part->set.items[0].len = 1;
	part->set.items[0].bytes[0] = LITERAL_DIGIT;
}

static bool is_blanks(const struct literal_part *part)
{
	return part->exact && part->set.count == 1 && part->set.items[0].len == 1 && part->set.items[0].bytes[0] == ' ';
}

/* What comes a few times is as many strings one after the other. false: they would not be few, and it stays. */
static bool repeat_exact(struct literal_part *part, unsigned long min, unsigned long max)
{
	struct literal_set all, times, again;

	if (!part->exact || max > (part->set.count == 1 ? REPEATS_OF_ONE : REPEATS_MAX))
		return false;
	/* What is known of the place before the first is not of those behind. */
	literal_set_copy(&again, &part->set);
	for (size_t i = 0; i < again.count; i++)
		if (again.items[i].len == 0)
			again.items[i].edges = 0;
	literal_set_empty(&times);
	all.count = 0;
	all.before = times.before;
	for (unsigned long i = 0; i <= max; i++) {
		if (i > 0 && (!literal_set_append(&times, i > 1 ? &again : &part->set) || times.count > REPEATED_MAX))
			return false;
		if (i >= min && !literal_set_join(&all, &times))
			return false;
	}
	literal_set_copy(&part->set, &all);
	return true;
}

/* As many times as it must come; false as for repeat_exact. */
static bool repeat_least(struct literal_part *part, unsigned long min)
{
	return min < 2 || repeat_exact(part, min, min);
}

void literal_part_repeat(struct literal_part *part, unsigned long min, unsigned long max)
{
	static const struct literal nothing = {.len = 0};
	struct extent longest = {extent_times(part->longest.chars, max), extent_times(part->longest.blanks, max)};

	/* Many blanks are one. */
	if (is_blanks(part)) {
		longest.blanks = max > 0;
		max = 1;
		min = min > 0;
	}
	if (min == 0 && max == 1) {
		if (!part->exact || !literal_set_add(&part->set, &nothing))
			literal_part_anything(part);
	} else if (!repeat_exact(part, min, max)) {
		if (min == 0) {
			literal_part_anything(part);
		} else if (max > 1) {
			repeat_least(part, min);
			literal_part_loosen(part);
		}
	}
	part->longest = longest;
}

/* What stood together so far is done; next begins anew, or is nothing that can be joined. */
void literal_part_break(struct literal_part *out, struct literal_part *next)
{
	bool words;

	literal_needs_add(&out->needs, &out->set);
	for (size_t i = 0; !next->exact && i < next->needs.count; i++) {
		struct literal_set *set = &next->needs.sets[i];

		set->before = extent_add(set->before, out->longest);
		literal_needs_add(&out->needs, set);
	}
	words = literal_set_before_word(&out->set);
	if (next->exact)
		literal_set_copy(&out->set, &next->set);
	if (next->exact && words)
		literal_set_begin_words(&out->set);
	if (!next->exact)
		literal_set_empty(&out->set);
	out->set.before = out->longest;
}

/* One of two alternatives: either's strings, or what either needs. */
void literal_part_choose(struct literal_part *out, struct literal_part *other)
{
	out->longest = extent_most(out->longest, other->longest);
	if (out->exact && other->exact) {
		size_t count = out->set.count;

		if (literal_set_join(&out->set, &other->set))
			return;
		out->set.count = count;
	}
	literal_part_loosen(out);
	literal_part_loosen(other);
	literal_needs_sort(&other->needs);
	literal_needs_join(&out->needs, &other->needs);
}
