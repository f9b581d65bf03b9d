/* SPDX-License-Identifier: BSD-2-Clause */
/* Rule plugin "quality": empty replies, and short ones that say it all; of long ones the beginning is read first. */
#include <string.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "rows.h"

/* Half of what is read first of a long text. */
#define COURTESIES "Dear customer, thank you for your message. Thanks a lot for your order. Thank you very much. " \
	"We appreciate your patience. Please feel free to contact us if you have any questions. Have a nice day! "

#define FACTS "The blue lamp has a plug of its own and a cord of six feet. It takes two bulbs of sixty watts each, and the white one " \
	"takes three of forty. Both stand on a foot of steel, which weighs eleven pounds and is painted. "

static const char *const bad[] = {
	"Hi Maria,",
	"Hello,\n\nThank you for your message.\n\nBest regards,\nAnna",
	"Thanks!",
	"Thank you very much.",
	"Dear customer, thank you for contacting us. Have a nice day!",
	"You are welcome.",
	"Ok, noted.",
	"Please be patient.",
	"We apologize for the inconvenience.",
	"Dear friend, we are so sorry for the inconvenience. We will do our best to help you. Have a great day!",
	"Your satisfaction is very important to us. Please feel free to contact us if you have any questions.",
	"We cannot refund you.",
	"Hello, your order can't be cancelled. Regards",
	"A refund is not possible.",
	"Sorry, no returns.",
	"Your cancellation request was denied.",
	"Your lamp arrived broken. Send a photo.",
	"The parcel was lost in a depot.",
	"Hello John, thanks for reaching out to us! Warm regards, Customer Service Team",
	"Hi, got your message. Thank you!",
	"Dear sir, we are very sorry for the trouble. Please understand. Best wishes",
	"Thank you for your order and your support!",
	"Hope you have a nice day!",
	"Hi dear, sorry about that, please kindly wait.",
	"OK, thank you for your understanding.",
	"Noted with thanks.",
	"We value your business and appreciate your patience.",
	"How can I help you today?",
	"I understand your frustration. We will look into it and get back to you soon.",
	"Hello! We are always here to help you.",
	"We are unable to process a refund for you.",
	"Sorry, this order cannot be returned.",
	"I can't exchange it, have a good day.",
	"Unfortunately cancellation is not possible. Thank you.",
	"Your return was rejected.",
	"The item you got is defective. Ship it back.",
	"Your package is lost. Wait for the carrier's answer.",
	"You received the wrong color. Please send it back to our warehouse in Ohio.",
	COURTESIES COURTESIES COURTESIES COURTESIES COURTESIES COURTESIES COURTESIES COURTESIES,
	FACTS FACTS "We cannot refund you.",
	FACTS FACTS FACTS "Your lamp arrived broken. Send a photo.",
	NULL,
};

static const char *const good[] = {
	"Yes, it fits the 2019 model.",
	COURTESIES COURTESIES COURTESIES COURTESIES COURTESIES "The blue one is in stock.",
	"Refunded today, sorry for the trouble.",
	"Done, cancelled.",
	"It ships tomorrow.",
	"Hi Maria, the blue one is in stock.\n\nBest regards,\nAnna",
	"No, sorry, only black.",
	"We cannot cancel the order because it was already shipped.",
	"Sorry, we can't refund it: the return window of 30 days is over.",
	"A return is not possible since the seal was opened.",
	"We are sorry that your lamp arrived broken, a new one is on its way.",
	"I understand, the parcel was lost. A new one ships today.",
	"The parcel was lost, a new one ships today.",
	"I looked at the photo and the table leg is bent, so a new leg goes out on Monday.",
	"If one of the pieces is missing, tell me its row and column.",
	"There is no return needed, keep the broken one. Sorry about that!",
	"We don't need it back.",
	"Two AAA batteries.",
	"You're welcome! The second box arrives on Friday.",
	"Thanks for the photos, the hinge was broken in transit; a new door ships today.",
	"\u60a8\u597d\uff0c\u5305\u88f9\u5df2\u7ecf\u5bc4\u51fa\u3002",
	"No, it is cordless.",
	"Yes.\nIt works with 220 V too.",
	"Shipped this morning by UPS.",
	"Only the lid, not the base.",
	"Page 12 of the manual shows it.",
	"Hi Tom, 14 inches. Thanks, Eva",
	"Sorry for the delay, it left today.",
	"Unfortunately we can't cancel it any more, it left the warehouse last night.",
	"We cannot refund the shipping fee, that is Walmart's policy.",
	"Since it's custom engraved, it can't be returned.",
	"You can return it within 30 days for a full refund.",
	"We can't exchange it, but we can refund it in full.",
	"Sorry to hear that it was damaged. A new one ships today.",
	"My apologies, we sent the wrong size. The right one is on its way.",
	"I can see why you're upset; the parcel was lost. You get your money back today.",
	"Please keep it, no return needed.",
	"The wrong item warning on the label is for the driver.",
	"Your new address is saved.",
	"It will be there on Friday. Have a great weekend!",
	"Resent.",
	"Thank you! The blue one then, shipping Monday.",
	"Please send us a photo of the back plate.",
	"Did it arrive?",
	"The refund of $20 was issued on Monday.",
	"We don't charge for returns.",
	"We do not accept returns on opened food, for safety.",
	"Thanks for letting me know that the cup came cracked, a new one goes out now.",
	"Sure, M and L are in stock.",
	"Tracking: 1Z999AA10123456784",
	"It's 40 cm.",
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

static struct postern_slice labels(const char *s)
{
	return (struct postern_slice){s, strlen(s)};
}

/* What the customer wrote makes a difference. */
static void test_inbound(void **state)
{
	struct fake_message message = {.texts = {{POSTERN_SEGMENT_NEW, "The new one ships on Monday with UPS."}}};
	struct fake_message tiny = {.texts = {{POSTERN_SEGMENT_NEW, "Hi Ann, see attachment."}}};

	assert_int_equal(fake_check(*state, &message).findings, 0);
	message.inbound = (struct postern_inbound){.known = 1, .labels = labels("Response-Needed,Complaint")};
	assert_int_equal(fake_check(*state, &message).findings, 1);
	message.texts[0].text = "I am sorry about that. The new one ships on Monday with UPS.";
	assert_int_equal(fake_check(*state, &message).findings, 0);

	assert_int_equal(fake_check(*state, &tiny).findings, 0);
	tiny.inbound = (struct postern_inbound){.known = 1, .asks = 1};
	assert_int_equal(fake_check(*state, &tiny).findings, 1);
}

/* A quotation is no answer, no text at all is none of our business. */
static void test_places(void **state)
{
	struct fake_message quote = {.texts = {{POSTERN_SEGMENT_NEW, "Thanks!"}, {POSTERN_SEGMENT_QUOTE, good[0]}}};
	struct fake_message none = {.texts = {{POSTERN_SEGMENT_SUBJECT, "Re: manual"}}};

	assert_int_equal(fake_check(*state, &quote).findings, 1);
	assert_int_equal(fake_check(*state, &none).findings, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_inbound),
		cmocka_unit_test(test_places),
	};

	return cmocka_run_group_tests(tests, rows_open, rows_close);
}
