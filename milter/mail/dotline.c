/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines with a single dot that could end the message at a careless server: SMTP smuggling. */
#include "mail/dotline.h"

#include <string.h>

/* The line end at at: 2 for CRLF, 1 for a bare LF, 0 for none. */
static size_t line_end(struct slice s, size_t at)
{
	if (at < s.len && s.ptr[at] == '\n')
		return 1;
	return at + 1 < s.len && s.ptr[at] == '\r' && s.ptr[at + 1] == '\n' ? 2 : 0;
}

bool dotline_is_loose(struct slice raw)
{
	const char *hit = raw.ptr;

	/* a file with the line ends of this system, or no line at all */
	if (raw.len == 0 || memmem(raw.ptr, raw.len, "\r\n", 2) == NULL)
		return false;
	while ((hit = memmem(hit, raw.len - (size_t)(hit - raw.ptr), "\n.", 2)) != NULL) {
		size_t at = (size_t)(hit - raw.ptr), end = line_end(raw, at + 2);
		bool whole = at > 0 && raw.ptr[at - 1] == '\r';

		if (end == 1 || (end == 2 && !whole))
			return true;
		hit++;
	}
	return false;
}
