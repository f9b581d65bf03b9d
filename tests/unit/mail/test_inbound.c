/* SPDX-License-Identifier: BSD-2-Clause */
/* What verifying servers and bounces say, days in notices, domains that look alike: tables of what is read and what is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "core/clock.h"
#include "mail/authres.h"
#include "mail/date.h"
#include "mail/lookalike.h"
#include "mail/report.h"
#include "mail/url.h"

static const struct mail_limits limits;

static void read_head(struct arena *arena, const char *raw, struct message *m)
{
	struct diag d = {.text = ""};

	assert_int_equal(message_headers(arena, slice_str(raw), &limits, m, &d), 0);
}

#define AR "Authentication-Results: mx.seller.example; "
#define END "\r\n\r\nx"

static const struct {
	const char *raw;
	bool present;
	enum auth_outcome dmarc, spf, dkim;
	const char *domains; /* joined by blanks */
} results[] = {
	{AR "dmarc=pass header.from=a.example" END, true, AUTH_PASS, AUTH_ABSENT, AUTH_ABSENT, ""},
	{AR "none" END, true, AUTH_ABSENT, AUTH_ABSENT, AUTH_ABSENT, ""},
	{"Authentication-Results: mx.seller.example" END, true, AUTH_ABSENT, AUTH_ABSENT, AUTH_ABSENT, ""},
	{AR "spf=pass smtp.mailfrom=bounce@a.example; dkim=fail header.d=b.example" END, true, AUTH_ABSENT, AUTH_PASS,
	    AUTH_FAIL, "a.example"},
	{AR "dkim=fail header.d=b.example; dkim=pass header.d=a.example header.i=@m.a.example" END, true, AUTH_ABSENT,
	    AUTH_ABSENT, AUTH_PASS, "a.example m.a.example"},
	{AR "spf=softfail; dmarc=fail" END, true, AUTH_FAIL, AUTH_FAIL, AUTH_ABSENT, ""},
	{AR "dkim/1 = pass (2048-bit; (nested) \\) key) header.d = a.example" END, true, AUTH_ABSENT, AUTH_ABSENT, AUTH_PASS,
	    "a.example"},
	{AR "\r\n\tspf=pass\r\n\t smtp.mailfrom=a.example;\r\n\tdmarc=pass" END, true, AUTH_PASS, AUTH_PASS, AUTH_ABSENT, "a.example"},
	{AR "dmarc=pass reason=\"x; dmarc=fail\"" END, true, AUTH_PASS, AUTH_ABSENT, AUTH_ABSENT, ""},
	{AR "(dmarc=fail; spf=fail) dmarc=pass" END, true, AUTH_PASS, AUTH_ABSENT, AUTH_ABSENT, ""},
	{AR "dmarc=pass (an open comment; spf=fail" END, true, AUTH_PASS, AUTH_ABSENT, AUTH_ABSENT, ""},
	{AR "dmarc=pass; spf=\"fail" END, true, AUTH_PASS, AUTH_FAIL, AUTH_ABSENT, ""},
	{AR "dkim=neutral; spf=temperror; dmarc=bestguesspass" END, true, AUTH_UNSURE, AUTH_UNSURE, AUTH_UNSURE, ""},
	{AR "dkim=none; spf=none" END, true, AUTH_ABSENT, AUTH_NONE, AUTH_NONE, ""},
	{"authentication-results: \"MX.Seller.Example\" 1; dmarc=pass" END, true, AUTH_PASS, AUTH_ABSENT, AUTH_ABSENT, ""},
	{"Authentication-Results: mx.seller.example.evil.example; dmarc=pass" END, false, AUTH_ABSENT, AUTH_ABSENT, AUTH_ABSENT, ""},
	{"Authentication-Results: (mx.seller.example) evil.example; dmarc=pass" END, false, AUTH_ABSENT, AUTH_ABSENT, AUTH_ABSENT, ""},
	{"Authentication-Results:" END, false, AUTH_ABSENT, AUTH_ABSENT, AUTH_ABSENT, ""},
	/* Two of ours count, the worst of each. */
	{AR "spf=pass smtp.mailfrom=a.example\r\n" AR "dmarc=fail" END, true, AUTH_FAIL, AUTH_PASS, AUTH_ABSENT, "a.example"},
	{AR "dmarc=fail\r\n" AR "dmarc=pass" END, true, AUTH_FAIL, AUTH_ABSENT, AUTH_ABSENT, ""},
	/* Below another server's, and below the second hop, nothing is ours. */
	{"Authentication-Results: evil.example; dmarc=pass\r\n" AR "dmarc=pass" END, false, AUTH_ABSENT, AUTH_ABSENT, AUTH_ABSENT, ""},
	{"Received: a\r\nReceived: b\r\n" AR "dmarc=pass" END, false, AUTH_ABSENT, AUTH_ABSENT, AUTH_ABSENT, ""},
	{"Received: a\r\n" AR "dmarc=pass" END, true, AUTH_PASS, AUTH_ABSENT, AUTH_ABSENT, ""},
	{"Subject: x" END, false, AUTH_ABSENT, AUTH_ABSENT, AUTH_ABSENT, ""},
};

static void join(char *out, size_t size, const struct auth_results *r)
{
	out[0] = '\0';
	for (size_t i = 0; i < r->domain_count; i++) {
		size_t len = strlen(out);

		snprintf(out + len, size - len, "%s%.*s", i > 0 ? " " : "", SLICE_ARG(r->domains[i]));
	}
}

static void results_are_read(void **state)
{
	static char id[] = "mx.seller.example";
	static char *const ids[] = {id, NULL};

	(void)state;
	for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++) {
		struct arena *arena = arena_new(1 << 20);
		struct auth_results r;
		struct message m = {0};
		char domains[200];

		print_message("%s\n", results[i].raw);
		read_head(arena, results[i].raw, &m);
		auth_results_read(&m, ids, &r);
		join(domains, sizeof(domains), &r);
		assert_int_equal(r.present, results[i].present);
		assert_int_equal(r.dmarc, results[i].dmarc);
		assert_int_equal(r.spf, results[i].spf);
		assert_int_equal(r.dkim, results[i].dkim);
		assert_string_equal(domains, results[i].domains);
		auth_results_read(&m, NULL, &r);
		assert_false(r.present);
		arena_free(&arena);
	}
}

static const struct {
	const char *raw, *ids, *status;
	bool has_action, failed;
} reports[] = {
	{"Subject: x\r\n\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; a\r\n\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
	    "--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <a@b>\r\n", "<a@b>", "5.1.1", true, true},
	{"Subject: x\n\nContent-Type: message/delivery-status\n\nStatus: 4.4.1\nAction: delayed\n\nAction: failed\nStatus: 5.2.2 (full)\n",
	    "", "5.2.2", true, true},
	{"Subject: x\n\nContent-Type: message/delivery-status\n\nAction: delayed\nStatus: 4.4.1\n", "", "", true, false},
	{"Subject: x\n\nAction: failed\n", "", "", false, false},
	{"Subject: x\n\nSorry.\n> Message-ID:\n>  <a@b>\n", "", "", false, false},
	{"Subject: x\n\nSorry.\nMessage-Id:\n <a@b>\n", "<a@b>", "", false, false},
	{"Subject: x\n\n550 #5.1.1 no\n> Message-ID: <a@b>\nMessage-ID: <c@d> <e@f>\nMessage-ID: <a@b>\n", "<a@b> <c@d>", "5.1.1", false, false},
	{"In-Reply-To: <a@b>\nReferences: <c@d> junk <a@b>\n\nx", "<a@b> <c@d>", "", false, false},
	{"Subject: x\n\nMessage-ID: <no blank s@b>\nMessage-ID: <>\nMessage-ID: <<x@y>\nMessage-ID: <open\n", "<x@y>", "", false, false},
	{"Subject: x\n\n192.5.1.1.7 and 15.1.1 and 5.1.1.1 and 5.1 are none\n", "", "", false, false},
	{"Message-ID: <own@x>\n\nx", "", "", false, false},
	{"", "", "", false, false},
};

static void reports_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(reports) / sizeof(reports[0]); i++) {
		struct arena *arena = arena_new(1 << 20);
		struct delivery_report r;
		struct message m = {0};
		char ids[200] = "";

		print_message("%s\n", reports[i].raw);
		read_head(arena, reports[i].raw, &m);
		delivery_report_read(slice_str(reports[i].raw), &m, &r);
		for (size_t n = 0; n < r.id_count; n++)
			snprintf(ids + strlen(ids), sizeof(ids) - strlen(ids), "%s%.*s", n > 0 ? " " : "", SLICE_ARG(r.ids[n]));
		assert_string_equal(ids, reports[i].ids);
		assert_true(slice_eq_str(r.status, reports[i].status));
		assert_int_equal(r.has_action, reports[i].has_action);
		assert_int_equal(r.failed, reports[i].failed);
		arena_free(&arena);
	}
}

/* A line with an id of its own; the first one ends the headers. */
static int write_line(char *out, int n)
{
	return n == 0 ? snprintf(out, 20, "Subject: x\n\n") : snprintf(out, 30, "Message-ID: <%d@b>\n", n);
}

/* However many are named, few are kept: one report is about one message. */
static void a_flood_of_ids_ends(void **state)
{
	struct arena *arena = arena_new(16 << 20);
	struct delivery_report r;
	struct message m = {0};
	char *raw = arena_alloc(arena, 100000 * 30 + 20);
	size_t len;

	(void)state;
	assert_non_null(raw);
	len = (size_t)write_line(raw, 0);
	for (int i = 0; i < 100000; i++)
		len += (size_t)write_line(raw + len, i + 1);
	read_head(arena, "Subject: x\n\n", &m);
	delivery_report_read((struct slice){raw, len}, &m, &r);
	assert_int_equal(r.id_count, REPORT_IDS_MAX);
	arena_free(&arena);
}

static const struct {
	const char *text;
	bool month_first;
	const char *want; /* NULL: none */
} days[] = {
	{"2026-03-04", true, "2026-03-04"}, {"03/04/2026", true, "2026-03-04"}, {"03/04/2026", false, "2026-04-03"},
	{"13/04/2026", true, "2026-04-13"}, {"04/13/2026", false, "2026-04-13"}, {"March 4, 2026", true, "2026-03-04"},
	{"4 March 2026", true, "2026-03-04"}, {"Mar. 4th, 2026", true, "2026-03-04"}, {"4. M\xC3\xA4rz 2026", true, "2026-03-04"},
	{"4 de marzo de 2026", true, "2026-03-04"}, {"4 f\xC3\xA9vrier 2026", true, "2026-02-04"}, {"4 ao\xC3\xBBt 2026", true, "2026-08-04"},
	{"4 juillet 2026", true, "2026-07-04"}, {"4 d\xC3\xA9\x63\x65mbre 2026", true, "2026-12-04"}, {"Feb 29, 2024", true, "2024-02-29"},
	{"Feb 29, 2026", true, NULL}, {"02/30/2026", true, NULL}, {"2026", true, NULL}, {"", true, NULL}, {"March 2026", true, NULL},
	{"4 Smarch 2026", true, NULL}, {"99999-01-01", true, NULL}, {"1/1/26", true, NULL}, {"1 2 3 4", true, NULL}, {"0/0/2026", true, NULL},
};

static void days_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(days) / sizeof(days[0]); i++) {
		char text[CLOCK_TEXT_SIZE] = "";
		int64_t seconds;

		print_message("%s\n", days[i].text);
		assert_int_equal(date_day(slice_str(days[i].text), days[i].month_first, &seconds), days[i].want != NULL ? 0 : -1);
		if (days[i].want == NULL)
			continue;
		clock_format(text, sizeof(text), seconds);
		assert_memory_equal(text, days[i].want, 10);
		assert_string_equal(text + 10, "T12:00:00Z");
	}
}

static const struct {
	const char *a, *b;
	bool same;
} alike[] = {
	{"amazon.com", "AMAZON.com", true}, {"arnazon.com", "amazon.com", true}, {"amaz0n.com", "amazon.com", true},
	{"wa1mart.com", "walmart.com", true}, {"waImart.com", "walmart.com", true}, {"vvalmart.com", "walmart.com", true},
	{"w\xD0\xB0lmart.com", "walmart.com", true}, {"xn--wlmart-3nf.com", "walmart.com", true},
	{"am\xEF\xBD\x81zon.com", "amazon.com", true}, {"ama\xE2\x80\x8Bzon.com", "amazon.com", true},
	{"amazone.com", "amazon.com", false}, {"walmart.org", "walmart.com", false}, {"etsyy.com", "etsy.com", false},
	{"xn--", "walmart.com", false}, {"", "walmart.com", false},
};

static void looks_are_compared(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(alike) / sizeof(alike[0]); i++) {
		struct arena *arena = arena_new(1 << 20);
		struct slice a = lookalike_fold(arena, slice_str(alike[i].a)), b = lookalike_fold(arena, slice_str(alike[i].b));

		print_message("%s %s\n", alike[i].a, alike[i].b);
		assert_non_null(a.ptr);
		assert_int_equal(slice_eq(a, b), alike[i].same);
		arena_free(&arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(results_are_read),
		cmocka_unit_test(reports_are_read),
		cmocka_unit_test(a_flood_of_ids_ends),
		cmocka_unit_test(days_are_read),
		cmocka_unit_test(looks_are_compared),
	};

	assert_int_equal(url_init(), 0);
	message_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
