/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rule plugin "quality" (MP-QUAL): replies that answer nobody. What says
 * nothing (greetings, thanks, stock phrases) is blanked out; if hardly a word is
 * left, the reply has no content. Classes of the list tell whether a problem
 * is named without a word of regret, and a refusal without its reason.
 */
#include "../common/common.h"

#include <stdlib.h>
#include <string.h>

/* What the value of a line or rule of the list means. */
enum meaning {
	SAYS_NOTHING = 1, /* blanked out */
	NO_REGRET = 2,    /* a problem, no acknowledgement */
	NO_REASON = 3,    /* a refusal, no reason */
	NO_REGRET_AT_ALL = 4, /* no acknowledgement: matters if the customer complained */
	SAYS_IT_ALL = 5 /* one word that is an answer: "Refunded." */
};

struct quality {
	struct phrases phrases;
	size_t min_words, min_answer;
};

static const struct postern_rule_id rules[] = {
	{"MP-QUAL", "a reply without an answer, an acknowledgement or a reason"},
	{NULL, NULL},
};

static const struct postern_option options[] = {
	{"phrases", POSTERN_OPTION_FILE, "lists/quality.tsv", 0, 0,
	    "What says nothing (value 1), and the rules for regret (2, 4) and reasons (3)."},
	{"min_words", POSTERN_OPTION_INT, "2", 1, 100, "Words that must be left besides what says nothing."},
	{"min_answer", POSTERN_OPTION_INT, "3", 1, 100, "The same where the customer asked something."},
	{NULL, POSTERN_OPTION_STRING, NULL, 0, 0, NULL},
};

static void quality_close(const struct postern_host *host, void *instance)
{
	struct quality *quality = instance;

	if (quality == NULL)
		return;
	phrases_close(host, &quality->phrases);
	free(quality);
}

static enum postern_status quality_open(const struct postern_host *host, const struct postern_conf *conf,
    void **instance_r)
{
	struct quality *quality = calloc(1, sizeof(*quality));

	if (quality == NULL || phrases_open(host, conf, "phrases", &quality->phrases) != 0) {
		if (quality == NULL)
			host->conf_error(conf, NULL, 0, "out of memory");
		quality_close(host, quality);
		return POSTERN_TEMPFAIL;
	}
	quality->min_words = (size_t)host->conf_int(conf, "min_words");
	quality->min_answer = (size_t)host->conf_int(conf, "min_answer");
	*instance_r = quality;
	return POSTERN_OK;
}

/* ---- one message ---- */

struct judge {
	const struct quality *quality;
	uint64_t classes;
	size_t words; /* that say something */
	bool any;     /* there is new text */
	size_t text;  /* the first */
	struct postern_slice start;
	char *copy;   /* of the text at hand */
};

static int note_match(void *arg, size_t pattern, size_t start, size_t end)
{
	struct judge *judge = arg;
	const struct phrase *phrase = &judge->quality->phrases.items[pattern];

	judge->classes |= phrase->classes;
	if (phrase->weight == SAYS_NOTHING)
		memset(judge->copy + start, ' ', end - start);
	else if (phrase->weight == SAYS_IT_ALL)
		judge->words++; /* and once as a word */
	return 0;
}

/* Runs of letters and digits; a Han character is a word of its own. */
static size_t count_words(struct postern_slice s)
{
	size_t count = 0;
	bool inside = false;

	for (size_t pos = 0; pos < s.len;) {
		uint32_t c = rune_next(s, &pos);
		bool letter = rune_is_letter(c) || (c >= '0' && c <= '9') || (inside && (c == '\'' || c == 0x2019));

		count += letter && (!inside || (c >= 0x80 && rune_is_cjk(c)));
		inside = letter;
	}
	return count;
}

static enum postern_status read_text(const struct postern_host *host, struct postern_ctx *ctx, struct judge *judge,
    size_t index, struct postern_slice text)
{
	enum postern_status status;

	if (text.len == 0)
		return POSTERN_OK;
	judge->copy = host->alloc(ctx, text.len);
	if (judge->copy == NULL)
		return POSTERN_TEMPFAIL;
	memcpy(judge->copy, text.ptr, text.len);
	status = phrases_match(host, ctx, &judge->quality->phrases, text, note_match, judge);
	judge->words += count_words((struct postern_slice){judge->copy, text.len});
	if (!judge->any) {
		judge->any = true;
		judge->text = index;
		judge->start = view_trim(view_sub(view_trim(text), 0, 80));
	}
	return status;
}

static bool holds(const struct judge *judge, int meaning)
{
	const struct phrases *list = &judge->quality->phrases;

	for (size_t i = 0; i < list->rule_count; i++)
		if (list->rules[i].weight == meaning && rule_holds(&list->rules[i], judge->classes))
			return true;
	return false;
}

static enum postern_status report(const struct postern_host *host, struct postern_ctx *ctx, const struct judge *judge,
    const char *advice, int score)
{
	struct postern_finding finding = {"MP-QUAL", POSTERN_IN_TEXT, judge->text, judge->start, advice, score};

	return host->finding(ctx, &finding);
}

static enum postern_status judge_message(const struct postern_host *host, struct postern_ctx *ctx,
    const struct judge *judge)
{
	struct postern_inbound inbound = {0};

	if (host->inbound(ctx, &inbound) != POSTERN_OK)
		return POSTERN_TEMPFAIL;
	if (judge->words < judge->quality->min_words)
		return report(host, ctx, judge, "The reply consists of courtesies: say what was done or will be.", 80);
	if (inbound.known && inbound.asks && judge->words < judge->quality->min_answer)
		return report(host, ctx, judge, "The customer asked a question: answer it.", 80);
	if (holds(judge, NO_REASON))
		return report(host, ctx, judge, "Say why it cannot be cancelled, returned or refunded.", 70);
	if (holds(judge, NO_REGRET) || (inbound.known && view_in_list(inbound.labels, "Complaint") &&
	        holds(judge, NO_REGRET_AT_ALL)))
		return report(host, ctx, judge, "Acknowledge the customer's problem first.", 60);
	return POSTERN_OK;
}

static enum postern_status quality_check(const struct postern_host *host, const void *instance,
    struct postern_ctx *ctx)
{
	struct judge judge = {.quality = instance};
	enum postern_status status = POSTERN_OK;
	size_t count = host->text_count(ctx);
	struct postern_text text;

	for (size_t i = 0; i < count && status == POSTERN_OK; i++) {
		if (host->text(ctx, i, &text) != POSTERN_OK)
			return POSTERN_BUG;
		if (text.kind == POSTERN_SEGMENT_NEW)
			status = read_text(host, ctx, &judge, i, text.text);
	}
	/* Without text the attachment may be the answer. */
	if (status != POSTERN_OK || !judge.any)
		return status;
	return judge_message(host, ctx, &judge);
}

__attribute__((visibility("default"))) const struct postern_plugin postern_plugin = {
	POSTERN_PLUGIN_PREFIX("quality"),
	.version = "1.0",
	.summary = "Finds replies without an answer, an acknowledgement or a reason.",
	.directions = POSTERN_OUTBOUND,
	.needs = POSTERN_NEED_TEXT,
	.rules = rules,
	.options = options,
	.open = quality_open,
	.check = quality_check,
	.close = quality_close,
};
