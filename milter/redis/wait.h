/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_REDIS_WAIT_H
#define POSTERN_REDIS_WAIT_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* Conditions that are waited for until a time of clock_monotonic_ms(). */
void wait_init(pthread_cond_t *condition);
/* False when the time is over; true when something may have changed. */
bool wait_until(pthread_cond_t *condition, pthread_mutex_t *mutex, int64_t deadline_ms);

#endif
