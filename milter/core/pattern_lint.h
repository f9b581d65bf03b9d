/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_CORE_PATTERN_LINT_H
#define POSTERN_CORE_PATTERN_LINT_H

#include <stddef.h>

/*
 * Looks for repetitions whose cost doubles with each character of a text that does not match: one inside
 * another, (a+)+, or over choices that want the same, (a|aa)+. NULL: none seen; else the end of the
 * expression's costly part, *start_r its beginning. Syntax that it does not know is not judged.
 */
const char *pattern_costly(const char *expression, const char **start_r);

#endif
