/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rule plugin "template" (MP-TMPL): a reply in which a template's placeholder
 * was not filled in. Marks around a word ("{{name}}", "[Order Number]") are
 * found by marks.c, letters in place of a number ("XXXX") and greetings without
 * a name by blanks.c, fixed words ("insert tracking here") by a list. What the
 * words are that a placeholder is made of is data.
 */
#include "placeholder.h"

#include <stdlib.h>
#include <string.h>

static const struct postern_rule_id rules[] = {
	{"MP-TMPL", "a placeholder of a template that was not filled in"},
	{NULL, NULL},
};

static const struct postern_option options[] = {
	{"phrases", POSTERN_OPTION_FILE, "lists/placeholders.tsv", 0, 0,
	    "Words that stand where a template should have been filled in, with the score of each."},
	{"fields", POSTERN_OPTION_FILE, "lists/placeholder-fields.txt", 0, 0,
	    "Words that name a field by themselves, as in \"[Name]\"."},
	{"parts", POSTERN_OPTION_FILE, "lists/placeholder-parts.txt", 0, 0,
	    "Words that are part of a field's name, as in \"{order}\" or \"[order number]\"."},
	{"fillers", POSTERN_OPTION_FILE, "lists/placeholder-fillers.txt", 0, 0,
	    "Words that may stand between them, as in \"[your name]\"."},
	{"openers", POSTERN_OPTION_FILE, "lists/placeholder-openers.txt", 0, 0,
	    "Words with which an instruction to the writer starts, as in \"[insert reason]\"."},
	{"controls", POSTERN_OPTION_FILE, "lists/placeholder-controls.txt", 0, 0,
	    "Words before a button's or field's name in brackets, as in \"click [Order Number]\"."},
	{NULL, POSTERN_OPTION_STRING, NULL, 0, 0, NULL},
};

static void template_close(const struct postern_host *host, void *instance)
{
	struct template *template = instance;

	if (template == NULL)
		return;
	phrases_close(host, &template->phrases);
	words_close(&template->fields);
	words_close(&template->parts);
	words_close(&template->fillers);
	words_close(&template->openers);
	words_close(&template->controls);
	free(template);
}

static int read_lists(const struct postern_host *host, const struct postern_conf *conf, struct template *template)
{
	if (phrases_open(host, conf, "phrases", &template->phrases) != 0 ||
	    words_open(host, conf, "fields", &template->fields) != 0 ||
	    words_open(host, conf, "parts", &template->parts) != 0 ||
	    words_open(host, conf, "fillers", &template->fillers) != 0 ||
	    words_open(host, conf, "openers", &template->openers) != 0)
		return -1;
	return words_open(host, conf, "controls", &template->controls);
}

static enum postern_status template_open(const struct postern_host *host, const struct postern_conf *conf,
    void **instance_r)
{
	struct template *template = calloc(1, sizeof(*template));

	if (template == NULL || read_lists(host, conf, template) != 0) {
		if (template == NULL)
			host->conf_error(conf, NULL, 0, "out of memory");
		template_close(host, template);
		return POSTERN_TEMPFAIL;
	}
	*instance_r = template;
	return POSTERN_OK;
}

/* ---- one message ---- */

void place_note(struct place *place, size_t start, size_t end, int score)
{
	if (score <= place->score)
		return;
	place->start = start;
	place->end = end;
	place->score = score;
}

struct noting {
	const struct phrases *phrases;
	struct place *place;
};

static int note_phrase(void *arg, size_t pattern, size_t start, size_t end)
{
	struct noting *noting = arg;

	place_note(noting->place, start, end, noting->phrases->items[pattern].weight);
	return 0;
}

/* New text and what stands around it; in a quotation it is the customer's or long sent. */
static bool is_judged(enum postern_segment_kind kind)
{
	return kind == POSTERN_SEGMENT_NEW || kind == POSTERN_SEGMENT_SUBJECT || kind == POSTERN_SEGMENT_SIGNATURE ||
	    kind == POSTERN_SEGMENT_NAME;
}

static enum postern_status judge_text(const struct postern_host *host, struct postern_ctx *ctx,
    const struct template *template, struct postern_slice text, struct place *place)
{
	struct noting noting = {&template->phrases, place};

	marks_find(template, text, place);
	blanks_find(template, text, place);
	return phrases_match(host, ctx, &template->phrases, text, note_phrase, &noting);
}

static enum postern_status template_check(const struct postern_host *host, const void *instance,
    struct postern_ctx *ctx)
{
	struct postern_finding finding = {"MP-TMPL", POSTERN_IN_TEXT, 0, {"", 0}, NULL, 0};
	enum postern_status status = POSTERN_OK;
	size_t count = host->text_count(ctx);
	struct postern_text text;

	for (size_t i = 0; i < count && status == POSTERN_OK; i++) {
		struct place place = {0, 0, 0};

		if (host->text(ctx, i, &text) != POSTERN_OK)
			return POSTERN_BUG;
		if (!is_judged(text.kind))
			continue;
		status = judge_text(host, ctx, instance, text.text, &place);
		if (place.score <= finding.score)
			continue;
		finding.score = place.score;
		finding.index = i;
		finding.evidence = excerpt(text.text, place.start, place.end);
	}
	if (status != POSTERN_OK || finding.score == 0)
		return status;
	return host->finding(ctx, &finding);
}

__attribute__((visibility("default"))) const struct postern_plugin postern_plugin = {
	POSTERN_PLUGIN_PREFIX("template"),
	.version = "1.0",
	.summary = "Finds placeholders of a template that were not filled in.",
	.directions = POSTERN_OUTBOUND,
	.needs = POSTERN_NEED_TEXT,
	.rules = rules,
	.options = options,
	.open = template_open,
	.check = template_check,
	.close = template_close,
};
