/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls of libmilter's that find functions of this program instead of the C library's, since the program comes first
 * when names are bound. libmilter has no other way to be told about its signals, its descriptors and its threads.
 * What is not libmilter's business goes on to the C library at once.
 */
#include "config.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/log.h"
#include "daemon/peers.h"

#ifdef __has_feature
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined __SANITIZE_THREAD__ || defined __SANITIZE_ADDRESS__
#define SANITIZED 1
#endif

/*
 * libmilter starts a thread that takes HUP, TERM and INT with sigwait() and stops the filter at each. Ours must
 * have them all, however many come at once; so the call that libmilter makes finds this
 * function, and waits for ever. Our own thread uses sigwaitinfo().
 */
int sigwait(const sigset_t *set, int *sig)
{
	(void)set;
	(void)sig;
	for (;;)
		pause();
}

typedef int (*accept_fn)(int, struct sockaddr *, socklen_t *);
typedef ssize_t (*read_fn)(int, void *, size_t);
typedef int (*close_fn)(int);
typedef int (*thread_fn)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

/* ISO C has no conversion between pointers to data and to functions. */
#define NEXT(type, name) \
	static type next_##name(void) \
	{ \
		static void *_Atomic found; \
		void *at = atomic_load_explicit(&found, memory_order_relaxed); \
		type fn; \
		if (at == NULL) \
			atomic_store_explicit(&found, at = next_of(#name), memory_order_relaxed); \
		memcpy(&fn, &at, sizeof(fn)); \
		return fn; \
	}

/* A sanitizer that is part of the program has its own function under another name, and has to see the call. */
static void *next_of(const char *name)
{
	void *at = NULL;
#ifdef SANITIZED
	char intercepted[64] = "__interceptor_";

	strncat(intercepted, name, sizeof(intercepted) - strlen(intercepted) - 1);
	at = dlsym(RTLD_DEFAULT, intercepted);
#endif
	return at != NULL ? at : dlsym(RTLD_NEXT, name);
}

NEXT(accept_fn, accept)
NEXT(read_fn, read)
NEXT(close_fn, close)
NEXT(thread_fn, pthread_create)

/* The C library's declaration has a type that C does not know. */
int hook_accept(int fd, struct sockaddr *address, socklen_t *len) __asm__("accept");

/* Nobody in this process accepts connections in this way but libmilter. */
int hook_accept(int fd, struct sockaddr *address, socklen_t *len)
{
	int accepted = next_accept()(fd, address, len);

	if (accepted < 0 || peers_accepted(accepted) == 0)
		return accepted;
	next_close()(accepted);
	errno = ECONNABORTED;
	return -1;
}

ssize_t read(int fd, void *data, size_t size)
{
	struct connection *connection = peers_find(fd);
	ssize_t len;

	if (connection == NULL)
		return next_read()(fd, data, size);
	peers_reading(connection);
	len = next_read()(fd, data, size);
	if (len > 0)
		peers_read(connection, data, (size_t)len);
	return len;
}

int close(int fd)
{
	struct connection *connection = peers_find(fd);

	if (connection != NULL)
		peers_closing(connection);
	return next_close()(fd);
}

static bool is_libmilters(void *(*fn)(void *))
{
	Dl_info info;
	void *at;

	memcpy(&at, &fn, sizeof(at));
	return dladdr(at, &info) != 0 && info.dli_fname != NULL && strstr(info.dli_fname, "libmilter") != NULL;
}

/*
 * When libmilter gets no thread for a connection that has something to say it forgets the connection, which then waits
 * until the mail server gives up. So it gets one later.
 */
int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *), void *arg)
{
	int rc = next_pthread_create()(thread, attr, fn, arg);

	if (rc == 0 || attr != NULL || arg == NULL || !is_libmilters(fn) || peers_launch_later(fn, arg) != 0)
		return rc;
	log_warning("no thread for a mail server's command: %s; it waits for one", strerror(rc));
	return 0;
}
