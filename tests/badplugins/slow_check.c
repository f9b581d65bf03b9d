/* SPDX-License-Identifier: BSD-2-Clause */
/* Takes 0.7 s: a machine that is busy for a while must not take as long for nothing. */
#include "plugin_fixture.h"

#include <time.h>

static enum postern_status check(const struct postern_host *host, const void *instance, struct postern_ctx *ctx)
{
	const struct timespec pause = {0, 700000000};

	(void)host;
	(void)instance;
	(void)ctx;
	nanosleep(&pause, NULL);
	return POSTERN_OK;
}

const struct postern_plugin postern_plugin = {
	POSTERN_PLUGIN_PREFIX("slow_check"), FIXTURE_BODY, .check = check
};
