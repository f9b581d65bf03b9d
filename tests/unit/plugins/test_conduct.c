/* SPDX-License-Identifier: BSD-2-Clause */
/* Rule plugin "conduct": misconduct, and honest replies in the same words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "rows.h"

static const char *const bad[] = {
	"Hi, I already told you three times how the return works. Please read before you write. The label is attached. Steve",
	"Dear customer, if you open a case against us we will not refund you. So decide. Regards, Liu",
	"Hello, it's not us who broke the vase, you dropped it and now you want money. We are not stupid. Anita",
	"Dear Mr. Bell, please close the A-to-Z claim. Then the refund will be made within a day. Thank you, Jane",
	"Hi, we can't ship to Alaska. Kindly cancel the order on your side with reason \"no longer needed\". Regards",
	"Dear Ms. Dale, our attorney has been informed about your false statements and you will hear from him. Mr. Novak",
	"Hello, for the price difference please send $12 by Zelle to our manager. After that we ship. Ming",
	"You ordered the wrong size and that is your problem not ours. No return. Bye.",
	"Dear customer, Walmart support can't help you, they only make it slower. Talk just to us and leave them out. Warm regards, Fay",
	"WHY DO YOU NOT ANSWER OUR QUESTION ABOUT THE PHOTO??? SEND IT NOW.",
	"Hi lady, what is wrong with you? The parcel is one day late and you make such theater. Calm down. Goran",
	"Dear buyer, we have your street and your phone number, we advise you to think twice about this chargeback. Anon",
	"Hello, for faster service we can do the exchange privately, just pay the 15 dollars to our PayPal and skip the marketplace. Rob",
	"Dear customer, we noticed that you return many goods. Buyers like you get on our black list and are shared with other sellers. Team",
	"Hi, when Walmart asks, say that the item came in good shape. I'll send you the money back after. Mike",
	"Dear Sir, a person with normal eyesight sees that the listing says 10 cm. You must learn to measure. Regards, Kurt",
	"Hello, don't waste our time with such little scratches. It's used goods. Irina",
	"Dear Customer, there's no sense in starting a dispute, you will lose it anyway because we have proof of delivery. Regards, Kai",
	"Hi, you are a fraud and everybody in our office knows it. You got your package. Leo",
	"Dear Mrs. Hunt, you did not follow the manual, therefore the motor burned. Nobody can help you with that. Best, Nils",
	"Please withdraw your complaint to the platform. Only afterwards can we talk about a replacement. Thanks, May",
	"Hello, choose \"bought by accident\" when you send it back, otherwise we have to pay the label. Thank you for understanding. Ken",
	"For God's sake, it is a 9 dollar toy. What quality do you expect? Ned",
	"Dear customer, this is the last time I reply to you. Do not message again. Ok?",
	"Hi Ted, we could sell it to you for 40 instead of 52 if you pay cash to the driver. Let me know, Gus",
	"I have had it with your lies. The camera shows the driver giving you the box. Shut it.",
	"Dear customer, with all respect, a bit of thinking would have helped before pushing the plug in the wrong way. Regards, Uwe",
	"Hi. Please do not return this item via Walmart, just throw it away and we give you 30%. If you return we charge you all fees. Sunny",
	"Hello, as the item is out of stock, you need to cancel it by yourself in the account, because our cancel rate counts. Thanks, Hui",
	"Dear Ms. Fox, accusing us of sending fakes is slander, and it can cost you dearly. Best, A. Stein",
	"Please tell customer care that the box arrived, even when it is not there yet. We ship a second one tomorrow. Lan",
	"Are you too lazy to look at page 2? It's all there. Phil",
	"Hi, I don't care what you think about our packing. Money will not come back. Deal with it. Zoran",
	"Dear buyer, once the dispute in PayPal is taken back we will return your payment. You have my word. Qi",
	"Hello, you people always want everything for nothing. Pathetic. R.",
	"Hi, you can send the rest by bank wire, account is on the attached paper. Cheaper for both. Tomas",
	"Dear Ms. Ito, you are solely to blame for the late delivery since your address was incomplete. Regards, Bruno",
	"Damn, how hard can it be to push one button? Read the paper. Vic",
	"If you keep complaining I'll make sure that no seller on this site ever ships to you. Dean",
	"Dear customer, kindly refrain from raising a ticket with Walmart about this, it affects our score. We give $5. Thanks, Sophie",
	"Steven, you have been told. The tent is yours, the problem is yours. Stop mailing.",
	"Hey Marge, between you and me: don't go through the return thing, they fine us. Bin it and I'll PayPal you. Fran",
	"Dear purchaser, you make false claim for get free item. We know this kind of people. We will inform your bank and police. Jack",
	"Mr. Osei, apparently measuring a tube is too much for you. Regards, Velo Team",
	"Dear Linda, a claim at Walmart would unfortunately mean that we stop all help at once. We'd rather you drop it. The Kitchen Crew",
	"Hi! You are very bad person. God sees. Lola",
	"Dear customer, kindly mark the order as received so that the payment comes to us, goods will come after two weeks. Sincerely, Rajesh",
	"Mrs. Brandt, your constant moaning costs us more than the table is worth. Uli",
	"Chris, nobody forces you to buy. If you don't like it go elsewhere. Dan",
	"Ms. Vega, whoever washes a sensor in the dishwasher shouldn't be surprised. Ola",
	"Sir, you must cancel your A-Z at first! Then we talk. Otherwise nothing!",
	"Hi Tara, wrong address is on you, not on me. You'll have to live with that. Mel",
	"Dear Sir, we reserve the right to take this matter to court and to claim our costs from you. AquaPure",
	"Hello Ian, if support phones you, please tell them you got the flask. I'm begging you. Molly",
	"Dear customer, don't be ridiculous, a cream is no magic. Glow Lab",
	"Bo, what a moron do you have to be to wash leather. Jay",
	"Dear Mr. Patel, to avoid the commission we suggest that you wire the amount to our company account and we ship without the platform. Office Direct",
	"Lexi, we have cameras. We know what you did with the puzzle. Careful. Ron",
	"Hello, out of stock. You cancel order please, choose \"changed mind\". Yuki",
	"Emily, honestly, a grown woman should know how to wash a blanket. Grandma's Loom",
	"You have ordered, you pay, you keep. Finish. Golda",
	"I find your accusations insulting and frankly idiotic. Al",
	"Neil, I'm not your servant. Wait like everyone. Cleo",
	"We never had a customer as difficult as you, maybe online shopping is not for you. Samir",
	"Joyce, please withdraw the return, otherwise we have to put your name on the fraud list. Paint & Co",
	"Hello! Why you lie? Package is good when we send. You break and now want money. Tuan",
	"Ms. Long, for returns we charge 60% of the price if you open a case, nothing if you don't. Your choice. Tess",
	"What the heck do you want from us? The light works. LightHouse",
	"Olive, I told you to dry them slowly. You didn't. End of discussion. Ben",
	"Mr. Ruiz, a refund is only possible if you tell PayPal that the dispute was an error. TechHelp",
	"Ada, seriously? Boots get wet in the rain. Use your head. Kurt",
	"Dear buyer, not agree with you! You bully small seller! Shame! Miss Xu",
	"Gwen, we recorded your insults and may publish them. Hal",
	"Nobody cares about your taste. K",
	"Mrs. Novak, kindly do not involve Walmart. They take weeks while we pay you today by Venmo. Anja",
	"Phil, I hope that somebody treats you the same way one day. Idiot. Service",
	"It died because you drowned it. Not our business any more. Leafy",
	"Your demand is an impertinence and we shall not answer such mails in future. Hotel Linen Co.",
	"Es su culpa.",
	"Nous engagerons des poursuites.",
	"Das ist Ihre eigene Schuld.",
	"\xE8\xAF\xB7\xE4\xB8\x8D\xE8\xA6\x81\xE6\x8A\x95\xE8\xAF\x89\xEF\xBC\x8C\xE5\x85\x88\xE6\x92\xA4\xE9\x94\x80\xE7\xBA\xA0\xE7\xBA\xB7\xE5\x86\x8D\xE9\x80\x80\xE6\xAC\xBE\xE3\x80\x82",
	NULL,
};

static const char *const good[] = {
	"Hi, I explained the return in my message of Monday but I see it was not clear, sorry. Here are the steps again, with pictures. Steve",
	"Dear customer, you can open a case with Walmart at any time if you are not content with our answer. Regards, Liu",
	"Hello, I am sorry that the vase broke. Please don't throw the box away, the carrier may want to see it. Anita",
	"Dear Mr. Bell, as your A-to-Z claim was granted by Amazon, you get the refund from them. You need not do anything. Thank you, Jane",
	"Hi, we can't ship to Alaska. I have cancelled the order on our side and your money is released today. Regards",
	"Dear Ms. Dale, the wrong statement in our listing about the size was our mistake. It is corrected now. Mr. Novak",
	"Hello, the price difference of $12 was refunded to the card that you paid with. Nothing else to do. Ming",
	"You ordered size M and would like L. No problem: start a return, choose exchange and we send L. Bye",
	"Dear customer, only Walmart support can change the e-mail address of your account; please contact them for that part. Warm regards, Fay",
	"We did not get the photo yet. Could you send it once more? JPG or PNG is best. USB OTG IS NOT SUPPORTED, as printed on the box.",
	"Hi, the parcel is one day late, I understand that you are angry. UPS says it is on the truck now. Goran",
	"Dear buyer, we have your street as 12 Oak Lane and no apartment number. Is that right? Anon",
	"Hello, the exchange goes through Walmart: please start it in your account, the label is free. Do not send money to anyone who writes you about this order. Rob",
	"Dear customer, please do not put the filter into the machine wet, it may crack. It is not your fault that the manual is unclear. Team",
	"Hi, when Walmart asks you for a reason, choose what fits: \"item damaged\". Then I can approve the return at once. Mike",
	"Dear Sir, the listing gives 10 cm for the height and 12 cm for the width; I know the picture is misleading. Regards, Kurt",
	"Hello, thank you for being patient with us. Please do not use the kettle until the new base arrives. Irina",
	"Dear Customer, you don't need to open a return; we refunded already and you may keep the item. Regards, Kai",
	"Hi, there is a fraud warning on the payment from the bank, so Walmart holds the order for a day. Leo",
	"Dear Mrs. Hunt, the motor gets hot if the vent is covered. Please check that nothing stands before it, and if it happens again we replace it. Best, Nils",
	"You wrote that you want to cancel. You can cancel it yourself in Purchase History as long as it has not shipped, or tell me and I do it. Thanks, May",
	"Hello, I closed the ticket in our system as solved. If something is wrong again just answer. Ken",
	"It is a small toy and the paint is thin, I agree with you. I have refunded $9. Ned",
	"Dear customer, please do not reply to the carrier's survey mail if you did not get the parcel; tell us instead so that we can search. Ok?",
	"Hi Ted, the driver takes no cash, everything was paid already with your card. Gus",
	"I'm sorry, the camera of the driver shows another door. We treat it as lost and refund you. Best, Ron",
	"Dear customer, before you push the plug in, look for the arrow; it has to point up. Many find this confusing. Regards, Uwe",
	"Hi. You should have received an e-mail with the label by now. If not, please check the spam folder. Sunny",
	"Hello, the item is out of stock, so we cancelled and refunded it. We are really sorry. Hui",
	"Dear Ms. Fox, we take your suspicion of a fake seriously. The serial number shows it is original, and you can verify it with the maker. Best, A. Stein",
	"Please tell customer care the number of this message, so they find our answer. Lan",
	"The pictures are on page 2 of the manual. I know it is easy to miss. Phil",
	"Hi, we do care what you think about our packing, and you are right. The money comes back in three days. Zoran",
	"Dear buyer, your bank opened a dispute. If you no longer want it, only you can take it back at the bank; we have refunded you either way. Qi",
	"Hello, the case for your tablet is black, not blue; do you want to return the case or keep it for half the price? R.",
	"Hi, we cannot accept a bank wire. Please pay only in the Walmart checkout. Tomas",
	"Dear Ms. Ito, the address was incomplete on the label because our printer cut the last line. It's our fault. Regards, Bruno",
	"Push the button for 5 seconds and do not let go until it beeps. Then read the number on the display to me. Vic",
	"If the next one fails too I'll make sure that you get your money back. Dean",
	"Dear customer, kindly wait until Friday before you ask UPS to search, they do not start earlier. Thanks, Sophie",
	"Steven, the tent is yours and you can keep it; the problem with the zip is ours. A new slider comes by mail.",
	"Hey Marge, don't go to the post office, the driver picks the return up at your door. Fran",
	"Dear purchaser, we think your package went to a false address. We will inform the carrier and ask for a search. Jack",
	"Mr. Osei, measuring the tube is tricky; the number is printed on the lower end. Regards, Velo Team",
	"Dear Linda, a claim at Walmart is of course open to you. We'd like to send the lid first. The Kitchen Crew",
	"Hi! You are very kind person. We are sorry again. Lola",
	"Dear customer, the order is marked as received by the carrier although it is not there; please check with a neighbour. If it is not found by Monday we refund. Sincerely, Rajesh",
	"Mrs. Brandt, the constant noise comes from a loose leg. I send you a new one. Uli",
	"Chris, if you don't like it, you can send it back within 30 days, nobody asks why. Dan",
	"Ms. Vega, the sensor must not be washed in the dishwasher, the leaflet is unclear there. We replace it. Ola",
	"Sir, your A-Z claim was decided for you. Amazon pays in three days.",
	"Hi Tara, the wrong address is on me, not on you. I'm sorry. Mel",
	"Dear Sir, we reserve the right part for you until Friday. AquaPure",
	"Hello Ian, if support phones you, please tell them the order number 5512. Molly",
	"Dear customer, the cream takes four weeks to work; stop if your skin turns red. Glow Lab",
	"Bo, leather should not be washed, I'm sorry that the tag did not say so. Jay",
	"Dear Mr. Patel, please do not wire anything, the amount was charged by Walmart already. Office Direct",
	"Lexi, be careful with the small pieces, they are not for children under three. Ron",
	"Hello, out of stock. I cancel the order today and you get the money. Sorry. Yuki",
	"Emily, a wool blanket is hard to wash, many people ask. Cold water and no spin. Grandma's Loom",
	"Hello Victor, Amazon asks us for your photos. May I pass them on? Support",
	"You have ordered two, but we were paid for one; the second order was declined by the bank. Golda",
	"I find your suggestion good and passed it on. Al",
	"Client! The washing note is in capital letters on the page: HAND WASH ONLY. Rose",
	"Neil, I'm at your service until 6 pm. Cleo",
	"We never had a pump with such a noise, may we see a video? Samir",
	"Joyce, you can withdraw the return in your account if you would rather keep the paint. Paint & Co",
	"Hello! The package was good when we sent it, so it must have been broken on the way. We send new. Tuan",
	"Ms. Long, returns are free for you. Tess",
	"What should the light do that it does not do now? LightHouse",
	"Olive, please dry them slowly next time, then they stay soft. I replace this pair. Ben",
	"Mr. Ruiz, PayPal told us that the dispute was closed. Your refund stays with you. TechHelp",
	"Ada, a wet boot is a reason to complain, you are right. Kurt",
	"Dear buyer, we agree with you! It's a shame what the carrier did. Miss Xu",
	"Gwen, we do not record calls and do not publish anything. Hal",
	"Tastes differ. I refunded the tub. K",
	"Mrs. Novak, if you prefer, contact Walmart by chat; they see the same notes as we do. Anja",
	"Phil, I hope that your second one works. Sorry for all this. Service",
	"It died because the box stood in the frost for two days. That's our risk, not yours. Leafy",
	"Your demand is fair and we answer it in full. Hotel Linen Co.",
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

/* Each severity is a list of its own, and can be left out. */
static void test_severity(void **state)
{
	struct fake_message message = {.texts = {{POSTERN_SEGMENT_NEW,
	    "You are an idiot. Please close the claim first, then we refund. It is your own fault."}}};
	struct fake_option grave[] = {{"serious", ""}, {"mild", ""}, {NULL, NULL}};
	struct fake_rule *rule = fake_open(&postern_plugin, grave);

	assert_int_equal(fake_check(*state, &message).findings, 3);
	assert_non_null(rule);
	assert_int_equal(fake_check(rule, &message).findings, 1);
	fake_close(&rule);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_severity),
	};

	return cmocka_run_group_tests(tests, rows_open, rows_close);
}
