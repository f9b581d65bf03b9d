/* SPDX-License-Identifier: BSD-2-Clause */
/* Mail to people at no marketplace: read only where a rule asks for it, and judged without a profile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/json.h"
#include "engine/txn_internal.h"
#include "mail.h"
#include "mail/message.h"
#include "mail/url.h"
#include "site.h"

static const char numbers[] =
	"marketplace \"market\" { id \"order\" { pattern = '\\bM-\\d{6}\\b' } }\n"
	"marketplace \"bazaar\" { id \"po\" { pattern = '\\bB-\\d{4}\\b' } }\n";
static const char rule[] = "rule \"r\" { plugin = \"outside\" direction = \"outbound\" action = \"reject\" }\n";
static const char *const to_private[] = {"jane@mail.example", NULL};
static const char *const to_mixed[] = {"jane@mail.example", "c1@relay.market.example", NULL};
static const char *const to_nobody[] = {NULL};

static void make(struct site *site, const char *extra, const char *rules)
{
	char text[1024];

	snprintf(text, sizeof(text), SITE_PLUGIN("outside") SITE_PLUGIN("choosy") SITE_PLUGIN("good") "%s", extra);
	site_make(site, text, rules);
	site_make_dir(site, "shipped/marketplaces");
	site_write(site, "shipped/marketplaces/numbers.conf", numbers);
}

static void end(struct txn **txn, struct generation **g, struct site *site)
{
	txn_free(txn);
	generation_unref(g);
	site_remove(site);
}

static void a_rule_that_asks_sees_it(void **state)
{
	struct site site;
	struct generation *g;
	struct txn *txn;
	const struct verdict *v;
	json_t *json;

	(void)state;
	make(&site, "", rule);
	g = load(&site);
	txn = take(g, &offline, POSTERN_OUTBOUND, "a@seller.example", to_private, MAIL("forbidden, as for B-1234"));
	assert_int_equal(txn_scope(txn, false), TXN_CONCERNED);
	assert_int_equal(txn_scope(txn, true), TXN_CONCERNED);
	v = txn_judge(txn);
	assert_int_equal(v->action, ACTION_REJECT);
	assert_int_equal(v->finding_count, 1);
	assert_memory_equal(v->findings[0].evidence.ptr, "direction 4 of '' to '', language '', market's 'en', 1 ids, first 'po'",
	    v->findings[0].evidence.len);
	assert_null(v->findings[0].marketplace);
	assert_null(v->marketplace);
	assert_true(v->outside);
	assert_int_equal(v->sla, SLA_NONE);
	assert_false(v->answers);
	json = verdict_json(v);
	assert_string_equal(json_get_str(json, "direction"), "out");
	assert_true(json_is_null(json_object_get(json, "marketplace")));
	json_decref(json);
	end(&txn, &g, &site);
}

static void a_tag_stands_in_the_header(void **state)
{
	struct site site;
	struct generation *g;
	struct txn *txn;
	const struct verdict *v;

	(void)state;
	make(&site, "", "rule \"r\" { plugin = \"outside\" direction = \"outside\" action = \"tag\" }\n");
	g = load(&site);
	txn = take(g, &offline, POSTERN_OUTBOUND, "a@seller.example", to_private, MAIL("forbidden"));
	v = txn_judge(txn);
	assert_int_equal(v->action, ACTION_TAG);
	assert_int_equal(v->header_count, 1);
	assert_string_equal(v->headers[0].name, "X-Postern-Rule");
	txn_free(&txn);
	/* Only outside: a marketplace's customer is none of its business. */
	txn = take(g, &offline, POSTERN_OUTBOUND, "a@seller.example", to_mixed, MAIL("forbidden"));
	assert_int_equal(txn_judge(txn)->action, ACTION_PASS);
	end(&txn, &g, &site);
}

/* One customer of a marketplace among them makes it outbound mail. */
static void mixed_recipients_are_outbound(void **state)
{
	struct site site;
	struct generation *g;
	struct txn *txn;
	const struct verdict *v;

	(void)state;
	make(&site, "", rule);
	g = load(&site);
	txn = take(g, &offline, POSTERN_OUTBOUND, "a@seller.example", to_mixed, MAIL("forbidden M-123456"));
	v = txn_judge(txn);
	assert_int_equal(v->finding_count, 1);
	assert_non_null(memmem(v->findings[0].evidence.ptr, v->findings[0].evidence.len, "direction 2 of 'market'", 23));
	assert_string_equal(v->marketplace, "market");
	assert_false(v->outside);
	end(&txn, &g, &site);
}

static void assert_unread(const char *extra, const char *rules, unsigned direction, const char *const *to)
{
	struct site site;
	struct generation *g;
	struct txn *txn;

	make(&site, extra, rules);
	g = load(&site);
	txn = take(g, &offline, direction, "a@seller.example", to, MAIL("forbidden"));
	assert_int_equal(txn_scope(txn, true), TXN_UNCONCERNED);
	assert_int_equal(txn_judge(txn)->action, ACTION_PASS);
	assert_false(txn_judge(txn)->outside);
	end(&txn, &g, &site);
}

static void otherwise_it_stays_unread(void **state)
{
	(void)state;
	/* No rule looks there. */
	assert_unread("", "rule \"r\" { plugin = \"good\" direction = \"outbound\" action = \"reject\" }\n", POSTERN_OUTBOUND, to_private);
	assert_unread("", "rule \"r\" { plugin = \"outside\" direction = \"outbound\" action = \"reject\" enabled = no }\n",
	    POSTERN_OUTBOUND, to_private);
	/* The site wants none to. */
	assert_unread("direction { outside = no }\n", rule, POSTERN_OUTBOUND, to_private);
	assert_unread("", rule, POSTERN_INBOUND, to_private);
	assert_unread("", rule, POSTERN_OUTBOUND, to_nobody);
}

/* What other rules would find, and what could not be read, is no matter of mail to elsewhere. */
static void nothing_else_is_judged(void **state)
{
	struct site site;
	struct generation *g;
	struct txn *txn;
	const struct verdict *v;

	(void)state;
	make(&site, "limits { opaque_action = reject }\n",
	    "rule \"r\" { plugin = \"outside\" direction = \"outside\" action = \"reject\" }\n"
	    "rule \"w\" { plugin = \"good\" direction = \"outbound\" action = \"reject\" }\n"
	    "rule \"m\" { plugin = \"outside\" direction = \"outbound\" action = \"reject\" marketplaces = { market } }\n");
	g = load(&site);
	txn = take(g, &offline, POSTERN_OUTBOUND, "a@seller.example", to_private,
	    "From: a@seller.example\r\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data\r\n\r\nforbidden\r\n");
	v = txn_judge(txn);
	assert_int_equal(v->action, ACTION_PASS);
	assert_int_equal(v->finding_count, 1);
	assert_string_equal(v->findings[0].rule_id, "POSTERN-OPAQUE");
	assert_int_equal(v->findings[0].action, ACTION_PASS);
	end(&txn, &g, &site);
}

/* What is asked before the body comes, and what follows: header stands in the message. */
static enum txn_scope scope_with(const char *rules, const char *header, enum action action)
{
	enum txn_scope scope;
	struct site site;
	struct generation *g;
	struct txn *txn;
	char mail[300];

	snprintf(mail, sizeof(mail), "From: a@seller.example\r\n%s\r\nforbidden\r\n", header);
	make(&site, "", rules);
	g = load(&site);
	txn = take(g, &offline, POSTERN_OUTBOUND, "a@seller.example", to_private, mail);
	assert_int_equal(txn_scope(txn, false), TXN_CONCERNED);
	scope = txn_scope(txn, true);
	assert_int_equal(txn_scope(txn, true), scope);
	if (scope == TXN_CONCERNED) {
		/* What went wrong before is forgotten: it is judged as ever. */
		assert_int_equal(txn_judge(txn)->action, action);
		assert_int_equal(txn_judge(txn)->label_count, 0);
		assert_int_equal(txn_judge(txn)->finding_count, 1);
	}
	end(&txn, &g, &site);
	return scope;
}

static void what_no_rule_wants_stays_unread(void **state)
{
	static const char choosy[] = "rule \"c\" { plugin = \"choosy\" direction = \"outbound\" action = \"reject\" }\n";
	static const char both[] = "rule \"c\" { plugin = \"choosy\" direction = \"outside\" action = \"reject\" }\n"
	    "rule \"r\" { plugin = \"outside\" direction = \"outbound\" action = \"tag\" marketplaces = { market } }\n";
	static const char all[] = "rule \"c\" { plugin = \"choosy\" direction = \"outbound\" action = \"reject\" enabled = no }\n"
	    "rule \"r\" { plugin = \"outside\" direction = \"outbound\" action = \"hold\" }\n";

	(void)state;
	assert_int_equal(scope_with(choosy, "", ACTION_PASS), TXN_UNCONCERNED);
	assert_int_equal(scope_with(choosy, "X-Choosy: no\r\n", ACTION_PASS), TXN_UNCONCERNED);
	assert_int_equal(scope_with(choosy, "X-Choosy: search aa!\r\n", ACTION_PASS), TXN_UNCONCERNED);
	assert_int_equal(scope_with(choosy, "X-Postern-Rule: forged\r\n", ACTION_PASS), TXN_STRIP);
	assert_int_equal(scope_with(choosy, "X-Choosy: want\r\n", ACTION_REJECT), TXN_CONCERNED);
	/* A rule for one marketplace's mail is not asked; one that can't be asked wants all. */
	assert_int_equal(scope_with(both, "", ACTION_PASS), TXN_UNCONCERNED);
	assert_int_equal(scope_with(all, "", ACTION_HOLD), TXN_CONCERNED);
}

static void who_can_not_say_reads_it(void **state)
{
	static const char choosy[] = "rule \"c\" { plugin = \"choosy\" direction = \"outbound\" action = \"reject\" }\n";
	static const char *const wrong[] = {"read", "report", "label", "fail",
	    "search aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"};
	char header[120];

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		snprintf(header, sizeof(header), "X-Choosy: %s\r\n", wrong[i]);
		assert_int_equal(scope_with(choosy, header, ACTION_REJECT), TXN_CONCERNED);
	}
}

/* Blamed for a crash, a plugin is not asked again; the blame is the envelope's and the headers'. */
static void a_plugin_is_spared(void **state)
{
	static const char mail[] = "From: a@seller.example\r\nX-Choosy: no\r\n\r\n";
	struct site site;
	struct generation *g;
	struct txn *txn, *other;

	(void)state;
	make(&site, "", "rule \"c\" { plugin = \"choosy\" direction = \"outbound\" action = \"reject\" }\n");
	g = load(&site);
	txn = take(g, &offline, POSTERN_OUTBOUND, "a@seller.example", to_private, mail);
	txn_set_wanted(txn);
	assert_int_equal(txn_scope(txn, true), TXN_CONCERNED);
	assert_int_equal(txn_judge(txn)->action, ACTION_PASS);
	other = take(g, &offline, POSTERN_OUTBOUND, "a@seller.example", to_private,
	    "From: a@seller.example\r\nX-Choosy: no\r\n\r\nanother body\r\n");
	assert_string_equal(txn_head_digest(txn), txn_head_digest(other));
	assert_string_not_equal(txn_digest(txn), txn_digest(other));
	txn_free(&other);
	other = take(g, &offline, POSTERN_OUTBOUND, "b@seller.example", to_private, mail);
	assert_string_not_equal(txn_head_digest(txn), txn_head_digest(other));
	txn_free(&other);
	end(&txn, &g, &site);
}

static void the_rules_tests_run_there(void **state)
{
	struct site site;
	struct generation *g;
	struct diag d = {0};
	size_t run;

	(void)state;
	make(&site, "", "rule \"r\" { plugin = \"outside\" direction = \"outside\" action = \"reject\"\n"
	    " tests { fail = { \"forbidden\" } ok = { \"a fine word\" } } }\n");
	g = load(&site);
	assert_int_equal(generation_test_rules(g, &run, &d), 0);
	assert_int_equal(run, 2);
	generation_unref(&g);
	site_remove(&site);
}

static void a_rule_that_can_not_is_refused(void **state)
{
	static const struct {
		const char *rule, *want;
	} cases[] = {
		{"rule \"r\" { plugin = \"good\" direction = \"outside\" action = \"tag\" }\n",
		    "rules.d/test.conf:1: rule \"r\": plugin \"good\" judges outbound mail only"},
		{"rule \"r\" { plugin = \"outside\" direction = \"outside\" action = \"tag\" marketplaces = { market } }\n",
		    "rules.d/test.conf:1: rule \"r\": mail outside of marketplaces is of none: 'marketplaces' would switch the rule off"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct site site;
		struct diag d = {0};

		make(&site, "", cases[i].rule);
		assert_null(generation_load(site.config, 1, &d));
		assert_non_null(strstr(d.text, cases[i].want));
		site_remove(&site);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rule_that_asks_sees_it),
		cmocka_unit_test(a_tag_stands_in_the_header),
		cmocka_unit_test(mixed_recipients_are_outbound),
		cmocka_unit_test(otherwise_it_stays_unread),
		cmocka_unit_test(nothing_else_is_judged),
		cmocka_unit_test(what_no_rule_wants_stays_unread),
		cmocka_unit_test(who_can_not_say_reads_it),
		cmocka_unit_test(a_plugin_is_spared),
		cmocka_unit_test(the_rules_tests_run_there),
		cmocka_unit_test(a_rule_that_can_not_is_refused),
	};

	hash_init();
	url_init();
	message_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
