/* SPDX-License-Identifier: BSD-2-Clause */
/* Incoming mail as a whole: what concerns, what is recorded of it, what its headers get. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>
#include <cmocka.h>

#include "audit/read.h"
#include "core/json.h"
#include "engine/txn_internal.h"
#include "mail.h"
#include "mail/message.h"
#include "mail/url.h"
#include "site.h"
#include "store/projector.h"

static const char profiles[] =
	"common {\n"
	"	kind \"bounce\" { header \"Content-Type\" { pattern = 'report-type=\"?delivery-status' } labels = { \"Failed-Message\" } failed = bounce }\n"
	"	spam \"Filter\" { header = \"X-Spam-Flag\" pattern = '^\\s*yes' }\n"
	"	id \"case\" { pattern = '\\bcase (\\d{6,})\\b' }\n"
	"}\n"
	"marketplace \"market\" {\n"
	"	title = \"Market\"\n"
	"	domains = { \"relay.market.example\", \"market.example\" }\n"
	"	relay_domains = { \"relay.market.example\" }\n"
	"	names = { \"market\" }\n"
	"	value \"inquiry_unit\" { value = \"first\" since = \"2020-01-01\" source = \"test\" }\n"
	"	clock \"inquiry\" { kind = \"wall\" hours = 48 since = \"2020-01-01\" source = \"test\" }\n"
	"	kind \"denied\" { subject = 'denied' case = yes milestone \"denial\" { subject = { \"case\" } term = 'within (\\d+) days' } }\n"
	"	kind \"copy\" { subject = '^your message to' answers = yes customer = '^your message to ([^(]+?)\\s*(?:\\(.*)?$' }\n"
	"	kind \"buyer\" { from = '@relay\\.' labels = { \"Buyer\" } clock = \"inquiry\" }\n"
	"	channel \"warehouse\" { pattern = '\\bwarehouse team\\b' }\n"
	"	id \"order\" { pattern = '\\border (\\d{6})\\b' }\n"
	"}\n";

struct scene {
	struct site site;
	struct generation *g;
	struct clock clock;
	struct txn_services services;
	struct txn *txn;
	const struct verdict *v;
	json_t *event;
	char dir[128];
};

static void begin(struct scene *s, const char *settings)
{
	char main_text[900];
	struct diag d = {.text = ""};
	int64_t at;

	*s = (struct scene){.g = NULL};
	snprintf(main_text, sizeof(main_text), "plugin \"sla\" { path = \"" SLA "\" }\n%s\nrules { }\n", settings);
	site_make(&s->site, main_text, "rule \"r\" { plugin = sla direction = inbound action = tag }\n");
	site_make_dir(&s->site, "lists");
	site_write(&s->site, "lists/labels.tsv", "refund\tReturn\n");
	site_write(&s->site, "lists/closings.tsv", "thanks\n");
	site_write(&s->site, "lists/autoreply-headers.tsv", "(?m)^auto-submitted: auto-replied\t2\n");
	site_write(&s->site, "lists/autoreply-subjects.tsv", "^out of office\t2\n");
	site_write(&s->site, "lists/absence-phrases.tsv", "i am away\t2\n");
	site_write(&s->site, "marketplaces/test.conf", profiles);
	assert_int_equal(clock_parse("2026-03-03T09:00:00Z", &at), 0);
	s->clock = clock_fixed(at);
	snprintf(s->dir, sizeof(s->dir), "%s/audit", s->site.dir);
	s->services = (struct txn_services){.clock = &s->clock};
	s->services.audit = audit_open(&(struct audit_config){.dir = s->dir}, NULL, NULL, &d);
	assert_non_null(s->services.audit);
	s->g = load(&s->site);
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

static void judge(struct scene *s, const char *sender, const char *raw)
{
	static const char *const to[] = {"Care@US.seller.example", NULL};
	struct diag d = {.text = ""};

	txn_free(&s->txn);
	s->txn = take(s->g, &s->services, POSTERN_INBOUND, sender, to, raw);
	assert_int_equal(txn_record(s->txn, &s->v, &d), 0);
	assert_int_equal(audit_read(s->dir, 1, last_event, &s->event, &d), 0);
	assert_string_equal(json_get_str(s->event, "id"), txn_id(s->txn));
}

static void end(struct scene *s)
{
	json_decref(s->event);
	txn_free(&s->txn);
	generation_unref(&s->g);
	audit_close(&s->services.audit);
	site_remove(&s->site);
}

static const char *header(const struct scene *s, const char *name)
{
	for (size_t i = 0; i < s->v->header_count; i++)
		if (strcmp(s->v->headers[i].name, name) == 0)
			return s->v->headers[i].value;
	return "";
}

static bool has_label(const struct scene *s, const char *label)
{
	for (size_t i = 0; i < s->v->label_count; i++)
		if (strcmp(s->v->labels[i], label) == 0)
			return true;
	return false;
}

#define BUYER(headers, text) headers "From: Ann <c1@relay.market.example>\r\nTo: care@seller.example\r\n" \
	"Subject: My order 123456\r\n\r\n" text "\r\n"
#define SELLER "care@us.seller.example"

static void an_inquiry_is_recorded_with_its_shop(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, "shop \"us\" { addresses = { \"@us.seller.example\" } }");
	judge(&s, "c1@relay.market.example", BUYER("", "Where is it?"));
	assert_string_equal(json_get_str(s.event, "shop"), "us");
	assert_null(json_get_str(s.event, "agent"));
	assert_string_equal(json_get_str(json_object_get(s.event, "sla"), "unit"), "first");
	assert_string_equal(json_get_str(s.event, "order"), "123456");
	assert_null(json_object_get(s.event, "failed"));
	assert_null(json_object_get(s.event, "milestones"));
	assert_string_equal(header(&s, "X-Postern-Thread"), "market:c1@relay.market.example");
	assert_string_equal(header(&s, "X-Postern-Order"), "123456");
	assert_string_equal(header(&s, "X-Postern-SLA-Due"), "2026-03-05T09:00:00Z");
	assert_string_equal(header(&s, "X-Postern-SLA-Hours-Left"), "48");
	assert_null(s.v->subject);
	end(&s);
	begin(&s, "");
	judge(&s, "c1@relay.market.example", BUYER("", "Where is it?"));
	assert_string_equal(json_get_str(s.event, "shop"), SELLER);
	end(&s);
}

#define REPORT(action) "From: MAILER-DAEMON@mx.example\r\nSubject: Undelivered\r\n" \
	"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n" \
	"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\nAction: " action "\r\nStatus: 5.1.1\r\n\r\n" \
	"--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <answer@seller.example>\r\nSubject: x\r\n\r\nx\r\n--b--\r\n"

static void a_bounce_names_what_failed(void **state)
{
	const json_t *failed;
	struct scene s;

	(void)state;
	begin(&s, "");
	judge(&s, "", REPORT("failed"));
	failed = json_object_get(s.event, "failed");
	assert_string_equal(json_get_str(failed, "reason"), "bounce");
	assert_string_equal(json_get_str(failed, "status"), "5.1.1");
	assert_string_equal(json_string_value(json_array_get(json_object_get(failed, "refs"), 0)), "<answer@seller.example>");
	assert_int_equal(json_array_size(json_object_get(s.event, "threads")), 0);
	assert_int_equal(s.v->sla, SLA_NONE);
	assert_false(s.v->answers);
	assert_int_equal(s.v->action, ACTION_PASS);
	assert_string_equal(header(&s, "X-Postern-Label"), "Failed-Message");
	assert_string_equal(header(&s, "X-Postern-Kind"), "bounce");
	assert_string_equal(header(&s, "X-Postern-Marketplace"), "");
	judge(&s, "", REPORT("delayed"));
	assert_null(json_object_get(s.event, "failed"));
	assert_false(has_label(&s, "Failed-Message"));
	end(&s);
}

/* What a stranger may write in a bounce: nothing of it stops a clock or speaks for a marketplace. */
static void a_hostile_bounce_stops_nothing(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, "");
	judge(&s, "", "X-Postern-Label: Copy\r\n" REPORT("failed"));
	assert_true(s.v->strip_headers);
	assert_false(s.v->answers);
	assert_int_not_equal(s.v->sla, SLA_STOPS);
	assert_null(s.v->thread);
	end(&s);
}

static void a_notice_tells_a_date_and_a_case(void **state)
{
	const json_t *milestone;
	struct scene s;

	(void)state;
	begin(&s, "");
	judge(&s, "help@market.example", "From: Help <help@market.example>\r\nSubject: Dispute denied, case 1234567\r\n\r\n"
	    "The warehouse team looked. You may appeal within 30 days.\r\n");
	milestone = json_array_get(json_object_get(s.event, "milestones"), 0);
	assert_string_equal(json_get_str(milestone, "name"), "denial");
	assert_string_equal(json_get_str(milestone, "subject"), "1234567");
	assert_string_equal(json_get_str(milestone, "time"), "2026-03-03T09:00:00Z");
	assert_int_equal(json_get_int(milestone, "term_days", 0), 30);
	assert_string_equal(json_get_str(s.event, "case"), "1234567");
	assert_string_equal(json_get_str(s.event, "case_channel"), "warehouse");
	end(&s);
}

/* Numbers and Message-IDs join what belongs together; addresses and logins are hidden. */
static void redaction_keeps_what_joins(void **state)
{
	static const struct audit_redact redact = {.addresses = true, .text = true, .key = {"0123456789abcdef", 16}};
	struct buf line = {0};
	struct scene s;

	(void)state;
	begin(&s, "");
	s.services.redact = &redact;
	judge(&s, "", REPORT("failed"));
	assert_string_equal(json_string_value(json_array_get(json_object_get(json_object_get(s.event, "failed"), "refs"), 0)),
	    "<answer@seller.example>");
	assert_int_equal(json_write(&line, s.event), 0);
	assert_null(strstr(line.data, SELLER));
	buf_free(&line);
	judge(&s, "help@market.example", "From: help@market.example\r\nSubject: denied, case 1234567\r\n\r\nx\r\n");
	assert_string_equal(json_get_str(json_array_get(json_object_get(s.event, "milestones"), 0), "subject"), "1234567");
	end(&s);
}

/* A name of the marketplace between the dots, hyphens and ends of another's domain, however long that is. */
static void a_pose_is_a_part_of_a_domain(void **state)
{
	static const struct {
		const char *domain;
		bool poses;
	} domains[] = {
		{"market.evil.example", true}, {"evil-market.example", true}, {"evil.market", true}, {"market-evil.example", true},
		{"MARKET.evil.example", true}, {"rnarket.evil.example", true}, {"market.example.evil.example", true},
		{"x.relay.market.example.y.example", true}, {"supermarket.example", false}, {"markets.example", false},
		{"mark.et.example", false}, {"marke.example", false}, {"evil.example", false}, {"shop.market.example", false},
	};
	char raw[2000], parts[1201];
	struct scene s;

	(void)state;
	begin(&s, "");
	for (size_t i = 0; i < sizeof(domains) / sizeof(domains[0]); i++) {
		snprintf(raw, sizeof(raw), "From: x@%s\r\nSubject: x\r\n\r\nx\r\n", domains[i].domain);
		judge(&s, "", raw);
		assert_int_equal(has_label(&s, "Phishing"), domains[i].poses);
	}
	for (size_t i = 0; i < sizeof(parts) - 1; i++)
		parts[i] = i % 2 == 0 ? 'a' : '-';
	parts[sizeof(parts) - 1] = '\0';
	snprintf(raw, sizeof(raw), "From: x@%smarket.example.evil\r\nSubject: x\r\n\r\nx\r\n", parts);
	judge(&s, "", raw);
	assert_true(has_label(&s, "Phishing"));
	end(&s);
}

static void a_pose_starts_no_clock(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, "direction { authserv_ids = { mx.seller.example } }");
	judge(&s, "x@evil.example", BUYER("Authentication-Results: mx.seller.example; dmarc=fail\r\n", "Where is it?"));
	assert_string_equal(json_get_str(s.event, "kind"), "phishing");
	assert_string_equal(json_get_str(s.event, "poses"), "market");
	assert_null(json_get_str(s.event, "marketplace"));
	assert_int_equal(json_array_size(json_object_get(s.event, "threads")), 0);
	assert_int_equal(s.v->sla, SLA_NONE);
	assert_int_equal(s.v->action, ACTION_TAG);
	assert_string_equal(header(&s, "X-Postern-Label"), "Phishing");
	assert_string_equal(header(&s, "X-Postern-Marketplace"), "");
	judge(&s, "", "From: x@relay.market.example.evil.example\r\nSubject: x\r\n\r\nx\r\n");
	assert_true(has_label(&s, "Phishing"));
	/* Nothing is known: a customer is not lost for it. */
	judge(&s, "c1@relay.market.example", BUYER("", "Where is it?"));
	assert_int_equal(s.v->sla, SLA_STARTS);
	end(&s);
	begin(&s, "direction { authserv_ids = { mx.seller.example } } inbound { authentication = require phishing_action = hold }");
	judge(&s, "c1@relay.market.example", BUYER("", "Where is it?"));
	assert_int_equal(s.v->action, ACTION_HOLD);
	judge(&s, "c1@relay.market.example",
	    BUYER("Authentication-Results: mx.seller.example; dkim=pass header.d=market.example\r\n", "Where is it?"));
	assert_int_equal(s.v->sla, SLA_STARTS);
	end(&s);
	begin(&s, "direction { authserv_ids = { mx.seller.example } } inbound { authentication = off look_alikes = no }");
	judge(&s, "x@evil.example", BUYER("Authentication-Results: mx.seller.example; dmarc=fail\r\n", "Where is it?"));
	assert_int_equal(s.v->sla, SLA_STARTS);
	judge(&s, "", "From: x@relay.market.example.evil.example\r\nSubject: x\r\n\r\nx\r\n");
	assert_null(s.v->kind);
	end(&s);
}

static void another_filters_mark_is_told(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, "");
	judge(&s, "c1@relay.market.example", BUYER("X-Spam-Flag: YES\r\n", "Where is it?"));
	assert_string_equal(json_get_str(s.event, "spam_by"), "Filter");
	assert_true(has_label(&s, "Spam-Filtered"));
	end(&s);
}

static void the_subject_gets_its_tag(void **state)
{
	struct scene s;
	char raw[2000];

	(void)state;
	begin(&s, "inbound { subject_tag = \"[{hours}h {order} {marketplace}] \" }");
	judge(&s, "c1@relay.market.example", BUYER("", "Where is it?"));
	assert_string_equal(s.v->subject, "[48h 123456 market] My order 123456");
	judge(&s, "", "From: c1@relay.market.example\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n =?utf-8?q?_zwei?=\r\n\r\nWhere?\r\n");
	assert_string_equal(s.v->subject, "[48h  market] =?utf-8?q?Gr=C3=BC=C3=9Fe?=\n =?utf-8?q?_zwei?=");
	judge(&s, "", "From: c1@relay.market.example\r\nSubject: [48h  market] again\r\n\r\nWhere?\r\n");
	assert_null(s.v->subject);
	judge(&s, "", "From: c1@relay.market.example\r\n\r\nWhere?\r\n");
	assert_string_equal(s.v->subject, "[48h  market] ");
	snprintf(raw, sizeof(raw), "From: c1@relay.market.example\r\nSubject: %01000d\r\n\r\nWhere?\r\n", 1);
	judge(&s, "", raw);
	assert_null(s.v->subject);
	judge(&s, "", "From: news@market.example\r\nSubject: News\r\n\r\nx\r\n");
	assert_null(s.v->subject);
	end(&s);
}

/* Puts an inquiry of a customer, with or without an order, into the store. */
static void inquire(struct scene *s, struct projector *projector, const char *address, const char *name, const char *subject)
{
	char raw[300];

	snprintf(raw, sizeof(raw), "From: %s <%s>\r\nSubject: %s\r\n\r\nWhere is it?\r\n", name, address, subject);
	judge(s, address, raw);
	for (int i = 0; projector_next(projector) <= json_get_int(s->event, "seq", 0) && i < 6000; i++)
		usleep(10000);
}

/* A copy stops the clock of the one thread that it can be told to answer, by order, else by name; it never guesses. */
static void a_copy_answers_one_thread(void **state)
{
	static const struct {
		const char *subject, *thread; /* NULL: none */
	} rows[] = {
		{"Your message to Ann", NULL}, {"Your message to Bo", NULL}, {"Your message to Zoe", NULL},
		{"Your message to Bob (order 999999)", NULL}, {"Your message to", NULL},
		{"Your message to Bob", "market:b@relay.market.example"},
		{"Your message to Ann (order 222222)", "market:a2@relay.market.example"},
	};
	struct projector *projector;
	struct diag d = {.text = ""};
	struct scene s;
	char path[160];

	(void)state;
	begin(&s, "");
	audit_close(&s.services.audit);
	snprintf(path, sizeof(path), "%s/store.db", s.site.dir);
	s.services.store = store_open(&(struct store_config){.type = "sqlite", .path = path}, &d);
	projector = projector_new(s.dir, s.services.store, &d);
	assert_non_null(projector);
	s.services.audit = audit_open(&(struct audit_config){.dir = s.dir, .deliver_from = projector_next(projector)},
	    projector_durable, projector, &d);
	assert_non_null(s.services.audit);
	inquire(&s, projector, "a1@relay.market.example", "Ann", "order 111111");
	inquire(&s, projector, "a2@relay.market.example", "Ann", "order 222222");
	inquire(&s, projector, "b@relay.market.example", "Bob", "Hello");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char raw[300];

		snprintf(raw, sizeof(raw), "From: no-reply@market.example\r\nSubject: %s\r\n\r\nx\r\n", rows[i].subject);
		judge(&s, "no-reply@market.example", raw);
		print_message("%s\n", rows[i].subject);
		assert_int_equal(s.v->sla, SLA_STOPS);
		assert_int_equal(json_array_size(json_object_get(s.event, "threads")), rows[i].thread != NULL);
		assert_int_equal(has_label(&s, "Copy-Unmatched"), rows[i].thread == NULL);
		if (rows[i].thread != NULL)
			assert_string_equal(json_string_value(json_array_get(json_object_get(s.event, "threads"), 0)), rows[i].thread);
	}
	audit_close(&s.services.audit);
	projector_free(&projector);
	store_close(&s.services.store);
	s.services.audit = audit_open(&(struct audit_config){.dir = s.dir}, NULL, NULL, &d);
	end(&s);
}

/* What is read at all, and what only loses its forged headers. */
static void only_what_concerns_is_read(void **state)
{
	static const char *const own[] = {SELLER, NULL};
	static const struct {
		const char *raw;
		enum txn_scope scope;
	} rows[] = {
		{BUYER("", "x"), TXN_CONCERNED}, {REPORT("failed"), TXN_CONCERNED},
		{"From: x@market-help.example\r\n\r\nx\r\n", TXN_CONCERNED},
		{"From: a@b.example\r\nSubject: x\r\n\r\nx\r\n", TXN_UNCONCERNED},
		{"From: a@b.example\r\nX-POSTERN-Label: Response-Needed\r\nx-postern-kind : buyer\r\n\r\nx\r\n", TXN_STRIP},
	};
	struct scene s;

	(void)state;
	begin(&s, "");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		txn_free(&s.txn);
		s.txn = take(s.g, &s.services, POSTERN_INBOUND, "", own, rows[i].raw);
		assert_int_equal(txn_scope(s.txn, false), TXN_CONCERNED);
		assert_int_equal(txn_scope(s.txn, true), rows[i].scope);
	}
	/* Who hands in mail here with a name that looks like a marketplace's sends it out. */
	txn_free(&s.txn);
	s.txn = take(s.g, &s.services, 0, "", (const char *const[]){"friend@elsewhere.example", NULL},
	    "From: care@market-stall.example\r\n\r\nx\r\n");
	assert_int_equal(txn_set_client(s.txn, &(struct txn_client){.local = true}, &(struct diag){.text = ""}), 0);
	assert_int_equal(txn_direction(s.txn), POSTERN_OUTBOUND);
	/* This machine's own bounce to the seller comes in, though it was handed in here. */
	txn_free(&s.txn);
	s.txn = take(s.g, &s.services, 0, "", own, REPORT("failed"));
	assert_int_equal(txn_set_client(s.txn, &(struct txn_client){.local = true}, &(struct diag){.text = ""}), 0);
	assert_int_equal(txn_scope(s.txn, true), TXN_CONCERNED);
	assert_int_equal(txn_direction(s.txn), POSTERN_INBOUND);
	end(&s);
}

static void an_answer_has_its_agent(void **state)
{
	static const char *const to[] = {"c1@relay.market.example", NULL};
	struct diag d = {.text = ""};
	struct scene s;

	(void)state;
	begin(&s, "shop \"us\" { addresses = { \"care@seller.example\" } }");
	for (int account = 0; account < 2; account++) {
		txn_free(&s.txn);
		s.txn = take(s.g, &s.services, POSTERN_OUTBOUND, "bounce@seller.example", to,
		    "From: Care <Care@seller.example>\r\nSubject: x\r\n\r\nx\r\n");
		if (account)
			assert_int_equal(txn_set_client(s.txn, &(struct txn_client){.account = "ann"}, &d), 0);
		assert_int_equal(txn_record(s.txn, &s.v, &d), 0);
		assert_int_equal(audit_read(s.dir, 1, last_event, &s.event, &d), 0);
		assert_string_equal(json_get_str(s.event, "shop"), "us");
		assert_string_equal(json_get_str(s.event, "agent"), account ? "ann" : "Care@seller.example");
	}
	end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_inquiry_is_recorded_with_its_shop),
		cmocka_unit_test(a_bounce_names_what_failed),
		cmocka_unit_test(a_hostile_bounce_stops_nothing),
		cmocka_unit_test(a_notice_tells_a_date_and_a_case),
		cmocka_unit_test(redaction_keeps_what_joins),
		cmocka_unit_test(a_pose_is_a_part_of_a_domain),
		cmocka_unit_test(a_pose_starts_no_clock),
		cmocka_unit_test(another_filters_mark_is_told),
		cmocka_unit_test(the_subject_gets_its_tag),
		cmocka_unit_test(a_copy_answers_one_thread),
		cmocka_unit_test(only_what_concerns_is_read),
		cmocka_unit_test(an_answer_has_its_agent),
	};

	assert_int_equal(url_init(), 0);
	message_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
