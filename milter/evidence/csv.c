/* SPDX-License-Identifier: BSD-2-Clause */
/* Tables for spreadsheets, which take a cell that begins like a formula for one. */
#include "evidence/files.h"

#include <string.h>

#include "core/text.h"
#include "evidence/internal.h"

static void add_cell(struct buf *out, struct slice text)
{
	/* As spreadsheets' own exports do it: the sign is shown, and nothing is reckoned. */
	if (text.len > 0 && strchr("=+-@\t\r", text.ptr[0]) != NULL && text.ptr[0] != '\0')
		buf_add_char(out, '\'');
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '"')
			buf_add_char(out, '"');
		buf_add_char(out, text.ptr[i]);
	}
}

/* Line feeds stay: a cell may have several lines. */
static void add_text(struct buf *out, const char *text)
{
	struct buf clean = {0};

	text_add_clean(&clean, slice_str(text), TEXT_FOR_TERMINAL);
	buf_add_char(out, '"');
	add_cell(out, buf_slice(&clean));
	buf_add_char(out, '"');
	out->failed |= clean.failed;
	buf_free(&clean);
}

static void add_value(struct buf *out, const json_t *value)
{
	if (json_is_string(value))
		add_text(out, json_string_value(value));
	else if (json_is_integer(value))
		buf_printf(out, "%lld", (long long)json_integer_value(value));
	else if (json_is_boolean(value))
		buf_add_str(out, json_is_true(value) ? "yes" : "no");
}

void csv_write(struct buf *out, const json_t *rows, const char *const *columns)
{
	const json_t *row;
	size_t i;

	for (size_t k = 0; columns[k] != NULL; k++)
		buf_printf(out, "%s%s", k > 0 ? "," : "", columns[k]);
	buf_add_str(out, "\r\n");
	json_array_foreach(rows, i, row) {
		for (size_t k = 0; columns[k] != NULL; k++) {
			if (k > 0)
				buf_add_char(out, ',');
			add_value(out, json_object_get(row, columns[k]));
		}
		buf_add_str(out, "\r\n");
	}
}
