/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_EXTRACT_RECORDS_H
#define POSTERN_EXTRACT_RECORDS_H

#include "core/arena.h"
#include "core/slice.h"
#include "mail/files.h"

/*
 * Takes the records in output as pieces of a file. What is not as it should be
 * (framing, an unknown name, bytes that are no text, no end) sets
 * out->unread; so does a limit that the program met. -1: memory is out.
 */
int records_take(struct arena *arena, struct slice output, struct file_content *out);

#endif
