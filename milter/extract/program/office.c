/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text of Office documents (OOXML, OpenDocument): a pass over the XML that
 * keeps what stands between the tags, ends a line where a paragraph, row or
 * cell ends, and takes links and alternative texts from attributes. It needs
 * no tree and no DTD, so there is nothing that could explode.
 */
#include "extract/program/work.h"

#include <stdlib.h>
#include <string.h>

struct view {
	const char *ptr;
	size_t len;
};

static bool ends(const char *s, const char *suffix)
{
	size_t len = strlen(s), n = strlen(suffix);

	return len >= n && strcmp(s + len - n, suffix) == 0;
}

/* Members with words of the author; styles, themes and settings have none. */
bool office_has_text(const char *member)
{
	static const char *const without[] = {"styles.xml", "settings.xml", "fontTable.xml", "numbering.xml",
	    "webSettings.xml", "app.xml", "manifest.xml", "[Content_Types].xml", "presProps.xml", "viewProps.xml",
	    "tableStyles.xml", "calcChain.xml", NULL};

	if (!ends(member, ".xml") || strstr(member, "theme/") != NULL || strstr(member, "slideLayouts/") != NULL)
		return false;
	for (size_t i = 0; without[i] != NULL; i++)
		if (ends(member, without[i]) && !(strcmp(member, "styles.xml") == 0))
			return false;
	return true;
}

/* "&amp;" and the like; what is none stays as it is. Returns the bytes read. */
static size_t entity_add(struct text *out, const char *p, size_t left)
{
	static const struct {
		const char *name;
		char c;
	} names[] = {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}};
	unsigned long c = 0;
	size_t i = 2, base = 10;

	for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++)
		if (left >= strlen(names[n].name) && memcmp(p, names[n].name, strlen(names[n].name)) == 0) {
			text_char(out, names[n].c);
			return strlen(names[n].name);
		}
	if (left > 3 && p[1] == '#') {
		if (p[2] == 'x' || p[2] == 'X') {
			base = 16;
			i = 3;
		}
		for (; i < left && i < 12 && p[i] != ';'; i++) {
			int digit = p[i] >= '0' && p[i] <= '9' ? p[i] - '0' : (p[i] | 32) >= 'a' && (p[i] | 32) <= 'f' ?
			    (p[i] | 32) - 'a' + 10 : 99;

			if ((size_t)digit >= base)
				break;
			c = c * base + (unsigned long)digit;
		}
		if (i < left && p[i] == ';' && c > 0) {
			text_rune(out, c);
			return i + 1;
		}
	}
	text_char(out, '&');
	return 1;
}

static void chars_add(struct text *out, const char *p, size_t size)
{
	for (size_t i = 0; i < size;) {
		if (p[i] == '&') {
			i += entity_add(out, p + i, size - i);
			continue;
		}
		text_char(out, p[i++]);
	}
}

/* The value of an attribute within a tag, still with its references; {NULL, 0} without. */
static struct view attribute(struct view tag, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 1; i + n + 2 < tag.len; i++) {
		const char *p = tag.ptr + i, *end;

		if ((p[-1] != ' ' && p[-1] != '\t' && p[-1] != '\n' && p[-1] != '\r') || memcmp(p, name, n) != 0 ||
		    p[n] != '=' || (p[n + 1] != '"' && p[n + 1] != '\''))
			continue;
		end = memchr(p + n + 2, p[n + 1], tag.len - i - n - 2);
		if (end != NULL)
			return (struct view){p + n + 2, (size_t)(end - p) - n - 2};
	}
	return (struct view){NULL, 0};
}

static void url_out(struct work *work, struct view value)
{
	struct text url = {.max = 8192};

	if (value.len == 0 || value.ptr[0] == '#')
		return;
	chars_add(&url, value.ptr, value.len);
	text_char(&url, '\0');
	if (url.full)
		url.data[url.len - 1] = '\0';
	out_str(work, "url", url.data);
	text_free(&url);
}

/* The name of a tag without its prefix. */
static struct view tag_name(struct view tag)
{
	size_t start = tag.len > 0 && tag.ptr[0] == '/' ? 1 : 0, i = start;

	for (; i < tag.len && strchr(" \t\r\n/>", tag.ptr[i]) == NULL; i++)
		if (tag.ptr[i] == ':')
			start = i + 1;
	return (struct view){tag.ptr + start, i - start};
}

static bool is(struct view name, const char *word)
{
	return name.len == strlen(word) && memcmp(name.ptr, word, name.len) == 0;
}

static bool in(struct view name, const char *const *words)
{
	for (; *words != NULL; words++)
		if (is(name, *words))
			return true;
	return false;
}

/* What a tag means for the text: line ends, blanks, links, alternative texts. skip_r: an index follows, no text. */
static void tag_read(struct work *work, struct text *out, struct view tag, bool *index, bool *skip_r)
{
	static const char *const lines[] = {"p", "h", "br", "cr", "row", "si", "line-break", "table-row", "title",
	    "list-item", "comment", NULL};
	static const char *const cells[] = {"tab", "c", "tc", "table-cell", "s", NULL};
	static const char *const described[] = {"docPr", "cNvPr", "hlinkClick", NULL};
	static const char *const texts[] = {"descr", "title", "tooltip", NULL};
	struct view name = tag_name(tag), value;
	bool closing = tag.len > 0 && tag.ptr[0] == '/', empty = tag.len > 0 && tag.ptr[tag.len - 1] == '/';

	if (is(name, "c") && !closing)
		*index = is(attribute(tag, "t"), "s");
	*skip_r = is(name, "v") && !closing && !empty && *index;
	if ((closing || empty) && in(name, lines))
		text_char(out, '\n');
	else if ((closing || empty) && in(name, cells))
		text_char(out, ' ');
	if (closing)
		return;
	value = attribute(tag, "xlink:href");
	if (value.ptr != NULL && memchr(value.ptr, ':', value.len) != NULL)
		url_out(work, value);
	if (!in(name, described))
		return;
	for (size_t i = 0; texts[i] != NULL; i++) {
		value = attribute(tag, texts[i]);
		if (value.len > 0) {
			chars_add(out, value.ptr, value.len);
			text_char(out, '\n');
		}
	}
}

/* The end of the markup that begins with "<" at p; the size when it does not end. */
static size_t markup_end(const char *p, size_t left, size_t *skip_r, bool *text_r)
{
	const char *mark = ">", *end;

	*skip_r = 1;
	*text_r = false;
	if (left >= 4 && memcmp(p, "<!--", 4) == 0)
		mark = "-->";
	else if (left >= 9 && memcmp(p, "<![CDATA[", 9) == 0) {
		mark = "]]>";
		*text_r = true;
	}
	end = memmem(p, left, mark, strlen(mark));
	*skip_r = strlen(mark);
	return end != NULL ? (size_t)(end - p) : left;
}

static void xml_read(struct work *work, struct text *out, const char *data, size_t size)
{
	bool index = false, skip = false, is_text;
	size_t i = 0, mark;

	while (i < size) {
		const char *open = memchr(data + i, '<', size - i);
		size_t end = open != NULL ? (size_t)(open - data) : size;

		if (!skip)
			chars_add(out, data + i, end - i);
		if (end == size)
			break;
		i = end + markup_end(open, size - end, &mark, &is_text);
		if (is_text)
			text_add(out, open + 9, i > end + 9 ? i - end - 9 : 0);
		else if (end + 1 < i && data[end + 1] != '!' && data[end + 1] != '?')
			tag_read(work, out, (struct view){data + end + 1, i - end - 1}, &index, &skip);
		i = i < size ? i + mark : size;
	}
}

/* XML in UTF-16, which the formats allow, as UTF-8. */
static void utf16_add(struct text *out, const unsigned char *p, size_t size, bool big)
{
	for (size_t i = 2; i + 1 < size; i += 2) {
		unsigned long c = big ? p[i] * 256UL + p[i + 1] : p[i + 1] * 256UL + p[i];

		if (c >= 0xd800 && c < 0xdc00 && i + 3 < size) {
			unsigned long low = big ? p[i + 2] * 256UL + p[i + 3] : p[i + 3] * 256UL + p[i + 2];

			if (low >= 0xdc00 && low < 0xe000) {
				c = 0x10000 + (c - 0xd800) * 1024 + (low - 0xdc00);
				i += 2;
			}
		}
		text_rune(out, c);
	}
}

void read_office_xml(struct work *work, const char *member, const char *data, size_t size)
{
	struct text out = {.max = work->max_output}, wide = {.max = work->max_output};

	(void)member;
	if (size >= 2 && ((data[0] == '\xff' && data[1] == '\xfe') || (data[0] == '\xfe' && data[1] == '\xff'))) {
		utf16_add(&wide, (const unsigned char *)data, size, data[0] == '\xfe');
		xml_read(work, &out, wide.data != NULL ? wide.data : "", wide.len);
	} else {
		xml_read(work, &out, data, size);
	}
	out_text(work, out.data, out.len);
	if (out.full || wide.full)
		out_limit(work, "output");
	text_free(&out);
	text_free(&wide);
}

/* Relationships: each target outside of the document is a link. */
void read_rels(struct work *work, const char *data, size_t size)
{
	size_t i = 0;

	while (i < size) {
		const char *open = memchr(data + i, '<', size - i), *close;
		struct view tag;

		if (open == NULL)
			return;
		close = memchr(open, '>', size - (size_t)(open - data));
		tag = (struct view){open + 1, (close != NULL ? (size_t)(close - open) : size - (size_t)(open - data)) - 1};
		if (is(attribute(tag, "TargetMode"), "External"))
			url_out(work, attribute(tag, "Target"));
		i = close != NULL ? (size_t)(close - data) + 1 : size;
	}
}
