/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses in all the forms that envelopes and headers have them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "core/buf.h"
#include "mail/address.h"

static void envelope_arguments(void **state)
{
	static const struct { const char *in; bool ok; const char *want; } cases[] = {
		{"<a@b.example>", true, "a@b.example"}, {"a@b.example", true, "a@b.example"}, {"", true, ""}, {"<>", true, ""},
		{" <a@b.example> ", true, "a@b.example"}, {"<\"a b\\\"c\"@d.example>", true, "\"a b\\\"c\"@d.example"},
		{"<\"a@x\"@d.example>", true, "\"a@x\"@d.example"}, {"<@x,@y:a@b.example>", true, "a@b.example"},
		{"<a@b.example.>", true, "a@b.example"}, {"<a@[192.0.2.1]>", true, "a@[192.0.2.1]"},
		{"<a@[IPv6:2001:db8::1]>", true, "a@[IPv6:2001:db8::1]"}, {"<postmaster>", true, "postmaster"},
		{"root", true, "root"}, {"<j\xc3\xbcrgen@b.example>", true, "j\xc3\xbcrgen@b.example"},
		{"<a+tag=x@b.example>", true, "a+tag=x@b.example"}, {"<a@b>", true, "a@b"},
		{"<a@b.example", false, "<a@b.example"}, {"<a@b@c>", false, "<a@b@c>"}, {"<@b.example>", false, NULL},
		{"<a@>", false, NULL}, {"<a b@c.example>", false, NULL}, {"<a@b c>", false, NULL}, {"<a@b>junk", false, NULL},
		{"<.a@b.example>", false, NULL}, {"<a..b@c.example>", false, NULL}, {"<a.@b.example>", false, NULL},
		{"<a@.b>", false, NULL}, {"<a@b..c>", false, NULL}, {"<a@b\r\nx>", false, NULL}, {"<a\xff@b.example>", false, NULL},
		{"<\"a@b.example>", false, NULL}, {"<a@[1.2.3.4>", false, NULL}, {"<", false, NULL}, {"<a@b,c@d>", false, NULL},
		{"<(x)a@b.example>", false, NULL}, {"<@x>", false, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct slice out;
		bool ok = address_envelope(slice_str(cases[i].in), &out);

		if (ok != cases[i].ok || (cases[i].want != NULL && !slice_eq_str(out, cases[i].want)))
			fail_msg("%s: %d '%.*s'", cases[i].in, ok, SLICE_ARG(out));
	}
}

static void envelope_survives_anything(void **state)
{
	struct buf buf = {0};
	struct slice out;

	(void)state;
	for (size_t i = 0; i < 1 << 20; i++)
		buf_add_char(&buf, '<');
	assert_false(address_envelope(buf_slice(&buf), &out));
	buf_free(&buf);
	assert_true(address_envelope(SLICE_NONE, &out));
	assert_int_equal(out.len, 0);
	assert_false(address_envelope(SLICE_LIT("<a\0b@c>"), &out));
}

static void domains(void **state)
{
	(void)state;
	assert_true(slice_eq_str(address_domain(SLICE_LIT("\"a@b\"@c.example")), "c.example"));
	assert_int_equal(address_domain(SLICE_LIT("postmaster")).len, 0);
	assert_int_equal(address_domain(SLICE_NONE).len, 0);
}

/* What the DNS is asked for is ASCII: other spellings of the same name are no other recipient. */
static void domains_in_other_letters(void **state)
{
	static const struct { const char *in, *want; } cases[] = {
		{"b@relay.walmart.com", "b@relay.walmart.com"}, {"b@Relay.Walmart.com", "b@Relay.Walmart.com"},
		{"b@relay.\xef\xbd\x97\xef\xbd\x81\xef\xbd\x8c\xef\xbd\x8d\xef\xbd\x81\xef\xbd\x92\xef\xbd\x94.com", "b@relay.walmart.com"},
		{"b@relay\xe3\x80\x82walmart\xef\xbc\x8e" "com", "b@relay.walmart.com"}, /* ideographic and full-width dots */
		{"b@relay.wal\xc2\xadmart.com", "b@relay.walmart.com"}, {"b@relay.wal\xe2\x80\x8bmart.com", "b@relay.walmart.com"},
		{"b@RELAY.\xe2\x93\xa6" "ALMART.com", "b@relay.walmart.com"}, /* a letter in a circle */
		{"\xc3\xbc@relay\xe3\x80\x82walmart.com", "\xc3\xbc@relay.walmart.com"},
		{"b@b\xc3\xbc" "cher.example", "b@b\xc3\xbc" "cher.example"}, {"b@xn--bcher-kva.example", "b@xn--bcher-kva.example"},
		{"\xe7\x94\xa8\xe6\x88\xb7@\xe4\xbe\x8b\xe3\x81\x88.jp", "\xe7\x94\xa8\xe6\x88\xb7@\xe4\xbe\x8b\xe3\x81\x88.jp"},
		{"b@relay.w\xd0\xb0lmart.com", "b@relay.w\xd0\xb0lmart.com"}, /* a Cyrillic letter: another domain */
		{"b@walmart.com\xef\xbc\x8f.evil.example", "b@walmart.com\xef\xbc\x8f.evil.example"}, /* a full-width slash */
		{"b\xc3\xbc", "b\xc3\xbc"}, {"", ""}, {"b@\xc2\xad", "b@\xc2\xad"},
	};
	struct arena *arena = arena_new(1 << 20);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct slice out = address_plain(arena, slice_str(cases[i].in));

		if (!slice_eq_str(out, cases[i].want))
			fail_msg("%s: '%.*s'", cases[i].in, SLICE_ARG(out));
	}
	arena_free(&arena);
}

static void header_mailboxes(void **state)
{
	/* names and addresses as "name|address;" */
	static const struct { const char *raw, *want; } cases[] = {
		{"a@b.example", "|a@b.example;"},
		{"Ann <a@b.example>", "Ann|a@b.example;"},
		{"\"Doe, Ann\" <a@b.example>, c@d.example", "Doe, Ann|a@b.example;|c@d.example;"},
		{"\"ceo@own.example\" <x@evil.example>", "ceo@own.example|x@evil.example;"},
		{"ceo@own.example <x@evil.example>", "ceo@own.example|x@evil.example;"},
		{"=?utf-8?q?caf=C3=A9?= <a@b.example>", "caf\xc3\xa9|a@b.example;"},
		{"=?utf-8?q?Doe,_<Ann>?= <a@b.example>", "Doe, <Ann>|a@b.example;"},
		{"\"=?utf-8?b?4pyT?=\" <a@b.example>", "\xe2\x9c\x93|a@b.example;"},
		{"Friends: a@b.example, Bob <c@d.example>;, e@f.example", "|a@b.example;Bob|c@d.example;|e@f.example;"},
		{"undisclosed-recipients:;", ""},
		{"Ann (the (nested) one) <a@b.example> (end)", "Ann|a@b.example;"},
		{"a(comment)@b.example", "|a@b.example;"},
		{"(open a@b.example", ""},
		{"<@x,@y:a@b.example>", "|a@b.example;"},
		{"Ann <a@b.example", "Ann|a@b.example;"},
		{"<a@b.example> <c@d.example>", "|a@b.example;|c@d.example;"},
		{"\"a b\"@c.example", "|\"a b\"@c.example;"},
		{"Ann\r\n <a@b.example>,\r\n\tc@d.example", "Ann|a@b.example;|c@d.example;"},
		{"", ""}, {",,;", ""}, {"no address here", ""}, {"<>", ""},
		{"a@b.example;c@d.example", "|a@b.example;|c@d.example;"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct arena *arena = arena_new(1 << 20);
		struct address_mailbox *list;
		struct buf got = {0};
		size_t count;

		assert_int_equal(address_list(arena, slice_str(cases[i].raw), &list, &count), 0);
		buf_add_str(&got, "");
		for (size_t k = 0; k < count; k++)
			buf_printf(&got, "%.*s|%.*s;", SLICE_ARG(list[k].name), SLICE_ARG(list[k].address));
		if (strcmp(got.data != NULL ? got.data : "", cases[i].want) != 0)
			fail_msg("%s: %s", cases[i].raw, got.data);
		buf_free(&got);
		arena_free(&arena);
	}
}

static void address_floods(void **state)
{
	static const char *const pieces[] = {"a@b.example, ", "(", "\"", "<", "=?a?q?", ":", "<a@", "\\"};
	struct address_mailbox *list;
	size_t count;

	(void)state;
	for (size_t i = 0; i < sizeof(pieces) / sizeof(*pieces); i++) {
		struct arena *arena = arena_new((size_t)256 << 20);
		struct buf buf = {0};

		for (size_t k = 0; k < 200000; k++)
			buf_add_str(&buf, pieces[i]);
		assert_int_equal(address_list(arena, buf_slice(&buf), &list, &count), 0);
		if (i == 0)
			assert_int_equal(count, 200000);
		buf_free(&buf);
		arena_free(&arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(envelope_arguments),
		cmocka_unit_test(envelope_survives_anything),
		cmocka_unit_test(domains), cmocka_unit_test(domains_in_other_letters),
		cmocka_unit_test(header_mailboxes),
		cmocka_unit_test(address_floods),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
