/* SPDX-License-Identifier: BSD-2-Clause */
/* Waiting for other threads by the monotonic clock, so that a change of the machine's time prolongs nothing. */
#include "redis/wait.h"

#include <time.h>

void wait_init(pthread_cond_t *condition)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(condition, &attributes);
	pthread_condattr_destroy(&attributes);
}

bool wait_until(pthread_cond_t *condition, pthread_mutex_t *mutex, int64_t deadline_ms)
{
	struct timespec until = {.tv_sec = deadline_ms / 1000, .tv_nsec = deadline_ms % 1000 * 1000000};

	return pthread_cond_timedwait(condition, mutex, &until) == 0;
}
