/* SPDX-License-Identifier: BSD-2-Clause */
/* Ends the process. */
#include "plugin_fixture.h"

#include <stdlib.h>

static enum postern_status check(const struct postern_host *host, const void *instance, struct postern_ctx *ctx)
{
	(void)host;
	(void)instance;
	(void)ctx;
	exit(7);
}

const struct postern_plugin postern_plugin = {
	POSTERN_PLUGIN_PREFIX("exit"), FIXTURE_BODY, .check = check
};
