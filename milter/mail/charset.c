/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bytes in a declared charset to valid UTF-8. The declaration comes from a
 * stranger: whoever labels a text wrongly must not be able to hide it, so the
 * bytes are looked at first and a conversion never fails, it replaces.
 */
#include "mail/charset.h"

#include <errno.h>
#include <iconv.h>
#include <stdint.h>
#include <string.h>

#include "core/buf.h"
#include "core/text.h"

#define LABEL_MAX 40
#define REPLACEMENT "\xEF\xBF\xBD"

enum kind {
	KIND_UNKNOWN,
	KIND_NONE,    /* no label, or one that says nothing ("us-ascii") */
	KIND_UTF8,
	KIND_1252,
	KIND_SINGLE,  /* one byte a character, ASCII below 0x80 */
	KIND_MULTI,   /* multi-byte, ASCII below 0x80 */
	KIND_STATE,   /* seven bits with escapes: looks like ASCII and is not */
	KIND_HZ,
	KIND_WIDE16,
	KIND_WIDE32,
	KIND_EBCDIC
};

struct alias {
	const char *label;
	enum kind kind;
	const char *iconv; /* NULL: the label itself */
};

/* Exact labels first; what readers mean by a label, not what its standard says. */
static const struct alias aliases[] = {
	{"us-ascii", KIND_NONE, NULL}, {"ascii", KIND_NONE, NULL}, {"ansi_x3.4-1968", KIND_NONE, NULL},
	{"7bit", KIND_NONE, NULL}, {"8bit", KIND_NONE, NULL}, {"unknown-8bit", KIND_NONE, NULL},
	{"x-unknown", KIND_NONE, NULL}, {"default", KIND_NONE, NULL}, {"unknown", KIND_NONE, NULL},
	{"utf-8", KIND_UTF8, NULL}, {"utf8", KIND_UTF8, NULL}, {"unicode-1-1-utf-8", KIND_UTF8, NULL},
	{"utf8mb4", KIND_UTF8, NULL}, {"cp65001", KIND_UTF8, NULL}, {"utf-8-sig", KIND_UTF8, NULL},
	{"iso-8859-1", KIND_1252, NULL}, {"iso8859-1", KIND_1252, NULL}, {"iso_8859-1", KIND_1252, NULL},
	{"iso88591", KIND_1252, NULL}, {"latin1", KIND_1252, NULL}, {"latin-1", KIND_1252, NULL}, {"l1", KIND_1252, NULL},
	{"windows-1252", KIND_1252, NULL}, {"cp1252", KIND_1252, NULL}, {"cp-1252", KIND_1252, NULL},
	{"ansi", KIND_1252, NULL}, {"x-ansi", KIND_1252, NULL},
	{"iso-8859-9", KIND_SINGLE, "WINDOWS-1254"}, {"latin5", KIND_SINGLE, "WINDOWS-1254"},
	{"iso-8859-11", KIND_SINGLE, "CP874"}, {"tis-620", KIND_SINGLE, "CP874"}, {"windows-874", KIND_SINGLE, "CP874"},
	{"iso-8859-8-i", KIND_SINGLE, "ISO-8859-8"}, {"iso-8859-8-e", KIND_SINGLE, "ISO-8859-8"},
	{"macintosh", KIND_SINGLE, "MACINTOSH"}, {"x-mac-roman", KIND_SINGLE, "MACINTOSH"},
	{"x-mac-cyrillic", KIND_SINGLE, "MAC-CYRILLIC"}, {"mac", KIND_SINGLE, "MACINTOSH"},
	{"gb2312", KIND_MULTI, "GB18030"}, {"gbk", KIND_MULTI, "GB18030"}, {"gb18030", KIND_MULTI, "GB18030"},
	{"gb_2312-80", KIND_MULTI, "GB18030"}, {"gb-2312", KIND_MULTI, "GB18030"}, {"x-gbk", KIND_MULTI, "GB18030"},
	{"euc-cn", KIND_MULTI, "GB18030"}, {"cp936", KIND_MULTI, "GB18030"}, {"windows-936", KIND_MULTI, "GB18030"},
	{"ks_c_5601-1987", KIND_MULTI, "CP949"}, {"ks_c_5601", KIND_MULTI, "CP949"}, {"ks_c_5601-1989", KIND_MULTI, "CP949"},
	{"euc-kr", KIND_MULTI, "CP949"}, {"cp949", KIND_MULTI, "CP949"}, {"uhc", KIND_MULTI, "CP949"},
	{"windows-949", KIND_MULTI, "CP949"}, {"korean", KIND_MULTI, "CP949"},
	{"shift_jis", KIND_MULTI, "CP932"}, {"shift-jis", KIND_MULTI, "CP932"}, {"sjis", KIND_MULTI, "CP932"},
	{"x-sjis", KIND_MULTI, "CP932"}, {"ms_kanji", KIND_MULTI, "CP932"}, {"cp932", KIND_MULTI, "CP932"},
	{"windows-31j", KIND_MULTI, "CP932"},
	{"big5", KIND_MULTI, "BIG5-HKSCS"}, {"cn-big5", KIND_MULTI, "BIG5-HKSCS"}, {"x-x-big5", KIND_MULTI, "BIG5-HKSCS"},
	{"cp950", KIND_MULTI, "BIG5-HKSCS"},
	{"hz-gb-2312", KIND_HZ, NULL}, {"hz", KIND_HZ, NULL},
	{"utf-7", KIND_STATE, "UTF-7"}, {"utf7", KIND_STATE, "UTF-7"}, {"unicode-1-1-utf-7", KIND_STATE, "UTF-7"},
	{"cp65000", KIND_STATE, "UTF-7"}, {"x-utf-7", KIND_STATE, "UTF-7"},
	{"csiso2022jp", KIND_STATE, "ISO-2022-JP"}, {"csiso2022kr", KIND_STATE, "ISO-2022-KR"},
	{"cp50220", KIND_STATE, "ISO-2022-JP"}, {"cp50221", KIND_STATE, "ISO-2022-JP"},
	{"ucs-2", KIND_WIDE16, NULL}, {"unicode", KIND_WIDE16, NULL}, {"ucs-4", KIND_WIDE32, NULL},
	{"cp037", KIND_EBCDIC, "IBM037"}, {"cp500", KIND_EBCDIC, "CP500"}, {"cp1047", KIND_EBCDIC, "IBM1047"},
	{"cp273", KIND_EBCDIC, "IBM273"}, {"cp1140", KIND_EBCDIC, "IBM1140"}, {"ibm037", KIND_EBCDIC, NULL},
	{"ibm-037", KIND_EBCDIC, "IBM037"}, {"ibm273", KIND_EBCDIC, NULL}, {"ibm277", KIND_EBCDIC, NULL},
	{"ibm278", KIND_EBCDIC, NULL}, {"ibm280", KIND_EBCDIC, NULL}, {"ibm284", KIND_EBCDIC, NULL},
	{"ibm285", KIND_EBCDIC, NULL}, {"ibm297", KIND_EBCDIC, NULL}, {"ibm500", KIND_EBCDIC, "CP500"},
	{"ibm1026", KIND_EBCDIC, NULL}, {"ibm1047", KIND_EBCDIC, NULL}, {"ibm1140", KIND_EBCDIC, NULL},
};

/* Then families; iconv knows the members. */
static const struct alias families[] = {
	{"utf-16", KIND_WIDE16, NULL}, {"utf16", KIND_WIDE16, NULL}, {"ucs-2", KIND_WIDE16, NULL},
	{"utf-32", KIND_WIDE32, NULL}, {"utf32", KIND_WIDE32, NULL}, {"ucs-4", KIND_WIDE32, NULL},
	{"iso-2022-", KIND_STATE, NULL}, {"ebcdic", KIND_EBCDIC, NULL},
	{"euc-", KIND_MULTI, NULL}, {"eucjp", KIND_MULTI, "EUC-JP"}, {"johab", KIND_MULTI, NULL}, {"big5-", KIND_MULTI, NULL},
	{"iso-8859-", KIND_SINGLE, NULL}, {"iso8859-", KIND_SINGLE, NULL}, {"iso_8859-", KIND_SINGLE, NULL},
	{"latin", KIND_SINGLE, NULL}, {"windows-12", KIND_SINGLE, NULL}, {"cp12", KIND_SINGLE, NULL},
	{"cp4", KIND_SINGLE, NULL}, {"cp7", KIND_SINGLE, NULL}, {"cp8", KIND_SINGLE, NULL},
	{"ibm4", KIND_SINGLE, NULL}, {"ibm7", KIND_SINGLE, NULL}, {"ibm8", KIND_SINGLE, NULL},
	{"koi", KIND_SINGLE, NULL}, {"viscii", KIND_SINGLE, NULL}, {"tcvn", KIND_SINGLE, NULL},
	{"mac", KIND_SINGLE, NULL}, {"armscii", KIND_SINGLE, NULL}, {"georgian", KIND_SINGLE, NULL},
	{"hp-roman8", KIND_SINGLE, NULL}, {"pt154", KIND_SINGLE, NULL},
};

struct charset {
	enum kind kind;
	char name[LABEL_MAX + 1]; /* for iconv */
};

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/* Lower case, without quotes, spaces and RFC 2231's language; false when it can be no label. */
static bool label_clean(struct slice label, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < label.len; i++) {
		char c = lower(label.ptr[i]);

		if (c == '"' || c == '\'' || c == ' ' || c == '\t' || c == '\r' || c == '\n')
			continue;
		if (c == '*')
			break;
		if (n == LABEL_MAX || !((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || strchr("-_.:+", c) != NULL))
			return false;
		out[n++] = c;
	}
	out[n] = '\0';
	return true;
}

static void charset_find(struct slice label, struct charset *out)
{
	char clean[LABEL_MAX + 1];
	const struct alias *found = NULL;

	*out = (struct charset){.kind = KIND_UNKNOWN};
	if (!label_clean(label, clean))
		return;
	if (clean[0] == '\0') {
		out->kind = KIND_NONE;
		return;
	}
	for (size_t i = 0; found == NULL && i < sizeof(aliases) / sizeof(*aliases); i++)
		if (strcmp(aliases[i].label, clean) == 0)
			found = &aliases[i];
	for (size_t i = 0; found == NULL && i < sizeof(families) / sizeof(*families); i++)
		if (strncmp(families[i].label, clean, strlen(families[i].label)) == 0)
			found = &families[i];
	if (found == NULL)
		return;
	out->kind = found->kind;
	memcpy(out->name, clean, sizeof(clean));
	if (found->iconv != NULL)
		memcpy(out->name, found->iconv, strlen(found->iconv) + 1);
}

/* ---- outputs ----------------------------------------------------------- */

/* A cut must not leave half a character behind. */
static struct slice cut_at_character(struct slice s, size_t max)
{
	size_t n = max < s.len ? max : s.len;

	while (n > 0 && n < s.len && ((unsigned char)s.ptr[n] & 0xC0) == 0x80)
		n--;
	return slice_sub(s, 0, n);
}

/* What is converted so far: at most max bytes, the rest is cut at a whole character. */
struct sink {
	struct buf buf;
	size_t max;
	bool cut;
};

static void sink_add(struct sink *sink, struct slice s)
{
	struct slice fit = cut_at_character(s, sink->max - sink->buf.len);

	if (sink->cut)
		return;
	sink->cut = fit.len < s.len;
	buf_add_slice(&sink->buf, fit);
}

/* Nothing more is kept: the rest need not be converted. */
static bool sink_full(const struct sink *sink)
{
	return sink->cut || sink->buf.failed;
}

static int sink_out(struct arena *arena, struct sink *sink, struct charset_text *out)
{
	struct slice s = buf_slice(&sink->buf);

	out->cut = out->cut || sink->cut;
	out->text = s.len > 0 ? arena_slice(arena, s) : SLICE_LIT("");
	if (sink->buf.failed)
		out->text = SLICE_NONE;
	buf_free(&sink->buf);
	return out->text.ptr != NULL ? 0 : -1;
}

/* Length of the valid UTF-8 at the start of s. */
static size_t valid_prefix(struct slice s, size_t *wide_r)
{
	size_t at = 0;
	unsigned long cp;

	while ((at += slice_ascii_length(slice_sub(s, at, s.len))) < s.len) {
		size_t n = utf8_decode(slice_sub(s, at, s.len), &cp);

		if (n == 0)
			break;
		at += n;
		(*wide_r)++;
	}
	return at;
}

/* UTF-8 with bad bytes replaced; a view when there are none. */
static int out_utf8(struct arena *arena, struct slice in, size_t max, struct charset_text *out)
{
	struct sink sink = {.max = max};
	size_t wide = 0, good = valid_prefix(in, &wide);

	if (good == in.len) {
		out->text = cut_at_character(in, max);
		out->cut = out->cut || out->text.len < in.len;
		return 0;
	}
	out->broken = true;
	while (!sink_full(&sink)) {
		sink_add(&sink, slice_sub(in, 0, good));
		in = slice_sub(in, good, in.len);
		if (in.len == 0)
			break;
		sink_add(&sink, SLICE_LIT(REPLACEMENT));
		in = slice_sub(in, 1, in.len);
		good = valid_prefix(in, &wide);
	}
	return sink_out(arena, &sink, out);
}

/* Windows-1252 as browsers read it: every byte is a character. */
static int out_1252(struct arena *arena, struct slice in, size_t max, struct charset_text *out)
{
	static const uint16_t high[32] = {
		0x20AC, 0x81, 0x201A, 0x192, 0x201E, 0x2026, 0x2020, 0x2021,
		0x2C6, 0x2030, 0x160, 0x2039, 0x152, 0x8D, 0x17D, 0x8F,
		0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
		0x2DC, 0x2122, 0x161, 0x203A, 0x153, 0x9D, 0x17E, 0x178
	};
	struct sink sink = {.max = max};
	size_t plain = 0;

	for (size_t i = 0; i < in.len && !sink_full(&sink); i++) {
		unsigned char c = (unsigned char)in.ptr[i];
		unsigned cp = c >= 0x80 && c < 0xA0 ? high[c - 0x80] : c;
		char utf8[3] = {(char)(0xE0 | cp >> 12), (char)(0x80 | (cp >> 6 & 0x3F)), (char)(0x80 | (cp & 0x3F))};
		bool two = cp < 0x800;

		if (c < 0x80)
			continue;
		if (two)
			utf8[1] = (char)(0xC0 | cp >> 6);
		sink_add(&sink, slice_sub(in, plain, i - plain));
		sink_add(&sink, (struct slice){utf8 + two, 3 - (size_t)two});
		plain = i + 1;
	}
	sink_add(&sink, slice_sub(in, plain, in.len));
	return sink_out(arena, &sink, out);
}

/*
 * Through iconv, bad bytes replaced one by one. Returns 1 when iconv has no
 * such charset, -1 when memory is out.
 */
static int out_iconv(struct arena *arena, struct slice in, const char *name, size_t max,
    struct charset_text *out)
{
	struct sink sink = {.max = max};
	iconv_t cd = iconv_open("UTF-8", name);
	char chunk[4096], *from = (char *)(uintptr_t)in.ptr;
	size_t left = in.len;

	if (cd == (iconv_t)-1)
		return errno == ENOMEM ? -1 : 1;
	while (left > 0 && !sink_full(&sink)) {
		char *to = chunk;
		size_t room = sizeof(chunk), before = left;
		size_t rc = iconv(cd, &from, &left, &to, &room);
		int error = rc == (size_t)-1 ? errno : 0;

		sink_add(&sink, (struct slice){chunk, sizeof(chunk) - room});
		if (error == E2BIG && (left != before || room != sizeof(chunk)))
			continue;
		if (error != 0) {
			/* a bad byte, or half a character at the end */
			sink_add(&sink, SLICE_LIT(REPLACEMENT));
			out->broken = true;
			from++;
			left--;
		}
	}
	if (!sink_full(&sink)) { /* what a stateful decoder still holds */
		char *to = chunk;
		size_t room = sizeof(chunk);

		iconv(cd, NULL, NULL, &to, &room);
		sink_add(&sink, (struct slice){chunk, sizeof(chunk) - room});
	}
	iconv_close(cd);
	return sink_out(arena, &sink, out);
}

/* HZ (RFC 1843), which iconv does not know: "~{" opens pairs of seven bits, "~}" closes. */
static int out_hz(struct arena *arena, struct slice in, size_t max, struct charset_text *out)
{
	struct buf gb = {0};
	bool two = false;
	int rc;

	for (size_t i = 0; i < in.len; i++) {
		char c = in.ptr[i], next = i + 1 < in.len ? in.ptr[i + 1] : '\0';

		if (c == '~' && (next == '{' || next == '}')) {
			two = next == '{';
			i++;
		} else if (c == '~' && !two && (next == '~' || next == '\n')) {
			if (next == '~')
				buf_add_char(&gb, '~');
			i++;
		} else if (c == '\n' || c == '\r') {
			two = false;
			buf_add_char(&gb, c);
		} else {
			buf_add_char(&gb, two && c > 0x20 ? (char)(c | 0x80) : c);
		}
	}
	rc = gb.failed ? -1 : out_iconv(arena, buf_slice(&gb), "GB18030", max, out);
	buf_free(&gb);
	return rc;
}

/* ---- guesses ------------------------------------------------------------ */

/* Counts the zero bytes of the start of s at each place modulo four. */
static void count_zeros(struct slice s, size_t zeros[4], size_t *len_r)
{
	size_t len = (s.len < 4096 ? s.len : 4096) & ~(size_t)3;

	memset(zeros, 0, 4 * sizeof(*zeros));
	for (size_t i = 0; i < len; i++)
		if (s.ptr[i] == '\0')
			zeros[i & 3]++;
	*len_r = len;
}

/* "UTF-16LE" and so on when the zero bytes say so, or NULL. */
static const char *wide_by_zeros(struct slice s)
{
	size_t z[4], len, quarter;

	if (s.len < 4)
		return s.len >= 2 && s.ptr[0] != s.ptr[1] ? s.ptr[1] == '\0' ? "UTF-16LE" :
		    s.ptr[0] == '\0' ? "UTF-16BE" : NULL : NULL;
	count_zeros(s, z, &len);
	quarter = len / 4;
	if (z[2] > quarter * 9 / 10 && z[3] > quarter * 9 / 10 && z[0] < quarter / 10 + 1)
		return "UTF-32LE";
	if (z[0] > quarter * 9 / 10 && z[1] > quarter * 9 / 10 && z[3] < quarter / 10 + 1)
		return "UTF-32BE";
	if (z[1] + z[3] > quarter / 2 && z[1] + z[3] > 4 * (z[0] + z[2]))
		return "UTF-16LE";
	if (z[0] + z[2] > quarter / 2 && z[0] + z[2] > 4 * (z[1] + z[3]))
		return "UTF-16BE";
	return NULL;
}

static const char *wide_by_mark(struct slice s, size_t *mark_r)
{
	static const struct { const char *mark; size_t len; const char *name; } marks[] = {
		{"\xEF\xBB\xBF", 3, "UTF-8"}, {"\xFF\xFE\0\0", 4, "UTF-32LE"}, {"\0\0\xFE\xFF", 4, "UTF-32BE"},
		{"\xFF\xFE", 2, "UTF-16LE"}, {"\xFE\xFF", 2, "UTF-16BE"},
	};

	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++)
		if (s.len >= marks[i].len && memcmp(s.ptr, marks[i].mark, marks[i].len) == 0) {
			*mark_r = marks[i].len;
			return marks[i].name;
		}
	return NULL;
}

/* Text in which a reader would see letters, not controls. */
static bool looks_like_text(struct slice s)
{
	size_t odd = 0, len = s.len < 4096 ? s.len : 4096;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		odd += c == 0x7F || (c < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != '\f');
	}
	return odd * 20 <= len;
}

/* No usable label: UTF-8 when it is, else windows-1252. */
static int out_guess(struct arena *arena, struct slice in, bool utf8, size_t max, struct charset_text *out)
{
	const char *wide = memchr(in.ptr != NULL ? in.ptr : "", '\0', in.len) != NULL ? wide_by_zeros(in) : NULL;

	if (wide != NULL) {
		out->guessed = out->broken = true;
		return out_iconv(arena, in, wide, max, out);
	}
	return utf8 ? out_utf8(arena, in, max, out) : out_1252(arena, in, max, out);
}

/* Without the white space of one byte that something appended to characters of two or four. */
static struct slice whole_units(struct slice s, size_t unit)
{
	size_t extra = s.len % unit;

	for (size_t i = 0; i < extra; i++)
		if (strchr("\r\n \t", s.ptr[s.len - 1 - i]) == NULL)
			return s;
	return slice_sub(s, 0, s.len - extra);
}

static int out_wide(struct arena *arena, struct slice in, const struct charset *cs, bool utf8, size_t max,
    struct charset_text *out)
{
	bool big = strstr(cs->name, "be") != NULL, sixteen = cs->kind == KIND_WIDE16;
	const char *name = wide_by_zeros(in);

	if (name == NULL && utf8 && looks_like_text(in)) {
		out->guessed = out->broken = true;
		return out_utf8(arena, in, max, out);
	}
	if (name == NULL || (name[4] == '1') != sixteen)
		name = sixteen ? big ? "UTF-16BE" : "UTF-16LE" : big ? "UTF-32BE" : "UTF-32LE";
	return out_iconv(arena, whole_units(in, name[4] == '1' ? 2 : 4), name, max, out);
}

/* Multi-byte labels and the rest that iconv knows; text that does not fit is guessed. */
static int out_label(struct arena *arena, struct slice in, const struct charset *cs, bool utf8, size_t max,
    struct charset_text *out)
{
	int rc = out_iconv(arena, in, cs->name, max, out);

	if (rc == 0 && out->broken && utf8 && cs->kind != KIND_STATE) {
		out->guessed = true;
		return out_utf8(arena, in, max, out);
	}
	if (rc <= 0)
		return rc;
	out->guessed = out->broken = true;
	return out_guess(arena, in, utf8, max, out);
}

struct slice charset_skip_marks(struct slice in)
{
	size_t mark = 0;

	while (wide_by_mark(in, &mark) != NULL)
		in = slice_sub(in, mark, in.len);
	return in;
}

/* By the label and by what the bytes look like, which count more where both can't be. */
static int out_labelled(struct arena *arena, struct slice in, const struct charset *cs, size_t max,
    struct charset_text *out)
{
	size_t wide = 0;
	bool utf8 = valid_prefix(in, &wide) == in.len;

	switch (cs->kind) {
	case KIND_NONE:
		return out_guess(arena, in, utf8, max, out);
	case KIND_UNKNOWN:
		out->guessed = out->broken = true;
		return out_guess(arena, in, utf8, max, out);
	case KIND_UTF8:
		return utf8 ? out_guess(arena, in, true, max, out) : out_utf8(arena, in, max, out);
	case KIND_1252:
	case KIND_SINGLE:
		if (utf8) {
			out->guessed = wide > 0;
			return out_utf8(arena, in, max, out);
		}
		return cs->kind == KIND_1252 ? out_1252(arena, in, max, out) : out_label(arena, in, cs, utf8, max, out);
	case KIND_MULTI:
		/* two characters of three bytes are no accident in these */
		if (utf8 && (wide == 0 || wide > 1)) {
			out->guessed = wide > 0;
			return out_utf8(arena, in, max, out);
		}
		return out_label(arena, in, cs, utf8, max, out);
	case KIND_HZ:
		out->plain_too = utf8 && looks_like_text(in);
		return out_hz(arena, in, max, out);
	case KIND_WIDE16:
	case KIND_WIDE32:
		return out_wide(arena, in, cs, utf8, max, out);
	case KIND_EBCDIC:
		if (utf8 && looks_like_text(in)) {
			out->guessed = out->broken = true;
			return out_utf8(arena, in, max, out);
		}
		return out_label(arena, in, cs, utf8, max, out);
	case KIND_STATE:
	default:
		/* without an escape sequence it is not in that charset, or it is UTF-7 */
		out->plain_too = utf8 && memchr(in.ptr, 0x1B, in.len) == NULL;
		return out_label(arena, in, cs, utf8, max, out);
	}
}

int charset_to_utf8(struct arena *arena, struct slice in, struct slice label, size_t max,
    struct charset_text *out)
{
	struct charset cs;
	size_t mark = 0;
	const char *name;

	*out = (struct charset_text){.text = SLICE_LIT("")};
	if (in.len == 0)
		return 0;
	name = wide_by_mark(in, &mark);
	if (name == NULL) {
		charset_find(label, &cs);
		return out_labelled(arena, in, &cs, max, out);
	}
	in = slice_sub(in, mark, in.len);
	if (name[4] == '8')
		return out_utf8(arena, in, max, out);
	/* Two bytes in front of a text of one byte a character hide nothing from readers who go by the label. */
	out->plain_too = wide_by_zeros(in) == NULL && looks_like_text(in);
	return out_iconv(arena, whole_units(in, name[4] == '1' ? 2 : 4), name, max, out);
}
