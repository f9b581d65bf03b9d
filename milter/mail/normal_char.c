/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Single characters: what they are and which plain form they have. The data
 * are Unicode's, through utf8proc and the table of look-alikes; this is the
 * only file that knows either.
 */
#include <string.h>
#include <utf8proc.h>

#include "mail/confusables.h"
#include "mail/normal_private.h"

static bool is_ascii_alnum(uint32_t cp)
{
	return (cp >= '0' && cp <= '9') || (cp >= 'A' && cp <= 'Z') || (cp >= 'a' && cp <= 'z');
}

bool normal_is_letter(uint32_t cp)
{
	utf8proc_category_t category;

	if (cp < 0x80)
		return is_ascii_alnum(cp) && cp > '9';
	category = utf8proc_category((utf8proc_int32_t)cp);
	return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO;
}

bool normal_is_mark(uint32_t cp)
{
	utf8proc_category_t category;

	if (cp < 0x300)
		return false;
	category = utf8proc_category((utf8proc_int32_t)cp);
	return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_ME;
}

bool normal_is_space(uint32_t cp)
{
	return cp == 0x85 || cp == 0xA0 || cp == 0x1680 || (cp >= 0x2000 && cp <= 0x200A) || cp == 0x2028 ||
	    cp == 0x2029 || cp == 0x202F || cp == 0x205F || cp == 0x2800 || cp == 0x3000;
}

bool normal_is_wide(uint32_t cp)
{
	return (cp >= 0x2E80 && cp <= 0x9FFF && cp != 0x3002) || (cp >= 0xAC00 && cp <= 0xD7AF) ||
	    (cp >= 0xF900 && cp <= 0xFAFF) || (cp >= 0xFE30 && cp <= 0xFE4F) || (cp >= 0xFF5F && cp <= 0xFFDF && cp != 0xFF61) ||
	    (cp >= 0x20000 && cp <= 0x3FFFF);
}

bool normal_is_emoji(uint32_t cp)
{
	return cp == 0xA9 || cp == 0xAE || (cp >= 0x203C && cp <= 0x2049) || (cp >= 0x2100 && cp <= 0x2BFF) || cp == 0x3030 ||
	    cp == 0x303D || cp == 0x3297 || cp == 0x3299 || (cp >= 0x1F000 && cp <= 0x1FAFF);
}

bool normal_is_joining(uint32_t cp)
{
	return cp >= 0x590 && cp <= 0x1AFF;
}

uint32_t normal_compose(uint32_t base, uint32_t mark)
{
	utf8proc_int32_t pair[2] = {(utf8proc_int32_t)base, (utf8proc_int32_t)mark};
	utf8proc_ssize_t n = utf8proc_normalize_utf32(pair, 2, UTF8PROC_STABLE | UTF8PROC_COMPOSE);

	return n == 1 ? (uint32_t)pair[0] : 0;
}

char normal_lookalike(uint32_t cp, bool *near_r)
{
	size_t low = 0, high = sizeof(confusables) / sizeof(confusables[0]);

	*near_r = false;
	if (cp < confusables[0].code)
		return 0;
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (confusables[mid].code == cp) {
			*near_r = confusables[mid].near != 0;
			return confusables[mid].ascii;
		}
		if (confusables[mid].code < cp)
			low = mid + 1;
		else
			high = mid;
	}
	return 0;
}

unsigned normal_alphabet(uint32_t cp)
{
	if ((cp >= 0x400 && cp <= 0x52F) || (cp >= 0x1C80 && cp <= 0x1C8F) || (cp >= 0xA640 && cp <= 0xA69F))
		return 1;
	if ((cp >= 0x370 && cp <= 0x3FF) || (cp >= 0x1F00 && cp <= 0x1FFF))
		return 2;
	if (cp < 0x370 || (cp >= 0x1D00 && cp <= 0x1EFF) || (cp >= 0xA720 && cp <= 0xA7FF) || normal_is_wide(cp))
		return 0;
	return 3;
}

/* Letters and digits in boxes and circles that Unicode gives no plain form. */
static uint32_t boxed(uint32_t cp)
{
	if (cp >= 0x1F150 && cp <= 0x1F169)
		return 'A' + cp - 0x1F150;
	if (cp >= 0x1F170 && cp <= 0x1F189)
		return 'A' + cp - 0x1F170;
	if (cp >= 0x1F1E6 && cp <= 0x1F1FF)
		return 'A' + cp - 0x1F1E6;
	if (cp >= 0x2776 && cp <= 0x277E)
		return '1' + cp - 0x2776;
	if (cp >= 0x2780 && cp <= 0x2788)
		return '1' + cp - 0x2780;
	if (cp >= 0x278A && cp <= 0x2792)
		return '1' + cp - 0x278A;
	if (cp >= 0x24F5 && cp <= 0x24FD)
		return '1' + cp - 0x24F5;
	return cp == 0x24FF ? '0' : 0;
}

/* "(1)", "(a)" in one character: what stands between. */
static uint32_t parenthesised(uint32_t cp)
{
	if (cp >= 0x2474 && cp <= 0x247C)
		return '1' + cp - 0x2474;
	return cp >= 0x249C && cp <= 0x24B5 ? 'a' + cp - 0x249C : cp >= 0x1F110 && cp <= 0x1F129 ? 'A' + cp - 0x1F110 : 0;
}

/* The value of a decimal digit of any script: ten stand in a row, from xxx0 or xxx6 on. */
static uint32_t digit(uint32_t cp)
{
	uint32_t low = cp & 0xF;

	if (utf8proc_category((utf8proc_int32_t)cp) != UTF8PROC_CATEGORY_ND || cp >= 0x10000)
		return 0;
	if (low <= 9 && utf8proc_category((utf8proc_int32_t)(cp - low)) == UTF8PROC_CATEGORY_ND)
		return '0' + low;
	return low >= 6 ? '0' + low - 6 : 0;
}

char normal_punctuation(uint32_t cp)
{
	static const char kept[] = ".@/_-%$+#&:()";

	if (cp == 0x3002 || cp == 0xFF61 || cp == 0x2024 || cp == 0xFE52)
		return '.';
	if (cp == 0xFE6B)
		return '@';
	if (cp == 0xFE55)
		return ':';
	if (cp == 0x2010 || cp == 0x2011)
		return '-';
	if (cp == 0x2044 || cp == 0x2215)
		return '/';
	if (cp >= 0xFF01 && cp <= 0xFF5E && strchr(kept, (int)(cp - 0xFF01 + '!')) != NULL)
		return (char)(cp - 0xFF01 + '!');
	return 0;
}

/* How much of a disguise a compatibility form of that kind is. */
static enum form form_of(int type, uint32_t cp, const uint32_t *out, size_t count)
{
	switch (type) {
	case UTF8PROC_DECOMP_TYPE_FONT:
		return cp >= 0x1D400 && cp < 0x1EE00 ? FORM_FANCY : FORM_QUIET;
	case UTF8PROC_DECOMP_TYPE_CIRCLE:
		return FORM_BULLET;
	case UTF8PROC_DECOMP_TYPE_WIDE:
		return FORM_WIDE;
	case UTF8PROC_DECOMP_TYPE_SQUARE:
		return count == 1 ? FORM_BULLET : FORM_QUIET;
	case UTF8PROC_DECOMP_TYPE_SUPER:
	case UTF8PROC_DECOMP_TYPE_SUB:
		return cp < 0x250 || out[0] > 0x7F ? FORM_QUIET : FORM_FANCY;
	default:
		return FORM_QUIET;
	}
}

/* Forms that stay as they are: their plain form says something else, or other rules look for them. */
static bool form_stays(uint32_t cp, int type)
{
	return cp == 0x3F2 || cp == 0x3F9 || cp < 0xB2 || cp == 0xB4 || cp == 0xB5 || cp == 0xB8 || cp == 0xBA || (cp >= 0xBC && cp <= 0xBE) ||
	    (cp >= 0x2025 && cp <= 0x2037) || cp == 0x203C || (cp >= 0x2047 && cp <= 0x2049) || cp == 0x2057 ||
	    (cp >= 0x2100 && cp <= 0x2106) || cp == 0x2109 || cp == 0x2116 || (cp >= 0x2120 && cp <= 0x2122) || normal_is_wide(cp) ||
	    type == UTF8PROC_DECOMP_TYPE_FRACTION || type == UTF8PROC_DECOMP_TYPE_VERTICAL ||
	    (cp >= 0xFF00 && cp <= 0xFFEF && !(cp >= 0xFF10 && cp <= 0xFF19) && !(cp >= 0xFF21 && cp <= 0xFF3A) &&
	    !(cp >= 0xFF41 && cp <= 0xFF5A)) || (cp >= 0xFE50 && cp <= 0xFE6F);
}

enum form normal_fold(uint32_t cp, uint32_t out[FOLDED_MAX], size_t *count_r)
{
	const utf8proc_property_t *property;
	utf8proc_int32_t plain[FOLDED_MAX];
	utf8proc_ssize_t n;
	int boundary = 0;
	uint32_t c;

	out[0] = cp;
	*count_r = 1;
	if (cp < 0xA0)
		return FORM_SAME;
	if ((c = boxed(cp)) != 0 || (c = parenthesised(cp)) != 0) {
		out[0] = c;
		return FORM_BULLET;
	}
	if ((cp < 0xFF10 || cp > 0xFF19) && (c = digit(cp)) != 0) {
		out[0] = c;
		return FORM_FANCY;
	}
	property = utf8proc_get_property((utf8proc_int32_t)cp);
	if (property->decomp_type == 0 || form_stays(cp, property->decomp_type))
		return FORM_SAME;
	n = utf8proc_decompose_char((utf8proc_int32_t)cp, plain, FOLDED_MAX, UTF8PROC_STABLE | UTF8PROC_DECOMPOSE |
	    UTF8PROC_COMPAT, &boundary);
	if (n <= 0 || n > FOLDED_MAX || plain[0] == ' ' || normal_is_mark((uint32_t)plain[n - 1]))
		return FORM_SAME;
	for (utf8proc_ssize_t i = 0; i < n; i++)
		out[i] = (uint32_t)plain[i];
	*count_r = (size_t)n;
	return form_of(property->decomp_type, cp, out, *count_r);
}

bool normal_is_flag(uint32_t a, uint32_t b)
{
	/* ISO 3166-1 and EU, UN, as of 2024: by first letter. */
	static const char *const second[26] = {
		"CDEFGILMOQRSTUWXZ", "ABDEFGHIJLMNOQRSTVWYZ", "ACDFGHIKLMNOPRUVWXYZ", "EGJKMOZ", "ACEGHRSTU", "IJKMOR",
		"ABDEFGHILMNPQRSTUWY", "KMNRTU", "CDELMNOQRST", "EMOP", "EGHIMNPRWYZ", "ABCIKRSTUVY",
		"ACDEFGHKLMNOPQRSTUVWXYZ", "ACEFGILOPRUZ", "M", "AEFGHKLMNRSTWY", "A", "EOSUW",
		"ABCDEGHIJKLMNORSTVXYZ", "ACDFGHJKLMNORTVWZ", "AGMNSYZ", "ACEGINU", "FS", "K", "ET", "AMW",
	};

	if (a < 0x1F1E6 || a > 0x1F1FF || b < 0x1F1E6 || b > 0x1F1FF)
		return false;
	return strchr(second[a - 0x1F1E6], (int)('A' + b - 0x1F1E6)) != NULL;
}
