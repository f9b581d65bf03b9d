/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_STORE_SQLITE_ARCHIVE_H
#define POSTERN_STORE_SQLITE_ARCHIVE_H

#include "store/archived.h"
#include "store/sqlite.h"

/* The archive's tables; shared by the store/sqlite*.c files only. */

/* What an event, which e was read from, says of the archive. */
int sqlite_archive_apply(struct applying *a, const json_t *event, const struct store_event *e);
int sqlite_archived(struct store *store, const struct store_archived_filter *filter, store_archived_fn fn, void *arg,
    struct diag *d);
int sqlite_archived_sums(struct store *store, struct store_archived_sum sums_r[ARCHIVE_CLASSES], struct diag *d);
int sqlite_legal_holds(struct store *store, const struct store_legal_hold_filter *filter, store_legal_hold_fn fn, void *arg,
    struct diag *d);

#endif
