/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rule plugin "promise": promises that a seller can't keep (MP-PROMISE). What
 * is promised and how surely stands in a list of phrases, classes and rules;
 * estimates and terms that somebody else has set weigh against it.
 */
#include "../common/common.h"

static const char *const lists[] = {"phrases"};

static const struct postern_rule_id rules[] = {
	{"MP-PROMISE", "a promise without condition: guarantees, certain dates, refunds come what may"},
	{NULL, NULL},
};

static const struct postern_option options[] = {
	{"threshold", POSTERN_OPTION_INT, "5", 1, 100, "Sum of the weights from which a message overpromises."},
	{"phrases", POSTERN_OPTION_FILE, "lists/promise.tsv", 0, 0, "Phrases, classes and rules."},
	MODEL_OPTION("lists/promise.model.tsv"),
	KINDS_OPTIONS,
	{NULL, POSTERN_OPTION_STRING, NULL, 0, 0, NULL},
};

static enum postern_status promise_open(const struct postern_host *host, const struct postern_conf *conf,
    void **instance_r)
{
	*instance_r = scores_new(host, conf, lists, 1, sizeof(struct scores));
	return *instance_r != NULL ? POSTERN_OK : POSTERN_TEMPFAIL;
}

static enum postern_status promise_check(const struct postern_host *host, const void *instance,
    struct postern_ctx *ctx)
{
	const struct scores *scores = instance;
	struct score score;
	enum postern_status status = scores_check(host, ctx, scores, &score);

	if (status != POSTERN_OK || score.sum < scores->threshold)
		return status;
	return score_report(host, ctx, "MP-PROMISE", &score, score_percent(score.sum));
}

__attribute__((visibility("default"))) const struct postern_plugin postern_plugin = {
	POSTERN_PLUGIN_PREFIX("promise"),
	.version = "1.0",
	.summary = "Finds promises that a seller can't keep.",
	.directions = POSTERN_OUTBOUND,
	.needs = POSTERN_NEED_TEXT,
	.rules = rules,
	.options = options,
	.open = promise_open,
	.check = promise_check,
	.close = scores_free,
};
