/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_STORE_BACKEND_H
#define POSTERN_STORE_BACKEND_H

#include <stdbool.h>

#include "store/archived.h"
#include "store/store.h"

/* What a kind of store provides; each begins with struct store. */
struct store_ops {
	void (*close)(struct store *store);
	int (*ping)(struct store *store, struct diag *d);
	int (*apply)(struct store *store, json_t *const *events, size_t count, struct diag *d);
	int (*applied)(struct store *store, int64_t *seq_r, char hash_r[HASH_HEX_SIZE], struct diag *d);
	int (*reset)(struct store *store, struct diag *d);
	int (*threads)(struct store *store, const struct store_filter *filter, store_thread_fn fn, void *arg,
	    struct diag *d);
	int (*counts)(struct store *store, const char *shop, const char *marketplace, int64_t now,
	    struct store_counts *counts_r, struct diag *d);
	int (*messages)(struct store *store, struct slice thread, store_message_fn fn, void *arg, struct diag *d);
	int (*rate)(struct store *store, const struct store_rate_filter *filter, store_rate_fn fn, void *arg,
	    struct diag *d);
	int (*due)(struct store *store, int64_t until, store_due_fn fn, void *arg, struct diag *d);
	int (*alarms)(struct store *store, enum store_alarm_kind kind, int64_t since, int given, store_alarm_fn fn, void *arg,
	    struct diag *d);
	int (*alerted)(struct store *store, struct slice key, int64_t *level_r, struct diag *d);
	int (*subjects)(struct store *store, const struct store_start *start, store_subject_fn fn, void *arg, struct diag *d);
	int (*milestones)(struct store *store, struct slice subject, int64_t since, store_milestone_fn fn, void *arg,
	    struct diag *d);
	int (*cases)(struct store *store, const struct store_case_filter *filter, store_case_fn fn, void *arg,
	    struct diag *d);
	int (*letters)(struct store *store, struct slice thread, store_letter_fn fn, void *arg, struct diag *d);
	int (*archived)(struct store *store, const struct store_archived_filter *filter, store_archived_fn fn, void *arg,
	    struct diag *d);
	int (*archived_sums)(struct store *store, struct store_archived_sum sums_r[ARCHIVE_CLASSES], struct diag *d);
	int (*legal_holds)(struct store *store, const struct store_legal_hold_filter *filter, store_legal_hold_fn fn,
	    void *arg, struct diag *d);
	int (*counter)(struct store *store, struct slice ns, struct slice key, struct slice message,
	    int64_t delta, int64_t now, int64_t window, int64_t *value_r, struct diag *d);
};

struct store {
	const struct store_ops *ops;
};

/* memory: no file, gone at the end. */
struct store *store_sqlite_open(const struct store_config *config, bool memory, struct diag *d);
int store_sqlite_discard(const struct store_config *config, struct diag *d);

#endif
