/* SPDX-License-Identifier: BSD-2-Clause */
/* Diagnostics for people: collected, bounded, with "did you mean". */
#include "core/diag.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void diag_vappend(struct diag *d, const char *fmt, va_list ap)
{
	size_t room = sizeof(d->text) - d->len;
	int n = vsnprintf(d->text + d->len, room, fmt, ap);

	if (n > 0)
		d->len += (size_t)n < room ? (size_t)n : room - 1;
}

__attribute__((format(printf, 2, 3)))
static void diag_append(struct diag *d, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	diag_vappend(d, fmt, ap);
	va_end(ap);
}

int diag_add(struct diag *d, const char *fmt, ...)
{
	va_list ap;

	if (d->count++ > 0)
		diag_append(d, "\n");
	va_start(ap, fmt);
	diag_vappend(d, fmt, ap);
	va_end(ap);
	return -1;
}

int diag_at(struct diag *d, const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	if (d->count++ > 0)
		diag_append(d, "\n");
	diag_append(d, "%s:%d: ", file, line);
	va_start(ap, fmt);
	diag_vappend(d, fmt, ap);
	va_end(ap);
	return -1;
}

#define SUGGEST_MAX 48 /* longer names than any option has */

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return m < c ? m : c;
}

/* Edit distance where two swapped neighbours are one slip, as on a keyboard. */
static size_t edit_distance(const char *a, const char *b)
{
	size_t rows[3][SUGGEST_MAX + 1], lb = strlen(b);
	size_t *before = rows[0], *above = rows[1], *row = rows[2];

	for (size_t j = 0; j <= lb; j++)
		above[j] = j;
	for (size_t i = 1; a[i - 1] != '\0'; i++) {
		size_t *oldest = before;

		row[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			row[j] = min3(above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    before[j - 2] + 1 < row[j])
				row[j] = before[j - 2] + 1;
		}
		before = above;
		above = row;
		row = oldest;
	}
	return above[lb];
}

const char *diag_suggest(const char *word, const char *const *candidates)
{
	const char *best = NULL;
	size_t len = strlen(word), limit = len / 3 > 0 ? len / 3 : 1;

	if (len > SUGGEST_MAX)
		return NULL;
	for (; *candidates != NULL; candidates++) {
		size_t distance;

		if (strlen(*candidates) > SUGGEST_MAX)
			continue;
		distance = edit_distance(word, *candidates);
		if (distance <= limit) {
			best = *candidates;
			limit = distance > 0 ? distance - 1 : 0;
			if (distance == 0)
				break;
		}
	}
	return best;
}
