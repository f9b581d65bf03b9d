/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_MAIL_HTML_PRIVATE_H
#define POSTERN_MAIL_HTML_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/slice.h"

/* What the html*.c files share; nobody else includes this. */

/* --- tokens (html_token.c) ------------------------------------------------ */

enum html_token_kind {
	HTML_END_OF_FILE, HTML_TEXT, HTML_RAW, HTML_START, HTML_END, HTML_COMMENT
};

struct html_token {
	enum html_token_kind kind;
	struct slice name;  /* HTML_START, HTML_END: as written */
	struct slice body;  /* text, comment's inside, or a start tag's attributes */
	bool self_closing;
};

/* Reads html from at on; a zeroed one with html set is at the start. */
struct html_lexer {
	struct slice html;
	size_t at;
	struct slice raw_name; /* element whose content is no markup: its name, or none */
};

void html_token_next(struct html_lexer *lexer, struct html_token *token);
/* Takes one attribute off *attributes; false when there is none. Values are not decoded. */
bool html_attribute_next(struct slice *attributes, struct slice *name_r, struct slice *value_r);

/* --- character references (html_entity.c) ---------------------------------- */

/* Appends in with its references decoded (as in an attribute or in text); NUL is dropped, bad UTF-8 becomes U+FFFD. */
void html_decode(struct slice in, bool attribute, struct buf *out);

/* --- style sheets (html_css.c) ---------------------------------------------- */

#define HTML_COLOUR_NONE UINT32_MAX
#define HTML_COLOUR_IMAGE (UINT32_MAX - 1) /* a background nobody can foretell */

struct html_style {
	bool hidden;        /* whatever is inside can't be seen */
	bool invisible;     /* hidden, but a child may be visible again */
	bool shown;         /* "display" is set to something that shows: the hidden attribute is void */
	bool visible;       /* "visibility: visible" */
	bool tiny;          /* font too small to be read */
	bool sized;         /* a font size that can be read */
	bool pre;
	int width, height;  /* pixels; -1: not said */
	uint32_t colour;    /* 0xRRGGBB or HTML_COLOUR_NONE */
	uint32_t background;
};

/* What a style attribute (decoded) says about being seen. */
void html_style_read(struct slice css, struct html_style *style);
/* "1", "1px": pixels; -1 for anything else ("100%"). */
int html_pixels_read(struct slice s);
/* Too close to be told apart by a reader. */
bool html_colours_equal(uint32_t a, uint32_t b);
/* A colour's value ("#fff", "white", "rgb(255, 255, 255)"), or HTML_COLOUR_NONE; *clear_r when it is transparent. */
uint32_t html_colour_read(struct slice s, bool *clear_r);
/*
 * Takes the next URL (url(...), @import "...") off *css into out, escapes
 * decoded; false when there is none.
 */
bool html_css_url_next(struct slice *css, struct buf *out);

/* --- output (html_text.c) ---------------------------------------------------- */

struct html_writer {
	struct buf text;
	size_t max;
	bool full;
	/* What stands between the last character and the next. */
	unsigned lines;     /* line feeds to come, 0 to 2 */
	bool space, tab;
	bool prefix;        /* a line was begun, its quote marks are not written yet */
	unsigned quote;     /* depth of the line that was last begun */
	bool started;
};

/* Text (decoded); pre keeps its white space. quote is the depth of quoting. */
void html_write(struct html_writer *w, struct slice text, bool pre, unsigned quote);
/* At least count line feeds before what comes next; 2 leave a blank line. */
void html_write_break(struct html_writer *w, unsigned count);
/* One more line feed, as <br>. */
void html_write_line(struct html_writer *w, unsigned quote);
/* The next cell of a row. */
void html_write_tab(struct html_writer *w);

#endif
