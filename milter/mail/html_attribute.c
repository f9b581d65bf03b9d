/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an element's attributes say: where they lead, how it looks, whether
 * mail programs mark it as quoted.
 */
#include "mail/html_page.h"

/* A name that says where a URL was found; the element only where it tells more. */
static const char *where_found(struct slice element, struct slice attribute)
{
	static const struct { const char *element, *attribute, *where; } places[] = {
		{"a", "href", "a href"}, {"area", "href", "area href"}, {"link", "href", "link href"},
		{"base", "href", "base href"}, {"img", "src", "img src"}, {"image", "src", "img src"},
		{"iframe", "src", "iframe src"}, {"frame", "src", "frame src"}, {"embed", "src", "embed src"},
		{"input", "src", "input src"}, {"script", "src", "script src"}, {"video", "src", "video src"},
		{"audio", "src", "audio src"}, {"source", "src", "source src"}, {"object", "data", "object data"},
		{"", "href", "href"}, {"", "src", "src"}, {"", "action", "form action"}, {"", "formaction", "formaction"},
		{"", "background", "background"}, {"", "lowsrc", "lowsrc"}, {"", "dynsrc", "dynsrc"}, {"", "data", "data"},
		{"", "xlink:href", "xlink:href"}, {"", "poster", "poster"}, {"", "cite", "cite"}, {"", "ping", "ping"},
		{"", "longdesc", "longdesc"}, {"", "codebase", "codebase"}, {"", "archive", "archive"},
		{"", "manifest", "manifest"}, {"", "usemap", "usemap"}, {"", "o:href", "href"}, {"", "o:src", "src"},
		{"", "imagesrcset", "srcset"}, {"", "srcset", "srcset"},
	};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (slice_case_eq_str(attribute, places[i].attribute) &&
		    (places[i].element[0] == '\0' || slice_case_eq_str(element, places[i].element)))
			return places[i].where;
	}
	return NULL;
}

struct slice html_value(struct html_converter *c, struct slice value)
{
	buf_truncate(&c->work, 0);
	html_decode(value, true, &c->work);
	c->failed |= c->work.failed;
	return buf_slice(&c->work);
}

static void read_url(struct html_converter *c, struct slice element, struct slice name, struct slice value)
{
	const char *where = where_found(element, name);

	if (where == NULL)
		return;
	/* An inline image may be megabytes; its first bytes say all. */
	if (slice_case_prefix(html_url_trim(slice_sub(value, 0, 64)), "data:"))
		value = slice_sub(value, 0, 4 * HTML_DATA_URL_BYTES);
	if (slice_case_suffix(name, "srcset"))
		html_srcset_add(c, html_value(c, value));
	else
		html_url_add(c, html_value(c, value), where);
}

static bool mark_in(struct slice mark, const char *const *list)
{
	for (; *list != NULL; list++) {
		if (slice_case_eq_str(mark, *list))
			return true;
	}
	return false;
}

/* One class, id or name by which mail programs mark what they quote. */
static void read_mark(struct slice mark, struct html_attributes *a)
{
	static const char *const containers[] = {
		"gmail_quote", "gmail_quote_container", "yahoo_quoted", "protonmail_quote", "tutanota_quote", "zmail_extra", "ntes-mailmaster-quote",
		"OLK_SRC_BODY_SECTION", "isReplyContent", "isForwardContent", "messageReplySection",
		"mail-editor-reference-message-container", "ms-outlook-mobile-reference-message", "moz-forward-container", NULL,
	};
	static const char *const own[] = {"moz-cite-prefix", "gmail_attr", "yahoo-quoted-begin", "OutlookMessageHeader", NULL};
	static const char *const rest[] = {"divRplyFwdMsg", "appendonsend", "stopSpelling", NULL};

	while (slice_case_prefix(mark, "x_"))
		mark = slice_sub(mark, 2, mark.len);
	a->container |= mark_in(mark, containers);
	a->quoted |= mark_in(mark, own);
	a->rest_quoted |= mark_in(mark, rest);
}

static void read_marks(struct slice value, struct html_attributes *a)
{
	size_t i = 0;

	while (i < value.len) {
		size_t start;

		while (i < value.len && (unsigned char)value.ptr[i] <= ' ')
			i++;
		for (start = i; i < value.len && (unsigned char)value.ptr[i] > ' '; i++)
			;
		read_mark(slice_sub(value, start, i - start), a);
	}
}

static void read_style(struct html_converter *c, struct slice value, struct html_attributes *a)
{
	struct html_style style = a->style;

	value = html_value(c, value);
	html_sheet_urls_add(c, value);
	/* Of two equal attributes the first counts. */
	if (a->styled)
		return;
	a->styled = true;
	html_style_read(value, &a->style);
	if (a->style.colour == HTML_COLOUR_NONE)
		a->style.colour = style.colour;
	if (a->style.background == HTML_COLOUR_NONE)
		a->style.background = style.background;
}

static void read_attribute(struct html_converter *c, struct slice element, struct slice name, struct slice value,
    struct html_attributes *a)
{
	bool clear;

	if (slice_case_eq_str(name, "style"))
		read_style(c, value, a);
	else if (slice_case_eq_str(name, "class") || slice_case_eq_str(name, "id") || slice_case_eq_str(name, "name"))
		read_marks(value, a);
	else if (slice_case_eq_str(name, "hidden"))
		a->hidden = true;
	else if (slice_case_eq_str(name, "bgcolor"))
		a->style.background = html_colour_read(value, &clear);
	else if (slice_case_eq_str(name, "color"))
		a->style.colour = html_colour_read(value, &clear);
	else if (slice_case_eq_str(name, "size"))
		a->sized = true;
	else if (slice_case_eq_str(name, "dir"))
		a->leftward = slice_case_eq_str(slice_trim(value), "rtl");
	else if (slice_case_eq_str(name, "width"))
		a->width = html_pixels_read(value);
	else if (slice_case_eq_str(name, "height"))
		a->height = html_pixels_read(value);
	else if (slice_case_eq_str(name, "alt"))
		a->alt = value;
	else if (slice_case_eq_str(name, "type"))
		a->type = value;
	else if (slice_case_eq_str(name, "value"))
		a->value = value;
	else if (slice_case_eq_str(name, "content"))
		a->content = value;
	else if (slice_case_eq_str(name, "http-equiv"))
		a->equiv = value;
	else
		read_url(c, element, name, value);
	if (slice_case_eq_str(name, "src"))
		a->source = value;
	if (slice_case_eq_str(name, "background")) {
		a->style.background = HTML_COLOUR_IMAGE;
		a->backdrop = value;
	}
}

void html_attributes_read(struct html_converter *c, const struct html_token *token, struct html_attributes *a)
{
	struct slice rest = token->body, name, value;

	*a = (struct html_attributes){.width = -1, .height = -1,
	    .style = {.colour = HTML_COLOUR_NONE, .background = HTML_COLOUR_NONE, .width = -1, .height = -1}};
	while (!c->failed && html_attribute_next(&rest, &name, &value))
		read_attribute(c, token->name, name, value, a);
}
