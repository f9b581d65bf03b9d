/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_MAIL_NORMAL_H
#define POSTERN_MAIL_NORMAL_H

#include <stddef.h>

#include "core/slice.h"
#include "mail/message.h"

/*
 * Text as a reader sees it: look-alike letters, full-width and circled forms become the letters that
 * they stand for, invisible characters go; a map leads back to what was written.
 */

/* What was written where the segment's text shows [start, end); a view. */
struct slice normal_original(const struct mail_segment *segment, size_t start, size_t end);

#endif
