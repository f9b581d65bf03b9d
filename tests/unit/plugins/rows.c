/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tests of the rule plugins share: judging rows of texts, and replies that every rule must let pass. */
#include "rows.h"

#include <stdio.h>

const char *const rows_honest[] = {
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
	NULL,
};

int rows_wrong_in(const struct fake_rule *rule, const struct fake_message *message, const char *const *texts,
    bool wanted, int min_score)
{
	int wrong = 0;

	for (size_t i = 0; texts[i] != NULL; i++) {
		struct fake_message one = *message;
		struct fake_result result;

		one.direction = POSTERN_OUTBOUND;
		one.texts[0] = (struct fake_text){POSTERN_SEGMENT_NEW, texts[i]};
		result = fake_check(rule, &one);
		if (result.status == POSTERN_OK && (result.findings > 0 && result.score >= min_score) == wanted)
			continue;
		wrong++;
		fprintf(stderr, "%s %d: \"%s\" (%s)\n", wanted ? "not found" : "false alarm", result.score, texts[i],
		    result.evidence);
	}
	return wrong;
}

int rows_wrong(const struct fake_rule *rule, const char *const *texts, bool wanted)
{
	return rows_wrong_in(rule, &(struct fake_message){0}, texts, wanted, 0);
}

int rows_open(void **state)
{
	*state = fake_open(&postern_plugin, NULL);
	return *state != NULL ? 0 : -1;
}

int rows_close(void **state)
{
	struct fake_rule *rule = *state;

	fake_close(&rule);
	return 0;
}
