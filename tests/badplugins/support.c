/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Nothing is wrong with it; tells which support a message goes to, how the claim for order
 * M-000001 stands, and when the clock "inquiry" would be over.
 */
#include "plugin_fixture.h"

#include <stdio.h>
#include <string.h>

static enum postern_status check(const struct postern_host *host, const void *instance, struct postern_ctx *ctx)
{
	struct postern_slice language = host->profile(ctx, "language");
	struct postern_support support;
	enum postern_status status = host->support(ctx, &support);
	struct postern_window window = {.state = POSTERN_WINDOW_OPEN};
	struct postern_message message;
	int64_t due = -1, none = -1;
	char seen[200];

	(void)instance;
	if (status == POSTERN_OK)
		status = host->window(ctx, "claim", (struct postern_slice){"M-000001", 8}, &window);
	if (status == POSTERN_OK)
		status = host->clock_due(ctx, "inquiry", &due);
	if (status == POSTERN_OK)
		status = host->clock_due(ctx, "nothing", &none);
	if (status != POSTERN_OK)
		return status;
	host->message(ctx, &message);
	snprintf(seen, sizeof(seen), "%.*s of %.*s in '%.*s', claim %d %.*s %.*s, due %lld %lld", (int)support.name.len,
	    support.name.ptr,
	    (int)support.channel.len, support.channel.ptr, (int)language.len, language.ptr != NULL ? language.ptr : "",
	    (int)window.state, (int)window.first_day.len, window.first_day.ptr != NULL ? window.first_day.ptr : "",
	    (int)window.last_day.len, window.last_day.ptr != NULL ? window.last_day.ptr : "",
	    (long long)(due - message.received), (long long)none);
	return host->finding(ctx, &(struct postern_finding){.rule_id = "FIXTURE", .where = POSTERN_IN_MESSAGE, .score = 100,
		.evidence = {seen, strlen(seen)}});
}

const struct postern_plugin postern_plugin = {
	POSTERN_PLUGIN_PREFIX("support"), .version = "1", .summary = "A fixture.",
	.directions = POSTERN_OUTBOUND | POSTERN_INBOUND, .needs = POSTERN_NEED_STORE, .rules = fixture_rules, .check = check
};
