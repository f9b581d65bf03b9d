/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_AUDIT_TAIL_H
#define POSTERN_AUDIT_TAIL_H

#include <sys/types.h>

#include "audit/chain.h"
#include "core/diag.h"

/* The end of a log as the writer finds it at its start. */
struct audit_tail {
	char *path;             /* of the last file; NULL: there is none */
	off_t size;             /* of what is whole in it */
	struct chain_head head; /* the last record */
	char *torn_path;        /* where an incomplete last line went, or NULL */
	off_t torn_bytes;
};

/*
 * Finds the end of the log in dir, puts an incomplete last line aside and checks the
 * records of the end. -1: the chain is broken there, or it can't be read.
 */
int audit_tail_find(const char *dir, struct audit_tail *tail_r, struct diag *d);
void audit_tail_free(struct audit_tail *tail);
/* Checks that the file open as fd ends at size with head (size 0: nothing to check). */
int audit_tail_check(int fd, const char *path, off_t size, const struct chain_head *head, struct diag *d);
/* Makes a directory's entries durable. */
int audit_sync_dir(const char *dir, struct diag *d);

#endif
