/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a case of its category must bring: documents, by the names of files (also inside an archive) or the first words
 * in them; photos; words and measures in the text.
 */
#include "case.h"

#include <stdio.h>
#include <string.h>

#define HEADING_MAX 400
#define ADVICE_MAX 500

struct search {
	const struct letter *letter;
	const struct category *category;
	bool there[NEEDS_MAX];
};

static int take_document(void *arg, size_t pattern, size_t start, size_t end)
{
	struct search *search = arg;
	const char *value = search->letter->rule->documents.items[pattern].value;

	(void)start;
	(void)end;
	for (size_t i = 0; i < NEEDS_MAX && search->category->needs[i] != NULL; i++)
		if (strcmp(search->category->needs[i], value) == 0)
			search->there[i] = true;
	return 0;
}

static enum postern_status look_at(struct search *search, struct postern_slice text)
{
	return phrases_match(search->letter->host, search->letter->ctx, &search->letter->rule->documents, text, take_document,
	    search);
}

static void note(struct search *search, const char *need)
{
	for (size_t i = 0; i < NEEDS_MAX && search->category->needs[i] != NULL; i++)
		if (strcmp(search->category->needs[i], need) == 0)
			search->there[i] = true;
}

static enum postern_status look_at_files(struct search *search)
{
	const struct letter *letter = search->letter;
	enum postern_status status = POSTERN_OK;

	for (size_t i = 0; i < letter->files && status == POSTERN_OK; i++) {
		struct postern_attachment file;

		if (letter->host->attachment(letter->ctx, i, &file) != POSTERN_OK)
			return POSTERN_BUG;
		if (view_starts(file.media_type, "image/"))
			note(search, "photo");
		status = look_at(search, file.name);
	}
	return status;
}

/* What is inside of archives: "zip name". */
static enum postern_status look_at_facts(struct search *search)
{
	const struct letter *letter = search->letter;
	enum postern_status status = POSTERN_OK;
	size_t count = letter->host->fact_count(letter->ctx);

	for (size_t i = 0; i < count && status == POSTERN_OK; i++) {
		struct postern_fact fact;
		const char *blank;

		if (letter->host->fact(letter->ctx, i, &fact) != POSTERN_OK)
			return POSTERN_BUG;
		if (!view_is(fact.name, "member") || fact.value.len == 0)
			continue;
		blank = memchr(fact.value.ptr, ' ', fact.value.len);
		if (blank != NULL)
			status = look_at(search, view_sub(fact.value, (size_t)(blank + 1 - fact.value.ptr), fact.value.len));
	}
	return status;
}

static enum postern_status look_at_headings(struct search *search)
{
	const struct letter *letter = search->letter;
	enum postern_status status = POSTERN_OK;
	size_t count = letter->host->text_count(letter->ctx);

	for (size_t i = 0; i < count && status == POSTERN_OK; i++) {
		struct postern_text text;

		if (letter->host->text(letter->ctx, i, &text) != POSTERN_OK)
			return POSTERN_BUG;
		if (text.kind == POSTERN_SEGMENT_FILE)
			status = look_at(search, view_sub(text.text, 0, text.text.len < HEADING_MAX ? text.text.len : HEADING_MAX));
	}
	return status;
}

/* How a need is called in the list of documents. */
static const char *title_of(const struct letter *letter, const char *need)
{
	const struct phrases *list = &letter->rule->documents;

	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i].value, need) == 0 && list->items[i].note[0] != '\0')
			return list->items[i].note;
	if (strcmp(need, "dimensions") == 0)
		return "your own dimensions (length x width x height, with the unit)";
	if (strcmp(need, "remeasurement") == 0)
		return "the word \"remeasurement\"";
	return strcmp(need, "photo") == 0 ? "a photo of the measured product" : need;
}

static enum postern_status report_missing(const struct search *search)
{
	char advice[ADVICE_MAX];
	size_t len = (size_t)snprintf(advice, sizeof(advice), "A case of \"%.80s\" is worked on when it is complete. Missing: ",
	    search->category->title), missing = 0;

	for (size_t i = 0; i < NEEDS_MAX && search->category->needs[i] != NULL; i++)
		if (!search->there[i] && len + 100 < sizeof(advice))
			len += (size_t)snprintf(advice + len, sizeof(advice) - len, "%s%.90s", missing++ > 0 ? ", " : "",
			    title_of(search->letter, search->category->needs[i]));
	if (missing == 0)
		return POSTERN_OK;
	return letter_report(search->letter, "MP-CASE", view_str(search->category->title), advice, SCORE_TAG);
}

enum postern_status documents_check(struct letter *letter)
{
	struct search search = {.letter = letter};
	enum postern_status status;

	if (letter->category < 0 || !letter_is_new(letter) || letter_is_notice(letter))
		return POSTERN_OK;
	search.category = &letter->rule->categories.items[letter->category];
	if (search.category->needs[0] == NULL)
		return POSTERN_OK;
	if (letter->means & (1U << MEANS_REMEASURE))
		note(&search, "remeasurement");
	if (letter->means & (1U << MEANS_DIMENSIONS))
		note(&search, "dimensions");
	status = look_at_files(&search);
	if (status == POSTERN_OK)
		status = look_at_facts(&search);
	if (status == POSTERN_OK)
		status = look_at_headings(&search);
	return status == POSTERN_OK ? report_missing(&search) : status;
}
