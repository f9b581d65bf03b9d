/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_ATTACHMENT_NAMES_H
#define POSTERN_ATTACHMENT_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "../common/common.h"

/* Names of files: their parts, and what they are made to look like. */

#define NAME_MAX_BYTES 1024

/* The last extension without dot, trailing blanks and dots left out; empty: none. */
struct postern_slice name_extension(struct postern_slice name);
/* Control characters or ones that turn the direction of writing round. */
bool name_is_disguised(struct postern_slice name);
/*
 * The name as people read it, twice: "_", "+" and "%20" as blanks, then "-"
 * and "." as well; a line end between. out has room for 2 * NAME_MAX_BYTES + 1.
 */
size_t name_readable(struct postern_slice name, char *out);

#endif
