/* SPDX-License-Identifier: BSD-2-Clause */
/* Can not be opened, and does not say why. */
#include "plugin_fixture.h"

static enum postern_status open_instance(const struct postern_host *host, const struct postern_conf *conf, void **instance_r)
{
	(void)host;
	(void)conf;
	(void)instance_r;
	return POSTERN_TEMPFAIL;
}

const struct postern_plugin postern_plugin = {
	POSTERN_PLUGIN_PREFIX("failing_open"), FIXTURE_BODY, .open = open_instance, .check = fixture_check
};
