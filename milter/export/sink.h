/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_EXPORT_SINK_H
#define POSTERN_EXPORT_SINK_H

#include <stdbool.h>
#include <stdint.h>

#include "core/diag.h"
#include "core/slice.h"
#include "export/address.h"

/*
 * A connection to a receiver, and what is known of how far it has read. Of one thread.
 *
 * No protocol here has receipts, so "settled" is what the kernel can tell:
 * a unix stream or datagram socket: the receiver has read it (nothing is left in its queue, and it is there);
 * TCP: the other host has it, and twice its largest window was sent since (so much it may have had unread), or it ended
 * the connection after reading everything; UDP: it was sent.
 */
struct sink;

/* How others tell a sink that waits to give up; the same for all calls. */
struct sink_stop {
	int fd;                         /* becomes readable when the daemon stops */
	int64_t (*deadline)(void *arg); /* then: until when (clock_monotonic_ms) to go on */
	void (*stalled)(void *arg);     /* called once for each time that the receiver does not read for seconds */
	void *arg;
};

/* Connects, patience 10 s. Everything up to seq from is settled. NULL with the reason (none when stopped). */
struct sink *sink_open(const struct export_address *address, int64_t from, const struct sink_stop *stop, struct diag *d);
void sink_close(struct sink **sink);
/* For poll(): becomes readable when the receiver is gone. */
int sink_fd(const struct sink *sink);

enum sink_result { SINK_OK, SINK_LOST, SINK_STOPPED };
/*
 * Hands over the record seq; empty data: it is not for this receiver. Waits as long as the receiver does not read.
 * SINK_LOST with the reason: the receiver is gone, what is not settled has to be sent again.
 */
enum sink_result sink_send(struct sink *sink, struct slice data, int64_t seq, struct diag *d);
/* Looks at the connection: SINK_LOST with the reason when it ended. */
enum sink_result sink_check(struct sink *sink, struct diag *d);
/* All records up to this one are settled, as far as known now; never less than before. */
int64_t sink_settled(struct sink *sink);
/* Whether the kernel holds nothing back any more, so that waiting alone brings no more news. */
bool sink_is_drained(struct sink *sink);
/* Says that nothing more comes and waits, at most until the deadline, for the receiver to read all and end. */
void sink_finish(struct sink *sink);

#endif
