/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rule plugin "sla": labels inbound mail of a marketplace and starts the reply
 * clock that the marketplace's profile names for its kind. A customer's
 * automatic reply starts none.
 */
#include "../common/common.h"

#include <stdlib.h>
#include <string.h>

struct sla {
	struct phrases labels, closings, subjects, auto_replies;
	struct words order_kinds;
	char **label_seen;
	bool pre_after;
};

static const struct postern_rule_id rules[] = {
	{"MP-SLA", "inbound mail that could not be given its clock"},
	{NULL, NULL},
};

static const struct postern_option options[] = {
	{"labels", POSTERN_OPTION_FILE, "lists/labels.tsv", 0, 0, "Phrases and the label that each gives."},
	{"closings", POSTERN_OPTION_FILE, "lists/closings.tsv", 0, 0,
	    "Messages that only say thanks get the label Suggest-Done."},
	{"auto_subjects", POSTERN_OPTION_FILE, "lists/autoreply-subjects.tsv", 0, 0,
	    "How the subject of an automatic reply starts."},
	{"auto_phrases", POSTERN_OPTION_FILE, "lists/absence-phrases.tsv", 0, 0,
	    "What a customer's out-of-office message says."},
	{"order_kinds", POSTERN_OPTION_LIST, "order,po", 0, 0,
	    "Kinds of numbers that make a message one about an order (After-Sale)."},
	{"sale_labels", POSTERN_OPTION_BOOL, "yes", 0, 0, "Label inquiries Pre-Sale or After-Sale."},
	{NULL, POSTERN_OPTION_STRING, NULL, 0, 0, NULL},
};

static void sla_close(const struct postern_host *host, void *instance)
{
	struct sla *sla = instance;

	if (sla == NULL)
		return;
	phrases_close(host, &sla->labels);
	phrases_close(host, &sla->closings);
	phrases_close(host, &sla->subjects);
	phrases_close(host, &sla->auto_replies);
	words_close(&sla->order_kinds);
	free(sla);
}

__attribute__((visibility("default"))) const struct postern_plugin postern_plugin = {
	POSTERN_PLUGIN_PREFIX("sla"),
	.version = "1.0",
	.summary = "Labels inbound marketplace mail and starts the reply clock.",
	.directions = POSTERN_INBOUND,
	.needs = POSTERN_NEED_HEADERS | POSTERN_NEED_TEXT | POSTERN_NEED_IDS,
	.rules = rules,
	.options = options,
	.close = sla_close,
};
