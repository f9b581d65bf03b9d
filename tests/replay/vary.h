/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_TESTS_REPLAY_VARY_H
#define POSTERN_TESTS_REPLAY_VARY_H

#include "core/diag.h"
#include "play.h"

/*
 * The property that every scenario has beside its own expectations: an empty store that gets the same events backwards,
 * shuffled, or each of them twice, ends in the same state. -1: which way, and the first row that differs.
 */
int vary_check(struct play *play, const char *path, struct diag *d);

#endif
