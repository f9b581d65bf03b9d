/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Gathers sentences in units that are long enough to be judged, without the
 * names in them, and counts the words that a dictionary knows.
 */
#include "clean.h"

#include <string.h>

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}


bool ends_paragraph(struct postern_slice clean, size_t pos)
{
	size_t feeds = 0;

	/* The sentence may have taken its line feed along. */
	if (pos > 0 && clean.ptr[pos - 1] == '\n')
		feeds++;
	for (; pos < clean.len && is_space(clean.ptr[pos]); pos++)
		if (clean.ptr[pos] == '\n')
			feeds++;
	return pos == clean.len || feeds > 1;
}

void unit_init(struct unit *unit, char *room, size_t cjk_weight)
{
	unit->text = room;
	unit->cjk_weight = cjk_weight;
	unit_reset(unit);
}

void unit_reset(struct unit *unit)
{
	unit->len = 0;
	unit->letters = 0;
	unit->script = 0;
	unit->start = unit->end = 0;
	unit->title = true;
	unit->keep_names = false;
	unit->names = 0;
	unit->counted = 0;
	unit->count = (struct unit_count){0, 0, 0};
	unit->after_name = false;
	unit->text[0] = '\0';
}

static bool is_latin_letter(uint32_t c)
{
	return rune_is_letter(c) && (c < 0x370 || (c >= 0x1E00 && c < 0x1F00));
}

static bool is_mark(uint32_t c)
{
	return c == '\'' || c == 0x2019 || c == '-' || (c >= 0x300 && c < 0x370);
}

/* A word of Latin letters from pos on; its end. */
static size_t latin_word_end(struct postern_slice s, size_t pos)
{
	for (;;) {
		size_t next;
		uint32_t c;

		/* Nearly all. */
		pos = letters_end(s, pos);
		if (pos == s.len || s.ptr[pos] == ' ')
			return pos;
		next = pos;
		c = rune_next(s, &next);
		if (!is_mark(c) && (c < 0x80 || !is_latin_letter(c)))
			return pos;
		pos = next;
	}
}

/* A run of other scripts: letters with spaces and punctuation between them. Weighs short ones nothing. */
static size_t script_run(struct postern_slice s, size_t pos, size_t cjk_weight, size_t *weight_r)
{
	size_t cjk = 0, other = 0, words = 1, end = pos;

	while (pos < s.len) {
		size_t next = pos;
		uint32_t c = rune_next(s, &next);

		if (is_latin_letter(c))
			break;
		if (rune_is_cjk(c))
			cjk++;
		else if (rune_is_letter(c))
			other++;
		else if (c == ' ' && other > 0)
			words++;
		if (rune_is_letter(c))
			end = next;
		pos = next;
	}
	*weight_r = (cjk >= 4 ? cjk * cjk_weight : 0) + (other >= 6 && words > 1 ? other : other >= 12 ? other : 0);
	return end;
}

static bool is_capital(struct postern_slice word)
{
	size_t pos = 0;
	uint32_t c = rune_next(word, &pos);

	if (c < 0x80)
		return c >= 'A' && c <= 'Z';
	if (c >= 0x100 && c < 0x180) /* pairs: the capital has the even code up to 0x137 and from 0x14A on */
		return c < 0x139 || (c >= 0x14A && c < 0x178) ? (c & 1) == 0 : c == 0x178 || (c & 1) == 1;
	if (c == 0x1A0 || c == 0x1AF || (c >= 0x1E00 && c < 0x1F00))
		return c == 0x1A0 || c == 0x1AF || (c & 1) == 0;
	return (c >= 0xC0 && c <= 0xDE && c != 0xD7);
}

static bool is_all_capitals(struct postern_slice word)
{
	for (size_t i = 0; i < word.len; i++)
		if (word.ptr[i] >= 'a' && word.ptr[i] <= 'z')
			return false;
	return true;
}

/* Words of a sentence whose places are kept: of nearly all sentences each. */
#define PLACES_MAX 48

/* The words of a sentence, and how they are written. */
struct words_shape {
	size_t words, capitals, shouted;
	size_t kept;
	struct {
		size_t start, end;
	} places[PLACES_MAX];
};

static void shape_word(struct words_shape *shape, struct postern_slice s, size_t start, size_t end)
{
	struct postern_slice word = view_sub(s, start, end);
	bool capital = (unsigned char)word.ptr[0] < 0x80 ? word.ptr[0] >= 'A' && word.ptr[0] <= 'Z' : is_capital(word);

	if (shape->kept < PLACES_MAX) {
		shape->places[shape->kept].start = start;
		shape->places[shape->kept++].end = end;
	}
	shape->words++;
	shape->capitals += capital;
	shape->shouted += is_all_capitals(word);
}

static void words_shape(struct postern_slice s, struct words_shape *shape)
{
	shape->words = shape->capitals = shape->shouted = shape->kept = 0;
	for (size_t pos = 0; pos < s.len;) {
		size_t end;

		if (s.ptr[pos] == ' ') {
			pos++;
			continue;
		}
		end = latin_word_end(s, pos);
		if (end > pos) {
			shape_word(shape, s, pos, end);
			pos = end;
		} else {
			rune_next(s, &pos);
		}
	}
}

/* The end of the word at pos, as words_shape saw it; pos: there is none. *at: from which place on to look. */
static size_t place_end(const struct words_shape *shape, struct postern_slice s, size_t pos, size_t *at)
{
	while (*at < shape->kept && shape->places[*at].start < pos)
		++*at;
	if (*at == shape->kept && shape->words > shape->kept)
		return latin_word_end(s, pos);
	return *at < shape->kept && shape->places[*at].start == pos ? shape->places[*at].end : pos;
}

/* The words behind the first that are capitalised are names, unless most are. */
static bool is_name(struct postern_slice word, size_t position, const struct words_shape *shape)
{
	if (position == 0 || !is_capital(word) || word.len < 2)
		return false;
	return shape->capitals * 2 < shape->words + (shape->words < 10 ? 2 : 4);
}

static void append_word(struct unit *unit, struct postern_slice word)
{
	char *to = unit->text + unit->len;
	uint64_t wide = 0;
	size_t letters = 0;

	if (unit->len > 0)
		*to++ = ' ';
	for (size_t i = 0; i < word.len; i += 8) {
		uint64_t bytes = bytes_first(word.ptr + i, word.len - i), found = bytes_letters(bytes), small;

		letters += bytes_count(found);
		wide |= bytes;
		small = htole64(bytes | found >> 2);
		memcpy(to + i, &small, sizeof(small));
	}
	to[word.len] = '\0';
	unit->len = (size_t)(to - unit->text) + word.len;
	unit->letters += (wide & BYTES_ALL(0x80)) == 0 ? letters : letters_count(word);
}

static bool ends_sentence(struct postern_slice s)
{
	s = view_trim(s);
	return s.len > 0 && strchr(".!?:", s.ptr[s.len - 1]) != NULL;
}

/* "Calle de la Rosa", "Rue du Bac": small words inside names. */
static bool is_particle(struct postern_slice word)
{
	static const char *const particles[] = {"de", "la", "du", "del", "da", "do", "dos", "di", "van", "der", "von", "den",
	    "el", "y", "le", "al"};

	for (size_t i = 0; word.len <= 3 && i < sizeof(particles) / sizeof(particles[0]); i++)
		if (word.len == strlen(particles[i]) && memcmp(word.ptr, particles[i], word.len) == 0)
			return true;
	return false;
}

static void add_word(struct unit *unit, struct postern_slice word, size_t position, const struct words_shape *shape)
{
	bool name = is_name(word, position, shape) || (unit->after_name && is_particle(word));

	unit->after_name = name;
	if (name && !unit->keep_names)
		unit->names += letters_count(word);
	else
		append_word(unit, word);
}

/* Who shouts, capitalises everything. */
static bool is_title(struct postern_slice s, const struct words_shape *shape)
{
	return shape->words == 0 || (shape->words >= 3 && shape->capitals * 10 >= shape->words * 6 &&
	    shape->shouted * 2 <= shape->words && !ends_sentence(s));
}

void unit_add(struct unit *unit, struct postern_slice clean, size_t start, size_t end)
{
	struct postern_slice s = view_sub(clean, start, end);
	struct words_shape shape;
	size_t position = 0, place = 0, weight;

	words_shape(s, &shape);
	if (unit->end == 0)
		unit->start = start;
	unit->end = end;
	if (!is_title(s, &shape))
		unit->title = false;
	for (size_t pos = 0; pos < s.len;) {
		size_t stop = s.ptr[pos] == ' ' ? pos : place_end(&shape, s, pos, &place), next = pos;

		if (stop > pos) {
			add_word(unit, view_sub(s, pos, stop), position++, &shape);
			pos = stop;
		} else if (rune_is_letter(rune_next(s, &next))) {
			stop = script_run(s, pos, unit->cjk_weight, &weight);
			unit->script += weight;
			pos = stop > pos ? stop : next;
		} else {
			pos = next;
		}
	}
}

/* Whether the dictionary knows a lower-case word, also as a name or an abbreviation. */
static bool is_known(struct dictionary *dictionary, char *word)
{
	if (dictionary_has(dictionary, word))
		return true;
	if (word[0] < 'a' || word[0] > 'z')
		return false;
	word[0] = (char)(word[0] - ('a' - 'A'));
	return dictionary_has(dictionary, word);
}

/* The typographic apostrophe as the dictionary writes it. */
static size_t copy_word(char *out, size_t size, const char *word, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len && n + 1 < size; i++) {
		if (word[i] == '\xE2' && len - i >= 3 && memcmp(word + i, "\xE2\x80\x99", 3) == 0) {
			out[n++] = '\'';
			i += 2;
		} else {
			out[n++] = word[i];
		}
	}
	while (n > 0 && (out[n - 1] == '\'' || out[n - 1] == '-'))
		n--;
	out[n] = '\0';
	return n;
}

void unit_join(struct unit *unit, const struct unit *next, struct postern_slice clean)
{
	/* What stands first in the sentence may belong to the name before. */
	if (unit->after_name) {
		unit_add(unit, clean, next->start, next->end);
		return;
	}
	if (unit->end == 0)
		unit->start = next->start;
	unit->end = next->end;
	if (unit->counted == unit->len) {
		unit->count.words += next->count.words;
		unit->count.foreign += next->count.foreign;
		unit->count.known += next->count.known;
		unit->counted += next->counted > 0 ? next->counted + (unit->len > 0) : 0;
	}
	if (next->len > 0) {
		if (unit->len > 0)
			unit->text[unit->len++] = ' ';
		memcpy(unit->text + unit->len, next->text, next->len + 1);
		unit->len += next->len;
	}
	unit->letters += next->letters;
	unit->names += next->names;
	unit->script += next->script;
	unit->title = unit->title && next->title;
	unit->after_name = next->after_name;
}

struct count {
	struct dictionary *dictionary;
	const struct words *foreign;
	struct unit_count *sum;
};

/* Words of two letters are alike in too many languages, but for those that are listed. word: NUL-terminated. */
static void count_word(struct count *count, char *word, size_t letters)
{
	bool foreign = words_has(count->foreign, (struct postern_slice){word, letters});

	if (letters <= 2 && !foreign)
		return;
	count->sum->words++;
	count->sum->foreign += foreign;
	count->sum->known += !foreign && is_known(count->dictionary, word);
}

#define WORD_SIZE 100

static void count_part(struct count *count, const char *text, size_t len)
{
	char word[WORD_SIZE];
	size_t letters = copy_word(word, sizeof(word), text, len);

	count_word(count, word, letters);
}

/* The parts of "v-am" too are words. */
static void count_parts(struct count *count, const struct unit *unit, size_t start, size_t end)
{
	while (start < end) {
		const char *hyphen = memchr(unit->text + start, '-', end - start);
		size_t stop = hyphen != NULL ? (size_t)(hyphen - unit->text) : end;

		count_part(count, unit->text + start, stop - start);
		start = stop + 1;
	}
}

/* The word at pos; where it ends. Nearly all are letters alone, which are looked up where they stand. */
static size_t count_next(struct count *count, const struct unit *unit, size_t pos)
{
	size_t end = letters_end((struct postern_slice){unit->text, unit->len}, pos);
	const char *space;

	if (end < unit->len && unit->text[end] != ' ') {
		space = memchr(unit->text + end, ' ', unit->len - end);
		end = space != NULL ? (size_t)(space - unit->text) : unit->len;
	} else if (end - pos < WORD_SIZE) {
		char first = unit->text[pos], behind = unit->text[end];

		unit->text[end] = '\0';
		count_word(count, unit->text + pos, end - pos);
		unit->text[pos] = first; /* asking for names made it a capital */
		unit->text[end] = behind;
		return end;
	}
	count_parts(count, unit, pos, end);
	return end;
}

struct unit_words unit_count(struct unit *unit, struct dictionary *dictionary, const struct words *foreign)
{
	struct count count = {dictionary, foreign, &unit->count};
	const struct unit_count *sum = &unit->count;

	if (unit->counted < unit->len)
		dictionary_lock(dictionary);
	else
		dictionary = NULL;
	for (size_t pos = unit->counted, end; pos < unit->len; pos = end + 1)
		end = count_next(&count, unit, pos);
	if (dictionary != NULL)
		dictionary_unlock(dictionary);
	unit->counted = unit->len;
	return (struct unit_words){sum->words, sum->foreign, sum->words > 0 ? (double)sum->known / (double)sum->words : 1};
}
