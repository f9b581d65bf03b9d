/* SPDX-License-Identifier: BSD-2-Clause */
/* Which expressions may match: rare strings decide, and what ordinary text has only where there is nothing rarer. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/pattern.h"
#include "core/prefilter.h"

enum { THE_VOUCHER, THE_YOU, VOUCHER_COUPON, COUNT };

static const char *const expressions[COUNT] = {
	[THE_VOUCHER] = "\\bthe\\b.*\\bvoucher\\b",
	[THE_YOU] = "\\bthe\\b.*\\byou\\b",
	[VOUCHER_COUPON] = "\\bvoucher\\b.*\\bcoupon\\b",
};

struct row {
	const char *text;
	bool may[COUNT];
};

static const struct row rows[] = {
	{"nothing of it", {false, false, false}},
	/* The rare string alone is enough: the common one is not looked for. */
	{"A Voucher!", {true, false, false}},
	{"the voucher", {true, false, false}},
	{"the end", {false, false, false}},
	/* Where all strings are common, all are needed. */
	{"the one that you like", {false, true, false}},
	/* So are all where none is. */
	{"voucher and coupon", {true, false, true}},
	/* PCRE2 takes U+017F for s: any may match. */
	{"\xC5\xBF", {true, true, true}},
};

static int set_up(void **state)
{
	struct literals *needs = malloc(sizeof(*needs));
	struct prefilter *prefilter = prefilter_new(COUNT);

	assert_non_null(needs);
	assert_non_null(prefilter);
	for (size_t i = 0; i < COUNT; i++) {
		literals_of(expressions[i], needs);
		assert_int_equal(needs->count, 2);
		assert_int_equal(prefilter_add(prefilter, i, needs), 0);
	}
	free(needs);
	assert_int_equal(prefilter_finish(prefilter), 0);
	*state = prefilter;
	return 0;
}

static int tear_down(void **state)
{
	struct prefilter *prefilter = *state;

	prefilter_free(&prefilter);
	return 0;
}

static void test_may(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct prefilter_scan *scan = prefilter_begin(*state, slice_str(rows[i].text));

		assert_non_null(scan);
		for (size_t k = 0; k < COUNT; k++)
			if (prefilter_may(*state, scan, k) != rows[i].may[k])
				fail_msg("'%s', %s: not %d", rows[i].text, expressions[k], rows[i].may[k]);
		prefilter_end(*state, &scan);
	}
}

/* Where a match can begin is told by the needs that are left, and holds the places where it does. */
static void test_starts(void **state)
{
	struct slice text = SLICE_LIT("it is the voucher");
	struct prefilter_scan *scan = prefilter_begin(*state, text);
	uint64_t bits[PREFILTER_WORDS(32)], spare[PREFILTER_WORDS(32)];
	struct prefilter_places places = {.bits = bits, .spare = spare};

	assert_non_null(scan);
	if (prefilter_starts(*state, scan, THE_VOUCHER, text.len, &places)) {
		assert_true((bits[0] >> 6 & 1) != 0);
		assert_true(places.first <= 6 && places.last >= 6);
	}
	prefilter_end(*state, &scan);
}

#define MANY 41

/* A run is walked eight at a time, and must not step over any of them. */
static void test_run(void **state)
{
	const struct slice text = SLICE_LIT("zebra3 zebra12, zebra13; zebra31 zebra40");
	struct literals *needs = malloc(sizeof(*needs));
	struct prefilter *prefilter = prefilter_new(MANY);
	struct prefilter_scan *scan;
	char expression[32];

	(void)state;
	assert_non_null(needs);
	for (int i = 0; i < MANY; i++) {
		snprintf(expression, sizeof(expression), "\\bzebra%d\\b", i);
		literals_of(expression, needs);
		assert_int_equal(prefilter_add(prefilter, (size_t)i, needs), 0);
	}
	assert_int_equal(prefilter_finish(prefilter), 0);
	scan = prefilter_begin(prefilter, text);
	for (size_t first = 0; first < MANY; first++)
		for (size_t i = 0; i <= MANY - first; i++) {
			size_t next = i;

			while (next < MANY - first && !prefilter_may(prefilter, scan, first + next))
				next++;
			assert_int_equal(prefilter_next_of_run(prefilter, scan, first, MANY - first, i), next);
		}
	assert_false(prefilter_may(prefilter, scan, 4));
	assert_true(prefilter_may(prefilter, scan, 12));
	assert_int_equal(prefilter_next_of_run(prefilter, NULL, 0, MANY, 5), 5);
	prefilter_end(prefilter, &scan);
	prefilter_free(&prefilter);
	free(needs);
}

#define RANDOM_COUNT 300
#define RANDOM_TEXTS 2000

/* Of few letters and digits, so that strings begin, end and hold each other; the same each time. */
static size_t random_string(uint32_t *state, size_t max, const char *signs, char *out)
{
	size_t len = 0, count = strlen(signs);

	do {
		*state = *state * 1664525U + 1013904223U;
		out[len++] = signs[(*state >> 16) % count];
		*state = *state * 1664525U + 1013904223U;
	} while (len < max && (*state >> 16) % 8 != 0);
	out[len] = '\0';
	return len;
}

/* A string as an expression: D is any digit; at first and last a word may have to begin or end. */
static void random_expression(uint32_t *state, char *out, size_t size)
{
	char text[24];
	size_t at = 0, edges;

	random_string(state, sizeof(text) - 1, "abc1D ", text);
	*state = *state * 1664525U + 1013904223U;
	edges = *state >> 30;
	at += (size_t)snprintf(out, size, "%s", (edges & 1) != 0 ? "\\b" : "");
	for (size_t i = 0; text[i] != '\0'; i++)
		at += (size_t)snprintf(out + at, size - at, text[i] == 'D' ? "\\d" : text[i] == ' ' ? "\\s" : "%c", text[i]);
	snprintf(out + at, size - at, "%s", (edges & 2) != 0 ? "\\b" : "");
}

/* Whatever PCRE2 finds may match, and where it does a match may begin; and not just anything may. */
static void test_random(void **state)
{
	struct pattern_search *search = pattern_search_new();
	struct pattern *patterns[RANDOM_COUNT];
	struct literals *needs = malloc(sizeof(*needs));
	struct prefilter *prefilter = prefilter_new(RANDOM_COUNT);
	uint64_t bits[PREFILTER_WORDS(64)], spare[PREFILTER_WORDS(64)];
	size_t may = 0, matches = 0;
	uint32_t seed = 7;
	struct diag d = {0};
	char expression[128], text[65];

	(void)state;
	assert_non_null(search);
	assert_non_null(needs);
	for (size_t i = 0; i < RANDOM_COUNT; i++) {
		random_expression(&seed, expression, sizeof(expression));
		patterns[i] = pattern_compile(expression, PATTERN_NO_CASE, &d);
		assert_non_null(patterns[i]);
		literals_of(expression, needs);
		assert_int_equal(prefilter_add(prefilter, i, needs), 0);
	}
	assert_int_equal(prefilter_finish(prefilter), 0);
	for (size_t t = 0; t < RANDOM_TEXTS; t++) {
		struct slice view = {text, random_string(&seed, sizeof(text) - 1, "abC12 \n.", text)};
		struct prefilter_scan *scan = prefilter_begin(prefilter, view);
		const struct pattern_subject subject = {.text = view, .ascii = false};

		for (size_t i = 0; i < RANDOM_COUNT; i++) {
			struct prefilter_places places = {.bits = bits, .spare = spare};
			size_t start = 0, end;
			int rc = pattern_search(search, patterns[i], &subject, 0, view.len, &start, &end, &d);

			assert_true(rc >= 0);
			may += prefilter_may(prefilter, scan, i);
			matches += rc > 0;
			if (rc > 0 && !prefilter_may(prefilter, scan, i))
				fail_msg("'%s' matches '%s'", pattern_text(patterns[i]), text);
			if (rc > 0 && prefilter_starts(prefilter, scan, i, view.len, &places) &&
			    (bits[start / 64] >> (start % 64) & 1) == 0)
				fail_msg("'%s' matches '%s' at %zu", pattern_text(patterns[i]), text, start);
		}
		prefilter_end(prefilter, &scan);
	}
	assert_true(matches > RANDOM_TEXTS && may < matches * 2);
	for (size_t i = 0; i < RANDOM_COUNT; i++)
		pattern_free(&patterns[i]);
	pattern_search_free(&search);
	prefilter_free(&prefilter);
	free(needs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_may),
		cmocka_unit_test(test_starts),
		cmocka_unit_test(test_run),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
