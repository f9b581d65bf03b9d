/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_EXTRACT_SNIFF_H
#define POSTERN_EXTRACT_SNIFF_H

#include <stddef.h>

/* What has to be done to read a file of a type. */
enum sniff_kind {
	SNIFF_OTHER,    /* nothing in it can be read */
	SNIFF_TEXT,     /* it is text */
	SNIFF_DOCUMENT, /* text is in it: PDF, Office, RTF */
	SNIFF_ARCHIVE,  /* files are in it */
	SNIFF_IMAGE     /* it may show a bar code */
};

struct sniff {
	const char *name; /* "pdf", "docx", "exe" ...; "unknown" */
	enum sniff_kind kind;
};

/*
 * What a file is by its bytes; its name and declared type play no part. The
 * names are those that lists of rules use; they are stable. Looks at the
 * beginning and, in ZIP files, at the names of the members.
 */
struct sniff sniff_type(const char *data, size_t size);

#endif
