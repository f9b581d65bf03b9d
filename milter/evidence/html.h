/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_EVIDENCE_HTML_H
#define POSTERN_EVIDENCE_HTML_H

#include "core/buf.h"
#include "core/json.h"

/* Text of strangers on a page: no markup, no controls, no characters that turn the direction; line feeds stay. */
void html_text(struct buf *out, const char *text);
/* The same in one line. */
void html_line(struct buf *out, const char *text);
/* object[key] in one line between before and after, which are markup; nothing when it has none. */
void html_member(struct buf *out, const char *before, const json_t *object, const char *key, const char *after);

/* style.c: the summary's style sheet, in pieces, NULL at the end. */
extern const char *const summary_style[];
/* A page's start, with a style sheet that only it may have and no source for anything else; title is text. */
void html_begin(struct buf *out, const char *title, const char *const *style);
void html_end(struct buf *out);

/* A table's start with column titles (markup), a list that ends with NULL; end it with html_table_end. */
void html_table(struct buf *out, const char *caption, const char *const *columns);
void html_table_end(struct buf *out);

#endif
