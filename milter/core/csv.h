/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_CORE_CSV_H
#define POSTERN_CORE_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/diag.h"

/*
 * Reading a table with a header line: fields parted by comma, semicolon or tab (whichever the header has), quoted with
 * double quotes where they hold one of these, lines ended by LF or CRLF, with or without a byte order mark.
 */
#define CSV_COLUMNS 16

struct csv {
	char *text;      /* the caller's, changed while reading */
	char separator;
	int line;        /* of the row that was read last; a header is line 1 */
	int next_line;
	char *fields[CSV_COLUMNS];
	size_t count;    /* fields of that row */
	char *names[CSV_COLUMNS];
	size_t columns;
};

/* Reads the header. text belongs to the caller and has to stay. -1 with the reason, without a place. */
int csv_open(struct csv *csv, char *text, struct diag *d);
/* The next row that is not empty: 1, 0 at the end, -1 with the reason in d (csv->line says where; reading can go on). */
int csv_next(struct csv *csv, struct diag *d);
/* Number of the column, or -1. */
int csv_column(const struct csv *csv, const char *name);
/* The row's field in a column, "" when it has none or column is -1. */
const char *csv_field(const struct csv *csv, int column);

/*
 * Writing one as RFC 4180 says: comma, CRLF, every text in double quotes. Text of strangers is made harmless: control
 * characters are escaped as in a log, and what a spreadsheet would take for a formula gets an apostrophe before it.
 * Errors show in out->failed.
 */
struct csv_writer {
	struct buf *out; /* the caller's */
	bool begun;      /* the row has a field */
};

/* The next field. SLICE_NONE (NULL) leaves it empty, without quotes. */
void csv_text(struct csv_writer *csv, struct slice text);
void csv_str(struct csv_writer *csv, const char *text);
void csv_int(struct csv_writer *csv, int64_t number);
/* A number with one digit behind the point, from tenths: 995 is 99.5. */
void csv_tenths(struct csv_writer *csv, int64_t tenths);
void csv_end_row(struct csv_writer *csv);
/* The names of the columns, as they are, and the end of the row. The list ends with NULL. */
void csv_header(struct csv_writer *csv, const char *const *names);

#endif
