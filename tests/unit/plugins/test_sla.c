/* SPDX-License-Identifier: BSD-2-Clause */
/* Rule plugin "sla": labels and clocks of inbound mail. */
#include <string.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "rows.h"

struct row {
	const char *text;
	const char *label;  /* must be there; NULL: none is asked for */
	const char *absent; /* must not be */
	bool clock;
};

static const struct row rows[] = {
	{"Where is my order? It should have come on Monday.", "Lost", "Suggest-Done", true},
	{"I have not received my package yet.", "Lost", NULL, true},
	{"My parcel never arrived.", "Lost", NULL, true},
	{"Tracking says delivered but nothing is here", "Lost", NULL, true},
	{"I want to return this, how do I do it?", "Return", NULL, true},
	{"I'd like a refund please.", "Return", NULL, true},
	{"Can I exchange it for a larger size?", "Return", NULL, true},
	{"Please cancel my order.", "Cancel", "Return", true},
	{"I ordered it by mistake, cancel", "Cancel", NULL, true},
	{"This is unacceptable. I will file a complaint with the Better Business Bureau.", "Complaint", NULL, true},
	{"The lid arrived broken.", "Complaint", NULL, true},
	{"You sent the wrong item", "Complaint", NULL, true},
	{"I am very disappointed.", "Complaint", NULL, true},
	{"Quiero devolver el producto", "Return", NULL, true},
	{"No he recibido mi pedido", "Lost", NULL, true},
	{"What material is it made of?", "Response-Needed", "Lost", true},
	{"Does it fit a 2019 Civic?", "Presale", "Aftersale", true},
	{"thanks!", "Suggest-Done", NULL, true},
	{"Thank you so much!", "Suggest-Done", NULL, true},
	{"Great, thank you for your help. Have a nice day!", "Suggest-Done", NULL, true},
	{"Thanks Anna", "Suggest-Done", NULL, true},
	{"I received it today, thank you very much.", "Suggest-Done", NULL, true},
	{"Ok thanks", "Suggest-Done", "Lost", true},
	{"Gracias!", "Suggest-Done", NULL, true},
	{"Thanks, but where is the manual?", NULL, "Suggest-Done", true},
	{"Thanks. The lid is still missing and I need it.", NULL, "Suggest-Done", true},
	{"ok but it does not turn on", NULL, "Suggest-Done", true},
	{"Thank you for your call of this morning about my lamp. When does the new one come?", "Summary-Owed", NULL, true},
	{"As we discussed on the phone, please send a new lamp.", "Summary-Owed", NULL, true},
	{"I spoke with your colleague yesterday on the phone and she promised a refund.", "Summary-Owed", "Suggest-Done", true},
	{"Somebody from your company called me yesterday about it.", "Summary-Owed", NULL, true},
	{"Your colleague told me on the phone that it comes this week.", "Summary-Owed", NULL, true},
	{"They said it on the phone box.", NULL, "Summary-Owed", true},
	{"As in our conversation above, where is the label?", NULL, "Summary-Owed", true},
	{"Following our phone call, where is the label?", "Summary-Owed", NULL, true},
	{"When we talked on the phone you said Friday.", "Summary-Owed", NULL, true},
	{"Como acordamos ayer por tel\xC3\xA9""fono, espero la l\xC3\xA1mpara nueva.", "Summary-Owed", NULL, true},
	{"Gracias por su llamada, \xC2\xBF""cu\xC3\xA1ndo llega?", "Summary-Owed", NULL, true},
	{"昨天电话里你们说会补发，什么时候发？", "Summary-Owed", NULL, true},
	{"感谢您刚才的来电，新的灯什么时候到？", "Summary-Owed", NULL, true},
	{"Please call me about my order.", NULL, "Summary-Owed", true},
	{"Can you call me back? We have not talked on the phone yet.", NULL, "Summary-Owed", true},
	{"The phone case that we discussed is too small for my phone.", NULL, "Summary-Owed", true},
	{"I called you three times and nobody answered the phone.", NULL, "Summary-Owed", true},
	{"As mentioned on the phone case's label it is waterproof, is it?", NULL, "Summary-Owed", true},
	{"The button says call, but nothing happens on a call.", NULL, "Summary-Owed", true},
	{"I want to speak with someone on the phone.", NULL, "Summary-Owed", true},
	{"Thank you for the call button, it works.", NULL, "Summary-Owed", true},
	{"Por favor ll\xC3\xA1meme por tel\xC3\xA9""fono.", NULL, "Summary-Owed", true},
	{"请给我打电话。", NULL, "Summary-Owed", true},
	{"电话手表里没有说明书。", NULL, "Summary-Owed", true},
	{"The friend you told me on the box to call is not there.", NULL, "Summary-Owed", true},
	{"I am out of the office until May 5 with limited access to email.", "Auto-Reply", "Response-Needed", false},
	{"I'm currently on vacation and will reply when I return.", "Auto-Reply", "Suggest-Done", false},
	{"This is an automatic reply. I will be back on Monday.", "Auto-Reply", NULL, false},
	{"Ich bin im Urlaub und lese keine Mails.", "Auto-Reply", NULL, false},
	{"I'm on vacation next week, can you deliver it later?", "Response-Needed", "Auto-Reply", true},
	{"The sign says out of office, but I ordered an open sign", "Response-Needed", "Auto-Reply", true},
};

static struct fake_message buyer(const char *text)
{
	struct fake_message message = {.direction = POSTERN_INBOUND, .labels = "Response-Needed", .clock = "reply",
	    .texts = {{POSTERN_SEGMENT_NEW, text}}};

	return message;
}

static void test_rows(void **state)
{
	int wrong = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fake_message message = buyer(rows[i].text);
		struct fake_result result = fake_check(*state, &message);

		if (result.status == POSTERN_OK && result.findings == 0 &&
		    (rows[i].label == NULL || fake_has_label(&result, rows[i].label)) &&
		    (rows[i].absent == NULL || !fake_has_label(&result, rows[i].absent)) &&
		    rows[i].clock == (result.clock[0] != '\0'))
			continue;
		fprintf(stderr, "\"%s\": labels%s clock %s\n", rows[i].text, result.labels, result.clock);
		wrong++;
	}
	assert_int_equal(wrong, 0);
}

/* Of our own mail only what the list says, and no clock. */
static void test_answers(void **state)
{
	static const struct { const char *text; bool summary; } answers[] = {
		{"Hello Maria, a summary of our call of this morning: the lamp came broken, a new one arrives on Friday.", true},
		{"To recap what we discussed: the new lamp arrives on Friday.", true},
		{"As we agreed on the phone, we send a new lamp.", true},
		{"On our call yesterday we agreed that you keep the lamp.", true},
		{"Resumen de nuestra llamada: la l\xC3\xA1mpara llega el viernes.", true},
		{"Como acordamos por tel\xC3\xA9""fono, enviamos una nueva.", true},
		{"通话内容总结如下：周五到货。", true},
		{"Hello Maria, the new lamp arrives on Friday.", false},
		{"Thank you for your call. The new lamp arrives on Friday.", false},
		{"Here is a summary of your order and a recap of the return steps.", false},
		{"We will send you a summary later.", false},
		{"我们会给您打电话。", false},
	};
	const struct fake_option options[] = {{"labels", "lists/answer-labels.tsv"}, {NULL, NULL}};
	struct fake_rule *rule = fake_open(&postern_plugin, options);

	(void)state;
	assert_non_null(rule);
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		struct fake_message message = buyer(answers[i].text);
		struct fake_result result;

		message.direction = POSTERN_OUTBOUND;
		result = fake_check(rule, &message);
		if (result.status != POSTERN_OK || result.clock[0] != '\0' ||
		    strcmp(result.labels, answers[i].summary ? " Summary-Given " : "") != 0)
			fail_msg("row %zu: %s", i, result.labels);
	}
	fake_close(&rule);
}

static void test_order(void **state)
{
	struct fake_message message = buyer("Where is it?");
	struct fake_result result;

	message.ids[0] = (struct fake_option){"tracking", "1Z999AA10123456784"};
	result = fake_check(*state, &message);
	assert_true(fake_has_label(&result, "Presale"));
	message.ids[1] = (struct fake_option){"po", "1234567890123"};
	result = fake_check(*state, &message);
	assert_true(fake_has_label(&result, "Aftersale"));
	assert_false(fake_has_label(&result, "Presale"));
}

static void test_kinds(void **state)
{
	struct fake_message care = {.direction = POSTERN_INBOUND, .labels = "Customer-Care, Escalation", .clock = "care",
	    .texts = {{POSTERN_SEGMENT_NEW, "Please help the customer with a return."}}};
	struct fake_message notice = {.direction = POSTERN_INBOUND, .labels = "Notice",
	    .texts = {{POSTERN_SEGMENT_NEW, "Your refund report. Returns are up."}}};
	struct fake_result result = fake_check(*state, &care);

	assert_true(fake_has_label(&result, "Customer-Care"));
	assert_true(fake_has_label(&result, "Escalation"));
	assert_true(fake_has_label(&result, "Return"));
	assert_false(fake_has_label(&result, "Presale"));
	assert_string_equal(result.clock, "care");
	result = fake_check(*state, &notice);
	assert_true(fake_has_label(&result, "Notice"));
	assert_false(fake_has_label(&result, "Return"));
	assert_string_equal(result.clock, "");
}

static void test_headers(void **state)
{
	static const struct fake_option headers[] = {{"Auto-Submitted", "auto-replied"}, {"X-Autoreply", "yes"},
	    {"Precedence", "auto_reply"}, {"Subject", "Automatic reply: your order"},
	    {"Subject", "Out of Office: back on Monday"}};
	static const struct fake_option others[] = {{"Auto-Submitted", "no"}, {"Auto-Submitted", "auto-generated"},
	    {"Precedence", "bulk"}, {"Subject", "Automatic feeder"}, {"X-Auto-Response-Suppress", "All"}};

	for (size_t i = 0; i < 5; i++) {
		struct fake_message message = buyer("Where is my order?");
		struct fake_result result;

		message.headers[0] = headers[i];
		result = fake_check(*state, &message);
		assert_true(fake_has_label(&result, "Auto-Reply"));
		assert_string_equal(result.clock, "");
		message.headers[0] = others[i];
		result = fake_check(*state, &message);
		assert_false(fake_has_label(&result, "Auto-Reply"));
		assert_string_equal(result.clock, "reply");
	}
}

/* A profile that names a clock it does not define must not pass silently. */
static void test_unknown_clock(void **state)
{
	struct fake_message message = buyer("Where is my order?");
	struct fake_result result;

	message.clock = "unknown";
	result = fake_check(*state, &message);
	assert_string_equal(result.rule, "MP-SLA");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_unknown_clock),
	};

	return cmocka_run_group_tests(tests, rows_open, rows_close);
}
