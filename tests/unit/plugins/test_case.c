/* SPDX-License-Identifier: BSD-2-Clause */
/* Rule plugin "case": what a case lacks, its window, how often and how alike cases are, notices of shipments. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "rows.h"

#define NOW 1800000000

/* What a profile says of cases there. */
#define WFS {"case_ids", "po,order,item,shipment,case"}, {"case_counted_ids", "po/order,item"}, {"case_max_ids", "2"}
#define LIMITS {"case_hold_per_day", "10"}, {"case_warn_per_day", "5"}, {"case_urgent_per_week", "3"}, {"case_reopen_per_week", "3"}
#define NEW(t) {{POSTERN_SEGMENT_NEW, (t)}}
#define PAPERS {{"POD.pdf", "application/pdf", "x", 0}, {"packing_list.csv", "text/csv", "x", 0}, \
    {"Commercial Invoice 7.pdf", "application/pdf", "x", 0}}
#define MISSING "Of the 120 units of PO 4342076435326 only 96 received, 24 units are missing since the delivery by our " \
    "carrier. Please ask the fulfillment center to look for them."

static struct fake_rule *rule_of(const char *checks)
{
	const struct fake_option options[] = {{"checks", checks}, {NULL, NULL}};
	struct fake_rule *rule = fake_open(&postern_plugin, options);

	if (rule == NULL)
		fail_msg("%s", fake_error());
	return rule;
}

struct row {
	struct fake_message message;
	const char *advice; /* part of what is advised; NULL: nothing may be found */
};

static void check_rows(const char *checks, const struct row *rows, size_t count)
{
	struct fake_rule *rule = rule_of(checks);

	for (size_t i = 0; i < count; i++) {
		struct fake_result result = fake_check(rule, &rows[i].message);

		if (result.status != POSTERN_OK)
			fail_msg("row %zu: status %d", i, (int)result.status);
		if (rows[i].advice == NULL ? result.findings != 0 : strstr(result.advice, rows[i].advice) == NULL)
			fail_msg("row %zu: advised: %s", i, result.advice);
	}
	fake_close(&rule);
}

static void a_case_says_what_it_needs(void **state)
{
	static const struct row rows[] = {
		{{.values = {WFS}, .ids = {{"po", "4342076435326"}}, .files = PAPERS, .texts = NEW(MISSING)}, NULL},
		{{.values = {WFS}, .ids = {{"po", "4342076435326"}}, .texts = NEW("The shipment of PO 4342076435326 was delivered "
		    "on 3 October by truck, with five cartons and a signature.")}, "a question, or a request"},
		{{.values = {WFS}, .ids = {{"po", "4342076435326"}}, .texts = NEW("Please check PO 4342076435326.")}, "Describe"},
		{{.values = {WFS}, .ids = {{"po", "4342076435326"}}, .texts = NEW("Please check PO 4342076435326, it shows as "
		    "delivered but nobody of the team has answered us so far.")}, "Add files"},
		{{.values = {WFS}, .texts = NEW(MISSING)}, "by its number"},
		/* Without a profile's list of numbers none is asked for. */
		{{.texts = NEW(MISSING)}, NULL},
		/* More of a case that is open: it was told already. */
		{{.values = {WFS}, .headers = {{"In-Reply-To", "<a@b>"}}, .texts = NEW("Attached.")}, NULL},
		{{.values = {WFS}, .ids = {{"case", "12345678"}}, .texts = NEW("Case 12345678: any news?")}, NULL},
		/* A number in the quote is the support's. */
		{{.values = {WFS}, .ids = {{"po", "4342076435326"}}, .texts = {{POSTERN_SEGMENT_NEW, "Please look at it again, the "
		    "answer does not fit what we asked for in any way, and we have sent all papers."},
		    {POSTERN_SEGMENT_QUOTE, "PO 4342076435326"}}}, "by its number"},
		/* Han: each character is a word. */
		{{.values = {WFS}, .ids = {{"item", "123456789"}}, .texts = NEW("商品ID 123456789 从周一开始无法发布，后台没有任何说明，"
		    "库存充足，请问是什么原因？")}, NULL},
		{{.values = {WFS}, .ids = {{"item", "123456789"}}, .texts = NEW("请处理 123456789")}, "Describe"},
	};

	(void)state;
	check_rows("hygiene", rows, sizeof(rows) / sizeof(rows[0]));
}

#define ITEM .values = {WFS}, .ids = {{"item", "123456789"}}, .files = PAPERS

static void a_case_asks_one_thing(void **state)
{
	static const char one[] = "One question a case";
	static const struct row rows[] = {
		{{ITEM, .texts = NEW("Item 123456789 is unpublished since Monday. Why is the listing unpublished? When will the "
		    "listing be published again? Please tell us what to change.")}, NULL},
		{{ITEM, .texts = NEW("Please publish the listing of item 123456789 again, it was unpublished. Where is our payout, "
		    "the payment of May is missing?")}, one},
		/* A topic that is told and not asked about. */
		{{ITEM, .texts = NEW("The listing of item 123456789 was unpublished and so we make no sales. The payout is late as "
		    "well, which we wait for. Please publish it again.")}, NULL},
		{{ITEM, .texts = NEW("About item 123456789 in the store:\n1. Why is it not shown to buyers?\n2. What must we do?")}, one},
		{{ITEM, .texts = NEW("About item 123456789 in the store:\n1. It was bought on 3 May.\n2. It is blue.\n3. Why is it "
		    "not shown to buyers any more?")}, NULL},
		{{.values = {WFS, {"case_numbered_points", "yes"}}, .ids = {{"item", "123456789"}}, .files = PAPERS, .texts = NEW("About "
		    "item 123456789 in the store:\n1. Why is it not shown to buyers?\n2. What must we do?")}, NULL},
		{{ITEM, .texts = NEW("Item 123456789 is not shown to buyers since Monday, why is that? We have another question too, on "
		    "the colour.")}, one},
		{{ITEM, .headers = {{"References", "<a@b>"}}, .texts = NEW("1. Why is it red?\n2. Who said so?")}, NULL},
		/* A line break inside of a sentence is only a wrapped line. */
		{{ITEM, .texts = NEW("Please tell us for item 123456789 why the\nlisting was unpublished, and what about the\nimage is "
		    "wrong in the eyes of your team.")}, NULL},
	};

	(void)state;
	check_rows("hygiene", rows, sizeof(rows) / sizeof(rows[0]));
}

#define TOLD " as shown in the files, could you please look at what happened to them in the warehouse last week?"

static void many_numbers_are_split(void **state)
{
	static const struct row rows[] = {
		{{.values = {WFS}, .ids = {{"po", "4342076435326"}}, .files = PAPERS,
		    .texts = NEW("PO 4342076435326 and 4342076435327" TOLD)}, NULL},
		{{.values = {WFS}, .ids = {{"po", "4342076435326"}}, .files = PAPERS,
		    .texts = NEW("PO 4342076435326, 4342076435327 and PO 4342076435328" TOLD)},
		    "1) 4342076435326, 4342076435327; 2) 4342076435328"},
		{{.values = {WFS}, .ids = {{"item", "123456781"}}, .files = PAPERS,
		    .texts = NEW("Items:\n- 123456781\n- 123456782\n- 123456783\n- 123456784\n- 123456785\n" TOLD)},
		    "1) 123456781, 123456782; 2) 123456783, 123456784; 3) 123456785"},
		{{.values = {WFS}, .ids = {{"po", "4342076435326"}}, .files = PAPERS,
		    .texts = NEW("PO号 4342076435326、4342076435327、4342076435328 三个订单请核实，请看附件里的文件")}, "2) 4342076435328"},
		/* The same number again, a PO and its order number, two of each kind, numbers of another form. */
		{{.values = {WFS}, .ids = {{"po", "4342076435326"}}, .files = PAPERS,
		    .texts = NEW("PO 4342076435326, 4342076435326, 4342076435326" TOLD)}, NULL},
		{{.values = {WFS}, .ids = {{"po", "4342076435326"}, {"po", "4342076435327"}, {"item", "123456781"}, {"item", "123456782"}},
		    .files = PAPERS, .texts = NEW("PO 4342076435326: item 123456781; PO 4342076435327: item 123456782" TOLD)}, NULL},
		{{.values = {WFS}, .ids = {{"po", "4342076435326"}}, .files = PAPERS,
		    .texts = NEW("PO 4342076435326, 20, 48, 12345, 20261103" TOLD)}, NULL},
		{{.values = {WFS}, .ids = {{"tracking", "1Z999AA10123456784"}, {"item", "123456781"}}, .files = PAPERS,
		    .texts = NEW("item 123456781: 1Z999AA10123456784, 1Z999AA10123456785, 1Z999AA10123456786" TOLD)}, NULL},
	};

	(void)state;
	check_rows("hygiene", rows, sizeof(rows) / sizeof(rows[0]));
}

#define MEASURE "Please remeasure item 123456789, its dimensions are wrong and it is charged as oversize. Ours: "

static void documents_of_the_category_are_there(void **state)
{
	static const struct row rows[] = {
		{{.texts = NEW(MISSING), .files = PAPERS}, NULL},
		{{.texts = NEW(MISSING)}, "Missing: Proof of Delivery (POD), Dispute Template (packing list), Commercial Invoice"},
		{{.texts = NEW(MISSING), .files = {{"POD.pdf", "application/pdf", "x", 0}, {"podcast-inventory.mp3", "audio/mpeg", "x", 0}}},
		    "Missing: Dispute Template (packing list), Commercial Invoice"},
		{{.texts = NEW(MISSING), .files = {{"all.zip", "application/zip", "x", 0}}, .facts = {{"member", "pdf a/POD.pdf", 0},
		    {"member", "csv packing-list.csv", 0}, {"member", "pdf invoice.pdf", 0}}}, NULL},
		{{.texts = {{POSTERN_SEGMENT_NEW, MISSING}, {POSTERN_SEGMENT_FILE, "COMMERCIAL INVOICE no 7"}},
		    .files = {{"a.pdf", "application/pdf", "x", 0}}}, "Missing: Proof of Delivery (POD), Dispute Template (packing list)\n"},
		{{.texts = NEW(MISSING), .headers = {{"In-Reply-To", "<a@b>"}}}, NULL},
		{{.texts = NEW(MISSING), .marketplace = "ebay"}, NULL},
		{{.texts = NEW(MEASURE "12 x 8 x 3 in."), .files = {{"a.jpg", "image/jpeg", "x", 0}}}, NULL},
		{{.texts = NEW(MEASURE "12 x 8 x 3 in.")}, "Missing: a photo"},
		{{.texts = NEW(MEASURE "12 x 8 x 3."), .files = {{"a.jpg", "image/jpeg", "x", 0}}}, "Missing: your own dimensions"},
		{{.texts = NEW(MEASURE "length 30 cm, width 20 cm, height 10 cm"), .files = {{"a.jpg", "image/jpeg", "x", 0}}}, NULL},
		{{.texts = NEW("Please check the wrong dimensions of item 123456789 (oversize fee): 12x8x3\""),
		    .files = {{"a.jpg", "image/jpeg", "x", 0}}}, "Missing: the word \"remeasurement\""},
		{{.texts = NEW("Why is the listing unpublished?")}, NULL},
	};

	(void)state;
	check_rows("documents", rows, sizeof(rows) / sizeof(rows[0]));
}

/* Which day is too early is the window's to say; what it is used for already is not asked here. */
static void claims_have_their_window(void **state)
{
	static const struct { enum postern_window_state state; const char *advice; bool unknown; } rows[] = {
		{POSTERN_WINDOW_WAITING, "Too early until 2026-01-11", false},
		{POSTERN_WINDOW_OPEN, NULL, false},
		{POSTERN_WINDOW_USED, NULL, false},
		{POSTERN_WINDOW_CLOSED, "Too late since 2026-02-20", false},
		{POSTERN_WINDOW_UNKNOWN, NULL, true},
	};
	struct fake_rule *rule = rule_of("window");

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fake_message message = {.values = {WFS}, .ids = {{"po", "4342076435326"}}, .texts = NEW(MISSING), .received = NOW,
		    .windows = {{"wfs-claim", "4342076435326", rows[i].state, "2026-01-11", "2026-02-20"},
		        {"wfs-claim", "4342076435327", POSTERN_WINDOW_CLOSED, "2026-01-12", "2026-02-21"},
		        {"other", "4342076435326", POSTERN_WINDOW_CLOSED, "2026-01-13", "2026-02-22"}}};
		struct fake_result result = fake_check(rule, &message);

		if (rows[i].advice == NULL ? result.findings != 0 : strstr(result.advice, rows[i].advice) == NULL)
			fail_msg("row %zu: %s", i, result.advice);
		assert_int_equal(result.score, rows[i].advice != NULL ? 90 : 0);
		assert_int_equal(fake_has_label(&result, "Delivery-Date-Unknown"), rows[i].unknown);
	}
	fake_close(&rule);
}

/* Hours that a clock takes, a begun one counts; nothing is said without a clock. */
static void an_answer_is_expected_by_the_clock(void **state)
{
	static const struct { int64_t usual, latest; const char *answer, *follow; } rows[] = {
		{3 * 3600, 27 * 3600, "Case-Answer-3h", "Case-Follow-Up-27h"},
		{65 * 3600 + 1, 89 * 3600, "Case-Answer-66h", "Case-Follow-Up-89h"},
	};
	struct fake_rule *rule = rule_of("hygiene");
	struct fake_message message = {.texts = NEW(MISSING), .received = NOW};

	(void)state;
	assert_null(strstr(fake_check(rule, &message).labels, "h "));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fake_result result;

		message.clocks[0].name = "case-usual";
		message.clocks[0].seconds = rows[i].usual;
		message.clocks[1].name = "case";
		message.clocks[1].seconds = rows[i].latest;
		result = fake_check(rule, &message);
		if (!fake_has_label(&result, rows[i].answer) || !fake_has_label(&result, rows[i].follow))
			fail_msg("row %zu: %s", i, result.labels);
	}
	fake_close(&rule);
}

static void a_lost_store_is_no_clean_case(void **state)
{
	static const struct fake_message message = {.values = {WFS}, .ids = {{"po", "4342076435326"}}, .texts = NEW(MISSING),
	    .counter_status = POSTERN_TEMPFAIL};
	static const char *const checks[] = {"window", "frequency", "duplicates"};

	(void)state;
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		struct fake_rule *rule = rule_of(checks[i]);

		assert_int_equal(fake_check(rule, &message).status, POSTERN_TEMPFAIL);
		fake_close(&rule);
	}
}

static void cases_are_counted_by_shop_and_day(void **state)
{
	struct fake_message message = {.values = {LIMITS}, .headers = {{"From", "Ann <Shop@Seller.example>"}}, .texts = NEW(MISSING), .remembers = true};
	struct fake_rule *rule = rule_of("frequency");

	(void)state;
	fake_forget();
	for (int n = 1; n <= 11; n++) {
		struct fake_result result = fake_check(rule, &message);

		assert_int_equal(result.score, n >= 10 ? 90 : n >= 5 ? 60 : 0);
	}
	/* Another shop; more of an open case; a profile's own numbers. */
	message.headers[0].value = "other@seller.example";
	assert_int_equal(fake_check(rule, &message).findings, 0);
	message.headers[0].value = "shop@seller.example";
	message.headers[1] = (struct fake_option){"In-Reply-To", "<a@b>"};
	assert_int_equal(fake_check(rule, &message).findings, 0);
	message.headers[1].name = NULL;
	message.values[0] = (struct fake_option){"case_hold_per_day", "100"};
	assert_int_equal(fake_check(rule, &message).score, 60);
	/* Without any there is no limit; the shipped rules have some in common.conf. */
	memset(message.values, 0, sizeof(message.values));
	assert_int_equal(fake_check(rule, &message).findings, 0);
	fake_close(&rule);
}

static void urgent_marks_are_rare(void **state)
{
	static const struct { struct fake_option header; const char *subject; bool urgent; } rows[] = {
		{{"Importance", "High"}, "Question", true}, {{"X-Priority", "1 (Highest)"}, "Question", true},
		{{"X-Priority", "3"}, "Question", false}, {{"X-Priority", "10"}, "Question", false},
		{{"Priority", "urgent"}, "Question", true}, {{"Priority", "non-urgent"}, "Question", false},
		{{"Importance", "normal"}, "URGENT: question", true}, {{"Importance", "normal"}, "【紧急】账号问题", true},
		{{"Importance", "normal"}, "Not urgent: question", false},
	};
	struct fake_rule *rule = rule_of("hygiene,urgent");

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fake_message message = {.values = {LIMITS}, .headers = {{"In-Reply-To", "<a@b>"}, rows[i].header}, .counted = 3,
		    .clocks = {{"case-usual", 3 * 3600}, {"case-urgent", 12 * 3600}},
		    .texts = {{POSTERN_SEGMENT_SUBJECT, rows[i].subject}, {POSTERN_SEGMENT_NEW, "It is urgent."}}};
		struct fake_result result = fake_check(rule, &message);

		if (fake_has_label(&result, "Case-Urgent") != rows[i].urgent || result.findings != rows[i].urgent ||
		    fake_has_label(&result, "Case-Answer-12h") != rows[i].urgent ||
		    fake_has_label(&result, "Case-Answer-3h") == rows[i].urgent)
			fail_msg("row %zu: %s", i, result.labels);
		message.counted = 2;
		assert_int_equal(fake_check(rule, &message).findings, 0);
	}
	fake_close(&rule);
}

static void reopening_is_counted(void **state)
{
	struct fake_message message = {.values = {LIMITS}, .texts = NEW("Please reopen the case, 请重新打开case."), .remembers = true};
	struct fake_rule *rule = rule_of("urgent");

	(void)state;
	fake_forget();
	for (int n = 1; n <= 4; n++)
		assert_int_equal(fake_check(rule, &message).findings, n > 3);
	fake_close(&rule);
}

/* Each pair: asked before, asked now, whether that is the same question. */
static void the_same_question_is_known_again(void **state)
{
	static const struct { const char *before, *now; bool same; } rows[] = {
		{MISSING, MISSING, true},
		{MISSING, "Of the 120 units of PO 4342076435326 only 96 received, 24 units are still missing since the delivery by "
		    "our carrier. Kindly ask the fulfillment center to search for them.", true},
		{MISSING, "For PO 4342076435326 the commission was charged twice on our invoice of May. Please refund the second one, "
		    "and tell us how such a thing is kept from coming again.", false},
		{MISSING, "Item 4342076435326 is shown with a wrong title and image since Monday. Could your catalog team restore what "
		    "we entered, and lock it?", false},
		{"商品从周一开始无法发布，后台没有任何说明，库存充足，请问是什么原因，如何恢复链接？",
		    "你好，商品从周一开始就无法发布了，后台没有任何说明，库存充足，请问是什么原因，怎么恢复链接？", true},
		{"商品从周一开始无法发布，后台没有任何说明，库存充足，请问是什么原因，如何恢复链接？",
		    "上个月的回款到现在还没有到账，银行那边也查不到，麻烦核实一下是否已经打款。", false},
	};
	struct fake_rule *rule = rule_of("duplicates");

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fake_message message = {.values = {WFS}, .ids = {{"po", "4342076435326"}}, .texts = NEW(rows[i].before),
		    .remembers = true};

		fake_forget();
		assert_int_equal(fake_check(rule, &message).findings, 0);
		message.texts[0].text = rows[i].now;
		if (fake_check(rule, &message).findings != rows[i].same)
			fail_msg("row %zu", i);
		/* About another order it is another question. */
		fake_forget();
		fake_check(rule, &message);
		message.ids[0].value = "9992076435326";
		assert_int_equal(fake_check(rule, &message).findings, 0);
	}
	fake_close(&rule);
}

static void a_notice_is_complete(void **state)
{
	static const struct row rows[] = {
		{{.texts = {{POSTERN_SEGMENT_SUBJECT, "Inbound notice"}, {POSTERN_SEGMENT_NEW, "ETA 5 Dec by sea, SKU A, qty 4, carton size "
		    "60x40x40 cm, G.W. 182 kg, N.W. 160 kg, shipping marks BG"}}}, NULL},
		{{.texts = {{POSTERN_SEGMENT_SUBJECT, "ASN 77"}, {POSTERN_SEGMENT_NEW, "ETA 5 Dec by sea"}}},
		    "packing list with SKU, quantity, carton size, gross weight, net weight, marks"},
		{{.texts = {{POSTERN_SEGMENT_SUBJECT, "ASN 77"}, {POSTERN_SEGMENT_NEW, "ETA 5 Dec by sea"}, {POSTERN_SEGMENT_FILE,
		    "SKU;Quantity;Carton size;Gross weight;Net weight;Mark"}}}, NULL},
		{{.texts = {{POSTERN_SEGMENT_SUBJECT, "入库预报"}, {POSTERN_SEGMENT_NEW, "预计12月5日到仓，海运，SKU A，数量4件，外箱尺寸 60x40x40 "
		    "cm，毛重182kg，净重160kg"}}}, "marks"},
		{{.texts = {{POSTERN_SEGMENT_SUBJECT, "Your order"}, {POSTERN_SEGMENT_NEW, "It arrives by sea."}}}, NULL},
		{{.texts = {{POSTERN_SEGMENT_SUBJECT, "ASN 77 not received"}, {POSTERN_SEGMENT_NEW, "Why?"}}}, NULL},
	};

	(void)state;
	check_rows("notice", rows, sizeof(rows) / sizeof(rows[0]));
}

static void mistakes_in_options_are_told(void **state)
{
	static const struct { struct fake_option option; const char *error; } rows[] = {
		{{"checks", "hygene"}, "expected hygiene"},
		{{"categories", "text:name\tLabel\t*\ttopic\t-\t-\n"}, "seven fields"},
		{{"categories", "text:name\tA label\t*\ttopic\t-\t-\ttitle\n"}, "letters, digits"},
		{{"topics", "text:word\tnowhere\t3\n"}, "not one of the list"},
		{{"phrases", "text:word\tmutter\n"}, "expected ask"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fake_option options[] = {{"checks", "hygiene"}, rows[i].option, {NULL, NULL}};

		assert_null(fake_open(&postern_plugin, i == 0 ? options + 1 : options));
		if (strstr(fake_error(), rows[i].error) == NULL)
			fail_msg("row %zu: %s", i, fake_error());
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_case_says_what_it_needs),
		cmocka_unit_test(a_case_asks_one_thing),
		cmocka_unit_test(many_numbers_are_split),
		cmocka_unit_test(documents_of_the_category_are_there),
		cmocka_unit_test(claims_have_their_window),
		cmocka_unit_test(an_answer_is_expected_by_the_clock),
		cmocka_unit_test(a_lost_store_is_no_clean_case),
		cmocka_unit_test(cases_are_counted_by_shop_and_day),
		cmocka_unit_test(urgent_marks_are_rare),
		cmocka_unit_test(reopening_is_counted),
		cmocka_unit_test(the_same_question_is_known_again),
		cmocka_unit_test(a_notice_is_complete),
		cmocka_unit_test(mistakes_in_options_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
