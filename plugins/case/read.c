/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads a message once: what its author wrote now, what that says, and how it is marked. */
#include "case.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HITS_MAX 2000
/* A category that few words speak for is none. */
#define CATEGORY_MIN 3

/* ---- headers ---- */

static struct postern_slice header_value(const struct letter *letter, const char *name)
{
	struct postern_header header;

	if (!letter->host->header_find(letter->ctx, name, 0, &header))
		return (struct postern_slice){"", 0};
	return view_trim(header.value);
}

/* What stands in the last <> of From, else all of it; the envelope's sender where there is no From. */
static struct postern_slice shop_of(const struct letter *letter)
{
	struct postern_slice from = header_value(letter, "From");
	const char *open = from.len > 0 ? memrchr(from.ptr, '<', from.len) : NULL;
	const char *end = open != NULL ? memchr(open, '>', from.len - (size_t)(open - from.ptr)) : NULL;

	if (end != NULL)
		return (struct postern_slice){open + 1, (size_t)(end - open) - 1};
	return from.len > 0 ? from : letter->message.sender;
}

static bool is_marked_urgent(const struct letter *letter)
{
	struct postern_slice priority = header_value(letter, "X-Priority");

	return view_is(header_value(letter, "Importance"), "high") || view_is(header_value(letter, "Priority"), "urgent") ||
	    view_is(header_value(letter, "X-MSMail-Priority"), "high") ||
	    (priority.len > 0 && (priority.ptr[0] == '1' || priority.ptr[0] == '2') &&
	        (priority.len == 1 || priority.ptr[1] == ' ' || priority.ptr[1] == '('));
}

static void read_headers(struct letter *letter)
{
	letter->shop = shop_of(letter);
	letter->urgent = is_marked_urgent(letter);
	letter->answers = header_value(letter, "In-Reply-To").len > 0 || header_value(letter, "References").len > 0;
}

/* ---- text ---- */

struct reader {
	struct letter *letter;
	struct part *part;
	bool topics;
	bool lost;
};

static int take_hit(void *arg, size_t pattern, size_t start, size_t end)
{
	struct reader *reader = arg;
	struct letter *letter = reader->letter;
	struct part *part = reader->part;

	(void)end;
	if (part->hit_count == part->hit_room) {
		size_t room = part->hit_room != 0 ? 2 * part->hit_room : 32;
		struct hit *grown = room <= HITS_MAX ? letter->host->alloc(letter->ctx, room * sizeof(*grown)) : NULL;

		/* More of them tell nothing new. */
		if (grown == NULL)
			return 1;
		if (part->hit_count > 0)
			memcpy(grown, part->hits, part->hit_count * sizeof(*grown));
		part->hits = grown;
		part->hit_room = room;
	}
	part->hits[part->hit_count++] = (struct hit){start, pattern, reader->topics};
	return 0;
}

static void weigh_hits(struct letter *letter, const struct part *part)
{
	for (size_t i = 0; i < part->hit_count; i++) {
		const struct hit *hit = &part->hits[i];

		if (hit->topic) {
			int weight = atoi(letter->rule->topics.items[hit->number].note);

			letter->scores[letter->rule->topic_category[hit->number]] += part->subject ? 2 * weight : weight;
			continue;
		}
		letter->means |= 1U << letter->rule->meaning[hit->number];
		if (part->subject)
			letter->subject_means |= 1U << letter->rule->meaning[hit->number];
	}
}

static enum postern_status read_part(struct letter *letter, size_t index, const struct postern_text *text)
{
	struct part *part = &letter->parts[letter->part_count++];
	struct reader reader = {.letter = letter, .part = part};
	enum postern_status status;

	*part = (struct part){.index = index, .subject = text->kind == POSTERN_SEGMENT_SUBJECT, .text = text->text};
	status = phrases_match(letter->host, letter->ctx, &letter->rule->phrases, text->text, take_hit, &reader);
	reader.topics = true;
	if (status == POSTERN_OK)
		status = phrases_match(letter->host, letter->ctx, &letter->rule->topics, text->text, take_hit, &reader);
	weigh_hits(letter, part);
	if (!part->subject)
		letter->words += words_count(text->text);
	return status;
}

static enum postern_status read_texts(struct letter *letter)
{
	enum postern_status status = POSTERN_OK;
	size_t count = letter->host->text_count(letter->ctx);
	struct postern_text text;

	for (size_t i = 0; i < count && status == POSTERN_OK && letter->part_count < PARTS_MAX; i++) {
		if (letter->host->text(letter->ctx, i, &text) != POSTERN_OK)
			return POSTERN_BUG;
		if (text.kind == POSTERN_SEGMENT_SUBJECT || text.kind == POSTERN_SEGMENT_NEW)
			status = read_part(letter, i, &text);
	}
	return status;
}

static bool is_of_market(const struct letter *letter, const struct category *category)
{
	char name[64];

	snprintf(name, sizeof(name), "%.*s", (int)(letter->message.marketplace.len < 63 ? letter->message.marketplace.len : 63),
	    letter->message.marketplace.ptr != NULL ? letter->message.marketplace.ptr : "");
	return strcmp(category->markets, "*") == 0 || view_in_list(view_str(category->markets), name);
}

static void choose_category(struct letter *letter)
{
	int best = CATEGORY_MIN - 1;

	for (size_t i = 0; i < letter->rule->categories.count; i++) {
		if (!is_of_market(letter, &letter->rule->categories.items[i]))
			letter->scores[i] = 0;
		if (letter->scores[i] > best) {
			best = letter->scores[i];
			letter->category = (int)i;
		}
	}
}

enum postern_status letter_read(struct letter *letter)
{
	enum postern_status status;

	letter->host->message(letter->ctx, &letter->message);
	letter->files = letter->host->attachment_count(letter->ctx);
	read_headers(letter);
	status = read_texts(letter);
	if (status == POSTERN_OK)
		status = letter_read_numbers(letter);
	letter->urgent = letter->urgent || (letter->subject_means & (1U << MEANS_URGENT));
	choose_category(letter);
	return status;
}

bool letter_is_new(const struct letter *letter)
{
	return !letter->answers && !letter->numbered;
}

bool letter_is_notice(const struct letter *letter)
{
	bool says = (letter->subject_means & (1U << MEANS_NOTICE)) || (letter->means & (1U << MEANS_NOTICE_TEXT));

	return says && !letter->answers && !(letter->means & (1U << MEANS_NO_NOTICE));
}

int64_t letter_value(const struct letter *letter, const char *name, int64_t otherwise)
{
	struct postern_slice text = view_trim(letter->host->profile(letter->ctx, name));
	int64_t value = 0;

	if (text.len == 0 || text.len > 9)
		return otherwise;
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return otherwise;
		value = value * 10 + (text.ptr[i] - '0');
	}
	return value;
}

enum postern_status letter_report(const struct letter *letter, const char *rule_id, struct postern_slice evidence,
    const char *advice, int score)
{
	struct postern_finding finding = {rule_id, POSTERN_IN_MESSAGE, 0, evidence, advice, score};

	for (size_t i = 0; i < letter->part_count; i++) {
		const struct part *part = &letter->parts[i];

		if (evidence.len > 0 && evidence.ptr >= part->text.ptr && evidence.ptr < part->text.ptr + part->text.len) {
			finding.where = POSTERN_IN_TEXT;
			finding.index = part->index;
		}
	}
	return letter->host->finding(letter->ctx, &finding);
}
