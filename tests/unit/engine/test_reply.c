/* SPDX-License-Identifier: BSD-2-Clause */
/* The SMTP reply: readable, and in the only form that MTAs don't replace. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "engine/reply.h"
#include "postern/plugin.h"

static const struct verdict_input one = {.direction = POSTERN_OUTBOUND, .can_hold = true, .recipients = 1,
	.id = "0123456789ABCDEFGHIJ"};

static struct finding link_finding(const char *evidence)
{
	return (struct finding){.rule = "external-links", .rule_id = "MP-LINK", .plugin = "links", .action = ACTION_REJECT,
	    .where = SLICE_LIT("link"), .evidence = slice_str(evidence), .what = "link to another site",
	    .advice = "Remove links that leave the marketplace.", .policy = "Walmart G10"};
}

/* What every reply must be, whatever went in. */
static void assert_sendable(const struct verdict *v)
{
	assert_true(v->reply_count >= 1 && v->reply_count <= 32);
	assert_int_equal(v->code[0], v->enhanced[0]);
	assert_int_equal(v->code[0], v->action == ACTION_REJECT ? '5' : '4');
	for (size_t i = 0; i < v->reply_count; i++) {
		size_t len = strlen(v->reply[i]), percents = 0;

		assert_true(len > 0 && len <= 900);
		for (size_t k = 0; k < len; k++) {
			assert_in_range(v->reply[i][k], 0x20, 0x7E);
			if (v->reply[i][k] == '%') {
				percents++;
				continue;
			}
			assert_int_equal(percents % 2, 0);
			percents = 0;
		}
		assert_int_equal(percents % 2, 0);
	}
}

static void reply_names_rule_excerpt_policy_and_advice(void **state)
{
	struct arena *arena = arena_new(1 << 20);
	struct finding finding = link_finding("www.bestgadgets.shop");
	struct verdict v = {.findings = &finding, .finding_count = 1};

	(void)state;
	assert_int_equal(verdict_decide(arena, &one, &v), 0);
	assert_sendable(&v);
	assert_string_equal(v.code, "550");
	assert_string_equal(v.enhanced, "5.7.1");
	assert_int_equal(v.reply_count, 3);
	assert_string_equal(v.reply[0],
	    "[MP-LINK] Message not sent: link to another site ('www.bestgadgets.shop'). Policy: Walmart G10.");
	assert_string_equal(v.reply[1], "Remove links that leave the marketplace.");
	assert_string_equal(v.reply[2], "Ref: 0123456789ABCDEFGHIJ");
	arena_free(&arena);
}

/* Danger 25: everything that an MTA would mangle. */
static void hostile_text_stays_sendable(void **state)
{
	static const char *const texts[] = {
		"http://x/%41", "100%", "%%%", "caf\xC3\xA9", "refus\xC3\xA9 \xE2\x80\xAE gro", "a\r\nb: c", "\x1b[31mred",
		"\xFF\xFE broken", "", " ", "421 go away", "5.7.1", "%n%n%s%s", "\xF0\x9F\x98\x80"
	};
	char longest[8001], percents[2001];

	(void)state;
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	memset(percents, '%', sizeof(percents) - 1);
	percents[sizeof(percents) - 1] = '\0';
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]) + 2; i++) {
		size_t n = sizeof(texts) / sizeof(texts[0]);
		const char *text = i < n ? texts[i] : i == n ? longest : percents;
		struct arena *arena = arena_new(1 << 20);
		struct finding finding = link_finding(text);
		struct verdict v = {.findings = &finding, .finding_count = 1};

		finding.advice = finding.policy = finding.what = text;
		finding.where = slice_str(text);
		for (int action = ACTION_HOLD; action <= ACTION_REJECT; action++) {
			v.action = finding.action = (enum action)action;
			assert_int_equal(verdict_decide(arena, &one, &v), 0);
			if (action == ACTION_HOLD)
				assert_true(strlen(v.hold_reason) < 250 && strpbrk(v.hold_reason, "\r\n") == NULL);
			else
				assert_sendable(&v);
		}
		arena_free(&arena);
	}
}

static void percent_is_doubled_once(void **state)
{
	struct arena *arena = arena_new(1 << 20);
	struct finding finding = link_finding("http://x/%41");
	struct verdict v = {.findings = &finding, .finding_count = 1};

	(void)state;
	assert_int_equal(verdict_decide(arena, &one, &v), 0);
	assert_non_null(strstr(v.reply[0], "('http://x/%%41')"));
	arena_free(&arena);
}

static void more_than_fits_is_counted(void **state)
{
	struct arena *arena = arena_new(1 << 20);
	struct finding findings[60];
	char evidence[60][16];
	struct verdict v = {.findings = findings, .finding_count = 60};
	struct verdict_input input = one;
	size_t told = 0;
	unsigned more = 0;

	(void)state;
	for (size_t i = 0; i < 60; i++) {
		snprintf(evidence[i], sizeof(evidence[i]), "x%zu.example", i);
		findings[i] = link_finding(evidence[i]);
	}
	input.recipients = 3;
	assert_int_equal(verdict_decide(arena, &input, &v), 0);
	assert_sendable(&v);
	for (size_t i = 0; i < v.reply_count; i++)
		told += strstr(v.reply[i], "MP-LINK") != NULL;
	assert_int_equal(sscanf(v.reply[v.reply_count - 3], "... and %u more", &more), 1);
	assert_int_equal(told + more, 60);
	assert_string_equal(v.reply[v.reply_count - 2], "1 message to 3 recipients: the strictest rule applies to all.");
	assert_string_equal(v.reply[v.reply_count - 1], "Ref: 0123456789ABCDEFGHIJ");
	arena_free(&arena);
}

static void errors_ask_for_a_retry(void **state)
{
	struct arena *arena = arena_new(1 << 20);
	struct finding finding = {.rule = "phones", .rule_id = "POSTERN-ERROR", .plugin = "phones", .action = ACTION_DEFER,
	    .error = true, .where = SLICE_LIT("message"), .what = "a check could not be made"};
	struct verdict v = {.findings = &finding, .finding_count = 1};

	(void)state;
	assert_int_equal(verdict_decide(arena, &one, &v), 0);
	assert_sendable(&v);
	assert_string_equal(v.enhanced, "4.3.0");
	assert_string_equal(v.reply[0], "[POSTERN-ERROR] Message not sent yet, it will be tried again: a check could not be made.");
	finding.error = false;
	assert_int_equal(verdict_decide(arena, &one, &v), 0);
	assert_string_equal(v.enhanced, "4.7.1");
	arena_free(&arena);
}

static void the_same_is_told_once_and_monitored_never(void **state)
{
	struct arena *arena = arena_new(1 << 20);
	struct finding findings[3] = {link_finding("a.example"), link_finding("a.example"), link_finding("b.example")};
	struct verdict v = {.findings = findings, .finding_count = 3};

	(void)state;
	findings[1].marketplace = "amazon";
	findings[2].monitored = true;
	assert_int_equal(verdict_decide(arena, &one, &v), 0);
	assert_int_equal(v.reply_count, 3);
	for (size_t i = 0; i < v.reply_count; i++)
		assert_null(strstr(v.reply[i], "b.example"));
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reply_names_rule_excerpt_policy_and_advice),
		cmocka_unit_test(hostile_text_stays_sendable),
		cmocka_unit_test(percent_is_doubled_once),
		cmocka_unit_test(more_than_fits_is_counted),
		cmocka_unit_test(errors_ask_for_a_retry),
		cmocka_unit_test(the_same_is_told_once_and_monitored_never),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
