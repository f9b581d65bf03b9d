/* SPDX-License-Identifier: BSD-2-Clause */
/* Names whose look-up takes as long as it likes: getaddrinfo() is this file's own, and waits until it is let go. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <netdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "redis/resolve.h"

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER; /* held: names are not answered */
static atomic_int asked, answered;

int __real_getaddrinfo(const char *host, const char *port, const struct addrinfo *hints, struct addrinfo **list);
int __wrap_getaddrinfo(const char *host, const char *port, const struct addrinfo *hints, struct addrinfo **list);

int __wrap_getaddrinfo(const char *host, const char *port, const struct addrinfo *hints, struct addrinfo **list)
{
	int result;

	if (hints->ai_flags & AI_NUMERICHOST)
		return __real_getaddrinfo(host, port, hints, list);
	atomic_fetch_add(&asked, 1);
	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
	result = strcmp(host, "unknown") == 0 ? EAI_NONAME : __real_getaddrinfo("127.0.0.1", port, hints, list);
	atomic_fetch_add(&answered, 1);
	return result;
}

static enum redis_fault look_up(struct resolver *resolver, const char *text, int64_t ms, struct resolved *resolved_r,
    struct diag *d)
{
	struct address address;

	assert_int_equal(redis_address_parse(text, 6379, &address, d), 0);
	return resolve(resolver, &address, clock_monotonic_ms() + ms, resolved_r, d);
}

static void names_and_numbers(void **state)
{
	struct resolver *resolver = resolver_new();
	struct resolved resolved;
	struct diag d = {.text = ""};

	(void)state;
	assert_non_null(resolver);
	pthread_mutex_lock(&gate);
	assert_int_equal(look_up(resolver, "127.0.0.1", 20000, &resolved, &d), REDIS_FINE);
	assert_int_equal(look_up(resolver, "[::1]:1", 20000, &resolved, &d), REDIS_FINE);
	assert_int_equal(look_up(resolver, "unix:/run/x", 20000, &resolved, &d), REDIS_FINE);
	assert_int_equal(resolved.found[0].address.ss_family, AF_UNIX);
	pthread_mutex_unlock(&gate);
	assert_int_equal(look_up(resolver, "name", 20000, &resolved, &d), REDIS_FINE);
	assert_int_equal(resolved.count, 1);
	assert_int_equal(look_up(resolver, "unknown", 20000, &resolved, &d), REDIS_UNREACHABLE);
	assert_string_equal(d.text, "its name can't be looked up: Name or service not known");
	resolver_free(&resolver);
	assert_null(resolver);
}

/* The deadline ends the wait; later ones wait for the same look-up, and it may outlive whoever asked. */
static void a_slow_name_keeps_nobody(void **state)
{
	struct resolver *resolver = resolver_new();
	struct resolved resolved;
	struct diag d = {.text = ""};
	int before = atomic_load(&asked);

	(void)state;
	assert_non_null(resolver);
	pthread_mutex_lock(&gate);
	for (int i = 0; i < 5; i++)
		assert_int_equal(look_up(resolver, "slow", 10, &resolved, &d), REDIS_TIMEOUT);
	while (atomic_load(&asked) == before)
		usleep(1000);
	assert_int_equal(atomic_load(&asked), before + 1);
	assert_int_equal(look_up(resolver, "other", 10, &resolved, &d), REDIS_TIMEOUT);
	while (atomic_load(&asked) == before + 1)
		usleep(1000);
	before = atomic_load(&answered);
	resolver_free(&resolver);
	pthread_mutex_unlock(&gate);
	while (atomic_load(&answered) < before + 2)
		usleep(1000);
	/* Time for the threads to free what they have, before a leak is looked for. */
	usleep(20000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_numbers),
		cmocka_unit_test(a_slow_name_keeps_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
