/* SPDX-License-Identifier: BSD-2-Clause */
/* Reply styles of mail programs: what is new, what is quoted, what is a signature. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/arena.h"
#include "core/buf.h"
#include "mail/segment.h"

/*
 * Each line is written with a letter in front that says what it should be: N
 * new, Q quote, S signature, D legal notice; a line without one (blank) goes with the one before.
 */
static const struct { const char *name, *lines; } replies[] = {
	{"no quote", "NHello,\nNyour parcel is on its way.\n"},
	{"ruled, without marks", "NRefunded.\n\nQ---- On Mon, 12 Jan 2026 10:00:00 +0000 J Doe <j@x.com> wrote ----\n\nQold\nQtext\n"},
	{"ruled prose", "NWe list:\nN-- the lamp --\nN-- On Monday we wrote to UPS --\nNand wait.\n"},
	{"Gmail", "NThanks.\n\nQOn Mon, Jan 5, 2026 at 10:00 AM John <j@x.com> wrote:\n\nQ> old\nQ> text\n"},
	{"Gmail, wrapped", "NThanks.\n\nQOn Mon, Jan 5, 2026 at 10:00 AM John Smith <john.smith@relay.example>\nQwrote:\n\nQ> old\n"},
	{"Gmail, three lines", "NOk\nQOn Mon, Jan 5, 2026 at\nQ10:00 AM John Smith <john.smith@relay.example>\nQwrote:\nQ> old\n"},
	{"Apple Mail", "NOk\n\nQOn 5 Jan 2026, at 10:00, John <j@x.com> wrote:\nQ\nQ> old\n"},
	{"Apple Mail, forwarded", "NSee below\n\nQBegin forwarded message:\nQ\nQFrom: a@b.com\nQSubject: x\nQold\n"},
	{"no marks behind an attribution", "NOk\n\nQOn 5 Jan 2026, at 10:00, John <j@x.com> wrote:\nQ\nQold text\nQmore\n"},
	{"reply below", "QOn Jan 5, 2026, John <j@x.com> wrote:\nQ> old\n\nNnew below\n"},
	{"interleaved", "NHi\nQ> first?\nNyes\nQ> second?\nNno\n"},
	{"above and below", "NHi\nQOn Jan 5, 2026, J <j@x.com> wrote:\nQ> q\nNbelow\n"},
	{"nested quotes", "Nnew\nQ> a\nQ> > b\nQ>> c\n"},
	{"quoted blank lines", "Nnew\nQ> a\nQ>\nQ> b\n"},
	{"indented mark", "Nnew\nQ  > a\n"},
	{"attribution without a date", "NOk\nQJohn Smith wrote:\nQ> old\n"},
	{"prose that says wrote", "NThe customer wrote:\nNplease call me\n"},
	{"prose with On", "NOn Monday we shipped it.\nNBye\n"},
	{"prose with On and a colon", "NOn arrival do this:\nNopen the box\n"},
	{"German", "NDanke\n\nQAm 05.01.2026 um 10:00 schrieb Hans <h@x.de>:\nQ> alt\n"},
	{"German, short", "NDanke\n\nQAm Mo., 5. Jan. 2026 um 10:00 Uhr schrieb Hans M\xC3\xBCller <h@x.de>:\nQ\nQ> alt\n"},
	{"French", "NMerci\n\nQLe lun. 5 janv. 2026 \xC3\xA0 10:00, Jean <j@x.fr> a \xC3\xA9" "crit :\nQ\nQ> vieux\n"},
	{"French, wrapped", "NMerci\n\nQLe lun. 5 janv. 2026 \xC3\xA0 10:00, Jean <j@x.fr> a\nQ\xC3\xA9" "crit :\nQ> vieux\n"},
	{"Spanish", "NGracias\n\nQEl lun, 5 ene 2026 a las 10:00, Juan (<j@x.es>) escribi\xC3\xB3:\nQ\nQ> viejo\n"},
	{"Portuguese", "NObrigado\n\nQEm seg., 5 de jan. de 2026 \xC3\xA0s 10:00, J <j@x.br> escreveu:\nQ> velho\n"},
	{"Italian", "NGrazie\n\nQIl giorno lun 5 gen 2026 alle ore 10:00 G <g@x.it> ha scritto:\nQ> vecchio\n"},
	{"Dutch", "NDank\n\nQOp ma 5 jan. 2026 om 10:00 schreef J <j@x.nl>:\nQ> oud\n"},
	{"Chinese Gmail", "N好的\n\nQJohn <j@x.com> 于2026年1月5日周一 10:00写道：\nQ\nQ> 旧\n"},
	{"Chinese NetEase", "NThanks\n\nQ在 2026-01-05 10:00:00，\"John\" <j@x.com> 写道：\nQ\nQold text\n"},
	{"Traditional Chinese", "N好\n\nQJohn <j@x.com> 於 2026年1月5日 週一 上午10:00寫道：\nQ> old\n"},
	{"QQ", "N好的\n\nQ------------------ 原始邮件 ------------------\nQ发件人: \"a\" <a@qq.com>;\nQ主题: x\nQ\nQold\n"},
	{"QQ with spaces", "N好\n\nQ------------------\xC2\xA0原始邮件\xC2\xA0------------------\nQold\n"},
	{"Foxmail", "NOk\n\nQ发件人： John\nQ发送时间： 2026-01-05 10:00\nQ收件人： shop\nQ主题： Re: order\nQold\n"},
	{"Foxmail with rule", "NOk\n\nQ________________________________\nQ发件人： John\nQ发送时间： 2026-01-05\nQ收件人： shop\nQ主题： Re\nQold\n"},
	{"Outlook", "NOk\n\nQFrom: John <j@x.com>\nQSent: Monday, January 5, 2026 10:00 AM\nQTo: Shop\nQSubject: RE: order\nQ\nQold\nQ> older\nQolder\n"},
	{"Outlook, bold", "NOk\n\nQ*From:* John <j@x.com>\nQ*Sent:* Monday\nQ*To:* Shop\nQ*Subject:* RE: order\nQold\n"},
	{"Outlook web", "NOk\n\nQ________________________________\nQ\nQFrom: John <j@x.com>\nQSent: Monday\nQTo: Shop\nQSubject: RE\nQold\n"},
	{"Outlook separator", "NOk\n-\nQ-----Original Message-----\nQFrom: John\nQold\n"},
	{"Outlook German", "NOk\n\nQVon: Hans <h@x.de>\nQGesendet: Montag\nQAn: Shop\nQBetreff: AW: x\nQalt\n"},
	{"Outlook French", "NOk\n\nQDe : Jean <j@x.fr>\nQEnvoy\xC3\xA9 : lundi\nQ\xC3\x80 : Shop\nQObjet : RE: x\nQvieux\n"},
	{"Outlook Spanish", "NOk\n\nQDe: Juan <j@x.es>\nQEnviado el: lunes\nQPara: Shop\nQAsunto: RE: x\nQviejo\n"},
	{"Outlook Portuguese", "NOk\n\nQDe: J <j@x.br>\nQEnviada em: segunda\nQPara: Shop\nQAssunto: RES: x\nQvelho\n"},
	{"Outlook Italian", "NOk\n\nQDa: G <g@x.it>\nQInviato: luned\xC3\xAC\nQA: Shop\nQOggetto: R: x\nQvecchio\n"},
	{"German separator", "NOk\n\nQ-----Urspr\xC3\xBCngliche Nachricht-----\nQVon: H\nQalt\n"},
	{"Forwarded by Gmail", "NFYI\n\nQ---------- Forwarded message ---------\nQFrom: a\nQ\nQold\n"},
	{"Russian Gmail", "NOk\n\nQпн, 5 янв. 2026 г. в 10:00, Иван <i@x.ru>:\nQ\nQ> old\n"},
	{"Japanese Gmail", "NOk\n\nQ2026年1月5日(月) 10:00 J <j@x.jp>:\nQ> old\n"},
	{"Polish Gmail", "NOk\n\nQpon., 5 sty 2026 o 10:00 J <j@x.pl> napisa\xC5\x82(a):\nQ> old\n"},
	{"Yahoo", "NOk\n\nQOn Monday, January 5, 2026 at 10:00:00 AM EST, J <j@x.com> wrote:\nQ\nQ> old\n"},
	{"NetEase, replied", "NOk\n\nQ---- Replied Message ----\nQ| From | John<j@x.com> |\nQold\n"},
	{"NetEase, English", "NOk\n\nQAt 2026-01-05 10:00:00, \"John\" <j@x.com> wrote:\nQ>old\n"},
	{"QQ, English", "NOk\n\nQ---Original---\nQFrom: \"J\"<j@x.com>\nQold\n"},
	{"Samsung", "NOk\n\nQ-------- Original message --------\nQFrom: J\nQold\n"},
	{"a time and a colon in prose", "NCall 10:00-12:00 on 5 Jan 2026 at:\nNthe shop\n"},
	{"labels in prose", "NFrom: the warehouse\nNit left on Monday.\n"},
	{"a rule in prose", "Nfirst\nN-----------\nNsecond\n"},
	{"signature", "NOk\nS-- \nSTom\nSBest Gadgets\n"},
	{"signature before a quote", "NOk\nS-- \nSTom\nQ> old\n"},
	{"two dashes", "NOk\nS--\nSTom\n"},
	{"long after dashes", "NOk\nN-- \nN1\nN2\nN3\nN4\nN5\nN6\nN7\nN8\nN9\nN10\nN11\nN12\nN13\nN14\n"},
	{"iPhone", "NOk\n\nSSent from my iPhone\n\nQ> old\n"},
	{"Outlook for iOS", "NOk\nSGet Outlook for iOS <https://aka.ms/o0ukef>\n"},
	{"iPhone, Chinese", "NOk\nS发自我的iPhone\n"},
	{"iPhone, Spanish", "NOk\nSEnviado desde mi iPhone\n"},
	{"iPhone, German", "NOk\nSVon meinem iPhone gesendet\n"},
	{"iPhone, French", "NOk\nSEnvoy\xC3\xA9 de mon iPhone\n"},
	{"text after an iPhone line", "NOk\nSSent from my iPhone\nNand more\n"},
	{"closing", "NIt is on its way.\n\nSBest regards,\nSTom\nSBest Gadgets LLC\n"},
	{"closing before a quote", "NIt is on its way.\n\nSKind regards\nSTom\n\nQOn 5 Jan 2026, J <j@x.com> wrote:\nQ> old\n"},
	{"closing in the middle", "NBest regards,\nNTom\nNBy the way, you could also consider our other products, which are really much better than this one.\n"},
	{"Yahoo, Spanish", "NOk\n\nQEn lunes, 5 de enero de 2026, 10:00:00 CET, J <j@x.es> escribió:\nQ\nQ> viejo\n"},
	{"Yahoo, German", "NOk\n\nQAm Montag, 5. Januar 2026 um 10:00:00 MEZ hat J <j@x.de> Folgendes geschrieben:\nQ\nQ> alt\n"},
	{"Yahoo, Portuguese", "NOk\n\nQEm segunda-feira, 5 de janeiro de 2026 10:00:00 BRT, J <j@x.br> escreveu:\nQ\nQvelho\n"},
	{"Yahoo, Italian", "NOk\n\nQIl lunedì 5 gennaio 2026 10:00:00 CET, J <j@x.it> ha scritto:\nQ\nQvecchio\n"},
	{"Yahoo, French", "NOk\n\nQLe lundi 5 janvier 2026 à 10:00:00 UTC+1, J <j@x.fr> a écrit :\nQ\nQvieux\n"},
	{"Apple Mail, German", "NOk\n\nQAm 05.01.2026 um 10:00 schrieb J <j@x.de>:\nQ\nQalt\n"},
	{"Apple Mail, Spanish", "NOk\n\nQEl 5 ene 2026, a las 10:00, J <j@x.es> escribió:\nQ\nQ> viejo\n"},
	{"Apple Mail, Chinese", "NOk\n\nQ在 2026年1月5日，上午10:00，John <j@x.com> 写道：\nQ\nQ> old\n"},
	{"Apple Mail, quoted attribution", "NOk\n\nQ> On Jan 5, 2026, at 10:00 AM, John <j@x.com> wrote:\nQ> \nQ> old\n"},
	{"Apple Mail, Italian", "NOk\n\nQIl giorno 5 gen 2026, alle ore 10:00, G <g@x.it> ha scritto:\nQ\nQvecchio\n"},
	{"Apple Mail, Portuguese", "NOk\n\nQEm 5 de jan. de 2026, à(s) 10:00, J <j@x.br> escreveu:\nQ\nQvelho\n"},
	{"Outlook for iOS", "NOk\n\nSGet Outlook for iOS\nQ________________________________\nQFrom: John <j@x.com>\nQSent: Monday, January 5, 2026 10:00:00 AM\nQTo: Shop <s@x.com>\nQSubject: Re: order\nQ\nQold\n"},
	{"Outlook for Android, Chinese", "NOk\n\nS获取 Outlook for Android\nQ________________________________\nQ发件人: John <j@x.com>\nQ发送时间: 星期一\nQ收件人: Shop\nQ主题: Re: order\nQ\nQold\n"},
	{"Outlook, Chinese", "N好的\n\nQ发件人: John <j@x.com>\nQ发送时间: 2026年1月5日 10:00\nQ收件人: Shop\nQ主题: 回复: order\nQ\nQold\n"},
	{"Outlook, new Spanish", "NOk\n\nQDe: Juan <j@x.es>\nQFecha: lunes, 5 de enero de 2026, 10:00\nQPara: Shop\nQAsunto: Re: x\nQviejo\n"},
	{"Outlook, Mac", "NOk\n\nQFrom: John <j@x.com>\nQDate: Monday, January 5, 2026 at 10:00 AM\nQTo: Shop\nQSubject: Re: x\nQold\n"},
	{"Outlook, German Mac", "NOk\n\nQVon: Hans <h@x.de>\nQDatum: Montag, 5. Januar 2026 um 10:00\nQAn: Shop\nQBetreff: Re: x\nQalt\n"},
	{"QQ, full", "N好的\n\nQ------------------ Original ------------------\nQFrom: \"J\";<j@x.com>;\nQDate: Mon, Jan 5, 2026 10:00 AM\nQTo: \"shop\";\nQSubject: Re: x\nQ\nQold\n"},
	{"QQ, replied", "N好的\n\nQ---原始邮件---\nQ发件人:\"J\"<j@x.com>\nQ发送时间:2026年1月5日\nQ收件人:\"shop\"\nQ主题:Re\nQold\n"},
	{"163", "NThanks\n\nQ在 2026-01-05 10:00:00，John <j@x.com> 写道：\nQ>old\nQ>old\n"},
	{"126, replied", "NOk\n\nQ---- 回复的原邮件 ----\nQ| 发件人 | John<j@x.com> |\nQ| 日期 | 2026年01月05日 10:00 |\nQ| 收件人 | shop |\nQ| 主题 | Re |\nQold\n"},
	{"Foxmail, English", "NOk\n\nNTom\n \nQFrom: John\nQDate: 2026-01-05 10:00\nQTo: shop\nQSubject: Re: order\nQold\n"},
	{"interleaved, with an attribution", "NHi\n\nQOn Jan 5, 2026, J <j@x.com> wrote:\nQ> Where is it?\n\nNIt left today.\n\nQ> And the refund?\n\nNTomorrow.\n"},
	{"at the bottom, with an attribution", "QOn Jan 5, 2026, J <j@x.com> wrote:\nQ> Where?\nQ>\nQ> J\n\nNIt left today.\nNTom\n"},
	{"Xiaomi", "NOk\nS发自我的小米手机\n"},
	{"Huawei", "NOk\nS发自我的华为手机\n"},
	{"Android, Spanish", "NOk\nSEnviado desde mi dispositivo Android\n"},
	{"Android, Portuguese", "NOk\nSEnviado do meu Android\n"},
	{"iPhone, Italian", "NOk\nSInviato da iPhone\n"},
	{"Yahoo Mail", "NOk\nSSent from Yahoo Mail for iPhone\n"},
	{"NetEase card", "NYour parcel left today.\n\nS| |\nSTom\nS|\nS|\nStom@163.com\nS|\nS签名由 网易邮箱大师 定制\n"},
	{"a bar in prose", "N| size | colour |\nN| 10 | red |\n"},
	{"sent from the warehouse", "NOk\nNSent from our warehouse in Ohio, your parcel is on its way to you and will arrive by Friday evening.\n"},
	{"legal notice", "NIt is on its way.\n\nDThis e-mail and any attachments are confidential and intended solely for the addressee.\nDIf you received it in error, please delete it.\n"},
	{"legal notice behind a signature", "NIt is on its way.\n\nSBest regards,\nSTom\n\nDCONFIDENTIALITY NOTICE: This message is intended only for the recipient and may contain privileged information. Any disclosure is prohibited.\n"},
	{"legal notice with a heading", "NOk.\n\nDDisclaimer\n\nDThe information in this email is confidential, for the intended recipient only; unauthorized use is prohibited.\n"},
	{"legal notice before a quote", "NOk.\n\nDThis email is confidential and intended for the recipient. Delete it if received in error.\n\nQOn 5 Jan 2026, J <j@x.com> wrote:\nQ> old\n"},
	{"legal notice, French", "NBien.\n\nDCe message est confidentiel et destiné exclusivement à son destinataire. Si vous l'avez reçu par erreur, merci de le supprimer.\n"},
	{"legal notice, German", "NGut.\n\nDDiese E-Mail ist vertraulich und nur für den Empfänger bestimmt. Die Weitergabe ist nicht gestattet.\n"},
	{"legal notice, Spanish", "NBien.\n\nDEste correo electrónico es confidencial y para uso exclusivo de su destinatario. Queda prohibida su divulgación.\n"},
	{"legal notice, Chinese", "N好的。\n\nD本邮件及其附件含有保密信息，仅限于发送给特定收件人，禁止任何其他人以任何形式使用或披露。如果您错收了本邮件，请删除。\n"},
	{"text behind a legal notice", "NOk.\n\nDThis e-mail is confidential and intended solely for the addressee; delete it if received in error.\n\nNVisit our shop for the best offers of the year.\n"},
	{"opens like a notice", "NHi,\n\nNThis message is to let you know that your parcel has left our warehouse and arrives on Friday.\n"},
	{"a notice alone", "NThis e-mail is confidential and intended solely for the addressee; delete it if received in error.\n"},
	{"confidential in prose", "NHi,\n\nNConfidential details such as your card number are never asked for by us, please delete such mails.\n"},
	{"thanks is not a closing", "NThanks\nNwe will look into it\n"},
};

static size_t count_segments(struct arena *arena, struct slice text, struct mail_segment **segments)
{
	size_t count = 0;
	const char *at = text.ptr;

	*segments = NULL;
	assert_int_equal(segment_split(arena, text, 3, segments, &count), 0);
	for (size_t i = 0; i < count; i++) {
		assert_ptr_equal((*segments)[i].text.ptr, at);
		assert_int_equal((*segments)[i].part, 3);
		if (i > 0)
			assert_int_not_equal((*segments)[i].kind, (*segments)[i - 1].kind);
		at += (*segments)[i].text.len;
	}
	assert_ptr_equal(at, text.ptr + text.len);
	return count;
}

static char letter_at(const struct mail_segment *segments, size_t count, const char *at)
{
	for (size_t i = 0; i < count; i++) {
		if (at >= segments[i].text.ptr && at < segments[i].text.ptr + segments[i].text.len)
			return "?NQSD"[segments[i].kind];
	}
	return '?';
}

/* Removes the letters from lines into text, with the given line end; letters has one for each line. */
static void unmark(const char *lines, const char *eol, struct buf *text, struct buf *letters)
{
	while (*lines != '\0') {
		const char *end = strchr(lines, '\n');
		bool marked = strchr("NQSD", *lines) != NULL && end != lines;

		buf_add_char(letters, marked ? *lines : ' ');
		buf_add(text, lines + marked, (size_t)(end - lines) - marked);
		buf_add_str(text, eol);
		lines = end + 1;
	}
}

static int check_reply(const char *name, const char *lines, const char *eol)
{
	int wrong = 0;
	struct arena *arena = arena_new(1 << 20);
	struct buf text = {0}, letters = {0};
	struct mail_segment *segments;
	const char *at;
	size_t count;

	unmark(lines, eol, &text, &letters);
	count = count_segments(arena, buf_slice(&text), &segments);
	at = text.data;
	for (size_t i = 0; i < letters.len; i++) {
		char got = letter_at(segments, count, at);

		if (letters.data[i] != ' ' && got != letters.data[i])
			wrong += fprintf(stderr, "%s, line %zu: %c, wanted %c\n", name, i + 1, got, letters.data[i]) != 0;
		at = strstr(at, eol) + strlen(eol);
	}
	buf_free(&text);
	buf_free(&letters);
	arena_free(&arena);
	return wrong;
}

static void replies_are_split(void **state)
{
	int wrong = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(replies) / sizeof(replies[0]); i++) {
		wrong += check_reply(replies[i].name, replies[i].lines, "\n");
		wrong += check_reply(replies[i].name, replies[i].lines, "\r\n");
	}
	assert_int_equal(wrong, 0);
}

static void odd_texts_are_whole(void **state)
{
	static const char *const texts[] = {"", "\n", "\n\n\n", ">", "--", "-- ", "x", "> a\n\n\n", "\r\r\r", "\xFF\xFE>",
	    "On ", "From:", "-----Original Message-----"};
	struct mail_segment *segments;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct arena *arena = arena_new(1 << 16);

		assert_int_equal(count_segments(arena, slice_str(texts[i]), &segments), texts[i][0] != '\0');
		arena_free(&arena);
	}
}

static void segments_are_appended(void **state)
{
	struct arena *arena = arena_new(1 << 16), *tiny = arena_new(16);
	struct mail_segment *segments = NULL;
	size_t count = 0;

	(void)state;
	assert_int_equal(segment_split(arena, SLICE_LIT("a\n"), 0, &segments, &count), 0);
	assert_int_equal(segment_split(arena, SLICE_LIT("b\n> c\n"), 1, &segments, &count), 0);
	assert_int_equal(count, 3);
	assert_int_equal(segments[0].part, 0);
	assert_int_equal(segments[1].part, 1);
	assert_int_equal(segments[2].kind, SEGMENT_QUOTE);
	count = 0;
	assert_int_equal(segment_split(tiny, SLICE_LIT("a\n"), 0, &segments, &count), -1);
	arena_free(&arena);
	arena_free(&tiny);
}

static void floods_stay_linear(void **state)
{
	static const char *const pieces[] = {
		"a:\n", "From:\n", "On 1234 wrote\n", "-- \n", "> a\nb\n", "\n", "Best regards,\n", " ", "_____\n", "--\n\n\n\n",
		"On 5 Jan 2026 a@b ", "-----",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		struct arena *arena = arena_new((size_t)16 << 20);
		struct buf text = {0};
		struct mail_segment *segments;
		clock_t start = clock(); /* as in test_html.c */

		while (text.len < 2 << 20)
			buf_add_str(&text, pieces[i]);
		count_segments(arena, buf_slice(&text), &segments);
		if (clock() - start > 20 * CLOCKS_PER_SEC)
			fail_msg("'%s' took %ld ms", pieces[i], (long)((clock() - start) / (CLOCKS_PER_SEC / 1000)));
		buf_free(&text);
		arena_free(&arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replies_are_split),
		cmocka_unit_test(odd_texts_are_whole),
		cmocka_unit_test(segments_are_appended),
		cmocka_unit_test(floods_stay_linear),
	};

	return cmocka_run_group_tests_name("segment", tests, NULL, NULL);
}
