/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_AUDIT_READ_H
#define POSTERN_AUDIT_READ_H

#include <stdint.h>
#include <sys/types.h>

#include "audit/audit.h"
#include "core/diag.h"

/* A place in the log from which reading goes on, without starting over. */
struct audit_cursor {
	const char *dir; /* the caller's */
	char *path;      /* NULL: not found yet */
	off_t offset;
	int64_t next;    /* seq of the record that is wanted next */
};

/*
 * Gives the records from cursor->next up to and including last, in order, and
 * moves the cursor past each one that fn took (fn returned 0). 0, what fn returned, or -1.
 */
int audit_cursor_read(struct audit_cursor *cursor, int64_t last, audit_event_fn fn, void *arg, struct diag *d);
/*
 * For a cursor that found nothing more: -1 when it is not the log's end, since a later file stands there and those
 * between are missing.
 */
int audit_cursor_check_end(const struct audit_cursor *cursor, struct diag *d);
void audit_cursor_free(struct audit_cursor *cursor);

#endif
