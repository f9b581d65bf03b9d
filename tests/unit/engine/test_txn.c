/* SPDX-License-Identifier: BSD-2-Clause */
/* Whole transactions against a real configuration with real plugins: what is concerned, judged, recorded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <signal.h>
#include <sys/wait.h>

#include "engine/answered.h"
#include "engine/overrun.h"
#include "engine/txn.h"
#include "engine/txn_internal.h"
#include "mail/message.h"
#include "mail/url.h"
#include "postern/plugin.h"
#include "mail.h"
#include "site.h"
#include "store/projector.h"

static const char good_rule[] =
	"rule \"words\" {\n"
	"	plugin = \"good\"\n"
	"	direction = \"outbound\"\n"
	"	action = \"reject\"\n"
	"	policy = \"Market 1\"\n"
	"	advice = \"Leave the word out.\"\n"
	"	tests { fail = { \"a forbidden word\" } ok = { \"a fine word\" } }\n"
	"}\n";

static const char *const to_market[] = {"<c1@relay.market.example>", NULL};
static const char *const to_both[] = {"<c1@relay.market.example>", "c2@relay.bazaar.example", NULL};
static const char *const to_nobody[] = {"<friend@elsewhere.example>", NULL};

static void a_finding_refuses_and_says_why(void **state)
{
	struct site site;
	struct generation *g;
	struct txn *txn;
	const struct verdict *v;

	(void)state;
	site_make(&site, SITE_PLUGIN("good"), good_rule);
	g = load(&site);
	txn = take(g, &offline, POSTERN_OUTBOUND, "<agent@seller.example>", to_market, MAIL("a Forbidden thing"));
	assert_int_equal(txn_scope(txn, false), TXN_CONCERNED);
	v = txn_judge(txn);
	assert_int_equal(v->action, ACTION_REJECT);
	assert_int_equal(v->finding_count, 1);
	assert_string_equal(v->findings[0].rule_id, "FIXTURE");
	assert_true(slice_eq_str(v->findings[0].evidence, "Forbidden"));
	assert_true(slice_eq_str(v->findings[0].where, "text"));
	assert_string_equal(v->marketplace, "market");
	assert_int_equal(v->sla, SLA_RUNS);
	assert_int_equal(v->header_count, 0);
	assert_string_equal(v->reply[0], "[FIXTURE] Message not sent: a word of the test ('Forbidden'). Policy: Market 1.");
	assert_string_equal(v->reply[1], "Leave the word out.");
	txn_free(&txn);

	txn = take(g, &offline, POSTERN_OUTBOUND, "<agent@seller.example>", to_market, MAIL("a fine thing"));
	v = txn_judge(txn);
	assert_int_equal(v->action, ACTION_PASS);
	assert_int_equal(v->sla, SLA_STOPS);
	assert_int_equal(v->header_count, 0);
	txn_free(&txn);
	generation_unref(&g);
	site_remove(&site);
}

static void what_concerns_no_marketplace_passes(void **state)
{
	struct site site;
	struct generation *g;
	struct txn *txn;
	const struct txn_strip *list;

	(void)state;
	site_make(&site, SITE_PLUGIN("good"), good_rule);
	g = load(&site);
	txn = take(g, &offline, POSTERN_OUTBOUND, "a@b.example", to_nobody, MAIL("forbidden"));
	assert_int_equal(txn_scope(txn, false), TXN_UNCONCERNED);
	assert_int_equal(txn_judge(txn)->action, ACTION_PASS);
	txn_free(&txn);
	txn = take(g, &offline, POSTERN_INBOUND, "a@b.example", to_nobody, "X-Postern-SLA-Due: x\r\n" MAIL("hello"));
	assert_int_equal(txn_scope(txn, true), TXN_STRIP);
	assert_true(txn_judge(txn)->strip_headers);
	assert_int_equal(txn_strip_list(txn, &list), 1);
	assert_string_equal(list[0].name, "X-Postern-SLA-Due");
	txn_free(&txn);
	generation_unref(&g);
	site_remove(&site);
}

/* Headers and body in pieces, as an MTA gives them, are the same message. */
static void pieces_are_the_same_as_the_whole(void **state)
{
	struct site site;
	struct generation *g;
	struct txn *txn;
	struct diag d = {0};

	(void)state;
	site_make(&site, SITE_PLUGIN("good"), good_rule);
	g = load(&site);
	txn = txn_new(g, &offline);
	txn_set_direction(txn, POSTERN_OUTBOUND);
	assert_int_equal(txn_sender(txn, "agent@seller.example", &d), 0);
	assert_int_equal(txn_recipient(txn, "c1@relay.market.example", &d), 0);
	assert_int_equal(txn_header(txn, SLICE_LIT("Subject"), SLICE_LIT(" one\n\ttwo"), &d), 0);
	/* A line end that begins no fold may not begin a header. */
	assert_int_equal(txn_header(txn, SLICE_LIT("X-Odd"), SLICE_LIT(" a\nX-Postern-Rule: b"), &d), 0);
	assert_int_equal(txn_header(txn, SLICE_LIT("x-postern-label"), SLICE_LIT(" forged"), &d), 0);
	assert_int_equal(txn_scope(txn, true), TXN_CONCERNED);
	assert_int_equal(txn_body(txn, "a for", 5, &d), 0);
	assert_int_equal(txn_body(txn, "bidden thing\r\n", 14, &d), 0);
	assert_int_equal(txn_judge(txn)->action, ACTION_REJECT);
	assert_true(txn_judge(txn)->strip_headers);
	txn_free(&txn);
	generation_unref(&g);
	site_remove(&site);
}

static void monitor_mode_changes_nothing(void **state)
{
	struct site site;
	struct generation *g;
	struct txn *txn;
	const struct verdict *v;

	(void)state;
	site_make(&site, SITE_PLUGIN("good") "rules { monitor = yes }\n", good_rule);
	g = load(&site);
	txn = take(g, &offline, POSTERN_OUTBOUND, "a@seller.example", to_market, "X-Postern-Rule: x\r\n" MAIL("forbidden"));
	v = txn_judge(txn);
	assert_int_equal(v->action, ACTION_PASS);
	assert_int_equal(v->would, ACTION_REJECT);
	assert_true(v->monitor);
	assert_int_equal(v->finding_count, 1);
	assert_false(v->strip_headers);
	assert_int_equal(v->header_count, 0);
	txn_free(&txn);
	generation_unref(&g);
	site_remove(&site);
}

static void inbound_mail_is_recognised(void **state)
{
	struct site site;
	struct generation *g;
	struct txn *txn;
	const struct verdict *v;

	(void)state;
	site_make(&site, SITE_PLUGIN("good"), good_rule);
	g = load(&site);
	txn = take(g, &offline, POSTERN_INBOUND, "bounce@relay.market.example", to_nobody,
	    "From: Jane <c1@relay.market.example>\r\nSubject: x\r\n\r\nforbidden, but not for customers\r\n");
	assert_int_equal(txn_scope(txn, false), TXN_CONCERNED);
	assert_int_equal(txn_scope(txn, true), TXN_CONCERNED);
	v = txn_judge(txn);
	assert_int_equal(v->action, ACTION_PASS);
	assert_string_equal(v->marketplace, "market");
	assert_string_equal(v->kind, "buyer");
	assert_true(v->header_count >= 4);
	txn_free(&txn);
	generation_unref(&g);
	site_remove(&site);
}

static void the_strictest_marketplace_wins(void **state)
{
	struct site site;
	struct generation *g;
	struct txn *txn;
	const struct verdict *v;

	(void)state;
	site_make(&site, SITE_PLUGIN("good"),
	    "rule \"strict\" { plugin = \"good\" direction = \"outbound\" action = \"reject\" marketplaces = { \"bazaar\" } }\n"
	    "rule \"mild\" { plugin = \"good\" direction = \"outbound\" action = \"tag\" marketplaces = { \"market\" } }\n");
	g = load(&site);
	txn = take(g, &offline, POSTERN_OUTBOUND, "a@seller.example", to_both, MAIL("forbidden"));
	v = txn_judge(txn);
	assert_int_equal(v->action, ACTION_REJECT);
	assert_int_equal(v->finding_count, 2);
	assert_string_equal(v->reply[v->reply_count - 2], "1 message to 2 recipients: the strictest rule applies to all.");
	txn_free(&txn);
	txn = take(g, &offline, POSTERN_OUTBOUND, "a@seller.example", to_market, MAIL("forbidden"));
	v = txn_judge(txn);
	assert_int_equal(v->action, ACTION_TAG);
	assert_int_equal(v->header_count, 1);
	assert_string_equal(v->headers[0].name, "X-Postern-Rule");
	assert_string_equal(v->headers[0].value, "mild");
	txn_free(&txn);
	generation_unref(&g);
	site_remove(&site);
}

/* One rule with a plugin that goes wrong when it judges: the message is deferred, and why is told. */
static void assert_deferred(const char *plugin, const char *extra, const char *id, const char *reason)
{
	char main_text[1024], rules[1024];
	struct site site;
	struct generation *g;
	struct txn *txn;
	const struct verdict *v;

	snprintf(main_text, sizeof(main_text), "plugin \"%s\" { path = \"%s/%s.so\" }\nplugin \"good\" { path = \"%s/good.so\" }\n%s\n",
	    plugin, BADPLUGINS, plugin, BADPLUGINS, extra);
	snprintf(rules, sizeof(rules), "rule \"a-bad\" { plugin = \"%s\" direction = \"outbound\" action = \"tag\" }\n"
	    "rule \"b-good\" { plugin = \"good\" direction = \"outbound\" action = \"tag\" }\n", plugin);
	site_make(&site, main_text, rules);
	g = load(&site);
	txn = take(g, &offline, POSTERN_OUTBOUND, "a@seller.example", to_market, MAIL("all is well"));
	v = txn_judge(txn);
	assert_int_equal(v->action, ACTION_DEFER);
	assert_string_equal(v->code, "451");
	assert_int_equal(v->finding_count, 1);
	assert_true(v->findings[0].error);
	assert_string_equal(v->findings[0].rule_id, id);
	assert_true(slice_case_prefix(v->findings[0].evidence, reason));
	txn_free(&txn);
	generation_unref(&g);
	site_remove(&site);
}

static void plugins_that_go_wrong_defer(void **state)
{
	(void)state;
	assert_deferred("unknown_rule_id", "", "POSTERN-ERROR", "it reported a rule id that its description does not declare");
	assert_deferred("undeclared_need", "", "POSTERN-ERROR", "it asked for what its description does not declare in needs");
	assert_deferred("tempfail", "", "POSTERN-ERROR", "it could not judge now");
	assert_deferred("fails", "", "POSTERN-ERROR", "the list of codes\\x0ais 100% gone");
	assert_deferred("slow_check", "milter { deadline = \"600ms\" }", "POSTERN-DEADLINE", "rule 'b-good' was next; rule 'a-bad' took ");
}

/* 18, 19: a header as libmilter hands it over becomes the bytes that are judged; no value can end its header. */
static void headers_are_kept_byte_by_byte(void **state)
{
	static const struct {
		const char *value, *want;
	} cases[] = {
		{" a", "X: a\r\n"}, {"a", "X:a\r\n"}, {"  a ", "X:  a \r\n"}, {"\ta", "X:\ta\r\n"}, {"", "X:\r\n"}, {" ", "X: \r\n"},
		{" a\n\tb", "X: a\r\n\tb\r\n"}, {" a\n b\n  c", "X: a\r\n b\r\n  c\r\n"}, {" a\r\n b", "X: a\r\n b\r\n"},
		{" a\nFrom: b", "X: a\r\n\tFrom: b\r\n"}, {" a\r\nFrom: b", "X: a\r\n\tFrom: b\r\n"}, {" a\n", "X: a\r\n\t\r\n"},
		{" a\n\nb", "X: a\r\n\t\r\n\tb\r\n"}, {" \xff\xc3", "X: \xff\xc3\r\n"}, {" a\rb", "X: a\rb\r\n"}, {" a:b", "X: a:b\r\n"},
		{" =?utf-8?Q?a?=\n =?utf-8?Q?b?=", "X: =?utf-8?Q?a?=\r\n =?utf-8?Q?b?=\r\n"}, {" \x1b[31m%s%n", "X: \x1b[31m%s%n\r\n"},
	};
	struct site site;
	struct generation *g;

	(void)state;
	site_make(&site, SITE_PLUGIN("good"), good_rule);
	g = load(&site);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct txn *txn = txn_new(g, &offline);
		struct diag d = {0};
		struct slice view, body = SLICE_LIT("\r\nbody\r\n");

		assert_int_equal(txn_header(txn, slice_str("X"), slice_str(cases[i].value), &d), 0);
		assert_int_equal(txn_body(txn, "body\r\n", 6, &d), 0);
		view = txn_view(txn);
		if (view.len < body.len || !slice_eq(slice_sub(view, view.len - body.len, body.len), body) ||
		    !slice_eq_str(slice_sub(view, 0, view.len - body.len), cases[i].want))
			fail_msg("case %zu: %.*s", i, (int)view.len, view.ptr);
		txn_free(&txn);
	}
	generation_unref(&g);
	site_remove(&site);
}

/* 23: the last rule, or the only one, runs past the deadline: whoever waited gave up by then, so it is no 250. */
static void the_last_rule_can_be_late_too(void **state)
{
	static const struct {
		const char *text, *action;
		enum action want;
	} cases[] = {{"all is well", "tag", ACTION_DEFER}, {"forbidden", "tag", ACTION_DEFER}, {"forbidden", "reject", ACTION_REJECT}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char rules[512], raw[512];
		struct site site;
		struct generation *g;
		struct txn *txn;
		const struct verdict *v;

		snprintf(rules, sizeof(rules), "rule \"a\" { plugin = \"good\" direction = \"outbound\" action = \"%s\" }\n"
		    "rule \"b\" { plugin = \"slow_check\" direction = \"outbound\" action = \"tag\" }\n", cases[i].action);
		site_make(&site, SITE_PLUGIN("good") SITE_PLUGIN("slow_check") "milter { deadline = \"600ms\" }", rules);
		g = load(&site);
		snprintf(raw, sizeof(raw), MAIL("%s"), cases[i].text);
		/* Two marketplaces: the finding is there once. */
		txn = take(g, &offline, POSTERN_OUTBOUND, "a@seller.example", to_both, raw);
		v = txn_judge(txn);
		assert_int_equal(v->action, cases[i].want);
		assert_string_equal(v->findings[v->finding_count - 1].rule_id, "POSTERN-DEADLINE");
		assert_int_equal(v->finding_count, strcmp(cases[i].text, "forbidden") == 0 ? 2 : 1);
		txn_free(&txn);
		generation_unref(&g);
		site_remove(&site);
	}
}

/* A check over its rule's budget is recorded, once for each call, and the verdict stays; others are not blamed. */
static void an_overrun_is_recorded(void **state)
{
	struct site site;
	struct generation *g;
	struct txn *txn;
	const struct verdict *v;
	json_t *json, *list;

	(void)state;
	site_make(&site, SITE_PLUGIN("good") SITE_PLUGIN("slow_check") "limits { rule_budget = 10ms }",
	    "rule \"fast\" { plugin = good direction = outbound action = tag budget = 10m }\n"
	    "rule \"slow\" { plugin = slow_check direction = outbound action = reject }\n"
	    "rule \"slow but known\" { plugin = slow_check direction = outbound action = reject budget = 10m }\n");
	g = load(&site);
	txn = take(g, &offline, POSTERN_OUTBOUND, "a@seller.example", to_both, MAIL("all is well"));
	v = txn_judge(txn);
	assert_int_equal(v->action, ACTION_PASS);
	assert_int_equal(v->finding_count, 0);
	assert_int_equal(v->overrun_count, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_string_equal(v->overruns[i].rule, "slow");
		assert_string_equal(v->overruns[i].plugin, "slow_check");
		assert_true(v->overruns[i].took_ms >= 699);
		assert_int_equal(v->overruns[i].budget_ms, 10);
	}
	json = verdict_json(v);
	list = json_object_get(json, "overruns");
	assert_int_equal(json_array_size(list), 2);
	assert_string_equal(json_get_str(json_array_get(list, 0), "rule"), "slow");
	assert_int_equal(json_get_int(json_array_get(list, 0), "budget_ms", 0), 10);
	json_decref(json);
	txn_free(&txn);
	generation_unref(&g);
	site_remove(&site);
}

/* A bad rule can't flood the log: a line a minute, which says how many were not told. */
static void overruns_are_told_once_a_minute(void **state)
{
	struct overrun_log log = {0};
	unsigned quiet;

	(void)state;
	assert_true(overrun_is_told(&log, 5, &quiet));
	assert_int_equal(quiet, 0);
	for (int64_t at = 5; at < 60005; at += 6000)
		assert_false(overrun_is_told(&log, at, &quiet));
	assert_true(overrun_is_told(&log, 60005, &quiet));
	assert_int_equal(quiet, 10);
	assert_false(overrun_is_told(&log, 60006, &quiet));
	assert_true(overrun_is_told(&log, 200000, &quiet));
	assert_int_equal(quiet, 1);
}

static void a_misspelt_marketplace_is_a_failed_load(void **state)
{
	struct site site;
	struct diag d = {0};

	(void)state;
	site_make(&site, SITE_PLUGIN("good"),
	    "rule \"x\" { plugin = \"good\" direction = \"outbound\" action = \"tag\" marketplaces = { \"market\", \"bazar\" } }\n");
	assert_null(generation_load(site.config, 1, &d));
	assert_non_null(strstr(d.text, "rules.d/test.conf:1: rule \"x\": there is no marketplace \"bazar\", did you mean \"bazaar\"?"));
	site_remove(&site);
}

static void on_error_is_the_rules_to_say(void **state)
{
	struct site site;
	struct generation *g;
	struct txn *txn;
	const struct verdict *v;

	(void)state;
	site_make(&site, SITE_PLUGIN("tempfail"),
	    "rule \"x\" { plugin = \"tempfail\" direction = \"outbound\" action = \"reject\" on_error = \"pass\" }\n");
	g = load(&site);
	txn = take(g, &offline, POSTERN_OUTBOUND, "a@seller.example", to_market, MAIL("hello"));
	v = txn_judge(txn);
	assert_int_equal(v->action, ACTION_PASS);
	assert_int_equal(v->finding_count, 1);
	assert_true(v->findings[0].error);
	txn_free(&txn);
	generation_unref(&g);
	site_remove(&site);
}

static void a_failing_open_is_a_failed_load(void **state)
{
	struct site site;
	struct diag d = {0};

	(void)state;
	site_make(&site, SITE_PLUGIN("failing_open"), "rule \"x\" { plugin = \"failing_open\" direction = \"outbound\" action = \"tag\" }\n");
	assert_null(generation_load(site.config, 1, &d));
	assert_non_null(strstr(d.text, "rules.d/test.conf:1: rule 'x': plugin 'failing_open' failed in open without saying why"));
	site_remove(&site);
}

static void required_fails_and_optional_is_shown(void **state)
{
	struct site site;
	struct diag d = {0};
	struct generation *g;
	json_t *plugins;

	(void)state;
	site_make(&site, SITE_PLUGIN("wrong_major"), "");
	assert_null(generation_load(site.config, 1, &d));
	assert_non_null(strstr(d.text, "is for plugin interface 2.0, this Postern has 1.5"));
	site_remove(&site);
	site_make(&site, "plugin \"wrong_major\" { path = \"" BADPLUGINS "/wrong_major.so\" optional = yes }\n",
	    "rule \"x\" { plugin = \"wrong_major\" direction = \"outbound\" action = \"tag\" }\n");
	g = load(&site);
	plugins = generation_plugins_json(g);
	assert_false(json_is_true(json_object_get(json_array_get(plugins, 0), "loaded")));
	assert_non_null(strstr(json_get_str(json_array_get(plugins, 0), "problem"), "interface 2.0"));
	json_decref(plugins);
	generation_unref(&g);
	site_remove(&site);
}

static void rules_are_tested_by_their_own_words(void **state)
{
	struct site site;
	struct diag d = {0};
	struct generation *g;
	size_t run = 0;

	(void)state;
	site_make(&site, SITE_PLUGIN("good"), good_rule);
	g = load(&site);
	assert_int_equal(generation_test_rules(g, &run, &d), 0);
	assert_int_equal(run, 2);
	generation_unref(&g);
	site_write(&site, "rules.d/test.conf", "rule \"words\" { plugin = \"good\" direction = \"outbound\" action = \"tag\"\n"
	    "tests { fail = { \"a fine word\" } ok = { \"a forbidden word\" } } }\n");
	g = load(&site);
	assert_int_equal(generation_test_rules(g, &run, &d), -1);
	assert_int_equal(d.count, 2);
	assert_non_null(strstr(d.text, "rule 'words': its test 'a fine word' should fail, but nothing was found"));
	assert_non_null(strstr(d.text, "rule 'words': its test 'a forbidden word' should be ok, but something was found"));
	generation_unref(&g);
	site_remove(&site);
}

static void bounces_of_the_mta_are_never_refused(void **state)
{
	struct site site;
	struct generation *g;
	struct txn *txn;
	const struct txn_client agent = {.client = "192.0.2.1", .account = "agent"};
	struct diag d = {0};

	(void)state;
	site_make(&site, SITE_PLUGIN("good"), good_rule);
	g = load(&site);
	txn = take(g, &offline, POSTERN_OUTBOUND, "", to_market, "From: MAILER-DAEMON@seller.example\r\nSubject: x\r\n"
	    "Content-Type: text/plain\r\n\r\nforbidden\r\n");
	assert_int_equal(txn_judge(txn)->action, ACTION_TAG);
	assert_int_equal(txn_judge(txn)->sla, SLA_RUNS);
	txn_free(&txn);
	/* The null sender alone exempts nobody, nor does looking like a bounce. */
	txn = take(g, &offline, POSTERN_OUTBOUND, "<>", to_market, MAIL("forbidden"));
	assert_int_equal(txn_judge(txn)->action, ACTION_REJECT);
	txn_free(&txn);
	txn = take(g, &offline, POSTERN_OUTBOUND, "<>", to_market, "From: MAILER-DAEMON@seller.example\r\n\r\nforbidden\r\n");
	assert_int_equal(txn_set_client(txn, &agent, &d), 0);
	assert_int_equal(txn_judge(txn)->action, ACTION_REJECT);
	txn_free(&txn);
	generation_unref(&g);
	site_remove(&site);
}

static void little_memory_defers(void **state)
{
	struct site site;
	struct generation *g;
	struct txn *txn;
	struct buf raw = {0};
	const struct verdict *v;

	(void)state;
	site_make(&site, SITE_PLUGIN("good") "limits { memory = \"1M\" }\n", good_rule);
	g = load(&site);
	buf_add_str(&raw, "Subject: x\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n");
	for (int i = 0; i < 60000; i++)
		buf_add_str(&raw, "a line that is not worth much, but there are many of=20it\r\n");
	txn = take(g, &offline, POSTERN_OUTBOUND, "a@seller.example", to_market, raw.data);
	v = txn_judge(txn);
	assert_int_equal(v->action, ACTION_DEFER);
	assert_string_equal(v->code, "451");
	assert_string_equal(v->id, txn_id(txn));
	txn_free(&txn);
	buf_free(&raw);
	generation_unref(&g);
	site_remove(&site);
}

static void poison_is_held_unjudged(void **state)
{
	struct site site;
	struct generation *g;
	struct txn *txn;

	(void)state;
	site_make(&site, SITE_PLUGIN("crash"), "rule \"x\" { plugin = \"crash\" direction = \"outbound\" action = \"tag\" }\n");
	g = load(&site);
	txn = take(g, &offline, POSTERN_OUTBOUND, "a@seller.example", to_market, MAIL("a"));
	txn_set_poison(txn, "crash");
	assert_int_equal(txn_judge(txn)->action, ACTION_HOLD);
	assert_string_equal(txn_judge(txn)->findings[0].rule_id, "POSTERN-POISON");
	txn_free(&txn);
	generation_unref(&g);
	site_remove(&site);
}

/* A pipe that outlives the child: what was announced before the plugin ran. */
static void announce(void *arg, const char *plugin, const char *id, const char *digest)
{
	const int *fd = arg;

	(void)id;
	if (write(*fd, plugin, strlen(plugin)) < 0 || strlen(digest) != 64)
		_exit(99);
}

/* What kills the process was announced before, so that whoever starts it again knows whom to blame. */
static void a_killer_is_announced_first(void **state)
{
	static const char *const plugins[] = {"crash", "exit"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		char main_text[512], rules[512], said[32] = "";
		struct site site;
		int fds[2], status;
		pid_t pid;

		snprintf(main_text, sizeof(main_text), "plugin \"%s\" { path = \"%s/%s.so\" }\n", plugins[i], BADPLUGINS, plugins[i]);
		snprintf(rules, sizeof(rules), "rule \"x\" { plugin = \"%s\" direction = \"outbound\" action = \"tag\" }\n", plugins[i]);
		site_make(&site, main_text, rules);
		assert_int_equal(pipe(fds), 0);
		pid = fork();
		if (pid == 0) {
			/* cmocka's handler would go on with the next test in the child. */
			signal(SIGSEGV, SIG_DFL);
			struct txn_services services = {.clock = &clock_system, .plugin_enter = announce, .arg = &fds[1]};
			struct diag d = {0};
			struct generation *g = generation_load(site.config, 1, &d);
			struct txn *txn = g != NULL ? txn_new(g, &services) : NULL;

			if (txn == NULL)
				_exit(98);
			txn_set_direction(txn, POSTERN_OUTBOUND);
			txn_recipient(txn, "c1@relay.market.example", &d);
			txn_raw(txn, SLICE_LIT("Subject: x\r\n\r\ny\r\n"), &d);
			txn_judge(txn);
			_exit(97); /* it came back */
		}
		close(fds[1]);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status) || (WEXITSTATUS(status) != 0 && WEXITSTATUS(status) < 97));
		assert_true(read(fds[0], said, sizeof(said) - 1) > 0);
		assert_string_equal(said, plugins[i]);
		close(fds[0]);
		site_remove(&site);
	}
}

static void a_retry_has_the_same_digest(void **state)
{
	struct site site;
	struct generation *g;
	struct txn *a, *b, *c;

	(void)state;
	site_make(&site, SITE_PLUGIN("good"), good_rule);
	g = load(&site);
	a = take(g, &offline, POSTERN_OUTBOUND, "<a@seller.example>", to_market, MAIL("hello"));
	b = take(g, &offline, POSTERN_OUTBOUND, "a@seller.example", to_market, MAIL("hello"));
	c = take(g, &offline, POSTERN_OUTBOUND, "a@seller.example", to_both, MAIL("hello"));
	assert_string_equal(txn_digest(a), txn_digest(b));
	assert_string_not_equal(txn_digest(a), txn_digest(c));
	assert_string_not_equal(txn_id(a), txn_id(b));
	txn_free(&a);
	txn_free(&b);
	txn_free(&c);
	generation_unref(&g);
	site_remove(&site);
}

static int last_event(void *arg, const json_t *event)
{
	json_t **out = arg;

	if (strcmp(json_get_str(event, "event"), "message") == 0) {
		json_decref(*out);
		*out = json_deep_copy(event);
	}
	return 0;
}

static void decisions_are_recorded_before_they_count(void **state)
{
	struct site site;
	struct generation *g;
	struct txn *txn;
	struct txn_services services = {.clock = &clock_system};
	struct diag d = {0};
	char dir[128];
	const struct verdict *v;
	json_t *event = NULL;

	(void)state;
	site_make(&site, SITE_PLUGIN("good"), good_rule);
	snprintf(dir, sizeof(dir), "%s/audit", site.dir);
	services.audit = audit_open(&(struct audit_config){.dir = dir}, NULL, NULL, &d);
	assert_non_null(services.audit);
	g = load(&site);
	txn = take(g, &services, POSTERN_OUTBOUND, "<agent@seller.example>", to_both, MAIL("a forbidden thing"));
	assert_int_equal(txn_record(txn, &v, &d), 0);
	assert_int_equal(v->action, ACTION_REJECT);
	assert_int_equal(audit_read(dir, 1, last_event, &event, &d), 0);
	assert_string_equal(json_get_str(event, "id"), txn_id(txn));
	assert_string_equal(json_get_str(event, "direction"), "out");
	assert_string_equal(json_get_str(event, "action"), "reject");
	assert_string_equal(json_get_str(event, "subject"), "Your order");
	assert_string_equal(json_get_str(event, "from"), "agent@seller.example");
	assert_string_equal(json_get_str(event, "from_name"), "Agent");
	assert_false(json_is_true(json_object_get(event, "answers")));
	assert_string_equal(json_get_str(json_object_get(event, "sla"), "change"), "runs");
	assert_string_equal(json_string_value(json_array_get(json_object_get(event, "threads"), 0)), "market:c1@relay.market.example");
	assert_string_equal(json_string_value(json_array_get(json_object_get(event, "threads"), 1)), "bazaar:c2@relay.bazaar.example");
	assert_string_equal(json_get_str(json_array_get(json_object_get(event, "findings"), 0), "evidence"), "forbidden");
	json_decref(event);
	txn_free(&txn);
	generation_unref(&g);
	audit_close(&services.audit);
	site_remove(&site);
}

/* With redaction set nothing of the customer's or agent's stands in the log, and the thread can still be joined. */
static void redacted_before_it_is_written(void **state)
{
	static const char *const secrets[] = {"agent@seller", "c1@relay", "Your order", "forbidden", "Agent"};
	struct audit_redact redact = {.addresses = true, .text = true, .key = SLICE_LIT("0123456789abcdef0123456789abcdef")};
	struct txn_services services = {.clock = &clock_system, .redact = &redact};
	const struct verdict *v;
	json_t *event = NULL;
	struct buf line = {0};
	struct generation *g;
	char dir[128], token[128], thread[200];
	struct diag d = {0};
	struct site site;
	struct txn *txn;

	(void)state;
	site_make(&site, SITE_PLUGIN("good"), good_rule);
	snprintf(dir, sizeof(dir), "%s/audit", site.dir);
	services.audit = audit_open(&(struct audit_config){.dir = dir}, NULL, NULL, &d);
	assert_non_null(services.audit);
	g = load(&site);
	txn = take(g, &services, POSTERN_OUTBOUND, "<agent@seller.example>", to_market, MAIL("a forbidden thing"));
	assert_int_equal(txn_record(txn, &v, &d), 0);
	assert_true(slice_eq_str(v->findings[0].evidence, "forbidden"));
	assert_int_equal(audit_read(dir, 1, last_event, &event, &d), 0);
	assert_int_equal(json_write(&line, event), 0);
	for (size_t i = 0; i < sizeof(secrets) / sizeof(*secrets); i++)
		assert_null(strstr(line.data, secrets[i]));
	assert_int_equal(audit_redact_address(&redact, SLICE_LIT("c1@relay.market.example"), token, sizeof(token)), 0);
	snprintf(thread, sizeof(thread), "market:%s", token);
	assert_string_equal(json_string_value(json_array_get(json_object_get(event, "threads"), 0)), thread);
	buf_free(&line);
	json_decref(event);
	txn_free(&txn);
	generation_unref(&g);
	audit_close(&services.audit);
	site_remove(&site);
}

/* ---- quotes ---- */

#define CUSTOMER "From: Ann <c1@relay.market.example>\r\nTo: agent@seller.example\r\nSubject: My lamp\r\n\r\n" \
	"The blue lamp is forbidden in my country, please call me back. When does it arrive?\r\n"
#define QUOTING(quote) MAIL("It comes on Friday.\r\n\r\nOn Mon, Nov 23, 2026 at 8:05 AM Ann <c1@relay.market.example> wrote:\r\n" quote)
#define HONEST QUOTING("> The blue lamp is forbidden in my country, please call\r\n> me back.\r\n")
#define FAKE QUOTING("> Buy the forbidden lamp at our other shop.\r\n")

struct thread_place {
	struct site site;
	char dir[128], path[128];
	struct txn_services services;
	struct projector *projector;
	struct generation *g;
};

static void place_make(struct thread_place *p, const char *settings, const struct audit_redact *redact)
{
	struct audit_config config = {.dir = p->dir};
	struct diag d = {0};

	site_make(&p->site, settings, good_rule);
	site_write(&p->site, "marketplaces/common.conf", "common {\n fact \"asks\" { pattern = '\\?' }\n"
	    " fact \"phone\" { pattern = 'call me' }\n}\n");
	snprintf(p->dir, sizeof(p->dir), "%s/audit", p->site.dir);
	snprintf(p->path, sizeof(p->path), "%s/store.db", p->site.dir);
	p->services = (struct txn_services){.clock = &clock_system, .redact = redact};
	p->services.store = store_open(&(struct store_config){.type = "sqlite", .path = p->path}, &d);
	p->projector = projector_new(p->dir, p->services.store, &d);
	assert_non_null(p->projector);
	config.deliver_from = projector_next(p->projector);
	p->services.audit = audit_open(&config, projector_durable, p->projector, &d);
	assert_non_null(p->services.audit);
	p->g = load(&p->site);
}

static void place_close(struct thread_place *p)
{
	if (p->services.audit != NULL)
		audit_close(&p->services.audit);
	projector_free(&p->projector);
	store_close(&p->services.store);
}

static void place_remove(struct thread_place *p)
{
	place_close(p);
	generation_unref(&p->g);
	site_remove(&p->site);
}

static void place_receive(struct thread_place *p)
{
	static const char *const to_us[] = {"<agent@seller.example>", NULL};
	struct txn *txn = take(p->g, &p->services, POSTERN_INBOUND, "<c1@relay.market.example>", to_us, CUSTOMER);
	const struct verdict *v;
	struct diag d = {0};

	assert_int_equal(txn_scope(txn, true), TXN_CONCERNED);
	assert_int_equal(txn_record(txn, &v, &d), 0);
	for (int i = 0; projector_next(p->projector) < 2 && i < 6000; i++)
		usleep(10000);
	txn_free(&txn);
}

/* The action for an answer, and whether it has the label. */
static enum action place_answer(struct thread_place *p, const char *raw, bool *labelled_r, struct postern_inbound *inbound_r)
{
	struct txn *txn = take(p->g, &p->services, POSTERN_OUTBOUND, "<agent@seller.example>", to_market, raw);
	const struct verdict *v = txn_judge(txn);
	enum action action = v->action;
	struct diag d = {0};

	*labelled_r = false;
	for (size_t i = 0; i < v->label_count; i++)
		*labelled_r = *labelled_r || strcmp(v->labels[i], "Quote-Unverified") == 0;
	if (inbound_r != NULL) {
		assert_int_equal(answered_load(&txn->judging, &d), 0);
		*inbound_r = txn->judging.inbound;
	}
	txn_free(&txn);
	return action;
}

static void quotes_are_compared_with_the_thread(void **state)
{
	static const struct audit_redact redact = {.addresses = true, .text = true, .key = {"0123456789abcdef", 16}};
	struct thread_place p = {0};
	struct postern_inbound inbound;
	struct diag d = {0};
	int64_t events;
	bool labelled;

	(void)state;
	for (int secret = 0; secret < 2; secret++) {
		place_make(&p, SITE_PLUGIN("good"), secret ? &redact : NULL);
		assert_int_equal(place_answer(&p, FAKE, &labelled, &inbound), ACTION_PASS);
		assert_true(labelled && !inbound.known);
		place_receive(&p);
		assert_int_equal(place_answer(&p, HONEST, &labelled, &inbound), ACTION_PASS);
		assert_true(!labelled && inbound.known && inbound.asks && inbound.gave_phone);
		assert_int_equal(place_answer(&p, FAKE, &labelled, NULL), ACTION_REJECT);
		assert_false(labelled);
		/* The log alone gives it back. */
		place_close(&p);
		assert_int_equal(projector_rebuild(p.dir, &(struct store_config){.type = "sqlite", .path = p.path}, &events, &d), 0);
		p.services.store = store_open(&(struct store_config){.type = "sqlite", .path = p.path}, &d);
		assert_int_equal(place_answer(&p, FAKE, &labelled, NULL), ACTION_REJECT);
		assert_int_equal(place_answer(&p, HONEST, &labelled, NULL), ACTION_PASS);
		/* Another key can't tell, so nothing is called new. */
		p.services.redact = secret ? &(struct audit_redact){.addresses = true, .key = SLICE_LIT("another key, but long")} : NULL;
		if (secret)
			assert_int_equal(place_answer(&p, FAKE, &labelled, NULL), ACTION_PASS);
		place_remove(&p);
	}
}

/* A store that is away defers an answer with a quote, and no other. */
static void a_store_that_is_away_defers_quotes(void **state)
{
	struct thread_place p = {0};
	bool labelled;

	(void)state;
	place_make(&p, SITE_PLUGIN("good"), NULL);
	place_receive(&p);
	audit_close(&p.services.audit);
	projector_free(&p.projector);
	store_close(&p.services.store);
	p.services.store = store_open(&(struct store_config){.type = "sqlite", .path = p.path}, &(struct diag){0});
	assert_int_equal(unlink(p.path), 0);
	assert_int_equal(place_answer(&p, HONEST, &labelled, NULL), ACTION_DEFER);
	assert_int_equal(place_answer(&p, MAIL("a fine thing"), &labelled, NULL), ACTION_PASS);
	place_remove(&p);
}

static void what_is_unknown_is_the_sites_to_say(void **state)
{
	struct thread_place p = {0};
	bool labelled;

	(void)state;
	place_make(&p, SITE_PLUGIN("good") "rules { unverified_quotes = judge }\n", NULL);
	assert_int_equal(place_answer(&p, FAKE, &labelled, NULL), ACTION_REJECT);
	assert_false(labelled);
	place_remove(&p);
	place_make(&p, SITE_PLUGIN("good") "rules { unverified_quotes = pass }\n", NULL);
	assert_int_equal(place_answer(&p, FAKE, &labelled, NULL), ACTION_PASS);
	assert_false(labelled);
	place_remove(&p);
}

/* "policy.ID" and "advice.ID" of the marketplace go before the rule's. */
static void a_marketplace_has_its_own_policy(void **state)
{
	struct site site;
	struct generation *g;
	struct txn *txn;
	const struct verdict *v;

	(void)state;
	site_make(&site, SITE_PLUGIN("good"), good_rule);
	site_write(&site, "marketplaces/agora.conf", "marketplace \"agora\" {\n domains = { \"relay.agora.example\" }\n relay_domains = { \"relay.agora.example\" }\n"
	    "	value \"policy.FIXTURE\" { value = \"Agora 7\" since = \"2020-01-01\" source = \"test\" }\n"
	    "	value \"advice.FIXTURE\" { value = \"Ask us.\" since = \"2020-01-01\" source = \"test\" }\n}\n");
	g = load(&site);
	txn = take(g, &offline, POSTERN_OUTBOUND, "<agent@seller.example>", (const char *const[]){"c@relay.agora.example", NULL}, MAIL("a forbidden thing"));
	v = txn_judge(txn);
	assert_string_equal(v->findings[0].policy, "Agora 7");
	assert_string_equal(v->findings[0].advice, "Ask us.");
	txn_free(&txn);
	txn = take(g, &offline, POSTERN_OUTBOUND, "<agent@seller.example>", to_market, MAIL("a forbidden thing"));
	v = txn_judge(txn);
	assert_string_equal(v->findings[0].policy, "Market 1");
	txn_free(&txn);
	generation_unref(&g);
	site_remove(&site);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quotes_are_compared_with_the_thread),
		cmocka_unit_test(a_store_that_is_away_defers_quotes),
		cmocka_unit_test(what_is_unknown_is_the_sites_to_say),
		cmocka_unit_test(a_marketplace_has_its_own_policy),
		cmocka_unit_test(redacted_before_it_is_written),
		cmocka_unit_test(a_finding_refuses_and_says_why),
		cmocka_unit_test(what_concerns_no_marketplace_passes),
		cmocka_unit_test(pieces_are_the_same_as_the_whole),
		cmocka_unit_test(monitor_mode_changes_nothing),
		cmocka_unit_test(inbound_mail_is_recognised),
		cmocka_unit_test(the_strictest_marketplace_wins),
		cmocka_unit_test(plugins_that_go_wrong_defer),
		cmocka_unit_test(headers_are_kept_byte_by_byte),
		cmocka_unit_test(the_last_rule_can_be_late_too),
		cmocka_unit_test(an_overrun_is_recorded),
		cmocka_unit_test(overruns_are_told_once_a_minute),
		cmocka_unit_test(a_misspelt_marketplace_is_a_failed_load),
		cmocka_unit_test(on_error_is_the_rules_to_say),
		cmocka_unit_test(a_failing_open_is_a_failed_load),
		cmocka_unit_test(required_fails_and_optional_is_shown),
		cmocka_unit_test(rules_are_tested_by_their_own_words),
		cmocka_unit_test(bounces_of_the_mta_are_never_refused),
		cmocka_unit_test(little_memory_defers),
		cmocka_unit_test(poison_is_held_unjudged),
		cmocka_unit_test(a_killer_is_announced_first),
		cmocka_unit_test(a_retry_has_the_same_digest),
		cmocka_unit_test(decisions_are_recorded_before_they_count),
	};

	hash_init();
	message_init();
	url_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
