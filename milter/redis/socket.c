/* SPDX-License-Identifier: BSD-2-Clause */
/* Sockets: never a wait without a deadline, never a signal. */
#include "redis/socket.h"

#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"

/* A peer that is gone without a word is noticed after 15 s + 3 * 5 s without traffic. */
#define KEEPALIVE_IDLE_S 15
#define KEEPALIVE_INTERVAL_S 5
#define KEEPALIVE_PROBES 3

static enum redis_fault fail(struct diag *d, int error)
{
	diag_add(d, "%s", strerror(error));
	return REDIS_UNREACHABLE;
}

static enum redis_fault wait_for(int fd, short events, int64_t deadline_ms, struct diag *d)
{
	struct pollfd p = {.fd = fd, .events = events};
	int64_t left;
	int n;

	do {
		left = deadline_ms - clock_monotonic_ms();
		if (left <= 0)
			return REDIS_TIMEOUT;
		n = poll(&p, 1, left < INT_MAX ? (int)left : INT_MAX);
	} while (n == 0 || (n < 0 && errno == EINTR));
	return n > 0 ? REDIS_FINE : fail(d, errno);
}

/* None of them is vital: over a unix socket they do not even exist. */
static void set_options(int fd, int family)
{
	static const struct {
		int level, name, value;
	} options[] = {
		{SOL_SOCKET, SO_KEEPALIVE, 1}, {IPPROTO_TCP, TCP_NODELAY, 1},
		{IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE_S}, {IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_INTERVAL_S},
		{IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_PROBES}
	};

	for (size_t i = 0; family != AF_UNIX && i < sizeof(options) / sizeof(options[0]); i++)
		(void)setsockopt(fd, options[i].level, options[i].name, &options[i].value, sizeof(options[i].value));
}

/* The outcome of a connect() that had to wait. */
static enum redis_fault finish_connect(int fd, int64_t deadline_ms, struct diag *d)
{
	enum redis_fault fault = wait_for(fd, POLLOUT, deadline_ms, d);
	socklen_t len = sizeof(int);
	int error = 0;

	if (fault != REDIS_FINE)
		return fault;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1)
		error = errno;
	return error == 0 ? REDIS_FINE : fail(d, error);
}

enum redis_fault socket_connect(const struct sockaddr *address, socklen_t len, int64_t deadline_ms, int *fd_r,
    struct diag *d)
{
	int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	enum redis_fault fault = REDIS_FINE;

	if (fd == -1)
		return fail(d, errno);
	set_options(fd, address->sa_family);
	/* EAGAIN is a unix socket's whose queue is full; an interrupted connect() goes on by itself. */
	if (connect(fd, address, len) == -1)
		fault = errno == EINPROGRESS || errno == EINTR ? finish_connect(fd, deadline_ms, d) : fail(d, errno);
	if (fault == REDIS_FINE)
		*fd_r = fd;
	else
		close(fd);
	return fault;
}

enum redis_fault socket_send(int fd, struct slice data, int64_t deadline_ms, struct diag *d)
{
	enum redis_fault fault;
	ssize_t n;

	while (data.len > 0) {
		n = send(fd, data.ptr, data.len, MSG_NOSIGNAL);
		if (n > 0) {
			data = slice_sub(data, (size_t)n, data.len);
			continue;
		}
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return fail(d, errno);
		fault = wait_for(fd, POLLOUT, deadline_ms, d);
		if (fault != REDIS_FINE)
			return fault;
	}
	return REDIS_FINE;
}

enum redis_fault socket_receive(int fd, char *data, size_t size, int64_t deadline_ms, size_t *len_r, struct diag *d)
{
	enum redis_fault fault;
	ssize_t n;

	do {
		/* Asked first, so that a peer that sends without end does not outrun the deadline. */
		fault = wait_for(fd, POLLIN, deadline_ms, d);
		if (fault != REDIS_FINE)
			return fault;
		n = recv(fd, data, size, 0);
	} while (n < 0 && (errno == EAGAIN || errno == EINTR));
	if (n < 0)
		return fail(d, errno);
	if (n == 0) {
		diag_add(d, "the connection was closed");
		return REDIS_UNREACHABLE;
	}
	*len_r = (size_t)n;
	return REDIS_FINE;
}

bool socket_quiet(int fd)
{
	char byte;

	return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == -1 && (errno == EAGAIN || errno == EWOULDBLOCK);
}
