/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The words of lines that mail programs write around what they quote ("On
 * Mon, Nov 23, 2026 at 8:05 AM Ann <a@b> wrote:", "Sent: ..."). Such a line
 * is no part of any earlier message, and not the author's either.
 */
#include "engine/quotes.h"

#include <string.h>

/* Verbs, labels and separators. */
static const char *const signs[] = {
	"wrote", "writes", "schrieb", "schreef", "escribió", "escribio", "escreveu", "écrit", "ecrit", "scritto", "napisał",
	"skrev", "пишет", "написал", "写", "寫", "from", "sent", "date", "to", "cc", "subject", "von", "gesendet",
	"datum", "an", "betreff", "de", "envoyé", "enviado", "enviada", "fecha", "para", "asunto", "assunto", "objet",
	"oggetto", "inviato", "data", "original", "originalnachricht", "forwarded", "发", "件", "主", "收", "发送", "reply",
	"原", "始", "邮", NULL
};

/* Months and days by their first three letters, in languages that sellers' programs speak. */
static const char *const dates[] = {
	"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec", "ene", "abr", "ago", "dic",
	"fév", "fev", "avr", "mai", "jui", "aoû", "aou", "déc", "mär", "okt", "dez", "gen", "mag", "giu", "lug", "set",
	"ott", "out", "mei", "maa", "paź", "gru", "lut", "mon", "tue", "wed", "thu", "fri", "sat", "sun", "lun", "mar",
	"mié", "mie", "jue", "vie", "sáb", "sab", "dom", "mer", "jeu", "ven", "sam", "dim", "die", "mit", "don", "fre",
	"som", "son", "seg", "ter", "qua", "qui", "sex", "gio", "maa", "din", "woe", "vri", "zat", "zon", NULL
};

static const char *const fillers[] = {
	"on", "at", "am", "pm", "le", "el", "em", "il", "um", "a", "à", "the", "via", "message", "nachricht", "mensaje",
	"mensagem", "messaggio", "begin", "utc", "gmt", "est", "pst", "edt", "pdt", "cst", "ha", "hat", "uhr", "las", "às",
	"os", "op", "om", "den", "kl", "ore", "ora", "re", "fw", "fwd", "aw", "sv", "o", "of", "mailto", "在", "于", "年",
	"月", "日", "道", "时", "间", "人", "题", "送", "上", "下", "午", "星", "期", "周", "一", "二", "三", "四", "五", "六",
	"件", "邮", NULL
};

static bool is_one(struct slice word, const char *const *list)
{
	for (; *list != NULL; list++)
		if (slice_case_eq_str(word, *list))
			return true;
	return false;
}

static bool is_month_or_day(struct slice word)
{
	for (const char *const *d = dates; word.len <= 12 && *d != NULL; d++)
		if (slice_case_prefix(word, *d))
			return true;
	return false;
}

/* A day, hour, minute or time zone: up to two digits, or four. */
static bool is_date_number(struct slice word)
{
	for (size_t i = 0; i < word.len; i++)
		if (word.ptr[i] < '0' || word.ptr[i] > '9')
			return false;
	return word.len < 3 || (word.len == 4 && word.ptr[0] <= '2');
}

static bool is_year(struct slice word)
{
	return word.len == 4 && (slice_case_prefix(word, "19") || slice_case_prefix(word, "20"));
}

enum frame_word frame_word_of(struct slice word)
{
	if (is_one(word, signs))
		return FRAME_SIGN;
	if (is_date_number(word))
		return is_year(word) ? FRAME_DATE : FRAME_NUMBER;
	if (is_one(word, fillers))
		return FRAME_FILLER;
	return is_month_or_day(word) ? FRAME_DATE : FRAME_NO;
}
