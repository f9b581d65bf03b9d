/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Legal notices that a firm's mail server puts below every mail. What opens
 * like one must also speak like one, a paragraph at a time, so that a reply's own
 * words stay what they are: new text.
 */
#include "mail/segment_lines.h"

#define NOTICE_BYTES_MAX 4000
#define NOTICE_BYTES_MIN 60
#define NOTICE_WORDS 3 /* legal words of different kinds */

static bool opens(struct slice s)
{
	static const char *const openings[] = {
		"this e-mail", "this email", "this message", "this communication", "this transmission", "this electronic",
		"the information contained in this", "the information in this", "the information transmitted",
		"the content of this", "the contents of this", "confidentiality", "confidential", "disclaimer",
		"legal notice", "legal disclaimer", "important notice", "notice:", "privileged", "e-mail disclaimer",
		"email disclaimer", "if you are not the intended", "if you have received this",
		"ce message", "ce courriel", "ce mail", "cet e-mail", "cet email", "avis de confidentialit", "avertissement",
		"les informations contenues", "diese e-mail", "diese email", "diese nachricht", "der inhalt dieser",
		"haftungsausschluss", "vertraulichkeitshinweis", "este correo", "este mensaje", "este e-mail", "este email",
		"aviso legal", "aviso de confidencialidad", "la informaci\xC3\xB3n contenida", "esta mensagem", "esta mensaje",
		"aviso de confidencialidade", "questa e-mail", "questo messaggio", "questa comunicazione",
		"avviso di riservatezza", "本邮件", "此邮件", "本电子邮件", "此电子邮件", "这封邮件", "保密声明", "保密提示",
		"免责声明", "声明：", "声明:", "本郵件", "此郵件", "本電子郵件", "保密聲明", "免責聲明", NULL,
	};

	while (s.len > 0 && (s.ptr[0] == '*' || s.ptr[0] == '_' || s.ptr[0] == '[' || s.ptr[0] == '('))
		s = slice_sub(s, 1, s.len);
	return slice_case_prefix_of(s, openings);
}

/* How many of the things that such notices speak of stand in s. */
static int count_legal(struct slice s)
{
	/* Of each kind, its words in the languages of the openings. */
	static const char *const words[][10] = {
		{"confiden", "vertraulich", "riservat", "保密", "机密", "機密", NULL},
		{"privileged", "legally", "secret professionnel", "rechtlich gesch", "privilegiad", NULL},
		{"recipient", "addressee", "destinatair", "destinatari", "empf\xC3\xA4nger", "adressat", "收件人", "接收者", "收件者", NULL},
		{"intended", "solely for", "exclusiv", "ausschlie\xC3\x9Flich", "bestimmt", "特定", "仅供", "僅供", NULL},
		{"in error", "by mistake", "par erreur", "irrt\xC3\xBCmlich", "por error", "por erro", "per errore", "误收", "错误", "誤收"},
		{"delete", "destroy", "supprimer", "d\xC3\xA9truire", "l\xC3\xB6schen", "vernichten", "elimin", "删除", "刪除", NULL},
		{"prohibited", "interdit", "untersagt", "nicht gestattet", "prohibid", "proibid", "vietat", "禁止", "不得", NULL},
		{"disclos", "disseminat", "distribution", "divulg", "weitergabe", "diffusion", "披露", "泄露", "散布", NULL},
		{"unauthori", "non autoris", "unbefugt", "no autorizad", "n\xC3\xA3o autorizad", "未经授权", "未經授權", "授权", NULL},
		{"virus", "liability", "liable", "responsabilit", "haftung", "病毒", "责任", "法律", NULL},
	};
	int count = 0;

	for (size_t kind = 0; kind < sizeof(words) / sizeof(words[0]); kind++) {
		bool found = false;

		for (size_t i = 0; i < 10 && words[kind][i] != NULL && !found; i++)
			found = line_has(s, words[kind][i]);
		count += found;
	}
	return count;
}

/* The end of the paragraph at at: an empty line, a quoted one, or too much text (0). */
static size_t paragraph_end(struct slice text, size_t at)
{
	size_t start = at;
	struct line line;

	while (line_read(text, at, &line) && line.trimmed.len > 0 && !line_is_quoted(&line)) {
		at = line.next;
		if (at - start > NOTICE_BYTES_MAX)
			return 0;
	}
	return at;
}

size_t disclaimer_end(struct slice text, size_t at)
{
	struct line line;
	size_t end;

	if (!line_read(text, at, &line) || !opens(line.trimmed))
		return 0;
	end = paragraph_end(text, at);
	/* a heading of its own */
	if (end != 0 && end - at < NOTICE_BYTES_MIN && line_read(text, end, &line) && line.trimmed.len == 0)
		end = paragraph_end(text, line.next);
	if (end == 0 || end - at < NOTICE_BYTES_MIN || count_legal(slice_sub(text, at, end - at)) < NOTICE_WORDS)
		return 0;
	return end;
}
