/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names to addresses, with a deadline. getaddrinfo() has none, so it runs in a thread of its own; whoever waits
 * may leave. While it runs, others who ask for the same name wait for the same answer.
 */
#include "redis/resolve.h"

#include <netdb.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "redis/wait.h"

struct lookup {
	struct address address;
	struct resolver *resolver;
	struct lookup *next;
	unsigned users; /* who waits, and the thread */
	bool done;
	int error;      /* of getaddrinfo() */
	struct resolved resolved;
};

/* Lives until the last look-up ended, which may be after its owner. */
struct resolver {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	struct lookup *running;
	unsigned users; /* the owner, and the threads */
};

struct resolver *resolver_new(void)
{
	struct resolver *resolver = calloc(1, sizeof(*resolver));

	if (resolver == NULL)
		return NULL;
	pthread_mutex_init(&resolver->mutex, NULL);
	wait_init(&resolver->changed);
	resolver->users = 1;
	return resolver;
}

/* Unlocks it, too. */
static void resolver_unref(struct resolver *resolver)
{
	bool last = --resolver->users == 0;

	pthread_mutex_unlock(&resolver->mutex);
	if (!last)
		return;
	pthread_cond_destroy(&resolver->changed);
	pthread_mutex_destroy(&resolver->mutex);
	free(resolver);
}

void resolver_free(struct resolver **resolver)
{
	if (*resolver == NULL)
		return;
	pthread_mutex_lock(&(*resolver)->mutex);
	resolver_unref(*resolver);
	*resolver = NULL;
}

static void add_all(struct resolved *resolved, const struct addrinfo *list)
{
	for (; list != NULL && resolved->count < RESOLVE_MAX; list = list->ai_next) {
		if (list->ai_addrlen > sizeof(resolved->found[0].address))
			continue;
		memcpy(&resolved->found[resolved->count].address, list->ai_addr, list->ai_addrlen);
		resolved->found[resolved->count++].len = list->ai_addrlen;
	}
}

/* What getaddrinfo() says; flags of struct addrinfo. */
static int look_up(const struct address *address, int flags, struct resolved *resolved_r)
{
	const struct addrinfo hints = {
		.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = flags | AI_NUMERICSERV
	};
	struct addrinfo *list = NULL;
	char port[8];
	int error;

	*resolved_r = (struct resolved){.count = 0};
	snprintf(port, sizeof(port), "%u", address->port);
	error = getaddrinfo(address->host, port, &hints, &list);
	if (error != 0)
		return error;
	add_all(resolved_r, list);
	freeaddrinfo(list);
	return 0;
}

static void lookup_unref(struct lookup *lookup)
{
	if (--lookup->users == 0)
		free(lookup);
}

static void *lookup_main(void *argument)
{
	struct lookup *lookup = argument, **link;
	struct resolver *resolver = lookup->resolver;
	struct resolved resolved;
	int error = look_up(&lookup->address, 0, &resolved);

	pthread_mutex_lock(&resolver->mutex);
	lookup->error = error;
	lookup->resolved = resolved;
	lookup->done = true;
	for (link = &resolver->running; *link != lookup; link = &(*link)->next)
		continue;
	*link = lookup->next;
	lookup_unref(lookup);
	pthread_cond_broadcast(&resolver->changed);
	resolver_unref(resolver);
	return NULL;
}

/* Under the lock. NULL: no memory, or no thread. */
static struct lookup *lookup_start(struct resolver *resolver, const struct address *address)
{
	struct lookup *lookup = calloc(1, sizeof(*lookup));
	pthread_attr_t attributes;
	pthread_t thread;
	int error;

	if (lookup == NULL)
		return NULL;
	lookup->address = *address;
	lookup->resolver = resolver;
	lookup->users = 2;
	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	error = pthread_create(&thread, &attributes, lookup_main, lookup);
	pthread_attr_destroy(&attributes);
	if (error != 0) {
		free(lookup);
		return NULL;
	}
	resolver->users++;
	lookup->next = resolver->running;
	resolver->running = lookup;
	return lookup;
}

/* One that runs already, or a new one; its user now. Under the lock. */
static struct lookup *lookup_get(struct resolver *resolver, const struct address *address)
{
	struct lookup *lookup = resolver->running;

	while (lookup != NULL && !address_eq(&lookup->address, address))
		lookup = lookup->next;
	if (lookup == NULL)
		return lookup_start(resolver, address);
	lookup->users++;
	return lookup;
}

static enum redis_fault unknown(int error, struct diag *d)
{
	diag_add(d, "its name can't be looked up: %s", gai_strerror(error));
	return REDIS_UNREACHABLE;
}

static enum redis_fault resolve_name(struct resolver *resolver, const struct address *address, int64_t deadline_ms,
    struct resolved *resolved_r, struct diag *d)
{
	enum redis_fault fault = REDIS_FINE;
	struct lookup *lookup;

	pthread_mutex_lock(&resolver->mutex);
	lookup = lookup_get(resolver, address);
	if (lookup == NULL) {
		pthread_mutex_unlock(&resolver->mutex);
		diag_add(d, "memory is out");
		return REDIS_INTERNAL;
	}
	while (!lookup->done && wait_until(&resolver->changed, &resolver->mutex, deadline_ms))
		continue;
	if (!lookup->done)
		fault = REDIS_TIMEOUT;
	else if (lookup->error != 0)
		fault = unknown(lookup->error, d);
	else
		*resolved_r = lookup->resolved;
	lookup_unref(lookup);
	pthread_mutex_unlock(&resolver->mutex);
	return fault;
}

static void resolve_unix(const char *path, struct resolved *resolved_r)
{
	struct sockaddr_un *address = (struct sockaddr_un *)&resolved_r->found[0].address;

	*resolved_r = (struct resolved){.count = 1};
	address->sun_family = AF_UNIX;
	/* redis_address_parse() has made sure that it fits. */
	snprintf(address->sun_path, sizeof(address->sun_path), "%.107s", path);
	resolved_r->found[0].len = sizeof(*address);
}

enum redis_fault resolve(struct resolver *resolver, const struct address *address, int64_t deadline_ms,
    struct resolved *resolved_r, struct diag *d)
{
	if (address->port == 0)
		resolve_unix(address->host, resolved_r);
	else if (look_up(address, AI_NUMERICHOST, resolved_r) != 0)
		return resolve_name(resolver, address, deadline_ms, resolved_r, d);
	return REDIS_FINE;
}
