/* SPDX-License-Identifier: BSD-2-Clause */
/* The writer of Prometheus' text format. */
#include "daemon/metrics_text.h"

#include <inttypes.h>
#include <stdio.h>

#include "core/text.h"

#define MICROSECONDS 1e6

void metrics_family(struct buf *out, const char *name, const char *type, const char *help)
{
	buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/*
 * The format escapes backslash, quote and line feed, and demands UTF-8. Whoever looks at it with curl has a
 * terminal, so controls become what they are in the log before.
 */
static void add_value(struct buf *out, const char *value)
{
	struct buf harmless = {0};

	text_append(&harmless, slice_str(value != NULL ? value : ""), TEXT_FOR_LOG);
	for (size_t i = 0; i < harmless.len; i++) {
		if (harmless.data[i] == '\\' || harmless.data[i] == '"')
			buf_add_char(out, '\\');
		buf_add_char(out, harmless.data[i]);
	}
	out->failed = out->failed || harmless.failed;
	buf_free(&harmless);
}

static void add_number(struct buf *out, double value)
{
	/* 15 digits: a decimal fraction is written as it was meant. */
	if (value >= -1e15 && value <= 1e15 && value == (double)(int64_t)value)
		buf_printf(out, " %" PRId64 "\n", (int64_t)value);
	else
		buf_printf(out, " %.15g\n", value);
}

void metrics_sample(struct buf *out, const char *name, const struct metrics_label *labels, size_t count, double value)
{
	buf_add_str(out, name);
	for (size_t i = 0; i < count; i++) {
		buf_printf(out, "%s%s=\"", i == 0 ? "{" : ",", labels[i].name);
		add_value(out, labels[i].value);
		buf_add_str(out, i + 1 < count ? "\"" : "\"}");
	}
	add_number(out, value);
}

void metrics_gauge(struct buf *out, const char *name, const char *help, double value)
{
	metrics_family(out, name, "gauge", help);
	metrics_sample(out, name, NULL, 0, value);
}

void metrics_counter(struct buf *out, const char *name, const char *help, double value)
{
	metrics_family(out, name, "counter", help);
	metrics_sample(out, name, NULL, 0, value);
}

/* ---- series --------------------------------------------------------------------------- */

struct writing {
	struct buf *out;
	const char *name;
	const char *const *names;
};

/* What is counted meanwhile may be in a bucket and not in the sum; the buckets and the count always agree. */
static void add_histogram(const struct writing *w, const struct series_bounds *bounds, const struct series *series,
    struct metrics_label *labels, size_t count)
{
	unsigned long long total = 0;
	char name[80], bound[32];

	snprintf(name, sizeof(name), "%s_bucket", w->name);
	labels[count] = (struct metrics_label){"le", bound};
	for (size_t i = 0; i < bounds->count; i++) {
		total += atomic_load_explicit(&series->bucket[i], memory_order_relaxed);
		snprintf(bound, sizeof(bound), "%.15g", (double)bounds->us[i] / MICROSECONDS);
		metrics_sample(w->out, name, labels, count + 1, (double)total);
	}
	total += atomic_load_explicit(&series->count, memory_order_relaxed);
	labels[count].value = "+Inf";
	metrics_sample(w->out, name, labels, count + 1, (double)total);
	snprintf(name, sizeof(name), "%s_sum", w->name);
	metrics_sample(w->out, name, labels, count,
	    (double)atomic_load_explicit(&series->sum, memory_order_relaxed) / MICROSECONDS);
	snprintf(name, sizeof(name), "%s_count", w->name);
	metrics_sample(w->out, name, labels, count, (double)total);
}

static int add_series(void *arg, const struct series_table *table, const struct series *series)
{
	const struct writing *w = arg;
	struct metrics_label labels[SERIES_LABELS + 1];

	for (size_t i = 0; i < table->labels; i++)
		labels[i] = (struct metrics_label){w->names[i], series->label[i]};
	if (table->bounds != NULL)
		add_histogram(w, table->bounds, series, labels, table->labels);
	else
		metrics_sample(w->out, w->name, labels, table->labels,
		    (double)atomic_load_explicit(&series->count, memory_order_relaxed));
	return 0;
}

void metrics_series(struct buf *out, const char *name, const char *help, const char *const *names,
    const struct series_table *table)
{
	struct writing w = {out, name, names};

	metrics_family(out, name, table->bounds != NULL ? "histogram" : "counter", help);
	series_each(table, add_series, &w);
}
