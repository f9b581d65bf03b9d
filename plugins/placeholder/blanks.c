/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Placeholders without marks: "XXXX" where a number or a name should stand, and
 * a greeting whose name is missing. Sizes (XXL), masked numbers (xxx-1234) and
 * kisses below a letter (xxx) are none.
 */
#include "placeholder.h"

#include <string.h>

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_letter(char c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* The word before pos, at most 20 bytes of it. */
static struct postern_slice word_before(struct postern_slice text, size_t pos)
{
	size_t end = pos, start;

	while (end > 0 && text.ptr[end - 1] != '\n' && !is_letter(text.ptr[end - 1]) && pos - end < 4)
		end--;
	for (start = end; start > 0 && end - start < 20 && is_letter(text.ptr[start - 1]);)
		start--;
	return view_sub(text, start, end);
}

static struct postern_slice word_after(struct postern_slice text, size_t pos)
{
	size_t end;

	while (pos < text.len && (text.ptr[pos] == ' ' || text.ptr[pos] == '-'))
		pos++;
	for (end = pos; end < text.len && end - pos < 20 && is_letter(text.ptr[end]);)
		end++;
	return view_sub(text, pos, end);
}

static bool is_one_of(struct postern_slice word, const char *const *list)
{
	for (; word.len > 0 && *list != NULL; list++)
		if (view_is(word, *list))
			return true;
	return false;
}

/* ---- XXXX ---- */

/* What a run of x with its marks is made of: "XXX-XXXX", "$XX.XX", "#xxxxx". */
struct run {
	size_t start, end, letters, marks;
	size_t upper;
	bool other, money;
};

static struct run run_read(struct postern_slice text, size_t start)
{
	struct run run = {start, start, 0, 0, 0, false, false};

	while (run.end < text.len && !is_space(text.ptr[run.end]) && run.end - start < 60) {
		char c = text.ptr[run.end++];

		run.upper += c == 'X';
		if (c == 'x' || c == 'X')
			run.letters++;
		else if (c == '$' && run.letters == 0)
			run.money = true;
		else if (strchr("-/#:.,;!?()*'\"%", c) != NULL)
			run.marks += strchr("-/:.", c) != NULL && run.end < text.len && (text.ptr[run.end] | 0x20) == 'x';
		else
			run.other = true;
	}
	return run;
}

/* "within XX business days" */
static const char *const spans[] = {"days", "hours", "business", "working", "dollars", "usd", "weeks", "minutes", NULL};

/* Whether the words around it say that a number, a name or a date should stand here. */
static bool has_context(const struct template *template, struct postern_slice text, const struct run *run)
{
	static const char *const before[] = {"is", "dear", "hi", "hello", "no", "id", "to", "by", "on", "within", "of", "for",
	    "from", "was", "arrive", "about", "mr", "mrs", "ms", NULL};
	struct postern_slice word = word_before(text, run->start);

	return is_one_of(word, before) || words_has(&template->fields, word) || words_has(&template->parts, word) ||
	    is_one_of(word_after(text, run->end), spans);
}

static int score_run(const struct template *template, struct postern_slice text, const struct run *run)
{
	bool context;

	if (run->other || run->letters < 2 || (run->upper > 0 && run->upper < run->letters))
		return 0;
	if (run->money)
		return 90;
	context = has_context(template, text, run);
	if (run->letters == 2)
		return is_one_of(word_after(text, run->end), spans) ? 80 : 0;
	if (run->marks > 0 && run->letters >= 6)
		return 85;
	if (context)
		return 85;
	/* Kisses end a line. */
	for (size_t pos = run->end; pos < text.len && text.ptr[pos] != '\n'; pos++)
		if (is_letter(text.ptr[pos]))
			return run->letters >= 4 ? 70 : 45;
	return run->letters >= 5 || (run->letters == 4 && run->upper == 4) ? 70 : 0;
}

/* ---- a greeting without a name ---- */

static bool ends_line_start(struct postern_slice text, size_t start)
{
	while (start > 0 && (text.ptr[start - 1] == ' ' || text.ptr[start - 1] == '\t'))
		start--;
	return start == 0 || text.ptr[start - 1] == '\n';
}

/* Some writers always put a space before a comma: then it says nothing here. */
static bool has_habit(struct postern_slice text, size_t except)
{
	for (size_t i = 1; i < text.len; i++)
		if (i != except && text.ptr[i - 1] == ' ' && strchr(",!?.", text.ptr[i]) != NULL &&
		    (i + 1 == text.len || is_space(text.ptr[i + 1])))
			return true;
	return false;
}

/* "Dear ,": the name was empty. at: of the mark. */
static int score_greeting(struct postern_slice text, size_t at, size_t *start_r)
{
	static const char *const greetings[] = {"dear", "hi", "hello", "hey", "hola", "bonjour", NULL};
	size_t end = at;
	struct postern_slice word;

	while (end > 0 && text.ptr[end - 1] == ' ')
		end--;
	word = word_before(text, end);
	if (word.ptr + word.len != text.ptr + end || !is_one_of(word, greetings))
		return 0;
	*start_r = (size_t)(word.ptr - text.ptr);
	if (!ends_line_start(text, *start_r))
		return 0;
	/* "Dear," alone is how many write to a stranger; with a space a name is missing. */
	if (at == end || (at - end == 1 && has_habit(text, at)))
		return 0;
	return view_is(word, "dear") || at - end > 1 ? 90 : 70;
}

/* Nearly no byte of a text is looked at for more. */
static bool may_be_blank(unsigned char c)
{
	static const bool may[256] = {['x'] = true, ['X'] = true, ['$'] = true, ['#'] = true, ['('] = true, [','] = true,
	    ['!'] = true};

	return may[c];
}

static bool starts_run(struct postern_slice text, size_t at)
{
	return at == 0 || is_space(text.ptr[at - 1]);
}

void blanks_find(const struct template *template, struct postern_slice text, struct place *place)
{
	for (size_t at = 0; at < text.len; at++) {
		size_t start = at;

		if (!may_be_blank((unsigned char)text.ptr[at]))
			continue;
		if (text.ptr[at] != ',' && text.ptr[at] != '!' && starts_run(text, at)) {
			struct run run = run_read(text, at);

			place_note(place, run.start, run.end, score_run(template, text, &run));
		} else if ((text.ptr[at] == ',' || text.ptr[at] == '!') && at < 400) {
			int score = score_greeting(text, at, &start);

			place_note(place, start, at + 1, score);
		}
	}
}
