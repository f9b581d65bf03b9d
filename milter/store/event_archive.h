/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_STORE_EVENT_ARCHIVE_H
#define POSTERN_STORE_EVENT_ARCHIVE_H

#include "core/buf.h"
#include "core/json.h"
#include "store/archived.h"

/* What an event of the audit log means for the archive; the same for every kind of store. */

enum archive_event_type {
	ARCHIVE_EVENT_NONE,
	ARCHIVE_EVENT_KEPT,
	ARCHIVE_EVENT_PURGE,
	ARCHIVE_EVENT_HOLD,
	ARCHIVE_EVENT_RELEASE
};

/* Views into the event. */
struct archive_event {
	enum archive_event_type type;
	/* ARCHIVE_EVENT_KEPT */
	struct slice digest;
	enum archive_class class;
	int64_t size;
	bool inbound;
	struct slice marketplace, sender, subject, order;
	/* ARCHIVE_EVENT_PURGE */
	const json_t *digests;
	int64_t upto; /* seq of the last message that was looked at */
	/* ARCHIVE_EVENT_HOLD */
	struct store_hold_name name;
	struct slice why, by;
	/* ARCHIVE_EVENT_RELEASE */
	struct slice ref;
};

/* seq is the event's, for what is said of a damaged one. */
void archive_event_read(const json_t *event, int64_t seq, struct archive_event *event_r);

/*
 * Gives what a hold may name a message by: its order and ids, thread keys, addresses in small letters; "*" as address
 * when there are more recipients than the event lists. fn returns 0 to go on; its value, or -1 when memory is out.
 */
typedef int (*archive_name_fn)(void *arg, enum store_hold_kind kind, struct slice value);
int archive_event_names(const json_t *event, archive_name_fn fn, void *arg);
/* Adds s in small letters (ASCII). */
void archive_event_lower(struct buf *out, struct slice s);

#endif
