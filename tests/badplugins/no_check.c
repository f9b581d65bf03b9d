/* SPDX-License-Identifier: BSD-2-Clause */
/* Could judge nothing. */
#include "plugin_fixture.h"

const struct postern_plugin postern_plugin = {
	POSTERN_PLUGIN_PREFIX("no_check"), FIXTURE_BODY
};
