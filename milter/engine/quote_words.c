/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which words of a quoted text stood in an earlier message. A word counts as
 * quoted when three words in a row with it did. The rest are runs that the
 * author put in: a run grows over whole tokens and over the rest of a number,
 * and when it is half of a sentence, also over the rest of its lines.
 */
#include "engine/quotes.h"

#include <string.h>

/* Words that were not found may have so many found ones between them and are one run still. */
#define RUN_GAP 2
/* Names that a mail program adds in its line before the quote. */
#define FRAME_NAMES 3
#define FRAME_WORDS 40
/* Groups of digits that a number may have beyond the run. */
#define NUMBER_GROUPS 6

enum word_state { WORD_NEW, WORD_KNOWN, WORD_FRAME };

struct quote_word {
	uint64_t hash;
	size_t start, end;
	enum word_state state;
	bool sentence_ends; /* behind it */
};

struct comparison {
	struct arena *arena;
	struct slice text;
	struct quote_word *words;
	size_t count;
	struct quote_ranges *out;
};

/* ---- reading ---------------------------------------------------------------- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* A full stop before white space, an empty line (but for quote marks), or a CJK full stop. */
static bool ends_sentence(struct slice gap)
{
	size_t lines = 0;

	for (size_t i = 0; i < gap.len; i++) {
		char c = gap.ptr[i];

		lines += c == '\n';
		if (lines >= 2)
			return true;
		if ((c == '.' || c == '!' || c == '?') && i + 1 < gap.len && is_blank(gap.ptr[i + 1]))
			return true;
	}
	return slice_find(gap, SLICE_LIT("。")) >= 0 || slice_find(gap, SLICE_LIT("！")) >= 0 ||
	    slice_find(gap, SLICE_LIT("？")) >= 0;
}

static int read_words(struct comparison *c, size_t budget)
{
	struct gram_word word;
	size_t at = 0, count = 0;

	while (count < budget && gram_word_next(c->text, &at, &word))
		count++;
	c->words = arena_array(c->arena, count + 1, sizeof(*c->words));
	if (c->words == NULL)
		return -1;
	for (at = 0; c->count < count && gram_word_next(c->text, &at, &word); c->count++) {
		struct quote_word *w = &c->words[c->count];

		*w = (struct quote_word){word.hash, word.start, word.end, WORD_NEW, false};
		if (c->count > 0)
			w[-1].sentence_ends = ends_sentence(slice_sub(c->text, w[-1].end, w->start - w[-1].end));
	}
	if (count > 0)
		c->words[count - 1].sentence_ends = true;
	return 0;
}

/* ---- comparing -------------------------------------------------------------- */

static void find_threes(struct comparison *c, const struct quote_source *source)
{
	for (size_t i = 0; i + 2 < c->count; i++) {
		uint64_t three[3] = {c->words[i].hash, c->words[i + 1].hash, c->words[i + 2].hash};

		if (gram_set_has(source->grams, source->key, three, 3))
			c->words[i].state = c->words[i + 1].state = c->words[i + 2].state = WORD_KNOWN;
	}
}

/* Where a URL ends that stands in text: mail programs put it in brackets. */
static size_t url_end(struct slice text, size_t at)
{
	while (at < text.len && !is_blank(text.ptr[at]) && strchr("<>()[]\"", text.ptr[at]) == NULL)
		at++;
	return at;
}

/* "here<https://...>": a program that makes text of HTML writes down where a link leads. */
static void find_links(struct comparison *c, const struct quote_source *source)
{
	for (size_t i = 0; i < c->count; i++) {
		struct slice rest = slice_sub(c->text, c->words[i].start, 8);
		size_t end;

		if (!slice_case_prefix(rest, "http:") && !slice_case_prefix(rest, "https:"))
			continue;
		end = url_end(c->text, c->words[i].start);
		if (!gram_set_has_link(source->grams, source->key, slice_sub(c->text, c->words[i].start, end - c->words[i].start)))
			continue;
		for (; i < c->count && c->words[i].start < end; i++)
			c->words[i].state = WORD_KNOWN;
		i--;
	}
}

/* Whether a line ends between words i - 1 and i, or the text begins or ends there. */
static bool line_breaks(const struct comparison *c, size_t i)
{
	size_t from = i > 0 ? c->words[i - 1].end : 0, to = i < c->count ? c->words[i].start : c->text.len;

	return i == 0 || i == c->count || memchr(c->text.ptr + from, '\n', to - from) != NULL;
}

/* Lines of one or two words, as whole lines. */
static void find_short_lines(struct comparison *c, const struct quote_source *source)
{
	for (size_t i = 0; i < c->count; i++) {
		size_t n = 1;
		uint64_t words[2] = {c->words[i].hash, i + 1 < c->count ? c->words[i + 1].hash : 0};

		if (c->words[i].state == WORD_KNOWN || !line_breaks(c, i))
			continue;
		if (!line_breaks(c, i + 1))
			n = 2;
		if (line_breaks(c, i + n) && gram_set_has(source->grams, source->key, words, n))
			for (size_t k = i; k < i + n; k++)
				c->words[k].state = WORD_KNOWN;
	}
}

/* The end of the run of words that were not found and that begins at i. */
static size_t run_end(const struct comparison *c, size_t i, size_t gap)
{
	size_t end = i + 1;

	for (size_t k = end; k < c->count && k <= end + gap && !c->words[k - 1].sentence_ends; k++)
		if (c->words[k].state == WORD_NEW)
			end = k + 1;
	return end;
}

static struct slice word_text(const struct comparison *c, size_t i)
{
	return slice_sub(c->text, c->words[i].start, c->words[i].end - c->words[i].start);
}

/* A name has no digits, and is no part of an address: blanks or brackets stand around it. */
static bool may_be_name(const struct comparison *c, size_t i)
{
	struct slice word = word_text(c, i);
	char before = c->words[i].start > 0 ? c->text.ptr[c->words[i].start - 1] : ' ';
	char after = c->words[i].end < c->text.len ? c->text.ptr[c->words[i].end] : ' ';

	for (size_t k = 0; k < word.len; k++)
		if (word.ptr[k] >= '0' && word.ptr[k] <= '9')
			return false;
	return word.len <= 20 && (is_blank(before) || strchr("(\"'[*", before) != NULL) &&
	    (is_blank(after) || strchr(")\"',]*:<", after) != NULL);
}

/* What words [from, to) are made of; found words count for nothing. */
struct frame_count {
	size_t signs, dates, numbers, names;
	bool other;
};

static struct frame_count frame_count(const struct comparison *c, size_t from, size_t to)
{
	struct frame_count n = {0};

	for (size_t i = from; i < to; i++) {
		enum frame_word kind = c->words[i].state == WORD_NEW ? frame_word_of(word_text(c, i)) : FRAME_FILLER;

		n.signs += kind == FRAME_SIGN;
		n.dates += kind == FRAME_DATE;
		n.numbers += kind == FRAME_NUMBER;
		if (kind == FRAME_NO) {
			n.names++;
			n.other = n.other || !may_be_name(c, i);
		}
	}
	return n;
}

/* "On <date> <name> wrote:", "Sent: <date>": nothing but such words, a date that is one, and a name. */
static bool is_frame(const struct comparison *c, size_t from, size_t to)
{
	struct frame_count n;

	if (to - from > FRAME_WORDS)
		return false;
	n = frame_count(c, from, to);
	if (n.other || n.names > FRAME_NAMES || (n.numbers > 2 && n.dates == 0) || n.numbers > 8)
		return false;
	return n.signs > 0 || (n.dates > 0 && n.dates + n.numbers >= 3);
}

/* Mail programs' own lines: one run each, with what was found in them (an address) between. */
static void excuse_frames(struct comparison *c)
{
	for (size_t i = 0; i < c->count;) {
		size_t end;

		if (c->words[i].state != WORD_NEW) {
			i++;
			continue;
		}
		end = run_end(c, i, 8);
		if (!is_frame(c, i, end))
			end = run_end(c, i, 0);
		if (is_frame(c, i, end))
			for (size_t k = i; k < end; k++)
				c->words[k].state = WORD_FRAME;
		i = end;
	}
}

/* ---- what is new ------------------------------------------------------------- */

static bool has_digit(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] >= '0' && s.ptr[i] <= '9')
			return true;
	return false;
}

/* Whether words a and b = a + 1 are groups of one number: digits, no letters or lines between. */
static bool is_one_number(const struct comparison *c, size_t a)
{
	struct slice gap = slice_sub(c->text, c->words[a].end, c->words[a + 1].start - c->words[a].end);

	return has_digit(word_text(c, a)) && has_digit(word_text(c, a + 1)) && gap.len <= 4 &&
	    memchr(gap.ptr, ',', gap.len) == NULL;
}

static bool ends_token(char c)
{
	return is_blank(c) || c == '<' || c == '>';
}

/* Adds words [from, to) with the rest of their tokens and numbers. */
static void add_range(struct comparison *c, size_t from, size_t to)
{
	struct quote_range range, *last = c->out->count > 0 ? &c->out->items[c->out->count - 1] : NULL;

	for (int n = 0; n < NUMBER_GROUPS && from > 0 && is_one_number(c, from - 1); n++)
		from--;
	for (int n = 0; n < NUMBER_GROUPS && to < c->count && is_one_number(c, to - 1); n++)
		to++;
	range = (struct quote_range){c->words[from].start, c->words[to - 1].end};
	while (range.start > 0 && !ends_token(c->text.ptr[range.start - 1]) &&
	    (last == NULL || range.start > last->end))
		range.start--;
	while (range.end < c->text.len && !ends_token(c->text.ptr[range.end]))
		range.end++;
	/* "> " belongs to the mail program. */
	while (range.start < c->words[from].start && (c->text.ptr[range.start] == '>' || is_blank(c->text.ptr[range.start])))
		range.start++;
	if (last != NULL && range.start <= last->end + 1) {
		if (range.end > last->end)
			last->end = range.end;
		return;
	}
	c->out->items[c->out->count++] = range;
}

/* One sentence, words [from, to). */
static void judge_sentence(struct comparison *c, size_t from, size_t to)
{
	size_t fresh = 0, total = 0, first = to, last = from;

	for (size_t i = from; i < to;) {
		size_t end;

		if (c->words[i].state != WORD_NEW) {
			total += c->words[i].state == WORD_KNOWN;
			i++;
			continue;
		}
		end = run_end(c, i, RUN_GAP);
		fresh += end - i;
		total += end - i;
		if (first == to)
			first = i;
		last = end;
		i = end;
	}
	if (fresh == 0)
		return;
	if (2 * fresh >= total) {
		/* Text without full stops is one sentence to its end: the line is what was put in. */
		while (first > from && c->words[first - 1].state != WORD_FRAME && !line_breaks(c, first))
			first--;
		while (last < to && c->words[last].state != WORD_FRAME && !line_breaks(c, last))
			last++;
		add_range(c, first, last);
		return;
	}
	for (size_t i = first; i < last; i++)
		if (c->words[i].state == WORD_NEW) {
			size_t end = run_end(c, i, RUN_GAP);

			add_range(c, i, end);
			i = end - 1;
		}
}

int quote_words_compare(struct arena *arena, const struct quote_source *source, struct slice text, size_t *budget,
    struct quote_ranges *ranges_r)
{
	struct comparison c = {.arena = arena, .text = text, .out = ranges_r};
	size_t begin = 0;

	*ranges_r = (struct quote_ranges){NULL, 0};
	if (read_words(&c, *budget) != 0)
		return -1;
	*budget -= c.count;
	ranges_r->items = arena_array(arena, c.count + 2, sizeof(*ranges_r->items));
	if (ranges_r->items == NULL)
		return -1;
	find_threes(&c, source);
	find_links(&c, source);
	find_short_lines(&c, source);
	excuse_frames(&c);
	for (size_t i = 0; i < c.count; i++)
		if (c.words[i].sentence_ends) {
			judge_sentence(&c, begin, i + 1);
			begin = i + 1;
		}
	/* More words than anybody quotes: the rest is not looked through, so it is not excused. */
	if (*budget == 0 && c.count > 0 && c.words[c.count - 1].end < text.len)
		ranges_r->items[ranges_r->count++] = (struct quote_range){c.words[c.count - 1].end, text.len};
	return 0;
}
