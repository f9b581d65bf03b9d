/* SPDX-License-Identifier: BSD-2-Clause */
/* Admission: a bound on what libmilter's boundless thread pool may do at once. */
#include "daemon/gate.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct gate {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct gate_counts counts;
	size_t bytes; /* of large messages that are judged */
	bool closed;
};

struct gate *gate_new(size_t max_live, size_t max_judging)
{
	struct gate *gate = calloc(1, sizeof(*gate));
	pthread_condattr_t attr;

	if (gate == NULL)
		return NULL;
	gate->counts.max_live = max_live;
	gate->counts.max_judging = max_judging;
	pthread_mutex_init(&gate->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&gate->changed, &attr);
	pthread_condattr_destroy(&attr);
	return gate;
}

void gate_free(struct gate **gate)
{
	if (*gate == NULL)
		return;
	pthread_cond_destroy(&(*gate)->changed);
	pthread_mutex_destroy(&(*gate)->lock);
	free(*gate);
	*gate = NULL;
}

void gate_limit(struct gate *gate, size_t max_live, size_t max_judging)
{
	pthread_mutex_lock(&gate->lock);
	gate->counts.max_live = max_live;
	gate->counts.max_judging = max_judging;
	pthread_cond_broadcast(&gate->changed);
	pthread_mutex_unlock(&gate->lock);
}

bool gate_admit(struct gate *gate)
{
	bool admitted;

	pthread_mutex_lock(&gate->lock);
	admitted = !gate->closed && gate->counts.live < gate->counts.max_live;
	if (admitted)
		gate->counts.live++;
	pthread_mutex_unlock(&gate->lock);
	return admitted;
}

void gate_release(struct gate *gate)
{
	pthread_mutex_lock(&gate->lock);
	gate->counts.live--;
	pthread_mutex_unlock(&gate->lock);
}

static struct timespec deadline_after(int wait_ms)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += wait_ms / 1000;
	until.tv_nsec += (long)(wait_ms % 1000) * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000L;
	}
	return until;
}

/* Whether a message may be judged now. */
static bool has_place(const struct gate *gate, size_t bytes)
{
	if (gate->counts.judging >= gate->counts.max_judging)
		return false;
	return bytes < GATE_LARGE_BYTES || gate->bytes == 0 ||
	    (gate->bytes < GATE_JUDGED_BYTES && bytes <= GATE_JUDGED_BYTES - gate->bytes);
}

static size_t large(size_t bytes)
{
	return bytes < GATE_LARGE_BYTES ? 0 : bytes;
}

bool gate_judge_begin(struct gate *gate, size_t bytes, int wait_ms)
{
	struct timespec until = deadline_after(wait_ms);
	bool begun;
	int rc = 0;

	pthread_mutex_lock(&gate->lock);
	while (!gate->closed && !has_place(gate, bytes) && rc != ETIMEDOUT)
		rc = pthread_cond_timedwait(&gate->changed, &gate->lock, &until);
	begun = !gate->closed && has_place(gate, bytes);
	if (begun) {
		gate->counts.judging++;
		gate->bytes += large(bytes);
	}
	pthread_mutex_unlock(&gate->lock);
	return begun;
}

void gate_judge_end(struct gate *gate, size_t bytes)
{
	pthread_mutex_lock(&gate->lock);
	gate->counts.judging--;
	gate->bytes -= large(bytes);
	/* One waits for a place, another perhaps for all of them. */
	pthread_cond_broadcast(&gate->changed);
	pthread_mutex_unlock(&gate->lock);
}

void gate_close(struct gate *gate)
{
	pthread_mutex_lock(&gate->lock);
	gate->closed = true;
	pthread_cond_broadcast(&gate->changed);
	pthread_mutex_unlock(&gate->lock);
}

bool gate_closed(struct gate *gate)
{
	bool closed;

	pthread_mutex_lock(&gate->lock);
	closed = gate->closed;
	pthread_mutex_unlock(&gate->lock);
	return closed;
}

bool gate_wait_idle(struct gate *gate, int wait_ms)
{
	struct timespec until = deadline_after(wait_ms);
	bool idle;
	int rc = 0;

	pthread_mutex_lock(&gate->lock);
	while (gate->counts.judging > 0 && rc != ETIMEDOUT)
		rc = pthread_cond_timedwait(&gate->changed, &gate->lock, &until);
	idle = gate->counts.judging == 0;
	pthread_mutex_unlock(&gate->lock);
	return idle;
}

struct gate_counts gate_counts(struct gate *gate)
{
	struct gate_counts counts;

	pthread_mutex_lock(&gate->lock);
	counts = gate->counts;
	pthread_mutex_unlock(&gate->lock);
	return counts;
}
