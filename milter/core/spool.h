/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_CORE_SPOOL_H
#define POSTERN_CORE_SPOOL_H

#include <stddef.h>

#include "core/diag.h"
#include "core/slice.h"

/*
 * Bytes that arrive piece by piece and are read as a whole: in memory up to a
 * size, then in an unlinked temporary file that no crash can leave behind.
 */
struct spool;

/*
 * A new spool: memory_bytes is the size past which dir (a directory that only
 * this user can write) gets the file; max_bytes is the most it keeps, more is
 * counted but dropped. NULL when memory is out.
 */
struct spool *spool_new(const char *dir, size_t memory_bytes, size_t max_bytes);
void spool_free(struct spool **spool);
/* 0, or -1 with the reason (a full disk, which may show at a later call); the spool is unusable then. */
int spool_add(struct spool *spool, const void *data, size_t len, struct diag *d);
/* Bytes given so far, also those that were dropped. */
size_t spool_size(const struct spool *spool);
/* All was given: writes what waits for a block to be full; no adds after. 0, or -1 as spool_add. */
int spool_end(struct spool *spool, struct diag *d);
/* What is kept, as one view, valid until the spool is freed; it ends the spool, too. */
int spool_view(struct spool *spool, struct slice *view_r, struct diag *d);

#endif
