/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signatures at the end of what was written now. A signature is excused
 * nothing but its language, so it must be short and stand at the end.
 */
#include "mail/segment_lines.h"

#include <string.h>

#define SIGNATURE_LINES 12
#define SIGNATURE_BYTES 1000
#define CLOSING_LINES 6
#define CARD_LINES 24
#define CLOSING_LINE_BYTES 80

/* "Sent from my iPhone", one line that a program adds. */
static bool is_client_line(struct slice s)
{
	static const char *const lines[] = {
		"sent from my ", "sent from mail for ", "sent from outlook", "sent from yahoo", "sent from samsung",
		"sent from proton", "sent via ", "sent with ", "sent using ", "get outlook for ", "get yahoo mail",
		"download outlook for", "von meinem ", "gesendet von ", "gesendet mit ", "holen sie sich outlook",
		"envoyé de mon ", "envoyé depuis ", "envoyé à partir de ", "obtenez outlook", "télécharger outlook",
		"enviado desde mi ", "enviado desde ", "enviado do meu ", "enviado a partir ", "obtener outlook",
		"obter o outlook", "inviato da ", "inviato dal mio", "scarica outlook", "ottieni outlook",
		"发自我的", "從我的", "从我的", "来自我的", "使用我的", "发送自", "傳送自", "获取 outlook", "獲取 outlook",
		"iPhoneから送信", "发自网易", "来自网易", "发自新浪", "发自foxmail", "从 iphone", "从iphone", "從我的", "傳自我的",
		"签名由", "signature is customized by netease", "signature is netease", "mit outlook", "mobil gesendet",
		"inviato con ", "inviato dall", "enviado con ", "enviado com ", "envoyé avec ", "verzonden vanaf ", "wysłane z ", "skickat från ", "отправлено с ", NULL,
	};

	return s.len <= 160 && slice_case_prefix_of(s, lines);
}

static bool is_closing(struct slice s)
{
	static const char *const closings[] = {
		"best regards", "kind regards", "warm regards", "warmest regards", "regards", "with regards", "many thanks and regards",
		"thanks and regards", "thanks & regards", "sincerely", "yours sincerely", "yours truly", "yours faithfully",
		"respectfully", "cordially", "best wishes", "with best wishes", "best", "cheers", "all the best",
		"mit freundlichen grüßen", "mit freundlichen gruessen", "freundliche grüße", "viele grüße",
		"beste grüße", "liebe grüße", "mfg", "cordialement", "bien cordialement", "bien à vous",
		"sincères salutations", "saludos", "saludos cordiales", "un saludo", "atentamente", "cordialmente",
		"atenciosamente", "com os melhores cumprimentos", "abraços", "cordiali saluti", "distinti saluti",
		"saluti", "此致", "敬礼", "祝好", "顺祝商祺", "谢谢", "met vriendelijke groet", "pozdrawiam",
		"med vänliga hälsningar", NULL,
	};
	size_t end = s.len;

	while (end > 0 && strchr(",.!~- ", s.ptr[end - 1]) != NULL)
		end--;
	if (end >= 3 && (memcmp(s.ptr + end - 3, "，", 3) == 0 || memcmp(s.ptr + end - 3, "！", 3) == 0))
		end -= 3;
	s.len = end;
	for (size_t i = 0; closings[i] != NULL; i++) {
		if (slice_case_eq_str(s, closings[i]))
			return true;
	}
	return false;
}


/* The end of at most max lines, each at most width bytes, that end the new text; or 0. */
static size_t short_end(struct slice text, size_t at, int max, size_t width)
{
	size_t start = at;
	struct line line;

	for (int i = 0, blank = 0; i <= max && blank < 2 * max; i++) {
		bool ended;

		if (!line_read(text, at, &line))
			return at;
		ended = line.trimmed.len == 0 ? false : line_is_quoted(&line) ||
		    quote_rest_begins(text, at) || attribution_end(text, at) != 0 || disclaimer_end(text, at) != 0;
		if (ended)
			return at;
		if (line.trimmed.len > width || line.next - start > SIGNATURE_BYTES)
			return 0;
		if (line.trimmed.len == 0) {
			blank++;
			i--;
		}
		at = line.next;
	}
	return 0;
}

static bool is_dashes(struct slice text, size_t at, const struct line *line)
{
	if (slice_eq_str(line->trimmed, "--") || slice_eq_str(line->trimmed, "\xE2\x80\x94"))
		return true;
	return at + 3 <= text.len && memcmp(text.ptr + at, "-- ", 3) == 0 && line->trimmed.len == 2;
}

/* NetEase's card: cells of a table, and last who made it. */
static size_t card_end(struct slice text, size_t at)
{
	size_t start = at;
	struct line line;

	for (int i = 0; i < CARD_LINES && line_read(text, at, &line) && line.next - start < SIGNATURE_BYTES; i++) {
		if (line_has(line.trimmed, "签名由") || line_has(line.trimmed, "Netease Mail Master") ||
		    line_has(line.trimmed, "网易邮箱大师"))
			return line.next;
		if (line.trimmed.len > CLOSING_LINE_BYTES || line_is_quoted(&line))
			return 0;
		at = line.next;
	}
	return 0;
}

size_t signature_end(struct slice text, size_t at)
{
	struct line line;

	if (!line_read(text, at, &line) || line.trimmed.len > 200)
		return 0;
	if (is_client_line(line.trimmed))
		return line.next;
	if (line.trimmed.len > 0 && line.trimmed.ptr[0] == '|')
		return card_end(text, at);
	if (is_dashes(text, at, &line))
		return short_end(text, line.next, SIGNATURE_LINES, 200);
	if (is_closing(line.trimmed))
		return short_end(text, line.next, CLOSING_LINES, CLOSING_LINE_BYTES);
	return 0;
}
