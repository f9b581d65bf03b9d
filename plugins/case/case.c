/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rule plugin "case": mail to a marketplace's support. Is a case asked so that it can be worked on (MP-CASE), not
 * too often and not twice (MP-CASEQ), and does a notice of a shipment to a warehouse say all it must (MP-ASN)?
 */
#include "case.h"

#include <stdlib.h>
#include <string.h>

static const struct postern_rule_id rules[] = {
	{"MP-CASE", "a support case that lacks what it needs, asks too much at once, or comes too early or too late"},
	{"MP-CASEQ", "support cases too often, asked twice, or marked urgent too often"},
	{"MP-ASN", "a notice of a shipment to a warehouse without what it must say"},
	{NULL, NULL},
};

static const struct postern_option options[] = {
	{"checks", POSTERN_OPTION_LIST, NULL, 0, 0,
	    "What is looked at: hygiene (question, numbers, one question), documents (of the category), window (too early or "
	    "late), frequency, duplicates, urgent, notice (of a shipment)."},
	{"categories", POSTERN_OPTION_FILE, "lists/case-categories.tsv", 0, 0,
	    "Categories of cases, and what each needs."},
	{"topics", POSTERN_OPTION_FILE, "lists/case-topics.tsv", 0, 0, "Words by which a category is known."},
	{"phrases", POSTERN_OPTION_FILE, "lists/case-phrases.tsv", 0, 0, "Phrases that ask, urge, announce."},
	{"documents", POSTERN_OPTION_FILE, "lists/case-documents.tsv", 0, 0,
	    "Names of files, and words in them, by which a document is known."},
	{"fields", POSTERN_OPTION_FILE, "lists/case-notice.tsv", 0, 0, "What a notice of a shipment must say."},
	{"min_words", POSTERN_OPTION_INT, "12", 1, 1000, "Words that describe the situation, at least."},
	{"short_words", POSTERN_OPTION_INT, "25", 1, 1000, "Shorter text wants a file with it."},
	{"warn_per_day", POSTERN_OPTION_INT, "0", 0, 10000,
	    "Cases of one shop in 24 hours that are noted; 0: the profile's case_warn_per_day."},
	{"hold_per_day", POSTERN_OPTION_INT, "0", 0, 10000,
	    "Cases of one shop in 24 hours that are too many; 0: the profile's case_hold_per_day."},
	{"urgent_per_week", POSTERN_OPTION_INT, "0", 0, 10000,
	    "Urgent marks of one shop in 7 days; 0: the profile's case_urgent_per_week."},
	{"reopen_per_week", POSTERN_OPTION_INT, "0", 0, 10000,
	    "Reopened cases of one shop in 7 days; 0: the profile's case_reopen_per_week."},
	{"similar_days", POSTERN_OPTION_INT, "14", 1, 365, "Days in which a question is not to be asked again."},
	{NULL, POSTERN_OPTION_STRING, NULL, 0, 0, NULL},
};

static void case_close(const struct postern_host *host, void *instance)
{
	struct rule_case *rule = instance;

	if (rule == NULL)
		return;
	categories_close(&rule->categories);
	phrases_close(host, &rule->topics);
	phrases_close(host, &rule->phrases);
	phrases_close(host, &rule->documents);
	phrases_close(host, &rule->fields);
	free(rule->topic_category);
	free(rule->meaning);
	free(rule);
}

static unsigned check_bit(struct postern_slice name)
{
	static const struct { const char *name; unsigned bit; } names[] = {
		{"hygiene", CHECK_HYGIENE}, {"documents", CHECK_DOCUMENTS}, {"window", CHECK_WINDOW},
		{"frequency", CHECK_FREQUENCY}, {"duplicates", CHECK_DUPLICATES}, {"urgent", CHECK_URGENT},
		{"notice", CHECK_NOTICE},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (view_is(name, names[i].name))
			return names[i].bit;
	return 0;
}

static int read_checks(const struct postern_host *host, const struct postern_conf *conf, struct rule_case *rule)
{
	for (size_t i = 0; i < host->conf_list_count(conf, "checks"); i++) {
		unsigned bit = check_bit(host->conf_list_item(conf, "checks", i));

		if (bit == 0) {
			host->conf_error(conf, "checks", 0,
			    "expected hygiene, documents, window, frequency, duplicates, urgent or notice");
			return -1;
		}
		rule->checks |= bit;
	}
	return 0;
}

/* The category that each phrase of the list of topics is for. */
static int read_topics(const struct postern_host *host, const struct postern_conf *conf, struct rule_case *rule)
{
	if (phrases_open(host, conf, "topics", &rule->topics) != 0)
		return -1;
	rule->topic_category = calloc(rule->topics.count + 1, sizeof(*rule->topic_category));
	if (rule->topic_category == NULL)
		return -1;
	for (size_t i = 0; i < rule->topics.count; i++) {
		const struct phrase *phrase = &rule->topics.items[i];

		rule->topic_category[i] = categories_find(&rule->categories, phrase->value);
		if (rule->topic_category[i] == -1) {
			host->conf_error(conf, "topics", phrase->line, "the category is not one of the list of categories");
			return -1;
		}
	}
	return 0;
}

static int read_meanings(const struct postern_host *host, const struct postern_conf *conf, struct rule_case *rule)
{
	static const char *const names[MEANINGS] = {"ask", "remeasure", "dimensions", "urgent", "reopen", "another",
	    "notice", "notice-text", "no-notice"};

	if (phrases_open(host, conf, "phrases", &rule->phrases) != 0)
		return -1;
	rule->meaning = calloc(rule->phrases.count + 1, sizeof(*rule->meaning));
	for (size_t i = 0; rule->meaning != NULL && i < rule->phrases.count; i++) {
		size_t k = 0;

		while (k < MEANINGS && strcmp(names[k], rule->phrases.items[i].value) != 0)
			k++;
		if (k == MEANINGS) {
			host->conf_error(conf, "phrases", rule->phrases.items[i].line, "expected ask, remeasure, dimensions, "
			    "urgent, reopen, another, notice, notice-text or no-notice behind the expression");
			return -1;
		}
		rule->meaning[i] = (enum meaning)k;
	}
	return rule->meaning != NULL ? 0 : -1;
}

static int open_lists(const struct postern_host *host, const struct postern_conf *conf, struct rule_case *rule)
{
	if (categories_open(host, conf, &rule->categories) != 0 || read_topics(host, conf, rule) != 0 ||
	    read_meanings(host, conf, rule) != 0)
		return -1;
	if ((rule->checks & CHECK_DOCUMENTS) && phrases_open(host, conf, "documents", &rule->documents) != 0)
		return -1;
	return rule->checks & CHECK_NOTICE ? phrases_open(host, conf, "fields", &rule->fields) : 0;
}

static enum postern_status case_open(const struct postern_host *host, const struct postern_conf *conf, void **instance_r)
{
	struct rule_case *rule = calloc(1, sizeof(*rule));

	if (rule == NULL || read_checks(host, conf, rule) != 0 || open_lists(host, conf, rule) != 0) {
		if (rule == NULL)
			host->conf_error(conf, NULL, 0, "out of memory");
		case_close(host, rule);
		return POSTERN_TEMPFAIL;
	}
	rule->min_words = (size_t)host->conf_int(conf, "min_words");
	rule->short_words = (size_t)host->conf_int(conf, "short_words");
	rule->warn_per_day = host->conf_int(conf, "warn_per_day");
	rule->hold_per_day = host->conf_int(conf, "hold_per_day");
	rule->urgent_per_week = host->conf_int(conf, "urgent_per_week");
	rule->reopen_per_week = host->conf_int(conf, "reopen_per_week");
	rule->similar_days = host->conf_int(conf, "similar_days");
	*instance_r = rule;
	return POSTERN_OK;
}

static enum postern_status case_check(const struct postern_host *host, const void *instance, struct postern_ctx *ctx)
{
	static const struct { unsigned bit; enum postern_status (*check)(struct letter *letter); } checks[] = {
		{CHECK_HYGIENE, hygiene_check}, {CHECK_DOCUMENTS, documents_check}, {CHECK_WINDOW, window_check},
		{CHECK_FREQUENCY, frequency_check}, {CHECK_URGENT, urgent_check}, {CHECK_DUPLICATES, duplicates_check},
		{CHECK_NOTICE, notice_check},
	};
	struct letter *letter = host->alloc(ctx, sizeof(*letter));
	enum postern_status status;

	if (letter == NULL)
		return POSTERN_TEMPFAIL;
	*letter = (struct letter){.host = host, .ctx = ctx, .rule = instance, .category = -1};
	status = letter_read(letter);
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]) && status == POSTERN_OK; i++)
		if (letter->rule->checks & checks[i].bit)
			status = checks[i].check(letter);
	return status;
}

__attribute__((visibility("default"))) const struct postern_plugin postern_plugin = {
	POSTERN_PLUGIN_PREFIX("case"),
	.version = "1.0",
	.summary = "Judges mail to a marketplace's support: cases, how often they are asked, notices of shipments.",
	.directions = POSTERN_OUTBOUND | POSTERN_INBOUND,
	.needs = POSTERN_NEED_HEADERS | POSTERN_NEED_TEXT | POSTERN_NEED_ATTACHMENTS | POSTERN_NEED_IDS | POSTERN_NEED_STORE,
	.rules = rules,
	.options = options,
	.open = case_open,
	.check = case_check,
	.close = case_close,
};
