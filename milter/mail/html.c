/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HTML mail as its reader sees it: visible text, the text that is kept from
 * the reader, and every URL an element names. Elements are tracked on a flat
 * stack of bounded depth; nothing is ever fetched.
 */
#include "mail/html.h"

#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/clock.h"
#include "mail/html_private.h"

#define DEPTH_MAX 65536     /* of open elements that are told apart */
#define LOOK_BACK 256       /* elements an inline end tag looks through */
#define CLOSE_BACK 16       /* elements through which </p> and so on are implied */
#define URL_BYTES_MAX 65536
#define DATA_URL_BYTES 128  /* inline images are content, not addresses */
#define STEPS_PER_CHECK 256
#define IMAGES_MAX 4096
#define NAMES_UNKNOWN 256   /* buckets for names that are not in the table */

enum element_flags {
	BLOCK = 1, PARAGRAPH = 2, VOID = 4, CELL = 8, ITEM = 16, PREFORMATTED = 32, QUOTATION = 64,
	DROPPED = 128 /* its text is nobody's to read */
};

enum known_name { NAME_A, NAME_BASE, NAME_BR, NAME_FONT, NAME_IMG, NAME_INPUT, NAME_META, NAME_P };

/* The first ones are in the order of known_name. */
static const struct { const char *name; unsigned flags; } elements[] = {
	{"a", 0}, {"base", VOID}, {"br", VOID}, {"font", 0}, {"img", VOID}, {"input", VOID}, {"meta", VOID},
	{"p", BLOCK | PARAGRAPH},
	{"div", BLOCK}, {"span", 0}, {"td", CELL}, {"th", CELL}, {"tr", BLOCK}, {"table", BLOCK}, {"tbody", BLOCK},
	{"li", BLOCK | ITEM}, {"ul", BLOCK}, {"ol", BLOCK}, {"blockquote", BLOCK | PARAGRAPH | QUOTATION},
	{"pre", BLOCK | PARAGRAPH | PREFORMATTED}, {"listing", BLOCK | PREFORMATTED},
	{"h1", BLOCK | PARAGRAPH}, {"h2", BLOCK | PARAGRAPH}, {"h3", BLOCK | PARAGRAPH}, {"h4", BLOCK | PARAGRAPH},
	{"h5", BLOCK | PARAGRAPH}, {"h6", BLOCK | PARAGRAPH}, {"hr", VOID | BLOCK}, {"wbr", VOID}, {"area", VOID},
	{"link", VOID}, {"col", VOID}, {"embed", VOID}, {"source", VOID}, {"track", VOID}, {"param", VOID},
	{"bgsound", VOID}, {"frame", VOID}, {"keygen", VOID}, {"image", VOID},
	{"address", BLOCK}, {"article", BLOCK}, {"aside", BLOCK}, {"body", BLOCK}, {"center", BLOCK}, {"dd", BLOCK},
	{"dt", BLOCK}, {"dl", BLOCK | PARAGRAPH}, {"details", BLOCK}, {"summary", BLOCK}, {"dialog", BLOCK}, {"dir", BLOCK},
	{"fieldset", BLOCK}, {"figcaption", BLOCK}, {"figure", BLOCK}, {"footer", BLOCK}, {"form", BLOCK},
	{"header", BLOCK}, {"hgroup", BLOCK}, {"html", BLOCK}, {"legend", BLOCK}, {"main", BLOCK}, {"menu", BLOCK},
	{"nav", BLOCK}, {"option", BLOCK}, {"section", BLOCK}, {"tfoot", BLOCK}, {"thead", BLOCK}, {"caption", BLOCK},
	{"template", DROPPED}, {"xml", DROPPED},
};

#define NAMES_KNOWN (sizeof(elements) / sizeof(elements[0]))

enum open_flags {
	HIDDEN = 1, INVISIBLE = 2, TINY = 4, PRE = 8,
	CONTAINER = 16, /* of a quoted reply (gmail_quote): quoted until its blockquote ends */
	IS_QUOTE = 32, DROP = 64
};

struct open_element {
	uint16_t name;
	uint8_t flags;
	uint8_t quote;
	uint32_t colour, background;
};

struct converter {
	struct arena *arena;
	struct html_text *out;
	size_t max_urls, url_cap, image_cap;
	int64_t deadline;
	struct html_writer visible, hidden;
	struct buf work;
	struct open_element *stack;
	size_t depth, stack_cap, excess, floor;
	uint32_t open[NAMES_KNOWN + NAMES_UNKNOWN];
	struct slice base;
	unsigned rest_quoted; /* a mark was met after which all is history */
	unsigned steps;
	bool bullet;
	/* What style sheets may undo: colours, the hidden attribute, any style. */
	bool sheet_colours, sheet_display, sheet_important;
	bool failed;
};

/* What an element's attributes say. */
struct attributes {
	struct slice alt, type, value, content, equiv, source, backdrop;
	int width, height;
	struct html_style style;
	bool hidden, styled, sized, container, quoted, rest_quoted;
};

/* --- URLs ------------------------------------------------------------------ */

static struct slice url_trim(struct slice s)
{
	while (s.len > 0 && (unsigned char)s.ptr[0] <= ' ')
		s = slice_sub(s, 1, s.len);
	while (s.len > 0 && (unsigned char)s.ptr[s.len - 1] <= ' ')
		s.len--;
	return s;
}

/* Does s name its own scheme or host? */
static bool is_absolute(struct slice s)
{
	size_t n = 0;

	if (s.len >= 2 && (s.ptr[0] == '/' || s.ptr[0] == '\\') && (s.ptr[1] == '/' || s.ptr[1] == '\\'))
		return true;
	while (n < s.len && ((s.ptr[n] | 0x20) >= 'a' && (s.ptr[n] | 0x20) <= 'z'))
		n++;
	while (n > 0 && n < s.len && s.ptr[n] != '\0' && strchr("0123456789+-.", s.ptr[n]) != NULL)
		n++;
	return n > 0 && n < s.len && s.ptr[n] == ':';
}

/* The length of base up to its host's end (root) or its last slash. */
static size_t base_length(struct slice base, bool root)
{
	size_t n = 0, slash;

	while (n < base.len && base.ptr[n] != ':')
		n++;
	n = n == base.len ? 0 : n + 1;
	while (n < base.len && (base.ptr[n] == '/' || base.ptr[n] == '\\'))
		n++;
	while (n < base.len && base.ptr[n] != '/' && base.ptr[n] != '\\' && base.ptr[n] != '?' && base.ptr[n] != '#')
		n++;
	slash = n;
	if (root)
		return n;
	for (; n < base.len && base.ptr[n] != '?' && base.ptr[n] != '#'; n++) {
		if (base.ptr[n] == '/')
			slash = n;
	}
	return slash;
}

/* url against <base href>, as far as a host depends on it. */
static struct slice resolve(struct converter *c, struct slice url)
{
	bool root = url.len > 0 && (url.ptr[0] == '/' || url.ptr[0] == '\\');

	if (c->base.len == 0 || is_absolute(url) || url.len == 0 || url.ptr[0] == '#')
		return arena_slice(c->arena, url);
	return slice_str(arena_printf(c->arena, "%.*s%s%.*s", (int)base_length(c->base, root), c->base.ptr,
	    root ? "" : "/", SLICE_ARG(url)));
}

static bool urls_grow(struct converter *c)
{
	size_t want = c->url_cap != 0 ? c->url_cap * 2 : 16;
	struct html_url *grown;

	if (c->out->url_count < c->url_cap)
		return true;
	grown = arena_array(c->arena, want, sizeof(*grown));
	if (grown == NULL) {
		c->failed = true;
		return false;
	}
	if (c->out->url_count > 0)
		memcpy(grown, c->out->urls, c->out->url_count * sizeof(*grown));
	c->out->urls = grown;
	c->url_cap = want;
	return true;
}

static unsigned quote_depth(const struct converter *c)
{
	unsigned quote = c->depth > 0 ? c->stack[c->depth - 1].quote : 0;

	return quote > c->rest_quoted ? quote : c->rest_quoted;
}

/* Adds a decoded URL: outer white space, tabs and line ends go, as in browsers. */
static void add_url(struct converter *c, struct slice raw, const char *where)
{
	struct buf clean = {0};
	struct slice url;

	raw = url_trim(raw);
	if (raw.len == 0 || raw.ptr[0] == '#')
		return;
	if (slice_case_prefix(raw, "data:"))
		raw = slice_sub(raw, 0, DATA_URL_BYTES);
	if (c->out->url_count >= c->max_urls || raw.len > URL_BYTES_MAX)
		c->out->truncated = true;
	if (c->out->url_count >= c->max_urls || !urls_grow(c))
		return;
	raw = slice_sub(raw, 0, URL_BYTES_MAX);
	for (size_t i = 0; i < raw.len; i++) {
		if (raw.ptr[i] != '\t' && raw.ptr[i] != '\n' && raw.ptr[i] != '\r')
			buf_add_char(&clean, raw.ptr[i]);
	}
	url = clean.failed ? SLICE_NONE : resolve(c, buf_slice(&clean));
	buf_free(&clean);
	if (url.ptr == NULL)
		c->failed = true;
	else
		c->out->urls[c->out->url_count++] = (struct html_url){url, where, quote_depth(c) > 0};
}

static void add_sheet_urls(struct converter *c, struct slice css)
{
	struct buf url = {0};

	while (!c->failed && html_css_url_next(&css, &url)) {
		add_url(c, buf_slice(&url), "style");
		buf_truncate(&url, 0);
	}
	buf_free(&url);
}

/* "a.png 1x, b.png 2x" */
static void add_srcset(struct converter *c, struct slice set)
{
	size_t i = 0;

	while (i < set.len && !c->failed) {
		size_t start;

		while (i < set.len && ((unsigned char)set.ptr[i] <= ' ' || set.ptr[i] == ','))
			i++;
		for (start = i; i < set.len && (unsigned char)set.ptr[i] > ' '; i++)
			;
		add_url(c, slice_sub(set, start, i - start), "img srcset");
		if (i > start && set.ptr[i - 1] == ',')
			continue;
		while (i < set.len && set.ptr[i] != ',')
			i++;
	}
}

/* "0; url=https://..." */
static void add_refresh(struct converter *c, struct slice content)
{
	long at = slice_case_find(content, SLICE_LIT("url"));
	struct slice s = at >= 0 ? slice_trim(slice_sub(content, (size_t)at + 3, content.len)) : SLICE_NONE;
	const char *close;

	if (s.len == 0 || s.ptr[0] != '=')
		return;
	s = slice_trim(slice_sub(s, 1, s.len));
	if (s.len > 0 && (s.ptr[0] == '"' || s.ptr[0] == '\'')) {
		close = memchr(s.ptr + 1, s.ptr[0], s.len - 1);
		s = slice_sub(s, 1, close != NULL ? (size_t)(close - s.ptr) - 1 : s.len);
	}
	add_url(c, s, "meta refresh");
}

/* --- attributes -------------------------------------------------------------- */

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

static struct slice decode(struct converter *c, struct slice value)
{
	buf_truncate(&c->work, 0);
	html_decode(value, true, &c->work);
	c->failed |= c->work.failed;
	return buf_slice(&c->work);
}

static void read_url(struct converter *c, struct slice element, struct slice name, struct slice value)
{
	const char *where = where_found(element, name);

	if (where == NULL)
		return;
	/* An inline image may be megabytes; its first bytes say all. */
	if (slice_case_prefix(url_trim(slice_sub(value, 0, 64)), "data:"))
		value = slice_sub(value, 0, 4 * DATA_URL_BYTES);
	if (slice_case_suffix(name, "srcset"))
		add_srcset(c, decode(c, value));
	else
		add_url(c, decode(c, value), where);
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
static void read_mark(struct slice mark, struct attributes *a)
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

static void read_marks(struct slice value, struct attributes *a)
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

static void read_style(struct converter *c, struct slice value, struct attributes *a)
{
	struct html_style style = a->style;

	value = decode(c, value);
	add_sheet_urls(c, value);
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

static void read_attribute(struct converter *c, struct slice element, struct slice name, struct slice value,
    struct attributes *a)
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

static void read_attributes(struct converter *c, const struct html_token *token, struct attributes *a)
{
	struct slice rest = token->body, name, value;

	*a = (struct attributes){.width = -1, .height = -1,
	    .style = {.colour = HTML_COLOUR_NONE, .background = HTML_COLOUR_NONE, .width = -1, .height = -1}};
	while (!c->failed && html_attribute_next(&rest, &name, &value))
		read_attribute(c, token->name, name, value, a);
}

/* --- open elements ------------------------------------------------------------ */

static uint16_t name_id(struct slice name)
{
	uint32_t hash = 5381;

	for (size_t i = 0; i < NAMES_KNOWN; i++) {
		if (slice_case_eq_str(name, elements[i].name))
			return (uint16_t)i;
	}
	for (size_t i = 0; i < name.len && i < 64; i++)
		hash = hash * 33 + (unsigned char)(name.ptr[i] | 0x20);
	return (uint16_t)(NAMES_KNOWN + hash % NAMES_UNKNOWN);
}

static unsigned name_flags(uint16_t id)
{
	return id < NAMES_KNOWN ? elements[id].flags : 0;
}

/* The place on the stack of the quote container that the next or last blockquote stands in, or depth. */
static size_t container_of(const struct converter *c)
{
	for (size_t i = c->depth; i > 0 && c->depth - i < CLOSE_BACK; i--) {
		if ((c->stack[i - 1].flags & IS_QUOTE) != 0)
			break;
		if ((c->stack[i - 1].flags & CONTAINER) != 0)
			return i - 1;
	}
	return c->depth;
}

/* White on nothing is white on white, unless a style sheet may say otherwise. */
static bool is_drowned(const struct converter *c, const struct open_element *e)
{
	if (e->colour == HTML_COLOUR_NONE || e->background == HTML_COLOUR_IMAGE || c->sheet_important)
		return false;
	if (e->background == HTML_COLOUR_NONE)
		return html_colours_equal(e->colour, 0xFFFFFF) && !c->sheet_colours;
	return html_colours_equal(e->colour, e->background);
}

static bool is_hidden(const struct converter *c)
{
	const struct open_element *e = c->depth > 0 ? &c->stack[c->depth - 1] : NULL;

	return e != NULL && ((e->flags & (HIDDEN | INVISIBLE | TINY)) != 0 || is_drowned(c, e));
}

static bool stack_grow(struct converter *c)
{
	size_t want = c->stack_cap != 0 ? c->stack_cap * 2 : 64;
	struct open_element *grown;

	if (c->depth < c->stack_cap)
		return true;
	grown = realloc(c->stack, want * sizeof(*grown));
	if (grown == NULL) {
		c->failed = true;
		return false;
	}
	c->stack = grown;
	c->stack_cap = want;
	return true;
}

/* What an element inherits and changes. */
static void inherit(const struct converter *c, struct open_element *e, unsigned flags, const struct attributes *a)
{
	if ((a->hidden && !a->style.shown && !c->sheet_display) || (a->style.hidden && !c->sheet_important))
		e->flags |= HIDDEN;
	if (a->style.invisible && !c->sheet_important)
		e->flags |= INVISIBLE;
	if (a->style.visible)
		e->flags &= (uint8_t)~INVISIBLE;
	if (a->style.tiny && !c->sheet_important)
		e->flags |= TINY;
	if (a->style.sized || (a->sized && e->name == NAME_FONT && !a->style.tiny))
		e->flags &= (uint8_t)~TINY;
	if (a->style.pre || (flags & PREFORMATTED) != 0)
		e->flags |= PRE;
	if ((flags & DROPPED) != 0)
		e->flags |= DROP;
	if (e->name == NAME_A || a->style.colour != HTML_COLOUR_NONE)
		e->colour = a->style.colour;
	if (a->style.background != HTML_COLOUR_NONE)
		e->background = a->style.background;
	if ((flags & QUOTATION) != 0) {
		e->quote += container_of(c) == c->depth && e->quote < 255;
		e->flags |= IS_QUOTE;
	} else if (a->container && e->quote < 255) {
		e->quote++;
		e->flags |= CONTAINER;
	} else if (a->quoted && e->quote == 0) {
		e->quote = 1;
	}
}

static void push(struct converter *c, uint16_t name, const struct attributes *a)
{
	struct open_element e = {.colour = HTML_COLOUR_NONE, .background = HTML_COLOUR_NONE};

	if (c->depth >= DEPTH_MAX) {
		c->excess++;
		return;
	}
	if (!stack_grow(c))
		return;
	if (c->depth > 0)
		e = c->stack[c->depth - 1];
	e.name = name;
	e.flags &= (uint8_t)~(CONTAINER | IS_QUOTE);
	inherit(c, &e, name_flags(name), a);
	c->stack[c->depth++] = e;
	c->open[name]++;
}

static void pop(struct converter *c)
{
	struct open_element e = c->stack[--c->depth];
	size_t container;

	c->open[e.name]--;
	if ((e.flags & IS_QUOTE) == 0 || (container = container_of(c)) == c->depth)
		return;
	/* Answers between Gmail's quotes stand in its container, behind a blockquote. */
	for (size_t i = container; i < c->depth; i++)
		c->stack[i].quote--;
	c->stack[container].flags &= (uint8_t)~CONTAINER;
}

/* Is the innermost element not even given room? Then it breaks no line either. */
static bool is_removed(const struct converter *c)
{
	return c->depth > 0 && (c->stack[c->depth - 1].flags & (HIDDEN | DROP)) != 0;
}

static void break_for(struct converter *c, unsigned flags)
{
	unsigned lines = (flags & PARAGRAPH) != 0 ? 2 : 1;

	if ((flags & BLOCK) == 0)
		return;
	html_write_break(&c->hidden, 1);
	if (!is_removed(c))
		html_write_break(&c->visible, lines);
}

/* Closes what a browser closes by itself: a paragraph before a block, a cell before the next. */
static void close_implied(struct converter *c, uint16_t name, unsigned flags)
{
	for (size_t i = c->depth; i > c->floor && c->depth - i < CLOSE_BACK; i--) {
		uint16_t other = c->stack[i - 1].name;
		unsigned other_flags = name_flags(other);
		bool closes = other == NAME_P ? (flags & BLOCK) != 0 :
		    (flags & (CELL | ITEM)) != 0 && (other_flags & (CELL | ITEM)) == (flags & (CELL | ITEM));

		if (closes || other == name) {
			if (!closes && (flags & (CELL | ITEM)) == 0)
				return;
			while (c->depth >= i)
				pop(c);
			return;
		}
		if ((other_flags & (BLOCK | CELL)) != 0)
			return;
	}
}

static void close_element(struct converter *c, uint16_t name)
{
	unsigned flags = name_flags(name);
	size_t i;

	if (c->excess > 0) {
		c->excess--;
		return;
	}
	if (c->open[name] == 0)
		return;
	for (i = c->depth; i > c->floor && c->stack[i - 1].name != name; i--) {
		if ((flags & (BLOCK | CELL)) == 0 && (c->depth - i >= LOOK_BACK ||
		    (name_flags(c->stack[i - 1].name) & (BLOCK | CELL)) != 0))
			return;
	}
	if (i == c->floor && (c->depth == c->floor || c->stack[c->floor].name != name))
		return;
	while (c->depth >= i)
		pop(c);
}

/* --- tokens --------------------------------------------------------------------- */

static void write_text(struct converter *c, struct slice text)
{
	const struct open_element *e = c->depth > 0 ? &c->stack[c->depth - 1] : NULL;
	bool pre = e != NULL && (e->flags & PRE) != 0;

	if (e != NULL && (e->flags & DROP) != 0)
		return;
	if (is_hidden(c)) {
		if (quote_depth(c) == 0)
			html_write(&c->hidden, text, false, 0);
		return;
	}
	if (c->bullet && slice_trim(text).len > 0) {
		html_write(&c->visible, SLICE_LIT("- "), false, quote_depth(c));
		c->bullet = false;
	}
	html_write(&c->visible, text, pre, quote_depth(c));
}

/* What an attribute shows in place of the element. */
static void write_value(struct converter *c, struct slice value)
{
	write_text(c, SLICE_LIT(" "));
	write_text(c, decode(c, value));
	write_text(c, SLICE_LIT(" "));
}

static bool images_grow(struct converter *c)
{
	size_t want = c->image_cap != 0 ? c->image_cap * 2 : 8;
	struct html_image *grown;

	if (c->out->image_count < c->image_cap)
		return true;
	grown = arena_array(c->arena, want, sizeof(*grown));
	if (grown == NULL) {
		c->failed = true;
		return false;
	}
	if (c->out->image_count > 0)
		memcpy(grown, c->out->images, c->out->image_count * sizeof(*grown));
	c->out->images = grown;
	c->image_cap = want;
	return true;
}

static struct slice keep(struct converter *c, struct slice value)
{
	struct slice kept;

	if (slice_case_prefix(url_trim(slice_sub(value, 0, 64)), "data:"))
		value = slice_sub(value, 0, DATA_URL_BYTES);
	kept = arena_slice(c->arena, url_trim(decode(c, slice_sub(value, 0, URL_BYTES_MAX))));
	c->failed |= kept.ptr == NULL;
	return kept;
}

/* Would the element itself be seen, wherever it stands? */
static bool hides_itself(const struct converter *c, const struct attributes *a)
{
	return is_hidden(c) || (a->hidden && !a->style.shown && !c->sheet_display) ||
	    ((a->style.hidden || a->style.invisible) && !c->sheet_important);
}

static void add_image(struct converter *c, struct slice source, const struct attributes *a)
{
	struct html_image image = {.width = a->style.width >= 0 ? a->style.width : a->width,
	    .height = a->style.height >= 0 ? a->style.height : a->height};

	if (source.len == 0 || c->out->image_count >= IMAGES_MAX || !images_grow(c))
		return;
	image.source = keep(c, source);
	image.alt = a->alt.len > 0 ? keep(c, a->alt) : SLICE_LIT("");
	image.hidden = hides_itself(c, a);
	image.quoted = quote_depth(c) > 0;
	c->out->images[c->out->image_count++] = image;
}

/* The text that an image shows in its place, to whom it is seen. */
static void write_alt(struct converter *c, const struct attributes *a)
{
	if (!hides_itself(c, a))
		write_value(c, a->alt);
	else if (quote_depth(c) == 0)
		html_write(&c->hidden, decode(c, a->alt), false, 0);
}

static void open_void(struct converter *c, uint16_t name, const struct attributes *a)
{
	if (name == NAME_IMG || (name == NAME_INPUT && slice_case_eq_str(a->type, "image")))
		add_image(c, a->source, a);
	if (name == NAME_BR) {
		if (is_hidden(c))
			html_write_break(&c->hidden, 1);
		else
			html_write_line(&c->visible, quote_depth(c));
	} else if (name == NAME_IMG && a->alt.len > 0) {
		write_alt(c, a);
	} else if (name == NAME_INPUT && a->value.len > 0 && !slice_case_eq_str(a->type, "hidden")) {
		write_value(c, a->value);
	} else if (name == NAME_META && slice_case_eq_str(slice_trim(a->equiv), "refresh")) {
		add_refresh(c, decode(c, a->content));
	} else if (name == NAME_BASE && c->base.len == 0 && c->out->url_count > 0) {
		const struct html_url *last = &c->out->urls[c->out->url_count - 1];

		if (strcmp(last->where, "base href") == 0 && is_absolute(last->url))
			c->base = last->url;
	}
	break_for(c, name_flags(name));
}

static void open_element(struct converter *c, const struct html_token *token)
{
	uint16_t name = name_id(token->name);
	unsigned flags = name_flags(name);
	struct attributes a;

	close_implied(c, name, flags);
	read_attributes(c, token, &a);
	if (a.rest_quoted)
		c->rest_quoted = 1;
	if ((flags & VOID) != 0) {
		open_void(c, name, &a);
		return;
	}
	if (token->self_closing && memchr(token->name.ptr, ':', token->name.len) != NULL)
		return;
	push(c, name, &a);
	add_image(c, a.backdrop, &a);
	break_for(c, flags);
	if ((flags & CELL) != 0)
		html_write_tab(is_removed(c) ? &c->hidden : &c->visible);
	if ((flags & ITEM) != 0 && !is_hidden(c))
		c->bullet = true;
}

static void end_element(struct converter *c, const struct html_token *token)
{
	uint16_t name = name_id(token->name);
	unsigned flags = name_flags(name);
	bool removed;

	if (name == NAME_BR) {
		html_write_line(&c->visible, quote_depth(c));
		return;
	}
	if ((flags & VOID) != 0)
		return;
	removed = is_removed(c);
	break_for(c, flags);
	close_element(c, name);
	if (!removed)
		break_for(c, flags);
	if ((flags & ITEM) != 0)
		c->bullet = false;
}

static void raw_element(struct converter *c, const struct html_token *token)
{
	if (slice_case_eq_str(token->name, "style")) {
		add_sheet_urls(c, token->body);
	} else if (slice_case_eq_str(token->name, "textarea")) {
		write_value(c, token->body);
	} else if (slice_case_eq_str(token->name, "xmp") || slice_case_eq_str(token->name, "plaintext")) {
		html_write_break(&c->visible, 1);
		write_text(c, decode(c, token->body));
		html_write_break(&c->visible, 1);
	}
}

static void convert(struct converter *c, struct slice html, bool nested);

/*
 * "<!--[if mso]> ... <![endif]-->" is shown by Outlook alone: its text counts
 * as hidden, its URLs as all others.
 */
static void conditional_comment(struct converter *c, struct slice body)
{
	struct attributes a = {.hidden = true, .width = -1, .height = -1, .style = {.colour = HTML_COLOUR_NONE, .background = HTML_COLOUR_NONE}};
	size_t depth = c->depth, floor = c->floor, excess = c->excess;
	long start;

	body = slice_trim(body);
	start = slice_case_prefix(body, "[if") ? slice_find(body, SLICE_LIT("]>")) : -1;
	if (start < 0)
		return;
	push(c, (uint16_t)(NAMES_KNOWN), &a);
	c->floor = c->depth;
	html_write_break(&c->hidden, 1);
	convert(c, slice_sub(body, (size_t)start + 2, body.len), true);
	while (c->depth > depth)
		pop(c);
	c->floor = floor;
	c->excess = excess;
}

/* Has the time for this run out? Looked at now and then. */
static bool time_is_up(struct converter *c)
{
	if (++c->steps % STEPS_PER_CHECK != 0 || c->deadline == 0 || clock_monotonic_ms() < c->deadline)
		return false;
	c->out->truncated = true;
	return true;
}

static void convert(struct converter *c, struct slice html, bool nested)
{
	struct html_lexer lexer = {.html = html};
	struct html_token token;

	while (!c->failed && !c->visible.full && !time_is_up(c)) {
		html_token_next(&lexer, &token);
		if (token.kind == HTML_END_OF_FILE)
			return;
		if (token.kind == HTML_TEXT) {
			buf_truncate(&c->work, 0);
			html_decode(token.body, false, &c->work);
			c->failed |= c->work.failed;
			write_text(c, buf_slice(&c->work));
		} else if (token.kind == HTML_RAW) {
			raw_element(c, &token);
		} else if (token.kind == HTML_START) {
			open_element(c, &token);
		} else if (token.kind == HTML_END) {
			end_element(c, &token);
		} else if (!nested) {
			conditional_comment(c, token.body);
		}
	}
}

/*
 * A style sheet anywhere may show again what an element's own style hides, so
 * all are looked through before; what they might undo hides nothing.
 */
static void look_at_sheets(struct converter *c, struct slice html)
{
	struct html_lexer lexer = {.html = html};
	struct html_token token;

	do {
		html_token_next(&lexer, &token);
		if (token.kind != HTML_RAW || !slice_case_eq_str(token.name, "style"))
			continue;
		c->sheet_colours |= slice_case_find(token.body, SLICE_LIT("background")) >= 0;
		c->sheet_display |= slice_case_find(token.body, SLICE_LIT("display")) >= 0;
		c->sheet_important |= slice_case_find(token.body, SLICE_LIT("important")) >= 0 ||
		    slice_find(token.body, SLICE_LIT("\\")) >= 0;
	} while (token.kind != HTML_END_OF_FILE);
	c->sheet_display |= c->sheet_important;
	c->sheet_colours |= c->sheet_important;
}

/* Moves a writer's text into the arena. */
static struct slice finish(struct converter *c, struct html_writer *w)
{
	struct slice s = w->text.failed ? SLICE_NONE : arena_slice(c->arena, buf_slice(&w->text));

	c->failed |= s.ptr == NULL;
	c->out->truncated |= w->full;
	buf_free(&w->text);
	return s;
}

int html_to_text(struct arena *arena, struct slice html, size_t max_out, size_t max_urls,
    int64_t deadline_ms, struct html_text *out)
{
	struct converter *c = calloc(1, sizeof(*c));
	bool failed;

	*out = (struct html_text){.text = {"", 0}, .hidden = {"", 0}};
	if (c == NULL)
		return -1;
	c->arena = arena;
	c->out = out;
	c->max_urls = max_urls;
	c->deadline = deadline_ms;
	c->visible.max = c->hidden.max = max_out;
	look_at_sheets(c, html);
	convert(c, html, false);
	out->text = finish(c, &c->visible);
	out->hidden = finish(c, &c->hidden);
	buf_free(&c->work);
	free(c->stack);
	failed = c->failed;
	free(c);
	return failed ? -1 : 0;
}
