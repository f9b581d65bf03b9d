/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Handing records to a receiver without ever being at its mercy: nothing blocks but in poll(), where the daemon's
 * stop is waited for, too. What the receiver has read is asked of the kernel, see sink.h.
 */
#include "export/sink.h"

#include <errno.h>
#include <linux/sockios.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
/* Not netinet/tcp.h: glibc's struct tcp_info ends before tcpi_snd_wnd. */
#include <linux/tcp.h>

#include "core/clock.h"
#include "export/marks.h"

#define CONNECT_MS 10000
#define STALL_MS 5000
/* A receiver's buffer, where the kernel does not tell (before Linux 5.4): tcp(7)'s usual largest one. */
#define WINDOW_UNKNOWN ((uint32_t)6 << 20)
#define WINDOW_LEAST ((uint32_t)64 << 10)

struct sink {
	struct export_address address;
	const struct sink_stop *stop;
	struct marks marks;
	int fd;
	struct stat place;   /* of a unix datagram socket: another one there is another receiver */
	uint32_t window;     /* TCP: the largest that was seen */
	bool ended;          /* as look() found; the kernel tells an error only once */
	int error;           /* why, 0: the receiver ended it having read all that it got */
};

/* ---- waiting ------------------------------------------------------------------ */

enum ready { READY, READY_TIMEOUT, READY_STOP };

/* Until the socket is ready for events; once the daemon stops, at most until its deadline. */
static enum ready wait_ready(const struct sink *sink, short events, int timeout_ms)
{
	struct pollfd fds[2] = {{.fd = sink->fd, .events = events}, {.fd = sink->stop->fd, .events = POLLIN}};
	int64_t end = clock_monotonic_ms() + timeout_ms;

	for (;;) {
		int64_t left = end - clock_monotonic_ms();

		if (fds[1].fd == -1) {
			int64_t until = sink->stop->deadline(sink->stop->arg) - clock_monotonic_ms();

			if (until <= 0)
				return READY_STOP;
			left = until < left ? until : left;
		}
		if (poll(fds, 2, left > 0 ? (int)left : 0) == -1 && errno != EINTR)
			return READY_TIMEOUT;
		if (fds[0].revents != 0)
			return READY;
		if (fds[1].revents != 0)
			fds[1].fd = -1;
		else if (clock_monotonic_ms() >= end)
			return READY_TIMEOUT;
	}
}

/* ---- connecting ---------------------------------------------------------------- */

static int error_of(int fd)
{
	int error = 0;
	socklen_t size = sizeof(error);

	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == -1 ? errno : error;
}

/* 0, 1: stopped, -1: errno says why. */
static int connect_one(struct sink *sink, int family, int type, const void *address, socklen_t size)
{
	int error;

	sink->fd = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (sink->fd == -1)
		return -1;
	if (connect(sink->fd, address, size) == 0)
		return 0;
	if (errno != EINPROGRESS && errno != EAGAIN)
		return -1;
	/* A unix stream whose backlog is full says EAGAIN and never becomes ready: it counts as not there. */
	if (errno == EAGAIN)
		return -1;
	switch (wait_ready(sink, POLLOUT, CONNECT_MS)) {
	case READY_STOP: return 1;
	case READY_TIMEOUT: errno = ETIMEDOUT; return -1;
	default: break;
	}
	error = error_of(sink->fd);
	errno = error;
	return error != 0 ? -1 : 0;
}

static struct sockaddr_un unix_address(const struct sink *sink)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	memcpy(address.sun_path, sink->address.path, sizeof(address.sun_path));
	return address;
}

static int connect_unix(struct sink *sink, struct diag *d)
{
	bool datagram = sink->address.way == EXPORT_UNIXGRAM;
	struct sockaddr_un address = unix_address(sink);
	int rc = stat(sink->address.path, &sink->place);

	if (rc == 0)
		rc = connect_one(sink, AF_UNIX, datagram ? SOCK_DGRAM : SOCK_STREAM, &address, sizeof(address));
	if (rc == -1 && errno == EPROTOTYPE)
		return diag_add(d, "%s: it is a socket of the other kind: try %s", sink->address.path,
		    datagram ? "unix:" : "unixgram:");
	return rc == -1 ? diag_add(d, "%s: %s", sink->address.path, strerror(errno)) : rc;
}

static void close_fd(struct sink *sink)
{
	if (sink->fd != -1)
		close(sink->fd);
	sink->fd = -1;
}

static int connect_host(struct sink *sink, struct diag *d)
{
	const struct export_address *a = &sink->address;
	struct addrinfo hints = {.ai_socktype = a->way == EXPORT_TCP ? SOCK_STREAM : SOCK_DGRAM}, *list = NULL;
	int error = getaddrinfo(a->host, a->port, &hints, &list), rc = -1;

	if (error != 0)
		return diag_add(d, "%s port %s: %s", a->host, a->port, gai_strerror(error));
	for (struct addrinfo *one = list; one != NULL && rc == -1; one = one->ai_next) {
		close_fd(sink);
		rc = connect_one(sink, one->ai_family, one->ai_socktype, one->ai_addr, one->ai_addrlen);
	}
	error = errno;
	freeaddrinfo(list);
	return rc == -1 ? diag_add(d, "%s port %s: %s", a->host, a->port, strerror(error)) : rc;
}

/* A host that vanished without a word is noticed within minutes, also when nothing is to be sent. */
static void keep_alive(int fd)
{
	int on = 1, idle = 60, interval = 10, count = 6;

	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof(interval));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof(count));
}

/* TCP: how much the receiver may have unread. */
static void note_window(struct sink *sink)
{
	struct tcp_info info = {0};
	socklen_t size = sizeof(info);
	uint32_t window = WINDOW_UNKNOWN;

	if (sink->address.way != EXPORT_TCP)
		return;
	if (getsockopt(sink->fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 &&
	    size >= offsetof(struct tcp_info, tcpi_snd_wnd) + sizeof(info.tcpi_snd_wnd))
		window = info.tcpi_snd_wnd > WINDOW_LEAST ? info.tcpi_snd_wnd : WINDOW_LEAST;
	if (window > sink->window)
		sink->window = window;
}

struct sink *sink_open(const struct export_address *address, int64_t from, const struct sink_stop *stop, struct diag *d)
{
	struct sink *sink = calloc(1, sizeof(*sink));
	int rc;

	if (sink == NULL) {
		diag_add(d, "out of memory");
		return NULL;
	}
	sink->address = *address;
	sink->stop = stop;
	sink->fd = -1;
	marks_init(&sink->marks, from);
	rc = address->way <= EXPORT_UDP ? connect_host(sink, d) : connect_unix(sink, d);
	if (rc != 0) {
		sink_close(&sink);
		return NULL;
	}
	if (address->way == EXPORT_TCP)
		keep_alive(sink->fd);
	note_window(sink);
	return sink;
}

void sink_close(struct sink **sink)
{
	if (*sink == NULL)
		return;
	close_fd(*sink);
	free(*sink);
	*sink = NULL;
}

int sink_fd(const struct sink *sink)
{
	return sink->fd;
}

/* ---- how far the receiver has read ------------------------------------------------ */

/* Bytes that the kernel has not given away yet. */
static int64_t unread(const struct sink *sink)
{
	int bytes = 0;

	return ioctl(sink->fd, SIOCOUTQ, &bytes) == 0 ? bytes : 0;
}

/* Nobody reads there any more when its socket refuses, or when another one has taken its place. */
static bool datagram_receiver_lives(const struct sink *sink)
{
	struct sockaddr_un address = unix_address(sink);
	struct stat now;

	return stat(sink->address.path, &now) == 0 && now.st_ino == sink->place.st_ino && now.st_dev == sink->place.st_dev &&
	    now.st_ctim.tv_sec == sink->place.st_ctim.tv_sec && now.st_ctim.tv_nsec == sink->place.st_ctim.tv_nsec &&
	    connect(sink->fd, (const struct sockaddr *)&address, sizeof(address)) == 0;
}

/* The end of a stream, or an error of it. What a receiver says is not asked for and thrown away. */
static void look_at_stream(struct sink *sink)
{
	char nothing[4096];
	ssize_t n;

	do
		n = recv(sink->fd, nothing, sizeof(nothing), MSG_DONTWAIT);
	while (n > 0 || (n == -1 && errno == EINTR));
	if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return;
	sink->ended = true;
	sink->error = n == -1 ? errno : error_of(sink->fd);
}

/* Whether the receiver is still there. */
static bool look(struct sink *sink)
{
	if (sink->ended)
		return false;
	if (sink->address.way != EXPORT_UNIXGRAM) {
		look_at_stream(sink);
	} else if (!datagram_receiver_lives(sink)) {
		sink->ended = true;
		sink->error = ECONNREFUSED;
	}
	return !sink->ended;
}

/* The order matters: a receiver's end empties its queue, and shows in look() before it does. */
static void settle(struct sink *sink)
{
	int64_t left = unread(sink), hold = 0;

	if (sink->address.way == EXPORT_TCP)
		hold = 2 * (int64_t)sink->window;
	else if (left > 0 || (sink->address.way != EXPORT_UDP && !look(sink)))
		return;
	marks_settle(&sink->marks, sink->marks.sent - left - hold);
}

int64_t sink_settled(struct sink *sink)
{
	if (sink->fd != -1 && marks_open(&sink->marks))
		settle(sink);
	return sink->marks.settled;
}

bool sink_is_drained(struct sink *sink)
{
	return sink->fd == -1 || unread(sink) == 0;
}

static enum sink_result lost(struct sink *sink, const char *why, struct diag *d)
{
	diag_add(d, "%s%s%s: %s", sink->address.host, sink->address.host[0] != '\0' ? " port " : sink->address.path,
	    sink->address.port, why);
	close_fd(sink);
	return SINK_LOST;
}

enum sink_result sink_check(struct sink *sink, struct diag *d)
{
	if (look(sink))
		return SINK_OK;
	if (sink->error == 0 && unread(sink) == 0)
		marks_settle(&sink->marks, sink->marks.sent);
	return lost(sink, sink->error == 0 ? "the receiver ended the connection" : strerror(sink->error), d);
}

/* ---- sending ----------------------------------------------------------------------- */

static enum sink_result wait_writable(struct sink *sink)
{
	enum ready ready = wait_ready(sink, POLLOUT, STALL_MS);

	if (ready == READY_TIMEOUT) {
		sink->stop->stalled(sink->stop->arg);
		do
			ready = wait_ready(sink, POLLOUT, STALL_MS);
		while (ready == READY_TIMEOUT);
	}
	return ready == READY_STOP ? SINK_STOPPED : SINK_OK;
}

/* A message that a stop cuts in two was not sent: the receiver sees a connection that ends within it. */
enum sink_result sink_send(struct sink *sink, struct slice data, int64_t seq, struct diag *d)
{
	size_t len = data.len;

	while (data.len > 0) {
		ssize_t n = send(sink->fd, data.ptr, data.len, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
			if (wait_writable(sink) == SINK_STOPPED)
				return SINK_STOPPED;
			continue;
		}
		if (n == -1)
			return lost(sink, strerror(errno), d);
		data = slice_sub(data, (size_t)n, SIZE_MAX);
	}
	marks_add(&sink->marks, len, seq);
	note_window(sink);
	return SINK_OK;
}

void sink_finish(struct sink *sink)
{
	struct diag ignored = {0};
	bool stream = sink->address.way == EXPORT_TCP || sink->address.way == EXPORT_UNIX;

	if (sink->fd == -1 || (stream && shutdown(sink->fd, SHUT_WR) == -1))
		return;
	/* Its end of file is the receipt. */
	while (stream && wait_ready(sink, POLLIN, STALL_MS) == READY)
		if (sink_check(sink, &ignored) != SINK_OK)
			return;
	(void)sink_settled(sink);
}
