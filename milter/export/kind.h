/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_EXPORT_KIND_H
#define POSTERN_EXPORT_KIND_H

#include "core/buf.h"
#include "core/json.h"

/* What kind of event a record is, as receivers sort it: the same in every format. */
struct export_kind {
	const char *name;       /* MSGID of RFC 5424: at most 32 printable ASCII characters */
	const char *event;      /* the record's event type */
	const char *action;     /* of a message, or NULL */
	int severity;           /* of syslog: 3 error, 4 warning, 5 notice, 6 informational */
	const char *message_id; /* 128 bits in hex, of contrib/systemd/postern.catalog; never changed, never used again */
};

/* The record's kind; an event type that is not known is "event". Never NULL. */
const struct export_kind *export_kind(const json_t *event);
/* All kinds, the end has no name: for tests of the catalogue. */
const struct export_kind *export_kinds(void);
/* A sentence for people: what happened, whom it concerns, which rules; sanitised, one line of UTF-8. */
void export_summary(const json_t *event, struct buf *out);

#endif
