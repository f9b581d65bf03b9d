/* SPDX-License-Identifier: BSD-2-Clause */
/* Rule plugin "contact": numbers, addresses, messengers, and the honest replies that look like them. */
#include <string.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "rows.h"

/* The shipped rule acts from here on. */
#define ACTS 70

static const char *const bad[] = {
	"Please call us at (626) 555-0147.",
	"call five five five, one two three, 4567",
	"six two six triple five 0147",
	"You can ring me on six two six, five five five, zero one four seven any time",
	"my number is 6 2 6 5 5 5 0 1 4 7",
	"6z6-555-O147",
	"Call 1-800-FLOWERS for help",
	"+86 138 0013 8000",
	"Text 626.555.0147 when you get this",
	"Best Gadgets LLC | +1 (626) 555-0147",
	"Phone: 020 7946 0958",
	"tel. 555-0147",
	"\xE7\x94\xB5\xE8\xAF\x9D\xE4\xB8\x80\xE4\xB8\x89\xE5\x85\xAB\xE9\x9B\xB6\xE9\x9B\xB6\xE4\xB8\x80\xE4\xB8\x89\xE5\x85\xAB\xE9\x9B\xB6\xE9\x9B\xB6\xE9\x9B\xB6",
	"uno tres ocho cero cero uno tres ocho cero cero cero",
	"jane at gmail dot com",
	"Write to jane(at)seller.example please",
	"jane [at] gmail [dot] com",
	"gmail: jane.doe",
	"my email is janedoe, gmail",
	"jane.doe at gmail",
	"reach me: jane @ gmail . com",
	"Add our VX: gadget-vip",
	"\xE5\x8A\xA0\xE5\xBE\xAE\xE4\xBF\xA1",
	"Contact us on WhatsApp for a faster reply.",
	"Do you have WeChat?",
	"Our Telegram is @bestgadgets",
	"Let's talk on Telegram instead",
	"find us on instagram @bestgadgets",
	"WhatsApp: +8613800138000",
	"Give us a ring and we will sort it out",
	"Please send us your phone number so that we can help you faster",
	"What is your WhatsApp number?",
	"Could you leave your cell number, we will call you",
	"Please contact us outside Walmart",
	"We can discuss this privately, message us off the platform",
	"We will refund you by Zelle",
	"Please send us your PayPal account",
	"Pay us via Western Union",
	"Write to my personal mail",
	"Don't hesitate to call us any time",
	"Visit our showroom in Los Angeles",
	"Ll\xC3\xA1menos al 55 1234 5678",
	NULL,
};

static const char *const good[] = {
	"I am sorry that you saw this on Facebook.",
	"The phone case fits iPhone 12 and 13.",
	"The telegram style lamp is back in stock.",
	"The signal booster needs 12 V.",
	"The LINE of products was discontinued.",
	"It is a skype-compatible webcam.",
	"Please call your carrier or local post office.",
	"UPS will call you before delivery.",
	"The number on the box is explained on page 3.",
	"The driver left a message at the door.",
	"Your tracking number is 9400111899223344556677.",
	"FedEx tracking 7712 3456 7890 shows delivery on 2026-11-20.",
	"Model 555-1234 fits the older one.",
	"SKUs: 123-456-789, 100-200-300, 4412-8890-11.",
	"The part number is 626-555-0147.",
	"Serial number 6265550147.",
	"IMEI 356938035643809",
	"EAN 4006381333931, UPC 036000291452",
	"We ship to ZIP 90210-1234.",
	"It measures 10x12x14 inches and weighs 12.5 lbs.",
	"Firmware 4.12.0.1187 fixes it; the router is at 192.168.100.254.",
	"Order 114-5652017-6650426 was shipped.",
	"Please return it to Best Gadgets Returns, 1234 Warehouse Way, Ontario, CA 91761-2345.",
	"It is available in sizes 6 7 8 9 10 11 12.",
	"Prices are $1,234.56, 1.234,56 EUR and 12 345.67 CAD.",
	"Open between 10:00 and 18:30, 12/24/2026 closed.",
	"We do not have a phone line, please reply here.",
	"We are not allowed to contact you by phone.",
	"WhatsApp notifications are shown on the watch once the app is paired.",
	"You can reach us here at any time.",
	"Please contact us through Walmart messages.",
	"The refund goes back to your original payment method, PayPal.",
	"It works with models WH-1000XM4, DR-200, B0-55-1200.",
	"Replacement for 8801643612345 and 106R02777, 44574702.",
	"Please check that the e-mail address in your Walmart account is right.",
	"The warranty card has the manufacturer's phone number.",
	"What is the model of your phone?",
	"One or two days more, three at most.",
	"Step one, two, three, four: press, hold, release, wait.",
	NULL,
};

static int wrong(const struct fake_rule *rule, const char *const *texts, bool wanted)
{
	return rows_wrong_in(rule, &(struct fake_message){.allow_domains = "walmart.com"}, texts, wanted, ACTS);
}

static void test_bad(void **state)
{
	assert_int_equal(wrong(*state, bad, true), 0);
}

static void test_good(void **state)
{
	assert_int_equal(wrong(*state, good, false), 0);
	assert_int_equal(wrong(*state, rows_honest, false), 0);
}

/* What is not in running text: addresses, links, ids, the options. */
static void test_parts(void **state)
{
	struct fake_option own[] = {{"allow_phones", "6265550147"}, {"allow_emails", "help@seller.example"}, {NULL, NULL}};
	struct fake_option without[] = {{"check_files", "no"}, {NULL, NULL}}, only[] = {{"only_files", "yes"}, {NULL, NULL}};
	struct fake_option always[] = {{"allow_phones", "6265550147"}, {"if_customer_asked", "no"}, {NULL, NULL}};
	struct fake_message phone = {.texts = {{POSTERN_SEGMENT_NEW, "Call (626) 555-0147 then."}}};
	struct fake_message mail = {.allow_domains = "walmart.com", .texts = {{POSTERN_SEGMENT_NEW, "x"}},
	    .addresses = {{"help@seller.example", POSTERN_SEGMENT_NEW}}};
	struct fake_message link = {.texts = {{POSTERN_SEGMENT_NEW, "x"}}, .urls = {{"tel:+16265550147", "tel", "", POSTERN_URL_ATTRIBUTE, POSTERN_SEGMENT_NEW}}};
	struct fake_message id = {.texts = {{POSTERN_SEGMENT_NEW, "Call 6265550147 it is named"}}, .ids = {{"item", "6265550147"}}};
	struct fake_rule *rule = fake_open(&postern_plugin, own);

	assert_int_equal(fake_check(rule, &phone).score, 95);
	phone.inbound.gave_phone = 1;
	assert_int_equal(fake_check(rule, &phone).findings, 0);
	assert_int_equal(fake_check(*state, &phone).score, 95);
	assert_int_equal(fake_check(*state, &mail).score, 95);
	assert_int_equal(fake_check(rule, &mail).findings, 0);
	mail.addresses[0].address = "help@walmart.com";
	assert_int_equal(fake_check(*state, &mail).findings, 0);
	mail.addresses[0].address = "A1@relay.walmart.com";
	assert_int_equal(fake_check(*state, &mail).findings, 0);
	mail.addresses[0] = (__typeof__(mail.addresses[0])){"john@gmail.com", POSTERN_SEGMENT_QUOTE};
	assert_int_equal(fake_check(*state, &mail).findings, 0);
	assert_int_equal(fake_check(*state, &link).score, 95);
	assert_int_equal(fake_check(*state, &id).findings, 0);
	fake_close(&rule);
	phone.texts[0].kind = POSTERN_SEGMENT_FILE;
	rule = fake_open(&postern_plugin, without);
	assert_int_equal(fake_check(rule, &phone).findings, 0);
	fake_close(&rule);
	rule = fake_open(&postern_plugin, only);
	assert_int_equal(fake_check(rule, &phone).score, 95);
	phone.texts[0].kind = POSTERN_SEGMENT_NEW;
	assert_int_equal(fake_check(rule, &phone).findings, 0);
	fake_close(&rule);
	rule = fake_open(&postern_plugin, always);
	phone.inbound.gave_phone = 0;
	assert_int_equal(fake_check(rule, &phone).findings, 0);
	fake_close(&rule);
}

/* Hostile sizes: what starts numbers and words, over and over. */
static void test_long(void **state)
{
	static const char *const units[] = {"626-555-0147 ", "one ", "double ", "1 ", "1.", "(", "call ", "a1b2", "\xE4\xB8\x80"};
	static char text[60000];
	struct fake_message message = {.texts = {{POSTERN_SEGMENT_NEW, text}}};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		size_t len = 0;

		while (len < sizeof(text) - 30)
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%s", units[i]);
		assert_int_equal(fake_check(*state, &message).status, POSTERN_OK);
	}
}

/* Judges the lines of a file, for trying texts that nobody tuned the lists for: CONTACT_TRY=FILE. */
static void test_try(void **state)
{
	const char *path = getenv("CONTACT_TRY");
	char line[2000];
	FILE *f = path != NULL ? fopen(path, "r") : NULL;

	if (f == NULL)
		return;
	while (fgets(line, sizeof(line), f) != NULL) {
		struct fake_message message = {.allow_domains = "walmart.com", .texts = {{POSTERN_SEGMENT_NEW, line}}};

		printf("%d\t%s", fake_check(*state, &message).score, line);
	}
	fclose(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_try),
	};

	return cmocka_run_group_tests(tests, rows_open, rows_close);
}
