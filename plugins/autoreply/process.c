/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is a sentence about how messages are dealt with, or about the customer's
 * matter? Automatic replies are worded in endless ways, but from few words:
 * messages, teams, hours, absence. A sentence of these words alone answers
 * nothing, whatever their order; one word of a matter (hinge, refund) ends that.
 */
#include "process.h"

#include <stdlib.h>
#include <string.h>

#define WORD_MAX 32

static int compare_words(const void *a, const void *b)
{
	return strcmp(((const struct vocabulary_word *)a)->word, ((const struct vocabulary_word *)b)->word);
}

static size_t count_lines(struct postern_slice file)
{
	size_t count = 1;

	for (size_t i = 0; i < file.len; i++)
		count += file.ptr[i] == '\n';
	return count;
}

/* The bits of "mw"; -1: a letter that is none. */
static int read_about(struct postern_slice letters, unsigned *about_r)
{
	static const char known[] = "mwgatxriy";

	*about_r = 0;
	for (size_t i = 0; i < letters.len; i++) {
		const char *at = memchr(known, letters.ptr[i], sizeof(known) - 1);

		if (at == NULL)
			return -1;
		*about_r |= 1U << (at - known);
	}
	return 0;
}

static int read_line(struct vocabulary *vocabulary, char **room, struct postern_slice line)
{
	struct vocabulary_word *item = &vocabulary->items[vocabulary->count];
	struct postern_slice word;

	line = view_trim(line);
	if (line.len == 0 || line.ptr[0] == '#' || !view_next(&line, '\t', &word))
		return 0;
	if (read_about(view_trim(line), &item->about) != 0)
		return -1;
	item->word = *room;
	memcpy(*room, word.ptr, word.len);
	(*room)[word.len] = '\0';
	*room += word.len + 1;
	vocabulary->count++;
	return 0;
}

int vocabulary_open(const struct postern_host *host, const struct postern_conf *conf, const char *option,
    struct vocabulary *out)
{
	struct postern_slice file = host->conf_file(conf, option), line;
	size_t lines = count_lines(file);
	int number = 0;
	char *room;

	memset(out, 0, sizeof(*out));
	out->text = room = malloc(file.len + lines + 1);
	out->items = calloc(lines + 1, sizeof(*out->items));
	if (out->text == NULL || out->items == NULL) {
		host->conf_error(conf, option, 0, "out of memory");
		return -1;
	}
	while (view_next(&file, '\n', &line)) {
		number++;
		if (read_line(out, &room, line) == 0)
			continue;
		host->conf_error(conf, option, number, "the second column may hold the letters m w g a t x r i y only");
		return -1;
	}
	qsort(out->items, out->count, sizeof(*out->items), compare_words);
	return 0;
}

void vocabulary_close(struct vocabulary *vocabulary)
{
	free(vocabulary->text);
	free(vocabulary->items);
	memset(vocabulary, 0, sizeof(*vocabulary));
}

static const struct vocabulary_word *vocabulary_find(const struct vocabulary *vocabulary, const char *word)
{
	struct vocabulary_word key = {word, 0};

	return bsearch(&key, vocabulary->items, vocabulary->count, sizeof(key), compare_words);
}

/* ---- one sentence ---- */

struct word {
	char small[WORD_MAX + 1]; /* in small letters, apostrophes plain */
	size_t len;
	bool capital; /* its first letter is one */
	bool capitals; /* all its letters: UPS, but not "I" */
	bool other;   /* a digit or a letter outside ASCII stands in it, or it is too long */
};

static bool is_word_byte(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '\'' || c == '_';
}

static void add_byte(struct word *word, unsigned char c)
{
	if (word->len == 0)
		word->capital = c >= 'A' && c <= 'Z';
	word->capitals = (word->len == 0 || word->capitals) && !(c >= 'a' && c <= 'z');
	if (word->len == WORD_MAX || (c >= '0' && c <= '9') || c == '_') {
		word->other = true;
		return;
	}
	word->small[word->len++] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
	word->small[word->len] = '\0';
}

/* The next word at or after *pos; false at the end. */
static bool word_next(struct postern_slice s, size_t *pos, struct word *word)
{
	size_t start;

	memset(word, 0, sizeof(*word));
	while (*pos < s.len) {
		size_t at = *pos;
		uint32_t c = rune_next(s, pos);

		if (c < 0x80 ? is_word_byte((unsigned char)c) : rune_is_letter(c)) {
			*pos = at;
			break;
		}
	}
	start = *pos;
	while (*pos < s.len) {
		size_t at = *pos;
		uint32_t c = rune_next(s, pos);

		if (c == 0x2019)
			c = '\'';
		if (c < 0x80 && is_word_byte((unsigned char)c)) {
			add_byte(word, (unsigned char)c);
		} else if (c >= 0x80 && rune_is_letter(c)) {
			word->other = true;
		} else {
			*pos = at;
			break;
		}
	}
	return *pos > start;
}

/* "CS-4471": letters that go on in digits. */
static bool is_reference(struct postern_slice s, size_t end)
{
	return s.len - end > 1 && s.ptr[end] == '-' && s.ptr[end + 1] >= '0' && s.ptr[end + 1] <= '9';
}

static int points_of(unsigned about)
{
	bool who = (about & (ABOUT_WHO | ABOUT_WE)) != 0;
	int points = 0;

	if ((about & ABOUT_MESSAGE) != 0 && (about & ABOUT_DONE) != 0)
		points += 2;
	if ((about & ABOUT_ANSWER) != 0 && (about & ABOUT_TIME) != 0 && (who || (about & ABOUT_MESSAGE) != 0))
		points += 2;
	if ((about & ABOUT_WHO) != 0 && (about & (ABOUT_DONE | ABOUT_ANSWER)) != 0)
		points += 2;
	if ((about & ABOUT_AWAY) != 0 && (who || (about & (ABOUT_TIME | ABOUT_ANSWER)) != 0))
		points += 2;
	if ((about & ABOUT_ROBOT) != 0)
		points += 2;
	if (points == 0 && (about & ABOUT_ANSWER) != 0 && (about & (ABOUT_MESSAGE | ABOUT_WE)) != 0)
		points = 1;
	return points;
}

void process_read(const struct vocabulary *vocabulary, struct postern_slice sentence, struct process *out)
{
	const struct vocabulary_word *found;
	struct word word;
	unsigned about = 0, before = 0;
	bool first = true;

	memset(out, 0, sizeof(*out));
	for (size_t pos = 0; word_next(sentence, &pos, &word); first = false) {
		found = word.other ? NULL : vocabulary_find(vocabulary, word.small);
		if (found != NULL)
			about |= (before & ABOUT_READER) != 0 ? found->about & ~(unsigned)ABOUT_ANSWER : found->about;
		else if (!is_reference(sentence, pos) &&
		    !(word.other ? word.len == 0 : word.capital && !word.capitals && !first))
			out->unknown++; /* no number, no name */
		before = found != NULL ? found->about : 0;
	}
	out->points = points_of(about);
}

bool process_only(const struct process *process)
{
	return process->points >= 2 && process->unknown == 0;
}

bool process_empty(const struct process *process)
{
	return process->unknown == 0;
}
