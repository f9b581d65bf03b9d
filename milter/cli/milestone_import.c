/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A file of milestones: everything is read and checked before the daemon hears
 * of any of it; then it gets as many at once as fit one request.
 */
#include "cli/milestone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/csv.h"
#include "core/file.h"
#include "core/text.h"
#include "desk/command.h"

#define FILE_MAX ((size_t)64 << 20)
#define WHY_SIZE (DESK_WHY_MAX + 1)

struct import {
	struct cli_desk *desk;
	const char *path;
	char why[WHY_SIZE];
	int name, order, time, term_days, marketplace; /* columns, -1: none */
	json_t *rows;       /* sound milestones, with "marketplace" */
	json_t *errors;     /* [{"line","error"}] */
	int64_t added, known;
};

/* ---- reading ---------------------------------------------------------------------- */

static void add_error(struct import *import, int line, const struct diag *d)
{
	json_t *object = json_object();

	json_put_int(object, "line", line);
	json_put(object, "error", slice_str(d->text));
	json_array_append_new(import->errors, object);
}

static int check_columns(struct import *import, const struct csv *csv, struct diag *d)
{
	static const char *const known[] = {"name", "order", "time", "term_days", "marketplace", NULL};
	unsigned before = d->count;

	for (size_t i = 0; i < csv->columns; i++) {
		const char *near = diag_suggest(csv->names[i], known);
		size_t k = 0;

		while (known[k] != NULL && strcmp(known[k], csv->names[i]) != 0)
			k++;
		if (known[k] == NULL)
			diag_at(d, import->path, 1, "unknown column '%.60s'%s%s%s", csv->names[i],
			    near != NULL ? ", did you mean '" : "", near != NULL ? near : "", near != NULL ? "'?" : "");
		else if (csv_column(csv, csv->names[i]) != (int)i)
			diag_at(d, import->path, 1, "column '%s' comes twice", csv->names[i]);
	}
	import->name = csv_column(csv, "name");
	import->order = csv_column(csv, "order");
	import->time = csv_column(csv, "time");
	import->term_days = csv_column(csv, "term_days");
	import->marketplace = csv_column(csv, "marketplace");
	if (import->name == -1 || import->order == -1 || import->time == -1)
		diag_at(d, import->path, 1, "the first line has to name the columns name, order and time "
		    "(and may name term_days and marketplace)");
	return d->count == before ? 0 : -1;
}

static int read_term(const char *text, int64_t *term_r, struct diag *d)
{
	char *end;
	long long n = strtoll(text, &end, 10);

	*term_r = n;
	if (*text == '\0' || (*end == '\0' && n > 0 && n <= DESK_TERM_DAYS_MAX))
		return 0;
	return diag_add(d, "term_days: '%.40s' is no number from 1 to %d", text, DESK_TERM_DAYS_MAX);
}

static void read_row(struct import *import, const struct csv *csv)
{
	struct milestone milestone = {.name = csv_field(csv, import->name), .order = csv_field(csv, import->order),
	    .time = csv_field(csv, import->time), .marketplace = csv_field(csv, import->marketplace)};
	struct diag d = {0};
	json_t *row;

	if (read_term(csv_field(csv, import->term_days), &milestone.term_days, &d) == -1 ||
	    milestone_check(import->desk, &milestone, &d) == -1) {
		add_error(import, csv->line, &d);
		return;
	}
	row = milestone_json(&milestone);
	json_put_str(row, "marketplace", milestone.marketplace);
	json_array_append_new(import->rows, row);
}

static int read_rows(struct import *import, char *text, struct diag *d)
{
	struct csv csv;
	int rc;

	if (csv_open(&csv, text, d) == -1 || check_columns(import, &csv, d) == -1)
		return -1;
	do {
		struct diag own = {0};

		rc = csv_next(&csv, &own);
		if (rc == 1)
			read_row(import, &csv);
		else if (rc == -1)
			add_error(import, csv.line, &own);
	} while (rc != 0);
	if (json_array_size(import->rows) + json_array_size(import->errors) == 0)
		return diag_add(d, "%s: has no line below the header", import->path);
	return 0;
}

/* ---- handing over ----------------------------------------------------------------- */

static size_t json_length(const json_t *value)
{
	struct buf text = {0};
	size_t length = json_write(&text, value) == 0 ? text.len : 0;

	buf_free(&text);
	return length;
}

static json_t *request_new(const struct import *import, const char *marketplace)
{
	json_t *request = json_object();

	json_put_str(request, "verb", desk_verb_name(DESK_VERB_MILESTONE));
	json_put_str(request, "why", import->why);
	if (marketplace[0] != '\0')
		json_put_str(request, "marketplace", marketplace);
	json_put_new(request, "milestones", json_array());
	/* It is added to each request: here for its length. */
	json_put_new(request, "from", cli_from());
	return request;
}

static int send_batch(struct import *import, json_t *request, struct diag *d)
{
	json_t *answer = NULL;

	if (cli_desk_ask(import->desk, request, &answer, d) == -1)
		return -1;
	import->added += json_get_int(answer, "added", 0);
	import->known += json_get_int(answer, "known", 0);
	json_decref(answer);
	return 0;
}

/* From row i on as many of one marketplace as fit a request; the number of the row after them in *next_r. */
static int send_from(struct import *import, size_t i, size_t *next_r, struct diag *d)
{
	const char *market = json_get_str(json_array_get(import->rows, i), "marketplace");
	json_t *request = request_new(import, market), *list = json_object_get(request, "milestones");
	/* "command":"desk" and the line feed come on top. */
	size_t length = json_length(request) + 32;

	for (; i < json_array_size(import->rows); i++) {
		json_t *row = json_array_get(import->rows, i), *copy;

		if (strcmp(json_get_str(row, "marketplace"), market) != 0)
			break;
		copy = json_copy(row);
		json_object_del(copy, "marketplace");
		length += json_length(copy) + 1;
		if (length > DESK_REQUEST_MAX && json_array_size(list) > 0) {
			json_decref(copy);
			break;
		}
		json_array_append_new(list, copy);
	}
	*next_r = i;
	return send_batch(import, request, d);
}

static int send_rows(struct import *import, struct diag *d)
{
	size_t i = 0;

	while (i < json_array_size(import->rows)) {
		if (send_from(import, i, &i, d) == 0)
			continue;
		return diag_add(d, "%s: %lld milestones were recorded before; import the file again, these are not "
		    "recorded twice", import->path, (long long)import->added);
	}
	return 0;
}

/* ---- the answer --------------------------------------------------------------------- */

static void show_errors(const struct import *import)
{
	json_t *error;
	size_t i;

	json_array_foreach(import->errors, i, error) {
		struct diag d = {0};

		diag_at(&d, import->path, (int)json_get_int(error, "line", 0), "%s", json_get_str(error, "error"));
		cli_fail(import->desk->cli, &d);
	}
}

static int finish(struct import *import, bool sent)
{
	size_t bad = json_array_size(import->errors);

	if (import->desk->cli->json) {
		json_t *object = json_object();

		json_put_bool(object, "ok", bad == 0);
		json_put_int(object, "added", import->added);
		json_put_int(object, "known", import->known);
		json_put_new(object, "errors", json_incref(import->errors));
		if (cli_json(object) != CLI_OK)
			return CLI_ERROR;
	} else {
		show_errors(import);
		if (sent)
			printf("%lld recorded, %lld known already, %zu left out\n", (long long)import->added,
			    (long long)import->known, bad);
		else
			fprintf(stderr, "postern: nothing was imported; mend the lines, or import the others with --partial\n");
	}
	return bad == 0 ? CLI_OK : sent ? CLI_NEGATIVE : CLI_ERROR;
}

static int import_text(struct import *import, char *text, bool partial)
{
	struct diag d = {0};
	bool send;

	if (read_rows(import, text, &d) == -1)
		return cli_fail(import->desk->cli, &d);
	send = partial || json_array_size(import->errors) == 0;
	if (send && send_rows(import, &d) == -1)
		return cli_fail(import->desk->cli, &d);
	return finish(import, send);
}

static int check_text(const struct import *import, const struct buf *text, struct diag *d)
{
	if (text->len == 0)
		return diag_add(d, "%s: is empty", import->path);
	if (strlen(text->data) != text->len || !utf8_valid(buf_slice(text)))
		return diag_add(d, "%s: is no text in UTF-8; save it as \"CSV UTF-8\"", import->path);
	return 0;
}

int milestone_import(struct cli_desk *desk, const char *path, const char *why, bool partial)
{
	struct import import = {.desk = desk, .path = path, .rows = json_array(), .errors = json_array()};
	const char *slash = strrchr(path, '/');
	struct buf text = {0};
	struct diag d = {0};
	int code;

	if (why != NULL)
		snprintf(import.why, sizeof(import.why), "%s", why);
	else
		snprintf(import.why, sizeof(import.why), "imported from %.200s", slash != NULL ? slash + 1 : path);
	if (file_read(path, FILE_MAX, &text, &d) == -1 || check_text(&import, &text, &d) == -1)
		code = cli_fail(desk->cli, &d);
	else
		code = import_text(&import, text.data, partial);
	buf_free(&text);
	json_decref(import.rows);
	json_decref(import.errors);
	return code;
}
