/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rule plugin "phrases": an administrator's own list of what must not be
 * written (MP-PHRASE), without programming. A line with no weight is a finding
 * by itself; the note of the weightiest line is the advice.
 */
#include "../common/common.h"

static const char *const lists[] = {"phrases"};

static const struct postern_rule_id rules[] = {
	{"MP-PHRASE", "wording of the administrator's own list"},
	{NULL, NULL},
};

static const struct postern_option options[] = {
	{"threshold", POSTERN_OPTION_INT, "5", 1, 100, "Sum of the weights from which it is a finding."},
	{"phrases", POSTERN_OPTION_FILE, NULL, 0, 0,
	    "The list: expression, weight (none: a finding by itself), note (the advice)."},
	MODEL_OPTION(""),
	KINDS_OPTIONS,
	{NULL, POSTERN_OPTION_STRING, NULL, 0, 0, NULL},
};

/* A value that is neither weight nor class is a mistake, most often a note without a weight. */
static int check_lines(const struct postern_host *host, const struct postern_conf *conf, struct scores *scores)
{
	struct phrases *list = &scores->phrases;

	for (size_t i = 0; i < list->count; i++) {
		struct phrase *phrase = &list->items[i];

		if (phrase->weight != 0 || phrase->classes != 0)
			continue;
		if (phrase->value[0] != '\0') {
			host->conf_error(conf, "phrases", phrase->line,
			    "after the first tab stands neither a weight (such as 5 or -3) nor a class (such as @goods)");
			return -1;
		}
		phrase->weight = scores->threshold;
	}
	if (list->count > 0)
		return 0;
	host->conf_error(conf, "phrases", 0, "the list is empty: "
	    "write at least one expression, or set enabled = no");
	return -1;
}

static enum postern_status house_open(const struct postern_host *host, const struct postern_conf *conf,
    void **instance_r)
{
	struct scores *scores = scores_new(host, conf, lists, 1, sizeof(*scores));

	if (scores != NULL && check_lines(host, conf, scores) != 0) {
		scores_free(host, scores);
		scores = NULL;
	}
	*instance_r = scores;
	return scores != NULL ? POSTERN_OK : POSTERN_TEMPFAIL;
}

static enum postern_status house_check(const struct postern_host *host, const void *instance,
    struct postern_ctx *ctx)
{
	const struct scores *scores = instance;
	struct score score;
	enum postern_status status = scores_check(host, ctx, scores, &score);

	if (status != POSTERN_OK || score.sum < scores->threshold)
		return status;
	return score_report(host, ctx, "MP-PHRASE", &score, score_percent(score.sum));
}

__attribute__((visibility("default"))) const struct postern_plugin postern_plugin = {
	POSTERN_PLUGIN_PREFIX("phrases"),
	.version = "1.0",
	.summary = "Finds the wording of a list of your own.",
	.directions = POSTERN_OUTBOUND,
	.needs = POSTERN_NEED_TEXT,
	.rules = rules,
	.options = options,
	.open = house_open,
	.check = house_check,
	.close = scores_free,
};
