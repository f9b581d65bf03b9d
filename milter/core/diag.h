/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_CORE_DIAG_H
#define POSTERN_CORE_DIAG_H

#include <stddef.h>

/*
 * What went wrong, complete enough to show as it is: place, reason,
 * suggestion ("rules.d/30-links.conf:12: unknown key 'alow_domains', did you
 * mean 'allow_domains'?"). Functions that take one return 0 or -1 and fill it
 * on -1. Several messages are kept one a line, so that a configuration check
 * reports everything at once.
 */
struct diag {
	size_t len;
	unsigned count; /* messages added, also those that no longer fitted */
	char text[4096];
};

/* Adds one message and returns -1, so that "return diag_add(...)" reads well. */
__attribute__((format(printf, 2, 3)))
int diag_add(struct diag *d, const char *fmt, ...);
/* As diag_add, prefixed with "file:line: ". */
__attribute__((format(printf, 4, 5)))
int diag_at(struct diag *d, const char *file, int line, const char *fmt, ...);
/* Empties it: a new one, too, on the way of each message, where all of its bytes are more than the work they watch. */
static inline void diag_clear(struct diag *d)
{
	d->text[0] = '\0';
	d->len = 0;
	d->count = 0;
}
/*
 * The candidate nearest to word (edit distance at most a third of its length,
 * at least 1), or NULL. The list ends with NULL.
 */
const char *diag_suggest(const char *word, const char *const *candidates);

#endif
