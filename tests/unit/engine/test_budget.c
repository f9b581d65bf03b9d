/* SPDX-License-Identifier: BSD-2-Clause */
/* Expressions that are built to cost: no message takes more than its time, and the one to blame is named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/buf.h"
#include "core/pattern_lint.h"
#include "engine/txn_internal.h"
#include "mail.h"
#include "mail/message.h"
#include "mail/url.h"
#include "site.h"

static const char *const to_market[] = {"<c1@relay.market.example>", NULL};

/* Far above what a sanitizer's build and a busy machine add to the deadline, far below what it would cost. */
#define SOON_MS 10000

static void make_rule(struct site *site, const char *deadline, const char *keys, const char *list)
{
	char main_text[300], rules[300];

	snprintf(main_text, sizeof(main_text), SITE_PLUGIN("patterns") "milter { deadline = %s }\n", deadline);
	snprintf(rules, sizeof(rules),
	    "rule \"costly\" { plugin = patterns list = \"lists/x.txt\" direction = outbound %s }\n", keys);
	site_make(site, main_text, rules);
	site_make_dir(site, "lists");
	site_write(site, "lists/x.txt", list);
}

static void make(struct site *site, const char *deadline, const char *keys, const char *list)
{
	char all[200];

	snprintf(all, sizeof(all), "action = tag %s", keys);
	make_rule(site, deadline, all, list);
}

/* So many bytes of words of run times 'a'. */
static char *make_mail(size_t size, size_t run)
{
	struct buf raw = {0};
	const char *head = "From: a@seller.example\r\nTo: c1@relay.market.example\r\nSubject: x\r\n\r\n";

	buf_add_str(&raw, head);
	for (size_t i = 0; i < size; i++)
		buf_add_char(&raw, i % 900 == 899 ? '\n' : i % (run + 1) == run ? ' ' : 'a');
	assert_false(raw.failed);
	return raw.data;
}

static void assert_named(const struct verdict *v, const char *id, const char *text)
{
	const struct finding *f = &v->findings[0];

	assert_int_equal(v->finding_count, 1);
	assert_string_equal(f->rule_id, id);
	assert_string_equal(f->rule, "costly");
	assert_true(f->error);
	if (memmem(f->evidence.ptr, f->evidence.len, text, strlen(text)) == NULL)
		fail_msg("'%s' is not in '%.*s'", text, SLICE_ARG(f->evidence));
}

/* None of them passes a limit of its own, and together they would take minutes. */
static void assert_stopped(const char *list, const char *keys, const char *named)
{
	struct site site;
	struct generation *g;
	struct txn *txn;
	char *raw = make_mail(300000, 15);
	int64_t began = clock_monotonic_ms();
	const struct verdict *v;

	make(&site, "400ms", keys, list);
	g = load(&site);
	txn = take(g, &offline, POSTERN_OUTBOUND, "a@seller.example", to_market, raw);
	v = txn_judge(txn);
	assert_int_equal(v->action, ACTION_DEFER);
	assert_named(v, "POSTERN-DEADLINE", named);
	assert_true(clock_monotonic_ms() - began < SOON_MS);
	txn_free(&txn);
	generation_unref(&g);
	site_remove(&site);
	free(raw);
}

static void one_search_stops_at_the_deadline(void **state)
{
	(void)state;
	assert_stopped("# words\n\nharmless\n(?:a|a)+[cd]\n", "", "x.txt:4: pattern search took too long: '(?:a|a)+[cd]'");
}

static void a_set_stops_at_the_deadline(void **state)
{
	struct buf list = {0};

	(void)state;
	for (size_t i = 0; i < 500; i++)
		buf_printf(&list, "(?:a|a)+[c%c]\n", 'd' + (char)(i % 20));
	assert_stopped(list.data, "", "x.txt:");
	buf_free(&list);
}

/* The time is every rule's: one on trial, or one that lets mail pass on errors, can't use it up for the others. */
static void no_opt_out_helps_it(void **state)
{
	(void)state;
	assert_stopped("(?:a|a)+[cd]\n", "on_error = pass", "x.txt:1:");
}

/* What a profile asks of incoming mail is bounded as well. */
static void a_profile_stops_too(void **state)
{
	struct site site;
	struct generation *g;
	struct txn *txn;
	struct buf raw = {0};
	int64_t began;

	(void)state;
	buf_add_str(&raw, "From: b@market.example\r\nSubject: ");
	for (size_t i = 0; i < 40000; i++)
		buf_add_str(&raw, "aaaaaaaaaaaaaaa ");
	buf_add_str(&raw, "\r\n\r\nHello.\r\n");
	assert_false(raw.failed);
	make(&site, "20s", "", "harmless\n");
	site_make_dir(&site, "shipped/marketplaces");
	site_write(&site, "shipped/marketplaces/n.conf", "marketplace \"market\" { kind \"odd\" { subject = '(?:a|a)+[cd]' } }\n");
	g = load(&site);
	txn = take(g, &offline, POSTERN_INBOUND, "b@market.example", to_market, raw.data);
	began = clock_monotonic_ms();
	assert_int_equal(txn_judge(txn)->action, ACTION_DEFER);
	assert_true(clock_monotonic_ms() - began < 2 * SOON_MS);
	txn_free(&txn);
	generation_unref(&g);
	site_remove(&site);
	buf_free(&raw);
}

struct flood {
	const char *keys;
	size_t words; /* in the text */
	enum action action;
	const char *id; /* of the last finding */
	bool monitored;
};

/*
 * A text of one word over and over matches too often to search it to its end, and the next try would find the same:
 * it never waits. What was found decides where more of it could not make the verdict stricter; else it is
 * too large to be checked, and that is no more than the rule itself would have done.
 */
static void a_flood_of_matches_is_judged(void **state)
{
	static const struct flood cases[] = {
		/* Not one too many. */
		{"score = 100 action = reject", 10000, ACTION_REJECT, "FIXTURE", false},
		{"action = reject", 10000, ACTION_PASS, NULL, false},
		/* One is. */
		{"score = 100 action = reject", 10001, ACTION_REJECT, "POSTERN-MORE", false},
		{"score = 100 action = tag", 10001, ACTION_TAG, "POSTERN-MORE", false},
		{"action = reject", 10001, ACTION_HOLD, "POSTERN-LIMIT", false},
		{"action = tag", 10001, ACTION_TAG, "POSTERN-LIMIT", false},
		/* Weak findings decide nothing, whether they do something or not. */
		{"score = 10 min_score = 50 action = reject", 10001, ACTION_HOLD, "POSTERN-LIMIT", false},
		{"score = 10 min_score = 50 below = tag action = reject", 10001, ACTION_HOLD, "POSTERN-LIMIT", false},
		{"on_error = pass action = reject", 10001, ACTION_PASS, "POSTERN-LIMIT", false},
		{"on_error = reject action = tag", 10001, ACTION_REJECT, "POSTERN-LIMIT", false},
		{"monitor_until = 2999-01-01 action = reject", 10001, ACTION_PASS, "POSTERN-LIMIT", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct flood *c = &cases[i];
		struct site site;
		struct generation *g;
		struct txn *txn;
		char *raw = make_mail(2 * c->words - 1, 1);
		const struct finding *last;
		const struct verdict *v;

		print_message("%s\n", c->keys);
		make_rule(&site, "20s", c->keys, "[a]+\n");
		g = load(&site);
		txn = take(g, &offline, POSTERN_OUTBOUND, "a@seller.example", to_market, raw);
		v = txn_judge(txn);
		assert_int_equal(v->action, c->action);
		last = v->finding_count > 0 ? &v->findings[v->finding_count - 1] : NULL;
		assert_true((last == NULL) == (c->id == NULL));
		if (c->id != NULL && strcmp(last->rule_id, c->id) != 0)
			fail_msg("%s", last->rule_id);
		if (c->id != NULL && strcmp(c->id, "FIXTURE") != 0) {
			assert_non_null(memmem(last->evidence.ptr, last->evidence.len, "x.txt:1: it matches too often: '[a]+'", 37));
			assert_string_equal(last->rule, "costly");
			assert_false(last->error);
			assert_int_equal(last->monitored, c->monitored);
		}
		txn_free(&txn);
		generation_unref(&g);
		site_remove(&site);
		free(raw);
	}
}

struct passed {
	const char *keys, *list;
	size_t run; /* of 'a' in the text: 200 pass the match limit, 2,000 the limit of JIT's stack */
	enum action action;
	const char *ids[3]; /* of all findings */
	bool monitored;
};

static void assert_passed(const struct passed *c, const struct verdict *v)
{
	static const char *const evidence = "x.txt:3: its search passes PCRE2's limits: '(?:a|a)+[cd]'";
	const struct finding *last = &v->findings[v->finding_count - 1];
	size_t count = 0;

	assert_int_equal(v->action, c->action);
	for (; count < 3 && c->ids[count] != NULL; count++) {
		assert_true(count < v->finding_count);
		assert_string_equal(v->findings[count].rule_id, c->ids[count]);
	}
	assert_int_equal(v->finding_count, count);
	assert_non_null(memmem(last->evidence.ptr, last->evidence.len, evidence, strlen(evidence)));
	assert_string_equal(last->rule, "costly");
	assert_false(last->error);
	assert_int_equal(last->monitored, c->monitored);
}

/*
 * An expression that passes a limit passes it at each try, so it defers nothing: the text is too complex to be
 * checked. What expressions before and behind it find counts.
 */
static void a_search_that_passes_a_limit_is_judged(void **state)
{
	static const struct passed cases[] = {
		{"action = reject", "# words\n\n(?:a|a)+[cd]\n", 200, ACTION_HOLD, {"POSTERN-LIMIT"}, false},
		{"action = reject", "# words\n\n(?:a|a)+[cd]\n", 2000, ACTION_HOLD, {"POSTERN-LIMIT"}, false},
		{"action = tag", "# words\n\n(?:a|a)+[cd]\n", 200, ACTION_TAG, {"POSTERN-LIMIT"}, false},
		{"on_error = pass action = reject", "# words\n\n(?:a|a)+[cd]\n", 200, ACTION_PASS, {"POSTERN-LIMIT"}, false},
		{"on_error = reject action = tag", "# words\n\n(?:a|a)+[cd]\n", 200, ACTION_REJECT, {"POSTERN-LIMIT"}, false},
		{"monitor_until = 2999-01-01 action = reject", "# words\n\n(?:a|a)+[cd]\n", 200, ACTION_PASS, {"POSTERN-LIMIT"}, true},
		{"score = 100 action = reject", "# words\n\n(?:a|a)+[cd]\nforbidden\n", 200, ACTION_REJECT,
		    {"FIXTURE", "POSTERN-MORE"}, false},
		{"score = 100 action = reject", "forbidden\n\n(?:a|a)+[cd]\n", 2000, ACTION_REJECT,
		    {"FIXTURE", "POSTERN-MORE"}, false},
		{"score = 100 action = reject", "# words\n\n(?:a|a)+[cd]\n(?:a|a)+[ef]\nforbidden\n", 2000, ACTION_REJECT,
		    {"FIXTURE", "POSTERN-MORE"}, false},
		{"score = 10 min_score = 50 action = reject", "# words\nforbidden\n(?:a|a)+[cd]\n", 200, ACTION_HOLD,
		    {"FIXTURE", "POSTERN-LIMIT"}, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct passed *c = &cases[i];
		char *raw = make_mail(4000, c->run);
		struct site site;
		struct generation *g;
		struct txn *txn;

		print_message("%zu: %s\n", i, c->keys);
		memcpy(raw + strlen(raw) - strlen(" forbidden"), " forbidden", strlen(" forbidden"));
		make_rule(&site, "20s", c->keys, c->list);
		g = load(&site);
		txn = take(g, &offline, POSTERN_OUTBOUND, "a@seller.example", to_market, raw);
		assert_passed(c, txn_judge(txn));
		txn_free(&txn);
		generation_unref(&g);
		site_remove(&site);
		free(raw);
	}
}

/* Two rules that look for the same get it from one search: both know that it was cut. */
static void a_shared_search_is_cut_for_each(void **state)
{
	struct site site;
	struct generation *g;
	struct txn *txn;
	char *raw = make_mail(30000, 1);
	const struct verdict *v;

	(void)state;
	make_rule(&site, "20s", "score = 100 action = tag", "[a]+\n");
	site_write(&site, "rules.d/two.conf",
	    "rule two { plugin = patterns list = \"lists/x.txt\" direction = outbound action = reject }\n");
	g = load(&site);
	txn = take(g, &offline, POSTERN_OUTBOUND, "a@seller.example", to_market, raw);
	v = txn_judge(txn);
	assert_int_equal(v->action, ACTION_HOLD);
	assert_int_equal(v->finding_count, 52);
	assert_string_equal(v->findings[50].rule_id, "POSTERN-MORE");
	assert_string_equal(v->findings[51].rule_id, "POSTERN-LIMIT");
	assert_string_equal(v->findings[51].rule, "two");
	txn_free(&txn);
	generation_unref(&g);
	site_remove(&site);
	free(raw);
}

/* Of a rule's findings the first 50 are kept, and one that does its action: weak ones can't crowd it out. */
static void weak_findings_hide_no_strong_one(void **state)
{
	struct site site;
	struct generation *g;
	struct txn *txn;
	const struct verdict *v;
	struct buf raw = {0};

	(void)state;
	buf_add_str(&raw, "From: a@seller.example\r\nTo: c1@relay.market.example\r\nSubject: x\r\n\r\n");
	for (size_t i = 0; i < 60; i++)
		buf_add_str(&raw, "weak ");
	buf_add_str(&raw, "strong strong\r\n");
	make_rule(&site, "20s", "score = 10 min_score = 50 action = reject", "weak\nstrong\n");
	g = load(&site);
	txn = take(g, &offline, POSTERN_OUTBOUND, "a@seller.example", to_market, raw.data);
	v = txn_judge(txn);
	assert_int_equal(v->action, ACTION_REJECT);
	assert_int_equal(v->finding_count, 51);
	assert_true(slice_eq_str(v->findings[50].evidence, "strong"));
	txn_free(&txn);
	generation_unref(&g);
	site_remove(&site);
	buf_free(&raw);
}

static void costly_expressions_are_seen(void **state)
{
	static const struct {
		const char *expression, *part; /* NULL: none */
	} cases[] = {
		{"(a+)+", "(a+)+"}, {"x(a|a)+[cd]", "(a|a)+"}, {"(a|aa)+", "(a|aa)+"}, {"(?:\\w+ ?)*x", "(?:\\w+ ?)*"},
		{"([a-z]+)*", "([a-z]+)*"}, {"(?:[^\\W\\d]+\\s*)+$", "(?:[^\\W\\d]+\\s*)+"}, {"(.*,)+P", "(.*,)+"},
		{"(x+x+)+y", "(x+x+)+"}, {"(?:a{0,60}b?){2,}", "(?:a{0,60}b?){2,}"}, {"(?<n>a*){20}", "(?<n>a*){20}"},
		{"(?i:\\x{41}+|b)+", "(?i:\\x{41}+|b)+"}, {"((a+)b?)+", "((a+)b?)+"}, {"(a+)+)", NULL},
		{"(?:\\w+ )+", NULL}, {"(?>a+)+", NULL}, {"(?:a++)+", NULL}, {"(?:foo|bar)+", NULL}, {"(?:foo|fo+)*", NULL},
		{"\\b(?:[A-Za-z0-9]+-)+\\d", NULL}, {"(.*?,){11}P", NULL}, {"(?:(?: \\w+){0,3} x)", NULL},
		{"(?:\xe4\xbc\x98\xe6\x83\xa0|\xe6\x89\x93)+", NULL}, {"[[:alpha:]]+", NULL}, {"[]+]+x", NULL}, {"\\(a+\\)+", NULL},
		{"(?(1)a+|b)+", NULL}, {"(", NULL}, {"[", NULL}, {"\\", NULL}, {"a{", NULL}, {"(?", NULL}, {"(?<", NULL}, {"\\x{", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *start = "", *end = pattern_costly(cases[i].expression, &start);

		print_message("%s\n", cases[i].expression);
		assert_int_equal(end != NULL, cases[i].part != NULL);
		if (end != NULL) {
			assert_int_equal((size_t)(end - start), strlen(cases[i].part));
			assert_memory_equal(start, cases[i].part, strlen(cases[i].part));
		}
	}
}

static void a_check_warns_with_the_line(void **state)
{
	struct site site;
	struct generation *g;

	(void)state;
	make(&site, "20s", "", "# words\nharmless\n\n(?:very )+nice\n(?:\\w+ ?)+nice\n");
	site_make_dir(&site, "shipped/marketplaces");
	site_write(&site, "shipped/marketplaces/n.conf", "marketplace \"market\" {\n kind \"odd\" {\n  subject = '^(a+)+$'\n }\n}\n");
	g = load(&site);
	assert_non_null(strstr(generation_warnings(g), "lists/x.txt:5: rule 'costly': list: a text can make the repetition "
	    "'(?:\\w+ ?)+' costly"));
	assert_non_null(strstr(generation_warnings(g), "n.conf:3: subject: a text can make the repetition '(a+)+' costly"));
	assert_null(strstr(generation_warnings(g), "very"));
	generation_unref(&g);
	site_remove(&site);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_search_stops_at_the_deadline),
		cmocka_unit_test(a_set_stops_at_the_deadline),
		cmocka_unit_test(no_opt_out_helps_it),
		cmocka_unit_test(a_profile_stops_too),
		cmocka_unit_test(a_search_that_passes_a_limit_is_judged),
		cmocka_unit_test(a_flood_of_matches_is_judged),
		cmocka_unit_test(a_shared_search_is_cut_for_each),
		cmocka_unit_test(weak_findings_hide_no_strong_one),
		cmocka_unit_test(costly_expressions_are_seen),
		cmocka_unit_test(a_check_warns_with_the_line),
	};

	hash_init();
	message_init();
	url_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
