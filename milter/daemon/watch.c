/* SPDX-License-Identifier: BSD-2-Clause */
/* Progress for the MTA, and an end for plugins that hang. */
#include "daemon/watch.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "core/clock.h"
#include "core/log.h"

#define TICK_MS 200
#define PROGRESS_MS 1000

struct watch {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t stopped;
	bool stop;
	struct poison *poison;
	watch_progress_fn progress;
	int64_t hang_ms, budget_ms;
	struct watch_entry head; /* of a ring */
};

static void tell_progress(struct watch *watch, int64_t now)
{
	struct watch_entry *entry;

	if (watch->progress == NULL)
		return;
	for (entry = watch->head.next; entry != &watch->head; entry = entry->next) {
		/* An MTA that is told for ever waits for ever. */
		if (now - entry->told < PROGRESS_MS || now - entry->since > watch->budget_ms)
			continue;
		entry->told = now;
		watch->progress(entry->ctx);
	}
}

static void end_hang(struct watch *watch, int64_t now)
{
	char plugin[POISON_PLUGIN_SIZE], id[ID_TEXT_SIZE];

	if (watch->poison == NULL || watch->hang_ms <= 0 ||
	    !poison_find_hang(watch->poison, now - watch->hang_ms, plugin, id))
		return;
	log_error("plugin '%s' did not return within %lld ms while it judged message %s; the process is ended, "
	    "the message will be held when it comes again", plugin, (long long)watch->hang_ms, id);
	abort();
}

static void tick_wait(struct watch *watch)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += TICK_MS * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000L;
	}
	pthread_cond_timedwait(&watch->stopped, &watch->lock, &until);
}

static void *watch_run(void *arg)
{
	struct watch *watch = arg;

	pthread_mutex_lock(&watch->lock);
	while (!watch->stop) {
		int64_t now = clock_monotonic_ms();

		end_hang(watch, now);
		tell_progress(watch, now);
		tick_wait(watch);
	}
	pthread_mutex_unlock(&watch->lock);
	return NULL;
}

struct watch *watch_start(struct poison *poison, watch_progress_fn progress)
{
	struct watch *watch = calloc(1, sizeof(*watch));
	pthread_condattr_t attr;

	if (watch == NULL)
		return NULL;
	watch->poison = poison;
	watch->progress = progress;
	watch->head.next = watch->head.prev = &watch->head;
	pthread_mutex_init(&watch->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&watch->stopped, &attr);
	pthread_condattr_destroy(&attr);
	if (pthread_create(&watch->thread, NULL, watch_run, watch) != 0) {
		free(watch);
		return NULL;
	}
	return watch;
}

void watch_stop(struct watch **watch)
{
	if (*watch == NULL)
		return;
	pthread_mutex_lock(&(*watch)->lock);
	(*watch)->stop = true;
	pthread_cond_signal(&(*watch)->stopped);
	pthread_mutex_unlock(&(*watch)->lock);
	pthread_join((*watch)->thread, NULL);
	pthread_cond_destroy(&(*watch)->stopped);
	pthread_mutex_destroy(&(*watch)->lock);
	free(*watch);
	*watch = NULL;
}

void watch_limit(struct watch *watch, int64_t hang_ms, int64_t budget_ms)
{
	pthread_mutex_lock(&watch->lock);
	watch->hang_ms = hang_ms;
	watch->budget_ms = budget_ms;
	pthread_mutex_unlock(&watch->lock);
}

void watch_begin(struct watch *watch, struct watch_entry *entry, void *ctx)
{
	entry->ctx = ctx;
	entry->since = entry->told = clock_monotonic_ms();
	pthread_mutex_lock(&watch->lock);
	entry->prev = watch->head.prev;
	entry->next = &watch->head;
	entry->prev->next = entry;
	watch->head.prev = entry;
	pthread_mutex_unlock(&watch->lock);
}

void watch_end(struct watch *watch, struct watch_entry *entry)
{
	pthread_mutex_lock(&watch->lock);
	entry->prev->next = entry->next;
	entry->next->prev = entry->prev;
	pthread_mutex_unlock(&watch->lock);
}
