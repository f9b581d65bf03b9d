/* SPDX-License-Identifier: BSD-2-Clause */
/* Can't judge, says why with a byte that no reply may hold, and answers as if nothing were wrong. */
#include "plugin_fixture.h"

static enum postern_status check(const struct postern_host *host, const void *instance, struct postern_ctx *ctx)
{
	(void)instance;
	host->fail(ctx, "the list of codes\nis 100% gone");
	host->fail(ctx, "a second reason");
	return POSTERN_OK;
}

const struct postern_plugin postern_plugin = {
	POSTERN_PLUGIN_PREFIX("fails"), FIXTURE_BODY, .check = check
};
