/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The open elements of an HTML page on a flat stack of bounded depth: what each
 * inherits, hides and quotes, and which tags close which.
 */
#include "mail/html_page.h"

#include <stdlib.h>

#define DEPTH_MAX 65536     /* of open elements that are told apart */
#define LOOK_BACK 256       /* elements an inline end tag looks through */
#define CLOSE_BACK 16       /* elements through which </p> and so on are implied */

/* The first ones are in the order of known_name. */
static const struct { const char *name; unsigned flags; } elements[] = {
	{"a", 0}, {"base", VOID}, {"bdo", 0}, {"br", VOID}, {"font", 0}, {"img", VOID}, {"input", VOID}, {"meta", VOID},
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

_Static_assert(sizeof(elements) / sizeof(elements[0]) == HTML_NAMES_KNOWN, "count of the names in html_page.h");

uint16_t html_name_id(struct slice name)
{
	uint32_t hash = 5381;

	for (size_t i = 0; i < HTML_NAMES_KNOWN; i++) {
		if (slice_case_eq_str(name, elements[i].name))
			return (uint16_t)i;
	}
	for (size_t i = 0; i < name.len && i < 64; i++)
		hash = hash * 33 + (unsigned char)(name.ptr[i] | 0x20);
	return (uint16_t)(HTML_NAMES_KNOWN + hash % HTML_NAMES_UNKNOWN);
}

unsigned html_name_flags(uint16_t id)
{
	return id < HTML_NAMES_KNOWN ? elements[id].flags : 0;
}

unsigned html_quote_depth(const struct html_converter *c)
{
	unsigned quote = c->depth > 0 ? c->stack[c->depth - 1].quote : 0;

	return quote > c->rest_quoted ? quote : c->rest_quoted;
}

/* The place on the stack of the quote container that the next or last blockquote stands in, or depth. */
static size_t container_of(const struct html_converter *c)
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
static bool is_drowned(const struct html_converter *c, const struct html_open_element *e)
{
	if (e->colour == HTML_COLOUR_NONE || e->background == HTML_COLOUR_IMAGE || c->sheet_important)
		return false;
	if (e->background == HTML_COLOUR_NONE)
		return html_colours_equal(e->colour, 0xFFFFFF) && !c->sheet_colours;
	return html_colours_equal(e->colour, e->background);
}

bool html_is_hidden(const struct html_converter *c)
{
	const struct html_open_element *e = c->depth > 0 ? &c->stack[c->depth - 1] : NULL;

	return e != NULL && ((e->flags & (HIDDEN | INVISIBLE | TINY)) != 0 || is_drowned(c, e));
}

static bool stack_grow(struct html_converter *c)
{
	size_t want = c->stack_cap != 0 ? c->stack_cap * 2 : 64;
	struct html_open_element *grown;

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
static void inherit(const struct html_converter *c, struct html_open_element *e, unsigned flags, const struct html_attributes *a)
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
	if ((a->style.override || e->name == NAME_BDO) && (a->style.leftward || a->leftward))
		e->flags |= REVERSED;
	else if (e->name == NAME_BDO || (a->style.override && !a->style.leftward))
		e->flags &= (uint8_t)~REVERSED;
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

void html_push(struct html_converter *c, uint16_t name, const struct html_attributes *a)
{
	struct html_open_element e = {.colour = HTML_COLOUR_NONE, .background = HTML_COLOUR_NONE};

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
	inherit(c, &e, html_name_flags(name), a);
	c->stack[c->depth++] = e;
	c->open[name]++;
}

void html_pop(struct html_converter *c)
{
	struct html_open_element e = c->stack[--c->depth];
	size_t container;

	c->open[e.name]--;
	if ((e.flags & IS_QUOTE) == 0 || (container = container_of(c)) == c->depth)
		return;
	/* Answers between Gmail's quotes stand in its container, behind a blockquote. */
	for (size_t i = container; i < c->depth; i++)
		c->stack[i].quote--;
	c->stack[container].flags &= (uint8_t)~CONTAINER;
}

bool html_is_removed(const struct html_converter *c)
{
	return c->depth > 0 && (c->stack[c->depth - 1].flags & (HIDDEN | DROP)) != 0;
}

void html_break_for(struct html_converter *c, unsigned flags)
{
	unsigned lines = (flags & PARAGRAPH) != 0 ? 2 : 1;

	if ((flags & BLOCK) == 0)
		return;
	html_write_break(&c->hidden, 1);
	if (!html_is_removed(c))
		html_write_break(&c->visible, lines);
}

void html_close_implied(struct html_converter *c, uint16_t name, unsigned flags)
{
	for (size_t i = c->depth; i > c->floor && c->depth - i < CLOSE_BACK; i--) {
		uint16_t other = c->stack[i - 1].name;
		unsigned other_flags = html_name_flags(other);
		bool closes = other == NAME_P ? (flags & BLOCK) != 0 :
		    (flags & (CELL | ITEM)) != 0 && (other_flags & (CELL | ITEM)) == (flags & (CELL | ITEM));

		if (closes || other == name) {
			if (!closes && (flags & (CELL | ITEM)) == 0)
				return;
			while (c->depth >= i)
				html_pop(c);
			return;
		}
		if ((other_flags & (BLOCK | CELL)) != 0)
			return;
	}
}

void html_close(struct html_converter *c, uint16_t name)
{
	unsigned flags = html_name_flags(name);
	size_t i;

	if (c->excess > 0) {
		c->excess--;
		return;
	}
	if (c->open[name] == 0)
		return;
	for (i = c->depth; i > c->floor && c->stack[i - 1].name != name; i--) {
		if ((flags & (BLOCK | CELL)) == 0 && (c->depth - i >= LOOK_BACK ||
		    (html_name_flags(c->stack[i - 1].name) & (BLOCK | CELL)) != 0))
			return;
	}
	if (i == c->floor && (c->depth == c->floor || c->stack[c->floor].name != name))
		return;
	while (c->depth >= i)
		html_pop(c);
}
