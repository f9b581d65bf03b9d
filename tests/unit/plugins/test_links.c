/* SPDX-License-Identifier: BSD-2-Clause */
/* Rule plugin "links": hosts, redirects, and addresses that are spelled out. */
#include <string.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "rows.h"

static const struct fake_option rule_options[] = {{"allow_domains", "walmart.com,.walmartimages.com"}, {NULL, NULL}};

struct url_row {
	struct fake_url url;
	bool found;
};

#define TEXT POSTERN_URL_TEXT, POSTERN_SEGMENT_NEW
#define ATTRIBUTE POSTERN_URL_ATTRIBUTE, POSTERN_SEGMENT_NEW
#define BARE POSTERN_URL_BARE, POSTERN_SEGMENT_NEW

static const struct url_row urls[] = {
	{{"https://www.walmart.com/returns", "https", "www.walmart.com", TEXT}, false},
	{{"http://walmart.com/returns", "http", "walmart.com", TEXT}, false},
	{{"walmart.com", "", "walmart.com", BARE}, false},
	{{"https://i5.walmartimages.com/a.jpg", "https", "i5.walmartimages.com", ATTRIBUTE}, false},
	{{"https://walmart.com./x", "https", "walmart.com.", TEXT}, false},
	{{"https://www.profile.example/x", "https", "www.profile.example", TEXT}, false},
	{{"https://bestgadgets.shop", "https", "bestgadgets.shop", TEXT}, true},
	{{"bestgadgets.shop", "", "bestgadgets.shop", BARE}, true},
	{{"www.bestgadgets.shop", "", "www.bestgadgets.shop", TEXT}, true},
	{{"https://bestgadgets.shop/p.png", "https", "bestgadgets.shop", ATTRIBUTE}, true},
	{{"https://x.shop", "https", "x.shop", POSTERN_URL_HEADER, POSTERN_SEGMENT_SUBJECT}, true},
	{{"https://x.shop", "https", "x.shop", POSTERN_URL_TEXT, POSTERN_SEGMENT_SIGNATURE}, true},
	{{"https://x.shop", "https", "x.shop", POSTERN_URL_TEXT, POSTERN_SEGMENT_QUOTE}, false},
	{{"https://walmart.com.refund-help.ru/", "https", "walmart.com.refund-help.ru", TEXT}, true},
	{{"https://evil-walmart.com/", "https", "evil-walmart.com", TEXT}, true},
	{{"https://notwalmart.com/", "https", "notwalmart.com", TEXT}, true},
	{{"https://walmart.com@evil.shop", "https", "evil.shop", TEXT}, true},
	{{"https://evil.shop@walmart.com/", "https", "walmart.com", TEXT}, true},
	{{"https://user:pw@www.walmart.com/", "https", "www.walmart.com", TEXT}, true},
	{{"https://www.walmart.com/ip/1?mail=a@b", "https", "www.walmart.com", TEXT}, false},
	{{"https://xn--wlmart-3ve.com/refund", "https", "xn--wlmart-3ve.com", TEXT}, true},
	{{"http://192.0.2.7/a", "http", "192.0.2.7", TEXT}, true},
	{{"http://[2001:db8::1]/a", "http", "[2001:db8::1]", TEXT}, true},
	{{"https://bit.ly/3abc", "https", "bit.ly", TEXT}, true},
	{{"https://tinyurl.com/3abc", "https", "tinyurl.com", TEXT}, true},
	{{"https://amzn.to/3abc", "https", "amzn.to", TEXT}, true},
	{{"https://www.walmart.com/redirect?u=https://evil.shop", "https", "www.walmart.com", TEXT}, true},
	{{"https://www.walmart.com/redirect?u=https%3A%2F%2Fevil.shop%2Fa", "https", "www.walmart.com", TEXT}, true},
	{{"https://www.walmart.com/redirect?u=https%253A%252F%252Fevil.shop", "https", "www.walmart.com", TEXT}, true},
	{{"https://www.walmart.com/redirect?u=//evil.shop/x", "https", "www.walmart.com", TEXT}, true},
	{{"https://www.walmart.com/redirect?u=https://walmart.com@evil.shop", "https", "www.walmart.com", TEXT}, true},
	{{"https://www.walmart.com/redirect?u=www.evil.shop", "https", "www.walmart.com", TEXT}, true},
	{{"https://www.walmart.com/redirect?u=https://www.walmart.com/returns", "https", "www.walmart.com", TEXT}, false},
	{{"https://www.walmart.com/redirect?u=https%3A%2F%2Fwww.walmart.com%2Fr", "https", "www.walmart.com", TEXT}, false},
	{{"https://www.walmart.com/redirect?url=evil.shop", "https", "www.walmart.com", TEXT}, true},
	{{"https://www.walmart.com/ip/x?from=/search&q=a.b", "https", "www.walmart.com", TEXT}, false},
	{{"mailto:a@b.shop", "mailto", "b.shop", ATTRIBUTE}, false},
	{{"tel:+16265550147", "tel", "", ATTRIBUTE}, false},
	{{"cid:logo", "cid", "", ATTRIBUTE}, false},
	{{"javascript:location=1", "javascript", "", ATTRIBUTE}, true},
	{{"data:text/html,<a>", "data", "", ATTRIBUTE}, true},
	{{"data:image/png;base64,AA", "data", "", ATTRIBUTE}, false},
	{{"https://www.ups.com/track?n=1Z", "https", "www.ups.com", TEXT}, true},
};

static struct fake_result check_url(const struct fake_rule *rule, const struct fake_url *url)
{
	struct fake_message message = {.allow_domains = "profile.example", .urls = {*url}};

	return fake_check(rule, &message);
}

static void test_urls(void **state)
{
	int wrong = 0;

	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		struct fake_result result = check_url(*state, &urls[i].url);

		if (result.status == POSTERN_OK && (result.findings > 0) == urls[i].found)
			continue;
		fprintf(stderr, "%s: %s\n", urls[i].found ? "not found" : "false alarm", urls[i].url.raw);
		wrong++;
	}
	assert_int_equal(wrong, 0);
}

static const char *const spelled_bad[] = {
	"go to bestgadgets dot shop",
	"it is at bestgadgets, dot com",
	"go to bestgadgets dot com for more",
	"Visit bestgadgets (dot) com",
	"Visit bestgadgets[.]shop today",
	"hxxps://bestgadgets[.]shop",
	"hxxp://bestgadgets.shop/refund",
	"bestgadgets [dot] store",
	"bestgadgets(.)com",
	"www dot bestgadgets dot com",
	"www.bestgadgets dot com",
	"w a l m a r t - deals . com",
	"b e s t g a d g e t s . c o m",
	"See bestgadgets . com for the manual",
	"see bestgadgets .com please",
	"find us at best-gadgets DOT net",
	"walmart dot com dot evil dot shop",
	"bestgadgets \xE7\x82\xB9 com",
	"bestgadgets\xE3\x80\x82""com",
	"bestgadgets{.}org",
	"my shop is bestgadgets . shop",
	"The manual is on best-gadgets(dot)com",
	"Go to www . bestgadgets . com for the video",
	"see bestgadgets,com slash manual or bestgadgets . store",
	"type bestgadgets d0t com in your browser",
	"our site is bestgadgets d0t com",
	"bestgadgets punto com",
	"bestgadgets,com has the manual",
	"see www . bestgadgets . shop for the manual",
	"see bestgadgets com for the manual",
	"www bestgadgets com",
	"bestgadgets. com is ours",
	"bestgadgets|dot|com",
	"bestgadgets \"dot\" com",
	"bestgadgetsDOTcom",
	"bestgadgets dotcom",
	"b e s t g a d g e t s dot c o m",
	"Just google BestGadgets Store",
	"search for our brand name on the web",
	"Find us online",
	NULL,
};

static const char *const spelled_good[] = {
	"We saw the red dot, common for this model.",
	"The laser, dot included, is in the box.",
	"He lost money in the dot com boom.",
	"The polka dot shop dress is in stock.",
	"Your Echo Dot store pickup is ready.",
	"Your Echo Dot in blue has shipped.",
	"walmart dot com slash returns",
	"www dot walmart dot com",
	"Please put a dot in the middle.",
	"Thank you . Shop with confidence.",
	"We are sorry . It is on its way .",
	"It arrives in 3-5 days.It was my mistake",
	"See section 2 . 3 of the manual",
	"a b c d e f g",
	"S M L XL",
	"sizes: S . M . L",
	"Our .com site is Walmart's.",
	"I have refunded $39.99.",
	"The red dot shows that it charges.",
	"Each dot means one hour",
	"the laser dot site alignment",
	"(see page 3.)",
	"Version 2.0 [new]",
	"W 12 x H 14 . in stock",
	"Please wait ... shop staff will pack it",
	"It has a USB com port and red,blue,com wires.",
	"Search for the serial number on the back.",
	"We do not have our own website.",
	"He made his money in a dotcom.",
	"It works with Google Home.",
	NULL,
};

/* The shipped rule rejects from here on. */
#define ACTS 70

static int texts_wrong(const struct fake_rule *rule, const char *const *texts, bool wanted)
{
	int wrong = 0;

	for (size_t i = 0; texts[i] != NULL; i++) {
		struct fake_message message = {.texts = {{POSTERN_SEGMENT_NEW, texts[i]}}};
		struct fake_result result = fake_check(rule, &message);

		if (result.status == POSTERN_OK && (result.score >= ACTS) == wanted)
			continue;
		wrong++;
		fprintf(stderr, "%s: \"%s\" (%s)\n", wanted ? "not found" : "false alarm", texts[i], result.evidence);
	}
	return wrong;
}

static void test_spelled(void **state)
{
	assert_int_equal(texts_wrong(*state, spelled_bad, true), 0);
	assert_int_equal(texts_wrong(*state, spelled_good, false), 0);
	assert_int_equal(texts_wrong(*state, rows_honest, false), 0);
}

/* Doubtful forms have less confidence, and never use up the room of what is sure. */
static void test_doubtful(void **state)
{
	struct fake_message spelled = {.texts = {{POSTERN_SEGMENT_NEW, "See walmart dot com slash our-store"}}};
	struct fake_message plain = {.texts = {{POSTERN_SEGMENT_NEW, "See bestgadgets dot com"}}};
	struct fake_message named = {.texts = {{POSTERN_SEGMENT_NEW, "You compared it with the one at Amazon.com."}},
	    .urls = {{"Amazon.com", "", "amazon.com", BARE}}};
	struct fake_message sent = {.texts = {{POSTERN_SEGMENT_NEW, "Please order it at Amazon.com instead."}},
	    .urls = {{"Amazon.com", "", "amazon.com", BARE}}};
	struct fake_message list = {.headers = {{"List-Unsubscribe", "<https://x.shop/u>"}}, .texts = {{POSTERN_SEGMENT_NEW, "Hello"}}};
	struct fake_message many = {.texts = {{POSTERN_SEGMENT_NEW, "walmart dot com, walmart dot com, walmart dot com, "
	    "walmart dot com, walmart dot com, walmart dot com, walmart dot com, walmart dot com, walmart dot com, "
	    "walmart dot com, walmart dot com, walmart dot com, walmart dot com, walmart dot com, walmart dot com, "
	    "walmart dot com, walmart dot com, walmart dot com, walmart dot com, walmart dot com, walmart dot com, "
	    "walmart dot com, bestgadgets dot com"}}};

	assert_int_equal(fake_check(*state, &spelled).score, 45);
	assert_int_equal(fake_check(*state, &many).findings, 21);
	assert_int_equal(fake_check(*state, &many).score, 100);
	assert_int_equal(fake_check(*state, &plain).score, 100);
	assert_int_equal(fake_check(*state, &named).score, 60);
	assert_int_equal(fake_check(*state, &sent).score, 100);
	assert_int_equal(fake_check(*state, &list).score, 60);
}

/* A manual's address is left to a rule of its own, and that one sees nothing else. */
static void test_files(void)
{
	struct fake_option without[] = {{"check_files", "no"}, {NULL, NULL}}, only[] = {{"only_files", "yes"}, {NULL, NULL}};
	struct fake_message file = {.texts = {{POSTERN_SEGMENT_NEW, "The manual is attached."},
	    {POSTERN_SEGMENT_FILE, "See bestgadgets dot shop for more."}}};
	struct fake_message text = {.texts = {{POSTERN_SEGMENT_NEW, "See bestgadgets dot shop for more."}}};
	struct fake_rule *rule = fake_open(&postern_plugin, without);

	assert_int_equal(fake_check(rule, &file).findings, 0);
	assert_int_equal(fake_check(rule, &text).findings, 1);
	fake_close(&rule);
	rule = fake_open(&postern_plugin, only);
	assert_int_equal(fake_check(rule, &file).findings, 1);
	assert_int_equal(fake_check(rule, &text).findings, 0);
	fake_close(&rule);
}

static void test_options(void **state)
{
	struct fake_option https[] = {{"allow_domains", "walmart.com"}, {"https_only", "yes"}, {NULL, NULL}};
	struct fake_option carriers[] = {{"allow_carriers", "yes"}, {"check_spelled", "no"}, {NULL, NULL}};
	struct fake_option quoted[] = {{"check_quoted", "yes"}, {NULL, NULL}};
	struct fake_rule *rule = fake_open(&postern_plugin, https);

	(void)state;
	assert_int_equal(check_url(rule, &urls[1].url).findings, 1);
	assert_int_equal(check_url(rule, &urls[0].url).findings, 0);
	fake_close(&rule);
	rule = fake_open(&postern_plugin, carriers);
	assert_int_equal(check_url(rule, &urls[sizeof(urls) / sizeof(urls[0]) - 1].url).findings, 0);
	assert_int_equal(check_url(rule, &urls[6].url).findings, 1);
	assert_int_equal(texts_wrong(rule, spelled_good, false), 0);
	assert_int_equal(rows_wrong(rule, rows_honest, false), 0);
	fake_close(&rule);
	rule = fake_open(&postern_plugin, quoted);
	assert_int_equal(check_url(rule, &urls[12].url).findings, 1);
	fake_close(&rule);
	test_files();
}

/* Hostile sizes: long runs of what starts an address. */
static void test_long(void **state)
{
	static const char *const units[] = {"a . ", "a dot ", "[.]", "a b ", "hxxp", "x.", "-"};
	static char text[300000];
	struct fake_message message = {.texts = {{POSTERN_SEGMENT_NEW, text}}};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		size_t len = 0;

		while (len < sizeof(text) - 10)
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%s", units[i]);
		assert_int_equal(fake_check(*state, &message).status, POSTERN_OK);
	}
}

static int setup(void **state)
{
	*state = fake_open(&postern_plugin, rule_options);
	return *state != NULL ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_urls),
		cmocka_unit_test(test_spelled),
		cmocka_unit_test(test_doubtful),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests(tests, setup, rows_close);
}
