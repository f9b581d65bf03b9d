/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_DAEMON_PEERS_H
#define POSTERN_DAEMON_PEERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/diag.h"
#include "daemon/peer_state.h"
#include "daemon/stats.h"
#include "policy/config.h"

/*
 * The connections from mail servers, and a thread that cuts off those that stall. libmilter has a time limit for each
 * read and write only, so a peer that sends a byte now and then keeps its place, and a thread, for ever. It hides its
 * descriptors, too: they are known from the calls in daemon/hooks.c.
 *
 * Cut off is shutdown(2): libmilter finds the end of the connection and cleans up by its own ways, abort and close
 * included. One set of connections a process, as libmilter has one listener.
 */
struct connection;

/* Starts the thread. stats outlives it; it is never stopped. */
int peers_start(struct stats *stats, struct diag *d);
/* New limits, also for the connections that are open. */
void peers_limit(const struct config *config);

/* ---- for the adapter to libmilter ---- */

/*
 * The connection that this thread read last: within a callback the callback's own, since libmilter reads a command and
 * calls back on one thread. NULL: not known. Belongs to its descriptor; valid until libmilter's close callback is over.
 */
struct connection *peers_current(void);
/* A message came in, and has a place; or it is whole, or over. connection may be NULL. */
void peers_message(struct connection *connection, bool comes);
/* Whether a few bytes can be sent to it without waiting. */
bool peers_takes(const struct connection *connection);

/* ---- for the hooks ---- */

/* An accepted descriptor. -1: there is no room, it is to be closed. */
int peers_accepted(int fd);
/* The connection behind a descriptor; NULL: none of ours. Costs next to nothing. */
struct connection *peers_find(int fd);
/* Before and after a read from it. */
void peers_reading(struct connection *connection);
void peers_read(struct connection *connection, const void *data, size_t len);
/* Its descriptor is about to be closed; connection is gone afterwards. */
void peers_closing(struct connection *connection);
/* Starts fn(arg) in a thread as soon as there can be one; so a peer waits, but not in vain. 0 or -1. */
int peers_launch_later(void *(*fn)(void *), void *arg);

#endif
