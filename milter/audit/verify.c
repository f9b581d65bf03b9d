/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Checking the whole chain, for "postern audit verify". It names the first
 * record that is wrong. Most of its time goes into SHA-256: what a checkpoint
 * of a known key signs is what the writer wrote, so only what follows
 * the last one is read as JSON, too.
 */
#include "audit/verify.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/files.h"

/* ---- one record ------------------------------------------------------------ */

static int note_record(struct verify *v, int64_t seq, const char *hash)
{
	struct audit_report *report = v->report;

	if (report->events++ == 0)
		report->first = seq;
	report->last = seq;
	memcpy(report->head, hash, HASH_HEX_SIZE);
	return verify_known(v, seq, hash);
}

/* A record that continues the chain; event is NULL where it was not read as JSON. */
static int take_record(struct verify *v, int64_t seq, const char *hash, bool checkpoint, const json_t *event)
{
	int rc = note_record(v, seq, hash);

	if (rc == 0 && checkpoint)
		rc = verify_checkpoint(v, seq, event);
	else if (rc == 0 && (rc = verify_cadence(v, seq)) == 0 && event != NULL && v->tail)
		rc = verify_time(v, seq, event);
	if (rc != 0)
		return rc;
	v->at.head.seq = seq;
	memcpy(v->at.head.hash, hash, HASH_HEX_SIZE);
	return 0;
}

/* Reads the record as JSON, whatever chain_scan thinks of it. */
static int verify_deep(struct verify *v, struct slice line)
{
	struct chain_record record;
	int rc;

	chain_parse(line, &record);
	if (chain_follows(&v->at.head, &record)) {
		const char *type = json_get_str(record.event, "event");

		rc = take_record(v, record.seq, record.hash, type != NULL && strcmp(type, "checkpoint") == 0, record.event);
	} else {
		rc = verify_explain(v, line);
	}
	chain_record_free(&record);
	return rc;
}

/* 0: good, 1: broken, -1: error. */
static int verify_line(struct verify *v, struct slice line)
{
	char hash[HASH_HEX_SIZE];
	struct chain_scan scan;

	if (v->deep || !chain_scan(line, &scan) || !chain_scan_follows(&v->at.head, &scan) ||
	    slice_eq_str(scan.event, "checkpoint"))
		return verify_deep(v, line);
	memcpy(hash, scan.hash.ptr, sizeof(hash) - 1);
	hash[sizeof(hash) - 1] = '\0';
	return take_record(v, scan.seq, hash, false, NULL);
}

/* ---- files ------------------------------------------------------------------ */

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

static int verify_rest(struct verify *v, struct slice rest)
{
	bool last = v->at.file + 1 == v->files.count;

	if (rest.len == 0 || (last && writer_runs(v->dir)))
		return 0;
	return verify_broken(v, v->files.paths[v->at.file], v->at.line + 1, v->at.head.seq + 1, last
	    ? "incomplete last line: a crash or a cut (posternd puts it aside at its next start)"
	    : "cut off: the file ends in the middle of a line");
}

/* From v->at to the end of its file. */
static int verify_file(struct verify *v, struct diag *d)
{
	const char *path = v->files.paths[v->at.file];
	struct audit_lines lines;
	struct slice text;
	int rc, result = 0;

	if (v->at.offset == 0 && v->at.head.seq > 0 && audit_file_seq(path) <= v->at.head.seq)
		return verify_broken(v, path, 1, audit_file_seq(path), "inserted: the file's name says record %" PRId64
		    ", but the files before it end with record %" PRId64, audit_file_seq(path), v->at.head.seq);
	if (audit_lines_open(&lines, path, v->at.offset, d) == -1)
		return -1;
	lines.line = v->at.line;
	while (result == 0 && (rc = audit_lines_next(&lines, &text, d)) == 1) {
		int64_t checkpoints = v->report->checkpoints;

		result = verify_line(v, text);
		v->at.offset = lines.offset;
		v->at.line = lines.line;
		if (result == 0 && v->report->checkpoints != checkpoints)
			v->signed_at = v->at;
	}
	if (result == 0)
		result = rc == -1 ? -1 : verify_rest(v, text);
	audit_lines_close(&lines);
	return result;
}

static int verify_walk(struct verify *v, struct diag *d)
{
	int rc = 0;

	while (rc == 0 && v->at.file < v->files.count) {
		rc = verify_file(v, d);
		if (rc != 0)
			break;
		v->at.file++;
		v->at.offset = 0;
		v->at.line = 0;
	}
	return rc != 0 ? rc : verify_end(v);
}

/* What is behind the last good checkpoint (or all) once more, as JSON: it names what is wrong there first. */
static int verify_again(struct verify *v, struct diag *d)
{
	int64_t end = v->signed_at.head.seq;

	audit_report_free(v->report);
	v->report->line = 0;
	v->report->record = 0;
	v->report->reason[0] = '\0';
	v->report->events = end > 0 ? end - v->report->first + 1 : 0;
	v->at = v->signed_at;
	v->deep = v->tail = true;
	return verify_walk(v, d);
}

int audit_verify_trusting(const char *dir, const struct audit_trust *trust, struct audit_report *report_r,
    struct diag *d)
{
	static const struct audit_trust none;
	struct verify v = {.dir = dir, .trust = trust != NULL ? trust : &none, .report = report_r};
	struct stat st;
	int rc;

	*report_r = (struct audit_report){.trusted = v.trust->keys != NULL && v.trust->keys->count > 0};
	if (v.trust->known_count > AUDIT_KNOWN_MAX)
		return diag_add(d, "%s: more than %d places know the log", dir, AUDIT_KNOWN_MAX);
	if (stat(dir, &st) == -1)
		return diag_add(d, "%s: %s", dir, strerror(errno));
	if (audit_file_list(dir, &v.files, d) == -1)
		return -1;
	report_r->files = v.files.count;
	v.deep = !report_r->trusted;
	rc = verify_walk(&v, d);
	if (rc != -1 && !v.deep)
		rc = verify_again(&v, d);
	file_list_free(&v.files);
	if (rc == -1 && d->len == 0)
		diag_add(d, "%s: out of memory", dir);
	if (rc == -1)
		audit_report_free(report_r);
	return rc == -1 ? -1 : 0;
}

int audit_verify(const char *dir, int64_t expected_seq, const char *expected_head,
    struct audit_report *report_r, struct diag *d)
{
	struct audit_known known = {.seq = expected_seq, .hash = expected_head, .what = "the store"};
	struct audit_trust trust = {.known = &known, .known_count = expected_seq > 0};

	return audit_verify_trusting(dir, &trust, report_r, d);
}

void audit_report_free(struct audit_report *report)
{
	free(report->file);
	report->file = NULL;
}
