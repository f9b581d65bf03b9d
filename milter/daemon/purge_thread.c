/* SPDX-License-Identifier: BSD-2-Clause */
/* The purge's thread: a run, then a wait; what became of the runs, for status and log. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "core/log.h"
#include "daemon/purge.h"
#include "daemon/service.h"

/* Not at once: whoever has just set the days wrong has a moment to see it in the status. */
#define FIRST_RUN_S 600

struct purge {
	struct service *service;
	pthread_t thread;
	atomic_bool stop;

	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t changed;
	bool awake, ended;
	int64_t last_run, next_run; /* 0: not yet, or never */
	struct purge_result last;
	char error[512];            /* of the last run */
};

static int interval_of(struct service *service)
{
	struct site *site = service_site(service);
	int interval = site->config->archive.purge_s;

	site_unref(&site);
	return interval;
}

static void note_run(struct purge *purge, const struct purge_result *result, const struct diag *d)
{
	pthread_mutex_lock(&purge->lock);
	purge->last_run = service_now(purge->service);
	purge->last = *result;
	snprintf(purge->error, sizeof(purge->error), "%.*s", (int)sizeof(purge->error) - 1, d->text);
	pthread_mutex_unlock(&purge->lock);
	if (d->count > 0)
		log_error("archive: purging failed and is tried again: %s", d->text);
	else if (result->purged > 0)
		log_info("archive: %zu messages purged, %zu files removed, %zu kept by legal holds", result->purged,
		    result->removed, result->on_hold);
}

static void run(struct purge *purge)
{
	json_t *person = json_object();
	struct archive_cursor cursor = {0};
	struct purge_result result = {0};
	struct diag d = {0};

	json_put_str(person, "by", "posternd");
	while (!atomic_load(&purge->stop) && cursor.class < ARCHIVE_CLASSES)
		if (purge_batch(purge->service, &cursor, person, &result, &d) == -1)
			break;
	json_decref(person);
	note_run(purge, &result, &d);
}

/* True: the time is up; false: asked to stop, or something changed. */
static bool wait_next(struct purge *purge, int64_t seconds)
{
	struct timespec until;
	int rc = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += seconds;
	pthread_mutex_lock(&purge->lock);
	purge->next_run = seconds > 0 ? service_now(purge->service) + seconds : 0;
	while (rc != ETIMEDOUT && !purge->awake && !atomic_load(&purge->stop))
		rc = seconds > 0 ? pthread_cond_timedwait(&purge->changed, &purge->lock, &until)
		    : pthread_cond_wait(&purge->changed, &purge->lock);
	purge->awake = false;
	pthread_mutex_unlock(&purge->lock);
	return rc == ETIMEDOUT;
}

static void *purge_run(void *arg)
{
	struct purge *purge = arg;
	bool first = true;

	while (!atomic_load(&purge->stop)) {
		int64_t seconds = interval_of(purge->service);

		if (first && seconds > FIRST_RUN_S)
			seconds = FIRST_RUN_S;
		if (!wait_next(purge, seconds))
			continue;
		first = false;
		run(purge);
	}
	pthread_mutex_lock(&purge->lock);
	purge->ended = true;
	pthread_cond_broadcast(&purge->changed);
	pthread_mutex_unlock(&purge->lock);
	return NULL;
}

/* ---- life ---------------------------------------------------------------------------------- */

struct purge *purge_start(struct service *service)
{
	struct purge *purge = calloc(1, sizeof(*purge));
	struct diag d = {0};
	pthread_condattr_t attr;

	if (purge == NULL)
		return NULL;
	if (purge_finish(service, &d) == -1)
		log_error("archive: what was purged last could not be looked for: %s", d.text);
	purge->service = service;
	pthread_mutex_init(&purge->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&purge->changed, &attr);
	pthread_condattr_destroy(&attr);
	if (pthread_create(&purge->thread, NULL, purge_run, purge) == 0)
		return purge;
	pthread_cond_destroy(&purge->changed);
	pthread_mutex_destroy(&purge->lock);
	free(purge);
	return NULL;
}

int purge_stop(struct purge *purge, int wait_ms)
{
	struct timespec until;
	bool ended;

	if (purge == NULL)
		return 0;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += wait_ms / 1000;
	pthread_mutex_lock(&purge->lock);
	atomic_store(&purge->stop, true);
	pthread_cond_broadcast(&purge->changed);
	while (!purge->ended)
		if (pthread_cond_timedwait(&purge->changed, &purge->lock, &until) == ETIMEDOUT)
			break;
	ended = purge->ended;
	pthread_mutex_unlock(&purge->lock);
	return ended && pthread_join(purge->thread, NULL) == 0 ? 0 : -1;
}

void purge_wake(struct purge *purge)
{
	pthread_mutex_lock(&purge->lock);
	purge->awake = true;
	pthread_cond_broadcast(&purge->changed);
	pthread_mutex_unlock(&purge->lock);
}

static void put_time(json_t *object, const char *key, int64_t seconds)
{
	char text[CLOCK_TEXT_SIZE];

	clock_format(text, sizeof(text), seconds);
	json_put_new(object, key, seconds != 0 ? json_string(text) : json_null());
}

json_t *purge_status(struct purge *purge)
{
	json_t *object = json_object();

	pthread_mutex_lock(&purge->lock);
	put_time(object, "last_run", purge->last_run);
	put_time(object, "next_run", purge->next_run);
	json_put_int(object, "purged", (json_int_t)purge->last.purged);
	json_put_int(object, "removed", (json_int_t)purge->last.removed);
	json_put_int(object, "on_hold", (json_int_t)purge->last.on_hold);
	json_put_int(object, "shared", (json_int_t)purge->last.shared);
	if (purge->error[0] != '\0')
		json_put(object, "error", slice_str(purge->error));
	pthread_mutex_unlock(&purge->lock);
	return object;
}
