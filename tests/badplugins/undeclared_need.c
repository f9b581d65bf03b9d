/* SPDX-License-Identifier: BSD-2-Clause */
/* Looks at links without having said so; sees none and says all is well. */
#include "plugin_fixture.h"

static enum postern_status check(const struct postern_host *host, const void *instance, struct postern_ctx *ctx)
{
	(void)instance;
	return host->url_count(ctx) == 0 ? POSTERN_OK : POSTERN_BUG;
}

const struct postern_plugin postern_plugin = {
	POSTERN_PLUGIN_PREFIX("undeclared_need"), FIXTURE_BODY, .check = check
};
