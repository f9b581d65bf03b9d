/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rule plugin "evasion": text that is made to look different to programs than
 * to people (MP-EVADE). The host undoes disguises before any rule reads the
 * text; this one says that there was one, and how much it hides.
 */
#include "evasion.h"

#include <stdlib.h>

static const struct postern_rule_id rules[] = {
	{"MP-EVADE", "text that programs and people read differently: look-alike letters, invisible characters, hidden text"},
	{NULL, NULL},
};

static const struct postern_option options[] = {
	{"words", POSTERN_OPTION_FILE, "lists/evasion-words.txt", 0, 0,
	    "Words of advertising and contact: a disguise of one is a strong finding."},
	{"max_words", POSTERN_OPTION_INT, "6", 1, 1000, "More disguised words than this are a strong finding whatever they say."},
	{"hidden_words", POSTERN_OPTION_INT, "12", 1, 1000,
	    "Words that only hidden text has, from which on it is a strong finding."},
	{"diff_words", POSTERN_OPTION_INT, "12", 1, 1000,
	    "Words that only the text or only the HTML form has, from which on the two differ."},
	{"diff_ratio", POSTERN_OPTION_NUMBER, "0.25", 0, 1, "Share of such words that is needed as well."},
	KINDS_OPTIONS,
	{NULL, POSTERN_OPTION_STRING, NULL, 0, 0, NULL},
};

static void evasion_close(const struct postern_host *host, void *instance)
{
	struct evasion *evasion = instance;

	(void)host;
	if (evasion == NULL)
		return;
	words_close(&evasion->words);
	free(evasion);
}

static enum postern_status evasion_open(const struct postern_host *host, const struct postern_conf *conf,
    void **instance_r)
{
	struct evasion *evasion = calloc(1, sizeof(*evasion));

	if (evasion == NULL) {
		host->conf_error(conf, NULL, 0, "out of memory");
		return POSTERN_TEMPFAIL;
	}
	if (words_open(host, conf, "words", &evasion->words) != 0) {
		evasion_close(host, evasion);
		return POSTERN_TEMPFAIL;
	}
	evasion->kinds = kinds_open(host, conf);
	evasion->max_words = (size_t)host->conf_int(conf, "max_words");
	evasion->hidden_words = (size_t)host->conf_int(conf, "hidden_words");
	evasion->diff_words = (size_t)host->conf_int(conf, "diff_words");
	evasion->diff_ratio = host->conf_number(conf, "diff_ratio");
	*instance_r = evasion;
	return POSTERN_OK;
}

enum postern_status report(const struct judge *judge, enum postern_where where, size_t index,
    struct postern_slice evidence, int score)
{
	static const char harmless[] = "Type the marked words anew: they hold characters that nobody sees or that look like others.";
	struct postern_finding finding = {"MP-EVADE", where, index, evidence, score < STRONG ? harmless : NULL, score};

	return judge->host->finding(judge->ctx, &finding);
}

static enum postern_status evasion_check(const struct postern_host *host, const void *instance, struct postern_ctx *ctx)
{
	static enum postern_status (*const checks[])(const struct judge *) = {
		judge_disguises, judge_names, judge_hidden, judge_alternatives, judge_spelling,
	};
	struct judge judge = {host, ctx, instance, host->profile(ctx, "allow_domains")};
	enum postern_status status = POSTERN_OK;

	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]) && status == POSTERN_OK; i++)
		status = checks[i](&judge);
	return status;
}

__attribute__((visibility("default"))) const struct postern_plugin postern_plugin = {
	POSTERN_PLUGIN_PREFIX("evasion"),
	.version = "1.0",
	.summary = "Finds text that is disguised, hidden, or different for different readers.",
	.directions = POSTERN_OUTBOUND,
	.needs = POSTERN_NEED_TEXT | POSTERN_NEED_URLS | POSTERN_NEED_IDS | POSTERN_NEED_ATTACHMENTS | POSTERN_NEED_IMAGES,
	.rules = rules,
	.options = options,
	.open = evasion_open,
	.check = evasion_check,
	.close = evasion_close,
};
