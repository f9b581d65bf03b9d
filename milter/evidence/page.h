/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_EVIDENCE_PAGE_H
#define POSTERN_EVIDENCE_PAGE_H

#include "core/buf.h"
#include "core/json.h"

/* object[key] in one line between before and after, which are markup; nothing when it has none. */
void page_member(struct buf *out, const char *before, const json_t *object, const char *key, const char *after);

/* style.c: the summary's style sheet, in pieces, NULL at the end. */
extern const char *const summary_style[];
/* A page's start, with a style sheet that only it may have and no source for anything else; title is text. */
void page_begin(struct buf *out, const char *title, const char *const *style);
void page_end(struct buf *out);

/* A table's start with column titles (markup), a list that ends with NULL; end it with page_table_end. */
void page_table(struct buf *out, const char *caption, const char *const *columns);
void page_table_end(struct buf *out);

#endif
