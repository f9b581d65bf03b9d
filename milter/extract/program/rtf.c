/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Basic text of RTF: what stands outside of the groups that describe fonts,
 * colours, styles and pictures, and the instructions of fields, where links
 * are. Groups are counted, not nested, so depth costs nothing.
 */
#include "extract/program/work.h"

#include <stdlib.h>
#include <string.h>

struct rtf {
	const char *data;
	size_t size, at;
	struct text *out;
	size_t depth;
	size_t skip_from; /* depth of the group that is left out; 0: none */
	size_t unicode_skip; /* characters after \uN that are its plain form */
	size_t pending;
};

/* Bytes 0x80 to 0x9f of Windows' code page 1252. */
static const unsigned short cp1252[32] = {
	0x20ac, 0xfffd, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0xfffd,
	0x017d, 0xfffd, 0xfffd, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a,
	0x0153, 0xfffd, 0x017e, 0x0178};

static void put(struct rtf *rtf, unsigned long c)
{
	if (rtf->skip_from != 0)
		return;
	if (rtf->pending > 0) {
		rtf->pending--;
		return;
	}
	text_rune(rtf->out, c);
}

static void put_byte(struct rtf *rtf, unsigned char c)
{
	put(rtf, c >= 0x80 && c < 0xa0 ? cp1252[c - 0x80] : c);
}

static int hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

static bool is(const char *word, size_t len, const char *name)
{
	return len == strlen(name) && memcmp(word, name, len) == 0;
}

static bool in(const char *word, size_t len, const char *const *names)
{
	for (; *names != NULL; names++)
		if (is(word, len, *names))
			return true;
	return false;
}

static void word_meaning(struct rtf *rtf, const char *word, size_t len, long number, bool has_number)
{
	static const char *const lines[] = {"par", "line", "row", "page", "sect", NULL};
	static const char *const groups[] = {"fonttbl", "colortbl", "stylesheet", "pict", "listtable", "themedata",
	    "listoverridetable", "datastore", "generator", "objdata", "latentstyles", "rsidtbl", "xmlnstbl", NULL};

	if (in(word, len, lines))
		put(rtf, '\n');
	else if (is(word, len, "tab") || is(word, len, "cell"))
		put(rtf, '\t');
	else if (is(word, len, "uc") && has_number)
		rtf->unicode_skip = number >= 0 && number < 16 ? (size_t)number : 1;
	else if (is(word, len, "u") && has_number) {
		rtf->pending = 0;
		put(rtf, (unsigned long)(number < 0 ? number + 65536 : number) & 0x1fffff);
		rtf->pending = rtf->skip_from == 0 ? rtf->unicode_skip : 0;
	} else if (in(word, len, groups) && rtf->skip_from == 0)
		rtf->skip_from = rtf->depth;
	else if (is(word, len, "bin") && number > 0)
		rtf->at += (size_t)number < rtf->size - rtf->at ? (size_t)number : rtf->size - rtf->at;
}

static void control_word(struct rtf *rtf)
{
	const char *word = rtf->data + rtf->at;
	size_t len = 0, left = rtf->size - rtf->at;
	bool negative, has_number;
	long number = 0;

	while (len < left && ((word[len] | 32) >= 'a' && (word[len] | 32) <= 'z'))
		len++;
	rtf->at += len;
	negative = rtf->at < rtf->size && rtf->data[rtf->at] == '-';
	rtf->at += negative;
	has_number = rtf->at < rtf->size && rtf->data[rtf->at] >= '0' && rtf->data[rtf->at] <= '9';
	for (; rtf->at < rtf->size && rtf->data[rtf->at] >= '0' && rtf->data[rtf->at] <= '9'; rtf->at++)
		if (number < 100000000)
			number = number * 10 + rtf->data[rtf->at] - '0';
	if (rtf->at < rtf->size && rtf->data[rtf->at] == ' ')
		rtf->at++;
	word_meaning(rtf, word, len, negative ? -number : number, has_number);
}

static bool at_word(const struct rtf *rtf, const char *word)
{
	return rtf->size - rtf->at > strlen(word) && memcmp(rtf->data + rtf->at, word, strlen(word)) == 0;
}

static void control(struct rtf *rtf)
{
	char c;

	if (rtf->at >= rtf->size)
		return;
	c = rtf->data[rtf->at];
	if ((c | 32) >= 'a' && (c | 32) <= 'z') {
		control_word(rtf);
		return;
	}
	rtf->at++;
	if (c == '\'' && rtf->size - rtf->at >= 2 && hex(rtf->data[rtf->at]) >= 0 && hex(rtf->data[rtf->at + 1]) >= 0) {
		put_byte(rtf, (unsigned char)(hex(rtf->data[rtf->at]) * 16 + hex(rtf->data[rtf->at + 1])));
		rtf->at += 2;
	} else if (c == '*') {
		/* groups that readers may ignore; a field's instruction has the link */
		if (rtf->skip_from == 0 && !at_word(rtf, "\\fldinst"))
			rtf->skip_from = rtf->depth;
	} else if (c == '\n' || c == '\r') {
		put(rtf, '\n');
	} else if (c == '~' || c == '_') {
		put(rtf, c == '~' ? ' ' : '-');
	} else if (c == '\\' || c == '{' || c == '}') {
		put(rtf, (unsigned char)c);
	}
}

void read_rtf(struct work *work, const char *data, size_t size)
{
	struct text out = {.max = work->max_output};
	struct rtf rtf = {.data = data, .size = size, .out = &out, .unicode_skip = 1};

	while (rtf.at < size) {
		char c = data[rtf.at++];

		if (c == '{') {
			rtf.depth++;
			rtf.pending = 0;
		} else if (c == '}') {
			if (rtf.skip_from != 0 && rtf.depth <= rtf.skip_from)
				rtf.skip_from = 0;
			rtf.depth -= rtf.depth > 0;
			rtf.pending = 0;
		} else if (c == '\\') {
			control(&rtf);
		} else if (c != '\r' && c != '\n' && c != '\0') {
			put_byte(&rtf, (unsigned char)c);
		}
	}
	out_text(work, out.data, out.len);
	if (out.full)
		out_limit(work, "output");
	if (memmem(data, size, "\\objdata", 8) != NULL)
		out_member(work, "object", "embedded object");
	text_free(&out);
}
