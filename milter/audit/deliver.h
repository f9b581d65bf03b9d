/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_AUDIT_DELIVER_H
#define POSTERN_AUDIT_DELIVER_H

#include <stdint.h>

#include "audit/audit.h"
#include "audit/kept.h"

/* Hands durable events to whoever builds on them, on a thread of its own. */
struct audit_deliver;

/* Gives durable the events from seq from on, as far as upto and later calls allow. */
struct audit_deliver *audit_deliver_start(const char *dir, int64_t from, int64_t upto, audit_durable_fn durable,
    void *arg, struct diag *d);
/* Hands over an event (or NULL) that audit_deliver_upto will tell of next, and clears *kept; when not taken it is read from the log. */
void audit_deliver_keep(struct audit_deliver *deliver, struct audit_kept **kept);
/* Everything up to seq is durable now. Never waits. */
void audit_deliver_upto(struct audit_deliver *deliver, int64_t seq);
/* Seq of the last event that was taken. */
int64_t audit_deliver_seq(struct audit_deliver *deliver);
int audit_deliver_wait(struct audit_deliver *deliver, int64_t seq, int timeout_ms);
/* Offers the rest once more, then ends. */
void audit_deliver_stop(struct audit_deliver **deliver);

#endif
