/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rule plugin "phrases", and with it what all rules over wording share: list
 * files and the mistakes in them, how far a rule reaches, the model of words.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "rows.h"

static struct fake_rule *open_list(const char *list, const char *model)
{
	static struct fake_option options[3]; /* the rule keeps a pointer; one rule at a time */

	options[0] = (struct fake_option){"phrases", list};
	options[1] = (struct fake_option){"model", model};
	return fake_open(&postern_plugin, options);
}

/* Findings in a text by a list; -1: the list was refused. */
static int found_by(const char *list, const char *model, const char *text)
{
	struct fake_message message = {.texts = {{POSTERN_SEGMENT_NEW, text}}};
	struct fake_rule *rule = open_list(list, model);
	int found;

	if (rule == NULL)
		return -1;
	found = (int)fake_check(rule, &message).findings;
	fake_close(&rule);
	return found;
}

static int found(const char *list, const char *text)
{
	return found_by(list, "", text);
}

static void test_weights(void **state)
{
	static const char list[] = "text:# comment\n\nour supplier\nsorry\t2\nalas\t3\tNo sighs.\nrefund\t-4\n";

	(void)state;
	assert_int_equal(found(list, "Ask our supplier."), 1); /* no weight: by itself */
	assert_int_equal(found(list, "Ask our suppliers."), 0);
	assert_int_equal(found(list, "Sorry for that."), 0);
	assert_int_equal(found(list, "Sorry! Alas, it is late."), 1);
	assert_int_equal(found(list, "Sorry! Sorry! Sorry!"), 0); /* counts once */
	assert_int_equal(found(list, "Sorry and alas, the refund is late."), 0);
	assert_int_equal(found(list, "Sorry and alas. The refund is late."), 1); /* weighs against its own sentence only */
}

static void test_reach(void **state)
{
	static const char words[] = "text:cat\t@cat\ndog\t@dog\nfish\t@fish\n";
	char list[200];

	(void)state;
	snprintf(list, sizeof(list), "%s@cat & @dog|@fish\t5\n", words);
	assert_int_equal(found(list, "A cat and a fish."), 1);
	assert_int_equal(found(list, "A cat. A dog."), 0);
	snprintf(list, sizeof(list), "%s@cat & <@dog & !@fish\t5\n", words);
	assert_int_equal(found(list, "A dog. A cat."), 1);
	assert_int_equal(found(list, "A cat. A dog."), 0);
	assert_int_equal(found(list, "A dog. No. A cat."), 0);
	assert_int_equal(found(list, "A dog. A cat and a fish."), 0);
	snprintf(list, sizeof(list), "%s@cat & *@dog & !*@fish\t5\n", words);
	assert_int_equal(found(list, "A cat. No. A dog."), 1);
	assert_int_equal(found(list, "A cat. No. A dog. A fish."), 0);
	snprintf(list, sizeof(list), "%s@cat & !<@dog\t5\n", words);
	assert_int_equal(found(list, "A dog. A cat."), 0);
	assert_int_equal(found(list, "A dog. No. A cat."), 1);
}

/* What stands before belongs to another segment: no neighbour. */
static void test_segments(void **state)
{
	struct fake_message message = {.texts = {{POSTERN_SEGMENT_SUBJECT, "dog"}, {POSTERN_SEGMENT_NEW, "cat"}}};
	struct fake_rule *rule = open_list("text:cat\t@cat\ndog\t@dog\n@cat & <@dog\t5\n", "");

	(void)state;
	assert_int_equal(fake_check(rule, &message).findings, 0);
	fake_close(&rule);
	rule = open_list("text:cat\t@cat\ndog\t@dog\n@cat & *@dog\t5\n", "");
	assert_int_equal(fake_check(rule, &message).findings, 1);
	fake_close(&rule);
}

static void assert_refused(const char *list, const char *error)
{
	assert_int_equal(found(list, "x"), -1);
	assert_string_equal(fake_error(), error);
}

/* Each mistake is named with its line and a way out. */
static void test_mistakes(void **state)
{
	(void)state;
	assert_refused("text:# nothing\n",
	    "phrases:0: the list is empty: write at least one expression, or set enabled = no");
	assert_refused("text:cat\t@goods\n@good & @goods\t5\n",
	    "phrases:2: no expression belongs to the class @good, did you mean @goods?");
	assert_refused("text:cat\t@goods\n@goods 5\n",
	    "phrases:2: this line is no rule: write \"@one & @other\", a tab (not blanks) and a weight");
	assert_refused("text:cat\tSay dog instead.\n",
	    "phrases:1: after the first tab stands neither a weight (such as 5 or -3) nor a class (such as @goods)");
	assert_refused("text:cat\ndog (\n",
	    "phrases:2: this line is not a valid expression: ( ) [ ] { } + * ? that stand for themselves need a \\ before them");
}

static void test_model(void **state)
{
	static const char model[] = "text:# made by hand\n@bias\t-1000\n@likely\t1000\n@certain\t2500\n@sure\t4000\n"
	    "bargain\t4000\nbest bargain\t5500\nlast\t2000\nrefund\t-2500\n#percent\t2000\n";

	(void)state;
	assert_int_equal(found_by("text:zebra\n", model, "The best bargains, 20 % less."), 1);       /* sure: 5 */
	assert_int_equal(found_by("text:zebra\n", model, "A bargain. Last bargain, 5 %."), 0);        /* certain: 4 */
	assert_int_equal(found_by("text:zebra\t1\n", model, "A zebra. Last bargain, 5 %."), 1);       /* and 1 */
	assert_int_equal(found_by("text:zebra\t2\n", model, "A zebra bargain."), 0);                 /* likely: 2 */
	assert_int_equal(found_by("text:zebra\t3\n", model, "A zebra. A bargain."), 1);              /* and 3 */
	assert_int_equal(found_by("text:zebra\n", model, "A bargain. A bargain. A bargain."), 0);    /* the surest one only */
	assert_int_equal(found_by("text:zebra\n", model, "The best bargain is a refund."), 0);
	assert_int_equal(found_by("text:zebra\n", "text:bargain\t4000\n", "x"), -1);
	assert_string_equal(fake_error(), "model:0: no @likely, @certain and @sure: make the file with contrib/train-wording");
}

/* The text's length is what a long one costs, not its square. */
static void test_flood(void **state)
{
	static char text[1 << 20];
	size_t len = 0;

	(void)state;
	while (len < sizeof(text) - 100)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "A cat. ");
	snprintf(text + len, sizeof(text) - len, "A dog.");
	assert_int_equal(found("text:cat\t@cat\ndog\t@dog\n@dog & <@cat\t5\n", text), 1);
}

static void test_example(void **state)
{
	(void)state;
	assert_int_equal(found("lists/phrases-example.tsv", "That is not our problem."), 1);
	assert_int_equal(found("lists/phrases-example.tsv", "It is the fault of the factory."), 1);
	assert_int_equal(found("lists/phrases-example.tsv", "Unfortunately it is late."), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_weights),
		cmocka_unit_test(test_reach),
		cmocka_unit_test(test_segments),
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_model),
		cmocka_unit_test(test_flood),
		cmocka_unit_test(test_example),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
