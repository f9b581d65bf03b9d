/* SPDX-License-Identifier: BSD-2-Clause */
/* Mail to a marketplace's support: which rules judge it, what they can ask, what is recorded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "audit/audit.h"
#include "audit/read.h"
#include "core/json.h"
#include "engine/txn_internal.h"
#include "mail.h"
#include "site.h"

/* Below the test's own profile of the marketplace, which knows no support. */
static const char supports[] =
	"marketplace \"market\" {\n"
	" support \"store\" { pattern = '^help@market\\.example$' signature = 'receiving team' channel = \"warehouse\"\n"
	"  since = \"2020-01-01\" source = \"test\" }\n"
	" support \"help\" { pattern = '^help@market\\.example$' channel = \"specialist\" language = \"zh\" since = \"2020-01-01\"\n"
	"  source = \"test\" }\n"
	" support \"later\" { pattern = '^later@market\\.example$' since = \"2999-01-01\" source = \"test\" }\n"
	" window \"claim\" { title = \"Claim\" starts = \"delivered\" opens = \"10d\" length = \"50d\" ends = \"claim\"\n"
	"  zone = \"America/Los_Angeles\" since = \"2020-01-01\" source = \"test\" }\n"
	" id \"case\" { pattern = '\\bcase (\\d{6})\\b' }\n"
	"}\n";
static const char rules[] =
	"rule \"customer\" { plugin = \"good\" direction = \"outbound\" action = \"tag\" }\n"
	"rule \"case\" { plugin = \"good\" direction = \"outbound\" action = \"tag\" audience = \"case\" }\n"
	"rule \"both\" { plugin = \"good\" direction = \"outbound\" action = \"tag\" audience = \"both\" }\n"
	"rule \"out\" { plugin = \"outside\" direction = \"outbound\" action = \"tag\" }\n";

static void make(struct site *site, const char *text)
{
	site_make(site, SITE_PLUGIN("good") SITE_PLUGIN("outside") SITE_PLUGIN("support"), text);
	site_make_dir(site, "shipped/marketplaces");
	site_write(site, "shipped/marketplaces/support.conf", supports);
}

/* The rules that found something, in their order. */
static void found(const struct verdict *v, char *out, size_t size)
{
	size_t len = 0;

	out[0] = '\0';
	for (size_t i = 0; i < v->finding_count; i++)
		len += (size_t)snprintf(out + len, size - len, "%s ", v->findings[i].rule);
}

#define TEXT "From: Agent <agent@seller.example>\r\nSubject: Re: case 123456\r\n\r\nforbidden\r\n"

static void rules_are_for_their_audience(void **state)
{
	static const struct { const char *to[4]; const char *rules; } rows[] = {
		{{"c1@relay.market.example"}, "customer both out "},
		{{"help@market.example"}, "case both "},
		{{"HELP@Market.Example"}, "case both "},
		{{"c1@relay.market.example", "help@market.example"}, "customer case both out "},
		/* Of two marketplaces: each in its own turn. */
		{{"help@market.example", "c2@relay.bazaar.example"}, "case both customer both out "},
		/* A support in the list does not hide who is outside. */
		{{"help@market.example", "jane@mail.example"}, "case both out "},
		{{"later@market.example"}, "out "},
		{{"xhelp@market.example"}, "out "},
		{{"help@market.example.evil.example"}, "out "},
	};
	struct site site;
	struct generation *g;

	(void)state;
	make(&site, rules);
	g = load(&site);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct txn *txn = take(g, &offline, POSTERN_OUTBOUND, "agent@seller.example", rows[i].to, TEXT);
		char text[200];

		assert_int_equal(txn_scope(txn, false), TXN_CONCERNED);
		found(txn_judge(txn), text, sizeof(text));
		if (strcmp(text, rows[i].rules) != 0)
			fail_msg("row %zu: %s", i, text);
		txn_free(&txn);
	}
	generation_unref(&g);
	site_remove(&site);
}

/* Nobody logged in and no listener says so: mail to a support is on its way out all the same. */
static void mail_to_a_support_goes_out(void **state)
{
	static const char *const to[] = {"help@market.example", NULL};
	struct site site;
	struct generation *g;
	struct txn *txn;

	(void)state;
	make(&site, rules);
	g = load(&site);
	txn = take(g, &offline, 0, "agent@seller.example", to, TEXT);
	assert_int_equal(txn_direction(txn), POSTERN_OUTBOUND);
	txn_free(&txn);
	generation_unref(&g);
	site_remove(&site);
}

/* Rules for customers' mail that come in go on judging what a support writes. */
static void incoming_mail_meets_all(void **state)
{
	static const struct { const char *from, *rules; } rows[] = {
		{"help@market.example", "customer case both "}, {"news@market.example", "customer both "},
	};
	static const char *const to[] = {"agent@seller.example", NULL};
	struct site site;
	struct generation *g;

	(void)state;
	make(&site, "rule \"customer\" { plugin = \"support\" direction = \"both\" action = \"tag\" }\n"
	    "rule \"case\" { plugin = \"support\" direction = \"both\" action = \"tag\" audience = \"case\" }\n"
	    "rule \"both\" { plugin = \"support\" direction = \"both\" action = \"tag\" audience = \"both\" }\n");
	g = load(&site);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[200], raw[300];
		struct txn *txn;

		snprintf(raw, sizeof(raw), "From: %s\r\nSubject: Re: case 123456\r\n\r\nforbidden\r\n", rows[i].from);
		txn = take(g, &offline, POSTERN_INBOUND, rows[i].from, to, raw);
		found(txn_judge(txn), text, sizeof(text));
		if (strcmp(text, rows[i].rules) != 0)
			fail_msg("row %zu: %s", i, text);
		txn_free(&txn);
	}
	generation_unref(&g);
	site_remove(&site);
}

static void know(struct store *store, const char *id, int number, const char *marketplace, const char *name, const char *time)
{
	struct diag d = {0};
	json_t *event = json_pack("{s:s, s:s, s:s, s:s, s:I, s:s, s:s, s:[{s:s, s:s, s:s}]}", "event", "desk", "id", id,
	    "time", "2026-10-03T10:00:00Z", "verb", "milestone", "seq", (json_int_t)number, "hash", "1", "marketplace", marketplace,
	    "milestones", "name", name, "subject", "M-000001", "time", time);

	assert_int_equal(store_apply(store, &event, 1, &d), 0);
	json_decref(event);
}

static void told_at(struct generation *g, struct store *store, const char *time, const char *expected)
{
	static const char *const to[] = {"help@market.example", NULL};
	struct txn_services services = {.store = store};
	struct slice evidence;
	struct clock clock;
	struct txn *txn;
	int64_t now;

	assert_int_equal(clock_parse(time, &now), 0);
	clock = clock_fixed(now);
	services.clock = &clock;
	txn = take(g, &services, POSTERN_OUTBOUND, "agent@seller.example", to, TEXT);
	evidence = txn_judge(txn)->findings[0].evidence;
	if (!slice_eq_str(evidence, expected))
		fail_msg("%s: %.*s", time, SLICE_ARG(evidence));
	txn_free(&txn);
}

#define TOLD(claim) "help of specialist in 'zh', claim " claim ", due 172800 0"

/* What plugins see: the support and its language, a clock, and a window once the store knows what begins it. */
static void plugins_ask_for_support_window_and_clock(void **state)
{
	static const struct { const char *time, *told; } rows[] = {
		{"2026-10-12T06:59:59Z", TOLD("1 2026-10-12 2026-11-21")}, {"2026-10-12T07:00:00Z", TOLD("2 2026-10-12 2026-11-21")},
		{"2026-11-20T00:00:00Z", TOLD("2 2026-10-12 2026-11-21")}, {"2026-11-22T07:59:59Z", TOLD("2 2026-10-12 2026-11-21")},
		{"2026-11-22T08:00:00Z", TOLD("3 2026-10-12 2026-11-21")},
	};
	struct diag d = {0};
	struct store *store = store_open(&(struct store_config){.type = "memory"}, &d);
	struct site site;
	struct generation *g;

	(void)state;
	assert_non_null(store);
	make(&site, "rule \"case\" { plugin = \"support\" direction = \"outbound\" action = \"tag\" audience = \"case\" }\n");
	g = load(&site);
	told_at(g, NULL, rows[0].time, TOLD("0  "));
	told_at(g, store, rows[0].time, TOLD("0  "));
	/* 2 October in the window's zone; neither another marketplace's order of that number nor a refund is it. */
	know(store, "ID1", 1, "market", "delivered", "2026-10-03T00:00:00Z");
	know(store, "ID2", 2, "bazaar", "delivered", "2026-10-09T00:00:00Z");
	know(store, "ID3", 3, "market", "refund", "2026-10-09T00:00:00Z");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		told_at(g, store, rows[i].time, rows[i].told);
	/* Delivered again: the later one counts. Claimed in time: used. */
	know(store, "ID4", 4, "market", "delivered", "2026-10-20T00:00:00Z");
	told_at(g, store, "2026-10-21T00:00:00Z", TOLD("1 2026-10-29 2026-12-08"));
	know(store, "ID5", 5, "market", "claim", "2026-11-01T00:00:00Z");
	told_at(g, store, "2026-11-02T00:00:00Z", TOLD("4 2026-10-29 2026-12-08"));
	store_close(&store);
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

/* Records a message; its audit event. */
static json_t *record(struct generation *g, const struct site *site, unsigned direction, const char *from,
    const char *const *to, const char *raw)
{
	struct txn_services services = {.clock = &clock_system};
	const struct verdict *v;
	json_t *event = NULL;
	struct diag d = {0};
	struct txn *txn;
	char dir[128];

	snprintf(dir, sizeof(dir), "%s/audit", site->dir);
	services.audit = audit_open(&(struct audit_config){.dir = dir}, NULL, NULL, &d);
	assert_non_null(services.audit);
	txn = take(g, &services, direction, from, to, raw);
	assert_int_equal(txn_record(txn, &v, &d), 0);
	assert_int_equal(audit_read(dir, 1, last_event, &event, &d), 0);
	txn_free(&txn);
	audit_close(&services.audit);
	return event;
}

static void the_case_is_recorded(void **state)
{
	static const struct { unsigned direction; const char *from, *to, *subject, *text, *number, *channel; size_t threads; } rows[] = {
		{POSTERN_OUTBOUND, "agent@seller.example", "help@market.example", "Re: case 123456", "case 999999", "123456", "specialist", 0},
		{POSTERN_OUTBOUND, "agent@seller.example", "help@market.example", "Question", "see case 999999", "999999", "specialist", 0},
		{POSTERN_OUTBOUND, "agent@seller.example", "help@market.example", "Question", "new", NULL, "specialist", 0},
		{POSTERN_OUTBOUND, "agent@seller.example", "c1@relay.market.example", "Re: case 123456", "x", NULL, NULL, 1},
		{POSTERN_INBOUND, "help@market.example", "agent@seller.example", "case 123456", "x", "123456", "specialist", 0},
		{POSTERN_INBOUND, "help@market.example", "agent@seller.example", "case 123456", "The receiving team", "123456", "warehouse", 0},
		/* Without a number too: the support's address would make all of its cases one thread. */
		{POSTERN_INBOUND, "help@market.example", "agent@seller.example", "Your question", "x", NULL, "specialist", 0},
		{POSTERN_INBOUND, "c1@relay.market.example", "agent@seller.example", "case 123456", "x", NULL, NULL, 1},
	};
	struct site site;
	struct generation *g;

	(void)state;
	make(&site, rules);
	g = load(&site);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *const to[] = {rows[i].to, NULL};
		char raw[400];
		json_t *event;
		const char *number, *channel;

		snprintf(raw, sizeof(raw), "From: %s\r\nTo: %s\r\nSubject: %s\r\n\r\n%s\r\n", rows[i].from, rows[i].to,
		    rows[i].subject, rows[i].text);
		event = record(g, &site, rows[i].direction, rows[i].from, to, raw);
		number = json_string_value(json_object_get(event, "case"));
		channel = json_string_value(json_object_get(event, "case_channel"));
		if ((number == NULL) != (rows[i].number == NULL) || (number != NULL && strcmp(number, rows[i].number) != 0) ||
		    (channel == NULL) != (rows[i].channel == NULL) || (channel != NULL && strcmp(channel, rows[i].channel) != 0))
			fail_msg("row %zu: case %s, channel %s", i, number, channel);
		assert_int_equal(json_array_size(json_object_get(event, "threads")), rows[i].threads);
		json_decref(event);
	}
	generation_unref(&g);
	site_remove(&site);
}

static void a_wrong_audience_is_told(void **state)
{
	struct site site;
	struct diag d = {0};

	(void)state;
	make(&site, "rule \"r\" { plugin = \"good\" direction = \"outbound\" action = \"tag\" audience = \"cases\" }\n");
	assert_null(generation_load(site.config, 1, &d));
	assert_non_null(strstr(d.text, "rules.d/test.conf:1: "));
	assert_non_null(strstr(d.text, "audience"));
	site_remove(&site);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_are_for_their_audience),
		cmocka_unit_test(mail_to_a_support_goes_out),
		cmocka_unit_test(incoming_mail_meets_all),
		cmocka_unit_test(plugins_ask_for_support_window_and_clock),
		cmocka_unit_test(the_case_is_recorded),
		cmocka_unit_test(a_wrong_audience_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
