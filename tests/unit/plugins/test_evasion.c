/* SPDX-License-Identifier: BSD-2-Clause */
/* Rule plugin "evasion": what is worth disguising, and what is typed, pasted and sent by honest people. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "rows.h"

/* Spelled out, with digits, packed. */
static const char *const spelled[] = {
	"We have a c o u p o n for you.",
	"w.h.a.t.s.a.p.p is faster",
	"W-e-C-h-a-t: see the card",
	"ask for the D I S C O U N T",
	"t * e * l * e * g * r * a * m works too",
	"Get your d1scount",
	"c0upon inside",
	"visit our st0re",
	"0ffers? No: our w3bsite has them",
	"a dïscöunt for you",
	"ask about the (vöuchér).",
	"di$count, c@ll us",
	"cou*pon inside",
	"d\ni\ns\nc\no\nu\nn\nt",
	"VmlzaXQgb3VyIHNob3AgYW5kIGdldCBhIGNoZWFwZXIgcHJpY2UgdG9kYXk=",
	NULL,
};

static const char *const plain[] = {
	"Sizes S M L XL are in stock.",
	"Model A B C D E F G, take any.",
	"U.S.A. and P.O. Box 5, e.g. i.e. a.m. p.m.",
	"D J and K R have signed.",
	"Part numbers B0CX23V2ZK, H4-12, S0ST0R3X.",
	"The serial number is X9f3kQ7LmZ2pR8sT4vW6yB1cD5eG0hJkL3nQ5sT7.",
	"1 2 3 4 5 6 7 8 9",
	"Press A, B, C or D. Then 1 - 2 - 3.",
	"mp3, usb3, b2b, a4, wifi6, iphone5 and covid19",
	"It costs $5, £6 or €7. Wow! Yes!",
	"The café in Málaga, señor Peña, Zoë Müller-Ångström and Nguyễn Thị Ánh.",
	"Write to me@x, use A|B or C|D, see *note*.",
	"One line.Two lines.Three lines.",
	"Our shop sells a discount coupon.", /* plain: other rules judge that */
	NULL,
};

static void test_spelling(void **state)
{
	assert_int_equal(rows_wrong(*state, spelled, true), 0);
	assert_int_equal(rows_wrong(*state, plain, false), 0);
	assert_int_equal(rows_wrong(*state, rows_honest, false), 0);
}

static struct fake_result check(const struct fake_message *message)
{
	struct fake_rule *rule = fake_open(&postern_plugin, NULL);
	struct fake_result result;

	assert_non_null(rule);
	result = fake_check(rule, message);
	assert_int_equal(result.status, POSTERN_OK);
	fake_close(&rule);
	return result;
}

/* One finding of that grade, "strong" or "weak"; "": none. */
static void expect(const struct fake_message *message, const char *grade)
{
	struct fake_result result = check(message);
	int score = grade[0] == 's' ? 85 : 40;

	if (result.findings != (grade[0] != '\0') || (result.findings > 0 && result.score != score))
		fail_msg("%s: not %s", message->texts[0].text, grade[0] != '\0' ? grade : "nothing");
}

static void test_disguises(void **state)
{
	static const struct { const char *text; enum postern_disguise_kind kind; size_t start, end, count; const char *grade; } rows[] = {
		{"our coupon here", POSTERN_DISGUISE_LOOKALIKE, 4, 10, 2, "strong"},
		{"our warehouse here", POSTERN_DISGUISE_INVISIBLE, 4, 13, 1, "weak"},
		{"a@b.example", POSTERN_DISGUISE_FORM, 0, 11, 3, "strong"},
		{"626-555-0147", POSTERN_DISGUISE_FORM, 0, 12, 10, "strong"},
		{"6265550 is it", POSTERN_DISGUISE_FORM, 0, 7, 7, "strong"},
		{"walmarts refund", POSTERN_DISGUISE_LOOKALIKE, 0, 8, 1, "strong"},
		{"Bepa", POSTERN_DISGUISE_LOOKALIKE, 0, 4, 4, ""},
		{"Sarah", POSTERN_DISGUISE_FORM, 0, 5, 5, "weak"},
		{"order 200012345678901", POSTERN_DISGUISE_INVISIBLE, 6, 21, 1, "weak"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fake_message message = {.texts = {{POSTERN_SEGMENT_NEW, rows[i].text}},
		    .ids = {{"order", "200012345678901"}},
		    .disguises = {{rows[i].kind, 0, rows[i].start, rows[i].end, rows[i].count}}};

		if (strstr(rows[i].text, "2000") == NULL)
			message.ids[0].name = NULL;
		expect(&message, rows[i].grade);
		/* what the customer wrote is none of ours */
		message.texts[0].kind = POSTERN_SEGMENT_QUOTE;
		expect(&message, "");
	}
}

/* More disguised words than anybody pastes. */
static void test_many(void **state)
{
	struct fake_message message = {.texts = {{POSTERN_SEGMENT_NEW, "aa bb cc dd ee ff gg hh"}}};

	(void)state;
	for (size_t i = 0; i < 6; i++)
		message.disguises[i] = (struct postern_disguise){POSTERN_DISGUISE_INVISIBLE, 0, 3 * i, 3 * i + 2, 1};
	expect(&message, "weak");
	message.disguises[6] = (struct postern_disguise){POSTERN_DISGUISE_INVISIBLE, 0, 18, 20, 1};
	expect(&message, "strong");
}

static void test_hidden(void **state)
{
	static const struct { const char *text, *grade; } rows[] = {
		{"Your parcel has left", ""},
		{"Hello there", "weak"},
		{"a coupon and a discount", "strong"},
		{"write to x@lamps.example", "strong"},
		{"ring 626-555-0147", "strong"},
		{"one two six ten red blue green white black brown grey pink violet orange cyan", "strong"},
		{" \n ", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fake_message message = {.texts = {{POSTERN_SEGMENT_HIDDEN, rows[i].text},
		    {POSTERN_SEGMENT_NEW, "Dear John, your parcel has left our warehouse."}}};

		expect(&message, rows[i].grade);
	}
}

static void test_alternatives(void **state)
{
	static const char seen[] = "Dear John, your parcel has left our warehouse today and arrives on Friday.";
	static const struct { const char *text, *html, *grade; } rows[] = {
		{seen, seen, ""},
		{seen, "Dear John, your parcel has left.", ""},
		{seen, "Dear John, your parcel has left our warehouse today and arrives on Friday. Ring 626-555-0147.", "strong"},
		{"Dear John, write to x@lamps.example", "Dear John", "strong"},
		{"Please view this HTML message in another program.", seen, ""},
		{"", seen, ""},
		{seen, "Hello friend, everything costs less elsewhere, nobody needs to know about that, type the name of "
		    "these lamps into any search engine, you will see them first", "strong"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fake_message message = {.texts = {{POSTERN_SEGMENT_NEW, rows[i].text},
		    {POSTERN_SEGMENT_NEW, rows[i].html}}, .text_parts = {1, 2}, .text_types = {"text/plain", "text/html"},
		    .alternatives = {0, 1, 1}};

		expect(&message, rows[i].grade);
		/* two texts one below the other are no alternatives */
		message.alternatives[2] = 0;
		expect(&message, "");
	}
}

/* A link behind a word of the HTML form. */
static void test_links(void **state)
{
	struct fake_message message = {.texts = {{POSTERN_SEGMENT_NEW, "See here for the parcel."},
	    {POSTERN_SEGMENT_NEW, "See here for the parcel."}}, .text_parts = {1, 2}, .text_types = {"text/plain", "text/html"},
	    .alternatives = {0, 1, 1}, .url_parts = {2},
	    .allow_domains = "walmart.com",
	    .urls = {{"https://lamps.example/x", "https", "lamps.example", POSTERN_URL_ATTRIBUTE, POSTERN_SEGMENT_NEW}}};

	(void)state;
	expect(&message, "strong");
	message.images[0] = (struct fake_image){"https://lamps.example/logo.png", "lamps.example", "", -1, -1, 0};
	expect(&message, "");
	message.images[0].source = NULL;
	message.urls[0].host = "www.walmart.com";
	expect(&message, "");
}

static void test_file_names(void **state)
{
	struct fake_message message = {.texts = {{POSTERN_SEGMENT_NEW, "See the file."}},
	    .files = {{"manual\u202egpj.exe", NULL, "x", 1}}};

	(void)state;
	expect(&message, "strong");
	message.files[0].name = "דוח\u200f.pdf";
	expect(&message, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spelling),
		cmocka_unit_test(test_disguises),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_hidden),
		cmocka_unit_test(test_alternatives),
		cmocka_unit_test(test_links),
		cmocka_unit_test(test_file_names),
	};

	return cmocka_run_group_tests(tests, rows_open, rows_close);
}
