/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_MAIL_CHARSET_H
#define POSTERN_MAIL_CHARSET_H

#include <stdbool.h>
#include <stddef.h>

#include "core/arena.h"
#include "core/slice.h"

struct charset_text {
	struct slice text; /* UTF-8, always valid */
	bool guessed;      /* another charset than the declared one was used */
	bool broken;       /* the label is unknown, or bytes became U+FFFD */
	bool cut;          /* max ended it */
	bool plain_too;    /* in is readable text as it is as well: readers without the charset see that */
};

/*
 * Converts in to UTF-8. label is what the sender claims (any case, may be
 * empty) and is taken as a claim: byte order marks and text that is plainly
 * UTF-8 win. At most max bytes come out; what needs no change is a view into
 * in. NULs are kept. -1 when memory is out.
 */
int charset_to_utf8(struct arena *arena, struct slice in, struct slice label, size_t max,
    struct charset_text *out);

/* Without byte order marks at its begin: for the second reading that plain_too asks for. */
struct slice charset_skip_marks(struct slice in);

#endif
