/* SPDX-License-Identifier: BSD-2-Clause */
/* Ends after the part that never changes: what is behind it must not be read. */
#include "plugin_fixture.h"

const struct postern_plugin postern_plugin = {
	.magic = POSTERN_MAGIC, .size = offsetof(struct postern_plugin, version), .abi_major = POSTERN_ABI_MAJOR,
	.name = "prefix_only", .version = (const char *)1, .summary = (const char *)1, .check = fixture_check
};
