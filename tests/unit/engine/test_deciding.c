/* SPDX-License-Identifier: BSD-2-Clause */
/* What a site says of its own mail: exemptions with their ends, trials, weak findings, senders that show nobody a refusal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "audit/read.h"
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

static int last_event(void *arg, const json_t *event)
{
	json_t **slot = arg;

	json_decref(*slot);
	*slot = json_incref((json_t *)event);
	return 0;
}

/* What was left out stands in the audit record, and is redacted there like the rest. */
static void exemptions_are_recorded(void **state)
{
	struct audit_redact redact = {.addresses = true, .key = SLICE_LIT("0123456789abcdef0123456789abcdef")};
	static const struct txn_client desk = {.account = "helpdesk"};
	const struct verdict *v;
	json_t *event = NULL, *exempt;
	struct buf line = {0};
	struct diag d = {0};
	char dir[128];
	struct scene s;

	(void)state;
	begin(&s, "hold_senders = { helpdesk }", "exempt_senders = { \"care@b.example until 2027-01-31\" }");
	snprintf(dir, sizeof(dir), "%s/audit", s.site.dir);
	s.clock = clock_fixed(1780000000);
	s.services = (struct txn_services){.clock = &s.clock, .redact = &redact};
	s.services.audit = audit_open(&(struct audit_config){.dir = dir}, NULL, NULL, &d);
	assert_non_null(s.services.audit);
	s.txn = take(s.g, &s.services, POSTERN_OUTBOUND, "care@b.example", to_one, MAIL("forbidden"));
	assert_int_equal(txn_record(s.txn, &v, &d), 0);
	assert_int_equal(audit_read(dir, 1, last_event, &event, &d), 0);
	exempt = json_array_get(json_object_get(event, "exempt"), 0);
	assert_string_equal(json_get_str(exempt, "rule"), "r");
	assert_string_equal(json_get_str(exempt, "until"), "2027-01-31");
	assert_int_equal(json_write(&line, event), 0);
	assert_null(strstr(line.data, "care@"));
	buf_free(&line);
	txn_free(&s.txn);
	s.txn = take(s.g, &s.services, POSTERN_OUTBOUND, "anne@b.example", to_one, MAIL("forbidden"));
	assert_int_equal(txn_set_client(s.txn, &desk, &d), 0);
	assert_int_equal(txn_record(s.txn, &v, &d), 0);
	assert_int_equal(audit_read(dir, 2, last_event, &event, &d), 0);
	assert_string_equal(json_get_str(event, "action"), "hold");
	assert_non_null(json_get_str(event, "hold_sender"));
	assert_int_equal(json_write(&line, event), 0);
	assert_null(strstr(line.data, "helpdesk"));
	buf_free(&line);
	json_decref(event);
	end(&s);
	audit_close(&s.services.audit);
}

/* How many of jansson's allocations succeed before one fails; SIZE_MAX: all. */
static size_t allowed = SIZE_MAX;

static void *limited_malloc(size_t size)
{
	if (allowed == SIZE_MAX || allowed-- > 0)
		return malloc(size);
	allowed = SIZE_MAX;
	return NULL;
}

/* The last record, without what differs between two of the same message; NULL: there is none. */
static json_t *read_record(const char *dir)
{
	static const char *const own[] = {"id", "seq", "prev", "hash"};
	json_t *event = NULL;
	struct diag d = {0};

	assert_int_equal(audit_read(dir, 1, last_event, &event, &d), 0);
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		json_object_del(event, own[i]);
	return event;
}

/* When an allocation fails there is no record, and the message waits; never one that lacks something. */
static void a_record_is_whole_or_none(void **state)
{
	const struct verdict *v;
	json_t *whole = NULL, *event;
	struct diag d = {0};
	bool failed = true;
	size_t lost = 0;
	char dir[128];
	struct scene s;

	(void)state;
	begin(&s, "", "exempt_recipients = { \"c2@relay.market.example\" }");
	snprintf(dir, sizeof(dir), "%s/audit", s.site.dir);
	s.clock = clock_fixed(1780000000);
	s.services = (struct txn_services){.clock = &s.clock};
	s.services.audit = audit_open(&(struct audit_config){.dir = dir}, NULL, NULL, &d);
	assert_non_null(s.services.audit);
	json_set_alloc_funcs(limited_malloc, free);
	/* The first with all memory. */
	for (size_t n = SIZE_MAX; failed || n == 0; n++) {
		int rc;

		txn_free(&s.txn);
		s.txn = take(s.g, &s.services, POSTERN_OUTBOUND, "anne@b.example", to_one, MAIL("forbidden order 123-4567890-1234567"));
		txn_judge(s.txn);
		diag_clear(&d);
		allowed = n;
		rc = txn_record(s.txn, &v, &d);
		failed = n == SIZE_MAX || allowed == SIZE_MAX;
		allowed = SIZE_MAX;
		lost += rc != 0;
		if (rc != 0) {
			assert_int_equal(txn_judge(s.txn)->action, ACTION_DEFER);
			continue;
		}
		event = read_record(dir);
		assert_non_null(event);
		if (whole == NULL)
			whole = json_incref(event);
		if (!json_equal(whole, event))
			fail_msg("without allocation %zu: %s", n, json_dumps(event, 0));
		json_decref(event);
	}
	assert_true(lost > 50);
	json_set_alloc_funcs(malloc, free);
	json_decref(whole);
	end(&s);
	audit_close(&s.services.audit);
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
		cmocka_unit_test(exemptions_are_recorded),
		cmocka_unit_test(a_record_is_whole_or_none),
	};

	hash_init();
	message_init();
	url_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
