/* SPDX-License-Identifier: BSD-2-Clause */
/* Tables for spreadsheets (RFC 4180), with text in them that is others'. */
#include "core/csv.h"

#include <inttypes.h>
#include <string.h>

#include "core/text.h"

static void begin_field(struct csv_writer *csv)
{
	if (csv->begun)
		buf_add_char(csv->out, ',');
	csv->begun = true;
}

/*
 * Spreadsheets take what begins so for a formula, also behind quotes, and run it
 * when the file is opened (OWASP: CSV injection); those of East Asia take the full-width forms, too.
 */
static bool is_formula(struct slice text)
{
	static const char *const wide[] = {"\uFF1D", "\uFF0B", "\uFF0D", "\uFF20", NULL};

	return text.len > 0 && (memchr("=+-@\t\r\n", text.ptr[0], 7) != NULL || slice_case_prefix_of(text, wide));
}

static void add_quoted(struct buf *out, struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '"')
			buf_add_char(out, '"');
		buf_add_char(out, text.ptr[i]);
	}
}

void csv_text(struct csv_writer *csv, struct slice text)
{
	struct buf clean = {0};

	begin_field(csv);
	if (text.ptr == NULL)
		return;
	text_append(&clean, text, TEXT_FOR_LOG);
	buf_add_char(csv->out, '"');
	if (is_formula(text))
		buf_add_char(csv->out, '\'');
	add_quoted(csv->out, buf_slice(&clean));
	buf_add_char(csv->out, '"');
	csv->out->failed |= clean.failed;
	buf_free(&clean);
}

void csv_str(struct csv_writer *csv, const char *text)
{
	csv_text(csv, slice_str(text));
}

void csv_int(struct csv_writer *csv, int64_t number)
{
	begin_field(csv);
	buf_printf(csv->out, "%" PRId64, number);
}

void csv_tenths(struct csv_writer *csv, int64_t tenths)
{
	int64_t magnitude = tenths < 0 ? -tenths : tenths;

	begin_field(csv);
	buf_printf(csv->out, "%s%" PRId64 ".%" PRId64, tenths < 0 ? "-" : "", magnitude / 10, magnitude % 10);
}

void csv_end_row(struct csv_writer *csv)
{
	buf_add_str(csv->out, "\r\n");
	csv->begun = false;
}

void csv_header(struct csv_writer *csv, const char *const *names)
{
	for (size_t i = 0; names[i] != NULL; i++)
		buf_printf(csv->out, "%s%s", i > 0 ? "," : "", names[i]);
	csv_end_row(csv);
}
