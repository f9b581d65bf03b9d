/* SPDX-License-Identifier: BSD-2-Clause */
/* What is quoted and what only looks like it: honest forms of mail programs, and texts put in between. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "engine/fingerprint.h"
#include "engine/quotes.h"
#include "mail/message.h"
#include "mail/url.h"

static const struct mail_limits no_limits;

static const char inbound[] =
	"From: \"Maria Silva - Walmart\" <0123456789ABCDEF0123456789ABCDEF@relay.walmart.com>\r\n"
	"To: care@bestgadgets.example\r\n"
	"Subject: Where is my order 200012345678901?\r\n"
	"Date: Mon, 23 Nov 2026 08:05:00 +0000\r\n"
	"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
	"You received a message from your customer.\r\n"
	"------------- Begin message -------------\r\n"
	"Hello,\r\n\r\n"
	"I ordered a blue lamp two weeks ago and it hasn=E2=80=99t arrived. The tracking num=\r\n"
	"ber 1Z999AA10123456784 does not work. Could you tell me when it will arrive? You may call me at "
	"+1 626 555 0147 or write to maria.silva@gmail.com.\r\n\r\n"
	"See https://www.walmart.com/orders/1?x=3D2 for the details =E2=80=94 my se=C3=B1ora is not happy.\r\n\r\n"
	"Thanks,\r\nMaria\r\n"
	"------------- End message -------------\r\n"
	"Was this message helpful? Report questionable activity at walmart.com\r\n";

#define REPLY_HEAD "From: Best Gadgets <care@bestgadgets.example>\r\n" \
	"To: 0123456789ABCDEF0123456789ABCDEF@relay.walmart.com\r\nSubject: Re: Where is my order 200012345678901?\r\n" \
	"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nDear Maria, it arrives on Friday.\r\n\r\n"
#define HTML_HEAD "From: Best Gadgets <care@bestgadgets.example>\r\n" \
	"To: 0123456789ABCDEF0123456789ABCDEF@relay.walmart.com\r\nSubject: Re: Where is my order 200012345678901?\r\n" \
	"MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Dear Maria, it arrives on Friday.</p>"
#define ATTRIBUTION "On Mon, Nov 23, 2026 at 8:05 AM Maria Silva - Walmart\r\n" \
	"<0123456789ABCDEF0123456789ABCDEF@relay.walmart.com> wrote:\r\n\r\n"

struct row {
	const char *name;
	const char *raw;
	const char *fresh; /* what of the quotes is new, '|' between; "": nothing */
};

static const struct row rows[] = {
	{"wrapped, ASCII apostrophe", REPLY_HEAD ATTRIBUTION "> Hello,\r\n>\r\n> I ordered a blue lamp two weeks ago and it hasn't\r\n"
	    "> arrived. The tracking number\r\n> 1Z999AA10123456784 does not work. Could you tell me when it\r\n> will arrive?\r\n", ""},
	{"all of it, with the frame of the marketplace", REPLY_HEAD ATTRIBUTION
	    "> You received a message from your customer.\r\n> ------------- Begin message -------------\r\n> Hello,\r\n"
	    "> I ordered a blue lamp two weeks ago and it hasn't arrived. The tracking number 1Z999AA10123456784 does not\r\n"
	    "> work. Could you tell me when it will arrive? You may call me at +1 626 555 0147 or write to\r\n> maria.silva@gmail.com.\r\n"
	    "> See https://www.walmart.com/orders/1?x=2 for the details - my señora is not happy.\r\n> Thanks,\r\n> Maria\r\n"
	    "> ------------- End message -------------\r\n> Was this message helpful? Report questionable activity at walmart.com\r\n", ""},
	{"parts of it", REPLY_HEAD "> Could you tell me when it will arrive?\r\n\r\nOn Friday.\r\n\r\n> The tracking number 1Z999AA10123456784 does not work\r\n\r\nIt does now.\r\n", ""},
	{"one word quoted, a line of its own", REPLY_HEAD "> Maria\r\n\r\nYes?\r\n", ""},
	{"header block", REPLY_HEAD "-----Original Message-----\r\nFrom: Maria Silva - Walmart <0123456789ABCDEF0123456789ABCDEF@relay.walmart.com>\r\n"
	    "Sent: Monday, November 23, 2026 9:05 AM\r\nTo: care@bestgadgets.example\r\nSubject: Where is my order 200012345678901?\r\n\r\n"
	    "I ordered a blue lamp two weeks ago and it hasn't arrived.\r\n", ""},
	{"header block, German", REPLY_HEAD "Von: Maria Silva - Walmart <0123456789ABCDEF0123456789ABCDEF@relay.walmart.com>\r\n"
	    "Gesendet: Montag, 23. November 2026 09:05\r\nAn: care@bestgadgets.example\r\nBetreff: Where is my order 200012345678901?\r\n\r\n"
	    "I ordered a blue lamp two weeks ago and it hasn't arrived.\r\n", ""},
	{"attribution, Spanish", REPLY_HEAD "El lun, 23 nov 2026 a las 8:05, Maria Silva\r\n(<0123456789ABCDEF0123456789ABCDEF@relay.walmart.com>) escribió:\r\n\r\n"
	    "> I ordered a blue lamp two weeks ago and it hasn't arrived.\r\n", ""},
	{"numeric date, German", REPLY_HEAD "Am 25.11.26 um 01:15 schrieb Maria Silva:\r\n> I ordered a blue lamp two weeks ago and it hasn't arrived.\r\n", ""},
	{"abbreviations, French", REPLY_HEAD "Le mar. 24 nov. 2026 \xC3\xA0 18:15, Maria Silva <0123456789ABCDEF0123456789ABCDEF@relay.walmart.com> a \xC3\xA9" "crit :\r\n\r\n"
	    "> I ordered a blue lamp two weeks ago and it hasn't arrived.\r\n", ""},
	{"Chinese header block", REPLY_HEAD "发件人： Maria Silva\r\n发送时间： 2026-11-25 08:15\r\n收件人： care\r\n主题： Where is my order 200012345678901?\r\n\r\n"
	    "I ordered a blue lamp two weeks ago and it hasn't arrived.\r\n", ""},
	{"nested attribution", REPLY_HEAD ATTRIBUTION "> I ordered a blue lamp two weeks ago and it hasn't arrived.\r\n"
	    "> On Sun, Nov 22, 2026 at 7:01 PM, Best Gadgets <care@bestgadgets.example> wrote:\r\n>> The tracking number 1Z999AA10123456784 does not work\r\n", ""},
	{"damaged letters", REPLY_HEAD ATTRIBUTION "> I ordered a blue lamp two weeks ago and it hasn?t arrived. See\r\n> https://www.walmart.com/orders/1?x=2 for the details â€” my se?ora is not happy.\r\n", ""},
	{"damaged letters, Latin 1", REPLY_HEAD ATTRIBUTION "> it hasnâ€™t arrived. my seÃ±ora is not happy.\r\n", ""},
	{"upper case and no punctuation", REPLY_HEAD ATTRIBUTION "> I ORDERED A BLUE LAMP TWO WEEKS AGO AND IT HASN'T ARRIVED\r\n", ""},
	{"HTML quote", HTML_HEAD "<blockquote type=\"cite\"><div>I ordered a <b>blue</b> lamp two weeks ago and it hasn&rsquo;t arrived.</div>"
	    "<div>See <a href=\"https://www.walmart.com/orders/1?utm=3\">https://www.walmart.com/orders/1?x=2</a> for the details</div></blockquote>", ""},
	{"link written down by a program", REPLY_HEAD ATTRIBUTION "> See walmart<https://www.walmart.com/orders/1?x=2> for the details\r\n", "See walmart"},

	{"link wrapped by a filter", REPLY_HEAD ATTRIBUTION "> See https://nam02.safelinks.example/?url=https%3A%2F%2Fwww.walmart.com%2Forders%2F1%3Fx%3D2&data=05%7C01 for the details\r\n",
	    "See"},
	{"another link wrapped", REPLY_HEAD ATTRIBUTION "> See https://nam02.safelinks.example/?url=https%3A%2F%2Fevil.shop%2Forders&data=05 for the details\r\n",
	    "See https://nam02.safelinks.example/?url=https%3A%2F%2Fevil.shop%2Forders&data=05 for the details"},
	{"wrapped by nobody known", REPLY_HEAD ATTRIBUTION "> See https://evil.shop/?url=https%3A%2F%2Fwww.walmart.com%2Forders%2F1 for the details\r\n",
	    "See https://evil.shop/?url=https%3A%2F%2Fwww.walmart.com%2Forders%2F1 for the details"},

	{"a sentence of advertising in between", REPLY_HEAD ATTRIBUTION "> I ordered a blue lamp two weeks ago and it hasn't arrived.\r\n"
	    "> Get 30% off, WhatsApp +86 138 0013 8000\r\n> The tracking number 1Z999AA10123456784 does not work.\r\n", "Get 30% off, WhatsApp +86 138 0013 8000"},
	{"over two lines", REPLY_HEAD ATTRIBUTION "> I ordered a blue lamp two weeks ago and it hasn't arrived.\r\n"
	    "> Get 30% off, WhatsApp +86\r\n> 138 0013 8000.\r\n> The tracking number 1Z999AA10123456784 does not work.\r\n", "Get 30% off, WhatsApp +86\n138 0013 8000."},
	{"all of it is new", REPLY_HEAD "> Get 30% off, WhatsApp +86 138 0013 8000\r\n", "Get 30% off, WhatsApp +86 138 0013 8000"},
	{"one line, one word", REPLY_HEAD ATTRIBUTION "> I ordered a blue lamp two weeks ago and it hasn't arrived.\r\n>\r\n> SAVE20\r\n>\r\n> Thanks,\r\n> Maria\r\n", "SAVE20"},
	{"a bare domain", REPLY_HEAD "> bestgadgets.shop\r\n", "bestgadgets.shop"},
	{"inside a sentence", REPLY_HEAD ATTRIBUTION "> I ordered a blue lamp two weeks ago from bestgadgets.shop and it hasn't arrived.\r\n", "from bestgadgets.shop"},
	{"another number", REPLY_HEAD ATTRIBUTION "> Could you tell me when it will arrive? You may call me at +1 626 555 0199 or write to maria.silva@gmail.com.\r\n", "+1 626 555 0199"},
	{"another address", REPLY_HEAD ATTRIBUTION "> You may call me at +1 626 555 0147 or write to sales@gmail.com.\r\n", "sales@gmail.com."},
	{"more than half of a sentence", REPLY_HEAD ATTRIBUTION "> The tracking number of your free gift is in our shop.\r\n", "The tracking number of your free gift is in our shop."},
	{"in the attribution", REPLY_HEAD "On Mon, Nov 23, 2026 at 8:05 AM, Get 30% off at bestgadgets.shop today wrote:\r\n\r\n> I ordered a blue lamp two weeks ago\r\n",
	    "On Mon, Nov 23, 2026 at 8:05 AM, Get 30% off at bestgadgets.shop today wrote:"},
	{"a number in a header block", REPLY_HEAD ATTRIBUTION "> From: 06 12 34 56 78\r\n> I ordered a blue lamp two weeks ago\r\n", "From: 06 12 34 56 78"},
	{"a number with dots in a header block", REPLY_HEAD ATTRIBUTION "> From: 06.12.34.56.78\r\n> I ordered a blue lamp two weeks ago\r\n", "From: 06.12.34.56.78"},
	{"Chinese", REPLY_HEAD ATTRIBUTION "> I ordered a blue lamp two weeks ago and it hasn't arrived.\r\n>\r\n> 加微信优惠多多\r\n", "加微信优惠多多"},
	{"HTML quote", HTML_HEAD "<blockquote><div>I ordered a blue lamp two weeks ago and it hasn't arrived.</div><div>Visit our shop for 20% off</div></blockquote>", "Visit our shop for 20% off"},
};

static struct message *parse(struct arena *arena, const char *raw)
{
	struct message *m = arena_alloc(arena, sizeof(*m));
	struct diag d = {0};

	assert_int_equal(message_parse(arena, slice_str(raw), &no_limits, MESSAGE_ALL, NULL, m, &d), 0);
	return m;
}

static struct gram_set *known(struct arena *arena, const struct gram_key *key)
{
	const struct message *m = parse(arena, inbound);
	struct gram_set *set = gram_set_new(arena, 4096);

	gram_set_text(set, key, message_header_value(m, "From"));
	gram_set_text(set, key, message_header_value(m, "To"));
	gram_set_text(set, key, message_header_value(m, "Subject"));
	for (size_t i = 0; i < m->url_count; i++)
		gram_set_link(set, key, m->urls[i].raw);
	for (size_t i = 0; i < m->segment_count; i++)
		gram_set_text(set, key, m->segments[i].text);
	return set;
}

/* New segments behind the author's own one. */
static void fresh_text(const struct message *m, struct buf *out)
{
	bool own = true;

	for (size_t i = 0; i < m->segment_count; i++) {
		struct slice text = slice_trim(m->segments[i].text);

		if (m->segments[i].kind != SEGMENT_NEW)
			continue;
		if (!own && slice_case_find(text, SLICE_LIT("On Friday.")) < 0 && slice_case_find(text, SLICE_LIT("It does now.")) < 0 &&
		    !slice_eq_str(text, "Yes?"))
			buf_printf(out, "%s%.*s", out->len > 0 ? "|" : "", SLICE_ARG(text));
		own = false;
	}
}

static bool is_wrapper(const void *arg, struct slice url)
{
	(void)arg;
	return slice_case_prefix(url, "https://nam02.safelinks.example/");
}

static void quotes_are_told_from_new_text(void **state)
{
	struct gram_key key;
	int wrong = 0;

	(void)state;
	gram_key_make(&key, SLICE_LIT("secret"));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena *arena = arena_new(16 << 20);
		struct quote_source source = {known(arena, &key), &key, is_wrapper, NULL};
		struct message *m = parse(arena, rows[i].raw);
		struct buf got = {0};

		assert_true(quotes_exist(m));
		assert_int_equal(quotes_verify(arena, m, &source), 0);
		fresh_text(m, &got);
		if (!slice_eq_str(got.len > 0 ? buf_slice(&got) : SLICE_LIT(""), rows[i].fresh)) {
			print_error("%s: '%.*s', expected '%s'\n", rows[i].name, (int)got.len, got.len > 0 ? got.data : "", rows[i].fresh);
			wrong++;
		}
		buf_free(&got);
		arena_free(&arena);
	}
	assert_int_equal(wrong, 0);
}

/* URLs, addresses, images: what stands in new text is new, what stands in the quote is not. */
static void what_stands_in_them_follows(void **state)
{
	static const char raw[] = HTML_HEAD "<blockquote>write to maria.silva@gmail.com. "
	    "See https://www.walmart.com/orders/1?x=2 for the details. Or see https://bestgadgets.shop/a or mail joe@bestgadgets.shop. "
	    "<a href=\"https://evil.example/x\">for the details</a>"
	    "<img src=\"https://pixel.example/1.gif\" width=1 height=1></blockquote>";
	struct arena *arena = arena_new(16 << 20);
	struct gram_key key;
	struct message *m = parse(arena, raw);
	struct quote_source source;
	size_t urls = 0, addresses = 0;

	(void)state;
	gram_key_make(&key, SLICE_NONE);
	source = (struct quote_source){known(arena, &key), &key, NULL, NULL};
	assert_int_equal(quotes_verify(arena, m, &source), 0);
	for (size_t i = 0; i < m->url_count; i++)
		if (m->urls[i].segment == SEGMENT_NEW) {
			assert_false(slice_eq_str(m->urls[i].host, "www.walmart.com"));
			urls++;
		}
	for (size_t i = 0; i < m->address_count; i++) {
		bool fresh = m->addresses[i].segment == SEGMENT_NEW;

		assert_int_equal(fresh, !slice_eq_str(m->addresses[i].address, "maria.silva@gmail.com"));
		addresses += fresh;
	}
	assert_true(urls >= 2);
	assert_int_equal(addresses, 1);
	for (size_t i = 0; i < m->image_count; i++)
		assert_int_equal(m->images[i].segment, SEGMENT_NEW);
	arena_free(&arena);
}

/* Nothing is known: all of it is new when the site wants it so; pieces lie where their text was. */
static void without_a_source_all_is_new(void **state)
{
	struct arena *arena = arena_new(16 << 20);
	struct message *m = parse(arena, rows[0].raw);

	(void)state;
	assert_int_equal(quotes_verify(arena, m, NULL), 0);
	for (size_t i = 0; i < m->segment_count; i++)
		assert_int_not_equal(m->segments[i].kind, SEGMENT_QUOTE);
	arena_free(&arena);
}

/* Of count different words: so many hashes less two. */
static struct slice words_text(struct arena *arena, size_t count)
{
	char *text = arena_alloc(arena, count * 8 + 1);

	assert_non_null(text);
	for (size_t i = 0; i < count; i++)
		snprintf(text + 8 * i, 9, "w%06zu ", i);
	return (struct slice){text, 8 * count};
}

static void large_fingerprints_are_whole_and_in_order(void **state)
{
	struct arena *arena = arena_new(1 << 20), *little = arena_new(6000);
	unsigned char data[3 * 4096];
	uint32_t last = 0;
	struct gram_key key;
	struct gram_set *set;
	size_t len;

	(void)state;
	gram_key_make(&key, SLICE_LIT(""));
	set = gram_set_new(arena, 4096);
	gram_set_text(set, &key, words_text(arena, 3002));
	assert_int_equal(gram_set_count(set), 3000);
	assert_false(gram_set_lost(set));
	assert_int_equal(base64_read(data, sizeof(data), gram_set_export(arena, set), &len), 0);
	assert_int_equal(len, 4 * 3000);
	for (size_t i = 0; i < len; i += 4) {
		uint32_t gram = data[i] | (uint32_t)data[i + 1] << 8 | (uint32_t)data[i + 2] << 16 | (uint32_t)data[i + 3] << 24;

		assert_true(gram > last);
		last = gram;
	}
	/* A set that lacks some for want of memory is none. */
	set = gram_set_new(little, 4096);
	gram_set_text(set, &key, words_text(arena, 3002));
	assert_true(gram_set_lost(set));
	assert_null(gram_set_export(arena, set).ptr);
	arena_free(&little);
	arena_free(&arena);
}

static void fingerprints_survive_the_log(void **state)
{
	struct arena *arena = arena_new(16 << 20);
	struct gram_key key, other;
	struct gram_set *set, *again;
	struct slice text;
	struct gram_word word;
	uint64_t words[3];
	size_t at = 0;

	(void)state;
	gram_key_make(&key, SLICE_LIT("one"));
	gram_key_make(&other, SLICE_LIT("two"));
	assert_int_equal(strlen(key.id), 8);
	assert_string_not_equal(key.id, other.id);
	set = known(arena, &key);
	text = gram_set_export(arena, set);
	assert_true(gram_text_count(text) >= gram_set_count(set) && gram_text_count(text) <= gram_set_count(set) + 1);
	again = gram_set_new(arena, gram_text_count(text));
	assert_int_equal(gram_set_import(arena, again, text), 0);
	assert_int_equal(gram_set_count(again), gram_set_count(set));
	for (size_t i = 0; i < 3; i++) {
		assert_true(gram_word_next(SLICE_LIT("A Blue LAMP"), &at, &word));
		words[i] = word.hash;
	}
	assert_true(gram_set_has(again, &key, words, 3));
	assert_false(gram_set_has(again, &other, words, 3));
	assert_int_equal(gram_set_import(arena, again, SLICE_LIT("?not base64")), -1);
	/* A full set keeps what it has. */
	again = gram_set_new(arena, 5);
	gram_set_text(again, &key, SLICE_LIT("one two three four five six seven eight nine ten"));
	assert_int_equal(gram_set_count(again), 5);
	arena_free(&arena);
}

/* A megabyte of each kind of text that could be slow, in well under a test's time. */
static void hostile_quotes_are_bounded(void **state)
{
	static const char *const pieces[] = {"> a b\r\n", "> 1 2 3\r\n", ">>>>>>>>> \r\n", "> x@y.zz\r\n", "> https://a.bc/d \r\n", "> \xE5\xBE\xAE\xE4\xBF\xA1\r\n", "> From: a\r\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		struct arena *arena = arena_new((size_t)512 << 20);
		struct buf raw = {0};
		struct gram_key key;
		struct quote_source source;
		struct message *m;

		buf_add_str(&raw, REPLY_HEAD);
		while (raw.len < 1 << 20)
			buf_add_str(&raw, pieces[i]);
		buf_add_char(&raw, '\0');
		gram_key_make(&key, SLICE_NONE);
		source = (struct quote_source){known(arena, &key), &key, NULL, NULL};
		m = parse(arena, raw.data);
		assert_int_equal(quotes_verify(arena, m, &source), 0);
		buf_free(&raw);
		arena_free(&arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quotes_are_told_from_new_text),
		cmocka_unit_test(what_stands_in_them_follows),
		cmocka_unit_test(without_a_source_all_is_new),
		cmocka_unit_test(fingerprints_survive_the_log),
		cmocka_unit_test(large_fingerprints_are_whole_and_in_order),
		cmocka_unit_test(hostile_quotes_are_bounded),
	};

	if (hash_init() != 0 || url_init() != 0)
		return 1;
	message_init();
	return cmocka_run_group_tests_name("engine/quotes", tests, NULL, NULL);
}
