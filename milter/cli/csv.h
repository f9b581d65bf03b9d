/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_CLI_CSV_H
#define POSTERN_CLI_CSV_H

#include <stdbool.h>
#include <stddef.h>

#include "core/diag.h"

/*
 * A table with a header line: fields parted by comma, semicolon or tab (whichever the header has), quoted with
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

#endif
