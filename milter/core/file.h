/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_CORE_FILE_H
#define POSTERN_CORE_FILE_H

#include <stddef.h>

#include "core/buf.h"
#include "core/diag.h"

/*
 * Reads a whole file, at most max bytes (more is an error). "-" is standard
 * input. 0, or -1 with path and reason.
 */
int file_read(const char *path, size_t max, struct buf *out, struct diag *d);
/* Makes a directory and its parents, mode as given; an existing one is fine. */
int file_make_dirs(const char *path, unsigned mode, struct diag *d);

/* Names in dir that end in suffix, sorted (LC_ALL=C); freed by file_list_free. */
struct file_list {
	char **paths; /* dir/name */
	size_t count;
};
/* A directory that does not exist gives an empty list. */
int file_list_dir(const char *dir, const char *suffix, struct file_list *out, struct diag *d);
/* All names but "." and "..", hidden ones too; a directory that does not exist is an error. */
int file_list_all(const char *dir, struct file_list *out, struct diag *d);
void file_list_free(struct file_list *list);

#endif
