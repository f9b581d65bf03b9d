/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Checking the whole chain, for "postern audit verify". It names the first
 * record that is wrong and says what happened to it, as far as the bytes can
 * tell: edited, removed, moved, inserted, cut off.
 */
#include "audit/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/chain.h"
#include "audit/files.h"

struct verify {
	const char *dir;
	struct file_list files;
	int64_t expected_seq;
	const char *expected_head;
	struct chain_head head;
	struct audit_report *report;
};

__attribute__((format(printf, 4, 5)))
static int broken(struct verify *v, const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	v->report->file = strdup(file);
	v->report->line = line;
	va_start(ap, fmt);
	vsnprintf(v->report->reason, sizeof(v->report->reason), fmt, ap);
	va_end(ap);
	return v->report->file != NULL ? 1 : -1;
}

/* Does a sound record seq stand somewhere behind line of the file at index? Then it was moved, not removed. */
static bool stands_later(const struct verify *v, size_t index, int line, int64_t seq)
{
	bool found = false;

	for (size_t i = index; i < v->files.count && !found; i++) {
		struct audit_lines lines;
		struct diag ignored = {0};
		struct slice text;

		if (audit_lines_open(&lines, v->files.paths[i], 0, &ignored) == -1)
			return false;
		while (!found && audit_lines_next(&lines, &text, &ignored) == 1) {
			struct chain_record record;

			if (i == index && lines.line <= line)
				continue;
			chain_parse(text, &record);
			found = record.sound && record.seq == seq;
			chain_record_free(&record);
		}
		audit_lines_close(&lines);
	}
	return found;
}

/* Why record, which does not follow, does not. */
static int explain(struct verify *v, size_t index, int line, const struct chain_record *record)
{
	const char *file = v->files.paths[index];
	int64_t want = v->head.seq + 1;

	if (record->event == NULL)
		return broken(v, file, line, "edited: not a JSON object where record %" PRId64 " should stand", want);
	if (!record->sound && record->seq == want)
		return broken(v, file, line, "edited: record %" PRId64 " does not fit its hash", want);
	if (!record->sound)
		return broken(v, file, line, "edited or inserted: it does not fit its hash and says %" PRId64
		    " where record %" PRId64 " should stand", record->seq, want);
	if (record->seq > want && stands_later(v, index, line, want))
		return broken(v, file, line, "reordered: record %" PRId64 " stands before record %" PRId64,
		    record->seq, want);
	if (record->seq > want)
		return broken(v, file, line, "removed: records %" PRId64 " to %" PRId64 " are missing before this one",
		    want, record->seq - 1);
	if (record->seq < want)
		return broken(v, file, line, "inserted or repeated: record %" PRId64
		    " stands again after record %" PRId64, record->seq, v->head.seq);
	return broken(v, file, line, "inserted or replaced: record %" PRId64
	    " is whole but does not continue the record before it", record->seq);
}

/* 0: good, 1: broken, -1: error. */
static int verify_record(struct verify *v, size_t index, int line, const struct chain_record *record)
{
	if (!chain_follows(&v->head, record))
		return explain(v, index, line, record);
	chain_advance(&v->head, record);
	if (v->report->events++ == 0)
		v->report->first = record->seq;
	v->report->last = record->seq;
	memcpy(v->report->head, record->hash, HASH_HEX_SIZE);
	if (record->seq == v->expected_seq && v->expected_head != NULL &&
	    strcmp(record->hash, v->expected_head) != 0)
		return broken(v, v->files.paths[index], line, "replaced: the store knows record %" PRId64
		    " with another hash, so this log was written anew", record->seq);
	return 0;
}

/* A running posternd may be in the middle of its last line. */
static bool writer_runs(const char *dir)
{
	size_t size = strlen(dir) + sizeof("/lock");
	char *path = malloc(size);
	bool runs = false;
	int fd;

	if (path == NULL)
		return false;
	snprintf(path, size, "%s/lock", dir);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd != -1) {
		runs = flock(fd, LOCK_SH | LOCK_NB) == -1 && errno == EWOULDBLOCK;
		close(fd);
	}
	free(path);
	return runs;
}

static int verify_rest(struct verify *v, size_t index, int line, struct slice rest)
{
	bool last = index + 1 == v->files.count;

	if (rest.len == 0 || (last && writer_runs(v->dir)))
		return 0;
	return broken(v, v->files.paths[index], line + 1, last
	    ? "incomplete last line: a crash or a cut (posternd puts it aside at its next start)"
	    : "cut off: the file ends in the middle of a line");
}

static int verify_file(struct verify *v, size_t index, struct diag *d)
{
	const char *path = v->files.paths[index];
	struct audit_lines lines;
	struct slice text;
	int rc, result = 0;

	if (v->head.seq > 0 && audit_file_seq(path) <= v->head.seq)
		return broken(v, path, 1, "inserted: the file's name says record %" PRId64
		    ", but the files before it end with record %" PRId64, audit_file_seq(path), v->head.seq);
	if (audit_lines_open(&lines, path, 0, d) == -1)
		return -1;
	while (result == 0 && (rc = audit_lines_next(&lines, &text, d)) == 1) {
		struct chain_record record;

		chain_parse(text, &record);
		result = verify_record(v, index, lines.line, &record);
		chain_record_free(&record);
	}
	if (result == 0)
		result = rc == -1 ? -1 : verify_rest(v, index, lines.line, text);
	audit_lines_close(&lines);
	return result;
}

static int verify_end(struct verify *v)
{
	const char *last = v->files.count > 0 ? v->files.paths[v->files.count - 1] : v->dir;

	if (v->expected_seq <= v->head.seq)
		return 0;
	return broken(v, last, 0, "cut off: the log ends with record %" PRId64 ", but the store has seen record %" PRId64,
	    v->head.seq, v->expected_seq);
}

int audit_verify(const char *dir, int64_t expected_seq, const char *expected_head,
    struct audit_report *report_r, struct diag *d)
{
	struct verify v = {.dir = dir, .expected_seq = expected_seq, .expected_head = expected_head,
	    .report = report_r};
	struct stat st;
	int rc = 0;

	*report_r = (struct audit_report){0};
	if (expected_head != NULL && *expected_head == '\0')
		v.expected_head = NULL;
	if (stat(dir, &st) == -1)
		return diag_add(d, "%s: %s", dir, strerror(errno));
	if (audit_file_list(dir, &v.files, d) == -1)
		return -1;
	report_r->files = v.files.count;
	for (size_t i = 0; i < v.files.count && rc == 0; i++)
		rc = verify_file(&v, i, d);
	if (rc == 0)
		rc = verify_end(&v);
	file_list_free(&v.files);
	if (rc == -1 && d->len == 0)
		diag_add(d, "%s: out of memory", dir);
	if (rc == -1)
		audit_report_free(report_r);
	return rc == -1 ? -1 : 0;
}

void audit_report_free(struct audit_report *report)
{
	free(report->file);
	report->file = NULL;
}
