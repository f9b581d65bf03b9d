/* SPDX-License-Identifier: BSD-2-Clause */
/* Follows a null pointer. */
#include "plugin_fixture.h"

static enum postern_status check(const struct postern_host *host, const void *instance, struct postern_ctx *ctx)
{
	volatile int *nowhere = NULL;

	(void)host;
	(void)instance;
	(void)ctx;
	return *nowhere != 0 ? POSTERN_OK : POSTERN_BUG;
}

const struct postern_plugin postern_plugin = {
	POSTERN_PLUGIN_PREFIX("crash"), FIXTURE_BODY, .check = check
};
