/* SPDX-License-Identifier: BSD-2-Clause */
/* Has no name. */
#include "plugin_fixture.h"

const struct postern_plugin postern_plugin = {
	POSTERN_PLUGIN_PREFIX(NULL), FIXTURE_BODY, .check = fixture_check
};
