/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading the log in order, from any record on, across files; also beside a
 * writer: what has no line feed yet is not read.
 */
#include "audit/read.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/chain.h"
#include "audit/files.h"
#include "core/clock.h"

/* A record carries the second in which its message came, which may take as long as an MTA's patience. */
#define RECORD_LATE_SECONDS 86400

/* The last file that begins at or before the wanted record; none: path stays NULL. */
static int cursor_locate(struct audit_cursor *cursor, struct diag *d)
{
	struct file_list list;
	const char *best = NULL;

	if (audit_file_list(cursor->dir, &list, d) == -1)
		return -1;
	for (size_t i = 0; i < list.count; i++)
		if (best == NULL || audit_file_seq(list.paths[i]) <= cursor->next)
			best = list.paths[i];
	if (best != NULL) {
		cursor->path = strdup(best);
		cursor->offset = 0;
		/* Older files were removed: begin where the log does. */
		if (cursor->next < audit_file_seq(best))
			cursor->next = audit_file_seq(best);
	}
	file_list_free(&list);
	return best != NULL && cursor->path == NULL ? diag_add(d, "%s: out of memory", cursor->dir) : 0;
}

struct walk {
	struct audit_cursor *cursor;
	int64_t last;
	audit_event_fn fn;
	void *arg;
};

/* One line: 1: go on, 0: stop without error (past the last one), else what fn gave. */
static int walk_line(const struct walk *walk, const struct audit_lines *lines, struct slice line, int *rc_r,
    struct diag *d)
{
	struct audit_cursor *cursor = walk->cursor;
	struct chain_record record;
	bool more = true;

	*rc_r = 0;
	chain_parse(line, &record);
	if (!record.sound || record.seq < 0)
		*rc_r = diag_add(d, "%s, byte %lld: not a record or an edited one, run 'postern audit verify'",
		    lines->path, (long long)lines->offset - (long long)line.len - 1);
	else if (record.seq > walk->last)
		more = false;
	else if (record.seq > cursor->next)
		*rc_r = diag_add(d, "%s: record %" PRId64 " is missing, run 'postern audit verify'",
		    lines->path, cursor->next);
	else if (record.seq == cursor->next)
		*rc_r = walk->fn(walk->arg, record.event);
	chain_record_free(&record);
	if (*rc_r != 0 || !more)
		return 0;
	cursor->next += record.seq == cursor->next;
	cursor->offset = lines->offset;
	return 1;
}

static int walk_file(const struct walk *walk, struct diag *d)
{
	struct audit_lines lines;
	struct slice line;
	int rc, result = 0;

	if (audit_lines_open(&lines, walk->cursor->path, walk->cursor->offset, d) == -1)
		return -1;
	while ((rc = audit_lines_next(&lines, &line, d)) == 1)
		if (walk_line(walk, &lines, line, &result, d) == 0)
			break;
	audit_lines_close(&lines);
	return rc == -1 ? -1 : result;
}

/* A file is named after its first record, so the next file's name is known. */
static int cursor_next_file(struct audit_cursor *cursor, struct diag *d)
{
	char *path = audit_file_path(cursor->dir, cursor->next);

	if (path == NULL)
		return diag_add(d, "%s: out of memory", cursor->dir);
	if (strcmp(path, cursor->path) == 0 || access(path, F_OK) == -1) {
		free(path);
		return 0;
	}
	free(cursor->path);
	cursor->path = path;
	cursor->offset = 0;
	return 1;
}

int audit_cursor_read(struct audit_cursor *cursor, int64_t last, audit_event_fn fn, void *arg, struct diag *d)
{
	struct walk walk = {cursor, last, fn, arg};
	int rc;

	if (cursor->path == NULL && cursor_locate(cursor, d) == -1)
		return -1;
	if (cursor->path == NULL)
		return 0;
	do {
		rc = walk_file(&walk, d);
		if (rc != 0 || cursor->next > last)
			return rc;
		rc = cursor_next_file(cursor, d);
	} while (rc == 1);
	return rc;
}

void audit_cursor_free(struct audit_cursor *cursor)
{
	free(cursor->path);
	cursor->path = NULL;
}

/* Whole files may be gone from the middle: the end is the end only when no later file stands there. */
int audit_cursor_check_end(const struct audit_cursor *cursor, struct diag *d)
{
	struct file_list list;
	int rc = 0;

	if (audit_file_list(cursor->dir, &list, d) == -1)
		return -1;
	if (list.count > 0 && audit_file_seq(list.paths[list.count - 1]) > cursor->next)
		rc = diag_add(d, "%s: records from %" PRId64 " on are missing before %s, run 'postern audit verify'",
		    cursor->dir, cursor->next, list.paths[list.count - 1]);
	file_list_free(&list);
	return rc;
}

int audit_read(const char *dir, int64_t from, audit_event_fn fn, void *arg, struct diag *d)
{
	struct audit_cursor cursor = {.dir = dir, .next = from > 0 ? from : 1};
	int rc = audit_cursor_read(&cursor, INT64_MAX - 1, fn, arg, d);

	if (rc == 0 && cursor.path != NULL)
		rc = audit_cursor_check_end(&cursor, d);
	audit_cursor_free(&cursor);
	return rc;
}

/* The second of a file's first record; 0, which is never too late, when it can't be read. */
static int64_t file_time(const char *path)
{
	struct chain_record record = {0};
	struct audit_lines lines;
	struct diag d;
	struct slice line;
	int64_t time = 0;

	diag_clear(&d);
	if (audit_lines_open(&lines, path, 0, &d) == -1)
		return 0;
	if (audit_lines_next(&lines, &line, &d) == 1) {
		const char *text;

		chain_parse(line, &record);
		text = record.event != NULL ? json_get_str(record.event, "time") : NULL;
		if (text == NULL || clock_parse(text, &time) == -1)
			time = 0;
		chain_record_free(&record);
	}
	audit_lines_close(&lines);
	return time;
}

int audit_find_since(const char *dir, int64_t time, int64_t *from_r, struct diag *d)
{
	struct file_list list;
	size_t i;

	*from_r = 1;
	if (audit_file_list(dir, &list, d) == -1)
		return -1;
	for (i = list.count; i > 1; i--)
		if (file_time(list.paths[i - 1]) <= time - RECORD_LATE_SECONDS)
			break;
	if (list.count > 0)
		*from_r = audit_file_seq(list.paths[i - 1]);
	file_list_free(&list);
	return 0;
}

int audit_read_since(const char *dir, int64_t time, audit_event_fn fn, void *arg, struct diag *d)
{
	int64_t from;

	return audit_find_since(dir, time, &from, d) == 0 ? audit_read(dir, from, fn, arg, d) : -1;
}
