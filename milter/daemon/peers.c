/* SPDX-License-Identifier: BSD-2-Clause */
/* Mail servers that stall lose their connection. */
#include "config.h"

#include "daemon/peers.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/log.h"

/* How often threads that could not be started are tried again; every so many ticks connections are looked at. */
#define TICK_MS 250
#define SWEEP_TICKS 4
/* A table by descriptor; memory is taken for those in use only. systemd allows 524,288 by default. */
#define DESCRIPTORS_MAX 1048576

struct connection {
	struct connection *prev, *next;
	int fd;
	bool cut;
	pthread_mutex_t lock; /* of state: libmilter's threads against ours */
	struct peer_state state;
};

struct launch {
	struct launch *next;
	void *(*fn)(void *);
	void *arg;
};

/* libmilter's calls have no argument of ours. */
static struct {
	struct connection *_Atomic *table; /* by descriptor */
	atomic_int size; /* of it, once it is there: other threads read and close before */
	pthread_mutex_t lock; /* of all below */
	struct connection head; /* of a ring */
	struct peer_limits limits;
	pid_t pid;
	struct launch *launches, **launches_end;
	struct stats *stats;
} peers = {.lock = PTHREAD_MUTEX_INITIALIZER, .launches_end = &peers.launches};

static _Thread_local struct connection *current;

/* ---- connections ------------------------------------------------------------ */

struct connection *peers_find(int fd)
{
	if (fd < 0 || fd >= atomic_load_explicit(&peers.size, memory_order_acquire))
		return NULL;
	return atomic_load_explicit(&peers.table[fd], memory_order_acquire);
}

int peers_accepted(int fd)
{
	struct connection *connection;
	int size = peers.size;

	if (size == 0)
		return 0;
	connection = fd < size ? calloc(1, sizeof(*connection)) : NULL;
	if (connection == NULL)
		return -1;
	connection->fd = fd;
	connection->state.accepted = clock_monotonic_ms();
	pthread_mutex_init(&connection->lock, NULL);
	pthread_mutex_lock(&peers.lock);
	connection->prev = peers.head.prev;
	connection->next = &peers.head;
	connection->prev->next = connection;
	peers.head.prev = connection;
	pthread_mutex_unlock(&peers.lock);
	atomic_store_explicit(&peers.table[fd], connection, memory_order_release);
	return 0;
}

void peers_closing(struct connection *connection)
{
	/* A child before exec, which may share this memory, closes only its own copy. */
	if (getpid() != peers.pid)
		return;
	atomic_store_explicit(&peers.table[connection->fd], NULL, memory_order_release);
	/* Whoever cuts off has this lock: afterwards the descriptor may be anything. */
	pthread_mutex_lock(&peers.lock);
	connection->prev->next = connection->next;
	connection->next->prev = connection->prev;
	pthread_mutex_unlock(&peers.lock);
	pthread_mutex_destroy(&connection->lock);
	if (current == connection)
		current = NULL;
	free(connection);
}

void peers_reading(struct connection *connection)
{
	current = connection;
}

void peers_read(struct connection *connection, const void *data, size_t len)
{
	pthread_mutex_lock(&connection->lock);
	peer_received(&connection->state, data, len, clock_monotonic_ms());
	pthread_mutex_unlock(&connection->lock);
}

struct connection *peers_current(void)
{
	return current;
}

void peers_message(struct connection *connection, bool comes)
{
	if (connection == NULL)
		return;
	pthread_mutex_lock(&connection->lock);
	connection->state.message_since = comes ? clock_monotonic_ms() : 0;
	pthread_mutex_unlock(&connection->lock);
}

bool peers_takes(const struct connection *connection)
{
	struct pollfd pfd = {.events = POLLOUT};

	if (connection == NULL)
		return true;
	pfd.fd = connection->fd;
	return poll(&pfd, 1, 0) == 1 && (pfd.revents & POLLOUT) != 0;
}

/* ---- cutting off -------------------------------------------------------------- */

/* Whom an administrator has to look for: an address, or the process at the other end of a unix socket. */
static void name_peer(int fd, char *out, size_t size)
{
	struct sockaddr_storage name = {0};
	socklen_t len = sizeof(name), cred_len;
	struct ucred cred = {0};
	char host[INET6_ADDRSTRLEN] = "";
	const struct sockaddr_in *in = (const struct sockaddr_in *)&name;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&name;

	cred_len = sizeof(cred);
	if (getpeername(fd, (struct sockaddr *)&name, &len) != 0)
		snprintf(out, size, "unknown");
	else if (name.ss_family == AF_INET && inet_ntop(AF_INET, &in->sin_addr, host, sizeof(host)) != NULL)
		snprintf(out, size, "%s port %u", host, ntohs(in->sin_port));
	else if (name.ss_family == AF_INET6 && inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof(host)) != NULL)
		snprintf(out, size, "%s port %u", host, ntohs(in6->sin6_port));
	else if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &cred_len) == 0)
		snprintf(out, size, "process %d of user %u", (int)cred.pid, (unsigned)cred.uid);
	else
		snprintf(out, size, "unknown");
}

static enum peer_fault look_at(struct connection *connection, int64_t now)
{
	int unread = 0, unsent = 0;
	enum peer_fault fault;

	if (ioctl(connection->fd, FIONREAD, &unread) != 0)
		unread = 0;
	if (ioctl(connection->fd, SIOCOUTQ, &unsent) != 0)
		unsent = 0;
	pthread_mutex_lock(&connection->lock);
	peer_observed(&connection->state, unsent > 0, now);
	fault = peer_overdue(&connection->state, &peers.limits, unread > 0, now);
	pthread_mutex_unlock(&connection->lock);
	return fault;
}

/* Under the lock, so that nobody closes the descriptor meanwhile. */
static void sweep(int64_t now)
{
	struct connection *connection;
	char name[128];

	for (connection = peers.head.next; connection != &peers.head; connection = connection->next) {
		enum peer_fault fault = connection->cut ? PEER_FINE : look_at(connection, now);

		if (fault == PEER_FINE)
			continue;
		name_peer(connection->fd, name, sizeof(name));
		connection->cut = true;
		/* First: who sees the end of its connection may ask for the count. */
		stats_count(peers.stats, STAT_CUT_OFF);
		log_warning("the mail server (%s) was cut off: it %s", name, peer_fault_text(fault));
		shutdown(connection->fd, SHUT_RDWR);
	}
}

/* ---- threads that could not be started ------------------------------------------ */

int peers_launch_later(void *(*fn)(void *), void *arg)
{
	struct launch *launch = peers.size > 0 ? malloc(sizeof(*launch)) : NULL;

	if (launch == NULL)
		return -1;
	*launch = (struct launch){.fn = fn, .arg = arg};
	pthread_mutex_lock(&peers.lock);
	*peers.launches_end = launch;
	peers.launches_end = &launch->next;
	pthread_mutex_unlock(&peers.lock);
	return 0;
}

/* The threads detach themselves. With attributes the call is not one of libmilter's, which would come back to us. */
static void launch_again(const pthread_attr_t *attr)
{
	struct launch *launch;
	pthread_t thread;

	while ((launch = peers.launches) != NULL) {
		if (pthread_create(&thread, attr, launch->fn, launch->arg) != 0)
			return;
		peers.launches = launch->next;
		if (peers.launches == NULL)
			peers.launches_end = &peers.launches;
		free(launch);
	}
}

/* ---- life ---------------------------------------------------------------------- */

__attribute__((noreturn)) static void *peers_run(void *arg)
{
	const struct timespec tick = {.tv_nsec = TICK_MS * 1000000L};
	pthread_attr_t attr;
	unsigned ticks = 0;

	(void)arg;
	pthread_attr_init(&attr);
	for (;;) {
		nanosleep(&tick, NULL);
		pthread_mutex_lock(&peers.lock);
		launch_again(&attr);
		if (++ticks % SWEEP_TICKS == 0)
			sweep(clock_monotonic_ms());
		pthread_mutex_unlock(&peers.lock);
	}
}

int peers_start(struct stats *stats, struct diag *d)
{
	struct rlimit limit = {.rlim_cur = DESCRIPTORS_MAX};
	pthread_t thread;

	getrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur > DESCRIPTORS_MAX)
		limit.rlim_cur = DESCRIPTORS_MAX;
	peers.stats = stats;
	peers.pid = getpid();
	peers.head.next = peers.head.prev = &peers.head;
	peers.table = calloc(limit.rlim_cur, sizeof(*peers.table));
	if (peers.table == NULL)
		return diag_add(d, "out of memory");
	atomic_store_explicit(&peers.size, (int)limit.rlim_cur, memory_order_release);
	if (pthread_create(&thread, NULL, peers_run, NULL) != 0)
		return diag_add(d, "cannot start a thread");
	pthread_detach(thread);
	return 0;
}

void peers_limit(const struct config *config)
{
	pthread_mutex_lock(&peers.lock);
	peers.limits = (struct peer_limits){config->command_timeout_ms, config->message_timeout_ms};
	pthread_mutex_unlock(&peers.lock);
}
