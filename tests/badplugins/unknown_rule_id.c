/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports a rule id that it did not declare. */
#include "plugin_fixture.h"

static enum postern_status check(const struct postern_host *host, const void *instance, struct postern_ctx *ctx)
{
	(void)instance;
	/* The answer is ignored on purpose: the host must notice by itself. */
	host->finding(ctx, &(struct postern_finding){.rule_id = "SURPRISE", .score = 100});
	return POSTERN_OK;
}

const struct postern_plugin postern_plugin = {
	POSTERN_PLUGIN_PREFIX("unknown_rule_id"), FIXTURE_BODY, .check = check
};
