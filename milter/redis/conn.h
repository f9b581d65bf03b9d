/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_REDIS_CONN_H
#define POSTERN_REDIS_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/diag.h"
#include "core/slice.h"
#include "redis/address.h"
#include "redis/redis.h"
#include "redis/resolve.h"

/* One connection, used by one thread at a time. Deadlines are times of clock_monotonic_ms(). */
struct conn;

struct conn_target {
	const struct address *address;
	const char *user;          /* NULL: "default" */
	const char *password_file; /* NULL: no AUTH */
	bool primary;              /* ROLE has to say "master" */
};

/* Connects, and says who we are. REDIS_FINE with *conn_r, or the fault with the complete reason. */
enum redis_fault conn_open(struct resolver *resolver, const struct conn_target *target, int64_t deadline_ms,
    struct conn **conn_r, struct diag *d);
void conn_close(struct conn **conn);
/*
 * Sends one command and waits for its reply. REDIS_FINE with *reply_r (an error reply is one), or the fault with
 * the complete reason: then the connection may only be closed.
 */
enum redis_fault conn_call(struct conn *conn, const struct slice *argv, size_t argc, int64_t deadline_ms,
    struct redis_reply **reply_r, struct diag *d);
/* The same for a command of our own: an error reply is a failure, too. */
enum redis_fault conn_ask(struct conn *conn, const struct slice *argv, size_t argc, int64_t deadline_ms,
    struct redis_reply **reply_r, struct diag *d);
/* Whether it can be used again: nothing failed, nothing unasked arrived, the peer has not closed it. */
bool conn_sound(const struct conn *conn);
/* The server's address, for messages. */
const char *conn_place(const struct conn *conn);

/*
 * The first line of a password file into *password_r (the caller wipes and frees it). 0, or -1 with the reason: it
 * can't be read, others than its owner and group may read it, others than its owner may write it, it is empty.
 */
int conn_password(const char *path, struct buf *password_r, struct diag *d);

#endif
