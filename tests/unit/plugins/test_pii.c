/* SPDX-License-Identifier: BSD-2-Clause */
/* Rule plugin "pii": check digits, cues, and numbers that only look so. */
#include <string.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "rows.h"

/* The shipped rule acts from here on. */
#define ACTS 70

static const char *const bad[] = {
	"What is the CVV of your card?",
	"Please give me the last 4 of your social.",
	"Your card 4111111111111111 was charged.",
	"Visa 4111 1111 1111 1111 exp 12/27",
	"5555-5555-5555-4444",
	"amex: 378282246310005",
	"3782 822463 10005",
	"IBAN DE89370400440532013000",
	"Transfer it to GB82 WEST 1234 5698 7654 32 please",
	"my social security number is 219-09-9999",
	"SSN 219099999",
	"CVV: 123",
	"Please send us your credit card number and the expiry date.",
	"Kindly provide a photo of your passport.",
	"What is your card number?",
	"CPF 529.982.247-25",
	"11010519491231002X is the citizen's number",
	NULL,
};

static const char *const good[] = {
	"Please never send us your card number, Walmart handles the payment.",
	"You don't need to give us your card number.",
	"The refund goes back to the card ending in 4242.",
	"Order 4111111111111111 was shipped.",
	"Tracking 9400 1118 9922 3344 5566 77",
	"tracking number 9261290300001234567890",
	"PO 4342076435326 and order 200012345678901",
	"Serial 4532015112830366",
	"Part 123-45-6789 fits.",
	"SKU 219-09-9999",
	"ISBN 978-3-16-148410-0, EAN 4006381333931",
	"IMEI 490154203237518",
	"Your order 114-5652017-6650426 left.",
	"Numbers: 4111111111111112 and 1234567890123456",
	"We never ask for card numbers.",
	"The card reader has 4 slots.",
	"The key is DE12 ABCD 3456",
	"TikTok order 577112345678901234",
	NULL,
};

static int wrong(const struct fake_rule *rule, const char *const *texts, bool wanted)
{
	return rows_wrong_in(rule, &(struct fake_message){0}, texts, wanted, ACTS);
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

/* An id of the profile is no card, whatever its check digit says. */
static void test_ids(void **state)
{
	struct fake_message message = {.texts = {{POSTERN_SEGMENT_NEW, "It is card 4111111111111111 of ours"}},
	    .ids = {{"order", "4111111111111111"}}};

	assert_int_equal(fake_check(*state, &message).findings, 0);
}

static void test_evidence(void **state)
{
	struct fake_message message = {.texts = {{POSTERN_SEGMENT_NEW, "card 4111 1111 1111 1111, exp 12/27"}}};
	struct fake_result result = fake_check(*state, &message);

	assert_string_equal(result.rule, "MP-PII");
	assert_string_equal(result.evidence, "card **** **** **** 1111, exp **/**");
}

/* Hostile sizes: what starts numbers, over and over. */
static void test_long(void **state)
{
	static const char *const units[] = {"4111 1111 1111 1111 ", "DE89 ", "4-", "a1", "card "};
	static char text[300000];
	struct fake_message message = {.texts = {{POSTERN_SEGMENT_NEW, text}}};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		size_t len = 0;

		while (len < sizeof(text) - 30)
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%s", units[i]);
		assert_int_equal(fake_check(*state, &message).status, POSTERN_OK);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_evidence),
		cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests(tests, rows_open, rows_close);
}
