/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_MAIL_HTML_PAGE_H
#define POSTERN_MAIL_HTML_PAGE_H

#include "core/arena.h"
#include "mail/html.h"
#include "mail/html_private.h"

/* A page on its way to text: what html.c and its parts share; nobody else includes this. */

#define HTML_URL_BYTES_MAX 65536
#define HTML_DATA_URL_BYTES 128  /* inline images are content, not addresses */
#define HTML_NAMES_KNOWN 72
#define HTML_NAMES_UNKNOWN 256   /* buckets for names that are not in the table */

enum html_element_flags {
	BLOCK = 1, PARAGRAPH = 2, VOID = 4, CELL = 8, ITEM = 16, PREFORMATTED = 32, QUOTATION = 64,
	DROPPED = 128 /* its text is nobody's to read */
};

enum html_known_name { NAME_A, NAME_BASE, NAME_BDO, NAME_BR, NAME_FONT, NAME_IMG, NAME_INPUT, NAME_META, NAME_P };

enum html_open_flags {
	HIDDEN = 1, INVISIBLE = 2, TINY = 4, PRE = 8,
	CONTAINER = 16, /* of a quoted reply (gmail_quote): quoted until its blockquote ends */
	IS_QUOTE = 32, DROP = 64, REVERSED = 128 /* written from right to left, whatever the letters */
};

struct html_open_element {
	uint16_t name;
	uint8_t flags;
	uint8_t quote;
	uint32_t colour, background;
};

struct html_converter {
	struct arena *arena;
	struct html_text *out;
	size_t max_urls, url_cap, image_cap;
	int64_t deadline;
	struct html_writer visible, hidden;
	struct buf work;
	struct html_open_element *stack;
	size_t depth, stack_cap, excess, floor;
	uint32_t open[HTML_NAMES_KNOWN + HTML_NAMES_UNKNOWN];
	struct slice base;
	unsigned rest_quoted; /* a mark was met after which all is history */
	unsigned steps;
	bool bullet;
	/* What style sheets may undo: colours, the hidden attribute, any style. */
	bool sheet_colours, sheet_display, sheet_important;
	bool failed;
};

/* What an element's attributes say. */
struct html_attributes {
	struct slice alt, type, value, content, equiv, source, backdrop;
	int width, height;
	struct html_style style;
	bool hidden, leftward, styled, sized, container, quoted, rest_quoted;
};

/* --- URLs (html_url.c) -------------------------------------------------------- */

struct slice html_url_trim(struct slice s);
/* Does s name its own scheme or host? */
bool html_url_is_absolute(struct slice s);
/* Adds a decoded URL; where is static text. Tabs, line ends and outer white space go, as in browsers. */
void html_url_add(struct html_converter *c, struct slice raw, const char *where);
/* All URLs of a style sheet; of a srcset ("a.png 1x, b.png 2x"); of a refresh ("0; url=https://..."). */
void html_sheet_urls_add(struct html_converter *c, struct slice css);
void html_srcset_add(struct html_converter *c, struct slice set);
void html_refresh_add(struct html_converter *c, struct slice content);

/* --- attributes (html_attribute.c) ---------------------------------------------- */

/* A value with its references decoded; good until the next call. */
struct slice html_value(struct html_converter *c, struct slice value);
/* Reads a start tag's attributes; their URLs and those of styles are added. */
void html_attributes_read(struct html_converter *c, const struct html_token *token, struct html_attributes *a);

/* --- open elements (html_element.c) ----------------------------------------------- */

uint16_t html_name_id(struct slice name);
/* enum html_element_flags of a name. */
unsigned html_name_flags(uint16_t id);
/* How deep in quoted history the next text stands; 0: it is new. */
unsigned html_quote_depth(const struct html_converter *c);
/* Is text that comes now kept from the reader? */
bool html_is_hidden(const struct html_converter *c);
/* Is the innermost element not even given room? Then it breaks no line either. */
bool html_is_removed(const struct html_converter *c);
void html_push(struct html_converter *c, uint16_t name, const struct html_attributes *a);
void html_pop(struct html_converter *c);
/* The line breaks that an element of these flags brings. */
void html_break_for(struct html_converter *c, unsigned flags);
/* Closes what a browser closes by itself: a paragraph before a block, a cell before the next. */
void html_close_implied(struct html_converter *c, uint16_t name, unsigned flags);
void html_close(struct html_converter *c, uint16_t name);

/* --- images (html_image.c) ---------------------------------------------------------- */

/* Would the element itself be hidden, wherever it stands? */
bool html_hides_itself(const struct html_converter *c, const struct html_attributes *a);
void html_image_add(struct html_converter *c, struct slice source, const struct html_attributes *a);

#endif
