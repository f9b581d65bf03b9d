/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_AUDIT_OUTPUT_H
#define POSTERN_AUDIT_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "audit/chain.h"
#include "audit/tail.h"
#include "core/diag.h"
#include "core/slice.h"

/* The file that the writer writes to; of its thread alone once that runs. */
struct audit_output {
	const char *dir;     /* the caller's */
	size_t rotate_bytes;
	int fd;              /* -1: none */
	char *path;
	off_t offset;        /* everything before it is durable */
	bool suspect;        /* the file may hold more, or other bytes, than it should */
};

/* Goes on with what was found at the start. */
int audit_output_begin(struct audit_output *output, const struct audit_tail *tail, struct diag *d);
/* Creates the file of record seq and makes it the current one. */
int audit_output_next(struct audit_output *output, int64_t seq, struct diag *d);
/* Before each write behind head: puts right what an error left, and begins a new file when this one is big enough. */
int audit_output_ready(struct audit_output *output, const struct chain_head *head, struct diag *d);
/* Writes and makes durable all of group, or nothing of it. */
int audit_output_write(struct audit_output *output, struct slice group, struct diag *d);
void audit_output_close(struct audit_output *output);

#endif
