/* SPDX-License-Identifier: BSD-2-Clause */
/* Links to what nobody has. */
#include "plugin_fixture.h"

extern int nobody_has_this(void);

static enum postern_status check(const struct postern_host *host, const void *instance, struct postern_ctx *ctx)
{
	fixture_check(host, instance, ctx);
	return nobody_has_this() ? POSTERN_OK : POSTERN_BUG;
}

const struct postern_plugin postern_plugin = {
	POSTERN_PLUGIN_PREFIX("undefined_symbol"), FIXTURE_BODY, .check = check
};
