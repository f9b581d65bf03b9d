/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lists of plain words for the plugins, and the lines and fields that all lists
 * are made of.
 */
#include "list.h"

#include <stdlib.h>
#include <string.h>

/* ---- lines ---- */

size_t list_count_lines(struct postern_slice file)
{
	struct postern_slice line;
	size_t count = 0;

	while (view_next(&file, '\n', &line))
		if (list_is_data(line))
			count++;
	return count;
}

struct postern_slice list_field(struct postern_slice *line)
{
	struct postern_slice field = {"", 0};

	while (field.len == 0 && view_next(line, '\t', &field))
		continue;
	return field;
}

char *list_copy(struct postern_slice s)
{
	char *out = malloc(s.len + 1);

	if (out != NULL) {
		if (s.len > 0)
			memcpy(out, s.ptr, s.len);
		out[s.len] = '\0';
	}
	return out;
}

/* ---- words ---- */

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* Short words are compared without a look at the text, which is elsewhere in memory. */
#define HEAD 8

/* The first bytes of a word, in small letters, 0 behind it; the slot where it is looked for first. */
struct words_key {
	uint64_t head;
	size_t slot;
};

static struct words_key key_of(const struct words *words, struct postern_slice word)
{
	uint64_t head = bytes_small(bytes_first(word.ptr, word.len)), hash = head ^ word.len;

	for (size_t at = HEAD; at < word.len; at += HEAD) {
		hash = (hash ^ hash >> 32) * UINT64_C(0x9E3779B97F4A7C15);
		hash ^= bytes_small(bytes_first(word.ptr + at, word.len - at));
	}
	hash = (hash ^ hash >> 32) * UINT64_C(0x9E3779B97F4A7C15);
	return (struct words_key){head, (size_t)(hash >> 32) & (words->room - 1)};
}

/* Most words that are looked up are in no list: their first and last letters and length tell so without a hash. */
static uint32_t mark_of(const struct words *words, char first, char last, size_t len)
{
	uint32_t key = (uint32_t)len << 16 | (uint32_t)(unsigned char)first << 8 | (unsigned char)last;

	return (key * UINT32_C(2654435769)) >> words->marks_shift;
}

bool words_may_have(const struct words *words, char first, char last, size_t len)
{
	uint32_t mark;

	if (words->count == 0)
		return false;
	mark = mark_of(words, first, last, len);
	return (words->marks[mark / 8] >> mark % 8 & 1) != 0;
}

/* An empty word has none. */
static char first_of(struct postern_slice word)
{
	return word.len > 0 ? lower(word.ptr[0]) : '\0';
}

static char last_of(struct postern_slice word)
{
	return word.len > 0 ? lower(word.ptr[word.len - 1]) : '\0';
}

static void index_word(struct words *words, size_t number)
{
	struct postern_slice word = view_str(words->items[number]);
	struct words_key key = key_of(words, word);
	size_t i = key.slot;
	uint32_t mark = mark_of(words, first_of(word), last_of(word), word.len);

	words->marks[mark / 8] |= (unsigned char)(1U << mark % 8);
	/* An empty line of a list is no word. */
	if (key.head == 0)
		return;
	while (words->heads[i] != 0)
		i = (i + 1) & (words->room - 1);
	words->heads[i] = key.head;
	words->numbers[i] = (uint32_t)number;
}

static char *add_word(struct words *words, char *p, struct postern_slice word)
{
	words->items[words->count++] = p;
	for (size_t i = 0; i < word.len; i++)
		*p++ = lower(word.ptr[i]);
	*p++ = '\0';
	index_word(words, words->count - 1);
	return p;
}

static int words_room(const struct postern_host *host, const struct postern_conf *conf, const char *option,
    struct words *out, size_t count, size_t bytes)
{
	memset(out, 0, sizeof(*out));
	out->text = malloc(bytes + count + 1);
	out->items = calloc(count + 1, sizeof(*out->items));
	out->marks_shift = 32 - 6;
	for (out->room = 8; 2 * out->room < 3 * count; out->marks_shift--)
		out->room *= 2;
	out->heads = calloc(out->room, sizeof(*out->heads));
	out->numbers = calloc(out->room, sizeof(*out->numbers));
	out->marks = calloc(((size_t)1 << (32 - out->marks_shift)) / 8, 1);
	if (out->text != NULL && out->items != NULL && out->heads != NULL && out->numbers != NULL && out->marks != NULL)
		return 0;
	words_close(out);
	host->conf_error(conf, option, 0, "out of memory");
	return -1;
}

int words_open(const struct postern_host *host, const struct postern_conf *conf, const char *option,
    struct words *out)
{
	struct postern_slice file = host->conf_file(conf, option), line, word;
	char *p;

	if (words_room(host, conf, option, out, list_count_lines(file), file.len) != 0)
		return -1;
	p = out->text;
	while (view_next(&file, '\n', &line))
		if (list_is_data(line) && view_next(&line, '\t', &word))
			p = add_word(out, p, word);
	return 0;
}

int words_open_list(const struct postern_host *host, const struct postern_conf *conf, const char *option,
    struct words *out)
{
	size_t count = host->conf_list_count(conf, option), bytes = 0;
	char *p;

	for (size_t i = 0; i < count; i++)
		bytes += host->conf_list_item(conf, option, i).len;
	if (words_room(host, conf, option, out, count, bytes) != 0)
		return -1;
	p = out->text;
	for (size_t i = 0; i < count; i++)
		p = add_word(out, p, view_trim(host->conf_list_item(conf, option, i)));
	return 0;
}

void words_close(struct words *words)
{
	free(words->text);
	free(words->items);
	free(words->heads);
	free(words->numbers);
	free(words->marks);
	memset(words, 0, sizeof(*words));
}

static bool is_word(const char *item, struct postern_slice word)
{
	for (size_t i = 0; i < word.len; i++)
		if (item[i] == '\0' || item[i] != lower(word.ptr[i]))
			return false;
	return item[word.len] == '\0';
}

void words_warm(const struct words *words)
{
	for (size_t i = 0; i < words->room; i += 64 / sizeof(*words->heads))
		__builtin_prefetch(&words->heads[i]);
}

bool words_has(const struct words *words, struct postern_slice word)
{
	/* The head is all of such a word: no item has a NUL in it. */
	bool whole = word.len > 0 && word.len < HEAD && word.ptr[word.len - 1] != '\0';
	struct words_key key;

	if (!words_may_have(words, first_of(word), last_of(word), word.len))
		return false;
	key = key_of(words, word);
	for (size_t i = key.slot; words->heads[i] != 0; i = (i + 1) & (words->room - 1))
		if (words->heads[i] == key.head && (whole || is_word(words->items[words->numbers[i]], word)))
			return true;
	return false;
}

bool words_has_host(const struct words *words, struct postern_slice host)
{
	while (host.len > 0 && host.ptr[host.len - 1] == '.')
		host.len--;
	while (host.len > 0) {
		const char *dot;

		if (words_has(words, host))
			return true;
		dot = memchr(host.ptr, '.', host.len);
		if (dot == NULL)
			break;
		host = view_sub(host, (size_t)(dot - host.ptr) + 1, host.len);
	}
	return false;
}
