/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A notice of a shipment to a warehouse (MP-ASN): when it comes and how, what is in it, and how it is marked. What the
 * list of fields names and nobody wrote, in the text or a file, is told.
 */
#include "case.h"

#include <stdio.h>
#include <string.h>

#define FIELDS_MAX 32
#define ADVICE_MAX 500

struct notice {
	const struct phrases *fields;
	const char *names[FIELDS_MAX], *titles[FIELDS_MAX];
	bool there[FIELDS_MAX];
	size_t count;
};

/* The list's fields in their order, each once. */
static void list_fields(struct notice *notice)
{
	for (size_t i = 0; i < notice->fields->count; i++) {
		const struct phrase *phrase = &notice->fields->items[i];
		size_t k = 0;

		while (k < notice->count && strcmp(notice->names[k], phrase->value) != 0)
			k++;
		if (k < notice->count || k == FIELDS_MAX)
			continue;
		notice->names[k] = phrase->value;
		notice->titles[k] = phrase->note[0] != '\0' ? phrase->note : phrase->value;
		notice->count++;
	}
}

static int take_field(void *arg, size_t pattern, size_t start, size_t end)
{
	struct notice *notice = arg;

	(void)start;
	(void)end;
	for (size_t k = 0; k < notice->count; k++)
		if (strcmp(notice->names[k], notice->fields->items[pattern].value) == 0)
			notice->there[k] = true;
	return 0;
}

static enum postern_status read_texts(const struct letter *letter, struct notice *notice)
{
	enum postern_status status = POSTERN_OK;
	size_t count = letter->host->text_count(letter->ctx);

	for (size_t i = 0; i < count && status == POSTERN_OK; i++) {
		struct postern_text text;

		if (letter->host->text(letter->ctx, i, &text) != POSTERN_OK)
			return POSTERN_BUG;
		if (text.kind == POSTERN_SEGMENT_SUBJECT || text.kind == POSTERN_SEGMENT_NEW || text.kind == POSTERN_SEGMENT_FILE)
			status = phrases_match(letter->host, letter->ctx, notice->fields, text.text, take_field, notice);
	}
	return status;
}

static enum postern_status read_files(const struct letter *letter, struct notice *notice)
{
	enum postern_status status = POSTERN_OK;

	for (size_t i = 0; i < letter->files && status == POSTERN_OK; i++) {
		struct postern_attachment file;

		if (letter->host->attachment(letter->ctx, i, &file) != POSTERN_OK)
			return POSTERN_BUG;
		status = phrases_match(letter->host, letter->ctx, notice->fields, file.name, take_field, notice);
	}
	return status;
}

static enum postern_status report(const struct letter *letter, const struct notice *notice)
{
	char advice[ADVICE_MAX];
	size_t len = (size_t)snprintf(advice, sizeof(advice), "The warehouse needs these too: "), missing = 0;

	for (size_t k = 0; k < notice->count; k++)
		if (!notice->there[k] && len + 60 < sizeof(advice))
			len += (size_t)snprintf(advice + len, sizeof(advice) - len, "%s%.50s", missing++ > 0 ? ", " : "",
			    notice->titles[k]);
	if (missing == 0)
		return POSTERN_OK;
	return letter_report(letter, "MP-ASN", letter->part_count > 0 ? view_trim(letter->parts[0].text) : view_str(""), advice,
	    SCORE_TAG);
}

enum postern_status notice_check(struct letter *letter)
{
	struct notice notice = {.fields = &letter->rule->fields};
	enum postern_status status;

	if (!letter_is_notice(letter))
		return POSTERN_OK;
	list_fields(&notice);
	status = letter->host->label(letter->ctx, "Inbound-Notice");
	if (status == POSTERN_OK)
		status = read_texts(letter, &notice);
	if (status == POSTERN_OK)
		status = read_files(letter, &notice);
	return status == POSTERN_OK ? report(letter, &notice) : status;
}
