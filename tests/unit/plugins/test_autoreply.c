/* SPDX-License-Identifier: BSD-2-Clause */
/* Rule plugin "autoreply": headers, subjects, and texts that say nothing. */
#include <string.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "rows.h"

static const char answer[] = "Your order shipped yesterday and arrives on Friday.";

static const char *const bad[] = {
	"Thank you for contacting us. We have received your message and will reply within 24 hours.",
	"Hi,\n\nWe've received your email. Our team will get back to you shortly.\n\nBest regards",
	"This is an automated message. Please do not reply to this email.",
	"Your inquiry has been received. A representative will respond within 1-2 business days.",
	"Thanks for reaching out! We will respond as soon as possible.",
	"We are currently out of the office and will reply on Monday.",
	"Dear customer,\nwe received your request and will get back to you within 48 hours. Thank you for your patience.",
	"Thank you for your message. Our office hours are Monday to Friday, 9 am to 5 pm. We will get back to you.",
	"Auto reply: we got your email and our support team will contact you soon.",
	"Your ticket has been created. One of our agents will be in touch soon.",
	"Hello, thank you for writing to us. We aim to respond to all messages within 24 hours.",
	"We are closed for the holidays. We will answer your message when we are back.",
	"We are experiencing a high volume of messages. Please allow up to 2 business days for a reply. Thank you for your patience.",
	"Thank you for contacting us about your order and we will get back to you within one business day.",
	"Vielen Dank f\u00fcr Ihre Nachricht. Wir haben Ihre Anfrage erhalten und melden uns innerhalb von 24 Stunden.",
	"Gracias por contactarnos. Hemos recibido su mensaje y le responderemos en 24 horas.",
	"Nous avons bien re\u00e7u votre message et nous vous r\u00e9pondrons dans les plus brefs d\u00e9lais.",
	"\u60a8\u597d\uff0c\u6211\u4eec\u5df2\u6536\u5230\u60a8\u7684\u90ae\u4ef6\uff0c\u5c06\u572824\u5c0f\u65f6\u5185\u56de\u590d\u60a8\u3002",
	"\u611f\u8c22\u60a8\u7684\u6765\u4fe1\uff0c\u6211\u4eec\u4f1a\u5c3d\u5feb\u56de\u590d\u3002",
	"\u8fd9\u662f\u4e00\u5c01\u81ea\u52a8\u56de\u590d\u90ae\u4ef6\u3002",
	"Thanks for your message! A member of our team will be with you as soon as possible, usually within one business day.",
	"Hello, your email is important to us. We will reply to you in the order it was received.",
	"Your request (#48213) has been received and is being reviewed by our support staff.",
	"Hi there! We got your message. Expect a response within 12 hours.",
	"We appreciate you contacting us. One of our colleagues will get back to you soon! Have a great day!",
	"Thanks for contacting Best Gadgets support. Our hours are 9-5 EST Monday through Friday. We'll respond to your inquiry on the next business day.",
	"This mailbox is not monitored. Please do not reply.",
	"Your request (#48213) has been received and is being reviewed by our support staff.",
	"This mailbox is not monitored. Please do not reply.",
	"Thank you for your e-mail. I am on annual leave until May 20, please contact my colleague.",
	"\u304a\u554f\u3044\u5408\u308f\u305b\u3092\u53d7\u3051\u4ed8\u3051\u307e\u3057\u305f\u3002\u62c5\u5f53\u8005\u3088\u308a\u8ffd\u3063\u3066\u3054\u9023\u7d61\u3044\u305f\u3057\u307e\u3059\u3002",
	"Bedankt voor uw bericht. We hebben uw e-mail ontvangen en reageren binnen 24 uur.",
	NULL,
};

static const char *const good[] = {
	"Thank you for contacting us. Your order shipped yesterday and arrives on Friday.",
	"Thank you for your message. We have refunded $39.99 to your card. It takes 3-5 business days.",
	"We received your message. The replacement lid was sent today with UPS, tracking number 1Z999AA10123456784.",
	"Dear Maria,\n\nwe are sorry that your order was lost. We have shipped a new one; the new delivery date is May 12. "
	"Thank you for your patience.",
	"Thanks for reaching out! Yes, it fits the 2019 model.",
	"I'm sorry about the broken lid. Would you like a refund or a replacement?",
	"Thank you for contacting us. Could you send us a photo of the damaged part? We will reply within 24 hours.",
	"We have received your return and issued a full refund.",
	"Unfortunately this item is out of stock, so I cancelled the order.",
	"Please press the button for ten seconds and try again. If it still does not work, we will replace it.",
	"I checked with the carrier and the parcel is delayed by weather. I will get back to you tomorrow with news.",
	"Thank you.",
	"No problem, have a nice day!",
	"You are welcome, Maria.",
	"The battery is charged in two hours.",
	"Thank you for your patience. The package left our warehouse on Monday.",
	"Thank you for contacting us. You can return the item within 30 days.",
	"Please see the attached manual.",
	"The parcel will arrive within 3 business days.",
	"We will ship the replacement within 24 hours.",
	"Gracias por su mensaje. Hemos enviado un reemplazo hoy.",
	"Vielen Dank f\u00fcr Ihre Nachricht. Ihre Bestellung wurde gestern versandt, wir melden uns innerhalb von 2 Tagen.",
	"\u6211\u4eec\u5df2\u6536\u5230\u60a8\u7684\u90ae\u4ef6\uff0c\u5df2\u7ecf\u4e3a\u60a8\u9000\u6b3e\u3002",
	"Hi John, I understand your frustration. The carrier attempted delivery yesterday but nobody was home. They will try again tomorrow.",
	"We have looked into this and the wrong size was sent. A prepaid return label will be emailed to you by Walmart and we will refund you once it is scanned.",
	"Hello, the sale price of $12.99 was only valid through Sunday, so we are unable to adjust it after the fact. I apologize for any disappointment.",
	"Good news! Your replacement has shipped and should arrive by Thursday, May 7.",
	"The product you received is our newest model, which replaced the older one. It works with the same charger.",
	"Yes we sell this as a set of 4. It is dishwasher safe.",
	"You can find the warranty card in the box. The warranty covers two years.",
	"Please visit Walmart.com and go to your purchase history to start a return.",
	"Thank you so much for shopping with us. If there is anything else we can do, please let us know.",
	"Dear customer, thanks for your order. About the free shipping, it is applied at checkout for orders over $35.",
	"I'm sorry that the gift arrived late. As a courtesy I have issued a $10 refund.",
	"There is no discount for bulk orders, unfortunately.",
	"Unfortunately we cannot offer free shipping to Hawaii.",
	"Since the item is on clearance it is final sale and can't be returned, but as it came damaged we will refund it.",
	"It comes in blue, green, and black. All colors are the same price.",
	"The second package will be delivered separately. Please wait two more days and check your mailbox again.",
	"I have forwarded your complaint to our warehouse manager and we will make sure that it doesn't happen again.",
	"To reset the device, hold the power button for 10 seconds, then plug it in.",
	"We can't ship to PO boxes. Could you send us another address through Walmart?",
	"Your refund of 25% has been processed, it is a one time goodwill credit for the trouble.",
	"Our customers love this blanket because it is soft. It is made of 100% cotton.",
	"Buenos dias Carlos, your package was returned to us because the address was incomplete. We refunded the full amount today. Saludos, Tim",
	"Item: Lampe de Table en Bois avec Abat-jour Blanc. It was shipped yesterday by UPS.",
	"The coupon on the box is from the manufacturer; we have nothing to do with it.",
	"You can buy one more and get it by Friday.",
	"Please get back to us within 24 hours if the tracking still shows no update.",
	"We would love to help you. What seems to be the problem with the lamp?",
	"We value your feedback and are sorry that the product didn't meet your expectations.",
	"No, the price includes two pieces. You may order again if you need more.",
	"Hello! Kindly note the tracking info has been updated; 2 business days more are needed. Sincerely, Best Gadgets Team",
	"Thank you for your patience. The manual can be found inside the box under the foam.",
	"We have received your message and checked with our warehouse: order 77-12 left on April 30.",
	"We will get back to you within 24 hours with the answer from the manufacturer.",
	"\u60a8\u597d\uff0c\u611f\u8c22\u60a8\u7684\u6765\u4fe1\u3002\u60a8\u8981\u7684\u662f\u84dd\u8272\u8fd8\u662f\u9ed1\u8272\uff1f\u786e\u8ba4\u540e\u6211\u4eec\u4f1a\u5c3d\u5feb\u4e3a\u60a8\u5904\u7406\u3002",
	"\u304a\u554f\u3044\u5408\u308f\u305b\u3042\u308a\u304c\u3068\u3046\u3054\u3056\u3044\u307e\u3059\u3002\u3054\u6ce8\u6587\u306e\u5546\u54c1\u306f\u672c\u65e5\u767a\u9001\u3044\u305f\u3057\u307e\u3057\u305f\u3002",
	NULL,
};

static void test_texts(void **state)
{
	assert_int_equal(rows_wrong(*state, bad, true), 0);
	assert_int_equal(rows_wrong(*state, good, false), 0);
}

struct header_row {
	const char *name, *value;
	bool found;
};

static const struct header_row headers[] = {
	{"Auto-Submitted", "auto-replied", true},
	{"Auto-Submitted", "auto-generated; type=x", true},
	{"Auto-Submitted", "AUTO-REPLIED", true},
	{"Auto-Submitted", "no", false},
	{"X-Autoreply", "yes", true},
	{"X-Autoreply", "no", false},
	{"X-Autorespond", "Your message", true},
	{"X-Autoresponder", "x", true},
	{"Precedence", "auto_reply", true},
	{"Precedence", "bulk", false},
	{"Precedence", "list", false},
	{"Precedence", "junk", false},
	{"List-Id", "<a.b>", false},
	{"X-Auto-Response-Suppress", "All", false},
	{"X-Auto-Response-Suppress", "OOF", false},
	{"Subject", "Automatic reply: Where is my order?", true},
	{"Subject", "Auto-Reply: order", true},
	{"Subject", "Out of Office: order", true},
	{"Subject", "Re: Out of office chair, wrong color", false},
	{"Subject", "Automatische Antwort: Bestellung", true},
	{"Subject", "R\u00e9ponse automatique : commande", true},
	{"Subject", "Respuesta autom\u00e1tica: pedido", true},
	{"Subject", "\u81ea\u52a8\u56de\u590d: order", true},
	{"Subject", "Auto: order", false},
	{"Subject", "Re: automatic cat feeder", false},
	{"Subject", "Re: Your order 123", false},
	{"Subject", "Autoradio question", false},
};

static void test_headers(void **state)
{
	int wrong = 0;

	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		struct fake_message message = {.headers = {{headers[i].name, headers[i].value}},
		    .texts = {{POSTERN_SEGMENT_NEW, answer}}};
		struct fake_result result = fake_check(*state, &message);

		if ((result.findings > 0) == headers[i].found && result.marked == headers[i].found)
			continue;
		fprintf(stderr, "%s: %s: %s\n", headers[i].found ? "not found" : "false alarm", headers[i].name,
		    headers[i].value);
		wrong++;
	}
	assert_int_equal(wrong, 0);
}

static void test_more(void **state)
{
	struct fake_message bounce = {.sender = "", .texts = {{POSTERN_SEGMENT_NEW, answer}}};
	struct fake_message reply = {.headers = {{"Subject", "Auto: order"}, {"In-Reply-To", "<a@b>"}},
	    .texts = {{POSTERN_SEGMENT_NEW, answer}}};
	struct fake_message id = {.texts = {{POSTERN_SEGMENT_NEW, bad[0]}}, .ids = {{"order", "1234567890123"}}};
	struct fake_message quote = {.texts = {{POSTERN_SEGMENT_NEW, bad[0]},
	    {POSTERN_SEGMENT_QUOTE, "Your order was sent on Monday with UPS."}}};

	assert_int_equal(fake_check(*state, &bounce).findings, 1);
	assert_int_equal(fake_check(*state, &reply).findings, 1);
	assert_int_equal(fake_check(*state, &id).findings, 0);
	assert_int_equal(fake_check(*state, &quote).findings, 1);
}

/* A help desk that marks its agents' replies as automatic. */
static void test_trust(void **state)
{
	struct fake_option trust[] = {{"trust_auto_headers", "no"}, {NULL, NULL}};
	struct fake_option human[] = {{"human_senders", "agent@seller.example, @desk.example,helpdesk"}, {NULL, NULL}};
	struct fake_message marked = {.headers = {{"Auto-Submitted", "auto-generated"}},
	    .texts = {{POSTERN_SEGMENT_NEW, answer}}};
	struct fake_message stock = {.headers = {{"Auto-Submitted", "auto-generated"}},
	    .texts = {{POSTERN_SEGMENT_NEW, bad[0]}}};
	struct fake_rule *rule = fake_open(&postern_plugin, trust);

	(void)state;
	assert_int_equal(fake_check(rule, &marked).findings, 0);
	assert_int_equal(fake_check(rule, &stock).findings, 1);
	fake_close(&rule);
	rule = fake_open(&postern_plugin, human);
	assert_int_equal(fake_check(rule, &marked).findings, 0);
	marked.sender = "Anna@Desk.example";
	assert_int_equal(fake_check(rule, &marked).findings, 0);
	marked.sender = "anna@other.example";
	assert_int_equal(fake_check(rule, &marked).findings, 1);
	marked.account = "helpdesk";
	assert_int_equal(fake_check(rule, &marked).findings, 0);
	fake_close(&rule);
}

static int setup(void **state)
{
	*state = fake_open(&postern_plugin, NULL);
	return *state != NULL ? 0 : -1;
}

static int teardown(void **state)
{
	struct fake_rule *rule = *state;

	fake_close(&rule);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_more),
		cmocka_unit_test(test_trust),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
