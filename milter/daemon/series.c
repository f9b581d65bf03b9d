/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counters and histograms by labels, for the threads of the mail path: a hash table that only grows, whose entries
 * are put in with one compare and exchange and never move.
 */
#include "daemon/series.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

void series_init(struct series_table *table, size_t labels, const struct series_bounds *bounds)
{
	table->labels = labels;
	table->bounds = bounds;
	for (size_t i = 0; i < labels; i++)
		table->other.label[i] = "other";
}

void series_free(struct series_table *table)
{
	for (size_t i = 0; i < SERIES_SLOTS; i++)
		free(atomic_exchange(&table->slot[i], NULL));
	atomic_store(&table->used, 0);
}

static const char *text(const char *label)
{
	return label != NULL ? label : "";
}

/* FNV-1a; a NUL between labels tells ("a", "b") from ("ab", ""). */
static size_t hash(const struct series_table *table, const char *const *label)
{
	uint64_t h = 14695981039346656037u;

	for (size_t i = 0; i < table->labels; i++) {
		const char *p = text(label[i]);

		do
			h = (h ^ (unsigned char)*p) * 1099511628211u;
		while (*p++ != '\0');
	}
	return (size_t)(h ^ h >> 32);
}

static bool is_same(const struct series_table *table, const struct series *series, const char *const *label)
{
	for (size_t i = 0; i < table->labels; i++)
		if (strcmp(series->label[i], text(label[i])) != 0)
			return false;
	return true;
}

/* With its labels' text behind it; NULL when memory is out. */
static struct series *series_new(const struct series_table *table, const char *const *label)
{
	size_t size = sizeof(struct series);
	struct series *series;
	char *to;

	for (size_t i = 0; i < table->labels; i++)
		size += strlen(text(label[i])) + 1;
	series = calloc(1, size);
	if (series == NULL)
		return NULL;
	to = (char *)(series + 1);
	for (size_t i = 0; i < table->labels; i++) {
		size_t len = strlen(text(label[i])) + 1;

		series->label[i] = memcpy(to, text(label[i]), len);
		to += len;
	}
	return series;
}

/* Puts a new one into an empty slot; NULL when there is no room, what is there now when another was faster. */
static struct series *put(struct series_table *table, size_t at, const char *const *label)
{
	struct series *there = NULL, *series;

	if (atomic_fetch_add(&table->used, 1) >= SERIES_MAX || (series = series_new(table, label)) == NULL) {
		atomic_fetch_sub(&table->used, 1);
		return NULL;
	}
	if (atomic_compare_exchange_strong(&table->slot[at], &there, series))
		return series;
	atomic_fetch_sub(&table->used, 1);
	free(series);
	return there;
}

/* The table never gets full, so there is always an empty slot to end at. */
static struct series *find(struct series_table *table, const char *const *label)
{
	for (size_t at = hash(table, label) % SERIES_SLOTS;; at = (at + 1) % SERIES_SLOTS) {
		struct series *series = atomic_load_explicit(&table->slot[at], memory_order_acquire);

		if (series == NULL)
			series = put(table, at, label);
		if (series == NULL)
			return &table->other;
		if (is_same(table, series, label))
			return series;
	}
}

static void add(atomic_ullong *value, unsigned long long n)
{
	atomic_fetch_add_explicit(value, n, memory_order_relaxed);
}

void series_begin(struct series_table *table, const char *const *label)
{
	find(table, label);
}

void series_count(struct series_table *table, const char *const *label)
{
	add(&find(table, label)->count, 1);
}

void series_observe(struct series_table *table, const char *const *label, int64_t us)
{
	const struct series_bounds *bounds = table->bounds;
	struct series *series = find(table, label);
	uint64_t value = us > 0 ? (uint64_t)us : 0;
	size_t i = 0;

	while (i < bounds->count && value > bounds->us[i])
		i++;
	add(&series->sum, value);
	add(i < bounds->count ? &series->bucket[i] : &series->count, 1);
}

static bool is_used(const struct series *series)
{
	bool used = atomic_load(&series->count) > 0;

	for (size_t i = 0; i < SERIES_BUCKETS && !used; i++)
		used = atomic_load(&series->bucket[i]) > 0;
	return used;
}

int series_each(const struct series_table *table, series_fn fn, void *arg)
{
	int rc = 0;

	for (size_t i = 0; i < SERIES_SLOTS && rc == 0; i++) {
		const struct series *series = atomic_load_explicit(&table->slot[i], memory_order_acquire);

		if (series != NULL)
			rc = fn(arg, table, series);
	}
	return rc == 0 && is_used(&table->other) ? fn(arg, table, &table->other) : rc;
}
