/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Placeholders by the marks around them. Marks that nobody writes otherwise
 * ("{{") need little proof; brackets also stand around sizes, remarks and
 * buttons, so all words between them must be of the kind a field is named with.
 */
#include "placeholder.h"

#include <string.h>

/* No field's name is longer. */
#define INNER_MAX 80
#define WORD_MAX 24

enum need {
	NEED_IDENTIFIER, /* any name that a program would take */
	NEED_PART,       /* words of fields only */
	NEED_FIELD       /* and among them one that is a field by itself, or two of them */
};

struct marks {
	const char *open, *close;
	enum need need;
	bool spaces; /* may stand inside */
};

/* The longer marks before those that they start with. */
static const struct marks marks[] = {
	{"{{{", "}}}", NEED_IDENTIFIER, true},
	{"{{", "}}", NEED_IDENTIFIER, true}, /* Zendesk, Liquid, Jinja, Handlebars */
	{"{%", "%}", NEED_IDENTIFIER, true},
	{"<%=", "%>", NEED_IDENTIFIER, true},
	{"*|", "|*", NEED_IDENTIFIER, true}, /* Mailchimp */
	{"${", "}", NEED_PART, true},
	{"#{", "}", NEED_PART, true},
	{"{!", "}", NEED_IDENTIFIER, false}, /* Salesforce */
	{"{$", "}", NEED_IDENTIFIER, false}, /* Smarty */
	{"[[", "]]", NEED_PART, true},
	{"<<", ">>", NEED_PART, true},
	{"\xC2\xAB", "\xC2\xBB", NEED_PART, true}, /* mail merge */
	{"%%", "%%", NEED_PART, false},
	{"##", "##", NEED_PART, false},
	{"@@", "@@", NEED_PART, false},
	{"__", "__", NEED_PART, false},
	{"{", "}", NEED_PART, true},
	{"<", ">", NEED_FIELD, true},
	{"[", "]", NEED_FIELD, true},
	{"\xE3\x80\x90", "\xE3\x80\x91", NEED_FIELD, true},
	{"%", "%", NEED_PART, false},
	{"$", "$", NEED_PART, false},
	{"#", "#", NEED_FIELD, false},
	{"@", "@", NEED_FIELD, false},
};

static bool is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool is_ascii_letter(char c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* ---- what stands between ---- */

/* The next word: letters up to another character or to a capital behind a small one ("orderNumber"). */
static struct postern_slice next_word(struct postern_slice inner, size_t *pos)
{
	size_t start, end;

	while (*pos < inner.len && !is_ascii_letter(inner.ptr[*pos]) && (unsigned char)inner.ptr[*pos] < 0x80)
		++*pos;
	start = end = *pos;
	while (end < inner.len && (is_ascii_letter(inner.ptr[end]) || (unsigned char)inner.ptr[end] >= 0x80) &&
	    !(end > start && is_upper(inner.ptr[end]) && !is_upper(inner.ptr[end - 1])))
		end++;
	*pos = end;
	return view_sub(inner, start, end);
}

struct inner {
	size_t words, fields, parts, others;
	bool opener;
};

static struct inner inner_read(const struct template *template, struct postern_slice text)
{
	struct inner inner = {0, 0, 0, 0, false};
	struct postern_slice word;

	for (size_t pos = 0; (word = next_word(text, &pos)).len > 0; inner.words++) {
		if (inner.words == 0 && words_has(&template->openers, word))
			inner.opener = true;
		else if (words_has(&template->fields, word))
			inner.fields++;
		else if (words_has(&template->parts, word))
			inner.parts++;
		else if (!words_has(&template->fillers, word))
			inner.others++;
	}
	return inner;
}

/* "{{ order.name | upcase }}": a name that a program takes, with its filters; no JSON, no prose with digits alone. */
static bool is_identifier(struct postern_slice text)
{
	bool letter = false;

	text = view_trim(text);
	if (text.len == 0 || strchr("\"'{,:;.!?0123456789", text.ptr[0]) != NULL)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		letter = letter || is_ascii_letter(text.ptr[i]);
		if (strchr("{};\\", text.ptr[i]) != NULL)
			return false;
	}
	return letter;
}

/* Numbers are no field's name, but "address_line_1" ends in one. */
static size_t digits_in(struct postern_slice text)
{
	size_t count = 0;

	for (size_t i = 0; i < text.len; i++)
		count += text.ptr[i] >= '0' && text.ptr[i] <= '9';
	return count;
}

static bool has_any(struct postern_slice text, const char *characters)
{
	for (size_t i = 0; i < text.len; i++)
		if (strchr(characters, text.ptr[i]) != NULL)
			return true;
	return false;
}

/* "placed on [DATE]", "Dear <Customer>": a sentence needs it; a line's start may be a label. */
static int score_single(struct postern_slice text, size_t at)
{
	size_t before = at;

	while (before > 0 && text.ptr[before - 1] == ' ')
		before--;
	return before < at && before > 0 && is_ascii_letter(text.ptr[before - 1]) ? 75 : 0;
}

/* How sure it is that this, which starts at at of all, is a field: 0 to 100. */
static int score_inner(const struct template *template, const struct marks *mark, struct postern_slice text,
    struct postern_slice all, size_t at)
{
	struct inner inner = inner_read(template, text);
	size_t known = inner.fields + inner.parts;

	if (inner.words == 0 || (text.ptr[0] == ' ' && mark->open[1] == '\0'))
		return 0;
	if (mark->need == NEED_IDENTIFIER)
		return is_identifier(text) ? 95 : 0;
	if (digits_in(text) > 1 || has_any(text, "@\"=;,:+!?"))
		return 0;
	if (inner.opener && known + inner.others > 0)
		return known > 0 || mark->need != NEED_PART ? 90 : 80;
	if (inner.others > 0)
		return inner.fields > 0 && inner.words <= 4 && has_any(text, "_") && !has_any(text, " ") ? 85 : 0;
	if (known > 0 && (mark->need == NEED_PART || inner.fields > 0))
		return 90;
	return inner.parts > 1 ? 80 : inner.parts > 0 ? score_single(all, at) : 0;
}

/* ---- where the marks stand ---- */

/* "click [Order Number]", "the [Name] field": the name of a control, not of a field to fill in. */
static bool is_control(const struct template *template, struct postern_slice text, size_t start, size_t end)
{
	struct postern_slice before = view_sub(text, start > 30 ? start - 30 : 0, start);
	struct postern_slice after = view_sub(text, end, end + 30), word;
	size_t pos = 0;

	for (pos = before.len; pos > 0 && strchr(".!?\n", before.ptr[pos - 1]) == NULL;)
		pos--;
	while ((word = next_word(before, &pos)).len > 0)
		if (words_has(&template->controls, word))
			return true;
	pos = 0;
	return (word = next_word(after, &pos)).len > 0 && words_has(&template->controls, word);
}

/* How a quotation mark ends before at, or begins at it; its length, 0: none. */
static size_t quote_length(struct postern_slice text, size_t at, bool before)
{
	static const char *const quotes[] = {"\"", "'", "`", "\xE2\x80\x9C", "\xE2\x80\x9D", "\xE2\x80\x9E", "\xE2\x80\x98",
	    "\xE2\x80\x99", "\xC2\xAB", "\xC2\xBB"};

	for (size_t i = 0; i < sizeof(quotes) / sizeof(quotes[0]); i++) {
		size_t len = strlen(quotes[i]), from = before ? at - len : at;

		if ((before ? at >= len : text.len - at >= len) && memcmp(text.ptr + from, quotes[i], len) == 0)
			return len;
	}
	return 0;
}

/* 'the field "{{name}}"': words about a placeholder, which stands in quotes beside the name of a control. */
static bool is_mention(const struct template *template, struct postern_slice text, size_t start, size_t end)
{
	size_t before = quote_length(text, start, true), behind = quote_length(text, end, false);

	return before > 0 && behind > 0 && is_control(template, text, start - before, end + behind);
}

static size_t try_mark(const struct template *template, const struct marks *mark, struct postern_slice text, size_t at,
    struct place *place)
{
	size_t open = strlen(mark->open), limit;
	struct postern_slice inner;
	const char *close;
	int score;

	if (text.len - at < open || memcmp(text.ptr + at, mark->open, open) != 0)
		return 0;
	limit = text.len - at - open < INNER_MAX ? text.len - at - open : INNER_MAX;
	close = memmem(text.ptr + at + open, limit, mark->close, strlen(mark->close));
	if (close == NULL)
		return 0;
	inner = (struct postern_slice){text.ptr + at + open, (size_t)(close - text.ptr) - at - open};
	if (memchr(inner.ptr, '\n', inner.len) != NULL || (!mark->spaces && memchr(inner.ptr, ' ', inner.len) != NULL))
		return 0;
	score = inner.len > 0 ? score_inner(template, mark, inner, text, at) : 0;
	limit = at + open + inner.len + strlen(mark->close);
	if (score == 0 || (mark->need == NEED_FIELD && is_control(template, text, at, limit)))
		return 0;
	if (is_mention(template, text, at, limit))
		return limit - at;
	place_note(place, at, limit, score);
	return limit - at;
}

static bool starts_mark(unsigned char c)
{
	static const bool starts[256] = {['{'] = true, ['<'] = true, ['*'] = true, ['$'] = true, ['#'] = true, ['['] = true,
	    ['%'] = true, ['@'] = true, ['_'] = true, [0xC2] = true, [0xE3] = true};

	return starts[c];
}

void marks_find(const struct template *template, struct postern_slice text, struct place *place)
{
	for (size_t at = sign_next(text, 0); at < text.len; at = sign_next(text, at + 1)) {
		/* All marks start with one of these; the rest of the text costs one look a byte. */
		if (!starts_mark((unsigned char)text.ptr[at]))
			continue;
		for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
			size_t len = try_mark(template, &marks[i], text, at, place);

			if (len == 0)
				continue;
			at += len - 1;
			break;
		}
	}
}
