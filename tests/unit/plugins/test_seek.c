/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Searching a list only as far as it matters (plugins/common/seek.c): which groups of a list are searched, in which
 * order, and that none is searched twice. The list is made by hand, and what stands in the text is said by the test.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "../../../plugins/common/list.h"

#define CAT UINT64_C(1)
#define DOG UINT64_C(2)
#define FISH UINT64_C(4)
#define LAST (UINT64_C(1) << (PHRASE_CLASSES - 1))

static char mail[] = "mail";

static struct phrase items[] = {
	{.weight = 2}, {.classes = CAT}, {.weight = -3}, {.weight = 3}, {.classes = CAT | DOG}, {.classes = DOG},
	{.value = mail}, {.classes = CAT}, {.classes = FISH}, {.classes = LAST},
};

/* "@cat & @dog & !@fish", "@last & @cat" */
static struct phrase_rule rules[] = {
	{.parts = {CAT, DOG}, .count = 2, .without = {FISH}, .weight = 1},
	{.parts = {LAST, CAT}, .count = 2, .weight = 1},
};

static uint64_t heads[] = {CAT, LAST};

/* What a test sees of the searches. */
struct log {
	struct phrases phrases;
	struct seek seek;
	uint64_t text;  /* classes that stand in it */
	uint64_t found; /* of them those that were searched for */
	size_t searched[16], count; /* first phrases of the groups, in order */
	enum postern_status status;
};

static enum postern_status note_search(void *arg, const struct phrase_group *group)
{
	struct log *log = arg;

	log->searched[log->count++] = log->phrases.numbers[group->first];
	log->found |= group->classes & log->text;
	return log->status;
}

static bool met(void *arg, const struct phrase_rule *rule, size_t count, uint64_t open)
{
	const struct log *log = arg;

	for (size_t i = 0; i < count; i++)
		if ((rule->parts[i] & (log->found | (log->seek.may & open))) == 0)
			return false;
	return true;
}

static int begin(void **state)
{
	struct log *log = calloc(1, sizeof(*log));

	if (log == NULL)
		return -1;
	log->phrases = (struct phrases){.items = items, .count = sizeof(items) / sizeof(items[0]), .rules = rules, .heads = heads,
	    .rule_count = sizeof(rules) / sizeof(rules[0])};
	log->seek = (struct seek){.phrases = &log->phrases, .search = note_search, .met = met, .arg = log,
	    .anywhere = &log->found, .may = UINT64_MAX};
	*state = log;
	return list_group(&log->phrases) == 0 ? seek_begin(&log->seek) : -1;
}

static int end(void **state)
{
	struct log *log = *state;

	seek_end(&log->seek);
	free(log->phrases.groups);
	free(log->phrases.numbers);
	free(log->phrases.class_groups);
	free(log);
	return 0;
}

static void assert_searched(const struct log *log, const size_t *wanted, size_t count)
{
	assert_int_equal(log->count, count);
	assert_memory_equal(log->searched, wanted, count * sizeof(*wanted));
}

static void test_groups(void **state)
{
	static const size_t numbers[] = {1, 7, 4, 5, 8, 9, 0, 3, 2, 6};
	const struct log *log = *state;

	assert_int_equal(log->phrases.group_count, 8);
	assert_memory_equal(log->phrases.numbers, numbers, sizeof(numbers));
	assert_int_equal(log->phrases.classed, 6);
	assert_int_equal(log->phrases.groups[0].count, 2);
	assert_string_equal(log->phrases.groups[0].label, "+");
	assert_string_equal(log->phrases.groups[2].label, "-");
	assert_int_equal(log->phrases.groups[3].classes, CAT | DOG);
}

static void test_label(void **state)
{
	static const size_t wanted[] = {0, 6};
	struct log *log = *state;

	assert_int_equal(seek_label(&log->seek, "+"), POSTERN_OK);
	assert_int_equal(seek_label(&log->seek, "mail"), POSTERN_OK);
	assert_int_equal(seek_label(&log->seek, "+"), POSTERN_OK);
	assert_int_equal(seek_label(&log->seek, "phone"), POSTERN_OK); /* the list has none */
	assert_searched(log, wanted, 2);
}

static void test_classes(void **state)
{
	static const size_t wanted[] = {1, 4, 5, 9};
	struct log *log = *state;

	assert_int_equal(seek_classes(&log->seek, CAT), POSTERN_OK);
	assert_int_equal(log->count, 2);
	assert_int_equal(seek_classes(&log->seek, CAT | DOG), POSTERN_OK); /* what is of both was searched */
	assert_int_equal(seek_classes(&log->seek, LAST), POSTERN_OK);
	assert_int_equal(seek_classes(&log->seek, CAT | DOG | LAST), POSTERN_OK);
	assert_searched(log, wanted, 4);
}

static void test_rules_first_part_missing(void **state)
{
	static const size_t wanted[] = {1, 4};
	struct log *log = *state;
	bool any;

	assert_int_equal(seek_rules(&log->seek, &any), POSTERN_OK);
	assert_false(any);
	assert_searched(log, wanted, 2); /* neither dogs nor fish, and what is beside a cat neither */
}

static void test_rules_second_part_missing(void **state)
{
	static const size_t wanted[] = {1, 4, 5, 9};
	struct log *log = *state;
	bool any;

	log->text = CAT;
	assert_int_equal(seek_rules(&log->seek, &any), POSTERN_OK);
	assert_false(any);
	assert_searched(log, wanted, 4);
}

static void test_rules_that_can_not_be(void **state)
{
	static const size_t wanted[] = {9, 1, 4};
	struct log *log = *state;
	bool any;

	log->text = CAT | DOG | LAST;
	log->seek.may = CAT;
	assert_int_equal(seek_rules(&log->seek, &any), POSTERN_OK);
	assert_false(any);
	assert_int_equal(log->count, 0);
	log->seek.may = CAT | LAST;
	assert_int_equal(seek_rules(&log->seek, &any), POSTERN_OK);
	assert_true(any);
	assert_searched(log, wanted, 3);
}

static void test_wanted(void **state)
{
	const struct log *log = *state;

	assert_int_equal(look_wanted(&log->phrases, CAT), 0);
	assert_int_equal(look_wanted(&log->phrases, CAT | DOG), CAT | DOG);
	assert_int_equal(look_wanted(&log->phrases, CAT | FISH | LAST), CAT | LAST);
	assert_int_equal(look_wanted(&log->phrases, UINT64_MAX), CAT | DOG | LAST);
}

static void test_rules_met(void **state)
{
	static const size_t wanted[] = {1, 4, 5, 8, 9};
	struct log *log = *state;
	bool any;

	log->text = CAT | DOG;
	assert_int_equal(seek_rules(&log->seek, &any), POSTERN_OK);
	assert_true(any);
	assert_searched(log, wanted, 5); /* fish, too: it would keep the rule from holding */
}

static void test_done(void **state)
{
	struct log *log = *state;
	bool any;

	seek_done(&log->seek);
	log->found = CAT | DOG;
	assert_int_equal(seek_label(&log->seek, "+"), POSTERN_OK);
	assert_int_equal(seek_classes(&log->seek, CAT | FISH), POSTERN_OK);
	assert_int_equal(seek_rules(&log->seek, &any), POSTERN_OK);
	assert_true(any);
	assert_int_equal(log->count, 0);
}

static void test_failure(void **state)
{
	struct log *log = *state;
	bool any;

	log->status = POSTERN_TEMPFAIL;
	assert_int_equal(seek_label(&log->seek, "+"), POSTERN_TEMPFAIL);
	assert_int_equal(seek_classes(&log->seek, CAT), POSTERN_TEMPFAIL);
	assert_int_equal(log->count, 2); /* the second group of the class was not tried */
	assert_int_equal(seek_rules(&log->seek, &any), POSTERN_TEMPFAIL);
}

static struct postern_slice slice(const char *s)
{
	return (struct postern_slice){s, strlen(s)};
}

static void test_shouts(void **state)
{
	static const struct {
		const char *expression;
		unsigned words;
	} rows[] = {
		{"(?-i:(?:[A-Z][A-Z']+[,.!]? ){5,}[A-Z][A-Z']+(?:!|\\b))", 5},
		{"(?-i:(?:[A-Z][A-Z']+[,.!]? ){7,}[A-Z]+!+)", 7},
		/* May match without. */
		{"(?-i:(?:[A-Z][A-Z']+[,.!]? ){5,}|x)", 0},
		{"(?-i:(?:[A-Z][A-Z']+[,.!]? ){5,})|x", 0},
		{"(?-i:(?:[A-Z][A-Z']+[,.!]? ){5}", 0},
		{"(?:[A-Z][A-Z']+[,.!]? ){5,}", 0},
		{"", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(shout_words(slice(rows[i].expression)), rows[i].words);
}

static void test_text_shouts(void **state)
{
	static const char word[] = "AB CD EF GH IJ KL";

	(void)state;
	assert_true(shout_may(slice(word), 5));
	assert_true(shout_may(slice("we said STOP IT NOW, I'M NOT PAYING"), 6));
	assert_false(shout_may(slice("Dear Anna, We Have Sent All Of It By USPS. Yours, Ben"), 5));
	assert_false(shout_may(slice(""), 1));
	/* Wherever a word begins among eight bytes, and the last of all. */
	for (size_t blanks = 0; blanks < 16; blanks++) {
		char text[40];

		memset(text, ' ', sizeof(text));
		memcpy(text + blanks, word, sizeof(word) - 1);
		assert_true(shout_may((struct postern_slice){text, blanks + sizeof(word) - 1}, 6));
		assert_false(shout_may((struct postern_slice){text, blanks + sizeof(word) - 1}, 7));
		assert_false(shout_may((struct postern_slice){text, blanks + sizeof(word) - 2}, 6));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_groups, begin, end),
		cmocka_unit_test_setup_teardown(test_label, begin, end),
		cmocka_unit_test_setup_teardown(test_classes, begin, end),
		cmocka_unit_test_setup_teardown(test_rules_first_part_missing, begin, end),
		cmocka_unit_test_setup_teardown(test_rules_second_part_missing, begin, end),
		cmocka_unit_test_setup_teardown(test_rules_that_can_not_be, begin, end),
		cmocka_unit_test_setup_teardown(test_wanted, begin, end),
		cmocka_unit_test_setup_teardown(test_rules_met, begin, end),
		cmocka_unit_test_setup_teardown(test_done, begin, end),
		cmocka_unit_test_setup_teardown(test_failure, begin, end),
		cmocka_unit_test(test_shouts),
		cmocka_unit_test(test_text_shouts),
	};

	return cmocka_run_group_tests_name("seek", tests, NULL, NULL);
}
