/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs of digits however they are written: "626-555-0147", "6 2 6 ...", "six two
 * six triple five", a Chinese digit after the other, "6z6-555-O147". What they
 * mean is another file's to say.
 */
#include "contact.h"

#include <stdlib.h>
#include <string.h>

/* Bytes between two groups of one number. */
#define GAP_MAX 6
#define DIGITS_MIN 7

/* ---- words that stand for digits ---- */

static int compare_words(const void *a, const void *b)
{
	const struct number_word *x = a, *y = b;

	return strcmp(x->word, y->word);
}

static size_t count_lines(struct postern_slice file)
{
	struct postern_slice line;
	size_t count = 0;

	while (view_next(&file, '\n', &line))
		count++;
	return count;
}

static char *keep(char **p, struct postern_slice s)
{
	char *out = *p;

	if (s.len > 0)
		memcpy(out, s.ptr, s.len);
	out[s.len] = '\0';
	*p += s.len + 1;
	return out;
}

#define WORD_MAX 16

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static uint32_t shape_of(struct postern_slice word)
{
	uint32_t key = (uint32_t)word.len << 16 | (uint32_t)(unsigned char)lower(word.ptr[0]) << 8 |
	    (unsigned char)lower(word.ptr[word.len - 1]);

	return key * UINT32_C(2654435769) / (UINT32_MAX / NUMBER_SHAPES + 1);
}

static void note_shape(struct number_words *words, struct postern_slice word)
{
	uint32_t shape = shape_of(word);

	words->shapes[shape / 8] |= (unsigned char)(1U << shape % 8);
}

/* Whether a word starts and ends as one of the list of its length does. */
static bool has_shape(const struct number_words *words, struct postern_slice word)
{
	uint32_t shape = shape_of(word);

	return (words->shapes[shape / 8] >> shape % 8 & 1) != 0;
}

int number_words_open(const struct postern_host *host, const struct postern_conf *conf, const char *option,
    struct number_words *out)
{
	struct postern_slice file = host->conf_file(conf, option), line, word;
	size_t lines = count_lines(file);
	char *p;

	memset(out, 0, sizeof(*out));
	out->text = p = malloc(file.len + 2 * lines + 2);
	out->items = calloc(lines + 1, sizeof(*out->items));
	if (p == NULL || out->items == NULL) {
		host->conf_error(conf, option, 0, "out of memory");
		return -1;
	}
	while (view_next(&file, '\n', &line)) {
		if (line.len == 0 || line.ptr[0] == '#' || !view_next(&line, '\t', &word))
			continue;
		out->items[out->count].word = keep(&p, word);
		if (word.len > 0 && word.len <= WORD_MAX)
			note_shape(out, word);
		out->items[out->count++].means = keep(&p, view_trim(line));
	}
	qsort(out->items, out->count, sizeof(*out->items), compare_words);
	return 0;
}

void number_words_close(struct number_words *words)
{
	free(words->text);
	free(words->items);
}

/* What a word stands for; NULL: nothing. */
static const char *meaning(const struct number_words *words, struct postern_slice word)
{
	struct number_word key, *found;
	char low[WORD_MAX + 1];

	if (word.len == 0 || word.len > WORD_MAX || !has_shape(words, word))
		return NULL;
	for (size_t i = 0; i < word.len; i++)
		low[i] = lower(word.ptr[i]);
	low[word.len] = '\0';
	key.word = low;
	found = bsearch(&key, words->items, words->count, sizeof(key), compare_words);
	return found != NULL ? found->means : NULL;
}

/* ---- one item: a run of digits, a word, or a run of both ---- */

enum item_kind { ITEM_NONE, ITEM_DIGITS, ITEM_LEET, ITEM_WORD, ITEM_TIMES, ITEM_FILLER };

struct item {
	enum item_kind kind;
	size_t start, end;
	char digits[NUMBER_DIGITS + 1];
	size_t count, leet;
	int times;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* The digit that a letter is drawn like; 0: none. */
static char leet_digit(char c)
{
	static const char from[] = "oOlIzZsSbB", to[] = "0011225588";
	const char *at = c != '\0' ? strchr(from, c) : NULL;

	return at != NULL ? to[at - from] : '\0';
}

static void put_digit(struct item *item, char c)
{
	if (item->count < NUMBER_DIGITS)
		item->digits[item->count] = c;
	item->count++;
}

/* Letters and digits mixed: digits when each letter looks like one and they are the fewer. */
static void read_mixed(struct postern_slice run, struct item *item)
{
	for (size_t i = 0; i < run.len; i++) {
		char c = is_digit(run.ptr[i]) ? run.ptr[i] : leet_digit(run.ptr[i]);

		if (c == '\0')
			return;
		item->leet += !is_digit(run.ptr[i]);
		put_digit(item, c);
	}
	if (item->leet * 2 <= item->count)
		item->kind = item->leet > 0 ? ITEM_LEET : ITEM_DIGITS;
}

static void read_word(const struct number_words *words, struct postern_slice run, struct item *item)
{
	const char *means = meaning(words, run);

	if (means == NULL)
		return;
	if (means[0] == '*') {
		item->kind = ITEM_TIMES;
		item->times = means[1] - '0';
	} else if (means[0] == '-') {
		item->kind = ITEM_FILLER;
	} else {
		item->kind = ITEM_WORD;
		for (; *means != '\0'; means++)
			put_digit(item, *means);
	}
}

/* "zero147", "555zero": the digits or the word before the first change, when the letters are a word. */
static struct item item_split(struct postern_slice s, const struct number_words *words, size_t pos, size_t end)
{
	struct item item = {.start = pos, .end = pos}, none = {.start = pos, .end = end};
	bool letters = is_letter(s.ptr[pos]);
	size_t next;

	while (item.end < end && is_letter(s.ptr[item.end]) == letters)
		item.end++;
	for (next = item.end; next < end && is_letter(s.ptr[next]) != letters; next++)
		continue;
	if (meaning(words, letters ? view_sub(s, pos, item.end) : view_sub(s, item.end, next)) == NULL)
		return none;
	if (letters)
		read_word(words, view_sub(s, pos, item.end), &item);
	else
		read_mixed(view_sub(s, pos, item.end), &item);
	return item;
}

/* Its digits are written before they are read, and nearly every word of a text is an item without any. */
static void item_clear(struct item *item, size_t pos)
{
	item->kind = ITEM_NONE;
	item->start = item->end = pos;
	item->count = item->leet = 0;
	item->times = 0;
}

/* The item that starts at pos; ITEM_NONE with the end of what stands there. */
static struct item item_read(const struct scan *scan, const struct number_words *words, size_t pos)
{
	struct postern_slice s = scan->text;
	struct item item;
	bool digits = false, letters = false;
	unsigned char masked = 0;

	item_clear(&item, pos);
	if ((unsigned char)s.ptr[pos] >= 0x80) {
		rune_next(s, &item.end);
		if (!scan->masked[pos])
			read_word(words, view_sub(s, pos, item.end), &item);
		return item;
	}
	for (; item.end < s.len; item.end++) {
		bool letter = is_letter(s.ptr[item.end]);

		if (!letter && !is_digit(s.ptr[item.end]))
			break;
		letters |= letter;
		digits |= !letter;
		masked |= scan->masked[item.end];
	}
	if (item.end == pos || masked != 0) {
		item.end += item.end == pos;
		return item;
	}
	if (digits)
		read_mixed(view_sub(s, pos, item.end), &item);
	else if (letters)
		read_word(words, view_sub(s, pos, item.end), &item);
	if (digits && letters && item.kind == ITEM_NONE)
		return item_split(s, words, pos, item.end);
	return item;
}

/* ---- a number of several items ---- */

/* The end of what divides two groups at pos, and the most telling character in it. */
static size_t gap_read(struct postern_slice s, size_t pos, bool loose, char *mark_r)
{
	size_t at = pos;

	*mark_r = ' ';
	while (at < s.len && at - pos < GAP_MAX) {
		size_t next = at;
		uint32_t c = rune_next(s, &next);

		if (c == '-' || (c >= 0x2010 && c <= 0x2015) || c == 0x2212 || c == '.' || c == 0xB7 || c == '/')
			*mark_r = c == '.' ? '.' : '-';
		else if (c == '(' || c == ')' || c == '[' || c == ']')
			*mark_r = '(';
		else if (c == '\n' ? !loose && (at == pos || *mark_r != '-') : c != ' ' && c != 0xA0 && c != '_' && c != '*' && c != '~' &&
		    !(loose && c < 0x80 && strchr(",:;+|\t\r", (int)c) != NULL) && !(loose && (c == 0x3001 || c == 0xFF0C)))
			break;
		at = next;
	}
	return at;
}

static void number_add(struct number *out, const struct item *item, int times, char mark)
{
	size_t offset = out->plus ? 1 : 0;

	for (int n = 0; n < times; n++) {
		memcpy(out->digits + offset + out->count, item->digits, item->count);
		out->count += item->count;
	}
	out->before[out->group_count] = mark;
	out->groups[out->group_count++] = item->count * (size_t)times;
	out->words += item->kind == ITEM_WORD;
	out->leet += item->leet;
	out->end = item->end;
	out->digits[offset + out->count] = '\0';
}

static bool number_fits(const struct number *out, const struct item *item, int times)
{
	return out->group_count < NUMBER_GROUPS && item->count <= NUMBER_DIGITS &&
	    out->count + item->count * (size_t)times <= NUMBER_DIGITS;
}

static bool is_plus(const struct scan *scan, size_t start)
{
	struct postern_slice s = scan->text;

	while (start > 0 && (s.ptr[start - 1] == '(' || s.ptr[start - 1] == ' '))
		start--;
	return start > 0 && s.ptr[start - 1] == '+' && (start < 2 || !is_digit(s.ptr[start - 2]));
}

/* Reads as many items as belong together from first on; where to go on. */
static size_t number_read(const struct scan *scan, const struct number_words *words, struct item first, struct number *out)
{
	struct item item = first;
	size_t next = first.end;
	int times = 1;
	char mark = ' ';

	memset(out, 0, sizeof(*out));
	out->start = first.start;
	out->plus = is_plus(scan, first.start);
	if (out->plus)
		out->digits[0] = '+';
	for (;;) {
		bool single = item.kind == ITEM_WORD || item.kind == ITEM_TIMES || item.kind == ITEM_FILLER || item.count == 1;
		bool fits = item.kind == ITEM_TIMES || item.kind == ITEM_FILLER || number_fits(out, &item, times);
		size_t at;

		if (!fits)
			return next;
		if (item.kind == ITEM_TIMES) {
			times = item.times;
		} else if (item.kind != ITEM_FILLER) {
			number_add(out, &item, times, mark);
			times = 1;
		}
		next = item.end;
		at = gap_read(scan->text, next, single || out->words > 0, &mark);
		if (at >= scan->text.len)
			return next;
		item = item_read(scan, words, at);
		if (item.kind == ITEM_NONE)
			return next;
	}
}

static bool starts_item(const struct scan *scan, size_t pos)
{
	char c = pos > 0 ? scan->text.ptr[pos - 1] : ' ';

	return !is_digit(c) && !is_letter(c);
}

/* The end of a run of letters at pos that is a word without a meaning, as nearly all are; pos: it is not. */
static size_t plain_word_end(struct postern_slice s, const struct number_words *words, size_t pos)
{
	size_t end = letters_end(s, pos);
	struct postern_slice word = view_sub(s, pos, end);

	if ((end < s.len && is_digit(s.ptr[end])) || (word.len <= WORD_MAX && word.len > 0 && has_shape(words, word)))
		return pos;
	return end;
}

bool number_next(const struct scan *scan, const struct number_words *words, size_t *pos, struct number *out)
{
	struct postern_slice s = scan->text;

	while (*pos < s.len) {
		struct item item;
		size_t end;
		char c = s.ptr[*pos];

		if (!is_digit(c) && !is_letter(c) && (unsigned char)c < 0x80) {
			++*pos;
			continue;
		}
		if (!starts_item(scan, *pos)) {
			++*pos;
			continue;
		}
		end = plain_word_end(s, words, *pos);
		if (end > *pos) {
			*pos = end;
			continue;
		}
		item = item_read(scan, words, *pos);
		if (item.kind == ITEM_NONE || item.kind == ITEM_FILLER) {
			*pos = item.end;
			continue;
		}
		*pos = number_read(scan, words, item, out);
		if (out->count >= DIGITS_MIN)
			return true;
	}
	return false;
}
