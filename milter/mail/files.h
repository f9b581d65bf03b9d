/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_MAIL_FILES_H
#define POSTERN_MAIL_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/slice.h"

/*
 * How attachments are read: message_parse_files asks a reader for each. The
 * reader (extract/) runs a program for it; this folder only knows what comes
 * back.
 */

enum file_piece_kind {
	FILE_PIECE_TEXT, /* UTF-8 */
	FILE_PIECE_HTML, /* in any charset */
	FILE_PIECE_URL,  /* where a link of the file leads */
	FILE_PIECE_FACT  /* name says what; see struct mail_fact */
};

struct file_piece {
	enum file_piece_kind kind;
	const char *name; /* of a fact; static */
	struct slice text;
};

struct file_content {
	const char *type;   /* by its bytes: "pdf"; static */
	bool is_text;       /* the bytes themselves are text; nothing was run */
	bool is_html;
	const char *unread; /* why it could not be read as a whole; static; NULL: it was, or there is nothing to read */
	struct file_piece *pieces; /* in the arena */
	size_t count;
};

struct file_reader {
	void *arg;
	size_t max_files; /* of one message; 0: any number */
	/*
	 * Reads one file. codes: look for bar codes in images. deadline_ms: of
	 * the monotonic clock, 0: none. -1: the arena's budget is used up.
	 */
	int (*read)(void *arg, struct arena *arena, struct slice content, bool codes, int64_t deadline_ms,
	    struct file_content *out);
};

#endif
