/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prints milter/mail/confusables.h: which letters look like an ASCII letter. Needed only to renew that file:
 *
 *     cc -o /tmp/confusables contrib/confusables.c $(pkg-config --cflags --libs icu-i18n icu-uc)
 *     /tmp/confusables > milter/mail/confusables.h
 *
 * The data are Unicode's confusables as ICU has them (uspoof_getSkeleton). Two characters look alike when
 * their skeletons are equal. What compatibility decomposition (NFKC) turns into ASCII is left out, and
 * so is Latin-1, whose letters are those of languages. "Near" ones, which Unicode does not list because their
 * shapes differ a little, are added by hand below.
 */
#include <stdio.h>
#include <string.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/uspoof.h>
#include <unicode/ustring.h>

/* Of small letters the small capitals and what is read as the letter in a word that is otherwise Latin. */
static const struct { UChar32 cp; char ascii; } near[] = {
	{0x431, 'b'}, {0x432, 'b'}, {0x433, 'r'}, {0x435, 'e'}, {0x43A, 'k'}, {0x43C, 'm'}, {0x43D, 'h'}, {0x43F, 'n'},
	{0x442, 't'}, {0x44C, 'b'}, {0x454, 'e'}, {0x491, 'r'}, {0x457, 'i'}, {0x451, 'e'}, {0x450, 'e'},
	{0x3B2, 'b'}, {0x3B5, 'e'}, {0x3B7, 'n'}, {0x3BA, 'k'}, {0x3C4, 't'}, {0x3C5, 'u'}, {0x3C7, 'x'},
	{0x3C9, 'w'}, {0x3AC, 'a'}, {0x3AD, 'e'}, {0x3AF, 'i'}, {0x3CC, 'o'}, {0x3CD, 'u'},
	{0x1D00, 'a'}, {0x299, 'b'}, {0x1D04, 'c'}, {0x1D05, 'd'}, {0x1D07, 'e'}, {0xA730, 'f'}, {0x262, 'g'},
	{0x29C, 'h'}, {0x26A, 'i'}, {0x1D0A, 'j'}, {0x1D0B, 'k'}, {0x29F, 'l'}, {0x1D0D, 'm'}, {0x274, 'n'},
	{0x1D0F, 'o'}, {0x1D18, 'p'}, {0x280, 'r'}, {0xA731, 's'}, {0x1D1B, 't'}, {0x1D1C, 'u'}, {0x1D20, 'v'},
	{0x1D21, 'w'}, {0x28F, 'y'}, {0x1D22, 'z'}, {0x192, 'f'}, {0x26E, 'b'}, {0x53D, 'b'}, {0x578, 'n'},
};

static int skeleton(const USpoofChecker *checker, UChar32 cp, UChar *out)
{
	UErrorCode error = U_ZERO_ERROR;
	UChar in[2];
	int32_t n = 0;

	U16_APPEND_UNSAFE(in, n, cp);
	n = uspoof_getSkeleton(checker, 0, in, n, out, 31, &error);
	out[U_SUCCESS(error) ? n : 0] = 0;
	return U_SUCCESS(error) && n > 0;
}

/* Does NFKC make ASCII of it? */
static int is_compatible(const UNormalizer2 *nfkc, UChar32 cp)
{
	UErrorCode error = U_ZERO_ERROR;
	UChar in[2], out[64];
	int32_t n = 0, len;

	U16_APPEND_UNSAFE(in, n, cp);
	len = unorm2_normalize(nfkc, in, n, out, 64, &error);
	return U_SUCCESS(error) && len > 0 && out[0] < 0x80;
}

static char near_letter(UChar32 cp)
{
	for (size_t i = 0; i < sizeof(near) / sizeof(near[0]); i++)
		if (near[i].cp == cp)
			return near[i].ascii;
	return 0;
}

static char exact_letter(const USpoofChecker *checker, UChar32 cp)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	int upper = u_isupper(cp) || (u_charType(cp) == U_OTHER_LETTER);
	UChar mine[32], other[32];
	char found = 0;

	if (!skeleton(checker, cp, mine))
		return 0;
	for (const char *c = letters; *c != '\0'; c++) {
		if (!skeleton(checker, *c, other) || u_strcmp(mine, other) != 0)
			continue;
		if (found == 0 || (u_isupper(*c) != 0) == upper)
			found = *c;
	}
	return found;
}

int main(void)
{
	UErrorCode error = U_ZERO_ERROR;
	USpoofChecker *checker = uspoof_open(&error);
	const UNormalizer2 *nfkc = unorm2_getNFKCInstance(&error);

	if (U_FAILURE(error))
		return 1;
	printf("/* SPDX-License-Identifier: BSD-2-Clause */\n"
	    "/* Made by contrib/confusables.c of Unicode %s's confusables (ICU %s); see there. Do not edit. */\n"
	    "#ifndef POSTERN_MAIL_CONFUSABLES_H\n#define POSTERN_MAIL_CONFUSABLES_H\n\n#include <stdint.h>\n\n"
	    "/* In the order of code; near: read as that letter only inside a word of Latin letters. */\n"
	    "static const struct confusable { uint32_t code; char ascii; uint8_t near; } confusables[] = {\n",
	    U_UNICODE_VERSION, U_ICU_VERSION);
	for (UChar32 cp = 0x100; cp < 0x20000; cp++) {
		char c = exact_letter(checker, cp);
		int is_near = c == 0;

		if (!u_isalpha(cp) || is_compatible(nfkc, cp) || (cp >= 0x2E80 && cp <= 0xA48F))
			continue;
		if (is_near)
			c = near_letter(cp);
		if (c != 0)
			printf("\t{0x%04X, '%c', %d},\n", (unsigned)cp, c, is_near);
	}
	printf("};\n\n#endif\n");
	uspoof_close(checker);
	return 0;
}
