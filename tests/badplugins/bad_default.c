/* SPDX-License-Identifier: BSD-2-Clause */
/* Has an option whose default is out of its range. */
#include "plugin_fixture.h"

static const struct postern_option options[] = {
	{"limit", POSTERN_OPTION_INT, "12", 1, 10, "At most so many."}, {0}
};
const struct postern_plugin postern_plugin = {
	POSTERN_PLUGIN_PREFIX("bad_default"), FIXTURE_BODY, .options = options, .check = fixture_check
};
