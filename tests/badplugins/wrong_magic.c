/* SPDX-License-Identifier: BSD-2-Clause */
/* Does not start with POSTERN_MAGIC. */
#include "plugin_fixture.h"

const struct postern_plugin postern_plugin = {
	.magic = 0x12345678, .size = sizeof(struct postern_plugin), .abi_major = POSTERN_ABI_MAJOR,
	.name = "wrong_magic", FIXTURE_BODY, .check = fixture_check
};
