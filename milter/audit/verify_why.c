/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What happened to the first record that is wrong, as far as the bytes can
 * tell: edited, removed, moved, inserted.
 */
#include "audit/verify.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "audit/files.h"

int verify_broken(struct verify *v, const char *file, int line, int64_t record, const char *fmt, ...)
{
	va_list ap;

	v->report->file = strdup(file);
	v->report->line = line;
	v->report->record = record;
	va_start(ap, fmt);
	vsnprintf(v->report->reason, sizeof(v->report->reason), fmt, ap);
	va_end(ap);
	return v->report->file != NULL ? 1 : -1;
}

/* Does a sound record seq stand in the file, behind line after? */
static bool stands_in(const char *path, int after, int64_t seq)
{
	struct audit_lines lines;
	struct diag ignored = {0};
	struct slice text;
	bool found = false;

	if (audit_lines_open(&lines, path, 0, &ignored) == -1)
		return false;
	while (!found && audit_lines_next(&lines, &text, &ignored) == 1) {
		struct chain_scan scan;

		found = lines.line > after && chain_scan(text, &scan) && scan.seq == seq;
	}
	audit_lines_close(&lines);
	return found;
}

/* Then it was moved, not removed. */
static bool stands_later(const struct verify *v, int64_t seq)
{
	for (size_t i = v->at.file; i < v->files.count; i++)
		if (stands_in(v->files.paths[i], i == v->at.file ? v->at.line : 0, seq))
			return true;
	return false;
}

static int explain_sound(struct verify *v, const char *file, int line, const struct chain_record *record)
{
	int64_t want = v->at.head.seq + 1;

	if (record->seq > want && stands_later(v, want))
		return verify_broken(v, file, line, want, "reordered: record %" PRId64 " stands before record %" PRId64,
		    record->seq, want);
	if (record->seq > want)
		return verify_broken(v, file, line, want, "removed: records %" PRId64 " to %" PRId64
		    " are missing before this one", want, record->seq - 1);
	if (record->seq < want)
		return verify_broken(v, file, line, record->seq, "inserted or repeated: record %" PRId64
		    " stands again after record %" PRId64, record->seq, v->at.head.seq);
	return verify_broken(v, file, line, want, "inserted or replaced: record %" PRId64
	    " is whole but does not continue the record before it", record->seq);
}

int verify_explain(struct verify *v, struct slice text)
{
	const char *file = v->files.paths[v->at.file];
	int64_t want = v->at.head.seq + 1;
	int line = v->at.line + 1, rc;
	struct chain_record record;

	chain_parse(text, &record);
	v->at.line = line;
	if (record.event == NULL)
		rc = verify_broken(v, file, line, want, "edited: not a JSON object where record %" PRId64 " should stand",
		    want);
	else if (!record.sound && record.seq == want)
		rc = verify_broken(v, file, line, want, "edited: record %" PRId64 " does not fit its hash", want);
	else if (!record.sound)
		rc = verify_broken(v, file, line, want, "edited or inserted: it does not fit its hash and says %" PRId64
		    " where record %" PRId64 " should stand", record.seq, want);
	else
		rc = explain_sound(v, file, line, &record);
	chain_record_free(&record);
	return rc;
}
