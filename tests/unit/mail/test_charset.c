/* SPDX-License-Identifier: BSD-2-Clause */
/* One URL in twenty encodings, and labels that lie. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <iconv.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "mail/charset.h"

static struct charset_text convert(struct arena *arena, struct slice in, const char *label)
{
	struct charset_text out;

	assert_int_equal(charset_to_utf8(arena, in, slice_str(label), SIZE_MAX, &out), 0);
	assert_true(utf8_valid(out.text));
	return out;
}

static void url_is_found_in_every_encoding(void **state)
{
	static const char text[] = "please visit http://shop.example.com/x now";
	static const struct { const char *to, *label; } cases[] = {
		{"UTF-8", "utf-8"}, {"UTF-16LE", "utf-16le"}, {"UTF-16BE", "UTF-16BE"}, {"UTF-16", "utf-16"},
		{"UTF-16LE", "utf-16"}, {"UTF-16BE", "utf-16"}, {"UTF-16LE", "utf-16be"}, {"UTF-16LE", ""}, {"UTF-16BE", "utf-8"},
		{"UTF-32LE", "utf-32le"}, {"UTF-32BE", "utf-32be"}, {"UTF-32", "utf-32"}, {"UTF-32LE", "utf-32"},
		{"UTF-32LE", "us-ascii"}, {"UTF-7", "utf-7"}, {"ISO-2022-JP", "iso-2022-jp"}, {"ISO-2022-KR", "iso-2022-kr"},
		{"ISO-2022-CN", "iso-2022-cn"}, {"GB18030", "gb18030"}, {"GB18030", "gb2312"}, {"BIG5", "big5"}, {"CP932", "shift_jis"},
		{"EUC-JP", "euc-jp"}, {"CP949", "ks_c_5601-1987"}, {"KOI8-R", "koi8-r"}, {"CP1251", "windows-1251"},
		{"IBM037", "ibm037"}, {"CP500", "cp500"}, {"IBM1047", "ibm1047"}, {"EBCDIC-US", "ebcdic-us"}, {"UCS-2BE", "ucs-2"},
		{"CP437", "cp437"}, {"ISO-8859-15", "iso-8859-15"}, {"MACINTOSH", "macintosh"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct arena *arena = arena_new(1 << 20);
		char bytes[400], *from = (char *)(uintptr_t)text, *to = bytes;
		size_t left = sizeof(text) - 1, room = sizeof(bytes);
		iconv_t cd = iconv_open(cases[i].to, "UTF-8");
		struct charset_text out;

		assert_true(cd != (iconv_t)-1);
		assert_int_equal(iconv(cd, &from, &left, &to, &room), 0);
		iconv(cd, NULL, NULL, &to, &room);
		iconv_close(cd);
		out = convert(arena, (struct slice){bytes, sizeof(bytes) - room}, cases[i].label);
		if (!slice_eq_str(out.text, text))
			fail_msg("%s as '%s': %.*s", cases[i].to, cases[i].label, SLICE_ARG(out.text));
		arena_free(&arena);
	}
}

struct expect {
	struct slice in;
	const char *label;
	const char *want;
	bool guessed, broken;
};

static void bytes_count_more_than_labels(void **state)
{
	static const struct expect cases[] = {
		{{"caf\xc3\xa9", 5}, "iso-8859-1", "caf\xc3\xa9", true, false},
		{{"caf\xc3\xa9", 5}, "us-ascii", "caf\xc3\xa9", false, false},
		{{"caf\xe9", 4}, "", "caf\xc3\xa9", false, false},
		{{"caf\xe9", 4}, "iso-8859-1", "caf\xc3\xa9", false, false},
		{{"\x80 \x81", 3}, "latin1", "\xe2\x82\xac \xc2\x81", false, false},
		{{"caf\xe9", 4}, "utf-8", "caf\xef\xbf\xbd", false, true},
		{{"caf\xe9", 4}, "no-such-set", "caf\xc3\xa9", true, true},
		{{"caf\xc3\xa9", 5}, "x y/z", "caf\xc3\xa9", true, true},
		{{"caf\xe9", 4}, "utf-8//IGNORE", "caf\xc3\xa9", true, true},
		{{"\xc4\xe3\xba\xc3", 4}, "gb2312", "\xe4\xbd\xa0\xe5\xa5\xbd", false, false},
		{{"\xe4\xbd\xa0\xe5\xa5\xbd", 6}, "gb2312", "\xe4\xbd\xa0\xe5\xa5\xbd", true, false},
		{{"~{VPND~} ok ~~", 14}, "hz-gb-2312", "\xe4\xb8\xad\xe6\x96\x87 ok ~", false, false},
		{{"+AGE-b+-", 8}, "utf-7", "ab+", false, false},
		{{"\xef\xbb\xbfx", 4}, "iso-8859-1", "x", false, false},
		{{"a\xed\xa0\x80z", 5}, "utf-8", "a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz", false, true},
		{{"\xd0\xd2", 2}, "koi8-r", "\xd0\xbf\xd1\x80", false, false},
		{{"\xff\xfex\0", 4}, "utf-8", "x", false, false},
		{{"\xff\xfex\0\n", 5}, "utf-16", "x", false, false},
		{{"x\0y\0\r\n", 6}, "utf-16le", "xy\xe0\xa8\x8d", false, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct arena *arena = arena_new(1 << 20);
		struct charset_text out = convert(arena, cases[i].in, cases[i].label);

		if (!slice_eq_str(out.text, cases[i].want) || out.guessed != cases[i].guessed || out.broken != cases[i].broken)
			fail_msg("case %zu (%s): '%.*s' %d %d", i, cases[i].label, SLICE_ARG(out.text), out.guessed, out.broken);
		arena_free(&arena);
	}
}

static void nothing_is_longer_than_allowed(void **state)
{
	static const char *const labels[] = {"utf-8", "iso-8859-1", "gb18030", "utf-7", "no-such-set", "utf-16"};
	static const char in[] = "caf\xe9 \xc3\xa9 na\xefve \xc4\xe3\xba\xc3 caf\xe9";

	(void)state;
	for (size_t i = 0; i < sizeof(labels) / sizeof(*labels); i++)
		for (size_t max = 1; max < 20; max++) {
			struct arena *arena = arena_new(1 << 20);
			struct charset_text out;

			assert_int_equal(charset_to_utf8(arena, SLICE_LIT(in), slice_str(labels[i]), max, &out), 0);
			assert_true(out.text.len <= max);
			assert_true(out.cut);
			assert_true(utf8_valid(out.text));
			arena_free(&arena);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(url_is_found_in_every_encoding),
		cmocka_unit_test(bytes_count_more_than_labels),
		cmocka_unit_test(nothing_is_longer_than_allowed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
