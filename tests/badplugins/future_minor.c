/* SPDX-License-Identifier: BSD-2-Clause */
/* Built for a newer minor version. */
#include "plugin_fixture.h"

const struct postern_plugin postern_plugin = {
	.magic = POSTERN_MAGIC, .size = sizeof(struct postern_plugin), .abi_major = POSTERN_ABI_MAJOR,
	.abi_minor = POSTERN_ABI_MINOR + 7, .name = (const char *)1, .check = fixture_check
};
