/* SPDX-License-Identifier: BSD-2-Clause */
/* Nothing is wrong with it; tells which support a message goes to, and when order M-000001 was delivered. */
#include "plugin_fixture.h"

#include <stdio.h>
#include <string.h>

static enum postern_status check(const struct postern_host *host, const void *instance, struct postern_ctx *ctx)
{
	struct postern_slice language = host->profile(ctx, "language");
	struct postern_support support;
	enum postern_status status = host->support(ctx, &support);
	int64_t delivered = -1;
	char seen[200];

	(void)instance;
	if (status == POSTERN_OK)
		status = host->milestone(ctx, "delivered", (struct postern_slice){"M-000001", 8}, &delivered);
	if (status != POSTERN_OK)
		return status;
	snprintf(seen, sizeof(seen), "%.*s of %.*s in '%.*s', delivered %lld", (int)support.name.len, support.name.ptr,
	    (int)support.channel.len, support.channel.ptr, (int)language.len, language.ptr != NULL ? language.ptr : "",
	    (long long)delivered);
	return host->finding(ctx, &(struct postern_finding){.rule_id = "FIXTURE", .where = POSTERN_IN_MESSAGE, .score = 100,
		.evidence = {seen, strlen(seen)}});
}

const struct postern_plugin postern_plugin = {
	POSTERN_PLUGIN_PREFIX("support"), .version = "1", .summary = "A fixture.",
	.directions = POSTERN_OUTBOUND | POSTERN_INBOUND, .needs = POSTERN_NEED_STORE, .rules = fixture_rules, .check = check
};
