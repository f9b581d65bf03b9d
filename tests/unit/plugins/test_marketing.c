/* SPDX-License-Identifier: BSD-2-Clause */
/* Rule plugin "marketing" over what sellers and honest agents write. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "rows.h"

static const char *const bad[] = {
	"Visit our website www.bestgadgets.shop for 20% off",
	"Use code SAVE20 at checkout on your next purchase.",
	"We would like to offer you a 15% discount on your next order.",
	"Get 30% off everything this weekend only!",
	"Buy one get one free on all phone cases.",
	"Please follow us on Instagram for the latest news.",
	"Don't forget to check out our store for more great products!",
	"Subscribe to our newsletter for exclusive offers.",
	"You may also like our new wireless charger.",
	"Thanks for your order! Check out our new arrivals.",
	"As a valued customer, here is a coupon code for your next order: THANKS10",
	"Join our VIP club and enjoy special discounts.",
	"Limited time offer: free gift with every order.",
	"Our Black Friday sale starts tomorrow, don't miss out!",
	"We are excited to announce our new product line.",
	"Your package has shipped. By the way, visit our store for 10% off.",
	"I have refunded you. Use coupon GIFT15 for 15% off your next purchase.",
	"We sell many other products, please browse our catalog.",
	"Buy directly from our website and save $10.",
	"Customers who bought this item also bought the matching case.",
	"Earn points with our loyalty program on every purchase.",
	"Refer a friend and get $5 off.",
	"Save up to 50% on selected items, hurry!",
	"We have attached our price list for wholesale customers.",
	"Special offer just for you: 2 for 1 on all cables.",
	"Clearance sale now on, all items half price while supplies last.",
	"Please find our latest catalogue and best sellers in our shop.",
	"Shop now and save big on summer deals!",
	"Like us on Facebook to receive promo codes.",
	"Enjoy an extra 10% off when you order again.",
	"Here is a voucher for your next order as a thank you.",
	"We're giving you an exclusive discount on our new model.",
	"Sign up for our mailing list to hear about promotions.",
	"The more you buy the more you save: buy 2 get 10% off, buy 3 get 20% off",
	"It is cheaper if you buy from our own website.",
	"If you like this lamp, take a look at our other products.",
	"You might also be interested in our premium headphones.",
	"We have a flash sale today.",
	"Take advantage of our holiday deals and special prices.",
	"Enter to win a free tablet in our giveaway!",
	"This scarf goes perfectly with our leather gloves, both now on sale.",
	"Please add us to your favorites and follow our store.",
	"A promo code was sent to you, redeem your discount today!",
	"Free shipping on all orders over $50 in our online store.",
	"Complete your collection with our new series, on sale now.",
	"Stock up now, prices are 40% off until Sunday.",
	"We'd love to give you $5 off your next order.",
	"Introducing our new smart watch, order today!",
	"Your order is on its way. PS: our anniversary sale is on!",
	"Thank you for your purchase. Enjoy 5% cashback on your next order with us.",
	"Hi, thanks for the question. Yes it fits. We also sell many accessories in our shop, have a look at our deals.",
	"Visit our Amazon store to see the full range.",
	"Search for our store on Google for better prices.",
	"Get your free coupon by scanning this QR code.",
	"As a loyal customer you get a special deal on our newest products.",
	"Utilice el c\xC3\xB3""digo de descuento VERANO en su pr\xC3\xB3xima compra.",
	"Visitez notre boutique pour 10 % de r\xC3\xA9""duction.",
	"Besuchen Sie unseren Shop, mit dem Gutscheincode SPAR10 sparen Sie.",
	"\xE4\xB8\x8B\xE6\xAC\xA1\xE8\xB4\xAD\xE4\xB9\xB0\xE5\x8F\xAF\xE4\xBA\xAB""8\xE6\x8A\x98\xE4\xBC\x98\xE6\x83\xA0",
	"\xE6\xAC\xA2\xE8\xBF\x8E\xE5\x85\xB3\xE6\xB3\xA8\xE6\x88\x91\xE4\xBB\xAC\xEF\xBC\x8C\xE9\xA2\x86\xE5\x8F\x96\xE4\xBC\x98\xE6\x83\xA0\xE5\x88\xB8",
	"For the refund, please wait. Meanwhile visit our shop for the best deals.",
	"Register on our website to become a VIP member.",
	"New arrivals are here! See what's new in our store.",
	"Order direct with us next time for a lower price.",
	"Thanks for your purchase! Come back soon and use WELCOME15 for fifteen percent off.",
	"We'd love for you to see the rest of our line. Our shop has over 200 gadgets at unbeatable prices!",
	"Our brand new collection is out now, and for the next 48 hours everything is 25% off.",
	"PS: Search \"BestGadgets\" on Google to find lower prices on our own site.",
	"As a token of thanks, enclosed is a $5 off coupon toward your next purchase.",
	"Don't forget to like our page and follow us on TikTok @bestgadgets for giveaways.",
	"If you purchase 3 or more units we can give you a special price.",
	"Mother's Day is coming! Treat mom with our jewelry sets, now 40% off.",
	"Add our store to your favorites to get notified of upcoming deals.",
	"Would you like to become a member of our VIP club? Members save 10% every month.",
	"Because you bought the kettle, we think you'll love our toaster and mugs.",
	"Our members get free shipping and early access to sales. Sign up today!",
	"Check our storefront for matching pillow covers, we have many colors on sale.",
	"Next time order straight from our site and we will knock off 15%.",
	"We are having a huge sale, come see what's in store for you!",
	"Enjoy complimentary gifts when spending over $50 with us.",
	"Get our app and receive 10% off the first order there.",
	"Spend $100 and get $20 back.",
	"Buy three pieces and the fourth one is free.",
	"Enter SAVE10 at checkout and get $10 off when you order again.",
	"Our customers also bought the matching tongs. Add them to your cart today!",
	NULL,
};

static const char *const good[] = {
	"I have refunded 20% of the price.",
	"We have issued a partial refund of 15% to your original payment method.",
	"The discount you saw did not apply because the promotion had ended.",
	"The item was on sale when you bought it, so the refund is $15.99.",
	"The coupon you used has expired, so it could not be applied to the order.",
	"Walmart's promotion ended on Sunday; we cannot change the price.",
	"Please use the prepaid return label attached to this message.",
	"Sorry, the item is out of stock until new arrivals next week.",
	"Your order 1234567890123 shipped today and arrives Friday.",
	"We do not offer discounts or coupons outside Walmart.",
	"The 10% coupon shown on the product page is applied at checkout automatically.",
	"I apologize for the delay. Your parcel is in transit with FedEx.",
	"You paid with a gift card, so the refund goes back to your gift card.",
	"We can offer you a 20% refund if you keep the item.",
	"As an apology, we have refunded $5 of the price.",
	"A restocking fee of 15% does not apply to your return.",
	"Unfortunately we cannot match the sale price because you ordered before the sale.",
	"The free gift was missing from your package, so we are sending it now.",
	"The newsletter you mention is not sent by us.",
	"We have removed you from the mailing list.",
	"Thank you for your order. We hope it serves you well.",
	"Your next order will not be affected by this issue.",
	"The battery lasts 20% longer in eco mode.",
	"Turn the power off and wait 10 seconds.",
	"Please check our return policy on Walmart.com.",
	"Let me know if you have any other questions about your purchase.",
	"We will send a replacement free of charge.",
	"The price difference has been refunded to your card.",
	"The price you saw was a Walmart deal and has ended.",
	"I am sorry that your coupon code did not work at checkout.",
	"You were charged the full price because the discount code was not entered.",
	"We do not sell wholesale.",
	"Yes, the case fits this model. It comes in black and white.",
	"This product is 100% cotton and 60% recycled.",
	"The lid is missing; I will ship a new one today.",
	"The sale of batteries by air is restricted.",
	"Our sales team confirmed the size is 10 inches.",
	"You may like to know that the parcel has left our warehouse.",
	"Please follow our instructions in the manual.",
	"Follow us through the following steps: press the button for 5 seconds.",
	"I see that you bought two items; both will arrive on Monday.",
	"We have shipped your free replacement, no need to buy another one.",
	"The promotion you asked about is run by Walmart, not by us.",
	"Regarding your question about the coupon: it is valid for one item only.",
	"To cancel the order, please tell us before it ships.",
	"Shipping is free for this item.",
	"If you order today, it arrives by Friday.",
	"We have credited the $10 discount that was promised to your account.",
	"The color looks different on screen; you may return it within 30 days.",
	"Your satisfaction is important to us. How can we help?",
	"We appreciate your business and your patience.",
	"We have checked with our warehouse and your package left on May 3.",
	"The special order item cannot be returned.",
	"The message offering 50% off is a scam, it was not sent by us.",
	"Please visit the UPS store to drop off the return.",
	"The best price adjustment we could make is a refund of $4.",
	"The seller's store name on the box is Best Gadgets.",
	"The tracking page of the carrier shows the package was delivered.",
	"I can replace the item or refund you in full, which would you like?",
	"Thank you for your loyalty and understanding.",
	"We received your return and issued a full refund of $39.99.",
	"This model was just released; the manual is in the box.",
	"We checked our store records and found your order.",
	"The deal price was honored: you paid $20 instead of $25.",
	"Sales tax of 8% was refunded as well.",
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
	"Yes, there is a discount for two or more; Walmart shows it in the cart.",
	"The promo price ended before your order was placed, so I cannot change the amount.",
	"The gift receipt is inside the box. We included a free battery, as described in the listing.",
	"Buy one get one was a listing error by our team, the second unit ships today.",
	"The promotion you mean (buy 2, save 10%) was removed from the listing on May 1.",
	"The Summer Sale sticker can be peeled off with warm water.",
	"Codes are handled by Walmart, not by us, and SAVE10 cannot be used on your order.",
	"Follow us the instruction: first open the cover, then press reset.",
	NULL,
};

static const char *const text_bad[] = {"Enjoy 20% off with code NEXT20", NULL};

static void test_bad(void **state)
{
	assert_int_equal(rows_wrong(*state, bad, true), 0);
}

static void test_good(void **state)
{
	assert_int_equal(rows_wrong(*state, good, false), 0);
}

static void test_places(void **state)
{
	struct fake_message quote = {.direction = POSTERN_OUTBOUND,
	    .texts = {{POSTERN_SEGMENT_NEW, "Your parcel arrives on Friday."}, {POSTERN_SEGMENT_QUOTE, text_bad[0]}}};
	struct fake_message subject = {.texts = {{POSTERN_SEGMENT_SUBJECT, text_bad[0]}}};
	struct fake_message signature = {.texts = {{POSTERN_SEGMENT_SIGNATURE, text_bad[0]}}};
	struct fake_option quoted[] = {{"check_quoted", "yes"}, {NULL, NULL}};
	struct fake_option unsigned_[] = {{"check_signature", "no"}, {NULL, NULL}};
	struct fake_rule *rule;

	assert_int_equal(fake_check(*state, &quote).findings, 0);
	assert_int_equal(fake_check(*state, &subject).findings, 1);
	assert_int_equal(fake_check(*state, &signature).findings, 1);
	rule = fake_open(&postern_plugin, quoted);
	assert_int_equal(fake_check(rule, &quote).findings, 1);
	fake_close(&rule);
	rule = fake_open(&postern_plugin, unsigned_);
	assert_int_equal(fake_check(rule, &signature).findings, 0);
	fake_close(&rule);
}

/* What is found and shown: the weightiest phrase with its words around it. */
static void test_evidence(void **state)
{
	struct fake_message message = {.texts = {{POSTERN_SEGMENT_NEW, "Hello.\nPlease follow us on Instagram today.\nBye"}}};
	struct fake_result result = fake_check(*state, &message);

	assert_string_equal(result.rule, "MP-PROMO");
	assert_string_equal(result.evidence, "Please follow us on Instagram today.");
}

/* A flood of service words must not drown an advertisement. */
static void test_flood(void **state)
{
	static char text[400000];
	size_t len = 0;
	struct fake_message message = {.texts = {{POSTERN_SEGMENT_NEW, text}}};

	while (len < sizeof(text) - 100)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "We sent a refund. ");
	snprintf(text + len, sizeof(text) - len, "\n\nVisit our website for 20%% off with code SAVE20.");
	assert_int_equal(fake_check(*state, &message).findings, 1);
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
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_evidence),
		cmocka_unit_test(test_flood),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
