/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What one reader sees and another does not: text that HTML hides, and text
 * and HTML forms of one message that say different things.
 */
#include "evasion.h"

#include <string.h>

#define GROUPS_MAX 16
#define LOOKED_AT 1000
#define NOTE_WORDS 12 /* a text that merely asks for an HTML reader has no more */

/* What of a text stands nowhere in a set. */
struct unseen {
	size_t words, all;            /* of three letters and more */
	size_t listed, looked;        /* words of the list; tokens that were looked at for more */
	struct postern_slice content; /* the first address, host or number; and the first word */
	struct postern_slice first;
	size_t content_text, first_text;
};

static bool is_word(struct postern_slice word)
{
	return word.len >= 3 && digits_count(word) == 0;
}

/* Whether a token says nothing that is not in the set. */
static bool is_known(const struct word_set *set, struct postern_slice token)
{
	struct postern_slice word;
	size_t pos = 0;

	while (word_next(token, &pos, &word))
		if (!set_has(set, word))
			return false;
	return true;
}

static bool is_address(struct postern_slice token)
{
	return memchr(token.ptr, '@', token.len) != NULL || memchr(token.ptr, '.', token.len) != NULL ||
	    digits_count(token) > 0;
}

static void compare(const struct judge *judge, const struct word_set *set, struct postern_slice text, size_t index,
    struct unseen *unseen)
{
	struct postern_slice token, word;
	size_t pos = 0, at;

	while (token_next(text, &pos, &token)) {
		for (at = 0; word_next(token, &at, &word);) {
			if (!is_word(word))
				continue;
			unseen->all++;
			if (set_has(set, word))
				continue;
			unseen->words++;
			if (unseen->first.len == 0) {
				unseen->first = view_sub(text, (size_t)(word.ptr - text.ptr), sentence_end(text, pos, 1));
				unseen->first_text = index;
			}
		}
		if (unseen->content.len > 0 || is_known(set, token) || unseen->looked++ >= LOOKED_AT)
			continue;
		unseen->listed += has_listed(judge, token);
		if (!is_address(token) || !is_contact(judge, token))
			continue;
		unseen->content = token;
		unseen->content_text = index;
	}
}

static enum postern_status report_unseen(const struct judge *judge, const struct unseen *unseen, int score)
{
	struct postern_slice evidence = unseen->content.len > 0 ? unseen->content : unseen->first;

	return report(judge, POSTERN_IN_TEXT, unseen->content.len > 0 ? unseen->content_text : unseen->first_text,
	    evidence, score);
}

/* ---- hidden text ---- */

/* All that a reader can see somewhere in the message. */
static int gather_visible(const struct judge *judge, struct word_set *set, bool *hidden_r)
{
	size_t count = judge->host->text_count(judge->ctx), bytes = 0;
	struct postern_text text;

	*hidden_r = false;
	for (size_t i = 0; i < count; i++) {
		if (judge->host->text(judge->ctx, i, &text) != POSTERN_OK)
			return -1;
		*hidden_r |= text.kind == POSTERN_SEGMENT_HIDDEN;
		bytes += text.text.len;
	}
	if (!*hidden_r)
		return 0;
	if (set_make(judge, set, bytes) != 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (judge->host->text(judge->ctx, i, &text) == POSTERN_OK && text.kind != POSTERN_SEGMENT_HIDDEN)
			set_add_text(set, text.text);
	return 0;
}

enum postern_status judge_hidden(const struct judge *judge)
{
	size_t count = judge->host->text_count(judge->ctx);
	struct unseen unseen = {0};
	struct postern_text text;
	struct word_set set;
	bool any;

	if (!kinds_have(judge->evasion->kinds, POSTERN_SEGMENT_HIDDEN))
		return POSTERN_OK;
	if (gather_visible(judge, &set, &any) != 0)
		return POSTERN_TEMPFAIL;
	for (size_t i = 0; any && i < count; i++)
		if (judge->host->text(judge->ctx, i, &text) == POSTERN_OK && text.kind == POSTERN_SEGMENT_HIDDEN)
			compare(judge, &set, text.text, i, &unseen);
	if (unseen.content.len == 0 && unseen.words == 0)
		return POSTERN_OK;
	return report_unseen(judge, &unseen,
	    unseen.content.len > 0 || unseen.listed > 1 || unseen.words >= judge->evasion->hidden_words ? STRONG : WEAK);
}

/* ---- alternatives ---- */

static bool is_shown(enum postern_segment_kind kind)
{
	return kind == POSTERN_SEGMENT_NEW || kind == POSTERN_SEGMENT_SIGNATURE || kind == POSTERN_SEGMENT_DISCLAIMER ||
	    kind == POSTERN_SEGMENT_QUOTE;
}

/* The text or the HTML form of one alternative. */
struct form {
	struct word_set set;
	size_t bytes, words;
	bool found, asks_for_html;
};

/* Which form of the alternative a segment belongs to, or NULL. */
static struct form *form_of(const struct judge *judge, struct form forms[2], size_t group, const struct postern_text *text)
{
	if (!is_shown(text->kind) || text->part == SIZE_MAX || judge->host->alternative(judge->ctx, text->part) != group)
		return NULL;
	if (view_is(text->media_type, "text/plain"))
		return &forms[0];
	return view_is(text->media_type, "text/html") ? &forms[1] : NULL;
}

static void note_form(struct form *form, struct postern_slice text)
{
	struct postern_slice word;
	size_t pos = 0;

	set_add_text(&form->set, text);
	while (word_next(text, &pos, &word)) {
		form->words += is_word(word);
		form->asks_for_html |= view_is(word, "html");
	}
}

static int gather_forms(const struct judge *judge, size_t group, struct form forms[2])
{
	size_t count = judge->host->text_count(judge->ctx);
	struct postern_text text;
	struct form *form;

	for (size_t i = 0; i < count; i++) {
		if (judge->host->text(judge->ctx, i, &text) == POSTERN_OK &&
		    (form = form_of(judge, forms, group, &text)) != NULL) {
			form->found = true;
			form->bytes += text.text.len;
		}
	}
	if (!forms[0].found || !forms[1].found)
		return 0;
	if (set_make(judge, &forms[0].set, forms[0].bytes) != 0 || set_make(judge, &forms[1].set, forms[1].bytes) != 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (judge->host->text(judge->ctx, i, &text) == POSTERN_OK &&
		    (form = form_of(judge, forms, group, &text)) != NULL)
			note_form(form, text.text);
	return 0;
}

/* What one form says that the other does not; quotes and what stands below every mail may differ. */
static enum postern_status compare_forms(const struct judge *judge, size_t group, struct form forms[2])
{
	size_t count = judge->host->text_count(judge->ctx);
	struct postern_text text;

	for (int from = 0; from < 2; from++) {
		struct unseen unseen = {0};
		bool several;

		if (from == 1 && (forms[0].words == 0 || (forms[0].asks_for_html && forms[0].words <= 2 * NOTE_WORDS)))
			continue;
		if (from == 0 && forms[0].asks_for_html && forms[0].words <= 2 * NOTE_WORDS)
			continue;
		for (size_t i = 0; i < count; i++) {
			const struct form *form = judge->host->text(judge->ctx, i, &text) == POSTERN_OK ?
			    form_of(judge, forms, group, &text) : NULL;

			if (form == &forms[from] && text.kind == POSTERN_SEGMENT_NEW)
				compare(judge, &forms[1 - from].set, text.text, i, &unseen);
		}
		several = unseen.words >= judge->evasion->diff_words &&
		    (double)unseen.words >= judge->evasion->diff_ratio * (double)unseen.all;
		if (several || unseen.content.len > 0)
			return report_unseen(judge, &unseen, STRONG);
	}
	return POSTERN_OK;
}

/* A link in the HTML whose host the text form does not show; pictures are no matter of text. */
static enum postern_status compare_links(const struct judge *judge, size_t group, const struct form forms[2])
{
	size_t count = judge->host->url_count(judge->ctx), images = judge->host->image_count(judge->ctx);
	struct postern_image image;
	struct postern_url url;

	for (size_t i = 0; i < count; i++) {
		bool picture = false;

		if (judge->host->url(judge->ctx, i, &url) != POSTERN_OK)
			return POSTERN_BUG;
		if (url.source != POSTERN_URL_ATTRIBUTE || url.segment == POSTERN_SEGMENT_QUOTE || url.host.len == 0 ||
		    judge->host->alternative(judge->ctx, url.part) != group || is_known(&forms[0].set, url.host) ||
		    !is_contact(judge, url.host))
			continue;
		for (size_t k = 0; k < images && k < 256 && !picture; k++)
			picture = judge->host->image(judge->ctx, k, &image) == POSTERN_OK && view_eq(image.host, url.host);
		if (!picture)
			return report(judge, POSTERN_IN_URL, i, url.raw, STRONG);
	}
	return POSTERN_OK;
}

enum postern_status judge_alternatives(const struct judge *judge)
{
	size_t count = judge->host->text_count(judge->ctx), done = 0;
	enum postern_status status = POSTERN_OK;
	struct postern_text text;

	for (size_t i = 0; i < count && status == POSTERN_OK && done < GROUPS_MAX; i++) {
		struct form forms[2] = {{.bytes = 0}, {.bytes = 0}};
		size_t group;

		if (judge->host->text(judge->ctx, i, &text) != POSTERN_OK)
			return POSTERN_BUG;
		group = text.part != SIZE_MAX ? judge->host->alternative(judge->ctx, text.part) : 0;
		if (group <= done)
			continue;
		done = group;
		if (gather_forms(judge, group, forms) != 0)
			return POSTERN_TEMPFAIL;
		if (!forms[0].found || !forms[1].found)
			continue;
		status = compare_forms(judge, group, forms);
		if (status == POSTERN_OK && forms[0].words > 0 && !forms[0].asks_for_html)
			status = compare_links(judge, group, forms);
	}
	return status;
}
