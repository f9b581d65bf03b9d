/* SPDX-License-Identifier: BSD-2-Clause */
/* The alerts' thread: a turn, then a wait; what became of the turns, for status and log. */
#include "daemon/alerts.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/clock.h"
#include "core/log.h"
#include "daemon/alerts_turn.h"

struct alerts {
	struct service *service;
	pthread_t thread;
	struct alerts_state state; /* the thread's own */
	atomic_bool stop;

	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t changed;
	bool awake;           /* a turn is asked for */
	bool ended;
	int64_t last_run, next_run; /* 0: not yet */
	int64_t last_ms;            /* how long it took */
	int64_t day;                /* that given_today is of, UTC */
	unsigned long long given_today, failures;
	size_t waiting;
	char error[512];            /* of the last turn */
};

/* ---- turns ---------------------------------------------------------------------------- */

/* Once when it begins and once when it is over, not every minute. */
static void note_health(const struct alerts *alerts, const struct alerts_result *result)
{
	if (strcmp(alerts->error, result->error) == 0)
		return;
	if (result->error[0] != '\0')
		log_error("alerts: %s; it is tried again", result->error);
	else
		log_info("alerts: can be given again");
}

static void note_turn(struct alerts *alerts, const struct alerts_turn *turn, int64_t took_ms)
{
	int64_t day = zone_day(turn->now);

	pthread_mutex_lock(&alerts->lock);
	note_health(alerts, &turn->result);
	if (day != alerts->day)
		alerts->given_today = 0;
	alerts->day = day;
	alerts->given_today += turn->result.given;
	alerts->failures += turn->result.failures;
	alerts->waiting = turn->result.waiting;
	alerts->last_run = turn->now;
	alerts->next_run = turn->now + turn->config->interval;
	alerts->last_ms = took_ms;
	memcpy(alerts->error, turn->result.error, sizeof(alerts->error));
	pthread_mutex_unlock(&alerts->lock);
}

/* Seconds until the next turn. */
static int64_t take_turn(struct alerts *alerts)
{
	struct site *site = service_site(alerts->service);
	int64_t begun = clock_monotonic_ms(), interval = site->config->alerts.interval;
	struct alerts_turn *turn = calloc(1, sizeof(*turn));

	if (turn != NULL) {
		turn->service = alerts->service;
		turn->site = site;
		turn->state = &alerts->state;
		turn->stop = &alerts->stop;
		turn->now = clock_now(&clock_system);
		alerts_turn(turn);
		note_turn(alerts, turn, clock_monotonic_ms() - begun);
	}
	free(turn);
	site_unref(&site);
	return interval;
}

static void wait_awake(struct alerts *alerts, int64_t seconds)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += seconds;
	pthread_mutex_lock(&alerts->lock);
	while (!alerts->awake && !atomic_load(&alerts->stop))
		if (pthread_cond_timedwait(&alerts->changed, &alerts->lock, &until) == ETIMEDOUT)
			break;
	alerts->awake = false;
	pthread_mutex_unlock(&alerts->lock);
}

static void *alerts_run(void *arg)
{
	struct alerts *alerts = arg;

	while (!atomic_load(&alerts->stop))
		wait_awake(alerts, take_turn(alerts));
	pthread_mutex_lock(&alerts->lock);
	alerts->ended = true;
	pthread_cond_broadcast(&alerts->changed);
	pthread_mutex_unlock(&alerts->lock);
	return NULL;
}

/* ---- life ----------------------------------------------------------------------------- */

static void alerts_free(struct alerts *alerts)
{
	alerts_state_free(&alerts->state);
	pthread_cond_destroy(&alerts->changed);
	pthread_mutex_destroy(&alerts->lock);
	free(alerts);
}

struct alerts *alerts_start(struct service *service)
{
	struct alerts *alerts = calloc(1, sizeof(*alerts));
	pthread_condattr_t attr;

	if (alerts == NULL)
		return NULL;
	alerts->service = service;
	pthread_mutex_init(&alerts->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&alerts->changed, &attr);
	pthread_condattr_destroy(&attr);
	if (pthread_create(&alerts->thread, NULL, alerts_run, alerts) == 0)
		return alerts;
	alerts_free(alerts);
	return NULL;
}

int alerts_stop(struct alerts *alerts, int wait_ms)
{
	struct timespec until;
	bool ended;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += wait_ms / 1000;
	pthread_mutex_lock(&alerts->lock);
	atomic_store(&alerts->stop, true);
	pthread_cond_broadcast(&alerts->changed);
	while (!alerts->ended)
		if (pthread_cond_timedwait(&alerts->changed, &alerts->lock, &until) == ETIMEDOUT)
			break;
	ended = alerts->ended;
	pthread_mutex_unlock(&alerts->lock);
	return ended && pthread_join(alerts->thread, NULL) == 0 ? 0 : -1;
}

void alerts_wake(struct alerts *alerts)
{
	pthread_mutex_lock(&alerts->lock);
	alerts->awake = true;
	pthread_cond_broadcast(&alerts->changed);
	pthread_mutex_unlock(&alerts->lock);
}

/* ---- status --------------------------------------------------------------------------- */

static void put_time(json_t *object, const char *key, int64_t seconds)
{
	char text[CLOCK_TEXT_SIZE];

	clock_format(text, sizeof(text), seconds);
	json_put_new(object, key, seconds != 0 ? json_string(text) : json_null());
}

static json_t *ways_json(const struct config_alerts *config)
{
	json_t *list = json_array();

	if (config->log)
		json_array_append_new(list, json_string("log"));
	if (config->mail != NULL && config->mail[0] != NULL)
		json_array_append_new(list, json_string("mail"));
	for (size_t i = 0; i < config->audience_count; i++)
		json_array_append_new(list, json_sprintf("%s:%s", config->audiences[i].escalation ? "escalate" : "shop",
		    config->audiences[i].name));
	if (config->command != NULL)
		json_array_append_new(list, json_string("command"));
	return list;
}

json_t *alerts_status(struct alerts *alerts, const struct config *config)
{
	json_t *object = json_object();
	int64_t now = clock_now(&clock_system);

	json_put_new(object, "ways", ways_json(&config->alerts));
	json_put_bool(object, "quiet", alert_is_quiet(&config->alerts.plan.quiet, now));
	pthread_mutex_lock(&alerts->lock);
	json_put_bool(object, "healthy", alerts->error[0] == '\0');
	put_time(object, "last_run", alerts->last_run);
	put_time(object, "next_run", alerts->next_run);
	json_put_int(object, "last_run_ms", alerts->last_ms);
	json_put_int(object, "given_today", alerts->day == zone_day(now) ? (json_int_t)alerts->given_today : 0);
	json_put_int(object, "waiting", (json_int_t)alerts->waiting);
	json_put_int(object, "failures", (json_int_t)alerts->failures);
	if (alerts->error[0] != '\0')
		json_put(object, "error", slice_str(alerts->error));
	pthread_mutex_unlock(&alerts->lock);
	return object;
}
