/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_DAEMON_SERIES_H
#define POSTERN_DAEMON_SERIES_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Numbers that differ by labels: counters, and histograms of time. Many threads add to them without a lock and one
 * reads at any time. A series is there from its first use until the process ends.
 */

#define SERIES_LABELS 3
#define SERIES_BUCKETS 15
/*
 * Labels come from the configuration, so there are few; what would be one more than that (a configuration of
 * thousands of rules) is counted together, with "other" in each label.
 */
#define SERIES_MAX 400
#define SERIES_SLOTS 512

/* Upper bounds of a histogram's buckets in microseconds, ascending; what is above the last has its own bucket. */
struct series_bounds {
	size_t count; /* at most SERIES_BUCKETS */
	uint64_t us[SERIES_BUCKETS];
};

struct series {
	const char *label[SERIES_LABELS];
	atomic_ullong count;                  /* a counter's value; of a histogram what is above the last bound */
	atomic_ullong sum;                    /* a histogram's, in microseconds */
	atomic_ullong bucket[SERIES_BUCKETS]; /* between the bound before and this one */
};

struct series_table {
	const struct series_bounds *bounds; /* NULL: counters */
	size_t labels;
	struct series other;
	atomic_size_t used;
	_Atomic(struct series *) slot[SERIES_SLOTS];
};

/* Makes a zeroed table ready. bounds must outlive it; NULL for counters. */
void series_init(struct series_table *table, size_t labels, const struct series_bounds *bounds);
/* Frees the series; nobody may use the table any more. */
void series_free(struct series_table *table);

/* Makes a series be there with 0: a counter that begins with 1 has no increase for who did not see it before. */
void series_begin(struct series_table *table, const char *const *label);
/* Counts one more; label has table->labels strings (NULL is ""), which are copied. */
void series_count(struct series_table *table, const char *const *label);
/* Adds a time in microseconds to a histogram. */
void series_observe(struct series_table *table, const char *const *label, int64_t us);

/* Each series, in no order, until fn does not return 0. The one of "other" only when it was used. */
typedef int (*series_fn)(void *arg, const struct series_table *table, const struct series *series);
int series_each(const struct series_table *table, series_fn fn, void *arg);

#endif
