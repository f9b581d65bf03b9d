/* SPDX-License-Identifier: BSD-2-Clause */
/* Where links lead, and what is a link at all. */
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
#include "core/buf.h"
#include "mail/url.h"

/* What url_scan finds: "T:host" with a scheme or www, "B:host" bare, "@:address"; in order of kind. */
static const struct { const char *text, *found; } scans[] = {
	/* with a scheme */
	{"see https://shop.example/x", "T:shop.example"},
	{"HtTpS://Four.Shop.", "T:four.shop"},
	{"(https://en.wikipedia.org/wiki/A_(b)).", "T:en.wikipedia.org"},
	{"Get Outlook for iOS <https://aka.ms/o0ukef>", "T:aka.ms"},
	{"\"http://q.shop\"", "T:q.shop"},
	{"http:/one.shop http:two.shop", "T:one.shop T:two.shop"},
	{"http:\\\\back.shop\\x", "T:back.shop"},
	{"https:///many.shop/x", "T:many.shop"},
	{"ftp://files.shop foo://bar.baz/x", "T:files.shop T:bar.baz"},
	{"texthttps://glued.shop/x", "T:glued.shop"},
	{"https://walmart.com@evil.shop/x", "T:evil.shop"},
	{"https://a@b@evil.shop/x", "T:evil.shop"},
	{"https://walmart.com\\@evil.shop/", "T:walmart.com"},
	{"https:walmart.com@evil.shop", "T:evil.shop"},
	{"http://evil.shop:8080/a", "T:evil.shop"},
	{"https://www.walmart.com/redirect?u=https://evil.shop", "T:www.walmart.com T:evil.shop"},
	{"https://r.com/?u=https%3A%2F%2Fenc.shop%2Fx", "T:r.com T:enc.shop"},
	{"https://one.shop/a,https://two.shop/b", "T:one.shop T:two.shop"},
	{"http://dot.shop./", "T:dot.shop"},
	{"http://ev%69l.shop/", "T:evil.shop"},
	{"https://my_shop.example.com/", "T:my_shop.example.com"},
	/* numbers for names */
	{"http://2130706433/", "T:127.0.0.1"},
	{"http://0x7f.1/", "T:127.0.0.1"},
	{"http://0x7F000001/", "T:127.0.0.1"},
	{"http://017700000001", "T:127.0.0.1"},
	{"http://0300.0250.1", "T:192.168.0.1"},
	{"http://1.2.3.4/x", "T:1.2.3.4"},
	{"http://[::1]:80/x", "T:[::1]"},
	{"http://[2001:DB8::1]/", "T:[2001:db8::1]"},
	{"192.168.0.1/path", "B:192.168.0.1"},
	{"version 1.2.3.4 of it", ""},
	/* without a scheme */
	{"Visit our website www.bestgadgets.shop for 20% off", "T:www.bestgadgets.shop"},
	{"WWW.BESTGADGETS.SHOP", "T:www.bestgadgets.shop"},
	{"www.x.y", "T:www.x.y"},
	{"www2.shop.example", "T:www2.shop.example"},
	{"bestgadgets.shop", "B:bestgadgets.shop"},
	{"Bestgadgets.shop, bestgadgets.shop.", "B:bestgadgets.shop B:bestgadgets.shop"},
	{"Bestgadgets.Shop", "B:bestgadgets.shop"},
	{"BESTGADGETS.COM!", "B:bestgadgets.com"},
	{"**bestgadgets.shop**", "B:bestgadgets.shop"},
	{"_bestgadgets.shop_", "B:bestgadgets.shop"},
	{"Amazon.com and walmart.com", "B:amazon.com B:walmart.com"},
	{"shop.example.co.uk/path?x", "B:shop.example.co.uk"},
	{"walmart.com.refund-help.ru", "B:walmart.com.refund-help.ru"},
	{"//three.shop/x", "B:three.shop"},
	{"evil.shop:8080/x", "B:evil.shop"},
	{"t.co/xyz and bit.ly/3xy", "B:t.co B:bit.ly"},
	{"website:bestgadgets.me", "B:bestgadgets.me"},
	{"visit bestgadgets.me now", "B:bestgadgets.me"},
	{"best-gadgets.me", "B:best-gadgets.me"},
	{"us...bestgadgets.shop", "B:bestgadgets.shop"},
	{"url=bestgadgets.shop&x", "B:bestgadgets.shop"},
	{"xn--e1afmkfd.com", "B:xn--e1afmkfd.com"},
	/* other writing */
	{"https://wаlmart.com/refund", "T:xn--wlmart-3nf.com"},
	{"wаlmart.com/refund", "B:xn--wlmart-3nf.com"},
	{"пример.рф", "B:xn--e1afmkfd.xn--p1ai"},
	{"https://пример.рф/x", "T:xn--e1afmkfd.xn--p1ai"},
	{"https://bücher.example/", "T:xn--bcher-kva.example"},
	{"ｈｔｔｐｓ：／／ｅｖｉｌ．ｓｈｏｐ／ｘ", "T:evil.shop"},
	{"ｅｖｉｌ．ｓｈｏｐ", "B:evil.shop"},
	{"evil。shop", "B:evil.shop"},
	{"evil｡shop", "B:evil.shop"},
	{"请访问bestgadgets.shop谢谢", "B:bestgadgets.shop"},
	{"https://evil.shop。谢谢", "T:evil.shop"},
	{"https://evil.shop谢谢", "T:evil.shop"},
	{"我们是一家。公司。", ""},
	{"best\xE2\x80\x8Bgadgets.\xE2\x80\x8Bshop", "B:bestgadgets.shop"},
	{"best\xC2\xADgadgets.shop", "B:bestgadgets.shop"},
	{"ht\xE2\x81\xA0tps://evil\xEF\xBB\xBF.shop", "T:evil.shop"},
	{"\xFFhttps://evil.shop\xC3", "T:evil.shop"},
	{"see\xC2\xA0" "evil.shop\xE3\x80\x80now", "B:evil.shop"},
	/* defanged */
	{"hxxps://bestgadgets[.]shop", "T:bestgadgets.shop"},
	{"bestgadgets(.)shop bestgadgets[dot]shop", "B:bestgadgets.shop B:bestgadgets.shop"},
	/* two sentences, files, abbreviations */
	{"3-5 days.It was my mistake", ""},
	{"arrived.It arrived.it", ""},
	{"you.so order.me order.Me", ""},
	{"e.g. i.e. a.m. p.m. U.S.A. U.S. D.O.B. P.O.Box", ""},
	{"v2.0 No.1 3.5mm $39.99.It 10.5.It", ""},
	{"invoice.pdf node.js manual.zip README.md script.py video.mov", ""},
	{"Inc. Ltd. Co.", ""},
	{"Thanks.Best regards", ""},
	{"thanks.best regards", ""},
	{"item.Please received.Thank us.Contact us.contact", ""},
	{"5pcs.no 2pcs.in", ""},
	{"received.Store hours, follow-up.it was, thanks.support team", ""},
	{"freeglut-1.3/x.c chapter-2.4/5", ""},
	{"bestgadgets.deals bestgadgets.support", "B:bestgadgets.deals B:bestgadgets.support"},
	{"box.to you.can it.is stock.as size.s I.am", ""},
	{"Mr.Smith St.Louis,MO Model.XL", ""},
	{"co.uk com.cn", ""},
	{"time 10:30 Note:this is tel:+86123 javascript:alert(1)", ""},
	{"file.unknowntld foo.bar.internal2", ""},
	{"-- ... .. . .com shop.", ""},
	/* addresses */
	{"foo@bar.com", "@:foo@bar.com"},
	{"mailto:Me.You+x@Example.COM?x=1", "@:Me.You+x@example.com"},
	{"<john@walmart.com>,ann@x.co.uk;", "@:john@walmart.com @:ann@x.co.uk"},
	{"john@客户.com", "@:john@xn--ubt06m.com"},
	{"john[at]gmail[dot]com", "@:john@gmail.com"},
	{"a@b @handle user@localhost", ""},
	{"foo@evil.shop/x", "@:foo@evil.shop"},
};

static void describe(struct arena *arena, const char *text, struct buf *out)
{
	struct mail_url *urls = NULL;
	struct mail_address *addresses = NULL;
	size_t count = 0, address_count = 0;

	assert_int_equal(url_scan(arena, slice_str(text), SEGMENT_NEW, 7, 100, &urls, &count, &addresses, &address_count), 0);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(urls[i].part, 7);
		assert_int_equal(urls[i].segment, SEGMENT_NEW);
		buf_printf(out, "%s%c:%.*s", out->len > 0 ? " " : "", urls[i].source == URL_BARE ? 'B' : 'T',
		    SLICE_ARG(urls[i].host));
	}
	for (size_t i = 0; i < address_count; i++)
		buf_printf(out, "%s@:%.*s", out->len > 0 ? " " : "", SLICE_ARG(addresses[i].address));
}

static void text_is_read_as_people_read_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(scans) / sizeof(scans[0]); i++) {
		struct arena *arena = arena_new(1 << 20);
		struct buf out = {0};

		describe(arena, scans[i].text, &out);
		if (!slice_eq_str(buf_slice(&out), scans[i].found) && (out.len > 0 || scans[i].found[0] != '\0'))
			fail_msg("'%s': found '%s', wanted '%s'", scans[i].text, out.data != NULL ? out.data : "", scans[i].found);
		buf_free(&out);
		arena_free(&arena);
	}
}

static const struct { const char *raw, *scheme, *host, *domain; } parses[] = {
	{"https://www.bestgadgets.shop/x", "https", "www.bestgadgets.shop", "bestgadgets.shop"},
	{" \t\n\x01https://evil.shop \n", "https", "evil.shop", "evil.shop"},
	{"ht\ttp\ns://ev\ril.shop", "https", "evil.shop", "evil.shop"},
	{"//evil.shop/x", "", "evil.shop", "evil.shop"},
	{"\\\\evil.shop\\x", "", "evil.shop", "evil.shop"},
	{"www.evil.shop", "", "www.evil.shop", "evil.shop"},
	{"evil.shop", "", "evil.shop", "evil.shop"},
	{"evil.shop:80/x", "", "evil.shop", "evil.shop"},
	{"https://a.b.example.co.uk/", "https", "a.b.example.co.uk", "example.co.uk"},
	{"https://co.uk/", "https", "co.uk", ""},
	{"https://localhost/", "https", "localhost", ""},
	{"https://10.0.0.1/", "https", "10.0.0.1", ""},
	{"https://example.com.evil.tld/", "https", "example.com.evil.tld", "evil.tld"},
	{"https://evil-example.com", "https", "evil-example.com", "evil-example.com"},
	{"https://EXAMPLE.COM.:443", "https", "example.com", "example.com"},
	{"https://user:pa@ss@evil.shop:1/", "https", "evil.shop", "evil.shop"},
	{"https://ok.com?@evil.shop", "https", "ok.com", "ok.com"},
	{"https://ok.com#@evil.shop", "https", "ok.com", "ok.com"},
	{"http://０Ｘｃ０．０２５０．０１", "http", "192.168.0.1", ""},
	{"http://256.256.256.256/", "http", "256.256.256.256", ""},
	{"http://[::ffff:1.2.3.4]/", "http", "[::ffff:1.2.3.4]", ""},
	{"http://%65xample.com", "http", "example.com", "example.com"},
	{"http://GOO \xE3\x80\x80goo.com", "http", "goo", ""},
	{"http://faß.example", "http", "xn--fa-hia.example", "xn--fa-hia.example"},
	{"view-source:https://evil.shop", "https", "evil.shop", "evil.shop"},
	{"https%3A%2F%2Fevil.shop%2Fx", "https", "evil.shop", "evil.shop"},
	{"intent://evil.shop/x", "intent", "evil.shop", "evil.shop"},
	{"http:evil.shop", "http", "evil.shop", "evil.shop"},
	/* hosts as the WHATWG rules read them */
	{"http://a.shop:b@c.shop:29/d", "http", "c.shop", "c.shop"},
	{"http::@c.shop:29", "http", "c.shop", "c.shop"},
	{"http://&a:foo(b]c@d.shop:2/", "http", "d.shop", "d.shop"},
	{"http://a@b:c@d.shop/", "http", "d.shop", "d.shop"},
	{"http://a@b@c.shop", "http", "c.shop", "c.shop"},
	{"https://x:%40y@z.shop", "https", "z.shop", "z.shop"},
	{"http://a.shop%2F@b.shop", "http", "b.shop", "b.shop"},
	{"https://walmart.com\\.evil.shop/", "https", "walmart.com", "walmart.com"},
	{"//a.shop\\@b.shop", "", "a.shop", "a.shop"},
	{"http:\\\\x.shop:80\\y", "http", "x.shop", "x.shop"},
	{"http:/\\x.shop", "http", "x.shop", "x.shop"},
	{"http:///////bad.shop:", "http", "bad.shop", "bad.shop"},
	{"http://a.shop/../../@evil.shop", "http", "a.shop", "a.shop"},
	{"http://a.shop?x@b.shop", "http", "a.shop", "a.shop"},
	{"http://a.shop#x@b.shop", "http", "a.shop", "a.shop"},
	{"HTTPS://A.SHOP:443/", "https", "a.shop", "a.shop"},
	{"wss://a.shop/x", "wss", "a.shop", "a.shop"},
	{"ftp:a.shop", "ftp", "a.shop", "a.shop"},
	{"ssh://a.shop:22/x", "ssh", "a.shop", "a.shop"},
	{"blob:https://evil.shop/uuid", "https", "evil.shop", "evil.shop"},
	{"h\tt\nt\rp://h\to\ns\rt.shop:9\t0\n0\r0/", "http", "host.shop", "host.shop"},
	{"https://ex%61mple.shop", "https", "example.shop", "example.shop"},
	{"http://a_b.shop", "http", "a_b.shop", "a_b.shop"},
	{"http://-a.shop", "http", "-a.shop", "-a.shop"},
	{"http://0300.168.0.0xF0", "http", "192.168.0.240", ""},
	{"http://0x7F.0.0.0x1", "http", "127.0.0.1", ""},
	{"http://1.2", "http", "1.0.0.2", ""},
	{"http://1.2.3", "http", "1.2.0.3", ""},
	{"http://256", "http", "0.0.1.0", ""},
	{"http://4294967295", "http", "255.255.255.255", ""},
	{"http://0", "http", "0.0.0.0", ""},
	{"http://1.1.1.1.", "http", "1.1.1.1", ""},
	{"http://0x.0x.0", "http", "0.0.0.0", ""},
	{"http://%30%78%63%30%2e%30%32%35%30.01", "http", "192.168.0.1", ""},
	{"http://192\xE3\x80\x82" "168\xE3\x80\x82" "0\xE3\x80\x82" "1", "http", "192.168.0.1", ""},
	{"http://foo.0x4.shop", "http", "foo.0x4.shop", "0x4.shop"},
	{"http://www.foo\xE3\x80\x82" "bar.com", "http", "www.foo.bar.com", "bar.com"},
	{"http://ab.c\xC2\xAD" "d.shop", "http", "ab.cd.shop", "cd.shop"},
	{"http://\xEF\xBC\xA7\xEF\xBD\x8F.com", "http", "go.com", "go.com"},
	{"http://\xE4\xBD\xA0\xE5\xA5\xBD\xE4\xBD\xA0\xE5\xA5\xBD.shop", "http", "xn--6qqa088eba.shop", "xn--6qqa088eba.shop"},
	{"http://\xC3\x9C" "BER.shop", "http", "xn--ber-goa.shop", "xn--ber-goa.shop"},
	{"http://\xC3\x9F.shop", "http", "xn--zca.shop", "xn--zca.shop"},
	{"http://xn--bcher-kva.shop", "http", "xn--bcher-kva.shop", "xn--bcher-kva.shop"},
	{"http://XN--BCHER-KVA.shop", "http", "xn--bcher-kva.shop", "xn--bcher-kva.shop"},
	{"http://[::1]", "http", "[::1]", ""},
	{"http://user:pw@[2001:DB8::A]:8080/x", "http", "[2001:db8::a]", ""},
	{"java\nscript:alert(1)", "javascript", "", ""},
	{"jAvAsCrIpT:alert(1)", "javascript", "", ""},
	{"mailto:a@b.com", "mailto", "", ""},
	{"tel:+1234", "tel", "", ""},
	{"javascript:alert(1)", "javascript", "", ""},
	{"data:text/html,x", "data", "", ""},
	{"cid:part1@x.com", "cid", "", ""},
	{"/path/x", "", "", ""},
	{"#top", "", "", ""},
	{"img/logo.png", "", "", ""},
	{"index.html", "", "", ""},
	{"logo.zip", "", "", ""},
	{"?x=https://evil.shop", "", "", ""},
	{"http://", "http", "", ""},
	{"", "", "", ""},
};

static void urls_are_parsed_as_browsers_do(void **state)
{
	int wrong = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(parses) / sizeof(parses[0]); i++) {
		struct arena *arena = arena_new(1 << 16);
		struct mail_url url = {0};
		bool found = url_parse(arena, slice_str(parses[i].raw), &url);

		if (found != (parses[i].host[0] != '\0') || !slice_eq_str(url.scheme, parses[i].scheme) ||
		    !slice_eq_str(url.host, parses[i].host) || !slice_eq_str(url.domain, parses[i].domain))
			wrong += fprintf(stderr, "'%s': scheme '%.*s' host '%.*s' domain '%.*s'\n", parses[i].raw, SLICE_ARG(url.scheme),
			    SLICE_ARG(url.host), SLICE_ARG(url.domain));
		assert_true(slice_eq_str(url.raw, parses[i].raw));
		arena_free(&arena);
	}
	assert_int_equal(wrong, 0);
}

/* What is shown as evidence is what was written. */
static void raw_is_the_original(void **state)
{
	static const struct { const char *text, *raw; } rows[] = {
		{"go https://evil.shop/a?b=c, now", "https://evil.shop/a?b=c"},
		{"go best\xE2\x80\x8Bgadgets.shop\xE2\x80\x8B now", "best\xE2\x80\x8Bgadgets.shop"},
		{"bestgadgets[.]shop!", "bestgadgets[.]shop"},
		{"(see www.a.shop/x)", "www.a.shop/x"},
		{"[link](https://evil.shop/x)", "https://evil.shop/x"},
		{"ｅｖｉｌ．ｓｈｏｐ", "ｅｖｉｌ．ｓｈｏｐ"},
		{"https://evil.shop谢谢", "https://evil.shop"},
		{"https://evil.shop/路径 x", "https://evil.shop/路径"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena *arena = arena_new(1 << 16);
		struct mail_url *urls = NULL;
		struct mail_address *addresses = NULL;
		size_t count = 0, address_count = 0;

		assert_int_equal(url_scan(arena, slice_str(rows[i].text), SEGMENT_NEW, 0, 9, &urls, &count, &addresses,
		    &address_count), 0);
		assert_int_equal(count, 1);
		if (!slice_eq_str(urls[0].raw, rows[i].raw))
			fail_msg("'%s': raw '%.*s'", rows[i].text, SLICE_ARG(urls[0].raw));
		arena_free(&arena);
	}
}

static void registrable_domains(void **state)
{
	static const struct { const char *host, *domain; } rows[] = {
		{"a.b.example.co.uk", "example.co.uk"}, {"example.com", "example.com"}, {"com", NULL}, {"co.uk", NULL},
		{"shop.github.io", "shop.github.io"}, {"a.shop.myshopify.com", "shop.myshopify.com"},
		{"1.2.3.4", NULL}, {"[::1]", NULL}, {"localhost", NULL}, {"", NULL},
		{"www.xn--e1afmkfd.xn--p1ai", "xn--e1afmkfd.xn--p1ai"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct slice domain = url_registrable(slice_str(rows[i].host));

		if (rows[i].domain == NULL ? domain.len != 0 : !slice_eq_str(domain, rows[i].domain))
			fail_msg("'%s': '%.*s'", rows[i].host, SLICE_ARG(domain));
	}
}

static void urls_inside_urls(void **state)
{
	struct slice url = SLICE_LIT("https://r.com/?u=https%3A%2F%2Fa.shop&v=http://b.shop/x");
	size_t offset = 0;

	(void)state;
	assert_true(slice_eq_str(url_embedded(url, &offset), "https%3A%2F%2Fa.shop&v=http://b.shop/x"));
	assert_true(slice_eq_str(url_embedded(url, &offset), "http://b.shop/x"));
	assert_int_equal(url_embedded(url, &offset).len, 0);
	assert_int_equal(url_embedded(url, &offset).len, 0);
}

/* Limits hold, appending works, and no memory is an error and not "nothing found". */
static void limits_hold(void **state)
{
	struct arena *arena = arena_new(1 << 20), *tiny = arena_new(64);
	struct mail_url *urls = NULL;
	struct mail_address *addresses = NULL;
	size_t count = 0, address_count = 0;
	struct slice text = SLICE_LIT("https://a.shop https://b.shop x@y.com https://c.shop");

	(void)state;
	assert_int_equal(url_scan(arena, text, SEGMENT_NEW, 0, 2, &urls, &count, &addresses, &address_count), 0);
	assert_int_equal(count, 2);
	assert_int_equal(address_count, 1);
	assert_int_equal(url_scan(arena, text, SEGMENT_QUOTE, 1, 4, &urls, &count, &addresses, &address_count), 0);
	assert_int_equal(count, 4);
	assert_true(slice_eq_str(urls[0].host, "a.shop"));
	assert_int_equal(urls[3].segment, SEGMENT_QUOTE);
	count = address_count = 0;
	urls = NULL;
	addresses = NULL;
	assert_int_equal(url_scan(tiny, text, SEGMENT_NEW, 0, 9, &urls, &count, &addresses, &address_count), -1);
	arena_free(&tiny);
	arena_free(&arena);
}

/* A megabyte of what each loop likes least takes no longer than it should, by a wide margin. */
static void floods_stay_linear(void **state)
{
	static const char *const pieces[] = {
		"http:", "http://]/", "https://x.co/", "a.", "a@", "a.com ", "。", "ａ．", "a://", "[.]", "www.", "://",
		"http://@", "http%3a%2f%2f", "https:。", "пример.рфф ", "http:a@", "a.b@", "x.shop,",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		struct arena *arena = arena_new((size_t)64 << 20);
		struct buf text = {0};
		struct mail_url *urls = NULL;
		struct mail_address *addresses = NULL;
		size_t count = 0, address_count = 0;
		clock_t start = clock(); /* as in test_html.c */

		while (text.len < 1 << 20)
			buf_add_str(&text, pieces[i]);
		assert_int_equal(url_scan(arena, buf_slice(&text), SEGMENT_NEW, 0, 1000, &urls, &count, &addresses,
		    &address_count), 0);
		if (clock() - start > 20 * CLOCKS_PER_SEC)
			fail_msg("'%s' took %ld ms", pieces[i], (long)((clock() - start) / (CLOCKS_PER_SEC / 1000)));
		buf_free(&text);
		arena_free(&arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_read_as_people_read_it),
		cmocka_unit_test(urls_are_parsed_as_browsers_do),
		cmocka_unit_test(raw_is_the_original),
		cmocka_unit_test(registrable_domains),
		cmocka_unit_test(urls_inside_urls),
		cmocka_unit_test(limits_hold),
		cmocka_unit_test(floods_stay_linear),
	};

	if (url_init() != 0)
		return 1;
	return cmocka_run_group_tests_name("url", tests, NULL, NULL);
}
