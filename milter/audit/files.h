/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_AUDIT_FILES_H
#define POSTERN_AUDIT_FILES_H

#include <stdint.h>
#include <sys/types.h>

#include "core/buf.h"
#include "core/diag.h"
#include "core/file.h"
#include "core/slice.h"

/* The log's files, for the rooms of the log only. */

/* No record is longer; a longer line is damage. */
#define AUDIT_LINE_MAX ((size_t)16 << 20)
#define AUDIT_EVENT_MAX ((size_t)8 << 20)
/* "DIR/audit-<12 digits>.jsonl": what audit_file_path needs beside the directory. */
#define AUDIT_NAME_SIZE 48

/* The path of the file that begins with seq; free() it. NULL: out of memory. */
char *audit_file_path(const char *dir, int64_t seq);
/* The number in a file's name, or -1 when it is none of ours. */
int64_t audit_file_seq(const char *path);
/* All files of the log in order; a .jsonl file of another name is left out. */
int audit_file_list(const char *dir, struct file_list *out, struct diag *d);
/*
 * Takes DIR/lock for this process. The descriptor (closing it unlocks), or -1:
 * somebody else has it.
 */
int audit_lock(const char *dir, struct diag *d);

/*
 * For the log's own threads: signals are the daemon's (SIGHUP must not end it here), and a file size limit is
 * an error to report, not a death. Signals of crashes stay.
 */
void audit_block_signals(void);

/* Reads a file line by line from an offset. */
struct audit_lines {
	int fd;
	const char *path; /* the caller's */
	struct buf buf;
	size_t start;     /* of the next line in buf */
	off_t offset;     /* of the next line in the file */
	int line;         /* number of the line that was given last, when read from the start */
};

int audit_lines_open(struct audit_lines *lines, const char *path, off_t offset, struct diag *d);
/*
 * The next line without its line feed, valid until the next call. 1: a line, 0: the
 * end, -1: error. At the end *line_r is what follows the last line feed (a torn line).
 */
int audit_lines_next(struct audit_lines *lines, struct slice *line_r, struct diag *d);
void audit_lines_close(struct audit_lines *lines);

#endif
