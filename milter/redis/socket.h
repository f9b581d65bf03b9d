/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_REDIS_SOCKET_H
#define POSTERN_REDIS_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "core/diag.h"
#include "core/slice.h"
#include "redis/redis.h"

/*
 * Sockets with deadlines (times of clock_monotonic_ms()). Each gives REDIS_FINE, REDIS_TIMEOUT or
 * REDIS_UNREACHABLE, with the reason alone in d: the caller knows whose it is.
 */

/* Connects a stream socket (close-on-exec, keepalive, no delay). */
enum redis_fault socket_connect(const struct sockaddr *address, socklen_t len, int64_t deadline_ms, int *fd_r,
    struct diag *d);
enum redis_fault socket_send(int fd, struct slice data, int64_t deadline_ms, struct diag *d);
/* At least one byte, at most size, into data. */
enum redis_fault socket_receive(int fd, char *data, size_t size, int64_t deadline_ms, size_t *len_r, struct diag *d);
/* Whether the peer has neither closed it nor said anything unasked. */
bool socket_quiet(int fd);

#endif
