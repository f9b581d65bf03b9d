/* SPDX-License-Identifier: BSD-2-Clause */
/* What models of wording make of sentences: which words weigh, each once, and several models as if each stood alone. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/wording.h"

#define SUMS_MAX 16

static struct wording *make(const char *const *files, size_t count)
{
	struct wording *wording = wording_new();
	struct diag d = {0};
	size_t number;

	assert_non_null(wording);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(wording_add(wording, slice_str(files[i]), &number, &d), 0);
		assert_int_equal(number, i);
	}
	assert_int_equal(wording_finish(wording, &d), 0);
	return wording;
}

static int weigh(const char *file, const char *text)
{
	struct wording *wording = make(&file, 1);
	size_t end = strlen(text);
	int sum;

	/* Behind the text nothing is read: a copy without NUL, which the sanitizer guards. */
	char *copy = malloc(end + (end == 0));
	assert_non_null(copy);
	memcpy(copy, text, end);
	assert_int_equal(wording_weigh(wording, (struct slice){copy, end}, &end, 1, &sum), 0);
	free(copy);
	wording_free(&wording);
	return sum;
}

/* One weight of 10,000 gives 7,071: divided by the root of 2. */
#define HIT 7071

static const struct {
	const char *word, *text;
	int sum;
} words[] = {
	{"review", "A review!", HIT},
	{"review", "REVIEWS", HIT},
	{"review", "the review's date", HIT},
	{"review", "reviewing", 0},
	{"review", "review\xC3\xA9", HIT},
	{"story", "two stories", HIT},
	{"less", "less", HIT},
	{"bu", "bus", 0},
	{"don't", "I don't know", HIT},
	{"don't", "I don\xE2\x80\x99t know", HIT},
	{"don", "don' t", HIT},
	{"satisfaction", "your satisfaction.", HIT},
	{"satisfied", "your satisfaction.", 0},
	{"abcdefgh", "abcdefgh", HIT},
	{"abcdefghi", "abcdefghi", HIT},
	{"abcdefghijklmnopqrstuvwx", "abcdefghijklmnopqrstuvwxyz", HIT},
	{"abcdefgh'ij", "abcdefgh'ij", HIT},
	{"#money", "$5.00", HIT},
	{"#money", "\xC2\xA3 1,250", HIT},
	{"#money", "\xE2\x82\xAC" "7", HIT},
	{"#percent", "20% off", HIT},
	{"#percent", "20 % off", HIT},
	{"#number", "in 3.5 days", HIT},
	{"#number", "$3", 0},
	{"leave a", "Leave a review", HIT},
	{"leave a", "leave, a", HIT},
	{"leave a", "a leave", 0},
	{"leave #number", "leave 5", HIT},
	/* Each once. */
	{"review", "review review review", HIT},
	{"@sure", "sure", 0},
	{"# note", "note", 0},
	{"review", "", 0},
};

static void words_weigh(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		char file[80];
		int sum;

		snprintf(file, sizeof(file), "%s\t10000\n", words[i].word);
		sum = weigh(file, words[i].text);
		if (sum != words[i].sum)
			fail_msg("\"%s\" of \"%s\": %d", words[i].word, words[i].text, sum);
	}
}

static void sums_are_scaled(void **state)
{
	(void)state;
	assert_int_equal(weigh("@bias\t-30\n", "anything"), -30);
	assert_int_equal(weigh("a\t1000\nb\t1000\na b\t-500\n", "a b"), 750);
	assert_int_equal(weigh("@bias\t5\na\t1000\nb\t0\n", "a b"), 5 + 577);
	/* Of two alike the later counts. */
	assert_int_equal(weigh("a\t1\na\t10000\n", "a"), HIT);
}

/* Sums of the pieces "leave a review. " and "You decide" in several models. */
static void models_share_a_table(void **state)
{
	static const char *const files[] = {"@bias\t-10\nreview\t10000\n", "you\t10000\nleave a\t-10000\n", "decide\t1\n"};
	static const int expected[] = {HIT - 10, -HIT, 0, -10, HIT, 0};
	static const char text[] = "leave a review. You decide";
	const size_t ends[] = {16, sizeof(text) - 1};
	struct wording *wording = make(files, 3);
	int sums[SUMS_MAX];

	(void)state;
	assert_int_equal(wording_count(wording), 3);
	assert_int_equal(wording_weigh(wording, SLICE_LIT("leave a review. You decide"), ends, 2, sums), 0);
	assert_memory_equal(sums, expected, sizeof(expected));
	wording_free(&wording);
}

static void same_file_is_one_model(void **state)
{
	struct wording *wording = wording_new();
	struct diag d = {0};
	size_t a, b, c;
	size_t end = 1;
	int sum;

	(void)state;
	assert_int_equal(wording_add(wording, SLICE_LIT("a\t5\nb\t6\n"), &a, &d), 0);
	assert_int_equal(wording_add(wording, SLICE_LIT("a\t5\nb\t7\n"), &b, &d), 0);
	assert_int_equal(wording_add(wording, SLICE_LIT("a\t5\nb\t6\n"), &c, &d), 0);
	assert_int_equal(a, c);
	assert_int_not_equal(a, b);
	assert_int_equal(wording_weigh(wording, SLICE_LIT("a"), &end, 1, &sum), -1);
	assert_int_equal(wording_finish(wording, &d), 0);
	wording_free(&wording);
}

/* Thousands of words, each in its model only: none is lost, none found for another. */
static void full_table(void **state)
{
	enum { COUNT = 5000 };
	char *file = malloc(COUNT * 16), *text = malloc(COUNT * 16);
	const char *const files[] = {file};
	size_t len = 0, at = 0, ends[COUNT];
	int *sums = calloc(COUNT, sizeof(*sums));
	struct wording *wording;

	(void)state;
	for (int i = 0; i < COUNT; i++) {
		char word[8] = {'q', (char)('a' + i % 26), (char)('a' + i / 26 % 26), (char)('a' + i / 676), 'q', '\0'};

		if (i % 2 == 0)
			len += (size_t)snprintf(file + len, 16, "%s\t10000\n", word);
		at += (size_t)snprintf(text + at, 16, "%s ", word);
		ends[i] = at;
	}
	wording = make(files, 1);
	assert_int_equal(wording_weigh(wording, (struct slice){text, at}, ends, COUNT, sums), 0);
	for (int i = 0; i < COUNT; i++)
		assert_int_equal(sums[i], i % 2 == 0 ? HIT : 0);
	wording_free(&wording);
	free(sums);
	free(file);
	free(text);
}

static void too_many_weights(void **state)
{
	enum { COUNT = 100001 };
	char *file = malloc(COUNT * 4);
	struct wording *wording = wording_new();
	struct diag d = {0};
	size_t number;

	(void)state;
	for (size_t i = 0; i < COUNT; i++)
		memcpy(file + 4 * i, "a\t1\n", 4);
	assert_int_equal(wording_add(wording, (struct slice){file, (size_t)COUNT * 4}, &number, &d), -1);
	assert_non_null(strstr(d.text, "100000"));
	wording_free(&wording);
	free(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_weigh),
		cmocka_unit_test(sums_are_scaled),
		cmocka_unit_test(models_share_a_table),
		cmocka_unit_test(same_file_is_one_model),
		cmocka_unit_test(full_table),
		cmocka_unit_test(too_many_weights),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
