/* SPDX-License-Identifier: BSD-2-Clause */
/* Rule plugin "promise": promises, and estimates and terms in the same words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "rows.h"

static const char *const bad[] = {
	"Hi Ed, don't worry, your parcel will 100% be there on Friday, I give you my word. Regards, Ines",
	"Dear customer, this pan never loses its coating, you can use it your whole life. Best, Hao",
	"Hello, we refund you whenever you want, for whatever reason, even after years. No conditions. Sven",
	"Dear Mrs. Gray, I swear that the next one is perfect and this mistake won't ever happen again. Yours, Tao",
	"Hi, guaranteed to arrive before Christmas Eve. No worries at all! Pia",
	"Hello, the cream takes away all wrinkles in a week, we guarantee results. Beauty Lab",
	"Dear Sir, definitely you get it tomorrow before noon. I promise. Raj",
	"Hi, our cable is unbreakable and will outlive your phone. Greetings, Nick",
	"Dear customer, you can be absolutely certain that the money is in your account tonight. Mila",
	"Hello Jo, we promise you a delivery within 24 hours, no matter what the weather does. Ulf",
	"It fits every car, without exception, that is a promise. Max Auto",
	"Hi Lou, zero risk for you: if anything at all is not to your liking, you get everything back, always. Ira",
	"Dear client, the tent is one hundred percent waterproof in any storm. We vouch for it. Camp4U",
	"Good day, rest assured the replacement arrives by Tuesday for sure. Regards, Olive",
	"Hi, the light bulbs last forever. You will never need to buy another. Glow",
	"Dear customer, I guarantee you that Walmart will approve your refund. Thanks, Jun",
	"Hello, lifetime satisfaction guaranteed or your money back, no questions. Regards",
	"Hi Cara, trust me, it will without any doubt fit your sofa. Ben",
	"Dear Ms. Orr, we assure you that this model has no defects and never will. Han",
	"Hi, our lock cannot be picked by anybody. You are totally safe with it. SecureCo",
	"Dear buyer, whatever happens you always get full refund from us, used or broken or old. Wang",
	"Hello Pat, the stain comes out, I guarantee it. Clean&Co",
	"I promise you will love it, and it will surely be under the tree on the 24th. Holly",
	"Dear Mr. West, in no case will there be any delay. It ships and arrives Monday, that's a fact. Jorge",
	"Hello, the knife stays sharp for ever and won't rust, guaranteed. Fuji",
	"Dear customer, we ensure the refund today without fail. Yours, Cathy",
	"It is absolutely impossible that it breaks again. Regards, Omar",
	"Hello Meg, you have my personal guarantee the driver will be at your door by 3 pm tomorrow. Al",
	"Hi, the supplement will certainly cure your back pain. Feel the difference! Vita",
	"Dear customer, this is the best quality in the world and it never disappoints. We promise. Kim",
	"Hello, you'll get it on Saturday, I'd bet my house on it. Joe",
	"Hi Zoe, full money back at any time, forever, just because. Love, Bea",
	"Dear Sir or Madam, our product lasts a lifetime and needs no care. Guaranteed! Bolt",
	"Hi, of course the new seal will hold, it can't leak ever again. Jens",
	"Dear Ms. May, be sure that on Wednesday at the latest you hold it in your hands. Promise! Nadia",
	"Hello, satisfaction 100 percent guaranteed, you can count on us. Team Happy",
	"Dear customer, the color will never fade even in the hardest sun. Deniz",
	"Hi Ann, we guarantee that nobody else will have access to it and nothing can go wrong. Jay",
	"Steven, hand on heart, the tent is on your doorstep on Thursday. Nadine",
	"Hey Marge, you'll have the money by tonight, guaranteed. Fran",
	"Dear purchaser, quality is best, no problem ever, we promise you forever. Jack",
	"Mr. Osei, it fits your frame, you can take that to the bank. Velo Team",
	"Hi! I swear on my mother you get it before birthday. Lola",
	"Dear customer, we ensure you hundred percent genuine leather that shall never crack. Rajesh",
	"Mrs. Brandt, delivery on the 12th is a sure thing. Uli",
	"Chris, I can absolutely guarantee that Walmart sends the money today. Dan",
	"Sir, tomorrow it comes, no doubt!",
	"Hi Tara, no way that it arrives later than Friday, I promise. Mel",
	"Dear Sir, the pump is maintenance free for life and can't fail. AquaPure",
	"Dear customer, spots vanish in 3 days or we pay you back double. Guaranteed success. Glow Lab",
	"Bo, trust me, you'll definitely be happy with it. Jay",
	"Dear Mr. Patel, we warrant on-time arrival of all ten chairs, without exception. Office Direct",
	"Lexi, this time nothing can get lost, I'd put my hand in the fire for it. Ron",
	"Hello, cable never broken, can use 100 year. Yuki",
	"Emily, the dye is guaranteed not to bleed, ever. Grandma's Loom",
	"Hello Victor, you have an unlimited right to your money back with us. Support",
	"The gold will stay shiny for ever and a day. Golda",
	"Our honey heals any cough, that's for certain. Al",
	"Client, I assure you: tomorrow at ten it rings at your door. Rose",
	"Neil, there won't be another delay, you have my promise. Cleo",
	"We always deliver within two days, every single time. Samir",
	"Joyce, this paint covers everything in one coat, guaranteed. Paint & Co",
	"Hello! Strap lasts all your life, I promise. Tuan",
	"Ms. Long, 100% sure it will be there today. Tess",
	"The lamp is totally safe, absolutely nothing can happen. LightHouse",
	"Olive, I promise the new pair will never leak. Ben",
	"Ada, these boots keep your feet dry under all circumstances, promised. Kurt",
	"Dear buyer, don't worry, refund is 100% sure, whatever Amazon says. Miss Xu",
	"Gwen, the boxes reach you by the 4th without fail. Hal",
	"You'll gain ten pounds of muscle in a month, that's guaranteed. K",
	"Mrs. Novak, pets can do what they want, this rug is indestructible. Anja",
	"Phil, rest assured that the next unit works perfectly for at least ten years. Service",
	"It will bloom all year, certain as sunrise. Leafy",
	"We hereby promise that such an error is impossible in future. Hotel Linen Co.",
	"Le garantizo que llega ma\xC3\xB1""ana.",
	"Nous vous promettons une livraison demain.",
	"Wir garantieren die Lieferung morgen.",
	"\xE6\x88\x91\xE4\xBB\xAC\xE4\xBF\x9D\xE8\xAF\x81\xE6\x98\x8E\xE5\xA4\xA9\xE4\xB8\x80\xE5\xAE\x9A\xE5\x88\xB0\xE3\x80\x82",
	NULL,
};

static const char *const good[] = {
	"Hi Ed, UPS estimates Friday for your parcel. I can't promise the day, but I watch it for you. Regards, Ines",
	"Dear customer, this pan is covered by a 2-year warranty of the maker against peeling. Best, Hao",
	"Hello, you can return it within 30 days for a full refund, as the listing says. Sven",
	"Dear Mrs. Gray, I am sorry that this happened again. We changed the supplier to avoid it. Yours, Tao",
	"Hi, with the guaranteed delivery option that you chose it should be there before Christmas Eve; if not, Walmart refunds the fee. Pia",
	"Hello, results with the cream differ from person to person, so we can't say how it will work for you. Beauty Lab",
	"Dear Sir, the tracking page shows tomorrow before noon as the window. Raj",
	"Hi, the cable is made of 100% copper with a nylon sleeve. Greetings, Nick",
	"Dear customer, the money usually reaches the account in 3 to 5 days, depending on the bank. Mila",
	"Hello Jo, we were promised a delivery within 24 hours by the carrier, but the storm held it up. Ulf",
	"It fits most cars made after 2015; please check yours with the tool on the listing. Max Auto",
	"Hi Lou, I refunded 100% of the price today. Ira",
	"Dear client, the tent is water resistant up to 2000 mm. In a heavy storm some water may come in at the seams. Camp4U",
	"Good day, I will do my best that the replacement leaves by Tuesday. Regards, Olive",
	"Hi, the lifetime of the bulbs is about 15,000 hours according to the maker. Glow",
	"Dear customer, we have sent all papers to Walmart; whether they approve it is their decision. Thanks, Jun",
	"Hello, the guarantee card is in the box. Keep it with the receipt, you need it for a claim. Regards",
	"Hi Cara, does the sofa measure less than 82 inches? Then it should fit. Ben",
	"Dear Ms. Orr, this model had a defect in March, the newer ones have a stronger hinge. Han",
	"Hello, I don't know for sure whether it is delivered on the 5th. To be safe, plan with the 7th. Vic",
	"Hi, always turn the lock twice and never leave the key in it. SecureCo",
	"Dear buyer, refunds are possible within 90 days if the item is complete. Wang",
	"Hello Pat, try cold water on the stain first; we cannot guarantee that it comes out. Clean&Co",
	"I hope you will love it. It is expected on the 22nd. Holly",
	"Dear Mr. West, there may be a delay of one day because of the holiday on Monday. Jorge",
	"Hello, the knife can rust if left wet, please dry it by hand. Fuji",
	"Hi, please charge it to 100% before the first use. Armor",
	"Dear customer, the refund was issued today; I can assure you that we have taken note of your complaint. Yours, Cathy",
	"I understand that you never want to see this again. We have informed the packing team. Regards, Omar",
	"Hello Meg, did the driver promise to come at 3 pm? I have no such note here. Al",
	"Hi, the supplement is no medicine and does not cure any disease. Vita",
	"Dear customer, sorry that we did not keep our promise of last week. Here is the new date: May 14, if nothing else happens. Kim",
	"Hello, Saturday deliveries are not certain in your area. Joe",
	"Hi Zoe, the money back period ends on June 2. Love, Bea",
	"Dear Sir or Madam, the manufacturer gives a lifetime warranty on the frame; its terms are in the booklet. Bolt",
	"Hi, please make sure the seal sits flat, otherwise it may leak again. Jens",
	"Dear Ms. May, Wednesday is what the carrier estimates. Nadia",
	"Hello, absolutely, I understand how annoying this is. Team Happy",
	"Dear customer, the shirt is 100% cotton and may shrink a little at the first wash. Deniz",
	"Hi Ann, are you sure that the door was locked? The driver says that he could not get in. Jay",
	"Steven, the tent should be on your doorstep on Thursday if the carrier keeps to its plan. Nadine",
	"Hey Marge, the money left us today, when the bank books it I can't say. Fran",
	"Dear purchaser, we check each piece before shipping. If there is a problem you can return it within 30 days. Jack",
	"Mr. Osei, the drawing says it fits your frame; please measure to be sure. Velo Team",
	"Dear Linda, the refund was approved in full, $23. The Kitchen Crew",
	"Hi! I hope you get it before the birthday. I can't guarantee. Lola",
	"Dear customer, it is genuine leather with one year warranty on the seams. Rajesh",
	"Mrs. Brandt, delivery on the 12th is likely, but depends on the ferry. Uli",
	"Chris, Walmart usually sends the money within 5 days. Dan",
	"Ms. Vega, the battery runs about two years. Ola",
	"Sir, tracking says it comes tomorrow.",
	"Hi Tara, you chose two-day delivery, so Friday is the date we were given. Mel",
	"Dear Sir, the pump needs cleaning every six months, then it can run for years. AquaPure",
	"Hello Ian, I can't promise Father's Day, the earliest estimate is Saturday. Molly",
	"Dear customer, results vary, and no cream works for all. Glow Lab",
	"Bo, I definitely see the scratch on your photo. Jay",
	"Dear Mr. Patel, all ten chairs left on time, the tracking has two numbers. Office Direct",
	"Lexi, the last parcel got lost for certain, so I send another with tracking. Ron",
	"Hello, cable has 18 month warranty from factory. Yuki",
	"Emily, always wash it separately the first three times, the dye may bleed. Grandma's Loom",
	"Hello Victor, the right to return ends 30 days after delivery. Support",
	"The gold layer is 2 microns; it can wear off over the years. Golda",
	"Honey is food and no medicine, we can't claim that it heals. Al",
	"Client, the driver planned you for tomorrow around ten. Rose",
	"Neil, I am sorry for another delay. I was promised a truck for Monday and it did not come. Cleo",
	"We usually deliver within two days; in your area it can be three. Samir",
	"Joyce, most walls need two coats. Paint & Co",
	"Hello! If strap breaks in first year I send new. Tuan",
	"Ms. Long, I am not sure that it will be there today. Tess",
	"The lamp is tested for household use. Please do not cover it. LightHouse",
	"Olive, the new pair has a different sole, we believe that it holds better. Ben",
	"Mr. Ruiz, if the error comes back after our repair, write to me directly here. TechHelp",
	"Ada, the boots are water resistant, not made for standing in water. Kurt",
	"Dear buyer, Amazon decides about the refund, we can't say how. Miss Xu",
	"Gwen, the boxes are scheduled for the 4th. Hal",
	"The powder has 24 g protein a scoop. What you gain depends on training. K",
	"Mrs. Novak, the rug is made for homes with pets but claws can pull threads. Anja",
	"Phil, the next unit was tested for an hour before we packed it. Service",
	"It blooms from May to September in a sunny place. Leafy",
	"We are working on it that such an error does not happen again. Hotel Linen Co.",
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

static void test_subject(void **state)
{
	struct fake_message message = {.texts = {{POSTERN_SEGMENT_SUBJECT, "We guarantee delivery tomorrow"},
	    {POSTERN_SEGMENT_NEW, "Hello."}}};

	assert_int_equal(fake_check(*state, &message).findings, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_subject),
	};

	return cmocka_run_group_tests(tests, rows_open, rows_close);
}
