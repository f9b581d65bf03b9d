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
	const char *hit = raw.ptr, *end = raw.ptr + raw.len;

	/* a file with the line ends of this system, or no line at all */
	if (raw.len == 0 || memmem(raw.ptr, raw.len, "\r\n", 2) == NULL)
		return false;
	/* The dots, because encoded files, which large mail is made of, have none. */
	for (; (hit = memchr(hit, '.', (size_t)(end - hit))) != NULL; hit++) {
		size_t at = (size_t)(hit - raw.ptr), ended;

		if (at == 0 || raw.ptr[at - 1] != '\n')
			continue;
		ended = line_end(raw, at + 1);
		if (ended == 1 || (ended == 2 && (at < 2 || raw.ptr[at - 2] != '\r')))
			return true;
	}
	return false;
}
