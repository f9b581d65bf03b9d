/* SPDX-License-Identifier: BSD-2-Clause */
/* Rule plugin "offchannel": who reads a mail, and where answers come back. */
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
#define RELAY "0123456789ABCDEF0123456789ABCDEF@relay.walmart.com"
#define OTHER "FEDCBA9876543210FEDCBA9876543210@relay.walmart.com"

struct row {
	const char *recipients[3];
	const char *name, *value; /* a header */
	const char *from;
	bool found;
};

static const struct row rows[] = {
	{{RELAY}, NULL, NULL, NULL, false},
	{{RELAY, "agent@seller.example"}, NULL, NULL, NULL, false},
	{{RELAY, "desk@mail.seller.example"}, NULL, NULL, NULL, false},
	{{RELAY, "help@walmart.com"}, NULL, NULL, NULL, false},
	{{RELAY, "john@gmail.com"}, NULL, NULL, NULL, true},
	{{RELAY, "john@factory.example"}, NULL, NULL, NULL, false},
	{{RELAY, "journal@archive.seller.example"}, NULL, NULL, NULL, false},
	{{RELAY, OTHER}, NULL, NULL, NULL, true},
	{{"abc+1111@marketplace.amazon.com", "abc+2222@marketplace.amazon.com"}, NULL, NULL, NULL, false},
	{{"abc+1111@marketplace.amazon.com", "abd+2222@marketplace.amazon.com"}, NULL, NULL, NULL, true},
	{{RELAY}, "Cc", "John <john@yahoo.com>", NULL, true},
	{{RELAY}, "Cc", "\"john@yahoo.com\" <agent@seller.example>", NULL, false},
	{{RELAY}, "To", "<" RELAY ">, <" OTHER ">", NULL, true},
	{{RELAY}, "To", "\"Doe, John\" <" RELAY ">", NULL, false},
	{{RELAY}, "To", "Customers:;", NULL, false},
	{{RELAY}, "Reply-To", "Best Gadgets <bestgadgets2020@gmail.com>", NULL, true},
	{{RELAY}, "Reply-To", "care@seller.example", NULL, false},
	{{RELAY}, "Reply-To", "ticket+77@desk.example", NULL, false},
	{{RELAY}, "Sender", "bestgadgets@qq.com", NULL, true},
	{{RELAY}, NULL, NULL, "Best Gadgets <bestgadgets@hotmail.com>", true},
	{{RELAY}, NULL, NULL, "Best Gadgets <care@bestgadgets.example>", false},
};

static struct fake_result check_row(const struct fake_rule *rule, const struct row *row)
{
	struct fake_message message = {.direction = POSTERN_OUTBOUND,
	    .recipients = {row->recipients[0], row->recipients[1], row->recipients[2]},
	    .headers = {{"From", row->from != NULL ? row->from : "Best Gadgets <agent@seller.example>"}, {row->name, row->value}},
	    .texts = {{POSTERN_SEGMENT_NEW, "Your parcel arrives on Friday."}}};

	return fake_check(rule, &message);
}

static void test_inside(void **state)
{
	int wrong = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fake_result result = check_row(*state, &rows[i]);

		if (result.status == POSTERN_OK && (result.score >= ACTS) == rows[i].found)
			continue;
		wrong++;
		fprintf(stderr, "row %zu: score %d (%s)\n", i, result.score, result.evidence);
	}
	assert_int_equal(wrong, 0);
}

/* A copy to another firm is doubtful: held, not rejected; none to the sender's own domain. */
static void test_copies(void **state)
{
	struct row other = {{RELAY, "john@factory.example"}, NULL, NULL, NULL, false};
	struct row own = {{RELAY, "journal@seller.example"}, NULL, NULL, NULL, false};
	struct row free = {{RELAY, "john@gmail.com"}, NULL, NULL, NULL, false};
	struct fake_option given[] = {{"report_to", "69"}, {NULL, NULL}};
	struct fake_rule *rule = fake_open(&postern_plugin, given);

	assert_int_equal(check_row(*state, &other).score, 68);
	assert_int_equal(check_row(*state, &own).findings, 0);
	assert_int_equal(check_row(rule, &other).findings, 1);
	assert_int_equal(check_row(rule, &free).findings, 0);
	fake_close(&rule);
}

/* A seller who has a free mailbox himself. */
static void test_free_seller(void **state)
{
	struct fake_message message = {.direction = POSTERN_OUTBOUND, .sender = "shop@gmail.com", .recipients = {RELAY, "shop@gmail.com"},
	    .headers = {{"From", "Shop <shop@gmail.com>"}, {"Reply-To", "shop@gmail.com"}}, .texts = {{POSTERN_SEGMENT_NEW, "Hello"}}};

	assert_int_equal(fake_check(*state, &message).findings, 0);
	message.recipients[1] = "john@gmail.com";
	assert_int_equal(fake_check(*state, &message).score, 95);
}

static void test_options(void **state)
{
	struct fake_option given[] = {{"own_domains", "archive.example,gmx.de"}, {"registered_senders", "x@gmail.com,desk.example"}, {NULL, NULL}};
	struct fake_rule *rule = fake_open(&postern_plugin, given);
	struct row own = {{RELAY, "copy@archive.example"}, "Reply-To", "x@gmail.com, y@desk.example", NULL, false};

	(void)state;
	assert_int_equal(check_row(rule, &own).findings, 0);
	fake_close(&rule);
}

struct outside_row {
	const char *recipient, *reference, *text, *order, *address;
	bool found;
};

static const struct outside_row outside_rows[] = {
	{"john@gmail.com", NULL, "About your Walmart order 200012345678901: we have shipped it again.", "200012345678901", NULL, true},
	{"john@gmail.com", NULL, "Sorry for the delay, your order 114-5652017-6650426 was lost. We refund you.", "114-5652017-6650426", NULL, true},
	{"john@gmail.com", "<abc@relay.walmart.com>", "Here is my answer: please press the button twice.", NULL, NULL, true},
	{"john@hotmail.com", NULL, "Sorry about the trouble, here is the manual.", NULL, RELAY, true},
	{"john@gmail.com", NULL, "Hello John, lunch on Friday?", NULL, NULL, false},
	{"li@163.com", NULL, "Please ship order 114-5652017-6650426 to the customer today, 2 cartons.", "114-5652017-6650426", NULL, false},
	{"li@qq.com", NULL, "The customer says the lamp of order 200012345678901 was broken. Sorry for the rush.", "200012345678901", NULL, false},
	{"tax@accountant.example", NULL, "Orders 200012345678901 were paid, your Walmart statement follows.", "200012345678901", NULL, false},
	{"claims@ups.com", NULL, "Your trace request for order 114-5652017-6650426, sorry for the delay.", "114-5652017-6650426", NULL, false},
	{"partnerhelp@wal-mart.com", "<x@wal-mart.com>", "Our order 200012345678901 was refunded. Sorry for asking again.", "200012345678901", NULL, false},
	{"boss@seller.example", "<abc@relay.walmart.com>", "What shall I answer? Your order was wrong, he says.", NULL, RELAY, false},
	{"repair@partner.example", "<abc@relay.walmart.com>", "Can you mend this? Model B0ABCDEFGH.", NULL, RELAY, false},
	{"wife@gmail.com", NULL, "Your package is at the door, love.", NULL, NULL, false},
};

/* Envelope and headers alone decide for most mail to firms. */
static void test_wants(void **state)
{
	static const struct {
		const char *recipient, *reference;
		bool wants;
	} wanted[] = {
		{"sam@supplier.example", NULL, false},
		{"sam@supplier.example", "<1@supplier.example>", false},
		{"sam@supplier.example", "<abc@relay.walmart.com>", true},
		{"john@gmail.com", NULL, true},
		{"boss@seller.example", "<abc@relay.walmart.com>", false},
		{"partnerhelp@wal-mart.com", "<x@wal-mart.com>", false},
	};

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		struct fake_message message = {.direction = POSTERN_OUTSIDE, .recipients = {wanted[i].recipient},
		    .headers = {{"From", "agent@seller.example"}, {wanted[i].reference != NULL ? "In-Reply-To" : NULL, wanted[i].reference}}};

		assert_int_equal(fake_wants(*state, &message), wanted[i].wants);
	}
}

static void test_outside(void **state)
{
	int wrong = 0;

	for (size_t i = 0; i < sizeof(outside_rows) / sizeof(outside_rows[0]); i++) {
		const struct outside_row *row = &outside_rows[i];
		struct fake_message message = {.direction = POSTERN_OUTSIDE, .recipients = {row->recipient},
		    .headers = {{"From", "agent@seller.example"}, {row->reference != NULL ? "In-Reply-To" : NULL, row->reference}},
		    .texts = {{POSTERN_SEGMENT_NEW, row->text}}, .ids = {{row->order != NULL ? "order" : NULL, row->order}},
		    .addresses = {{row->address, POSTERN_SEGMENT_QUOTE}}};
		struct fake_result result = fake_check(*state, &message);

		if (result.status == POSTERN_OK && (result.score >= ACTS) == row->found)
			continue;
		wrong++;
		fprintf(stderr, "outside row %zu: score %d (%s)\n", i, result.score, result.evidence);
	}
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_inside),
		cmocka_unit_test(test_copies),
		cmocka_unit_test(test_free_seller),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_wants),
		cmocka_unit_test(test_outside),
	};

	return cmocka_run_group_tests(tests, rows_open, rows_close);
}
