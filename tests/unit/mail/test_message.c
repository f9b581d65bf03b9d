/* SPDX-License-Identifier: BSD-2-Clause */
/* Whole messages, well-formed and hostile: what must be found in them, and what must be said of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "core/buf.h"
#include "mail/message.h"
#include "mail/normal.h"
#include "mail/url.h"

static const struct mail_limits roomy = {
	.message_bytes = 64 << 20, .header_count = 2000, .header_bytes = 1 << 20, .parts = 1000, .depth = 100,
	.html_bytes = 4 << 20, .decoded_bytes = 64 << 20, .expansion = 50, .urls = 2000, .time_ms = 0
};

struct parsed {
	struct arena *arena;
	struct message m;
};

static struct parsed parse(struct slice raw, const struct mail_limits *limits)
{
	struct parsed p = {.arena = arena_new((size_t)512 << 20)};
	struct diag d = {0};

	assert_non_null(p.arena);
	assert_int_equal(message_parse(p.arena, raw, limits, MESSAGE_ALL, NULL, &p.m, &d), 0);
	return p;
}

static struct parsed parse_text(const char *text)
{
	return parse(slice_str(text), &roomy);
}

static const struct mail_limit *limit_of(const struct parsed *p, const char *name)
{
	const struct mail_limit *found = NULL;

	for (size_t i = 0; i < p->m.limit_count; i++)
		if (strcmp(p->m.limits[i].name, name) == 0) {
			assert_null(found); /* once */
			found = &p->m.limits[i];
		}
	return found;
}

/* Stands the needle in a segment's text? */
static bool shown(const struct parsed *p, const char *needle)
{
	for (size_t i = 0; i < p->m.segment_count; i++)
		if (slice_find(p->m.segments[i].text, slice_str(needle)) >= 0)
			return true;
	return false;
}

static bool has_host(const struct parsed *p, const char *host)
{
	for (size_t i = 0; i < p->m.url_count; i++)
		if (slice_eq_str(p->m.urls[i].host, host))
			return true;
	return false;
}

static void header_is_kept_as_received(void **state)
{
	struct parsed p = parse_text("Subject: =?utf-8?q?caf=C3=A9?=\r\n =?utf-8?b?IGF1?= lait\r\nX-A:b\r\nX-A:  two\r\n\tfolds\r\n\r\nhi\r\n");

	(void)state;
	assert_int_equal(p.m.header_count, 3);
	assert_true(slice_eq_str(message_header_value(&p.m, "subject"), "caf\xc3\xa9 au lait"));
	assert_true(slice_eq_str(p.m.headers[0].raw, "=?utf-8?q?caf=C3=A9?=\r\n =?utf-8?b?IGF1?= lait"));
	assert_true(slice_eq_str(p.m.headers[1].raw, "b"));
	assert_true(slice_eq_str(message_header(&p.m, "x-a", 1)->raw, " two\r\n\tfolds"));
	assert_true(slice_eq_str(p.m.headers[2].value, "two\tfolds"));
	assert_null(message_header(&p.m, "X-A", 2));
	assert_int_equal(p.m.segments[0].kind, SEGMENT_SUBJECT);
	assert_int_equal(p.m.segments[0].part, PART_NONE);
	assert_int_equal(p.m.limit_count, 0);
	arena_free(&p.arena);
}

static void subjects_are_decoded_as_readers_do(void **state)
{
	static const struct { const char *raw, *want; } cases[] = {
		{"=?UTF-8?B?4pyT?= ok", "\xe2\x9c\x93 ok"},
		/* a character split over two words */
		{"=?utf-8?B?4pw=?= =?utf-8?B?kw==?=", "\xe2\x9c\x93"},
		{"=?utf-8?q?a?= =?utf-8?q?b?=", "ab"},
		{"=?utf-8?q?a?= b =?utf-8?q?c?=", "a b c"},
		{"=?iso-8859-1?Q?caf=E9_au?=", "caf\xc3\xa9 au"},
		{"=?gb2312?B?xOO6ww==?=", "\xe4\xbd\xa0\xe5\xa5\xbd"},
		{"=?iso-2022-jp?B?GyRCJDMbKEI=?=", "\xe3\x81\x93"},
		{"=?utf-8*en?q?x?=", "x"},
		{"\"=?utf-8?q?x?=\"", "\"x\""},
		{"=?utf-8?q?not closed", "=?utf-8?q?not closed"},
		{"=?utf-8?x?abc?=", "=?utf-8?x?abc?="},
		{"=?utf-8?Q?with space?=", "with space"},
		{"=?utf-8?Q?a=0D=0AX-Postern:_b?=", "a  X-Postern: b"},
		{"=?utf-8?Q?a\n b?=", "a  b"},
		{"raw caf\xc3\xa9", "raw caf\xc3\xa9"},
		{"raw caf\xe9", "raw caf\xc3\xa9"},
		{"=?utf-8?Q?" "?= x", "x"},
		{"a=b?c", "a=b?c"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char text[300];
		struct parsed p;
		struct slice got;

		snprintf(text, sizeof(text), "Subject: %s\n\n", cases[i].raw);
		p = parse_text(text);
		got = message_header_value(&p.m, "Subject");
		if (!slice_eq_str(got, cases[i].want))
			fail_msg("%s: %.*s", cases[i].raw, SLICE_ARG(got));
		arena_free(&p.arena);
	}
}

/* Bodies in which a reader can come upon the token, however they are made. */
static void token_is_found_in_all_of_them(void **state)
{
	static const char *const cases[] = {
		"\n\ntoken.example.com\n",
		"Content-Type: text/plain\n\ntoken.example.com",
		"From x Mon\nSubject: a\n\ntoken.example.com",
		/* no header at all, a broken header */
		"token.example.com is no header\n",
		"Subject: a\nthis line is none: token.example.com\n",
		"Content-Type: text\n\ntoken.example.com",
		"Content-Type: nonsense\n\ntoken.example.com",
		"Content-Type: text/plain charset=utf-8\n\ntoken.example.com",
		/* transfer encodings */
		"Content-Transfer-Encoding: base64\n\ndG9rZW4uZXhhbXBsZS5jb20K\n",
		"Content-Transfer-Encoding: BASE64 (really)\n\ndG9r!!ZW4uZX\nhhbXBsZS5jb20K\n",
		"Content-Transfer-Encoding: base64\n\naGkK=\ndG9rZW4uZXhhbXBsZS5jb20K\n",
		"Content-Transfer-Encoding: base64\n\naGkgIA==dG9rZW4uZXhhbXBsZS5jb20K",
		"Content-Transfer-Encoding: base64\n\nSee token.example.com!\n",
		"Content-Transfer-Encoding: 8bit\n\ndG9rZW4uZXhhbXBsZS5jb20gYW5kIG1vcmUK\n",
		"Content-Transfer-Encoding: quoted-printable\n\ntoken.exa=\nmple.com",
		"Content-Transfer-Encoding: quoted-printable\n\ntoken.exa=  \r\nmple.c=6Fm =ZZ",
		"Content-Transfer-Encoding: x-uuencode\n\nbegin 644 a\n2=&]K96XN97AA;7!L92YC;VT*\n`\nend\n",
		"\nlook:\nbegin 644 a.txt\n2=&]K96XN97AA;7!L92YC;VT*\n`\nend\n",
		"Content-Transfer-Encoding: 7bit\nContent-Transfer-Encoding: base64\n\ndG9rZW4uZXhhbXBsZS5jb20K\n",
		"Content-Transfer-Encoding: base64\nContent-Transfer-Encoding: 7bit\n\ndG9rZW4uZXhhbXBsZS5jb20K\n",
		"Content-Transfer-Encoding: x-nonsense\n\ntoken.example.com",
		/* multiparts */
		"Content-Type: multipart/mixed; boundary=b\n\n--b\n\ntoken.example.com\n--b--\n",
		"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\ntoken.example.com\r\n--b--\r\n",
		"Content-Type: multipart/mixed; boundary=b\n\n--b\n\ntoken.example.com",
		"Content-Type: multipart/mixed; boundary=b\n\ntoken.example.com\n--b\n\nhi\n--b--\n",
		"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nhi\n--b--\ntoken.example.com\n",
		"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nhi\n--b--\n--b\n\ntoken.example.com\n",
		"Content-Type: multipart/mixed\n\n--b\n\ntoken.example.com\n--b--\n",
		"Content-Type: multipart/mixed; boundary=\"\"\n\n--\n\ntoken.example.com\n",
		"Content-Type: multipart/mixed; boundary=b\n\ntoken.example.com\n",
		"Content-Type: multipart/mixed boundary=b\n\n--b\nContent-Transfer-Encoding: base64\n\ndG9rZW4uZXhhbXBsZS5jb20K\n--b--\n",
		"Content-Type: multipart/mixed; (boundary=c) boundary=b\n\n--b\nContent-Transfer-Encoding: base64\n\ndG9rZW4uZXhhbXBsZS5jb20K\n--b--\n",
		"Content-Type: multipart/mixed; boundary*0=ab; boundary*1=cd\n\n--abcd\nContent-Transfer-Encoding: base64\n\ndG9rZW4uZXhhbXBsZS5jb20K\n--abcd--\n",
		"Content-Type: multipart/mixed; boundary=\"a:b\"\n\n--a:b\n\ntoken.example.com\n--a:b--\n",
		"Content-Type: multipart/mixed; boundary=b\n\n--b\ntoken.example.com\n--b--\n",
		"Content-Type: multipart/mixed; boundary=b\n\n--b  \nContent-Type: text/plain\n\ntoken.example.com\n--b--  \n",
		"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\ntoken.example.com\n--b--\n--b--\n",
		"Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/mixed; boundary=ab\n\n--ab\n\ntoken.example.com\n--ab--\n--a--\n",
		"Content-Type: multipart/alternative; boundary=b\n\n--b\n\nhi\n--b\nContent-Type: text/html\n\n<p>token.example.com</p>\n--b--\n",
		"Content-Type: multipart/alternative; boundary=b\n\n--b\n\ntoken.example.com\n--b\nContent-Type: text/html\n\n<p>hi</p>\n--b--\n",
		"Content-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: base64\n\nLS1iCgp0b2tlbi5leGFtcGxlLmNvbQotLWItLQo=\n",
		"Content-Type: text/plain\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\ntoken.example.com\n--b--\n",
		/* messages and files */
		"Content-Type: message/rfc822\n\nSubject: x\n\ntoken.example.com\n",
		"Content-Type: message/rfc822\n\nSubject: token.example.com\n\nx\n",
		"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nU3ViamVjdDogeAoKdG9rZW4uZXhhbXBsZS5jb20K\n",
		"Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: x\n\ntoken.example.com\n--b--\n",
		"Content-Type: application/octet-stream; name=a.eml\nContent-Transfer-Encoding: base64\n\nU3ViamVjdDogeAoKdG9rZW4uZXhhbXBsZS5jb20K\n",
		"Content-Type: application/octet-stream; name=a.html\n\n<p>token.example.com</p>\n",
		"Content-Type: text/calendar\nContent-Disposition: attachment\n\nDESCRIPTION:token.example.com\n",
		"Content-Type: text/vcard; name=a.vcf\n\nURL:token.example.com\n",
		"Content-Type: message/external-body; access-type=URL\n\ntoken.example.com\n",
		"Content-Type: image/png\nContent-Type: text/plain\n\ntoken.example.com\n",
		"Content-Type: text/plain\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Transfer-Encoding: base64\n\ndG9rZW4uZXhhbXBsZS5jb20K\n--b--\n",
		"\nhi\n=ybegin line=128 size=18 name=a\n\x9e\x99\x95\x8f\x98\x58\x8f\xa2\x8b\x97\x9a\x96\x8f\x58\x8d\x99\x97\x34\n=yend size=18\n",
		"Content-Type: text/plain; format=flowed; delsp=yes\n\nlook: token.exam \nple.com\n",
		/* charsets */
		"Content-Type: text/plain; charset=utf-7\n\n+token.example.com -token.example.com-\n",
		"Content-Type: text/plain; charset=utf-7\n\ntoken+AC4-example+AC4-com\n",
		"Content-Type: text/plain; charset=no-such-set\n\ntoken.example.com\n",
		"Content-Type: text/plain; charset=\"utf-16\"\n\ntoken.example.com\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct parsed p = parse_text(cases[i]);

		if (!shown(&p, "token.example.com") || !has_host(&p, "token.example.com"))
			fail_msg("not found in: %s", cases[i]);
		arena_free(&p.arena);
	}
}

static void ordinary_mail_passes_no_limit(void **state)
{
	static const char *const cases[] = {
		"\nABCDEFGHIJKLMNOPQRSTUVWXYZ234567\n", "\n", "", "Subject: x\n\n--\nAnn\n",
		"Content-Type: text/plain; charset=\"iso-8859-1\"\nContent-Transfer-Encoding: quoted-printable\n\ncaf=E9 =\n=3D\n",
		"Content-Type: text/html\nContent-Transfer-Encoding: base64\n\nPHA+aGk8L3A+\r\n\r\n",
		"Content-Type: multipart/mixed; boundary=\"=_1\"\n\n--=_1\n\nhi\n--=_1\nContent-Type: multipart/alternative;\n boundary=\"=_12\"\n\n"
		"--=_12\n\nhi\n--=_12--\n\n--=_1--\n",
		"Content-Type: multipart/signed; boundary=b; micalg=x; protocol=\"application/pgp-signature\"\n\n--b\n\nhi\n"
		"--b\nContent-Type: application/pgp-signature; name=s.asc\n\n-----BEGIN PGP SIGNATURE-----\n\n--b--\n",
		"Content-Type: multipart/report; boundary=b\n\n--b\n\nfailed\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; a\n\n"
		"--b\nContent-Type: text/rfc822-headers\n\nSubject: x\n\n--b--\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct parsed p = parse_text(cases[i]);

		if (p.m.limit_count != 0)
			fail_msg("%s: %s", cases[i], p.m.limits[0].name);
		arena_free(&p.arena);
	}
}

static void flowed_text_is_put_together(void **state)
{
	struct parsed p = parse_text("Content-Type: text/plain; format=flowed\n\n> old \r\n> text\r\nnew \r\ntext\r\n  stuffed\r\n-- \r\nAnn\r\n");

	(void)state;
	assert_true(slice_eq_str(p.m.parts[0].text, "> old text\nnew text\n stuffed\n-- \nAnn\n"));
	arena_free(&p.arena);
}

static void nul_hides_nothing(void **state)
{
	struct parsed p = parse(SLICE_LIT("Subject: a\n\nx\0y token.example.com"), &roomy);

	(void)state;
	assert_true(shown(&p, "token.example.com"));
	assert_int_equal(p.m.parts[0].text.len, strlen("x0y token.example.com"));
	arena_free(&p.arena);
}

static void notice_for_old_readers_is_no_text(void **state)
{
	struct parsed p = parse_text("Content-Type: multipart/mixed; boundary=b\n\nThis is a multi-part message in MIME format.\n--b\n\nhi\n--b--\n\n");

	(void)state;
	assert_int_equal(p.m.part_count, 2);
	assert_int_equal(p.m.segment_count, 1);
	assert_int_equal(p.m.limit_count, 0);
	arena_free(&p.arena);
}

static void parts_are_described(void **state)
{
	struct parsed p = parse_text("Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: Text/HTML; charset=UTF-8\n\n<b>hi</b>\n"
	    "--b\nContent-Type: application/pdf; name=\"x.pdf\"\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment;\n"
	    " filename*0*=utf-8''caf%C3%A9;\n filename*1=\" menu.pdf\"\n\nJVBERg==\n"
	    "--b\nContent-Type: image/png; name=\"=?utf-8?q?caf=C3=A9.png?=\"\n\nx\n--b--\n");

	(void)state;
	assert_int_equal(p.m.part_count, 4);
	assert_int_equal(p.m.parts[0].flags, PART_CONTAINER);
	assert_int_equal(p.m.parts[0].depth, 0);
	assert_int_equal(p.m.parts[1].flags, PART_TEXT | PART_HTML);
	assert_int_equal(p.m.parts[1].depth, 1);
	assert_true(slice_eq_str(p.m.parts[1].type, "text/html"));
	assert_true(slice_eq_str(p.m.parts[1].charset, "utf-8"));
	assert_true(p.m.parts[2].flags & PART_ATTACHMENT);
	assert_true(slice_eq_str(p.m.parts[2].name, "caf\xc3\xa9 menu.pdf"));
	assert_true(slice_eq_str(p.m.parts[2].content, "%PDF"));
	assert_int_equal(p.m.parts[2].size, 4);
	assert_true(slice_eq_str(p.m.parts[3].name, "caf\xc3\xa9.png"));
	assert_int_equal(p.m.limit_count, 0);
	arena_free(&p.arena);
}

static void opaque_is_said(void **state)
{
	static const char *const cases[] = {
		"Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\n\nx\n",
		"Content-Type: application/pkcs7-mime\n\nx\n",
		"Content-Type: multipart/encrypted; boundary=b; protocol=\"application/pgp-encrypted\"\n\n--b\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n--b--\n",
		"\nhello\n-----BEGIN PGP MESSAGE-----\n\nabc\n-----END PGP MESSAGE-----\n",
		"Content-Type: application/ms-tnef; name=winmail.dat\n\nx\n",
		"Content-Type: application/octet-stream; name=WINMAIL.DAT\n\nx\n",
		"Content-Type: message/partial; id=x; number=1; total=2\n\nhi\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct parsed p = parse_text(cases[i]);
		unsigned flags = 0;

		for (size_t k = 0; k < p.m.part_count; k++)
			flags |= p.m.parts[k].flags;
		if (limit_of(&p, "opaque") == NULL || !(flags & PART_OPAQUE))
			fail_msg("not opaque: %s", cases[i]);
		arena_free(&p.arena);
	}
}

static void signed_text_is_read(void **state)
{
	struct parsed p = parse_text("Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\n\n"
	    "0\x02\x01 garbage Content-Type: text/plain\r\n\r\ntoken.example.com");

	(void)state;
	assert_true(shown(&p, "token.example.com"));
	arena_free(&p.arena);
}

static void what_is_broken_is_damaged(void **state)
{
	static const char *const cases[] = {
		"Content-Type: multipart/mixed\n\nx",
		"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx",
		"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--bc\ny\n--b--\n",
		"Content-Type: text/plain\nContent-Type: text/html\n\nx",
		"Content-Transfer-Encoding: base64\n\n!!!!",
		"Content-Transfer-Encoding: rot13\n\nx",
		"Subject: x\nno header line\n\nx",
	};
	struct parsed p;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		p = parse_text(cases[i]);
		if (limit_of(&p, "damaged") == NULL)
			fail_msg("not damaged: %s", cases[i]);
		arena_free(&p.arena);
	}
	p = parse_text("Content-Type: text/plain; charset=no-such-set\n\nx");
	assert_non_null(limit_of(&p, "charset"));
	assert_true(p.m.parts[0].flags & PART_CHARSET_GUESSED);
	arena_free(&p.arena);
}

/* depth multiparts in each other, a token in the innermost. */
static struct slice nest(struct buf *buf, size_t depth, bool messages)
{
	*buf = (struct buf){0};
	for (size_t i = 0; i < depth; i++) {
		if (messages)
			buf_add_str(buf, "Content-Type: message/rfc822\n\n");
		else
			buf_printf(buf, "Content-Type: multipart/mixed; boundary=b%zu\n\n--b%zu\n", i, i);
	}
	buf_add_str(buf, "Content-Type: text/plain\n\ntoken.example.com\n");
	for (size_t i = depth; i > 0 && !messages; i--)
		buf_printf(buf, "--b%zu--\n", i - 1);
	return buf_slice(buf);
}

static void depth_is_limited(void **state)
{
	static const size_t depths[] = {1, 50, 99, 100, 101, 600, 1025, 5000};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(depths) / sizeof(*depths); i++) {
		size_t depth = depths[i / 2];
		struct buf buf;
		struct parsed p = parse(nest(&buf, depth, i % 2), &roomy);

		assert_true(shown(&p, "token.example.com"));
		assert_true((limit_of(&p, "depth") != NULL) == (depth > 100));
		assert_true(p.m.part_count <= 102);
		arena_free(&p.arena);
		buf_free(&buf);
	}
}

static void floods_are_capped(void **state)
{
	struct buf buf = {0};
	struct parsed p;

	(void)state;
	buf_add_str(&buf, "Content-Type: multipart/mixed; boundary=b\n\n");
	for (size_t i = 0; i < 500000; i++)
		buf_add_str(&buf, "--b\n\nx\n");
	buf_add_str(&buf, "--b\n\ntoken.example.com\n--b--\n");
	p = parse(buf_slice(&buf), &roomy);
	assert_non_null(limit_of(&p, "parts"));
	assert_true(p.m.part_count <= roomy.parts + 1);
	assert_true(shown(&p, "token.example.com"));
	arena_free(&p.arena);
	buf_truncate(&buf, 0);
	for (size_t i = 0; i < 1000000; i++)
		buf_add_str(&buf, "X: y\n");
	buf_add_str(&buf, "Content-Transfer-Encoding: base64\n\ndG9rZW4uZXhhbXBsZS5jb20K\n");
	p = parse(buf_slice(&buf), &roomy);
	assert_int_equal(limit_of(&p, "header_count")->value, 1000001);
	assert_int_equal(p.m.header_count, roomy.header_count);
	assert_non_null(limit_of(&p, "header_bytes"));
	assert_true(shown(&p, "token.example.com"));
	arena_free(&p.arena);
	buf_free(&buf);
}

static void a_loose_dot_line_is_said(void **state)
{
	static const struct {
		const char *text;
		bool loose;
	} rows[] = {
		{"A: b\r\n\r\nx\n.\nMAIL FROM:<a@b>\r\n", true},
		{"A: b\r\n\r\nx\n.\r\ny\r\n", true},
		{"A: b\r\n\r\nx\r\n.\ny\r\n", true},
		{"A: b\r\n\r\nx\r\n.\r\ny\r\n", false}, /* ".." on its way: nobody's end */
		{"A: b\r\n\r\nx\n.y\n", false},
		{"A: b\n\nx\n.\ny\n", false}, /* a file of this system */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct parsed p = parse_text(rows[i].text);

		assert_true((limit_of(&p, "dot-line") != NULL) == rows[i].loose);
		arena_free(&p.arena);
	}
}

static void every_limit_is_said(void **state)
{
	static const char text[] = "Subject: a\nX: y\nContent-Type: multipart/mixed; boundary=b\n\n"
	    "--b\n\nhttp://a.example.com/ http://b.example.com/ http://c.example.com/\n"
	    "--b\nContent-Type: text/html\n\n<p>some html text that is long enough to be cut</p>\n--b--\n";
	static const struct { const char *name; struct mail_limits limits; } cases[] = {
		{"message_bytes", {.message_bytes = 100}}, {"header_count", {.header_count = 2}},
		{"header_bytes", {.header_bytes = 20}}, {"parts", {.parts = 2}}, {"html_bytes", {.html_bytes = 10}},
		{"decoded_bytes", {.decoded_bytes = 30}}, {"urls", {.urls = 2}},
	};
	struct mail_limits exact = {.parts = 3, .header_count = 3, .urls = 3, .message_bytes = sizeof(text) - 1};
	struct parsed p;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		p = parse_text("");
		arena_free(&p.arena);
		p = parse(slice_str(text), &cases[i].limits);
		if (limit_of(&p, cases[i].name) == NULL)
			fail_msg("passed in silence: %s", cases[i].name);
		arena_free(&p.arena);
	}
	p = parse(slice_str(text), &exact);
	assert_int_equal(p.m.limit_count, 0);
	assert_int_equal(p.m.url_count, 3);
	arena_free(&p.arena);
}

static void expansion_is_a_limit(void **state)
{
	struct mail_limits limits = {.expansion = 2};
	struct buf buf = {0};
	struct parsed p;

	(void)state;
	buf_add_str(&buf, "Content-Type: text/plain; charset=latin1\n\n");
	for (size_t i = 0; i < (size_t)2 << 20; i++)
		buf_add_char(&buf, '\xe9');
	p = parse(buf_slice(&buf), &limits);
	assert_non_null(limit_of(&p, "expansion"));
	assert_true(p.m.parts[0].text.len <= 2 * p.m.size);
	arena_free(&p.arena);
	limits.expansion = 4;
	p = parse(buf_slice(&buf), &limits);
	assert_int_equal(p.m.limit_count, 0);
	arena_free(&p.arena);
	buf_free(&buf);
}

static void memory_is_a_limit(void **state)
{
	struct buf buf = {0};
	bool failed_early = false, said = false;

	(void)state;
	nest(&buf, 30, false);
	for (size_t budget = 0; budget < 60000; budget += 500) {
		struct arena *arena = arena_new(budget);
		struct diag d = {0};
		struct parsed p = {.arena = arena};

		if (message_parse(arena, buf_slice(&buf), &roomy, MESSAGE_ALL, NULL, &p.m, &d) != 0) {
			assert_true(d.len > 0);
			failed_early = true;
		} else if (limit_of(&p, "memory") != NULL) {
			said = true;
		} else {
			assert_true(shown(&p, "token.example.com"));
		}
		arena_free(&arena);
	}
	assert_true(failed_early);
	assert_true(said);
	buf_free(&buf);
}

static void time_is_a_limit(void **state)
{
	struct mail_limits limits = {.time_ms = 1};
	struct buf buf = {0};
	struct parsed p;

	(void)state;
	buf_add_str(&buf, "Content-Type: multipart/mixed; boundary=b\n\n");
	for (size_t i = 0; i < 300000; i++)
		buf_add_str(&buf, "--b\n\nhttp://a.example.com/\n");
	p = parse(buf_slice(&buf), &limits);
	assert_non_null(limit_of(&p, "time_ms"));
	arena_free(&p.arena);
	buf_free(&buf);
}

static void subject_and_sender_may_hold_urls(void **state)
{
	struct parsed p = parse_text("Subject: see www.a.example.com\nFrom: \"www.b.example.com\" <x@c.example.com>\n\nhi\n");

	(void)state;
	assert_true(has_host(&p, "www.a.example.com"));
	assert_true(has_host(&p, "www.b.example.com"));
	for (size_t i = 0; i < p.m.url_count; i++)
		assert_int_equal(p.m.urls[i].source, URL_HEADER);
	assert_int_equal(p.m.address_count, 0);
	arena_free(&p.arena);
}

static const struct mail_segment *segment_of(const struct parsed *p, enum segment_kind kind)
{
	for (size_t i = 0; i < p->m.segment_count; i++)
		if (p->m.segments[i].kind == kind)
			return &p->m.segments[i];
	return NULL;
}

static void names_are_text(void **state)
{
	struct parsed p = parse_text("From: \"Best G\xEF\xBD\x81" "dgets\" <x@c.example>\nTo: a@b.example, \"a@b.example\" <a@b.example>\n"
	    "Reply-To: =?utf-8?q?Call_us?= <y@c.example>\n\nhi\n");

	(void)state;
	assert_int_equal(p.m.segment_count, 3);
	assert_int_equal(p.m.segments[0].kind, SEGMENT_NAME);
	assert_int_equal(p.m.segments[0].part, PART_NONE);
	assert_true(slice_eq_str(p.m.segments[0].text, "Best Gadgets"));
	assert_true(slice_eq_str(normal_original(&p.m.segments[0], 6, 7), "\xEF\xBD\x81"));
	assert_true(slice_eq_str(p.m.segments[1].text, "Call us"));
	assert_int_equal(p.m.address_count, 0);
	arena_free(&p.arena);
}

static void hidden_text_is_a_segment(void **state)
{
	struct parsed p = parse_text("Content-Type: text/html; charset=utf-8\n\nbest<!-- x -->gad<span style=\"font-size:0\">zz</span>gets.shop"
	    "<div style=\"display:none\">&#8204;&nbsp;&#847;&nbsp;</div><div style=\"display:none\">Get c\xD0\xBEupons</div>"
	    "<blockquote><p style=\"display:none\">old</p></blockquote>");
	const struct mail_segment *hidden = segment_of(&p, SEGMENT_HIDDEN);

	(void)state;
	assert_true(shown(&p, "bestgadgets.shop"));
	assert_true(has_host(&p, "bestgadgets.shop"));
	assert_non_null(hidden);
	assert_true(slice_find(hidden->text, SLICE_LIT("Get coupons")) >= 0);
	assert_false(shown(&p, "old"));
	assert_int_equal(p.m.disguise_count, 1);
	assert_int_equal(p.m.disguises[0].kind, DISGUISE_LOOKALIKE);
	assert_ptr_equal(&p.m.segments[p.m.disguises[0].segment], hidden);
	arena_free(&p.arena);
}

/* Written from right to left, a page shows the letters from last to first. */
static void turned_writing_is_turned_back(void **state)
{
	struct parsed p = parse_text("Content-Type: text/html\n\ngo to <span style='unicode-bidi:bidi-override;direction:rtl'>pohs.stegdagtseb</span> or "
	    "<bdo dir=rtl>liam yb</bdo> <p dir=rtl>plain</p>");

	(void)state;
	assert_true(shown(&p, "go to bestgadgets.shop or by mail"));
	assert_true(shown(&p, "plain"));
	assert_true(has_host(&p, "bestgadgets.shop"));
	assert_int_equal(p.m.disguises[0].kind, DISGUISE_BIDI);
	arena_free(&p.arena);
}

static void alternatives_have_numbers(void **state)
{
	struct parsed p = parse_text("Content-Type: multipart/mixed; boundary=m\n\n"
	    "--m\nContent-Type: multipart/alternative; boundary=a\n\n--a\n\ntext\n"
	    "--a\nContent-Type: multipart/related; boundary=r\n\n--r\nContent-Type: text/html\n\n<p>text\n--r--\n--a--\n"
	    "--m\nContent-Type: text/plain\n\nfooter\n--m--\n");

	(void)state;
	for (size_t i = 0; i < p.m.part_count; i++) {
		bool inside = slice_find(p.m.parts[i].text, SLICE_LIT("text")) >= 0 ||
		    slice_eq_str(p.m.parts[i].type, "multipart/related");

		assert_int_equal(p.m.parts[i].alternative, inside);
	}
	arena_free(&p.arena);
}

static void images_are_listed(void **state)
{
	struct parsed p = parse_text("Content-Type: text/html\n\n<img src=\"https://t.example.com/o.gif\" width=1 height=\"1px\" alt=\"a &amp; b\">"
	    "<img src=cid:x style=\"display:none;width:20px\"><table background=\"http://b.example.com/x\"><tr><td>x</table>"
	    "<blockquote><img src=http://q.example.com/></blockquote>");

	(void)state;
	assert_int_equal(p.m.image_count, 4);
	assert_true(slice_eq_str(p.m.images[0].host, "t.example.com"));
	assert_true(slice_eq_str(p.m.images[0].alt, "a & b"));
	assert_int_equal(p.m.images[0].width, 1);
	assert_int_equal(p.m.images[0].height, 1);
	assert_false(p.m.images[0].hidden);
	assert_true(p.m.images[1].hidden);
	assert_int_equal(p.m.images[1].width, 20);
	assert_int_equal(p.m.images[1].height, -1);
	assert_int_equal(p.m.images[1].host.len, 0);
	assert_true(slice_eq_str(p.m.images[2].host, "b.example.com"));
	assert_int_equal(p.m.images[3].segment, SEGMENT_QUOTE);
	arena_free(&p.arena);
}

/* Cyrillic a: both where it leads and what is read are found; evidence is what was written. */
static void look_alikes_lead_elsewhere(void **state)
{
	struct parsed p = parse_text("Content-Type: text/plain; charset=utf-8\n\nsee https://w\xD0\xB0lmart.com/refund now\n");

	(void)state;
	assert_int_equal(p.m.url_count, 2);
	assert_true(has_host(&p, "walmart.com"));
	for (size_t i = 0; i < p.m.url_count; i++)
		assert_true(slice_eq_str(p.m.urls[i].raw, "https://w\xD0\xB0lmart.com/refund"));
	arena_free(&p.arena);
}

static void attachments_are_files_and_forwards_new_text(void **state)
{
	struct parsed p = parse_text("Content-Type: multipart/mixed; boundary=b\n\n--b\n\nnew\n\n> old\n"
	    "--b\nContent-Disposition: attachment\n\n> a\n--b\nContent-Type: message/rfc822\n\nSubject: fwd\n\n> b\n--b--\n");

	(void)state;
	for (size_t i = 0; i < p.m.segment_count; i++)
		assert_int_equal(p.m.segments[i].kind == SEGMENT_QUOTE, slice_find(p.m.segments[i].text, SLICE_LIT("old")) >= 0);
	assert_true(shown(&p, "> a"));
	assert_true(shown(&p, "> b"));
	assert_true(shown(&p, "fwd"));
	for (size_t i = 0; i < p.m.segment_count; i++)
		assert_int_equal(p.m.segments[i].kind == SEGMENT_FILE, slice_find(p.m.segments[i].text, SLICE_LIT("> a")) >= 0);
	arena_free(&p.arena);
}

static void numbers_know_their_place(void **state)
{
	struct id_set *set = id_set_new();
	struct id_pattern pattern = {"order", "\\bWM-(\\d+)\\b", NULL};
	struct arena *arena = arena_new(1 << 20);
	struct diag d = {0};
	struct message m;

	(void)state;
	assert_int_equal(id_set_add(set, &pattern, &d), 0);
	assert_int_equal(id_set_finish(set, &d), 0);
	assert_int_equal(message_parse(arena, SLICE_LIT("Subject: WM-1\n\nabout WM-22\n\n> WM-333\n"), &roomy,
	    MESSAGE_ALL, set, &m, &d), 0);
	id_set_free(&set);
	assert_int_equal(m.id_count, 3);
	assert_int_equal(m.ids[0].segment, SEGMENT_SUBJECT);
	assert_int_equal(m.ids[0].part, PART_NONE);
	assert_true(slice_eq_str(m.ids[1].value, "22"));
	assert_int_equal(m.ids[1].part, 0);
	assert_int_equal(m.ids[2].segment, SEGMENT_QUOTE);
	assert_true(slice_eq_str(m.ids[2].kind, "order"));
	arena_free(&arena);
}

static void only_what_is_needed_is_done(void **state)
{
	struct arena *arena = arena_new(1 << 20);
	struct diag d = {0};
	struct message m;

	(void)state;
	assert_int_equal(message_headers(arena, SLICE_LIT("Subject: a\nTo: b\n"), &roomy, &m, &d), 0);
	assert_int_equal(m.header_count, 2);
	assert_int_equal(m.part_count, 0);
	assert_int_equal(message_parse(arena, SLICE_LIT("Subject: a\n\nhttp://a.example.com/"), &roomy,
	    MESSAGE_ATTACHMENTS, NULL, &m, &d), 0);
	assert_int_equal(m.part_count, 1);
	assert_int_equal(m.segment_count, 0);
	assert_int_equal(m.url_count, 0);
	arena_free(&arena);
}

static int prepare(void **state)
{
	(void)state;
	message_init();
	return url_init();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(header_is_kept_as_received),
		cmocka_unit_test(subjects_are_decoded_as_readers_do),
		cmocka_unit_test(token_is_found_in_all_of_them),
		cmocka_unit_test(ordinary_mail_passes_no_limit),
		cmocka_unit_test(flowed_text_is_put_together),
		cmocka_unit_test(nul_hides_nothing),
		cmocka_unit_test(notice_for_old_readers_is_no_text),
		cmocka_unit_test(parts_are_described),
		cmocka_unit_test(opaque_is_said),
		cmocka_unit_test(signed_text_is_read),
		cmocka_unit_test(what_is_broken_is_damaged),
		cmocka_unit_test(depth_is_limited),
		cmocka_unit_test(floods_are_capped),
		cmocka_unit_test(a_loose_dot_line_is_said),
		cmocka_unit_test(every_limit_is_said),
		cmocka_unit_test(expansion_is_a_limit),
		cmocka_unit_test(memory_is_a_limit),
		cmocka_unit_test(time_is_a_limit),
		cmocka_unit_test(subject_and_sender_may_hold_urls),
		cmocka_unit_test(attachments_are_files_and_forwards_new_text),
		cmocka_unit_test(names_are_text),
		cmocka_unit_test(hidden_text_is_a_segment),
		cmocka_unit_test(turned_writing_is_turned_back),
		cmocka_unit_test(alternatives_have_numbers),
		cmocka_unit_test(images_are_listed),
		cmocka_unit_test(look_alikes_lead_elsewhere),
		cmocka_unit_test(numbers_know_their_place),
		cmocka_unit_test(only_what_is_needed_is_done),
	};

	return cmocka_run_group_tests(tests, prepare, NULL);
}
