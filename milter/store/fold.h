/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_STORE_FOLD_H
#define POSTERN_STORE_FOLD_H

#include "core/buf.h"
#include "core/slice.h"

/* Adds s in lower case (Latin, Greek, Cyrillic) to out, for searches that ignore case. */
void text_fold(struct buf *out, struct slice s);

#endif
