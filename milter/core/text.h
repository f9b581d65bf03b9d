/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_CORE_TEXT_H
#define POSTERN_CORE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/buf.h"
#include "core/slice.h"

/* Untrusted text is made harmless where it leaves the program. */
enum text_target {
	TEXT_FOR_LOG,      /* UTF-8, one line, no control or bidi characters */
	TEXT_FOR_TERMINAL, /* as for the log, but line feeds and tabs stay */
	TEXT_FOR_HEADER,   /* printable ASCII, one line, the rest as '?' */
	TEXT_FOR_REPLY     /* printable ASCII, '%' doubled for smfi_setreply */
};

/*
 * Writes s to dst (size bytes, always NUL-terminated) so that it can do no
 * harm at target. Controls and invalid bytes are escaped as \xNN, bidi and
 * zero-width characters as \u{NNNN}; what does not fit is cut at a whole
 * character with "..." at the end. Returns the length written.
 */
size_t text_sanitize(char *dst, size_t size, struct slice s, enum text_target target);

/* The same without a limit, added to out. */
void text_append(struct buf *out, struct slice s, enum text_target target);
/* As for a log, padded or cut to width characters (0: as it is); what takes two columns counts once. */
void text_append_cell(struct buf *out, struct slice s, size_t width);

/*
 * Decodes one UTF-8 character at s.ptr, puts it into *cp_r and returns its
 * length, 1 to 4; 0 for an invalid byte (overlong, surrogate, cut short).
 */
size_t utf8_decode(struct slice s, unsigned long *cp_r);
bool utf8_valid(struct slice s);
/* Characters that readers don't see: zero-width, bidi, tags, soft hyphen. */
bool unicode_invisible(unsigned long cp);

#endif
