/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rule plugin "promise": promises that a seller can't keep (MP-PROMISE). What
 * is promised and how surely stands in a list of phrases, classes and rules;
 * estimates and terms that somebody else has set weigh against it.
 */
#include "../common/common.h"

#include <stdlib.h>

static const char *const lists[] = {"phrases"};

struct promise {
	struct scores scores;
	int threshold;
};

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

static void promise_close(const struct postern_host *host, void *instance)
{
	struct promise *promise = instance;

	if (promise == NULL)
		return;
	scores_close(host, &promise->scores);
	free(promise);
}

static enum postern_status promise_open(const struct postern_host *host, const struct postern_conf *conf,
    void **instance_r)
{
	struct promise *promise = calloc(1, sizeof(*promise));

	if (promise == NULL) {
		host->conf_error(conf, NULL, 0, "out of memory");
		return POSTERN_TEMPFAIL;
	}
	if (scores_open(host, conf, lists, 1, &promise->scores) != 0) {
		promise_close(host, promise);
		return POSTERN_TEMPFAIL;
	}
	promise->threshold = (int)host->conf_int(conf, "threshold");
	*instance_r = promise;
	return POSTERN_OK;
}

static enum postern_status promise_check(const struct postern_host *host, const void *instance,
    struct postern_ctx *ctx)
{
	const struct promise *promise = instance;
	struct postern_finding finding = {"MP-PROMISE", POSTERN_IN_TEXT, 0, {"", 0}, NULL, 0};
	struct score score;
	enum postern_status status = scores_check(host, ctx, &promise->scores, &score);

	if (status != POSTERN_OK || score.sum < promise->threshold)
		return status;
	finding.index = score.text;
	finding.evidence = score.evidence;
	finding.advice = score.note[0] != '\0' ? score.note : NULL;
	finding.score = score_percent(score.sum);
	return host->finding(ctx, &finding);
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
	.close = promise_close,
};
