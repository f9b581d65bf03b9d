/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Strings that nearly every text has tell nothing and are most of what a scan finds ("the", one letter, a blank).
 * So a sample of ordinary letters is scanned once, and a need that most of them meet is not looked for where the
 * same expression has a rarer one; where it has one that none of them meets, only such. That can only make a filter say
 * "may" more often, and never takes the last need that tells where a match may begin: without it the whole text
 * would be searched. Measured over the replies of tests/bench: a fifth less to find and 2 of 100 more that may match.
 */
#include <stdlib.h>
#include <string.h>

#include "core/prefilter_tree.h"

/* Letters as a shop's customers and those who answer them write. Which words they choose does not matter much. */
static const char *const sample[] = {
	"Hello, thank you for your message. I am sorry to hear that the lamp arrived with a broken shade. We have ordered a new "
	"one from the warehouse today, and it will be with you on Thursday. There is no need to return the first one. Please "
	"let us know if anything else is missing.\n",
	"Hi, I ordered two pairs of shoes last week and only one of them was in the box. Can you tell me when the other will come? "
	"My order number is 4342076435326. I need them for a trip on 14 May, so I hope it is not too late.\n",
	"Good morning, the jar is made of glass and holds 64 ounces. The lid fits all of our jars that were made after 2019. It "
	"can be washed in a dishwasher, but we would keep it away from the bottom shelf. Best wishes, Anna\n",
	"Dear Mr. Ross, the carrier tells us that your parcel was left with a neighbour at number 12 on Monday. Would you ask there "
	"first? If they don't have it, write to us again and we will send another at no cost to you.\n",
	"I have tried to put the table together, but the screws in bag 3 are too short and the picture on page 2 shows other ones. "
	"Do you have the right ones, or should I get my money back?\n",
	"We have received the return and paid back $34.99 to the card that you used. It may take your bank three to five days before "
	"you can see it. Again, we are sorry for the trouble and thank you for being so patient with us.\n",
	"Yes, the cover can be taken off and washed at 30 degrees. Don't iron it, and let it dry flat. The size you asked about is "
	"out of stock at this time; we expect more by the end of the month.\n",
	"This is the third time that I write. Nobody has answered me, the heater still does not work, and it is getting cold in the "
	"house. What are you going to do about it?\n",
	"Thank you for the pictures. I can see now that the handle has come off on one side. That should not have happened, and I "
	"have asked the people who pack our orders to look at the rest. A new pan leaves here this afternoon.\n",
	"Could you change the address of my order? I moved last month and the old one is still in my account. The new one is 18 Elm "
	"Street, and the rest is the same as before. Thanks a lot!\n",
	"Your order was shipped on Friday with the number 9400111899223. As of this morning it is on its way and should arrive on "
	"Tuesday before 8 pm. Nobody has to sign for it.\n",
	"It works with both kinds of bulbs. First press the button on the back for about six seconds until the light turns blue, "
	"then let it go and wait for a minute. If that does not help, please tell me what you see.\n",
	"We can't send this item to Alaska because of the battery in it, and I am afraid that we don't have one without. I have "
	"cancelled the order for you so that you are not charged.\n",
	"She loves the doll, but one of the eyes will not close any more. Is there a way to fix it, or can we have it replaced? It was "
	"a gift for her birthday and I would not like to take it away from her for long.\n",
	"Sorry for the wait. I have checked with our team: the colour in the photo is right, and the one that you got is from an "
	"older batch. You may keep it or send it back, as you like. What would you prefer?\n",
	"Hello again, I just found the missing part under the paper in the box. Please forget what I wrote before. All is well and "
	"the chair looks very good in our kitchen.\n",
};
#define SAMPLES (sizeof(sample) / sizeof(sample[0]))
/* A need that so many of them meet is common. */
#define COMMON (SAMPLES / 2)
/* Needs that fewer of them meet are enough without the others. */
#define RARE 1

/* In how many samples each need is met, in the order of needs. NULL: memory is out. */
static unsigned char *count_met(struct prefilter *prefilter)
{
	unsigned char *met = calloc(prefilter->need_count + (size_t)1, 1);

	for (size_t i = 0; met != NULL && i < SAMPLES; i++) {
		struct prefilter_scan *scan = prefilter_begin(prefilter, slice_str(sample[i]));

		if (scan == NULL) {
			free(met);
			return NULL;
		}
		for (size_t number = 0; number < prefilter->count; number++) {
			uint32_t need = prefilter->first_need[number];

			for (unsigned seen = scan->seen[number]; seen != 0; seen >>= 1, need++)
				met[need] = (unsigned char)(met[need] + (seen & 1));
		}
		prefilter_end(prefilter, &scan);
	}
	return met;
}

/* Whether a need tells where a match may begin. */
static bool tells_begin(const struct prefilter_need *need)
{
	return need->chars != PREFILTER_FAR || need->blanks != PREFILTER_FAR;
}

/* Of an expression's needs those that fewer than so many samples meet, as bits; whether one tells where a match begins. */
static unsigned char needs_rarer(const struct prefilter *prefilter, size_t number, const unsigned char *met, unsigned count,
    bool *tells_r)
{
	uint32_t need = prefilter->first_need[number];
	unsigned char kept = 0;

	*tells_r = false;
	for (unsigned bit = 1; bit <= prefilter->wanted[number]; bit <<= 1, need++) {
		if ((prefilter->wanted[number] & bit) == 0 || met[need] >= count)
			continue;
		kept = (unsigned char)(kept | bit);
		*tells_r = *tells_r || tells_begin(&prefilter->needs[need]);
	}
	return kept;
}

/* Which of an expression's needs are worth to be looked for, as bits: all, when there is none but common ones. */
static unsigned char needs_worth(const struct prefilter *prefilter, size_t number, const unsigned char *met)
{
	bool tells;
	unsigned char kept = needs_rarer(prefilter, number, met, RARE, &tells);

	if (kept == 0 || !tells)
		kept = needs_rarer(prefilter, number, met, COMMON, &tells);
	return kept != 0 ? kept : prefilter->wanted[number];
}

/* Leaves out what is not looked for. */
static void compact(struct prefilter *prefilter)
{
	size_t kept = 0;

	for (size_t i = 0; i < prefilter->entry_count; i++)
		if ((prefilter->wanted[prefilter->entries[i].number] >> prefilter->entries[i].set & 1) != 0)
			prefilter->entries[kept++] = prefilter->entries[i];
	prefilter->entry_count = kept;
}

int prefilter_drop_common(struct prefilter *prefilter)
{
	unsigned char *met = count_met(prefilter);
	bool fewer = false;

	if (met == NULL)
		return -1;
	for (size_t number = 0; number < prefilter->count; number++) {
		unsigned char kept = needs_worth(prefilter, number, met);

		fewer = fewer || kept != prefilter->wanted[number];
		prefilter->wanted[number] = kept;
	}
	free(met);
	if (!fewer)
		return 0;
	prefilter_scans_free(prefilter);
	compact(prefilter);
	prefilter_trees_free(prefilter);
	return prefilter_trees_build(prefilter);
}
