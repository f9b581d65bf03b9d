/* SPDX-License-Identifier: BSD-2-Clause */
/* Built for another major version, whose strings must not be read. */
#include "plugin_fixture.h"

const struct postern_plugin postern_plugin = {
	.magic = POSTERN_MAGIC, .size = sizeof(struct postern_plugin), .abi_major = POSTERN_ABI_MAJOR + 1,
	.name = (const char *)1, .check = fixture_check
};
