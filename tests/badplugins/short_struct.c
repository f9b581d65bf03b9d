/* SPDX-License-Identifier: BSD-2-Clause */
/* Says that it is shorter than the part that never changes. */
#include "plugin_fixture.h"

const struct postern_plugin postern_plugin = {
	.magic = POSTERN_MAGIC, .size = 16, .abi_major = POSTERN_ABI_MAJOR,
	.name = (const char *)1, FIXTURE_BODY, .check = fixture_check
};
