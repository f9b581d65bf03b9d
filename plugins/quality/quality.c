/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rule plugin "quality" (MP-QUAL): replies that answer nobody. What says
 * nothing (greetings, thanks, stock phrases) is blanked out; if hardly a word is
 * left, the reply has no content. Classes of the list tell whether a problem
 * is named without a word of regret, and a refusal without its reason. Of a long text no more is searched than is needed to
 * know: its beginning, as a rule, and classes of rules that may hold.
 */
#include "../common/common.h"

#include <stdlib.h>
#include <string.h>

/* Of a longer text its beginning is searched first. */
#define BEGINNING 300

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
	const struct postern_host *host;
	struct postern_ctx *ctx;
	const struct quality *quality;
	struct seek seek;
	uint64_t classes;
	size_t words; /* that say something, of the text with most: another may be the same as HTML; counted until they are enough */
	bool any;     /* there is new text */
	size_t text;  /* the first */
	struct postern_slice start;
	struct postern_slice copy; /* of the text at hand, as far as it is read */
	size_t answers;            /* words that say it all */
};

/* ---- words ---- */

static int blank_out(void *arg, size_t pattern, size_t start, size_t end)
{
	struct judge *judge = arg;
	const struct phrase *phrase = &judge->quality->phrases.items[pattern];
	char *copy = (char *)judge->copy.ptr;

	end = end < judge->copy.len ? end : judge->copy.len;
	if (phrase->weight == SAYS_NOTHING)
		memset(copy + start, ' ', end - start);
	else if (phrase->weight == SAYS_IT_ALL)
		judge->answers++; /* and once as a word */
	return 0;
}

/* The end of the word that is at a place. */
static size_t word_end(struct postern_slice text, size_t at)
{
	while (at < text.len && text.ptr[at] != ' ' && text.ptr[at] != '\n')
		at++;
	return at < text.len ? at : text.len;
}

/* Words that say something before a place: what begins behind it blanks out none of them. */
static enum postern_status count_words(struct judge *judge, struct postern_slice text, size_t until, size_t *words_r)
{
	const struct phrases *list = &judge->quality->phrases;
	enum postern_status status = POSTERN_OK;

	memcpy((char *)judge->copy.ptr, text.ptr, until);
	judge->copy.len = until;
	judge->answers = 0;
	for (size_t i = 0; i < list->group_count && status == POSTERN_OK; i++) {
		const struct phrase_group *group = &list->groups[i];

		if (group->classes == 0)
			status = judge->host->patterns_match_until(judge->ctx, list->patterns, list->numbers + group->first,
			    group->count, text, until, blank_out, judge);
	}
	*words_r = words_count(judge->copy) + judge->answers;
	return status;
}

/* Words that say something, until there are enough. */
static enum postern_status read_words(struct judge *judge, struct postern_slice text)
{
	size_t enough = judge->quality->min_words > judge->quality->min_answer ? judge->quality->min_words :
	    judge->quality->min_answer;
	size_t words = 0, until = 0;
	enum postern_status status = POSTERN_OK;

	if (judge->words >= enough)
		return POSTERN_OK;
	judge->copy.ptr = judge->host->alloc(judge->ctx, text.len);
	if (judge->copy.ptr == NULL)
		return POSTERN_TEMPFAIL;
	while (until < text.len && words < enough && status == POSTERN_OK) {
		until = word_end(text, until != 0 ? until * 4 : BEGINNING);
		status = count_words(judge, text, until, &words);
	}
	judge->words = words > judge->words ? words : judge->words;
	return status;
}

/* ---- rules ---- */

static enum postern_status new_text(const struct judge *judge, size_t index, struct postern_slice *text_r)
{
	struct postern_text text;

	*text_r = (struct postern_slice){NULL, 0};
	if (judge->host->text(judge->ctx, index, &text) != POSTERN_OK)
		return POSTERN_BUG;
	if (text.kind == POSTERN_SEGMENT_NEW)
		*text_r = text.text;
	return POSTERN_OK;
}

static int note_class(void *arg, size_t pattern, size_t start, size_t end)
{
	struct judge *judge = arg;

	(void)start, (void)end;
	judge->classes |= judge->quality->phrases.items[pattern].classes;
	return 0;
}

static enum postern_status search(void *arg, const struct phrase_group *group)
{
	struct judge *judge = arg;
	enum postern_status status = POSTERN_OK;
	size_t count = judge->host->text_count(judge->ctx);

	for (size_t i = 0; i < count && status == POSTERN_OK; i++) {
		struct postern_slice text;

		status = new_text(judge, i, &text);
		if (status == POSTERN_OK)
			status = phrases_match_group(judge->host, judge->ctx, &judge->quality->phrases, group, text, note_class, judge);
	}
	return status;
}

static bool met(void *arg, const struct phrase_rule *rule, size_t count, uint64_t open)
{
	const struct judge *judge = arg;
	uint64_t classes = judge->classes | (judge->seek.may & open);

	for (size_t i = 0; i < count; i++)
		if ((rule->parts[i] & classes) == 0)
			return false;
	return true;
}

static enum postern_status holds(struct judge *judge, int meaning, bool *holds_r)
{
	const struct phrases *list = &judge->quality->phrases;
	enum postern_status status = POSTERN_OK;

	*holds_r = false;
	for (size_t i = 0; i < list->rule_count && !*holds_r && status == POSTERN_OK; i++) {
		bool is_met;

		if (list->rules[i].weight != meaning)
			continue;
		status = seek_rule(&judge->seek, i, &is_met);
		*holds_r = is_met && rule_holds(&list->rules[i], judge->classes);
	}
	return status;
}

static enum postern_status no_regret(struct judge *judge, const struct postern_inbound *inbound, bool *holds_r)
{
	enum postern_status status = holds(judge, NO_REGRET, holds_r);

	if (status == POSTERN_OK && !*holds_r && inbound->known && view_in_list(inbound->labels, "Complaint"))
		status = holds(judge, NO_REGRET_AT_ALL, holds_r);
	return status;
}

/* ---- one message ---- */

static enum postern_status report(const struct postern_host *host, struct postern_ctx *ctx, const struct judge *judge,
    const char *advice, int score)
{
	struct postern_finding finding = {"MP-QUAL", POSTERN_IN_TEXT, judge->text, judge->start, advice, score};

	return host->finding(ctx, &finding);
}

static enum postern_status judge_message(const struct postern_host *host, struct postern_ctx *ctx,
    struct judge *judge)
{
	struct postern_inbound inbound = {0};
	enum postern_status status;
	bool found;

	if (host->inbound(ctx, &inbound) != POSTERN_OK)
		return POSTERN_TEMPFAIL;
	if (judge->words < judge->quality->min_words)
		return report(host, ctx, judge, "The reply consists of courtesies: say what was done or will be.", 80);
	if (inbound.known && inbound.asks && judge->words < judge->quality->min_answer)
		return report(host, ctx, judge, "The customer asked a question: answer it.", 80);
	status = holds(judge, NO_REASON, &found);
	if (status == POSTERN_OK && found)
		return report(host, ctx, judge, "Say why it cannot be cancelled, returned or refunded.", 70);
	if (status == POSTERN_OK)
		status = no_regret(judge, &inbound, &found);
	if (status == POSTERN_OK && found)
		return report(host, ctx, judge, "Acknowledge the customer's problem first.", 60);
	return status;
}

static enum postern_status read_text(struct judge *judge, size_t index)
{
	struct postern_slice text;
	enum postern_status status = new_text(judge, index, &text);

	if (status != POSTERN_OK || text.len == 0)
		return status;
	if (!judge->any) {
		judge->any = true;
		judge->text = index;
		judge->start = view_trim(view_sub(view_trim(text), 0, 80));
	}
	status = read_words(judge, text);
	return status == POSTERN_OK ?
	    look_classes(judge->host, judge->ctx, &judge->quality->phrases, text, &judge->seek.may) : status;
}

static enum postern_status begin(struct judge *judge)
{
	judge->seek = (struct seek){.phrases = &judge->quality->phrases, .search = search, .met = met, .arg = judge,
	    .anywhere = &judge->classes};
	return seek_begin(&judge->seek) == 0 ? POSTERN_OK : POSTERN_TEMPFAIL;
}

static enum postern_status quality_check(const struct postern_host *host, const void *instance,
    struct postern_ctx *ctx)
{
	struct judge judge = {.host = host, .ctx = ctx, .quality = instance};
	enum postern_status status = begin(&judge);
	size_t count = host->text_count(ctx);

	for (size_t i = 0; i < count && status == POSTERN_OK; i++)
		status = read_text(&judge, i);
	/* Without text the attachment may be the answer. */
	if (status == POSTERN_OK && judge.any)
		status = judge_message(host, ctx, &judge);
	seek_end(&judge.seek);
	return status;
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
