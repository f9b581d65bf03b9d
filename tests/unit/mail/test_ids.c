/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers in text: overlaps, context, and texts made to be slow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "core/buf.h"
#include "mail/ids.h"

static struct id_set *example_set(void)
{
	static const struct id_pattern patterns[] = {
		{"order", "\\b\\d{3}-\\d{7}-\\d{7}\\b", NULL},
		{"po", "(?<!\\d)\\d{13}(?!\\d)", "\\b(po|purchase order|order)\\b"},
		{"item", "item\\s*#?\\s*(\\d{12})", NULL},
		{"short", "\\d{7}", NULL},
		{"tracking", "\\b1Z[0-9A-Z]{16}\\b", NULL},
	};
	struct id_set *set = id_set_new();
	struct diag d = {0};

	for (size_t i = 0; i < sizeof(patterns) / sizeof(*patterns); i++)
		assert_int_equal(id_set_add(set, &patterns[i], &d), 0);
	assert_int_equal(id_set_finish(set, &d), 0);
	return set;
}

static void numbers_are_found(void **state)
{
	static const struct { const char *text, *want; } cases[] = {
		{"order 111-1234567-7654321.", "order=111-1234567-7654321;"},
		{"PO 4342076435326 please", "po=4342076435326;"},
		{"4342076435326 is your purchase order", "po=4342076435326;"},
		/* an EAN: nothing near says that it is an order; seven of its digits are a short number */
		{"ean 4342076435326", "short=4342076;"},
		/* more than 40 bytes away */
		{"order ...............................................4342076435326", "short=4342076;"},
		{"Item # 391155709100", "item=391155709100;"},
		{"1z999aa10123456784", "tracking=1z999aa10123456784;"},
		{"1234567 111-1234567-7654321 7654321", "short=1234567;order=111-1234567-7654321;short=7654321;"},
		{"nothing", ""}, {"", ""},
		{"\xff\xc3 111-1234567-7654321 \xed\xa0", "order=111-1234567-7654321;"},
	};
	struct id_set *set = example_set();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct arena *arena = arena_new(1 << 20);
		struct mail_id *ids = NULL;
		struct diag d = {0};
		struct buf got = {0};
		size_t count = 0;

		assert_int_equal(id_set_scan(set, arena, slice_str(cases[i].text), 0, &ids, &count, &d), 0);
		for (size_t k = 0; k < count; k++)
			buf_printf(&got, "%.*s=%.*s;", SLICE_ARG(ids[k].kind), SLICE_ARG(ids[k].value));
		if (strcmp(got.data != NULL ? got.data : "", cases[i].want) != 0)
			fail_msg("%s: %s", cases[i].text, got.data != NULL ? got.data : "");
		buf_free(&got);
		arena_free(&arena);
	}
	id_set_free(&set);
	assert_null(set);
}

static void results_are_appended(void **state)
{
	struct id_set *set = example_set();
	struct arena *arena = arena_new(1 << 20);
	struct mail_id *ids = NULL;
	struct diag d = {0};
	size_t count = 0;

	(void)state;
	assert_int_equal(id_set_scan(set, arena, SLICE_LIT("1111111 2222222"), 0, &ids, &count, &d), 0);
	assert_int_equal(id_set_scan(set, arena, SLICE_LIT("3333333"), 0, &ids, &count, &d), 0);
	id_set_free(&set); /* the results outlive the set */
	assert_int_equal(count, 3);
	assert_true(slice_eq_str(ids[0].value, "1111111"));
	assert_true(slice_eq_str(ids[2].value, "3333333"));
	assert_true(slice_eq_str(ids[2].kind, "short"));
	arena_free(&arena);
}

static void errors_are_no_absence(void **state)
{
	static const struct id_pattern bad[] = {{"x", "(", NULL}, {"x", "a", "["}, {NULL, "a", NULL}};
	struct id_pattern slow = {"x", "^(a+)+$", NULL};
	struct id_set *set = id_set_new();
	struct arena *arena = arena_new(1 << 20), *tiny = arena_new(64);
	struct mail_id *ids = NULL;
	struct diag d = {0};
	size_t count = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		diag_clear(&d);
		assert_int_equal(id_set_add(set, &bad[i], &d), -1);
		assert_true(d.len > 0);
	}
	assert_int_equal(id_set_add(set, &slow, &d), 0);
	assert_int_equal(id_set_finish(set, &d), 0);
	diag_clear(&d);
	assert_int_equal(id_set_scan(set, arena, SLICE_LIT("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"), 0, &ids, &count, &d), -1);
	assert_true(d.len > 0);
	id_set_free(&set);
	set = example_set();
	assert_int_equal(id_set_scan(set, tiny, SLICE_LIT("1111111 2222222"), 0, &ids, &count, &d), -1);
	diag_clear(&d);
	/* A time that is long over. */
	assert_int_equal(id_set_scan(set, arena, SLICE_LIT("1111111"), 1, &ids, &count, &d), -1);
	assert_non_null(strstr(d.text, "too long"));
	assert_int_equal(id_set_scan(set, arena, SLICE_LIT("no digit"), 1, &ids, &count, &d), 0);
	id_set_free(&set);
	arena_free(&arena);
	arena_free(&tiny);
}

static void a_flood_of_numbers(void **state)
{
	struct id_set *set = example_set();
	struct arena *arena = arena_new((size_t)256 << 20);
	struct mail_id *ids = NULL;
	struct diag d = {0};
	struct buf buf = {0};
	size_t count = 0;

	(void)state;
	for (size_t i = 0; i < 100000; i++)
		buf_add_str(&buf, "4342076435326 ");
	assert_int_equal(id_set_scan(set, arena, buf_slice(&buf), 0, &ids, &count, &d), 0);
	assert_int_equal(count, 100000);
	buf_free(&buf);
	arena_free(&arena);
	id_set_free(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_found),
		cmocka_unit_test(results_are_appended),
		cmocka_unit_test(errors_are_no_absence),
		cmocka_unit_test(a_flood_of_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
