// SPDX-License-Identifier: BSD-2-Clause
/*
 * A rule plugin of the tests, built by them against the installed header:
 * finds the word PROBEWORD with the advice ADVICE it was compiled with, and
 * waits as many seconds as the subject says ("slow 7").
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <postern/plugin.h>

#ifndef ADVICE
#define ADVICE NULL
#endif

static const struct postern_rule_id rules[] = {
	{"TEST-PROBE", "The text holds the word that the test looks for."},
	{NULL, NULL},
};

static void wait_as_told(struct postern_slice subject)
{
	const char *at = memmem(subject.ptr, subject.len, "slow ", 5);

	if (at != NULL && at + 5 < subject.ptr + subject.len)
		sleep((unsigned)strtoul(at + 5, NULL, 10));
}

static enum postern_status check(const struct postern_host *host, const void *instance, struct postern_ctx *ctx)
{
	static const char word[] = "PROBEWORD";

	(void)instance;
	for (size_t i = 0; i < host->text_count(ctx); i++) {
		struct postern_text text;
		struct postern_finding finding = {.rule_id = "TEST-PROBE", .where = POSTERN_IN_TEXT,
		    .index = i, .advice = ADVICE, .score = 100};
		const char *at;

		if (host->text(ctx, i, &text) != POSTERN_OK)
			return POSTERN_BUG;
		if (text.kind == POSTERN_SEGMENT_SUBJECT)
			wait_as_told(text.text);
		at = memmem(text.text.ptr, text.text.len, word, sizeof(word) - 1);
		if (at == NULL)
			continue;
		finding.evidence.ptr = at;
		finding.evidence.len = text.text.len - (size_t)(at - text.text.ptr);
		if (host->finding(ctx, &finding) != POSTERN_OK)
			return POSTERN_TEMPFAIL;
	}
	return POSTERN_OK;
}

const struct postern_plugin postern_plugin = {
	POSTERN_PLUGIN_PREFIX("probe"),
	.version = "1",
	.summary = "Finds a word, for tests.",
	.directions = POSTERN_INBOUND | POSTERN_OUTBOUND,
	.needs = POSTERN_NEED_TEXT,
	.rules = rules,
	.check = check,
};
