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

static int compare_words(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

static char *add_word(struct words *words, char *p, struct postern_slice word)
{
	words->items[words->count++] = p;
	for (size_t i = 0; i < word.len; i++) {
		char c = word.ptr[i];

		*p++ = c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
	}
	*p++ = '\0';
	return p;
}

static int words_room(const struct postern_host *host, const struct postern_conf *conf, const char *option,
    struct words *out, size_t count, size_t bytes)
{
	memset(out, 0, sizeof(*out));
	out->text = malloc(bytes + count + 1);
	out->items = calloc(count + 1, sizeof(*out->items));
	if (out->text != NULL && out->items != NULL)
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
	qsort(out->items, out->count, sizeof(*out->items), compare_words);
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
	qsort(out->items, out->count, sizeof(*out->items), compare_words);
	return 0;
}

void words_close(struct words *words)
{
	free(words->text);
	free(words->items);
	memset(words, 0, sizeof(*words));
}

bool words_has(const struct words *words, struct postern_slice word)
{
	size_t low = 0, high = words->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2, i = 0;
		const char *w = words->items[mid];
		int order = 0;

		for (; order == 0 && i < word.len; i++) {
			unsigned char c = (unsigned char)word.ptr[i], d = (unsigned char)w[i];

			if (c >= 'A' && c <= 'Z')
				c = (unsigned char)(c + ('a' - 'A'));
			order = c == d && d != '\0' ? 0 : c < d || d == '\0' ? (d == '\0' ? 1 : -1) : 1;
		}
		if (order == 0 && w[i] != '\0')
			order = -1;
		if (order == 0)
			return true;
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
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
