/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How quoted history begins: attributions, separators and header blocks of
 * mail programs, in the languages sellers and customers write.
 */
#include "mail/segment_lines.h"

#include <string.h>

#define LINE_MAX_READ 1000   /* longer lines are prose */
#define ATTRIBUTION_LINES 4
#define ATTRIBUTION_BYTES 500
#define HEADER_LINES 12      /* looked through for the other labels */
#define RULE_MIN 5           /* dashes of a separator */

bool line_read(struct slice text, size_t at, struct line *line_r)
{
	const char *end;

	if (at >= text.len)
		return false;
	end = memchr(text.ptr + at, '\n', text.len - at);
	line_r->next = end != NULL ? (size_t)(end - text.ptr) + 1 : text.len;
	line_r->trimmed = slice_trim(slice_sub(text, at, line_r->next - at));
	while (line_r->trimmed.len >= 2 && memcmp(line_r->trimmed.ptr, "\xC2\xA0", 2) == 0)
		line_r->trimmed = slice_trim(slice_sub(line_r->trimmed, 2, line_r->trimmed.len));
	return true;
}

bool line_is_quoted(const struct line *line)
{
	return line->trimmed.len > 0 && line->trimmed.ptr[0] == '>';
}

bool line_has(struct slice s, const char *needle)
{
	return slice_case_find(s, slice_str(needle)) >= 0;
}

/* Reads at most as many blank lines as a mail program puts there. */
static bool read_near(struct slice text, size_t at, struct line *line_r)
{
	for (int i = 0; i < 4 && line_read(text, at, line_r); i++) {
		if (line_r->trimmed.len != 0)
			return true;
		at = line_r->next;
	}
	return false;
}

/* "From", "Date" ... as header blocks in a body name them. */
enum label { LABEL_NONE, LABEL_FROM = 1, LABEL_DATE = 2, LABEL_TO = 4, LABEL_SUBJECT = 8, LABEL_CC = 16 };

static const struct { const char *text; enum label label; } labels[] = {
	{"from", LABEL_FROM}, {"sender", LABEL_FROM}, {"von", LABEL_FROM}, {"de", LABEL_FROM}, {"da", LABEL_FROM},
	{"van", LABEL_FROM}, {"od", LABEL_FROM}, {"fr\xC3\xA5n", LABEL_FROM}, {"expéditeur", LABEL_FROM},
	{"remitente", LABEL_FROM}, {"remetente", LABEL_FROM}, {"mittente", LABEL_FROM}, {"absender", LABEL_FROM},
	{"发件人", LABEL_FROM}, {"寄件者", LABEL_FROM}, {"寄件人", LABEL_FROM}, {"發件人", LABEL_FROM},
	{"差出人", LABEL_FROM}, {"보낸 사람", LABEL_FROM}, {"от", LABEL_FROM},
	{"sent", LABEL_DATE}, {"date", LABEL_DATE}, {"gesendet", LABEL_DATE}, {"datum", LABEL_DATE},
	{"envoyé", LABEL_DATE}, {"date d'envoi", LABEL_DATE}, {"enviado", LABEL_DATE}, {"enviado el", LABEL_DATE},
	{"enviada em", LABEL_DATE}, {"enviado em", LABEL_DATE}, {"enviada", LABEL_DATE}, {"fecha", LABEL_DATE},
	{"data", LABEL_DATE}, {"inviato", LABEL_DATE}, {"verzonden", LABEL_DATE}, {"wysłano", LABEL_DATE},
	{"skickat", LABEL_DATE}, {"发送时间", LABEL_DATE}, {"发送日期", LABEL_DATE}, {"日期", LABEL_DATE},
	{"时间", LABEL_DATE}, {"寄件日期", LABEL_DATE}, {"傳送時間", LABEL_DATE}, {"寄送時間", LABEL_DATE},
	{"發送時間", LABEL_DATE}, {"送信日時", LABEL_DATE}, {"日付", LABEL_DATE}, {"отправлено", LABEL_DATE},
	{"to", LABEL_TO}, {"an", LABEL_TO}, {"à", LABEL_TO}, {"para", LABEL_TO}, {"a", LABEL_TO}, {"aan", LABEL_TO},
	{"do", LABEL_TO}, {"till", LABEL_TO}, {"destinataire", LABEL_TO}, {"empfänger", LABEL_TO},
	{"收件人", LABEL_TO}, {"收件者", LABEL_TO}, {"宛先", LABEL_TO}, {"받는 사람", LABEL_TO}, {"кому", LABEL_TO},
	{"subject", LABEL_SUBJECT}, {"betreff", LABEL_SUBJECT}, {"objet", LABEL_SUBJECT}, {"asunto", LABEL_SUBJECT},
	{"assunto", LABEL_SUBJECT}, {"oggetto", LABEL_SUBJECT}, {"onderwerp", LABEL_SUBJECT},
	{"temat", LABEL_SUBJECT}, {"ämne", LABEL_SUBJECT}, {"主题", LABEL_SUBJECT}, {"主旨", LABEL_SUBJECT},
	{"主題", LABEL_SUBJECT}, {"件名", LABEL_SUBJECT}, {"제목", LABEL_SUBJECT}, {"тема", LABEL_SUBJECT},
	{"cc", LABEL_CC}, {"kopie", LABEL_CC}, {"抄送", LABEL_CC}, {"副本", LABEL_CC}, {"reply-to", LABEL_CC},
};

static bool is_wide_colon(struct slice s, size_t at)
{
	return s.ptr[at] == '\xEF' && slice_eq_str(slice_sub(s, at, 3), "：");
}

/* The label that a line begins with, "*From:*" and "From :" too. */
static enum label line_label(struct slice s)
{
	size_t colon = 0;
	struct slice name;

	while (s.len > 0 && (s.ptr[0] == '*' || s.ptr[0] == '_'))
		s = slice_sub(s, 1, s.len);
	while (colon < s.len && colon < 32 && s.ptr[colon] != ':' && !is_wide_colon(s, colon))
		colon++;
	if (colon == s.len || colon == 32)
		return LABEL_NONE;
	name = slice_trim(slice_sub(s, 0, colon));
	while (name.len > 0 && (name.ptr[name.len - 1] == '*' || name.ptr[name.len - 1] == '_'))
		name.len--;
	if (slice_case_suffix(name, "\xC2\xA0"))
		name.len -= 2;
	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		if (slice_case_eq_str(name, labels[i].text))
			return labels[i].label;
	}
	return LABEL_NONE;
}

/* A header block: a sender's line, and at least two other labels near below. */
static bool is_header_block(struct slice text, size_t at)
{
	unsigned seen = 0;
	struct line line;

	if (!line_read(text, at, &line) || line_label(line.trimmed) == LABEL_NONE)
		return false;
	for (int i = 0; i < HEADER_LINES && line_read(text, at, &line); i++) {
		seen |= line_label(line.trimmed);
		at = line.next;
	}
	return (seen & LABEL_FROM) != 0 && (seen & (LABEL_DATE | LABEL_SUBJECT)) != 0 &&
	    ((seen & LABEL_TO) != 0) + ((seen & LABEL_DATE) != 0) + ((seen & LABEL_SUBJECT) != 0) >= 2;
}

/* Without outer white space, non-breaking spaces too. */
static struct slice trim_wide(struct slice s)
{
	s = slice_trim(s);
	while (slice_case_prefix(s, "\xC2\xA0"))
		s = slice_trim(slice_sub(s, 2, s.len));
	while (slice_case_suffix(s, "\xC2\xA0"))
		s = slice_trim(slice_sub(s, 0, s.len - 2));
	return s;
}

/* The words of a separator without its rule; empty when there are no rules. */
static struct slice between_rules(struct slice s)
{
	size_t n = 0;

	while (n < s.len && (s.ptr[n] == '-' || s.ptr[n] == '_' || s.ptr[n] == '='))
		n++;
	s = trim_wide(slice_sub(s, n, s.len));
	if (n < 2)
		return SLICE_NONE;
	while (s.len > 0 && (s.ptr[s.len - 1] == '-' || s.ptr[s.len - 1] == '_' || s.ptr[s.len - 1] == '='))
		s.len--;
	return trim_wide(s);
}

static bool is_separator(struct slice s)
{
	static const char *const words[] = {
		"original message", "original appointment", "forwarded message", "original email", "original mail",
		"replied message", "reply message", "forwarded mail", "forwarded by",
		"ursprüngliche nachricht", "originalnachricht", "original-nachricht", "weitergeleitete nachricht",
		"message d'origine", "message d\xE2\x80\x99origine", "message original", "message initial", "message transféré", "mensaje original",
		"mensaje reenviado", "mensagem original", "mensagem encaminhada", "messaggio originale",
		"messaggio inoltrato", "oorspronkelijk bericht", "wiadomość oryginalna", "原始邮件", "原始郵件",
		"原邮件", "原始信件", "回复的原邮件", "回复邮件", "转发邮件", "转发的邮件", "转发的原邮件", "轉寄郵件", "元のメッセージ",
		"исходное сообщение", NULL,
	};
	struct slice inner = s.len <= 200 ? between_rules(s) : SLICE_NONE;

	if (inner.len == 0 || inner.len > 60)
		return false;
	return slice_case_prefix_of(inner, words) || slice_case_eq_str(inner, "original");
}

static bool is_forward_line(struct slice s)
{
	static const char *const words[] = {
		"begin forwarded message:", "anfang der weitergeleiteten nachricht:", "début du message réexpédié",
		"début du message transféré", "inicio del mensaje reenviado:", "início da mensagem reenviada:",
		"inizio messaggio inoltrato:", "开始转发的邮件", "下面是被转发的邮件", NULL,
	};

	return slice_case_prefix_of(s, words);
}

/* A line of underscores or dashes alone. */
static bool is_rule(struct slice s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] != s.ptr[0])
			return false;
	}
	return s.len >= RULE_MIN && (s.ptr[0] == '_' || s.ptr[0] == '-' || s.ptr[0] == '=');
}

static bool has_verb(struct slice s)
{
	static const char *const verbs[] = {
		"wrote", "writes", "schrieb", "schreef", "escribió", "escribio", "écrit", "ecrit", "escreveu",
		"ha scritto", "scrisse", "写道", "寫道", "写到", "skrev", "napisał", "пишет", "написал", "のメール",
		"さんは", "님이 작성", NULL,
	};

	for (size_t i = 0; verbs[i] != NULL; i++) {
		if (line_has(s, verbs[i]))
			return true;
	}
	return false;
}

static bool ends_with_colon(struct slice s)
{
	while (s.len > 0 && (s.ptr[s.len - 1] == '*' || s.ptr[s.len - 1] == '_' || s.ptr[s.len - 1] == ' '))
		s.len--;
	return slice_case_suffix(s, ":") || slice_case_suffix(s, "：");
}

/* "---- On Mon, 12 Jan 2026 ... wrote ----", as some help desks and web mailers have it. */
static bool is_ruled(struct slice s)
{
	return s.len > 8 && slice_case_prefix(s, "--") && slice_case_suffix(s, "--");
}

/* The start that attributions have when they may run over several lines. */
static bool has_opening(struct slice s)
{
	static const char *const openings[] = {
		"on ", "am ", "le ", "el ", "en ", "em ", "il ", "a ", "op ", "den ", "w dniu ", "at ", "在", "于", "於", "在 ",
		"date:", NULL,
	};
	bool ruled = slice_case_prefix(s, "--");
	size_t digits = 0;

	while (s.len > 0 && (s.ptr[0] == '*' || s.ptr[0] == '_' || (ruled && (s.ptr[0] == '-' || s.ptr[0] == ' '))))
		s = slice_sub(s, 1, s.len);
	if (slice_case_prefix_of(s, openings))
		return true;
	while (digits < s.len && s.ptr[digits] >= '0' && s.ptr[digits] <= '9')
		digits++;
	return digits >= 1 && digits <= 4 && s.len > digits + 8;
}

static bool has_date_or_address(struct slice s)
{
	int digits = 0;

	for (size_t i = 0; i < s.len; i++) {
		digits += s.ptr[i] >= '0' && s.ptr[i] <= '9';
		if (s.ptr[i] == '@')
			return true;
	}
	return digits >= 3;
}

/* "5 янв. 2026 г. в 10:00, Ivan <i@x.ru>:", as some languages have it without a verb. */
static bool has_date_and_address(struct slice s)
{
	int digits = 0;

	for (size_t i = 0; i < s.len; i++)
		digits += s.ptr[i] >= '0' && s.ptr[i] <= '9';
	return digits >= 5 && memchr(s.ptr, '@', s.len) != NULL && memchr(s.ptr, '<', s.len) != NULL;
}

/*
 * An attribution at at: its end, or 0. *sure_r when its opening says so too,
 * not just its verb and colon.
 */
static size_t find_attribution(struct slice text, size_t at, bool *sure_r)
{
	struct slice whole;
	struct line line;
	size_t start = at;

	for (int i = 0; i < ATTRIBUTION_LINES && line_read(text, at, &line); i++) {
		if (line.trimmed.len == 0 || line.trimmed.len > ATTRIBUTION_BYTES || line_is_quoted(&line))
			return 0;
		if (i == 0)
			*sure_r = has_opening(line.trimmed);
		if (i > 0 && !*sure_r)
			return 0;
		whole = slice_sub(text, start, line.next - start);
		if (whole.len > ATTRIBUTION_BYTES)
			return 0;
		if ((ends_with_colon(line.trimmed) || is_ruled(slice_trim(whole))) && (has_verb(whole) || has_date_and_address(whole))) {
			*sure_r = *sure_r && has_verb(whole) && has_date_or_address(whole);
			return *sure_r || whole.len <= 200 ? line.next : 0;
		}
		at = line.next;
	}
	return 0;
}

bool quote_rest_begins(struct slice text, size_t at)
{
	struct line line, next;
	bool sure = false;
	size_t end;

	if (!line_read(text, at, &line) || line.trimmed.len > LINE_MAX_READ)
		return false;
	if (is_separator(line.trimmed) || is_forward_line(line.trimmed))
		return true;
	if (is_rule(line.trimmed) && read_near(text, line.next, &next))
		return is_header_block(text, (size_t)(next.trimmed.ptr - text.ptr));
	if (is_header_block(text, at))
		return true;
	end = find_attribution(text, at, &sure);
	return end != 0 && sure && !(read_near(text, end, &next) && line_is_quoted(&next));
}

size_t attribution_end(struct slice text, size_t at)
{
	struct line next;
	bool sure = false;
	size_t end = find_attribution(text, at, &sure);

	if (end == 0 || !read_near(text, end, &next) || !line_is_quoted(&next))
		return 0;
	return end;
}
