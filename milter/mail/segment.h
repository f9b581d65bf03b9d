/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_MAIL_SEGMENT_H
#define POSTERN_MAIL_SEGMENT_H

#include <stddef.h>

#include "core/arena.h"
#include "core/slice.h"
#include "mail/message.h"

/*
 * Splits the text of one part into new text, quoted text, signature and legal notices, in
 * their order; neighbours of one kind are one segment, the segments together
 * are the whole text. Knows "> " lines with their attribution ("On ... wrote:",
 * in English, Chinese, Spanish, French, German), Outlook's header blocks and
 * separators, and "-- " signatures, "Sent from my ...". Appends to *segments_r,
 * made in the arena; -1 when memory is out.
 */
int segment_split(struct arena *arena, struct slice text, size_t part,
    struct mail_segment **segments_r, size_t *count_r);

#endif
