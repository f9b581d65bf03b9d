/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_CLI_MAILBOX_H
#define POSTERN_CLI_MAILBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "core/slice.h"

/* Stored mail: single messages, mboxes, Maildirs and folders of them, told apart by what they look like. */
struct mailbox_reader {
	size_t max; /* bytes of one message that are kept */
	/*
	 * One message; number counts from 1 within an mbox and is 0 elsewhere. Bytes past max are cut off. Nonzero: enough.
	 */
	int (*message)(void *arg, const char *path, size_t number, struct slice raw);
	/* What could not be read. */
	void (*problem)(void *arg, const char *path, const char *reason);
	void *arg;
	size_t skipped; /* files in folders that are no mail, drafts and what was thrown away */
};

/*
 * Reads everything below path, in the order of names. A folder's files are messages when they end in ".eml", stand in
 * a Maildir or have a number for a name (MH), and mboxes when they begin like one. Symbolic links in folders to
 * folders are not followed. Memory is bounded by one message and the names of one folder at each level.
 * Whether reading may go on.
 */
bool mailbox_read(struct mailbox_reader *reader, const char *path);

#endif
