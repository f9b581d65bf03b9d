/* SPDX-License-Identifier: BSD-2-Clause */
/* Rule plugin "spelling": slips, and good English that looks like one. */
#include <string.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "rows.h"

static const char *const bad[] = {
	"i am realy sory for teh delay",
	"I have refunded $39.99. It arrives in 3-5 days.It was my mistake",
	"We will send the the replacement today.",
	"Please wait for for two more days.",
	"Your order will arrive tomorrow and i will check again.",
	"We recieved your return yesterday.",
	"Sorry,we do not have it in red.",
	"YOUR ORDER HAS SHIPPED AND WILL ARRIVE ON FRIDAY.",
	"Hello Maria. PLEASE DO NOT RETURN THE ITEM before you read this.",
	"We are sorry for the delay\uff0cit will arrive tomorrow\u3002",
	"Your parsel was delivred to the wrong adres by the carier.",
	"Unfortunatly it is out of stock.",
	"The pakcage was sended and the trackin numbr is below.",
	"Thanks!We will check.",
	"I think i've sent it already.",
	"The itme was dameged druing transport so we refudn you.",
	NULL,
};

static const char *const good[] = {
	"We apologise for the colour of the grey jumper; our neighbour in the centre labelled it wrongly.",
	"We cancelled and travelled; the catalogue's jewellery is aluminium, and the litre jug is a favourite.",
	"The Bouilloire Inox Deluxe from De'Longhi and the Xiaomi Mijia left our Shenzhen warehouse.",
	"SKU AB-1234-XZ, QTY 2, PO 1234567890123, ASIN B0ABCDEFGH, LED STRIP LIGHTS 5M RGB",
	"Ship to: Jos\u00e9 Garc\u00eda L\u00f3pez, 123 Calle de la Rosa, San Antonio TX 78205",
	"Please see https://www.walmart.com/ip/bouilloire-electrique-inox for details.",
	"The file invoice_finalv2.pdf is attached.",
	"That is not what I meant, he said that that is fine, and I had had enough.",
	"It comes in S,M,L and XL.",
	"Write to us, e.g. on Monday, i.e. before the 5th; option (i) is free.",
	"No.5 is the blue one, version 2.0 works with node.js as well.",
	"The Sch\u00f6ller naturkaffee and \"caf\u00e9 molido tostado extrafuerte\" are in one box.",
	"It has a USB port, HDMI out, WIFI, LED lights and an LCD screen.",
	"Yes, it fits.",
	"The earbuds' charger, the powerbank and the touchscreen are covered; resend the firmware config via the app.",
	"Your tracking number is 1Z999AA10123456784 and USPS delivers it on Fri, approx 2 pm EST.",
	"Thx, done.",
	"Hola Maria, your refund was issued.",
	NULL,
};

static void test_bad(void **state)
{
	assert_int_equal(rows_wrong(*state, bad, true), 0);
}

static void test_good(void **state)
{
	assert_int_equal(rows_wrong(*state, good, false), 0);
	assert_int_equal(rows_wrong(*state, rows_honest, false), 0);
}

/* Another language is not misspelled English, and what the customer wrote is no slip of ours. */
static void test_excused(void **state)
{
	struct fake_message spanish = {.texts = {{POSTERN_SEGMENT_NEW,
	    "Lamentamos mucho la demora de su pedido,le enviamos otro reemplazo hoy por la tarde."}}};
	struct fake_message own = {.texts = {{POSTERN_SEGMENT_NEW, "The frobnicator, the gizmatron and the wobblix are in the box, they fit."}}};
	struct fake_message quoted = {.texts = {{POSTERN_SEGMENT_NEW, own.texts[0].text},
	    {POSTERN_SEGMENT_SUBJECT, "Re: gizmatron"}, {POSTERN_SEGMENT_QUOTE, "Where is the Frobnicator, i ask the the seller?"}}};
	struct fake_message german = {.language = "de", .texts = {{POSTERN_SEGMENT_NEW, bad[0]}}};

	assert_int_equal(fake_check(*state, &spanish).findings, 0);
	assert_int_equal(fake_check(*state, &own).findings, 1);
	assert_int_equal(fake_check(*state, &quoted).findings, 0);
	assert_int_equal(fake_check(*state, &german).findings, 0);
}

static void test_config(void **state)
{
	struct fake_option missing[] = {{"dictionary", "/nowhere/en_US"}, {NULL, NULL}};
	struct fake_option variants[] = {{"variants", "colour"}, {NULL, NULL}};

	(void)state;
	assert_null(fake_open(&postern_plugin, missing));
	assert_non_null(strstr(fake_error(), "hunspell"));
	assert_null(fake_open(&postern_plugin, variants));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_excused),
		cmocka_unit_test(test_config),
	};

	return cmocka_run_group_tests(tests, rows_open, rows_close);
}
