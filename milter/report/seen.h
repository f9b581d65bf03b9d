/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_REPORT_SEEN_H
#define POSTERN_REPORT_SEEN_H

#include "core/slice.h"
#include "report/tally.h"

/*
 * Which mails came already, so that one that is tried again counts once (store/event.h). A mail that was taken is
 * counted at once, since no later attempt comes further; one that was deferred or refused waits until its next
 * attempt or until REPORT_RETRY_SECONDS after its first one have passed. What is older is forgotten: two tables take
 * turns.
 */
struct seen_table {
	struct seen_entry *slots;
	size_t size, count;
};

struct seen {
	struct counting *counting;
	struct seen_table recent, older;
	int64_t turned; /* since when recent is used; 0: nothing came yet */
};

/* Takes over a reference to tally. Empty digests are mails of their own. 0, or -1 when memory is out. */
int seen_note(struct seen *seen, const struct store_event *e, struct tally *tally);
/* Counts what waits. 0, or -1 when memory is out. */
int seen_end(struct seen *seen);
void seen_free(struct seen *seen);

#endif
