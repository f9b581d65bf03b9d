/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_MAIL_FLOWED_H
#define POSTERN_MAIL_FLOWED_H

#include <stdbool.h>

#include "core/arena.h"
#include "core/slice.h"

/*
 * Puts the lines of format=flowed text (RFC 3676) together as its readers do:
 * a line that ends in a space goes on in the next one of the same quote depth;
 * with delsp the space itself is no part of the text, so that even a URL may
 * be spread over lines. -1 when memory is out.
 */
int flowed_to_text(struct arena *arena, struct slice in, bool delsp, struct slice *text_r);

#endif
