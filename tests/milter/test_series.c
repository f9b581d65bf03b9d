/* SPDX-License-Identifier: BSD-2-Clause */
/* Labelled counters and histograms, and the text that Prometheus reads. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/metrics_text.h"
#include "daemon/series.h"

#define THREADS 4
#define ROUNDS 20000

static const struct series_bounds bounds = {3, {1000, 20000, 1000000}};

static struct series_table *table_new(size_t labels, const struct series_bounds *of)
{
	struct series_table *table = calloc(1, sizeof(*table));

	assert_non_null(table);
	series_init(table, labels, of);
	return table;
}

static void table_free(struct series_table *table)
{
	series_free(table);
	free(table);
}

static void check(struct buf *out, const char *want)
{
	assert_false(out->failed);
	assert_string_equal(out->data, want);
	buf_free(out);
}

static void test_text(void **state)
{
	const struct metrics_label labels[] = {{"a", "x"}, {"b", NULL}};
	struct buf out = {0};

	(void)state;
	metrics_gauge(&out, "postern_x", "Some help.", 0.1);
	check(&out, "# HELP postern_x Some help.\n# TYPE postern_x gauge\npostern_x 0.1\n");
	metrics_counter(&out, "postern_x_total", "More.", 4294967296000.0);
	check(&out, "# HELP postern_x_total More.\n# TYPE postern_x_total counter\npostern_x_total 4294967296000\n");
	metrics_sample(&out, "postern_x", labels, 2, -1);
	check(&out, "postern_x{a=\"x\",b=\"\"} -1\n");
}

/* What is in a label's value can't end it, nor its line, nor drive a terminal. */
static void test_hostile_values(void **state)
{
	static const struct {
		const char *value, *want;
	} cases[] = {
		{"a\"b", "postern_x{v=\"a\\\"b\"} 1\n"},
		{"a\\", "postern_x{v=\"a\\\\\"} 1\n"},
		{"\"} 5\npostern_y 1\n", "postern_x{v=\"\\\"} 5\\\\x0Apostern_y 1\\\\x0A\"} 1\n"},
		{"\x1b[31m", "postern_x{v=\"\\\\x1B[31m\"} 1\n"},
		{"\xff\xc3(", "postern_x{v=\"\\\\xFF\\\\xC3(\"} 1\n"},
		{"\xe2\x80\xaex", "postern_x{v=\"\\\\u{202E}x\"} 1\n"},
		{"caf\xc3\xa9 {}=,#", "postern_x{v=\"caf\xc3\xa9 {}=,#\"} 1\n"},
		{"", "postern_x{v=\"\"} 1\n"},
	};
	struct buf out = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		metrics_sample(&out, "postern_x", &(struct metrics_label){"v", cases[i].value}, 1, 1);
		check(&out, cases[i].want);
	}
}

static void test_histogram(void **state)
{
	static const char *const names[] = {"p"};
	struct series_table *table = table_new(1, &bounds);
	const char *label = "links";
	struct buf out = {0};

	(void)state;
	/* A bound belongs to its bucket; a clock that stepped back gives no negative time. */
	series_observe(table, &label, -5);
	series_observe(table, &label, 1000);
	series_observe(table, &label, 1001);
	series_observe(table, &label, 1000000);
	series_observe(table, &label, 2500000);
	metrics_series(&out, "postern_t_seconds", "Time.", names, table);
	check(&out, "# HELP postern_t_seconds Time.\n# TYPE postern_t_seconds histogram\n"
	    "postern_t_seconds_bucket{p=\"links\",le=\"0.001\"} 2\n"
	    "postern_t_seconds_bucket{p=\"links\",le=\"0.02\"} 3\n"
	    "postern_t_seconds_bucket{p=\"links\",le=\"1\"} 4\n"
	    "postern_t_seconds_bucket{p=\"links\",le=\"+Inf\"} 5\n"
	    "postern_t_seconds_sum{p=\"links\"} 3.502001\n"
	    "postern_t_seconds_count{p=\"links\"} 5\n");
	table_free(table);
}

static void test_no_labels(void **state)
{
	struct series_table *table = table_new(0, &bounds);
	struct buf out = {0};

	(void)state;
	series_observe(table, NULL, 7);
	series_observe(table, NULL, 7);
	metrics_series(&out, "postern_t_seconds", "Time.", NULL, table);
	assert_non_null(strstr(out.data, "\npostern_t_seconds_count 2\n"));
	assert_non_null(strstr(out.data, "\npostern_t_seconds_bucket{le=\"0.001\"} 2\n"));
	buf_free(&out);
	table_free(table);
}

struct found {
	size_t series, others;
	unsigned long long total, other_total;
};

static int find_all(void *arg, const struct series_table *table, const struct series *series)
{
	struct found *found = arg;
	bool other = series == &table->other;

	found->series++;
	found->others += other;
	found->total += atomic_load(&series->count);
	if (other)
		found->other_total = atomic_load(&series->count);
	return 0;
}

/* Labels are told apart as a whole, and more than there is room for are counted together. */
static void test_bound(void **state)
{
	struct series_table *table = table_new(2, NULL);
	struct found found = {0};
	char name[16];

	(void)state;
	series_count(table, (const char *const[]){"a", "bc"});
	series_count(table, (const char *const[]){"ab", "c"});
	series_count(table, (const char *const[]){NULL, "abc"});
	series_begin(table, (const char *const[]){"z", "0"});
	series_each(table, find_all, &found);
	assert_int_equal(found.series, 4);
	assert_int_equal(found.total, 3);
	for (int i = 0; i < 2 * SERIES_MAX; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		series_count(table, (const char *const[]){name, "x"});
	}
	found = (struct found){0};
	series_each(table, find_all, &found);
	assert_int_equal(found.series, SERIES_MAX + 1);
	assert_int_equal(found.others, 1);
	assert_int_equal(found.total, 3 + 2 * SERIES_MAX);
	assert_int_equal(found.other_total, SERIES_MAX + 4);
	table_free(table);
}

static void *count_many(void *arg)
{
	struct series_table *table = arg;
	char name[16];

	for (int i = 0; i < ROUNDS; i++) {
		snprintf(name, sizeof(name), "n%d", i % 50);
		series_count(table, (const char *const[]){name});
	}
	return NULL;
}

/* All at once begin with an empty table: nothing is lost, no series is there twice. */
static void test_threads(void **state)
{
	struct series_table *table = table_new(1, NULL);
	struct found found = {0};
	pthread_t threads[THREADS];

	(void)state;
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, count_many, table), 0);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	series_each(table, find_all, &found);
	assert_int_equal(found.series, 50);
	assert_int_equal(found.total, THREADS * ROUNDS);
	table_free(table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),      cmocka_unit_test(test_hostile_values), cmocka_unit_test(test_histogram),
		cmocka_unit_test(test_no_labels), cmocka_unit_test(test_bound),          cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
