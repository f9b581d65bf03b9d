/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_CORE_HTML_PAGE_H
#define POSTERN_CORE_HTML_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/slice.h"

/*
 * A page of HTML that stands alone: for reports and evidence that are mailed, opened from a disk and printed. It has
 * no script, asks nobody for anything, and its content security policy refuses both and every style but its own. All
 * text goes through html_text: it may be a stranger's. The same calls give the same bytes. Errors show in out->failed.
 */

/* Adds text so that it is text, in an element or a quoted attribute. Control and hidden characters become visible. */
void html_text(struct buf *out, struct slice text);
void html_str(struct buf *out, const char *text);
/* The same where line feeds and tabs stay: for <pre>. */
void html_lines(struct buf *out, struct slice text);

struct html_page {
	const char *title; /* of the window, and the heading */
	const char *about; /* a line under the heading; may be NULL */
	const char *style; /* more CSS than the page's own (html_page.c), a constant; may be NULL */
};

/* Everything up to the first content; html_page_close ends it. What stands between is the caller's, well-formed. */
void html_page_open(struct buf *out, const struct html_page *page);
/* foot: a line at the end of the page; may be NULL. */
void html_page_close(struct buf *out, const char *foot);

/* A section with a heading. about: a line under it; may be NULL. */
void html_section_open(struct buf *out, const char *title, const char *about);
void html_section_close(struct buf *out);

/*
 * A table with a caption, for readers' programs too: the first column of each row is its header. Cells come row by row;
 * rows open and close by themselves.
 */
struct html_column {
	const char *title;
	bool number; /* set to the right */
};

struct html_table {
	struct buf *out;
	const struct html_column *columns;
	size_t count;
	size_t at; /* column of the next cell */
};

/* columns: the caller's, has to stay. */
struct html_table html_table_open(struct buf *out, const char *caption, const struct html_column *columns, size_t count);
void html_cell(struct html_table *table, struct slice text);
void html_cell_str(struct html_table *table, const char *text);
void html_cell_int(struct html_table *table, int64_t number);
/* A cell of HTML made by the caller, well-formed. */
void html_cell_markup(struct html_table *table, const char *markup);
void html_table_close(struct html_table *table);

#endif
