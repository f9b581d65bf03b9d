/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_MAIL_LOOKALIKE_H
#define POSTERN_MAIL_LOOKALIKE_H

#include <stddef.h>

#include "core/arena.h"
#include "core/slice.h"

/*
 * A domain as a hasty reader takes it: IDNA decoded, look-alike letters as the letters that they stand for
 * (mail/normal.h), in lower case, and "rn", "vv", '0' and '1' as "m", "w", 'o' and 'l' ('i' is an 'l', too). For
 * comparing with another domain or name that went the same way, for nothing else. Made in the arena; SLICE_NONE
 * when memory is out.
 */
struct slice lookalike_fold(struct arena *arena, struct slice domain);

#endif
