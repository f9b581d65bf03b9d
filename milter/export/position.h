/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_EXPORT_POSITION_H
#define POSTERN_EXPORT_POSITION_H

#include <stdint.h>

#include "core/diag.h"

/*
 * How far an export has come, in a small file of JSON: {"seq":N}. It is replaced as a whole and durable when
 * position_write returns, so that it never says more than what was handed over.
 */

/* 1: read, 0: there is no file, -1: it can't be read or is none. */
int position_read(const char *path, int64_t *seq_r, struct diag *d);
int position_write(const char *path, int64_t seq, struct diag *d);

#endif
