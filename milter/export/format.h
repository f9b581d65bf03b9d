/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_EXPORT_FORMAT_H
#define POSTERN_EXPORT_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/buf.h"
#include "core/json.h"

/*
 * A record of the audit log in the forms that receivers read. Pure functions; out->failed says that memory is out.
 * What stands in the record, redacted or not, is what leaves.
 */

/* The line as it stands in the log, with its line feed: the receiver can check "hash" itself. */
void export_json(const json_t *event, struct buf *out);

/* For RFC 5424. */
struct export_syslog {
	int facility;           /* 0 to 23; mail is 2 */
	const char *enterprise; /* number in the SD-ID "postern@NUMBER"; 32473 is the one for examples (RFC 5612) */
	const char *host;       /* HOSTNAME; NULL: "-" */
	long pid;               /* PROCID; 0: "-" */
	size_t max_size;        /* bytes of a message without its framing; at least EXPORT_SYSLOG_MIN */
	bool json;              /* MSG is the record, where it fits; else a sentence */
};
/* What every receiver has to take, by RFC 5424, 6.1; what names the record fits into it. */
#define EXPORT_SYSLOG_MIN 480

/*
 * A message of RFC 5424. One that is too long loses, in this order: the record as MSG for a sentence, the end of the
 * sentence at a whole character, structured data from its end by whole parameters; truncated="yes" then says so.
 */
void export_syslog(const struct export_syslog *how, const json_t *event, struct buf *out);

/* Facility by name ("mail", "auth", "local0"): its number, or -1. */
int export_facility(const char *name);
/* The names, for messages; ends with NULL. */
extern const char *const export_facilities[];

/*
 * A datagram of journald's native protocol: MESSAGE, MESSAGE_ID, PRIORITY and POSTERN_ fields, POSTERN_RULE once a
 * rule, POSTERN_RECORD the whole line where it has at most 64 KiB. Always below 128 KiB.
 */
void export_journal(const json_t *event, struct buf *out);

/* A line of a table (RFC 4180) with CRLF; event NULL: the header line. */
void export_csv(const json_t *event, struct buf *out);

#endif
