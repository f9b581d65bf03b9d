/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_DAEMON_METRICS_TEXT_H
#define POSTERN_DAEMON_METRICS_TEXT_H

#include <stddef.h>

#include "core/buf.h"
#include "daemon/series.h"

/*
 * Prometheus' text format, version 0.0.4: a family is its HELP and TYPE line, then its samples. Names and helps are
 * ours and are written as they are; label values may be anybody's.
 */
#define METRICS_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"

struct metrics_label {
	const char *name;
	const char *value; /* NULL is "" */
};

/* Begins a family; type is "counter", "gauge" or "histogram". */
void metrics_family(struct buf *out, const char *name, const char *type, const char *help);
/* One sample of the family begun last. Whole numbers are written as such. */
void metrics_sample(struct buf *out, const char *name, const struct metrics_label *labels, size_t count, double value);
/* A family of one sample without labels. */
void metrics_gauge(struct buf *out, const char *name, const char *help, double value);
void metrics_counter(struct buf *out, const char *name, const char *help, double value);
/* All series of a table as a family: counters, or a histogram in seconds. names: table->labels names of labels. */
void metrics_series(struct buf *out, const char *name, const char *help, const char *const *names,
    const struct series_table *table);

#endif
