/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rule plugin "phrases": an administrator's own list of what must not be
 * written (MP-PHRASE), without programming. A line with no weight is a finding
 * by itself; the note of the weightiest line is the advice.
 */
#include "../common/common.h"

#include <stdlib.h>

static const char *const lists[] = {"phrases"};

struct house {
	struct scores scores;
	int threshold;
};

static const struct postern_rule_id rules[] = {
	{"MP-PHRASE", "wording of the administrator's own list"},
	{NULL, NULL},
};

static const struct postern_option options[] = {
	{"threshold", POSTERN_OPTION_INT, "5", 1, 100, "Sum of the weights from which it is a finding."},
	{"phrases", POSTERN_OPTION_FILE, NULL, 0, 0, "The list: expression, weight (none: a finding by itself), note (the advice)."},
	MODEL_OPTION(""),
	KINDS_OPTIONS,
	{NULL, POSTERN_OPTION_STRING, NULL, 0, 0, NULL},
};

static void house_close(const struct postern_host *host, void *instance)
{
	struct house *house = instance;

	if (house == NULL)
		return;
	scores_close(host, &house->scores);
	free(house);
}

/* A value that is neither weight nor class is a mistake, most often a note without a weight. */
static int check_lines(const struct postern_host *host, const struct postern_conf *conf, struct house *house)
{
	struct phrases *list = &house->scores.phrases;

	for (size_t i = 0; i < list->count; i++) {
		struct phrase *phrase = &list->items[i];

		if (phrase->weight != 0 || phrase->classes != 0)
			continue;
		if (phrase->value[0] != '\0') {
			host->conf_error(conf, "phrases", phrase->line,
			    "after the first tab stands neither a weight (such as 5 or -3) nor a class (such as @goods)");
			return -1;
		}
		phrase->weight = house->threshold;
	}
	if (list->count > 0)
		return 0;
	host->conf_error(conf, "phrases", 0, "the list is empty: write at least one expression, or set enabled = no");
	return -1;
}

static enum postern_status house_open(const struct postern_host *host, const struct postern_conf *conf,
    void **instance_r)
{
	struct house *house = calloc(1, sizeof(*house));

	if (house == NULL) {
		host->conf_error(conf, NULL, 0, "out of memory");
		return POSTERN_TEMPFAIL;
	}
	house->threshold = (int)host->conf_int(conf, "threshold");
	if (scores_open(host, conf, lists, 1, &house->scores) != 0 || check_lines(host, conf, house) != 0) {
		house_close(host, house);
		return POSTERN_TEMPFAIL;
	}
	*instance_r = house;
	return POSTERN_OK;
}

static enum postern_status house_check(const struct postern_host *host, const void *instance,
    struct postern_ctx *ctx)
{
	const struct house *house = instance;
	struct postern_finding finding = {"MP-PHRASE", POSTERN_IN_TEXT, 0, {"", 0}, NULL, 0};
	struct score score;
	enum postern_status status = scores_check(host, ctx, &house->scores, &score);

	if (status != POSTERN_OK || score.sum < house->threshold)
		return status;
	finding.index = score.text;
	finding.evidence = score.evidence;
	finding.advice = score.note[0] != '\0' ? score.note : NULL;
	finding.score = score_percent(score.sum);
	return host->finding(ctx, &finding);
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
	.close = house_close,
};
