/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rule plugin "conduct": how a seller must not treat a customer (MP-CONDUCT):
 * insults, threats, payment around the marketplace, keeping a customer from a
 * claim, blame, commands. One list for each severity, and one of words that
 * the rules of all three use.
 */
#include "../common/common.h"

static const char *const lists[] = {"words", "grave", "serious", "mild"};
#define LISTS (sizeof(lists) / sizeof(lists[0]))

static const struct postern_rule_id rules[] = {
	{"MP-CONDUCT", "insults, threats, payment outside, keeping a customer from claims, blame, commands"},
	{NULL, NULL},
};

static const struct postern_option options[] = {
	{"threshold", POSTERN_OPTION_INT, "5", 1, 100, "Sum of the weights of one list from which it is a finding."},
	{"words", POSTERN_OPTION_FILE, "lists/conduct-words.tsv", 0, 0,
	    "Classes of words for the rules of the lists below."},
	{"grave", POSTERN_OPTION_FILE, "lists/conduct-grave.tsv", 0, 0,
	    "Insults, threats, payment outside, asking for lies; \"\": not judged."},
	{"serious", POSTERN_OPTION_FILE, "lists/conduct-serious.tsv", 0, 0,
	    "Keeping a customer from claims, returns and the marketplace; \"\": not judged."},
	{"mild", POSTERN_OPTION_FILE, "lists/conduct-mild.tsv", 0, 0,
	    "Blame, commands, shouting; \"\": not judged."},
	{"leave_out", POSTERN_OPTION_LIST, "", 0, 0,
	    "Advice (third field) of lines that do not count: what is no misconduct towards a marketplace's support."},
	MODEL_OPTION(""),
	KINDS_OPTIONS,
	{NULL, POSTERN_OPTION_STRING, NULL, 0, 0, NULL},
};

/* Lines with that advice weigh nothing; their classes are still seen. */
static void leave_out(const struct postern_host *host, const struct postern_conf *conf, struct phrases *list)
{
	for (size_t n = 0; n < host->conf_list_count(conf, "leave_out"); n++) {
		struct postern_slice advice = host->conf_list_item(conf, "leave_out", n);

		for (size_t i = 0; i < list->count; i++)
			if (view_is(advice, list->items[i].note))
				list->items[i].weight = 0;
		for (size_t i = 0; i < list->rule_count; i++)
			if (view_is(advice, list->rules[i].note))
				list->rules[i].weight = 0;
	}
}

static enum postern_status conduct_open(const struct postern_host *host, const struct postern_conf *conf,
    void **instance_r)
{
	struct scores *scores = scores_new(host, conf, lists, LISTS, sizeof(*scores));

	*instance_r = scores;
	if (scores == NULL)
		return POSTERN_TEMPFAIL;
	leave_out(host, conf, &scores->phrases);
	return POSTERN_OK;
}

static enum postern_status conduct_check(const struct postern_host *host, const void *instance,
    struct postern_ctx *ctx)
{
	const struct scores *scores = instance;
	struct score score[LISTS];
	enum postern_status status = scores_check(host, ctx, scores, score);

	for (size_t i = 0; i < LISTS && status == POSTERN_OK; i++)
		if (score[i].sum >= scores->threshold)
			status = score_report(host, ctx, "MP-CONDUCT", &score[i], score_percent(score[i].sum));
	return status;
}

__attribute__((visibility("default"))) const struct postern_plugin postern_plugin = {
	POSTERN_PLUGIN_PREFIX("conduct"),
	.version = "1.0",
	.summary = "Finds insults, threats, blame and attempts to keep a customer from his rights.",
	.directions = POSTERN_OUTBOUND,
	.needs = POSTERN_NEED_TEXT,
	.rules = rules,
	.options = options,
	.open = conduct_open,
	.check = conduct_check,
	.close = scores_free,
};
