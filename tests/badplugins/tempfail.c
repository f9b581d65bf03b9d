/* SPDX-License-Identifier: BSD-2-Clause */
/* Never can judge now. */
#include "plugin_fixture.h"

static enum postern_status check(const struct postern_host *host, const void *instance, struct postern_ctx *ctx)
{
	(void)host;
	(void)instance;
	(void)ctx;
	return POSTERN_TEMPFAIL;
}

const struct postern_plugin postern_plugin = {
	POSTERN_PLUGIN_PREFIX("tempfail"), FIXTURE_BODY, .check = check
};
