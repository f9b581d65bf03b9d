/* SPDX-License-Identifier: BSD-2-Clause */
/* Nothing is wrong with it; looks outside of marketplaces too and tells what it can see there. */
#include "plugin_fixture.h"

#include <stdio.h>
#include <string.h>

static enum postern_status describe(const struct postern_host *host, struct postern_ctx *ctx, char *text, size_t size)
{
	struct postern_message message;
	struct postern_slice profile = host->profile(ctx, "language"), other, address, market;
	struct postern_id id = {.kind = {"", 0}};
	enum postern_status status;
	size_t ids = host->id_count(ctx);

	host->message(ctx, &message);
	other = host->market_profile(ctx, (struct postern_slice){"market", 6}, "language");
	status = host->recipient(ctx, 0, &address);
	if (status == POSTERN_OK)
		status = host->address_market(ctx, address, &market);
	if (status == POSTERN_OK && ids > 0)
		status = host->id(ctx, 0, &id);
	if (status == POSTERN_OK)
		snprintf(text, size, "direction %u of '%.*s' to '%.*s', language '%.*s', market's '%.*s', %zu ids, first '%.*s'",
		    message.direction, (int)message.marketplace.len, message.marketplace.ptr, (int)market.len, market.ptr,
		    (int)profile.len, profile.ptr != NULL ? profile.ptr : "", (int)other.len, other.ptr, ids, (int)id.kind.len,
		    id.kind.ptr);
	return status;
}

static enum postern_status check(const struct postern_host *host, const void *instance, struct postern_ctx *ctx)
{
	char seen[200];
	enum postern_status status = describe(host, ctx, seen, sizeof(seen));

	(void)instance;
	for (size_t i = 0; status == POSTERN_OK && i < host->text_count(ctx); i++) {
		struct postern_text text;

		status = host->text(ctx, i, &text);
		if (status == POSTERN_OK && memmem(text.text.ptr, text.text.len, "forbidden", 9) != NULL)
			status = host->finding(ctx, &(struct postern_finding){.rule_id = "FIXTURE", .where = POSTERN_IN_MESSAGE,
			    .score = 100, .evidence = {seen, strlen(seen)}});
	}
	return status;
}

const struct postern_plugin postern_plugin = {
	POSTERN_PLUGIN_PREFIX("outside"), .version = "1", .summary = "A fixture.",
	.directions = POSTERN_OUTBOUND | POSTERN_OUTSIDE, .needs = POSTERN_NEED_TEXT | POSTERN_NEED_IDS,
	.rules = fixture_rules, .check = check
};
