/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rule plugin "marketing": advertising in a reply (MP-PROMO). Phrases have
 * weights; those that speak of service ("refund", "did not apply") weigh
 * against those that sell, sentence by sentence, so that "I have refunded 20%"
 * is none and "20% off your next order" is.
 */
#include "../common/common.h"

static const char *const lists[] = {"phrases", "phrases_eu", "phrases_zh"};
#define LISTS (sizeof(lists) / sizeof(lists[0]))

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

static enum postern_status marketing_open(const struct postern_host *host, const struct postern_conf *conf,
    void **instance_r)
{
	*instance_r = scores_new(host, conf, lists, LISTS, sizeof(struct scores));
	return *instance_r != NULL ? POSTERN_OK : POSTERN_TEMPFAIL;
}

static enum postern_status marketing_check(const struct postern_host *host, const void *instance,
    struct postern_ctx *ctx)
{
	const struct scores *scores = instance;
	struct score score[LISTS];
	enum postern_status status = scores_check(host, ctx, scores, score);

	if (status != POSTERN_OK)
		return status;
	for (size_t i = 1; i < LISTS; i++)
		score_join(&score[0], &score[i]);
	if (score[0].sum < scores->threshold)
		return POSTERN_OK;
	/* Its lists have remarks there; the rule's own advice says more. */
	score[0].note = "";
	return score_report(host, ctx, "MP-PROMO", &score[0], score_percent(score[0].sum));
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
	.close = scores_free,
};
