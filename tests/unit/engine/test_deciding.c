/* SPDX-License-Identifier: BSD-2-Clause */
/* What a site says of its own mail: exemptions with their ends, trials, weak findings, senders that show nobody a refusal. */
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

static const char *const to_one[] = {"c1@relay.market.example", NULL};
static const char *const to_two[] = {"c1@relay.market.example", "c2@relay.market.example", NULL};
static const char *const to_both[] = {"c1@relay.market.example", "c2@relay.bazaar.example", "friend@elsewhere.example", NULL};

struct scene {
	struct site site;
	struct generation *g;
	struct txn *txn;
	struct clock clock;
	struct txn_services services;
	const struct verdict *v;
};

/* settings: the content of rules { }; keys: of a rule that rejects unless they say otherwise. */
static void begin(struct scene *s, const char *settings, const char *keys)
{
	char main_text[600], rules[600];

	snprintf(main_text, sizeof(main_text), SITE_PLUGIN("marks") "rules { %s }\n", settings);
	snprintf(rules, sizeof(rules), "rule \"r\" { plugin = marks direction = outbound %s %s }\n",
	    strstr(keys, "action") != NULL ? "" : "action = reject", keys);
	site_make(&s->site, main_text, rules);
	s->g = load(&s->site);
	s->txn = NULL;
}

static enum action judge(struct scene *s, const char *day, const char *from, const char *const *to, const struct txn_client *client,
    bool can_hold)
{
	struct diag d = {0};
	int64_t at;

	assert_int_equal(clock_parse(day, &at), 0);
	s->clock = clock_fixed(at);
	s->services = (struct txn_services){.clock = &s->clock};
	txn_free(&s->txn);
	s->txn = take(s->g, &s->services, POSTERN_OUTBOUND, from, to, MAIL("forbidden"));
	if (client != NULL)
		assert_int_equal(txn_set_client(s->txn, client, &d), 0);
	txn_set_can_hold(s->txn, can_hold);
	s->v = txn_judge(s->txn);
	return s->v->action;
}

static void end(struct scene *s)
{
	txn_free(&s->txn);
	generation_unref(&s->g);
	site_remove(&s->site);
}

static enum action from(struct scene *s, const char *day, const char *sender)
{
	return judge(s, day, sender, to_one, NULL, true);
}

static void an_exemption_ends_with_its_day(void **state)
{
	struct scene s;
	json_t *json;

	(void)state;
	begin(&s, "", "exempt_senders = { \"care@seller.example until 2027-01-31\", \"@desk.example\" }");
	assert_int_equal(from(&s, "2027-01-31T23:59:59Z", "CARE@seller.example"), ACTION_PASS);
	assert_int_equal(s.v->exemption_count, 1);
	assert_string_equal(s.v->exemptions[0].rule, "r");
	assert_string_equal(s.v->exemptions[0].by, "exempt_senders");
	assert_string_equal(s.v->exemptions[0].entry, "care@seller.example");
	assert_string_equal(s.v->exemptions[0].until, "2027-01-31");
	json = verdict_json(s.v);
	assert_string_equal(json_get_str(json_array_get(json_object_get(json, "exempt"), 0), "entry"), "care@seller.example");
	json_decref(json);
	assert_int_equal(from(&s, "2027-02-01", "care@seller.example"), ACTION_REJECT);
	assert_int_equal(s.v->exemption_count, 0);
	assert_int_equal(from(&s, "2037-02-01", "anne@desk.example"), ACTION_PASS);
	assert_null(s.v->exemptions[0].until);
	/* No address is nobody's, and a domain is meant whole. */
	assert_int_equal(from(&s, "2027-01-01", ""), ACTION_REJECT);
	assert_int_equal(from(&s, "2027-01-01", "x@my-desk.example"), ACTION_REJECT);
	end(&s);
}

static void recipients_are_exempt_together(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, "", "exempt_recipients = { \"c1@relay.market.example\" }");
	assert_int_equal(judge(&s, "2027-01-01", "a@b.example", to_one, NULL, true), ACTION_PASS);
	assert_string_equal(s.v->exemptions[0].by, "exempt_recipients");
	assert_int_equal(judge(&s, "2027-01-01", "a@b.example", to_two, NULL, true), ACTION_REJECT);
	/* Of each marketplace by itself; who is at none is none of this rule's business. */
	assert_int_equal(judge(&s, "2027-01-01", "a@b.example", to_both, NULL, true), ACTION_REJECT);
	assert_int_equal(s.v->finding_count, 1);
	assert_string_equal(s.v->findings[0].marketplace, "bazaar");
	assert_int_equal(s.v->exemption_count, 1);
	end(&s);
	begin(&s, "", "exempt_recipients = { \"c1@relay.market.example\", \"@relay.bazaar.example\" }");
	assert_int_equal(judge(&s, "2027-01-01", "a@b.example", to_both, NULL, true), ACTION_PASS);
	end(&s);
}

static void trials_of_every_kind(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, "", "monitor_until = 2027-01-31");
	assert_int_equal(from(&s, "2027-01-31T12:00:00Z", "a@b.example"), ACTION_PASS);
	assert_true(s.v->findings[0].monitored);
	assert_int_equal(s.v->findings[0].action, ACTION_REJECT);
	assert_int_equal(from(&s, "2027-02-01", "a@b.example"), ACTION_REJECT);
	end(&s);
	begin(&s, "monitor_senders = { \"@b.example until 2027-01-31\" }", "");
	assert_int_equal(from(&s, "2027-01-31", "a@b.example"), ACTION_PASS);
	assert_int_equal(s.v->would, ACTION_REJECT);
	assert_int_equal(from(&s, "2027-02-01", "a@b.example"), ACTION_REJECT);
	end(&s);
	/* All of them at once: nothing is done, and what would be is known of what is not on trial itself. */
	begin(&s, "monitor = yes monitor_senders = { \"@b.example\" }", "monitor_until = 2027-01-31");
	assert_int_equal(from(&s, "2027-01-01", "a@b.example"), ACTION_PASS);
	assert_int_equal(s.v->would, ACTION_PASS);
	assert_int_equal(from(&s, "2027-02-01", "a@b.example"), ACTION_PASS);
	assert_int_equal(s.v->would, ACTION_REJECT);
	end(&s);
}

static void weak_findings_do_what_is_said(void **state)
{
	static const struct {
		const char *keys;
		enum action want;
		bool monitored;
	} cases[] = {
		{"min_score = 60 score = 60", ACTION_REJECT, false},
		{"min_score = 60 score = 59", ACTION_PASS, true},
		{"min_score = 60 score = 59 below = log", ACTION_PASS, true},
		{"min_score = 60 score = 59 below = tag", ACTION_TAG, false},
		{"min_score = 60 score = 59 below = hold", ACTION_HOLD, false},
		{"min_score = 60 score = 59 below = hold monitor_until = 2030-01-01", ACTION_PASS, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scene s;

		begin(&s, "", cases[i].keys);
		assert_int_equal(from(&s, "2027-01-01", "a@b.example"), cases[i].want);
		assert_int_equal(s.v->finding_count, 1);
		assert_int_equal(s.v->findings[0].monitored, cases[i].monitored);
		end(&s);
	}
}

static void who_shows_nobody_a_refusal_is_held(void **state)
{
	static const struct txn_client desk = {.client = "10.1.2.3"}, login = {.account = "helpdesk"}, local = {.local = true},
	    other = {.client = "192.0.2.1", .account = "anne"};
	struct scene s;

	(void)state;
	begin(&s, "hold_senders = { 10.0.0.0/8, helpdesk, \"@desk.example until 2027-01-31\", 127.0.0.1 }", "");
	assert_int_equal(judge(&s, "2027-01-01", "a@b.example", to_one, &desk, true), ACTION_HOLD);
	assert_string_equal(s.v->hold_party, "10.0.0.0/8");
	assert_non_null(strstr(s.v->hold_reason, "instead of a refusal, FIXTURE: "));
	assert_int_equal(judge(&s, "2027-01-01", "a@b.example", to_one, &login, true), ACTION_HOLD);
	assert_int_equal(judge(&s, "2027-01-01", "a@b.example", to_one, &local, true), ACTION_HOLD);
	assert_int_equal(judge(&s, "2027-01-01", "a@desk.example", to_one, &other, true), ACTION_HOLD);
	assert_int_equal(judge(&s, "2027-02-01", "a@desk.example", to_one, &other, true), ACTION_REJECT);
	assert_null(s.v->hold_party);
	assert_int_equal(judge(&s, "2027-01-01", "a@b.example", to_one, &other, true), ACTION_REJECT);
	/* Where nothing can be held it stays refused. */
	assert_int_equal(judge(&s, "2027-01-01", "a@b.example", to_one, &desk, false), ACTION_REJECT);
	assert_null(s.v->hold_party);
	end(&s);
}

static void labels_go_out_too(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, "", "action = pass label = Quote-Unverified");
	assert_int_equal(from(&s, "2027-01-01", "a@b.example"), ACTION_PASS);
	assert_int_equal(s.v->header_count, 1);
	assert_string_equal(s.v->headers[0].name, "X-Postern-Label");
	assert_string_equal(s.v->headers[0].value, "Quote-Unverified");
	end(&s);
	begin(&s, "monitor = yes", "action = pass label = Quote-Unverified");
	from(&s, "2027-01-01", "a@b.example");
	assert_int_equal(s.v->header_count, 0);
	end(&s);
}

static void what_is_left_out_is_listed(void **state)
{
	struct scene s;
	int64_t now;
	json_t *list;

	(void)state;
	clock_parse("2027-02-01", &now);
	begin(&s, "hold_senders = { helpdesk }", "exempt_senders = { \"a@b.example until 2027-01-31\" } monitor_until = 2027-02-01");
	list = generation_exemptions_json(s.g, now);
	assert_int_equal(json_array_size(list), 3);
	assert_string_equal(json_get_str(json_array_get(list, 0), "by"), "hold_senders");
	assert_true(json_is_true(json_object_get(json_array_get(list, 1), "over")));
	assert_string_equal(json_get_str(json_array_get(list, 1), "rule"), "r");
	assert_true(json_is_false(json_object_get(json_array_get(list, 2), "over")));
	json_decref(list);
	end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_exemption_ends_with_its_day),
		cmocka_unit_test(recipients_are_exempt_together),
		cmocka_unit_test(trials_of_every_kind),
		cmocka_unit_test(weak_findings_do_what_is_said),
		cmocka_unit_test(who_shows_nobody_a_refusal_is_held),
		cmocka_unit_test(labels_go_out_too),
		cmocka_unit_test(what_is_left_out_is_listed),
	};

	hash_init();
	message_init();
	url_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
