/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Words: which letters pose as others, and what of a word is a disguise. A
 * word is what stands between white space. A Russian word is none, and a
 * letter of a name in an English letter neither.
 */
#include <string.h>

#include "core/text.h"
#include "mail/normal_private.h"

/* Letters of an alphabet in a text may be one to so many Latin ones, or the text is written in it. */
#define LATIN_SHARE 8
#define LOOK_AHEAD 64

static bool is_ascii_letter(uint32_t cp)
{
	return (cp >= 'A' && cp <= 'Z') || (cp >= 'a' && cp <= 'z');
}

static bool is_alnum(uint32_t cp)
{
	return is_ascii_letter(cp) || (cp >= '0' && cp <= '9') || (cp >= 0x80 && normal_is_letter(cp));
}

/* Letters from first on without punctuation between. */
struct stretch {
	size_t first, end;
	size_t ascii, exact, near, other; /* letters: Latin, looking like them, all the rest */
	unsigned alphabet;                /* of the last one that looks like Latin */
	unsigned alphabets;               /* of all of those, as bits */
};

static void count_letter(struct stretch *s, uint32_t cp)
{
	bool near;

	if (is_ascii_letter(cp)) {
		s->ascii++;
	} else if (normal_lookalike(cp, &near) != 0) {
		*(near ? &s->near : &s->exact) += 1;
		s->alphabet = normal_alphabet(cp);
		s->alphabets |= 1U << s->alphabet;
	} else if (normal_is_letter(cp)) {
		s->other += normal_alphabet(cp) != 0;
	}
}

static struct stretch next_stretch(const struct word *word, size_t at)
{
	struct stretch s = {.first = at};

	while (s.first < word->count && !is_alnum(word->units[s.first].cp[0]))
		s.first++;
	for (s.end = s.first; s.end < word->count && is_alnum(word->units[s.end].cp[0]); s.end++)
		count_letter(&s, word->units[s.end].cp[0]);
	return s;
}

/* Does a word of the same alphabet follow that can't be read as Latin? Then this is one of a name. */
static bool name_follows(struct slice after, unsigned alphabet)
{
	size_t at = 0, n;
	unsigned long cp;
	bool near;

	after = slice_sub(after, 0, LOOK_AHEAD);
	while (at < after.len && (unsigned char)after.ptr[at] < 0x80 && !is_alnum((unsigned char)after.ptr[at]))
		at++;
	for (; at < after.len && (n = utf8_decode(slice_sub(after, at, 4), &cp)) > 1; at += n) {
		if (normal_alphabet((uint32_t)cp) == alphabet && (normal_lookalike((uint32_t)cp, &near) == 0 || near))
			return true;
	}
	return false;
}

/* Is the stretch a disguise? Mixed with Latin letters, or of nothing but look-alikes in Latin text. */
static bool is_masked(const struct word *word, const struct stretch *s, const struct census *census, size_t ascii)
{
	size_t posing = s->exact + s->near;

	if (posing == 0 || s->other > 0)
		return false;
	if (s->ascii > 0 || (s->alphabets & (s->alphabets - 1)) != 0 || (s->near == 0 && ascii > 0 && s->end - s->first > 1))
		return true;
	if ((s->near > 0 && s->alphabet != 0) || census->foreign[s->alphabet] * LATIN_SHARE > census->latin ||
	    (s->alphabet == 2 && posing == 1))
		return false;
	return !name_follows(word->after, s->alphabet);
}

void word_unmask(struct word *word, const struct census *census)
{
	size_t ascii = 0;

	for (size_t i = 0; i < word->count; i++)
		ascii += is_ascii_letter(word->units[i].cp[0]);
	for (size_t at = 0; at < word->count;) {
		struct stretch s = next_stretch(word, at);

		at = s.end;
		if (!is_masked(word, &s, census, ascii))
			continue;
		for (size_t i = s.first; i < s.end; i++) {
			struct unit *unit = &word->units[i];
			bool near;
			char letter = unit->cp[0] >= 0x80 ? normal_lookalike(unit->cp[0], &near) : 0;

			if (letter == 0)
				continue;
			/* the dotless i is a Turkish letter */
			unit->lookalike = unit->cp[0] != 0x131;
			unit->form = unit->form == FORM_SAME ? FORM_QUIET : unit->form;
			unit->cp[0] = (unsigned char)letter;
		}
	}
}

/* Does the unit belong to a name, a number or an address? */
static bool is_inner(const struct unit *unit)
{
	uint32_t cp = unit->cp[unit->count - 1];

	return is_ascii_letter(cp) || (cp >= '0' && cp <= '9') || (cp < 0x80 && cp != 0 && strchr(".@-_/:+%", (int)cp) != NULL) ||
	    (cp >= 0xC0 && cp < 0x370);
}

static bool is_plain_letters(const struct word *word, size_t first, size_t last)
{
	for (size_t i = first; i <= last; i++)
		if (!normal_is_letter(word->units[i].cp[0]))
			return false;
	return true;
}

/* A soft hyphen where a printer may break the word is one; elsewhere it hides something. */
static size_t soft_hyphens(const struct word *word, size_t first, size_t last)
{
	size_t count = 0, before = first;
	bool normal = is_plain_letters(word, first, last);

	for (size_t i = first + 1; i <= last; i++) {
		if (word->units[i].soft == 0)
			continue;
		count += word->units[i].soft;
		normal &= word->units[i].soft == 1 && i - before >= 2 && last + 1 - i >= 2;
		before = i;
	}
	return normal ? 0 : count;
}

/* "10⁴", "2ⁿᵈ": figures, and a few raised characters behind them. */
static bool is_raised(const struct word *word, size_t first, size_t last, size_t count)
{
	for (size_t i = first; i + count <= last; i++)
		if (word->units[i].form != FORM_SAME || word->units[i].cp[0] < '0' || word->units[i].cp[0] > '9')
			return count == 1 && word->units[last].form == FORM_FANCY;
	return true;
}

/* Forms in the word; a single bullet is none, nor is full width beside Chinese. */
static size_t forms(const struct word *word, const struct census *census, size_t first, size_t last)
{
	size_t fancy = 0, wide = 0, bullets = 0, marks = 0;

	for (size_t i = first; i <= last; i++) {
		const struct unit *unit = &word->units[i];

		fancy += unit->form == FORM_FANCY;
		wide += unit->form == FORM_WIDE;
		bullets += unit->form == FORM_BULLET;
		marks += unit->marks;
	}
	if (census->wide * 2 > census->latin)
		wide = 0;
	if (bullets == 1 && (first == last || word->units[first].form == FORM_BULLET))
		bullets = 0;
	if (fancy <= 3 && fancy <= last - first && is_raised(word, first, last, fancy))
		fancy = 0;
	return fancy + wide + bullets + (marks >= 2 ? marks : 0);
}

bool word_disguises(const struct word *word, const struct census *census, size_t counts[4], size_t *first_r,
    size_t *last_r)
{
	size_t first = 0, last = word->count;

	memset(counts, 0, 4 * sizeof(counts[0]));
	while (first < last && !is_alnum(word->units[first].cp[0]))
		first++;
	while (last > first && !is_alnum(word->units[last - 1].cp[0]))
		last--;
	if (first == last)
		return false;
	last--;
	for (size_t i = first; i <= last; i++) {
		const struct unit *unit = &word->units[i];

		if (i > first && is_inner(unit - 1) && is_inner(unit)) {
			counts[DISGUISE_INVISIBLE] += unit->invisible;
			counts[DISGUISE_BIDI] += unit->bidi;
		}
		counts[DISGUISE_LOOKALIKE] += unit->lookalike;
	}
	counts[DISGUISE_INVISIBLE] += soft_hyphens(word, first, last);
	counts[DISGUISE_FORM] = forms(word, census, first, last);
	*first_r = first;
	*last_r = last;
	return counts[0] + counts[1] + counts[2] + counts[3] > 0;
}
