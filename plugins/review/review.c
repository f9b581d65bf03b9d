/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rule plugin "review": asking customers for reviews, ratings or feedback
 * (MP-REVIEW). Steering (only if content, for a reward, change it, write to us
 * first) is always a finding. A neutral request is one when it is not the
 * first of its order; a counter in the store knows.
 */
#include "../common/common.h"

#include <stdio.h>
#include <stdlib.h>

/* The model can't tell one from the other, so it has a sum of its own. */
enum { STEERING, NEUTRAL, MODEL, SUMS };
static const char *const lists[] = {"phrases", "neutral"};

/* How long requests are counted; orders are not talked about longer. */
#define WINDOW_SECONDS (400LL * 86400)
/* A counter's key is at most 256 bytes. */
#define KEY_MAX 200

struct review {
	struct scores scores; /* first, for scores_new */
	int allowed_score, repeated_score;
	int64_t requests_max;
};

static const struct postern_rule_id rules[] = {
	{"MP-REVIEW", "asking for a review, steering it, paying for it, having one changed"},
	{NULL, NULL},
};

static const struct postern_option options[] = {
	{"threshold", POSTERN_OPTION_INT, "5", 1, 100, "Sum of the weights from which it is a finding."},
	{"max_requests_per_order", POSTERN_OPTION_INT, "-1", -1, 100,
	    "Neutral requests for a review that an order may get; "
	    "-1: the marketplace's value review_requests, else none."},
	{"allowed_score", POSTERN_OPTION_INT, "20", 0, 100, "Score of a neutral request that is allowed."},
	{"repeated_score", POSTERN_OPTION_INT, "60", 0, 100, "Score of a neutral request beyond the allowed ones."},
	{"phrases", POSTERN_OPTION_FILE, "lists/review.tsv", 0, 0, "Steering: phrases, classes and rules."},
	{"neutral", POSTERN_OPTION_FILE, "lists/review-neutral.tsv", 0, 0, "Neutral requests; rules over the same classes."},
	MODEL_OPTION("lists/review.model.tsv"),
	KINDS_OPTIONS,
	{NULL, POSTERN_OPTION_STRING, NULL, 0, 0, NULL},
};

static enum postern_status review_open(const struct postern_host *host, const struct postern_conf *conf,
    void **instance_r)
{
	struct review *review = scores_new(host, conf, lists, MODEL, sizeof(*review));

	if (review == NULL)
		return POSTERN_TEMPFAIL;
	review->scores.lists = SUMS;
	review->scores.model_list = MODEL;
	review->requests_max = host->conf_int(conf, "max_requests_per_order");
	review->allowed_score = (int)host->conf_int(conf, "allowed_score");
	review->repeated_score = (int)host->conf_int(conf, "repeated_score");
	*instance_r = review;
	return POSTERN_OK;
}

/* ---- how often an order was asked about ---- */

/* The order that the message is about; without a number the customer stands for it. */
static enum postern_status find_order(const struct postern_host *host, struct postern_ctx *ctx,
    struct postern_slice *order_r)
{
	size_t count = host->id_count(ctx);
	struct postern_inbound inbound;
	struct postern_id id;

	for (size_t i = 0; i < count; i++) {
		if (host->id(ctx, i, &id) != POSTERN_OK)
			return POSTERN_BUG;
		*order_r = id.value;
		if (view_is(id.kind, "order") && id.segment != POSTERN_SEGMENT_QUOTE)
			return POSTERN_OK;
	}
	if (host->abi_minor >= 1) {
		enum postern_status status = host->inbound(ctx, &inbound);

		if (status != POSTERN_OK)
			return status;
		*order_r = inbound.order;
		if (inbound.known && inbound.order.len > 0)
			return POSTERN_OK;
	}
	return host->recipient(ctx, 0, order_r);
}

/* *count_r: requests for this order, with this one. */
static enum postern_status count_request(const struct postern_host *host, struct postern_ctx *ctx, int64_t *count_r)
{
	struct postern_slice order = {"", 0}, key;
	enum postern_status status = find_order(host, ctx, &order);
	char text[KEY_MAX + 16];
	int len;

	if (status != POSTERN_OK)
		return status;
	len = snprintf(text, sizeof(text), "request:%.*s", (int)(order.len < KEY_MAX ? order.len : KEY_MAX), order.ptr);
	key = view_sub(view_str(text), 0, len > 0 ? (size_t)len : 0);
	return host->counter(ctx, key, 1, WINDOW_SECONDS, count_r);
}

/* ---- findings ---- */

static enum postern_status report(const struct postern_host *host, struct postern_ctx *ctx, const struct score *score,
    int percent)
{
	return score_report(host, ctx, "MP-REVIEW", score, percent);
}

static int64_t requests_max(const struct postern_host *host, struct postern_ctx *ctx, const struct review *review)
{
	struct postern_slice value;
	char text[16];

	if (review->requests_max >= 0)
		return review->requests_max;
	value = host->profile(ctx, "review_requests");
	snprintf(text, sizeof(text), "%.*s", (int)(value.len < 9 ? value.len : 9), value.len > 0 ? value.ptr : "");
	return strtol(text, NULL, 10);
}

static enum postern_status judge_request(const struct postern_host *host, struct postern_ctx *ctx,
    const struct review *review, const struct score *score)
{
	int64_t count = 1, max = requests_max(host, ctx, review);
	enum postern_status status;

	if (max > 0) {
		status = count_request(host, ctx, &count);
		if (status != POSTERN_OK)
			return status;
	}
	return report(host, ctx, score, count > max ? review->repeated_score : review->allowed_score);
}

/* What only the sum of all shows: a request of some kind, never surer than a repeated one. */
static enum postern_status judge_rest(const struct postern_host *host, struct postern_ctx *ctx,
    const struct review *review, struct score *score)
{
	int percent;

	score_join(&score[STEERING], &score[NEUTRAL]);
	score_join(&score[STEERING], &score[MODEL]);
	if (score[STEERING].sum < review->scores.threshold)
		return POSTERN_OK;
	percent = score_percent(score[STEERING].sum);
	return report(host, ctx, &score[STEERING], percent < review->repeated_score ? percent : review->repeated_score);
}

static enum postern_status review_check(const struct postern_host *host, const void *instance,
    struct postern_ctx *ctx)
{
	const struct review *review = instance;
	struct score score[SUMS];
	enum postern_status status = scores_check(host, ctx, &review->scores, score);

	if (status != POSTERN_OK)
		return status;
	if (score[STEERING].sum >= review->scores.threshold)
		return report(host, ctx, &score[STEERING], score_percent(score[STEERING].sum));
	if (score[NEUTRAL].sum >= review->scores.threshold)
		return judge_request(host, ctx, review, &score[NEUTRAL]);
	return judge_rest(host, ctx, review, score);
}

__attribute__((visibility("default"))) const struct postern_plugin postern_plugin = {
	POSTERN_PLUGIN_PREFIX("review"),
	.version = "1.0",
	.summary = "Finds requests for reviews, steering and pay for them.",
	.directions = POSTERN_OUTBOUND,
	.needs = POSTERN_NEED_TEXT | POSTERN_NEED_IDS | POSTERN_NEED_STORE,
	.rules = rules,
	.options = options,
	.open = review_open,
	.check = review_check,
	.close = scores_free,
};
