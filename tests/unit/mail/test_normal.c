/* SPDX-License-Identifier: BSD-2-Clause */
/* Text as a reader sees it: what is undone, what stays, and the way back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/arena.h"
#include "mail/normal.h"

/* disguises: of each word its kinds, "I" invisible, "B" bidi, "L" look-alike, "F" form. */
static const struct { const char *name, *in, *out, *disguises; } rows[] = {
	{"ASCII", "Hello, world", "Hello, world", ""},
	{"accents", "Zoë Müller-Ångström, señor, tiếng Việt", "Zoë Müller-Ångström, señor, tiếng Việt", ""},
	{"decomposed accents", "cafe\xCC\x81 n\xCC\x83", "café ñ", ""},
	{"German", "Straße groß", "Straße groß", ""},
	{"Turkish", "Yıldız İstanbul ışık", "Yildiz İstanbul işik", ""},
	{"zero width in a word", "best\u200bgadgets.\u200bshop", "bestgadgets.shop", "I"},
	{"zero width between words", "your order\u200b is\u200b here", "your order is here", ""},
	{"soft hyphen", "inter\u00adnational", "international", ""},
	{"soft hyphens", "d\u00adi\u00ads\u00adc\u00adount", "discount", "I"},
	{"soft hyphen in a host", "best\u00adgadgets.shop", "bestgadgets.shop", "I"},
	{"byte order mark", "\uFEFFHello", "Hello", ""},
	{"tag characters", "si\U000E0061\U000E0062te", "site", "I"},
	{"filler", "cou\u3164pon", "coupon", "I"},
	{"non-breaking spaces", "Prix\u00a0: 10\u00a0€", "Prix : 10 €", ""},
	{"padding", "Hi \u034f\u200c\u00a0\u034f\u200c\u00a0\u034f end", "Hi end", ""},
	{"full width", "ｅｖｉｌ．ｓｈｏｐ", "evil.shop", "F"},
	{"full width in Chinese", "请加ＶＸ：我们，谢谢。", "请加VX：我们，谢谢。", ""},
	{"full-width punctuation", "Hello，world！ Yes（ok）。", "Hello，world！ Yes（ok）。", ""},
	{"ideographic dots", "evil。shop and evil｡shop", "evil.shop and evil.shop", "F"},
	{"Chinese full stop", "好的。谢谢。", "好的。谢谢。", ""},
	{"full-width scheme", "ｈｔｔｐ：／／evil.shop／a", "http://evil.shop/a", "F"},
	{"full-width at", "a＠b.com", "a@b.com", "F"},
	{"full-width percent", "20％ off", "20% off", ""},
	{"circled digits", "call ⑥②⑥-⑤⑤⑤", "call 626-555", "F"},
	{"one circled digit", "① Open the box", "1 Open the box", ""},
	{"a bullet before a word", "②Press", "2Press", ""},
	{"negative circled letters", "🅑🅔🅢🅣 🅳🅴🅰🅻", "BEST DEAL", "FF"},
	{"mathematical", "𝐯𝐢𝐬𝐢𝐭 𝓾𝓼 𝟝𝟝𝟝", "visit us 555", "FFF"},
	{"parenthesised", "⒱⒤⒮⒤⒯", "visit", "F"},
	{"superscript", "10 m² and 1ª, Brand™ ½ cup…", "10 m2 and 1ª, Brand™ ½ cup…", ""},
	{"superscript letters", "ᵛⁱˢⁱᵗ", "visit", "F"},
	{"ligature", "ﬁrst oﬃce", "first office", ""},
	{"keycaps", "6️⃣2️⃣6️⃣", "626", "F"},
	{"one keycap", "1️⃣ Open", "1 Open", ""},
	{"flags", "🇺🇸 🇨🇦🇩🇪", "🇺🇸 🇨🇦🇩🇪", ""},
	{"regional indicators", "🇻🇽 🇬🇴🇬🇴", "VX GOGO", "FF"},
	{"emoji", "👨‍👩‍👧 ❤️ 👍🏽 🏴󠁧󠁢󠁥󠁮󠁧󠁿 ok", "👨‍👩‍👧 ❤️ 👍🏽 🏴󠁧󠁢󠁥󠁮󠁧󠁿 ok", ""},
	{"Arabic-Indic digits", "call ٦٢٦٥٥٥", "call 626555", "F"},
	{"Devanagari digits", "call ६२६", "call 626", "F"},
	{"Persian joiner", "می‌خواهم", "می‌خواهم", ""},
	{"Arabic name with marks", "Dear \u2068محمد\u2069, thanks", "Dear محمد, thanks", ""},
	{"Hebrew with a mark", "שלום\u200f Tom", "שלום Tom", ""},
	{"bidi in a word", "best\u200egadgets", "bestgadgets", "B"},
	{"override", "go to \u202epohs.stegdagtseb\u202c now", "go to bestgadgets.shop now", "B"},
	{"isolates round a name", "Hi \u2068John\u2069, ok", "Hi John, ok", ""},
	{"Cyrillic a", "https://wаlmart.com/refund", "https://walmart.com/refund", "L"},
	{"mixed word", "cоuроn and discоunt", "coupon and discount", "LL"},
	{"all look-alike", "Please look at our сосо here and be happy with it", "Please look at our coco here and be happy with it", "L"},
	{"all look-alike in a host", "see сор.shop", "see cop.shop", "L"},
	{"Russian", "Привет, как дела? Вера", "Привет, как дела? Вера", ""},
	{"Russian name", "Dear Вера Петрова, your parcel has left today", "Dear Вера Петрова, your parcel has left today", ""},
	{"Russian with a Latin word", "Купил iPhone вчера, USB-кабель", "Купил iPhone вчера, USB-кабель", ""},
	{"Greek", "Καλημέρα, αγοράζω", "Καλημέρα, αγοράζω", ""},
	{"Greek letters", "5 μm, α and β, Ωmega", "5 μm, α and β, Ωmega", ""},
	{"Greek look-alike", "cοupοn", "coupon", "L"},
	{"Latin look-alikes", "wɑlmɑrt ɡet", "walmart get", "LL"},
	{"small capitals", "ᴠɪsɪᴛ ᴏᴜʀ sʜᴏᴘ", "visit our shop", "LLL"},
	{"three alphabets", "Ϲоᴜρоո", "Coupon", "L"},
	{"ordinals", "2ⁿᵈ and 1ˢᵗ", "2nd and 1st", ""},
	{"Cherokee", "ᏴᎬᏚ we see it is good", "BES we see it is good", NULL},
	{"Armenian in Latin", "cօupօn", "coupon", "L"},
	{"zalgo", "c\u0336o\u0336u\u0336pon", "coupon", "F"},
	{"stacked", "s\u0301\u0302\u0303\u0304ave", "śave", "F"},
	{"Russian stress", "за\u0301мок", "за\u0301мок", ""},
	{"Thai", "สวัสดีครับ", "สวัสดีครับ", ""},
	{"Hindi joiner", "क्‍ष", "क्‍ष", ""},
	{"Korean", "안녕하세요 고객님", "안녕하세요 고객님", ""},
	{"Japanese", "ご注文ありがとうございます。ＡＢＣ", "ご注文ありがとうございます。ABC", ""},
	{"line separator", "a\u2028b", "a b", ""},
	{"bad bytes", "a\xFF\xC3 b\xE2\x80", "a\xFF\xC3 b\xE2\x80", ""},
	{"bad byte beside a disguise", "\xFFgad\u200bgets", "\xFFgadgets", "I"},
	{"symbols", "© 2026 ® № 5 ℃", "© 2026 ® № 5 ℃", ""},
	{"unit", "5㎏ 10㎜", "5㎏ 10㎜", ""},
	{"non-breaking hyphen", "wi\u2011fi", "wi-fi", ""},
	{"only padding", "\u200b\u200c\u200d", "", ""},
};

static void kinds_of(const struct normal_text *text, char *out)
{
	for (size_t i = 0; i < text->disguise_count; i++)
		*out++ = "IBLF"[text->disguises[i].kind];
	*out = '\0';
}

static void test_rows(void **state)
{
	int wrong = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena *arena = arena_new((size_t)1 << 20);
		struct normal_text text;
		char kinds[64];

		assert_int_equal(normal_read(arena, slice_str(rows[i].in), &text), 0);
		kinds_of(&text, kinds);
		if (!slice_eq_str(text.text, rows[i].out) || (rows[i].disguises != NULL && strcmp(kinds, rows[i].disguises) != 0)) {
			wrong++;
			fprintf(stderr, "%s: \"%.*s\" [%s], wanted \"%s\" [%s]\n", rows[i].name, SLICE_ARG(text.text), kinds,
			    rows[i].out, rows[i].disguises != NULL ? rows[i].disguises : "");
		}
		if (strcmp(rows[i].in, rows[i].out) == 0 && text.map != NULL) {
			wrong++;
			fprintf(stderr, "%s: has a map\n", rows[i].name);
		}
		arena_free(&arena);
	}
	assert_int_equal(wrong, 0);
}

/* What was written where the text shows word. */
static struct slice written(const struct normal_text *text, const char *word)
{
	long at = slice_find(text->text, slice_str(word));

	assert_true(at >= 0);
	return normal_map_original(text->map, (size_t)at, (size_t)at + strlen(word));
}

static void test_back(void **state)
{
	struct arena *arena = arena_new((size_t)1 << 20);
	struct normal_text text;

	(void)state;
	assert_int_equal(normal_read(arena, slice_str("see ｅｖｉｌ．ｓｈｏｐ or best\u200bgadgets and oﬃce; plain "
	    "\u202epohs.x\u202c end"), &text), 0);
	assert_true(slice_eq_str(written(&text, "see"), "see"));
	assert_true(slice_eq_str(written(&text, "evil.shop"), "ｅｖｉｌ．ｓｈｏｐ"));
	assert_true(slice_eq_str(written(&text, "vil"), "ｖｉｌ"));
	assert_true(slice_eq_str(written(&text, "bestgadgets"), "best\u200bgadgets"));
	assert_true(slice_eq_str(written(&text, "best"), "best"));
	assert_true(slice_eq_str(written(&text, "gadgets"), "gadgets"));
	assert_true(slice_eq_str(written(&text, "office"), "oﬃce"));
	assert_true(slice_eq_str(written(&text, "plain"), "plain"));
	assert_true(slice_eq_str(written(&text, "end"), "end"));
	assert_true(slice_eq_str(written(&text, "x.sh"), "\u202epohs.x\u202c"));
	arena_free(&arena);
}

/* Floods stay linear, and a text without disguises costs next to nothing. */
static void test_floods(void **state)
{
	static const char *const pieces[] = {"\u200b", "a\u200b", "\u202ea", "a\u0301", "е", "ｅ", "aа", "\u00a0", "①", "👨\u200d", "\xFF"};
	size_t size = (size_t)4 << 20;
	char *flood = malloc(size);

	(void)state;
	assert_non_null(flood);
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		struct arena *arena = arena_new((size_t)512 << 20);
		size_t len = strlen(pieces[i]), at = 0;
		struct normal_text text;
		clock_t start = clock(); /* as in test_html.c */

		for (; at + len <= size; at += len)
			memcpy(flood + at, pieces[i], len);
		assert_int_equal(normal_read(arena, (struct slice){flood, at}, &text), 0);
		if (clock() - start > 20 * CLOCKS_PER_SEC)
			fail_msg("4 MiB of piece %zu took %ld ms", i, (long)((clock() - start) / (CLOCKS_PER_SEC / 1000)));
		arena_free(&arena);
	}
	free(flood);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_back),
		cmocka_unit_test(test_floods),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
