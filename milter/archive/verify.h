/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_ARCHIVE_VERIFY_H
#define POSTERN_ARCHIVE_VERIFY_H

#include <stdbool.h>
#include <stddef.h>

#include "archive/archive.h"
#include "core/diag.h"

/* Compares the archive's files with the log, not with what is made of it. */

enum archive_fault {
	ARCHIVE_FAULT_MISSING,    /* the log has the message and no tombstone */
	ARCHIVE_FAULT_DAMAGED,
	ARCHIVE_FAULT_UNREADABLE, /* sealed with a key that is not here, or an error of the disk */
	ARCHIVE_FAULT_LEFT_OVER,  /* the log calls it purged */
	ARCHIVE_FAULT_STRANGER,   /* the log knows nothing of it */
	ARCHIVE_FAULTS
};

/* "missing", "damaged", "unreadable", "left over", "stranger". */
const char *archive_fault_name(enum archive_fault fault);

/* Text is valid during the call only. */
struct archive_finding {
	enum archive_fault fault;
	const char *digest; /* NULL of a stranger whose name does not tell */
	const char *id;     /* audit id of the newest message with it; NULL: none */
	const char *file;   /* relative to the archive's directory; NULL: there is none */
	const char *reason; /* for people */
};

typedef int (*archive_finding_fn)(void *arg, const struct archive_finding *finding);

struct archive_tally {
	size_t messages, files; /* that the log has and no tombstone names; the files that they need */
	size_t purged;          /* files that tombstones name */
	size_t faults[ARCHIVE_FAULTS];
};

/*
 * Reads the log in audit_dir as a whole and each file that it names (contents false: only looks whether it is
 * there), then looks for files that it does not name. Files that come and go meanwhile may be found wrongly. fn returns
 * 0 to go on. 0: looked through, what fn returned, or -1: the log or the directory can't be read.
 */
int archive_verify(const struct archive *archive, const char *audit_dir, bool contents, archive_finding_fn fn,
    void *arg, struct archive_tally *tally_r, struct diag *d);

#endif
