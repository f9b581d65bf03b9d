/* SPDX-License-Identifier: BSD-2-Clause */
/* Tables as spreadsheets write them; fields are cut out of the text in place. */
#include "core/csv.h"

#include <string.h>

/* The separator that the header has first; quoted column names have none. */
static char find_separator(const char *text)
{
	size_t n = strcspn(text, ",;\t\r\n");

	return text[n] == ';' || text[n] == '\t' ? text[n] : ',';
}

/* A quoted field from behind its first quote; its end, behind the last quote. NULL: it never ends. */
static char *cut_quoted(struct csv *csv, char *from, char **field_r)
{
	char *to = from;

	*field_r = from;
	for (; *from != '\0'; from++) {
		if (*from == '"' && from[1] != '"') {
			*to = '\0';
			return from + 1;
		}
		from += *from == '"';
		csv->next_line += *from == '\n';
		*to++ = *from;
	}
	return NULL;
}

static void add_field(struct csv *csv, char *field)
{
	if (csv->count < CSV_COLUMNS)
		csv->fields[csv->count] = field;
	csv->count++;
}

static char *trim(char *field)
{
	size_t n;

	field += strspn(field, " ");
	n = strlen(field);
	while (n > 0 && (field[n - 1] == ' ' || field[n - 1] == '\r'))
		field[--n] = '\0';
	return field;
}

/* One field at csv->text; 1: the row goes on, 0: it ended here. -1: a quote is where none can be. */
static int cut_field(struct csv *csv)
{
	char stop[] = {csv->separator, '\n', '\0'}, *field = csv->text, *end;
	bool more;

	if (*field == '"') {
		end = cut_quoted(csv, field + 1, &field);
		if (end == NULL) {
			csv->text += strlen(csv->text);
			return -1;
		}
		if (end[strspn(end, "\r")] != '\0' && strchr(stop, end[strspn(end, "\r")]) == NULL) {
			csv->text = end + strcspn(end, "\n");
			csv->next_line += *csv->text == '\n';
			csv->text += *csv->text == '\n';
			return -1;
		}
		end += strspn(end, "\r");
	} else {
		end = field + strcspn(field, stop);
	}
	more = *end == csv->separator;
	csv->next_line += *end == '\n';
	csv->text = *end != '\0' ? end + 1 : end;
	*end = '\0';
	add_field(csv, trim(field));
	return more;
}

static int cut_row(struct csv *csv, struct diag *d)
{
	int more;

	csv->line = csv->next_line;
	csv->count = 0;
	while ((more = cut_field(csv)) == 1)
		;
	if (more == -1)
		return diag_add(d, "a quoted field does not end, or something follows its last quote; "
		    "double quotes inside a field are written twice");
	if (csv->count > CSV_COLUMNS)
		return diag_add(d, "%zu columns; at most %d", csv->count, CSV_COLUMNS);
	return 0;
}

int csv_open(struct csv *csv, char *text, struct diag *d)
{
	*csv = (struct csv){.text = text, .next_line = 1};
	if (strncmp(text, "\xEF\xBB\xBF", 3) == 0)
		csv->text += 3;
	csv->separator = find_separator(csv->text);
	if (cut_row(csv, d) == -1)
		return -1;
	memcpy(csv->names, csv->fields, sizeof(csv->names));
	csv->columns = csv->count;
	return 0;
}

int csv_next(struct csv *csv, struct diag *d)
{
	while (*csv->text != '\0') {
		if (cut_row(csv, d) == -1)
			return -1;
		if (csv->count == 1 && csv->fields[0][0] == '\0')
			continue;
		if (csv->count > csv->columns)
			return diag_add(d, "%zu fields, but the header has %zu", csv->count, csv->columns);
		return 1;
	}
	return 0;
}

int csv_column(const struct csv *csv, const char *name)
{
	for (size_t i = 0; i < csv->columns; i++)
		if (strcmp(csv->names[i], name) == 0)
			return (int)i;
	return -1;
}

const char *csv_field(const struct csv *csv, int column)
{
	return column >= 0 && (size_t)column < csv->count ? csv->fields[column] : "";
}
