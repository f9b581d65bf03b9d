/* SPDX-License-Identifier: BSD-2-Clause */
/* Takes a third of a second. */
#include "plugin_fixture.h"

#include <time.h>

static enum postern_status check(const struct postern_host *host, const void *instance, struct postern_ctx *ctx)
{
	const struct timespec pause = {0, 300000000};

	(void)host;
	(void)instance;
	(void)ctx;
	nanosleep(&pause, NULL);
	return POSTERN_OK;
}

const struct postern_plugin postern_plugin = {
	POSTERN_PLUGIN_PREFIX("slow_check"), FIXTURE_BODY, .check = check
};
