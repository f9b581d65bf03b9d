/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_STORE_SHARE_H
#define POSTERN_STORE_SHARE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/diag.h"
#include "core/json.h"
#include "core/slice.h"
#include "redis/redis.h"
#include "store/store.h"

/*
 * What several gateways share through Redis: each publishes the events of its log, one stream a shop, and applies the
 * others' to its own database, so that every question is answered there, also while Redis is away. Counters and who
 * gives an alert are agreed on in Redis. store/README.md says why.
 */
struct share;

struct share_config {
	const struct redis_config *redis; /* must outlive the share */
	bool defer;            /* while Redis is away rules that need the store fail; else they judge by what is known here */
	int64_t keep_s;        /* how long a stream keeps an event */
};

/*
 * Finds out who this gateway is (a new id for a new log in dir) and makes the client; connects to nothing, starts no
 * thread. store is of a database that the projector has brought up to the log; it, dir and config->redis stay the
 * caller's and must outlive the share. NULL with the reason.
 */
struct share *share_open(const struct share_config *config, struct store *store, const char *dir, struct diag *d);
/* Starts publishing and reading; head is the last durable record of the log. */
int share_start(struct share *share, int64_t head, struct diag *d);
/* Everything up to seq is durable. Never waits. */
void share_upto(struct share *share, int64_t seq);
/*
 * Ends the threads; what Redis takes of the log's tail within wait_ms is still published, the rest after the next
 * start. Takes at most about a call's timeout longer. 0; -1: a thread still waits for Redis, all must be left alone.
 */
int share_stop(struct share *share, int wait_ms);
void share_free(struct share **share);

/*
 * The store that rules ask: threads, letters, milestones and counters, nothing else. Counters are those of all
 * gateways; while Redis is away those of this one, whose counts follow later, or, with defer, an error. The share's.
 */
struct store *share_rules(struct share *share);

/*
 * Whether this gateway is the one to give an alert: true for the first that asks for it, and for all while Redis can't
 * be asked (better told twice than not at all). A claim whose alert is not recorded ends after ten minutes.
 */
bool share_claim(struct share *share, const char *shop, const char *alert, int64_t opened, unsigned level);

const char *share_gateway(const struct share *share);
/* For "postern status": healthy, gateway, behind, gateways, gaps, redis ...; new reference. */
json_t *share_status(struct share *share);

/*
 * One turn of what the threads do, for "postern store copy" and tests: publishes the log up to head, or reads what the
 * streams hold. -1 with the reason; the threads may not run. *count_r: events published or applied.
 */
int share_publish_now(struct share *share, int64_t head, int64_t *count_r, struct diag *d);
int share_read_now(struct share *share, int64_t *count_r, struct diag *d);

#endif
