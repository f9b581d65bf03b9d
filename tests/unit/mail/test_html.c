/* SPDX-License-Identifier: BSD-2-Clause */
/* HTML as its reader sees it, and every place where a URL can stand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include <time.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/text.h"
#include "mail/html.h"

static const struct { const char *html, *text; } texts[] = {
	{"", ""},
	{"plain", "plain"},
	{"<html><head><title>T</title><meta charset=gb2312></head><body>b</body></html>", "b"},
	{"a <b>b</b>  <i>c</i>\n d", "a b c d"},
	{"be<b>st</b>gad<!-- x -->gets", "bestgadgets"},
	{"<p>one</p><p>two</p>", "one\n\ntwo"},
	{"<p>one<p>two", "one\n\ntwo"},
	{"<div>one</div><div>two</div>", "one\ntwo"},
	{"<div>one</div><div><br></div><div>two</div>", "one\n\ntwo"},
	{"one<br>two<br/>three<BR >four", "one\ntwo\nthree\nfour"},
	{"one<br><br>two", "one\n\ntwo"},
	{"one</br>two", "one\ntwo"},
	{"<h1>Head</h1>text", "Head\n\ntext"},
	{"<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a\tb\nc"},
	{"<table><tr><td>a<td>b<tr><td>c</table>", "a\tb\nc"},
	{"<ul><li>one</li><li>two</li></ul>", "- one\n- two"},
	{"<ul><li>one<li>two</ul>end", "- one\n- two\nend"},
	{"x<pre>  a\n   b</pre>y", "x\n\n  a\n   b\n\ny"},
	{"<span style=\"white-space:pre\">a  b</span>", "a  b"},
	/* references */
	{"&lt;&gt;&amp;&quot;&apos;", "<>&\"'"},
	{"&#65;&#x42;&#X43;&#68 &#x45", "ABCD E"},
	{"&ltx &ampy &copy2", "<x &y \xC2\xA9" "2"},
	{"bestgadgets&period;shop &sol;&colon;&commat;", "bestgadgets.shop /:@"},
	{"&amp;lt; &amp;amp;#65;", "&lt; &amp;#65;"},
	{"&nosuch; & &; &# &#; &#x;", "&nosuch; & &; &# &#; &#x;"},
	{"&#0;&#xD800;&#x110000;&#99999999999;", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
	{"&#150;&#8364;&euro;&hellip;", "\xE2\x80\x93\xE2\x82\xAC\xE2\x82\xAC\xE2\x80\xA6"},
	{"&notit; &notin;", "\xC2\xACit; \xE2\x88\x89"},
	/* comments and tags of other kinds */
	{"a<!-->b<!-- c -->d", "abd"},
	{"a<!--->b<!-- c --!>d", "abd"},
	{"a<!-- <b>x</b> -- > y -->b", "ab"},
	{"a<!-- never ends", "a"},
	{"a<?php echo ?>b<!bogus>c</ x>d</>e", "abcde"},
	{"<!DOCTYPE html>a", "a"},
	{"<![CDATA[x]]>y", "y"},
	{"a < b, 1<2, <3", "a < b, 1<2, <3"},
	{"a<script>var x = '<b>';</script>b<style>p{}</style>c", "abc"},
	{"a<script>never ends <b>x</b>", "a"},
	{"<title>x</title><textarea>  keep &lt;</textarea>", "keep <"},
	{"<noscript>shown</noscript>", "shown"},
	{"<iframe>no</iframe><xmp><b></xmp>", "<b>"},
	{"<template><p>no</p></template>yes", "yes"},
	{"<input type=submit value=\"Buy now\"><input type=hidden value=x>", "Buy now"},
	{"see <img src=x.png alt='Shop &amp; save'>now", "see Shop & save now"},
	{"<a href=\"x>y\">text</a><a href='it\"s'>more</a>", "textmore"},
	{"<a href=x\"y>text", "text"},
	{"<p title=\"unclosed>text", ""},
	{"a<b/>b<wbr>c", "abc"},
	/* conditional comments */
	{"a<!--[if mso]>outlook<![endif]-->b", "ab"},
	{"a<![if !mso]>shown<![endif]>b", "ashownb"},
	{"a<!--[if !mso]><!-->shown<!--<![endif]-->b", "ashownb"},
	{"a<!--[if !mso]>-->shown<!--<![endif]-->b", "ashownb"},
	/* hidden */
	{"best<div style=\"display:none\">no<div>no</div>no</div>gadgets", "bestgadgets"},
	{"a<span style='DISPLAY : None !important'>no</span>b", "ab"},
	{"a<span style='visibility:hidden'>no<b style='visibility:visible'>yes</b></span>b", "ayesb"},
	{"a<span style='font-size:0'>no</span>b", "ab"},
	{"<td style='font-size:0px'><span style='font-size:14px'>yes</span></td>", "yes"},
	{"a<span style='font-size:1px;color:#fff'>no</span>b", "ab"},
	{"a<span style='opacity:0'>no</span>b", "ab"},
	{"a<span style='opacity:0.9'>yes</span>b", "ayesb"},
	{"a<span hidden>no</span>b", "ab"},
	{"a<div style='max-height:0;overflow:hidden'>no</div>b", "ab"},
	{"a<div style='height:0px'>yes</div>b", "a\nyes\nb"},
	{"a<span style='position:absolute;left:-9999px'>no</span>b", "ab"},
	{"a<font color=white>no</font>b", "ab"},
	{"a<font color=#FFFFFF>no</font>b", "ab"},
	{"a<span style='color:transparent'>no</span>b", "ab"},
	{"a<span style='color:rgb(255, 255, 255)'>no</span>b", "ab"},
	{"<td bgcolor=#000000><font color=white>yes</font></td>", "yes"},
	{"<td bgcolor=red><span style='color:#f00'>no</span>x</td>", "x"},
	{"<style>.b{background:#000}</style><p class=b><font color=white>yes</font>", "yes"},
	{"<td background=x.png><font color=white>yes</font></td>", "yes"},
	{"<p style='display:none'>no<p>yes", "yes"},
	{"<span style='display:none'>no<div>no</div></span>yes", "yes"},
	/* not hidden, though it looks so at first sight */
	{"<p style='display:none;display:block'>yes", "yes"},
	{"<p style='display:block !important;display:none'>yes", "yes"},
	{"<p style='display:block' style='display:none'>yes", "yes"},
	{"<p hidden style='display:block'>yes", "yes"},
	{"<p style='opacity:0;opacity:1'>yes", "yes"},
	{"<p style='/*;display:none;*/'>yes", "yes"},
	{"<p style='background:url(;display:none;)'>yes", "yes"},
	{"<p style='content:\";display:none;\"'>yes", "yes"},
	{"<p style='x{;display:none;}'>yes", "yes"},
	{"<p style='display:none foo'>yes", "yes"},
	{"<p style='color:transparent;color:red'>yes", "yes"},
	{"<p style='font-size:0'><font size=5>yes</font>", "yes"},
	{"<p style='font-size:0'><span style='font:14px Arial'>yes</span>", "yes"},
	{"<p style='font-size:0'><span style='font-size:large'>yes</span>", "yes"},
	{"<p style='max-height:0;overflow:hidden;max-height:none'>yes", "yes"},
	{"<p class=x style='display:none'>yes</p><style>.x{display:block!important}</style>", "yes"},
	{"<style>p{display:block}</style><p hidden>yes", "yes"},
	{"<style>p{margin:0}</style><p style='display:none'>no</p>x", "x"},
	/* quoted history */
	{"new<blockquote>old<br>more</blockquote>after", "new\n\n> old\n> more\n\nafter"},
	{"new<blockquote>a<blockquote>b</blockquote></blockquote>", "new\n\n> a\n> \n> > b"},
	{"new<div class=\"gmail_quote\"><div class=gmail_attr>On x J wrote:<br></div><blockquote class=gmail_quote>old</blockquote></div>",
	    "new\n> On x J wrote:\n> \n> old"},
	{"<div class=gmail_quote><blockquote>q1</blockquote>answer<blockquote>q2</blockquote></div>", "> q1\n\nanswer\n\n> q2"},
	{"new<div class='x gmail_quote y'>old</div>after", "new\n> old\nafter"},
	{"new<div class=moz-cite-prefix>On x J wrote:</div><blockquote type=cite>old</blockquote>new",
	    "new\n> On x J wrote:\n> \n> old\n\nnew"},
	{"new<div class=yahoo_quoted>old</div>", "new\n> old"},
	{"new<div id=appendonsend></div><hr><div id=divRplyFwdMsg>From: x</div><div>old</div>", "new\n> From: x\n> old"},
	{"new<div id=x_divRplyFwdMsg>From: x</div>old", "new\n> From: x\n> old"},
	{"new<div name=messageReplySection>old</div>", "new\n> old"},
	{"new<div id=isReplyContent>old</div>", "new\n> old"},
	/* bytes */
	{"a\xFF" "b\xC3(", "a\xEF\xBF\xBD" "b\xEF\xBF\xBD("},
	{"\xE4\xBD\xA0<b>\xE5\xA5\xBD</b>", "\xE4\xBD\xA0\xE5\xA5\xBD"},
	{"a\xC2\xA0&nbsp;b", "a\xC2\xA0\xC2\xA0" "b"},
};

static void html_is_shown_as_mail_programs_do(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct arena *arena = arena_new(1 << 20);
		struct html_text out;

		assert_int_equal(html_to_text(arena, slice_str(texts[i].html), 10000, 100, 0, &out), 0);
		assert_false(out.truncated);
		if (!slice_eq_str(out.text, texts[i].text))
			fail_msg("'%s': '%.*s', wanted '%s'", texts[i].html, SLICE_ARG(out.text), texts[i].text);
		arena_free(&arena);
	}
}

/* "where url" of each, with a quote mark in front when it stands in history. */
static const struct { const char *html, *urls; } places[] = {
	{"<a href=\"https://a.shop/?x=1&amp;y=2\">", "a href https://a.shop/?x=1&y=2"},
	{"<a href=' https://a.shop '>", "a href https://a.shop"},
	{"<a href=' \nht\ntp&#9;s://a.sh\top\x01'>", "a href https://a.shop"},
	{"<a href=https&colon;&#x2f;/a.shop/&quot>", "a href https://a.shop/\""},
	{"<a href=https://a.shop/?a&copy=1&lt=2>", "a href https://a.shop/?a&copy=1&lt=2"},
	{"<A HREF = 'https://a.shop'\n>", "a href https://a.shop"},
	{"<a/href=\"https://a.shop\"/>", "a href https://a.shop"},
	{"<a title=\"a>b\" href=https://a.shop>", "a href https://a.shop"},
	{"<a title='x'href=https://a.shop>", "a href https://a.shop"},
	{"<a href=\"https://a.shop", "a href https://a.shop"},
	{"<!--> <a href=\"https://a.shop\">x</a> -->", "a href https://a.shop"},
	{"<area href=https://a.shop>", "area href https://a.shop"},
	{"<link rel=stylesheet href=https://a.shop/x.css>", "link href https://a.shop/x.css"},
	{"<img src=//a.shop/x.png>", "img src //a.shop/x.png"},
	{"<img srcset='https://a.shop/1.png 1x, https://b.shop/2.png 2x'>", "img srcset https://a.shop/1.png, img srcset https://b.shop/2.png"},
	{"<img lowsrc=https://a.shop>", "lowsrc https://a.shop"},
	{"<td background=https://a.shop/x.png>", "background https://a.shop/x.png"},
	{"<form action=https://a.shop><button formaction=https://b.shop>", "form action https://a.shop, formaction https://b.shop"},
	{"<iframe src=https://a.shop></iframe>", "iframe src https://a.shop"},
	{"<embed src=https://a.shop><object data=https://b.shop>", "embed src https://a.shop, object data https://b.shop"},
	{"<video src=https://a.shop poster=https://b.shop>", "video src https://a.shop, poster https://b.shop"},
	{"<blockquote cite=https://a.shop>", "cite https://a.shop"},
	{"<a ping=https://a.shop>", "ping https://a.shop"},
	{"<svg><a xlink:href=https://a.shop><image href=https://b.shop/>", "xlink:href https://a.shop, href https://b.shop/"},
	{"<script src=https://a.shop></script>", "script src https://a.shop"},
	{"<meta http-equiv=refresh content='0; url=https://a.shop'>", "meta refresh https://a.shop"},
	{"<meta content=\"0;URL='https://a.shop'\" http-equiv=Refresh>", "meta refresh https://a.shop"},
	{"<meta name=url content='url=https://a.shop'>", ""},
	{"<p style=\"background:url(https://a.shop/x.png)\">", "style https://a.shop/x.png"},
	{"<p style=\"background:url( &quot;https://a.shop&quot; )\">", "style https://a.shop"},
	{"<p style='background:url(\\68ttps://a.shop)'>", "style https://a.shop"},
	{"<style>/* url(x) */ @import \"https://a.shop\"; @import url('https://b.shop');</style>", "style https://a.shop, style https://b.shop"},
	{"<v:roundrect href=\"https://a.shop\"/>", "href https://a.shop"},
	{"<!--[if mso]><v:roundrect href=\"https://a.shop\"><![endif]-->", "href https://a.shop"},
	{"<base href=https://a.shop/dir/page><a href=x.html><a href=/y><a href=//b.shop><a href=mailto:x@y.z>",
	    "base href https://a.shop/dir/page, a href https://a.shop/dir/x.html, a href https://a.shop/y, a href //b.shop, a href mailto:x@y.z"},
	{"<a href=#top><a href=''><a name=x data-href=https://a.shop>", ""},
	{"<div style='display:none'><a href=https://a.shop>x</a></div>", "a href https://a.shop"},
	{"<blockquote><a href=https://a.shop>", ">a href https://a.shop"},
	{"<script>location='https://a.shop'</script>", ""},
};

static void every_place_of_a_url_is_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		struct arena *arena = arena_new(1 << 20);
		struct html_text out;
		struct buf found = {0};

		assert_int_equal(html_to_text(arena, slice_str(places[i].html), 10000, 100, 0, &out), 0);
		buf_add_str(&found, "");
		for (size_t u = 0; u < out.url_count; u++)
			buf_printf(&found, "%s%s%s %.*s", u > 0 ? ", " : "", out.urls[u].quoted ? ">" : "", out.urls[u].where,
			    SLICE_ARG(out.urls[u].url));
		if (!slice_eq_str(buf_slice(&found), places[i].urls))
			fail_msg("'%s': '%s', wanted '%s'", places[i].html, found.data, places[i].urls);
		buf_free(&found);
		arena_free(&arena);
	}
}

static void hidden_text_is_kept_apart(void **state)
{
	struct arena *arena = arena_new(1 << 20);
	struct html_text out;

	(void)state;
	assert_int_equal(html_to_text(arena, SLICE_LIT("a<p style='display:none'>secret <b>word</b></p>"
	    "<!--[if mso]>outlook<![endif]-->b<!-- comment --><script>no</script>"), 1000, 10, 0, &out), 0);
	assert_true(slice_eq_str(out.text, "ab"));
	assert_true(slice_eq_str(out.hidden, "secret word\noutlook"));
	arena_free(&arena);
}

static void nul_bytes_hide_nothing(void **state)
{
	struct arena *arena = arena_new(1 << 20);
	struct html_text out;

	(void)state;
	assert_int_equal(html_to_text(arena, SLICE_LIT("a\0b<a href=\"https://a\0.shop\">\0c"), 1000, 10, 0, &out), 0);
	assert_true(slice_eq_str(out.text, "abc"));
	assert_true(slice_eq_str(out.urls[0].url, "https://a.shop"));
	arena_free(&arena);
}

static void limits_hold(void **state)
{
	struct arena *arena = arena_new(1 << 20), *tiny = arena_new(16);
	struct html_text out;
	struct slice html = SLICE_LIT("<a href=http://a.shop>one</a> <a href=http://b.shop>two h\xC3\xA9llo</a> three");

	(void)state;
	assert_int_equal(html_to_text(arena, html, 10, 10, 0, &out), 0);
	assert_true(out.truncated);
	assert_true(out.text.len <= 10 && utf8_valid(out.text));
	assert_int_equal(html_to_text(arena, html, 1000, 1, 0, &out), 0);
	assert_true(out.truncated);
	assert_int_equal(out.url_count, 1);
	assert_true(slice_case_suffix(out.text, "three"));
	assert_int_equal(html_to_text(tiny, html, 1000, 10, 0, &out), -1);
	arena_free(&tiny);
	arena_free(&arena);
}

static void deadline_ends_the_work(void **state)
{
	struct arena *arena = arena_new(1 << 20);
	struct buf html = {0};
	struct html_text out;

	(void)state;
	for (int i = 0; i < 10000; i++)
		buf_add_str(&html, "<b>x</b>");
	assert_int_equal(html_to_text(arena, buf_slice(&html), 100000, 10, 1, &out), 0);
	assert_true(out.truncated);
	assert_true(out.text.len < 1000);
	buf_free(&html);
	arena_free(&arena);
}

/* Bombs: nests, unclosed things, floods, each a megabyte or two. */
static void floods_stay_linear(void **state)
{
	static const struct { const char *first, *many, *then; } bombs[] = {
		{"", "<div>", ""}, {"", "<table><tr><td>", ""}, {"", "<b><i>", ""}, {"", "<b><i>", "</b>"}, {"", "&amp;", ""},
		{"<i><div>", "<b>", "</i>"}, {"", "<!--", ""}, {"<!--[if mso]>", "<b>", "</i>"}, {"", "<!--[if mso]>x-->", ""},
		{"", "<", ""}, {"<a ", "x=y ", ""}, {"", "<blockquote>", "<br>x"}, {"", "<p>", ""}, {"", "<li>", "</ul>"},
		{"", "<p style='background:url(x)'>", ""}, {"<style>", "/*", ""}, {"<style>", "url(", ""}, {"", "<a b=\"", ""},
		{"<script>", "</scrip", ""}, {"", "&#x1", ""}, {"<span>", "<div>", "</span>"}, {"<p style='", "color:red;", ""},
		{"", "<td><span>", "</td>"}, {"", "<div class=gmail_quote><blockquote>", "</blockquote></div>"},
		{"", "<div class=gmail_quote>", "</blockquote>"}, {"<a href='", "x", ""}, {"<img srcset='", "a, ", ""},
		{"<base href='https://a.b/", "x/", "'><a href=x>"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bombs) / sizeof(bombs[0]); i++) {
		struct arena *arena;
		struct buf html = {0};
		struct html_text out;
		/* The processor's time: a machine that is busy elsewhere makes no text dear. */
		clock_t start = clock();

		buf_add_str(&html, bombs[i].first);
		while (html.len < 1 << 20)
			buf_add_str(&html, bombs[i].many);
		for (int n = 0; n < 100000; n++)
			buf_add_str(&html, bombs[i].then);
		arena = arena_new(3 * html.len);
		assert_int_equal(html_to_text(arena, buf_slice(&html), 4 << 20, 1000, 0, &out), 0);
		if (clock() - start > 20 * CLOCKS_PER_SEC)
			fail_msg("'%s' took %ld ms", bombs[i].many, (long)((clock() - start) / (CLOCKS_PER_SEC / 1000)));
		buf_free(&html);
		arena_free(&arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(html_is_shown_as_mail_programs_do),
		cmocka_unit_test(every_place_of_a_url_is_read),
		cmocka_unit_test(hidden_text_is_kept_apart),
		cmocka_unit_test(nul_bytes_hide_nothing),
		cmocka_unit_test(limits_hold),
		cmocka_unit_test(deadline_ends_the_work),
		cmocka_unit_test(floods_stay_linear),
	};

	return cmocka_run_group_tests_name("html", tests, NULL, NULL);
}
