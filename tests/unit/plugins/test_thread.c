/* SPDX-License-Identifier: BSD-2-Clause */
/* Rule plugin "thread": references, orders, the mark in the subject, other marketplaces' names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "rows.h"

/* What each rule of rules/outbound/thread.conf checks. */
static struct fake_rule *rule_of(const char *checks)
{
	const struct fake_option options[] = {{"checks", checks}, {NULL, NULL}};
	struct fake_rule *rule = fake_open(&postern_plugin, options);

	if (rule == NULL)
		fail_msg("%s", fake_error());
	return rule;
}

#define REFERENCE "Email reference id: [#ae9d11aa22bb33cc44dd55ee66ff7788#]"

static void an_answer_needs_its_reference(void **state)
{
	static const struct { struct fake_message message; size_t findings; } rows[] = {
		{{.headers = {{"Subject", "Re: item #391155709100"}}, .texts = {{POSTERN_SEGMENT_NEW, "Sent today."}}}, 1},
		{{.headers = {{"Subject", "Your item"}, {"In-Reply-To", "<a@b>"}}, .texts = {{POSTERN_SEGMENT_NEW, "Sent today."}}}, 1},
		{{.headers = {{"Subject", "Your item"}}, .quotes = POSTERN_QUOTES_VERIFIED, .texts = {{POSTERN_SEGMENT_NEW, "Sent."},
		    {POSTERN_SEGMENT_QUOTE, "> Where is it?"}}}, 1},
		{{.headers = {{"Subject", "Your item"}}, .inbound = {.known = 1}, .texts = {{POSTERN_SEGMENT_NEW, "Sent today."}}}, 1},
		{{.headers = {{"Subject", "Re: x"}}, .texts = {{POSTERN_SEGMENT_NEW, "Sent."}, {POSTERN_SEGMENT_QUOTE, REFERENCE}}}, 0},
		{{.headers = {{"Subject", "Re: x"}}, .texts = {{POSTERN_SEGMENT_NEW, "Sent.\n\n[#ae9d11aa22bb33cc#]"}}}, 0},
		{{.headers = {{"Subject", "Re: x"}}, .texts = {{POSTERN_SEGMENT_QUOTE, "> [#ae9d11aa22bb\n> 33cc44dd#]"}}}, 0},
		{{.headers = {{"Subject", "Re: x"}}, .texts = {{POSTERN_SEGMENT_NEW, "See [#12]."}}}, 1},
		{{.headers = {{"Subject", "Re: x"}}, .texts = {{POSTERN_SEGMENT_NEW, "[#nothexnothexnothexnothex#]"}}}, 1},
		/* The seller writes first: there is none. */
		{{.headers = {{"Subject", "Your item 391155709100"}}, .texts = {{POSTERN_SEGMENT_NEW, "Sent today."}}}, 0},
	};
	struct fake_rule *rule = rule_of("reference");

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (fake_check(rule, &rows[i].message).findings != rows[i].findings)
			fail_msg("row %zu", i);
	fake_close(&rule);
}

static void who_writes_first_names_the_order(void **state)
{
	static const struct { struct fake_message message; size_t findings; } rows[] = {
		{{.headers = {{"Subject", "Delay"}}, .texts = {{POSTERN_SEGMENT_NEW, "It is late."}}}, 1},
		{{.headers = {{"Subject", "Delay"}}, .texts = {{POSTERN_SEGMENT_NEW, "Order 200012345678901 is late."}},
		    .ids = {{"order", "200012345678901"}}}, 0},
		{{.headers = {{"Subject", "Delay"}}, .texts = {{POSTERN_SEGMENT_NEW, "Parcel 1Z999AA10123456784 is late."}},
		    .ids = {{"tracking", "1Z999AA10123456784"}}}, 1},
		{{.headers = {{"Subject", "Delay"}}, .texts = {{POSTERN_SEGMENT_NEW, "Order 08-14471-32723 is late."}},
		    .ids = {{"ebay/order", "08-14471-32723"}}}, 1},
		{{.headers = {{"Subject", "RE: Delay"}}, .texts = {{POSTERN_SEGMENT_NEW, "It is late."}}}, 0},
		{{.headers = {{"Subject", "Delay"}, {"References", "<a@b>"}}, .texts = {{POSTERN_SEGMENT_NEW, "It is late."}}}, 0},
		{{.headers = {{"Subject", "Delay"}}, .inbound = {.known = 1}, .texts = {{POSTERN_SEGMENT_NEW, "It is late."}}}, 0},
		{{.headers = {{"Subject", "Delay"}}, .quotes = POSTERN_QUOTES_UNVERIFIED, .texts = {{POSTERN_SEGMENT_NEW, "Late."}}}, 0},
	};
	struct fake_rule *rule = rule_of("order");

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (fake_check(rule, &rows[i].message).findings != rows[i].findings)
			fail_msg("row %zu", i);
	fake_close(&rule);
}

#define ASKED {.known = 1, .order = {"114-5652017-6650426", 19}}

static void the_order_is_the_threads(void **state)
{
	static const struct { struct fake_message message; size_t findings; } rows[] = {
		{{.inbound = ASKED, .texts = {{POSTERN_SEGMENT_NEW, "114-1111111-1111111 is sent."}}, .ids = {{"order", "114-1111111-1111111"}}}, 1},
		{{.inbound = ASKED, .texts = {{POSTERN_SEGMENT_NEW, "114-5652017-6650426 is sent."}}, .ids = {{"order", "114-5652017-6650426"}}}, 0},
		{{.inbound = ASKED, .texts = {{POSTERN_SEGMENT_NEW, "114-5652017-6650426 and 114-1111111-1111111"}},
		    .ids = {{"order", "114-1111111-1111111"}, {"order", "114-5652017-6650426"}}}, 0},
		{{.inbound = {.known = 1}, .texts = {{POSTERN_SEGMENT_NEW, "114-1111111-1111111"}}, .ids = {{"order", "114-1111111-1111111"}}}, 0},
		{{.texts = {{POSTERN_SEGMENT_NEW, "114-1111111-1111111"}}, .ids = {{"order", "114-1111111-1111111"}}}, 0},
		{{.inbound = ASKED, .texts = {{POSTERN_SEGMENT_NEW, "It is sent."}}}, 0},
	};
	struct fake_rule *rule = rule_of("other_order");

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (fake_check(rule, &rows[i].message).findings != rows[i].findings)
			fail_msg("row %zu", i);
	fake_close(&rule);
}

static void the_mark_is_for_what_stops_an_order(void **state)
{
	static const struct { const char *subject, *text; size_t findings; } rows[] = {
		{"[Important] A gift for you", "Thank you for your order. Leave us a comment!", 1},
		{"[IMPORTANT] Your order", "We hope you enjoy the lamp.", 1},
		{"[Important] Your order", "The blue lamp is out of stock. Do you want the red one?", 0},
		{"[Important] Address", "Your address is incomplete, please send the apartment number.", 0},
		{"[Important] Engraving", "Which name shall we engrave?", 0},
		{"Re: [Important] A gift", "Thanks.", 0},
		{"Your order is important to us", "Thanks.", 0},
	};
	struct fake_rule *rule = rule_of("important");

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fake_message message = {.headers = {{"Subject", rows[i].subject}}, .texts = {{POSTERN_SEGMENT_NEW, rows[i].text}}};

		if (fake_check(rule, &message).findings != rows[i].findings)
			fail_msg("%s / %s", rows[i].subject, rows[i].text);
	}
	fake_close(&rule);
}

/* In mail to Walmart's customers. */
static const char *const wrong_market[] = {
	"Do not contact Walmart, cancel it yourself on Amazon.", "Thank you for buying from our Amazon store!",
	"Kindly reach out to eBay support.", "According to Amazon policy you have 30 days.", "Dear eBay buyer, thanks for your message.",
	"The refund is processed by Amazon.", "You can find more colors at our Etsy shop.", "Sent from Amazon Seller app",
	"eBay does not allow us to change the address.", "The same lamp is 5 dollars less on AliExpress.",
	"亚马逊会给您退款，请联系亚马逊客服。", "Por favor cancele su pedido en Amazon.", "Ihre Amazon-Bestellung wurde versandt.",
	"Check our shop at Target.com", "Next time order from Wish, we have it there.", "your payment is still hold by ebay",
	"Please find the return label on your eBay page.", "Sign in to Amazon and choose Returns.", NULL
};
static const char *const right_market[] = {
	"The speaker works with Amazon Alexa.", "This cover fits the Amazon Fire HD 10 tablet.", "The print shows the Amazon rainforest.",
	"The TV is the Toshiba Fire TV Amazon edition.", "Your parcel was handed to Amazon Logistics, tracking TBA123456789012.",
	"You wrote that you bought one on Amazon last year.", "We are not the seller that you found on eBay.",
	"Our target is to ship within one day.", "Target delivery date is Friday.", "We wish you a nice weekend.", "Wish you all the best!",
	"We sell only here, not on Amazon or eBay.", "The necklace is Etsy-style and handmade.", "The stone is called amazonite.",
	"You can download the app from the Amazon Appstore.", "An eBay gift card can't be used here, sorry.",
	"Thank you for your order at Walmart.", "The wish list card is included.", "write to john@amazon-fan.example", NULL
};

static void names_are_judged_by_their_sentence(void **state)
{
	struct fake_rule *rule = rule_of("market");

	(void)state;
	assert_int_equal(rows_wrong(rule, wrong_market, true), 0);
	assert_int_equal(rows_wrong(rule, right_market, false), 0);
	assert_int_equal(rows_wrong(rule, rows_honest, false), 0);
	fake_close(&rule);
}

static void quotes_and_numbers(void **state)
{
	static const struct { struct fake_message message; size_t findings; } rows[] = {
		{{.texts = {{POSTERN_SEGMENT_QUOTE, "I cancelled it on Amazon."}}}, 0},
		{{.texts = {{POSTERN_SEGMENT_NEW, "114-5652017-6650426"}}, .ids = {{"amazon/order", "114-5652017-6650426"}}}, 1},
		{{.texts = {{POSTERN_SEGMENT_QUOTE, "114-5652017-6650426"}}, .ids = {{"amazon/order", "114-5652017-6650426"}}}, 0},
		/* Ten digits may be anybody's number. */
		{{.texts = {{POSTERN_SEGMENT_NEW, "order 4040500317"}}, .ids = {{"etsy/order", "4040500317"}}}, 0},
		{{.marketplace = "amazon", .texts = {{POSTERN_SEGMENT_NEW, "Cancel it in your Amazon account."}}}, 0},
		{{.marketplace = "amazon", .texts = {{POSTERN_SEGMENT_NEW, "Cancel it in your Walmart account."}}}, 1},
	};
	struct fake_rule *rule = rule_of("market");

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (fake_check(rule, &rows[i].message).findings != rows[i].findings)
			fail_msg("row %zu", i);
	fake_close(&rule);
}

static void unknown_checks_are_refused(void **state)
{
	const struct fake_option options[] = {{"checks", "order,orders"}, {NULL, NULL}};

	(void)state;
	assert_null(fake_open(&postern_plugin, options));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_needs_its_reference),
		cmocka_unit_test(who_writes_first_names_the_order),
		cmocka_unit_test(the_order_is_the_threads),
		cmocka_unit_test(the_mark_is_for_what_stops_an_order),
		cmocka_unit_test(names_are_judged_by_their_sentence),
		cmocka_unit_test(quotes_and_numbers),
		cmocka_unit_test(unknown_checks_are_refused),
	};

	return cmocka_run_group_tests_name("plugins/thread", tests, NULL, NULL);
}
