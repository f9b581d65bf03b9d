/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_REPORT_WRITE_H
#define POSTERN_REPORT_WRITE_H

#include "report/report.h"

/*
 * A report for people and programs. The same report gives the same bytes. Names, reasons and entries are others' text
 * and made harmless. Errors show in out->failed.
 */

/* Besides enum report_by: what was decided otherwise, one row each. */
#define REPORT_BY_OVERRIDE REPORT_BY_COUNT
#define REPORT_BY_ALL (REPORT_BY_COUNT + 1)

/* One screen (by is REPORT_BY_ALL), or one table with all its rows. colour: for a terminal. */
void report_text(struct buf *out, const struct report *report, int by, bool colour);
/* One table with a header line: totals and all groups (REPORT_BY_ALL), one kind of groups, or overrides. */
void report_csv(struct buf *out, const struct report *report, int by);
/* New reference; NULL: memory is out. */
json_t *report_json(const struct report *report);
/* A page that stands alone (core/html_page.h). */
void report_html(struct buf *out, const struct report *report);

/* A line of ASCII that says the most: for a mail's Subject. */
void report_subject(struct buf *out, const struct report *report);

/* What the forms share. */
/* "2026-09-28 to 2026-11-22, 8 weeks, Europe/Berlin, outgoing mail". */
void report_title(struct buf *out, const struct report *report);
/* "(none)" for the empty name. */
const char *report_shown(const char *name);
/* "3.4", or "-" when nothing was judged (permille is -1). */
void report_put_rate(struct buf *out, int64_t permille);
/* The count of a group in the week with that index; all weeks together for one without weeks. */
const struct report_count *report_of_week(const struct report_group *group, size_t week);
/* Messages that were held or refused, at most those that violate. */
int64_t report_stopped(const struct report_count *count);

#endif
