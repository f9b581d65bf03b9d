/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rule plugin "marketing": advertising in a reply (MP-PROMO). Phrases have
 * weights; those that speak of service ("refund", "did not apply") weigh
 * against those that sell, sentence by sentence, so that "I have refunded 20%"
 * is none and "20% off your next order" is.
 */
#include "../common/common.h"

#include <stdlib.h>

static const char *const lists[] = {"phrases", "phrases_eu", "phrases_zh"};
#define LISTS (sizeof(lists) / sizeof(lists[0]))

struct marketing {
	struct scores scores;
	int threshold;
};

static const struct postern_rule_id rules[] = {
	{"MP-PROMO", "advertising: coupons, discounts, offers, the seller's own shop or channels"},
	{NULL, NULL},
};

static const struct postern_option options[] = {
	{"threshold", POSTERN_OPTION_INT, "5", 1, 100, "Sum of the weights from which a message is advertising."},
	{"phrases", POSTERN_OPTION_FILE, "lists/marketing.en.tsv", 0, 0, "Phrases, classes and rules, English."},
	{"phrases_eu", POSTERN_OPTION_FILE, "lists/marketing.eu.tsv", 0, 0, "The same in Spanish, French, German."},
	{"phrases_zh", POSTERN_OPTION_FILE, "lists/marketing.zh.tsv", 0, 0, "The same in Chinese."},
	MODEL_OPTION("lists/marketing.model.tsv"),
	KINDS_OPTIONS,
	{NULL, POSTERN_OPTION_STRING, NULL, 0, 0, NULL},
};

static void marketing_close(const struct postern_host *host, void *instance)
{
	struct marketing *marketing = instance;

	if (marketing == NULL)
		return;
	scores_close(host, &marketing->scores);
	free(marketing);
}

static enum postern_status marketing_open(const struct postern_host *host, const struct postern_conf *conf,
    void **instance_r)
{
	struct marketing *marketing = calloc(1, sizeof(*marketing));

	if (marketing == NULL) {
		host->conf_error(conf, NULL, 0, "out of memory");
		return POSTERN_TEMPFAIL;
	}
	if (scores_open(host, conf, lists, LISTS, &marketing->scores) != 0) {
		marketing_close(host, marketing);
		return POSTERN_TEMPFAIL;
	}
	marketing->threshold = (int)host->conf_int(conf, "threshold");
	*instance_r = marketing;
	return POSTERN_OK;
}

static enum postern_status marketing_check(const struct postern_host *host, const void *instance,
    struct postern_ctx *ctx)
{
	const struct marketing *marketing = instance;
	struct postern_finding finding = {"MP-PROMO", POSTERN_IN_TEXT, 0, {"", 0}, NULL, 0};
	struct score score[LISTS];
	enum postern_status status = scores_check(host, ctx, &marketing->scores, score);

	if (status != POSTERN_OK)
		return status;
	for (size_t i = 1; i < LISTS; i++)
		score_join(&score[0], &score[i]);
	if (score[0].sum < marketing->threshold)
		return POSTERN_OK;
	finding.index = score[0].text;
	finding.evidence = score[0].evidence;
	finding.score = score_percent(score[0].sum);
	return host->finding(ctx, &finding);
}

__attribute__((visibility("default"))) const struct postern_plugin postern_plugin = {
	POSTERN_PLUGIN_PREFIX("marketing"),
	.version = "1.0",
	.summary = "Finds advertising in a reply.",
	.directions = POSTERN_OUTBOUND,
	.needs = POSTERN_NEED_TEXT,
	.rules = rules,
	.options = options,
	.open = marketing_open,
	.check = marketing_check,
	.close = marketing_close,
};
