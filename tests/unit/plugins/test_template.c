/* SPDX-License-Identifier: BSD-2-Clause */
/* Rule plugin "template": placeholders, and what only looks like one. */
#include <string.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "rows.h"

static const char *const bad[] = {
	"Hi {{customer_name}}, your order has shipped.",
	"Hello {{ticket.requester.first_name}},\n\nthank you for waiting.",
	"Dear {name}, we are sorry about the damage.",
	"Dear [NAME],\nThe refund was issued today.",
	"Dear [Customer Name], your parcel was delivered on Monday.",
	"Your order <order number> was shipped yesterday.",
	"Dear %FIRSTNAME%, it ships today.",
	"Hi $name$, it ships today.",
	"The order ${order} was refunded.",
	"Your order ##ORDER## was refunded.",
	"Dear \u00abName\u00bb, thank you.",
	"Dear *|FNAME|*, your lamp is on its way.",
	"{% if order.refunded %}We refunded you.{% endif %}",
	"Your tracking number is XXXXXXX and it should arrive on Friday.",
	"Your tracking number is xxxx.",
	"We refunded $XX.XX to your card.",
	"It will arrive within XX days.",
	"The new delivery date is XX/XX/XXXX.",
	"Dear XXX, we are sorry for the delay.",
	"TODO: check with the warehouse\nYour order is late.",
	"Dear ,\n\nthe refund was issued today.",
	"Hi , your order ships today.",
	"Hi !\n\nYour order ships today.",
	"Hello  , the parcel is lost.",
	"Dear Customer Name, we have shipped a new one.",
	"You can follow it with insert tracking here.",
	"Lorem ipsum dolor sit amet.",
	"We are sorry about [insert issue]. A new one ships today.",
	"Regards,\n[Your Name]",
	"Regards,\n{{agent.signature}}",
	"Hi null, your parcel arrives on Friday.",
	"Your order #undefined was cancelled.",
	"The refund of <amount> was issued on <date>.",
	"Thank you for buying the [Product Title].",
	"We refunded [refund_amount] to you.",
	"Hello {first_name} {last_name}, it is in stock.",
	"Hello @@customer@@, it is in stock.",
	"Your new lamp ships on [date of shipment] with [carrier name].",
	"Dear [[name]], the lid is on the way.",
	"Tracking: __TRACKING_NUMBER__",
	"Hi #{customer.name}, the lid is on the way.",
	"Dear (name), sorry for that.",
	"Dear ___, sorry for that.",
	NULL,
};

static const char *const good[] = {
	"Size XXL is sold out, but XXXL and XL are in stock.",
	"The reference is [#ae9d0b12c3d4e5f60718293a4b5c6d7e#].",
	"[Important] Your order needs a signature.",
	"[External] Re: broken lid",
	"It comes in {S, M, L} and in two colours.",
	"It fits the Model X and the Model Y.",
	"We <3 our customers, and your lid ships today :-}",
	"Please click [Order Number] and then [Request Return].",
	"The [Name] field on the label shows who sent it.",
	"Under Orders > Details you find the tracking number.",
	"The card ending in XXXX-XXXX-XXXX-1234 was refunded.",
	"The label says 1Z999XXX.",
	"Send the command AT+NAME?<CR> with {\"name\": \"lamp\"} as the body.",
	"The temperature is < 40 and > 20 degrees inside.",
	"It is 100% cotton and 50% lighter.",
	"It costs between $5 and $6, name your colour.",
	"Thanks so much, all sorted now!\nAnna xxx",
	"Dear, sorry for the late reply. The parcel left today.",
	"Hi,\nthe parcel left today.",
	"Hello!\nThe parcel left today.",
	"Hi , thanks for your message , the parcel left today .",
	"The code printed on the box is {AB-12}.",
	"Model XX-200 and model XXX-3 use the same filter.",
	"[see photo 1] The hinge is on the left side.",
	"The blue [Reset] key is on the back.",
	"I would add \u00abBonjour tristesse\u00bb to the parcel, as you asked.",
	"The item # is printed below, and # 2 is the spare one.",
	"Press # and then * to reset it, number 5 is not used.",
	"Choose the size (name it in your reply) and we send it.",
	"Nothing to do on your side; todo list: none.",
	"The screws are M4 x 20 and 3 x 5 x 7 inches is the box.",
	"Your order number is 2000123-456; the tracking number is 9400100000000000000000.",
	"The part is <2 mm thick and the name is on the back>",
	"__init__ is shown on the display until it has started.",
	"The array a[i] in the example sketch is the LED's brightness.",
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

static void test_places(void **state)
{
	struct fake_message quote = {.texts = {{POSTERN_SEGMENT_NEW, "Done."}, {POSTERN_SEGMENT_QUOTE, bad[0]}}};
	struct fake_message subject = {.texts = {{POSTERN_SEGMENT_SUBJECT, "Order {{order.id}}"}}};
	struct fake_message signature = {.texts = {{POSTERN_SEGMENT_SIGNATURE, "[Your Name]\nCustomer care"}}};
	struct fake_result result;

	assert_int_equal(fake_check(*state, &quote).findings, 0);
	assert_int_equal(fake_check(*state, &subject).findings, 1);
	result = fake_check(*state, &signature);
	assert_int_equal(result.findings, 1);
	assert_non_null(strstr(result.evidence, "[Your Name]"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_places),
	};

	return cmocka_run_group_tests(tests, rows_open, rows_close);
}
