/* SPDX-License-Identifier: BSD-2-Clause */
/* Exports something else. */
#include "plugin_fixture.h"

extern const int something_else;
const int something_else = 1;
