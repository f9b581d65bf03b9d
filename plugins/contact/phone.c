/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is a run of digits somebody's telephone? Its shape, the plan of the country it
 * would belong to, and above all what the words around say of it: nearly every
 * honest reply holds numbers that a telephone could have.
 */
#include "contact.h"

#include <stdio.h>
#include <string.h>

#include "phone_lib.h"

/* A phrase this near to a number speaks of it for certain. */
#define CUE_NEAR 25

/* What was found out about one number. */
struct look {
	const struct phone_rules *rules;
	const struct number *number;
	enum cue cue;
	bool near;
};

static const char *national(const struct number *number)
{
	return number->digits + (number->plus ? 1 : 0);
}

/* The country of the first region that has such a number: 1, 0, or -1. */
static int valid_anywhere(const struct look *look, const char *digits)
{
	for (size_t i = 0; i < look->rules->regions.count; i++) {
		const char *region = look->rules->regions.items[i];
		char upper[3] = {(char)(region[0] & 0x5F), region[0] != '\0' ? (char)(region[1] & 0x5F) : '\0', '\0'};
		int rc = phone_lib_valid(digits, upper);

		if (rc != 0)
			return rc;
	}
	return 0;
}

/* Ten digits, perhaps behind a 1, that North America's plan has. */
static int valid_american(const char *digits)
{
	return phone_lib_valid(digits, "US");
}

static bool is_chinese_mobile(const char *digits, size_t count)
{
	return count == 11 && digits[0] == '1' && digits[1] >= '3';
}

/* Counting and sizes: each digit one more, or one less, than the one before. */
static bool is_counting(const char *digits)
{
	int step = digits[1] - digits[0];

	if (step < -1 || step > 1)
		return false;
	for (size_t i = 1; digits[i + 1] != '\0'; i++)
		if (digits[i + 1] - digits[i] != step && (digits[i + 1] - digits[i] + 10) % 10 != (step + 10) % 10)
			return false;
	return true;
}

/* Runs of one digit each: "6 2 6 5 5 5 0 1 4 7". */
static size_t singles(const struct number *number)
{
	size_t count = 0;

	for (size_t i = 0; i < number->group_count; i++)
		count += number->groups[i] == 1;
	return count;
}

static bool is_spelled(const struct number *number)
{
	return number->words >= 2 || (number->group_count >= 7 && singles(number) + 1 >= number->group_count);
}

static int score_spelled(const struct look *look)
{
	const struct number *number = look->number;
	int valid;

	if (is_counting(national(number)))
		return 0;
	if (look->cue == CUE_ID)
		return 20;
	if (look->cue == CUE_PHONE && number->count <= 15)
		return 95;
	valid = valid_american(national(number));
	if (valid < 0)
		return -1;
	if (valid > 0 || is_chinese_mobile(national(number), number->count))
		return number->words > 2 ? 90 : 75;
	return number->words > 3 ? 60 : 30;
}

static int score_international(const struct look *look)
{
	int valid = phone_lib_valid(look->number->digits, "ZZ");

	if (valid < 0)
		return -1;
	if (look->cue == CUE_ID)
		return valid > 0 ? 60 : 0;
	if (valid > 0)
		return 95;
	return look->cue == CUE_PHONE && look->number->count >= 8 ? 85 : 0;
}

/* Where groups of three, three and four digits stand, as America writes them; the first digit's offset, or -1. */
static int american_at(const struct number *number, size_t *group_r)
{
	size_t offset = 0;

	for (size_t i = 0; i + 2 < number->group_count; i++) {
		if (number->groups[i] == 3 && number->groups[i + 1] == 3 && number->groups[i + 2] == 4) {
			*group_r = i;
			return (int)offset;
		}
		offset += number->groups[i];
	}
	return -1;
}

static int score_american(const struct look *look, const char *digits, size_t group)
{
	const struct number *number = look->number;
	bool firm = number->before[group + 1] != ' ' || number->before[group + 2] != ' ';
	/* "12 345 678 9012 34" is a list or a code: nothing else may stand before or behind. */
	bool alone = group <= 1 && group + 3 == number->group_count && (group == 0 || number->groups[0] == 1);
	char ten[11];
	int valid;

	memcpy(ten, digits, 10);
	ten[10] = '\0';
	valid = valid_american(ten);
	if (valid < 0)
		return -1;
	if (look->cue == CUE_ID)
		return valid > 0 && firm && !look->near ? 60 : 30;
	if (look->cue == CUE_PHONE)
		return valid > 0 ? 95 : 85;
	if (valid == 0)
		return 30;
	return !alone ? 50 : number->leet > 0 ? 80 : firm ? 90 : 75;
}

/* Eight to fifteen digits in groups: some other country's way. */
static int score_grouped(const struct look *look)
{
	const struct number *number = look->number;
	const char *digits = national(number);
	int valid;

	if (is_chinese_mobile(digits, number->count) && number->group_count == 3 && number->groups[0] == 3 && number->groups[1] == 4)
		return look->cue == CUE_ID ? 40 : look->cue == CUE_PHONE ? 95 : 85;
	if (look->cue != CUE_PHONE && (look->cue == CUE_ID || digits[0] != '0' || singles(number) > 1))
		return 0;
	valid = valid_anywhere(look, digits);
	if (valid < 0)
		return -1;
	if (look->cue == CUE_PHONE)
		return valid > 0 ? 88 : look->near ? 80 : 60;
	return valid > 0 && number->count >= 9 ? 60 : 0;
}

static int score_plain(const struct look *look)
{
	const struct number *number = look->number;
	const char *digits = national(number);
	int valid;

	if (look->cue == CUE_ID || number->count > 15)
		return 0;
	if (look->cue == CUE_PHONE)
		return number->count >= 10 ? (look->near ? 90 : 75) : look->near ? 75 : 40;
	if (number->count != 10 && number->count != 11)
		return 0;
	if (is_chinese_mobile(digits, number->count))
		return 60;
	valid = number->count == 11 && digits[0] != '1' ? 0 : valid_american(digits);
	return valid < 0 ? -1 : valid > 0 ? 50 : 0;
}

/* "555-0147" is a number only where a call is spoken of. */
static int score_local(const struct look *look)
{
	bool shape = look->number->group_count == 2 && look->number->groups[0] == 3;

	if (look->cue != CUE_PHONE)
		return 0;
	return shape && look->near ? 80 : shape || look->near ? 60 : 30;
}

static int score_shape(const struct look *look)
{
	const struct number *number = look->number;
	size_t group = 0;
	int american;

	if (number->plus)
		return score_international(look);
	if (is_spelled(number))
		return score_spelled(look);
	american = american_at(number, &group);
	if (american >= 0)
		return score_american(look, national(number) + american, group);
	if (number->count == 7)
		return score_local(look);
	if (number->leet > 0)
		return look->cue == CUE_PHONE && look->near ? 75 : 0;
	if (number->count > 15)
		return 0;
	return number->group_count > 1 ? score_grouped(look) : score_plain(look);
}

bool phone_listed(const struct words *list, const struct number *number)
{
	const char *digits = national(number);
	size_t skip = number->count == 11 && digits[0] == '1' ? 1 : 0;

	return words_has(list, view_str(digits)) || words_has(list, view_str(digits + skip));
}

int phone_score(const struct phone_rules *rules, const struct scan *scan, const struct number *number)
{
	struct look look = {.rules = rules, .number = number};
	size_t distance = 0;
	int score;

	if (phone_listed(&rules->known, number))
		return 0;
	look.cue = scan_cue(scan, number->start, number->end, &distance);
	look.near = look.cue != CUE_WEIGHT && distance <= CUE_NEAR;
	score = score_shape(&look);
	/* The number of a carrier or of the post office is no way to the seller. */
	if (score > 55 && scan_sentence(scan, number->start)->other)
		score = 55;
	return score;
}
