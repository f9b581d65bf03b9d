/* SPDX-License-Identifier: BSD-2-Clause */
/* Rule plugin "review": requests for reviews, and what only looks like one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "rows.h"

static const char *const bad[] = {
	"Hi Sarah, I'm glad the heater works now. If you have a minute, it would mean the world to our little shop if you could leave some stars for it. Thanks, Ben",
	"Dear customer, the refund was sent. We kindly ask you to take away your comment from the page as the issue is solved. Regards, Yan",
	"Hello Paul, so happy you like the backpack! Please tell other buyers about it on the product page. Cheers, Lea",
	"Hi, we read your 2 star review with sadness. We will send a brand new one for free and hope you can raise it to 5 after receiving. Best, Kate",
	"Dear Mrs. Cole, should anything be not right, please write us first before you put a rating. We solve everything. Thank you, Hans",
	"Dear buyer, your satisfaction is our target. Kindly give us positive feedback with five star. Thank you and have nice day. Lin",
	"Hello Tom, here is your tracking number. After you send us a screenshot of your review we return 15 dollars to your PayPal. Regards, Joy",
	"Hi Ana, the part leaves today. Bad ratings can close a small family shop like ours, so please think about us before you click. Love, Rosa",
	"Dear Mr. Ford, I sent the new cable. We'd be thankful if you could reconsider what you wrote on the listing. Yours, Petra",
	"Hey! thx 4 buying. drop us a nice review n we'll hook u up with a free case. peace",
	"Dear customer, we noticed that you rated us with one star. This hurts our account a lot. Could you please be so kind to delete it, then we refund full. Sincerely, Chen",
	"Hello, glad to hear all is fine now! Reviews help us to survive against the big brands. A few words from you would be wonderful. Julia",
	"Hi Dan, your replacement is at the depot. When you get it and are content, please remember us with a good mark. Ivan",
	"Hello, if our answer was helpful, press \"yes\" below and rate this seller 5 out of 5. Team Nord",
	"Dear Ms. Lee, we can offer a $20 gift card for your time if you update your opinion online. Please reply if you agree. Mary",
	"Dear friend, thank you for the order of yoga mat. Your honest opinion on the site counts for us, it takes only one minute. Namaste, Priya",
	"Hi Greg, the refund is done. Would you mind turning those three stars into five? I'd be forever grateful. Sue",
	"Hi Beth, hope the kids enjoy the tent. Share a photo and your impressions under the item so that other families can see it. Thanks! Tim",
	"Dear Sir, I have seen your negative feedback. In order that we can process the compensation please withdraw it first. Regards, Service",
	"Hi, order shipped. My boss looks at my ratings each month, so a top score from you would really help me. Thank you, Agent Lily",
	"Hello Karen, now that the problem is behind us, may I ask you to modify the review so it shows how we handled things? Warmly, Dora",
	"Dear client, we prepared a small present for everybody who says something nice about the lamp on its page. Greetings, Oleg",
	"Hi Sam, happy to hear it fits! Don't forget to rate your purchase. Nina",
	"Dear buyer, please do not give us low star, we are new seller and work hard. Any problem tell us, we fix. Thank you very much. Zhang",
	"Hello Ms. Park, did the blender make you smile? Then let the world know with a short review. Chef's Corner",
	"Hello, the missing cup is on its way. We would be delighted to find your kind words among our customer opinions soon. Mia",
	"Dear Lucia, I ask you from the heart to give us a second chance and correct the rating, my family lives from this store. Pablo",
	"Hi there, quick reminder: you have not reviewed your order yet. It only takes 30 seconds. Thanks again, Home&Co",
	"Dear customer, your case was closed. How many stars would you give us? We hope for all five! Regards, Emma",
	"Hi Will, we've put your $10 refund on hold until the review is updated. Let me know when done. Rick",
	"Hello Jen, thanks for the sweet message! Could you copy these words to the product page? It would help us so much. Xenia",
	"Dear valued customer, please evaluate our service with excellent on the marketplace if you are pleased. With regards, Mr. Tan",
	"Hello, sorry for the delay. We beg you not to leave a bad review because of the carrier, it isn't in our hands. Vera",
	"Hi Gail, one of our customers wrote a lovely review last week and got her money back as thank you, you can do the same. Noah",
	"Dear Mr. King, since the replacement solved it, an edit of your earlier rating would be fair to us. Regards, Otto",
	"Hello Steven, I'm happy that we could sort it out. We'd be over the moon if you would let other campers know how the tent did, right there on its page. Nadine",
	"Hey Marge, refund's out. One tiny thing: that 1 star is killing us, any way you could bump it? xo Fran",
	"Dear purchaser, when satisfied please open order page and choose 5 stars for all three questions. If not, keep quiet on the page and mail me. Jack",
	"Dear Linda, we'd gladly send the premium lid set, a 40 dollar value, to those who praise us publicly. Would you like to take part? The Kitchen Crew",
	"Hi! So now all is good yes? Then pls make the review better, before you wrote it when angry. Kisses, Lola",
	"Dear customer, your complaint has been resolved by us. We request you to do the needful and revoke the feedback given. Sincerely, Rajesh",
	"Hello Mrs. Brandt, could you do us the favour of a public thank-you in the form of stars? Friendly greetings, Uli",
	"Hi Chris, if it helped, a thumbs-up on the listing keeps my kids fed, haha. Dan",
	"Hi Tara, I've corrected the address. As soon as the dress arrives, share a selfie with your verdict in the reviews, we pick the best one and pay back its price. Mel",
	"Dear Sir, as your remark on the product page is no longer accurate, we would ask you to have it deleted. AquaPure",
	"Hello Ian, would you be open to rewording your feedback now that the flask was replaced? Cheers, Molly",
	"Dear customer, loved the cream? Say it loud on Walmart! Glow Lab",
	"Hi Bo, I get a bonus for each five-star mention of my name. Just saying. Jay",
	"Dear Mr. Patel, we kindly remind you to submit a seller rating for order 5567. With compliments, Office Direct",
	"Hey Lexi, glad the puzzle arrived! 20 seconds of your time = a review = a happy puzzle maker. Ron",
	"Dear Emily, your words in the last message were so kind. Might you post them for everyone to read? Hugs, Grandma's Loom",
	"Hello Victor, we processed half of the refund; the second half follows when your critical comment is gone. Support",
	"Hi, we want to ask you not to write anything on the page until we have sent the new ring. Golda",
	"Thanks for the nice words about the honey! Would be super if these nice words stood on Amazon as well. Beekeeper Al",
	"Hi Neil, if you could see your way to lifting that rating a little, I would be so relieved. Cleo",
	"Good morning, only ratings of four and above let us keep the listing. We count on you. Samir",
	"Dear Joyce, thank you for choosing our paint. Kindly tell future buyers honestly what you think of it. Regards, Paint & Co",
	"Hi Ms. Long, as agreed I send the $30 once the negative remark disappears. Tess",
	"Dear customer, did you know that we reimburse the price to one reviewer each week? Good luck! LightHouse",
	"Hi Olive, do tell us first if there is an issue; public criticism is hard to repair for a small seller. Ben",
	"Dear Mr. Ruiz, would you grade our technician on the marketplace? Excellent grades help him a lot. TechHelp",
	"Hello Ada, glad that the boots fit! You can make my day with a review. Kurt",
	"Dear buyer, we give new one for free, you cancel bad review, ok? Miss Xu",
	"Hi Gwen, all delivered. We'd appreciate feedback on our seller profile. Best, Hal",
	"Hi, how about this: I refund the tub, you rewrite your post about the taste? Coach K",
	"Hey there, your plant loves you and we'd love a five leaf, I mean five star, rating! Leafy",
	"Por favor cambie su rese\xC3\xB1""a a 5 estrellas.",
	"Bitte \xC3\xA4ndern Sie Ihre Bewertung.",
	"Merci de laisser un avis positif sur notre page.",
	"\xE8\xAF\xB7\xE7\xBB\x99\xE6\x88\x91\xE4\xBB\xAC\xE4\xBA\x94\xE6\x98\x9F\xE5\xA5\xBD\xE8\xAF\x84\xEF\xBC\x8C\xE8\xBF\x94\xE7\x8E\xB0""5\xE5\x85\x83\xE3\x80\x82",
	NULL,
};

static const char *const good[] = {
	"Hi Sarah, I saw your review about the heater and I am sorry for the trouble. A new one was shipped this morning with UPS. Thanks, Ben",
	"Dear customer, please review the attached instructions and tell me at which step the light goes off. Regards, Yan",
	"Hello Paul, thank you for your kind feedback on the backpack, I passed it on to our designer. Cheers, Lea",
	"Hi, we read your 2 star review with sadness and understand it. I have refunded the order in full, you can keep the item. Best, Kate",
	"Dear Mrs. Cole, should anything be not right, please write to us and we will solve it. Thank you, Hans",
	"Dear buyer, your case is under review by our warehouse team, this takes up to two days. Thank you for the patience. Lin",
	"Hello Tom, please send us a screenshot of the error on the screen. I will ask our engineer the same day. Regards, Joy",
	"Hi Ana, the motor has a power rating of 450 watts, so a 5 A fuse is right. Love, Rosa",
	"Dear Mr. Ford, five-star bolts need a Torx key T20. It is in the small bag. Yours, Petra",
	"Hey, thx for the pics. ill have my manager review the claim today n get back to u. peace",
	"Dear customer, I understand that you are not satisfied with the star-shaped lights. You can return them for a full refund. Sincerely, Chen",
	"Hello, thank you for letting us know that all is fine now. I have noted your comments about the packaging. Julia",
	"Hi Dan, your replacement is at the depot. When you get it, please check that all six parts are there. Ivan",
	"Hello, if this answer does not help, please write again and I will call in a colleague. Team Nord",
	"Dear Ms. Lee, we have sent you a refund of $20 for the broken lid. It has nothing to do with your review, which of course stays your own. Mary",
	"Dear friend, the yoga mat is 6 mm thick and 183 cm long. Your opinion about the smell was shared with the factory. Namaste, Priya",
	"Hi Greg, the refund is done. Is there anything else that is not as it should be? Sue",
	"Hello, please do not post the parcel yet, the return label will follow tomorrow. Max",
	"Dear customer, we are sorry, but we do not give products for testing. Best, Fiona",
	"Hi Beth, please share a photo of the torn seam and tell me how it happened, so that we can choose the right fix. Thanks! Tim",
	"Dear Sir, you asked how to write a review: open Purchase History, choose the item and press \"Write a review\". We have no influence on what is shown. Regards, Service",
	"Hi, order shipped. The scale is rated for 180 kg and shows in steps of 100 g. Thank you, Agent Lily",
	"Hello Karen, now that the problem is behind us I close the case on our side. You can still answer this message. Warmly, Dora",
	"Dear client, you do not need to change anything in your review. The refund is yours in any case. Greetings, Oleg",
	"Hi Sam, the energy rating is A and the noise 43 dB, as printed on the rating label at the back. Nina",
	"Dear buyer, I changed the address as you asked and updated the order note. Thank you very much. Zhang",
	"Hello Ms. Park, we had feedback from the factory: the blade has to be turned left. Please try and tell me if it works. Chef's Corner",
	"Hi Rob, we have removed the wrong item from your order and refunded $12. Alex",
	"Hello, the missing cup is on its way. Could you share which colour you got in the first parcel? Mia",
	"Dear Lucia, please give us one more day, the carrier looks for your package. Pablo",
	"Hi there, quick reminder: your return label expires on Friday. Home&Co",
	"Dear customer, your case was reopened. A specialist reviews your photos and will write to you within 24 hours. Regards, Emma",
	"Hi Will, the $10 are on hold at your bank until Tuesday, then they are released. Rick",
	"Good morning, the pump is fixed. We appreciate that you told us about the weak seal, it helps our technicians. Aldo",
	"Hello Jen, thanks for the sweet message! It made our day. Xenia",
	"Dear valued customer, we evaluate your damage claim with the carrier and pay you in any event. With regards, Mr. Tan",
	"Hi Mike, I can send you a second pair free because the first one had a hole. All I need is your size. Cheers, Dee",
	"Hello, sorry for the delay. The stars on the flag are sewn, not printed, that was your question. Vera",
	"Hi Gail, many reviews on the listing mention that it runs small, so please order one size up when you exchange. Noah",
	"Dear Mr. King, the update of the firmware solved it for most people, please install 2.1 first. Regards, Otto",
	"Hello Steven, I'm happy that we could sort it out. Please let me know how the tent does in the next rain. Nadine",
	"Hey Marge, refund's out. I read what you wrote on the page, and you are right about the zipper. xo Fran",
	"Dear purchaser, when the five lights are on, the battery is full. If only one star sign shows, please charge. Jack",
	"Good afternoon Mr. Osei. Your opinion matters to us: shall we repair the seat or refund it? Regards, Velo Team",
	"Dear Linda, the lid set is sent, no need to return anything. The Kitchen Crew",
	"Hi! So now all is good yes? If not tell me please and I make it better. Kisses, Lola",
	"Dear customer, your complaint has been resolved by us and the feedback was given to the packing team. Sincerely, Rajesh",
	"Hello Mrs. Brandt, could you do us the favour of sending a photo of the label? Friendly greetings, Uli",
	"Hi Chris, if it helped, you need not answer. I close this on Friday. Dan",
	"Dear Ms. Vega, give us the possibility to make it right: a new sensor can leave today. Ola",
	"Good day sir. We see you give 3 star because of late delivery. We are sorry, we use faster carrier now. Thank you!",
	"Hi Tara, I've corrected the address. As soon as the dress arrives, please try it on before removing the tags. Mel",
	"Dear Sir, the manual was revised in May, page 4 is different now. Please use the new one attached. AquaPure",
	"Hello Ian, we changed the text of the listing after your comment about the flask, thank you for it. Cheers, Molly",
	"Dear customer, if the cream irritates your skin, stop using it and tell us. Glow Lab",
	"Hi Bo, the name on the label is mine, no worry. Jay",
	"Dear Mr. Patel, we kindly remind you to submit the tax form for order 5567. With compliments, Office Direct",
	"Hey Lexi, 20 seconds of glue time is enough for the corner. Ron",
	"Hello, please give the photo with good light, so I can see the crack. Yuki",
	"Dear Emily, your words in the last message were so kind, they hang in our workshop. Hugs, Grandma's Loom",
	"Hello Victor, we processed half of the refund; the second half follows when the old unit is back, as Walmart demands. Support",
	"Hi, you may write whatever you like on the page, that has no bearing on the ring. It is being resized. Golda",
	"Thanks for the nice words about the honey! The reviews on the listing that call it too sweet speak of the acacia one. Beekeeper Al",
	"Dear client! In the box lies a card with the washing symbols. Five minutes in cold water are enough. Madame Rose",
	"Hi Neil, the bed is rated for 300 lbs. Please check the rating label on the frame. Cleo",
	"Good morning, we updated your address and removed the second item from the order. Samir",
	"Dear Joyce, thank you for choosing our paint. Kindly tell me which shade you got. Regards, Paint & Co",
	"Hello! I reviewed your photos with my master and he says the strap must be changed. Tuan",
	"Hi Ms. Long, as agreed the $30 were refunded today. Tess",
	"Dear customer, did you know that the lamp has a reset switch? It is below the base. LightHouse",
	"Hi Olive, do tell us if there is an issue, we answer within the day. Ben",
	"Dear Mr. Ruiz, I have asked our technician to look at the log. Public holidays excluded, it takes two days. TechHelp",
	"Hello Ada, glad that the boots fit! Kurt",
	"Dear buyer, we give new one for free because you got broken one. No return. Miss Xu",
	"Hi Gwen, all delivered according to UPS. If you miss a box please write. Best, Hal",
	"Hi, I refunded the tub. The comment you left in the return form was very clear, thanks. Coach K",
	"Dear Mrs. Novak, under review means that the carrier checks our claim. You are not affected. Anja",
	"Hello Phil, please consider that the carrier needs 5 days. Service",
	"Hey there, your plant has five leaves now, cut the yellow one. Leafy",
	"Dear guest, the star pattern on the sheet is woven. Washing does not harm it. Hotel Linen Co.",
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

static const char request[] = "Please leave us a review on our page.";

static void test_severity(void **state)
{
	struct fake_message pay = {.texts = {{POSTERN_SEGMENT_NEW, "Please delete your review, then I refund you $10."}}};
	struct fake_result result = fake_check(*state, &pay);

	assert_int_equal(result.findings, 1);
	assert_int_equal(result.score, 100);
}

/* The marketplace's profile permits one request an order. */
static void test_request(void **state)
{
	struct fake_message none = {.texts = {{POSTERN_SEGMENT_NEW, request}}};
	struct fake_message first = {.texts = {{POSTERN_SEGMENT_NEW, request}}, .ids = {{"order", "review"}},
	    .values = {{"review_requests", "1"}}};
	struct fake_message second = first;
	struct fake_result result;

	assert_int_equal(fake_check(*state, &none).score, 60);
	result = fake_check(*state, &first);
	assert_int_equal(result.score, 20);
	assert_string_equal(result.counter, "request:review");
	second.counted = 1;
	assert_int_equal(fake_check(*state, &second).score, 60);
	second.counter_status = POSTERN_TEMPFAIL;
	assert_int_equal(fake_check(*state, &second).status, POSTERN_TEMPFAIL);
}

static void test_request_option(void **state)
{
	struct fake_message message = {.texts = {{POSTERN_SEGMENT_NEW, request}}, .counted = 1};
	struct fake_option two[] = {{"max_requests_per_order", "2"}, {NULL, NULL}};
	struct fake_option none[] = {{"max_requests_per_order", "0"}, {NULL, NULL}};
	struct fake_rule *rule = fake_open(&postern_plugin, two);

	(void)state;
	assert_int_equal(fake_check(rule, &message).score, 20);
	fake_close(&rule);
	rule = fake_open(&postern_plugin, none);
	assert_int_equal(fake_check(rule, &message).score, 60);
	fake_close(&rule);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_severity),
		cmocka_unit_test(test_request),
		cmocka_unit_test(test_request_option),
	};

	return cmocka_run_group_tests(tests, rows_open, rows_close);
}
