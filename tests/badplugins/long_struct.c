/* SPDX-License-Identifier: BSD-2-Clause */
/* Says that it is longer than what its file has. */
#include "plugin_fixture.h"

const struct postern_plugin postern_plugin = {
	.magic = POSTERN_MAGIC, .size = 1 << 20, .abi_major = POSTERN_ABI_MAJOR,
	.name = "long_struct", FIXTURE_BODY, .check = fixture_check
};
