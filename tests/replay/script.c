/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads a scenario: a line is a step, its words are parted by blanks, "..."
 * keeps them together, '#' begins a comment, and indented lines below a step are its text.
 */
#include "script.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/file.h"

#define FILE_MAX ((size_t)1 << 20)
#define WORDS_MAX 64
#define STEPS_MAX 2000

struct reader {
	const char *path;
	struct arena *arena;
	struct script *script;
	int line;
	struct buf text; /* of the last step */
	int blank;       /* empty lines that belong to it when it goes on */
};

static struct slice next_line(struct slice *rest)
{
	const char *end = memchr(rest->ptr, '\n', rest->len);
	size_t len = end != NULL ? (size_t)(end - rest->ptr) : rest->len;
	struct slice line = slice_sub(*rest, 0, len);

	*rest = slice_sub(*rest, len + (end != NULL), rest->len);
	return line;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* One word from *line on; quotes may begin within it: subject~"two words". */
static int read_word(struct reader *reader, struct slice *line, char **word_r, struct diag *d)
{
	struct buf word = {0};
	bool quoted = false;
	size_t i = 0;

	for (; i < line->len && (quoted || !is_blank(line->ptr[i])); i++) {
		if (line->ptr[i] == '"')
			quoted = !quoted;
		else
			buf_add_char(&word, line->ptr[i]);
	}
	*line = slice_sub(*line, i, line->len);
	*word_r = arena_strdup(reader->arena, word.data != NULL ? word.data : "");
	buf_free(&word);
	if (quoted)
		return diag_at(d, reader->path, reader->line, "a quote is opened and not closed");
	return *word_r != NULL ? 0 : diag_at(d, reader->path, reader->line, "out of memory");
}

static int read_step(struct reader *reader, struct slice line, struct diag *d)
{
	struct step *step = &reader->script->steps[reader->script->count];
	char *words[WORDS_MAX];

	*step = (struct step){.file = reader->path, .line = reader->line};
	for (;;) {
		while (line.len > 0 && is_blank(line.ptr[0]))
			line = slice_sub(line, 1, line.len);
		if (line.len == 0 || line.ptr[0] == '#')
			break;
		if (step->count == WORDS_MAX || reader->script->count == STEPS_MAX)
			return diag_at(d, reader->path, reader->line, "too long");
		if (read_word(reader, &line, &words[step->count++], d) != 0)
			return -1;
	}
	if (step->count == 0)
		return 0;
	step->words = arena_array(reader->arena, step->count, sizeof(*step->words));
	if (step->words == NULL)
		return diag_at(d, reader->path, reader->line, "out of memory");
	memcpy(step->words, words, step->count * sizeof(*words));
	reader->script->count++;
	return 0;
}

static int end_text(struct reader *reader, struct diag *d)
{
	if (reader->text.len > 0) {
		char *text = arena_strdup(reader->arena, reader->text.data);

		if (text == NULL)
			return diag_at(d, reader->path, reader->line, "out of memory");
		reader->script->steps[reader->script->count - 1].text = text;
	}
	buf_truncate(&reader->text, 0);
	reader->blank = 0;
	return 0;
}

static int add_text(struct reader *reader, struct slice line, struct diag *d)
{
	size_t indent = line.ptr[0] == '\t' ? 1 : 0;

	while (indent < line.len && indent < 4 && line.ptr[0] == ' ' && line.ptr[indent] == ' ')
		indent++;
	if (reader->script->count == 0)
		return diag_at(d, reader->path, reader->line, "an indented line is the text of the step above it; there is none");
	for (; reader->blank > 0; reader->blank--)
		if (reader->text.len > 0)
			buf_add_char(&reader->text, '\n');
	buf_add_slice(&reader->text, slice_sub(line, indent, line.len));
	buf_add_char(&reader->text, '\n');
	return 0;
}

static int read_line(struct reader *reader, struct slice line, struct diag *d)
{
	if (slice_trim(line).len == 0) {
		reader->blank++;
		return 0;
	}
	if (is_blank(line.ptr[0]))
		return add_text(reader, line, d);
	if (end_text(reader, d) != 0)
		return -1;
	return read_step(reader, line, d);
}

int script_read(const char *path, struct arena *arena, struct script *script_r, struct diag *d)
{
	struct reader reader = {.path = path, .arena = arena, .script = script_r};
	struct buf content = {0};
	struct slice rest;
	int rc = file_read(path, FILE_MAX, &content, d);

	*script_r = (struct script){.steps = arena_array(arena, STEPS_MAX + 1, sizeof(struct step))};
	if (rc == 0 && script_r->steps == NULL)
		rc = diag_add(d, "%s: out of memory", path);
	rest = buf_slice(&content);
	while (rc == 0 && rest.len > 0) {
		reader.line++;
		rc = read_line(&reader, next_line(&rest), d);
	}
	if (rc == 0)
		rc = end_text(&reader, d);
	buf_free(&reader.text);
	buf_free(&content);
	return rc;
}

struct words step_words(const struct step *step)
{
	return (struct words){step, 1};
}

const char *word_take(struct words *words)
{
	return words->next < words->step->count ? words->step->words[words->next++] : NULL;
}

bool word_is(struct words *words, const char *word)
{
	if (words->next >= words->step->count || strcmp(words->step->words[words->next], word) != 0)
		return false;
	words->next++;
	return true;
}

int word_need(struct words *words, const char *what, const char **word_r, struct diag *d)
{
	*word_r = word_take(words);
	if (*word_r != NULL)
		return 0;
	return diag_at(d, words->step->file, words->step->line, "%s: %s is missing at the end", words->step->words[0], what);
}

int span_parse(const char *text, int64_t *seconds_r)
{
	*seconds_r = 0;
	if (*text == '\0')
		return -1;
	while (*text != '\0') {
		char *end;
		long long n = strtoll(text, &end, 10);
		int64_t unit = *end == 'd' ? 86400 : *end == 'h' ? 3600 : *end == 'm' ? 60 : *end == 's' ? 1 : 0;

		if (!isdigit((unsigned char)*text) || unit == 0 || n > 1000000)
			return -1;
		*seconds_r += n * unit;
		text = end + 1;
	}
	return 0;
}
