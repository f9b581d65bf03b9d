/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What joins the log and the store: the log is the truth, the store follows.
 * The tail after a crash, a store that was away, and a whole rebuild are the
 * same thing: events applied in their order from where the store stands.
 */
#include "store/projector.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/audit.h"
#include "audit/files.h"
#include "core/clock.h"
#include "core/log.h"

#define BATCH 1000

struct projector {
	struct store *store;
	pthread_mutex_t lock;
	struct projector_health health;
};

/* ---- from the log to the store -------------------------------------------------- */

struct tail {
	struct store *store;
	int64_t applied;
	char hash[HASH_HEX_SIZE]; /* of the last one applied, when that still has to be found in the log */
	bool compared;
	json_t *batch[BATCH];
	size_t count;
	int64_t total;
	struct diag *d;
};

static int tail_flush(struct tail *tail)
{
	int rc = store_apply(tail->store, tail->batch, tail->count, tail->d);

	for (size_t i = 0; i < tail->count; i++)
		json_decref(tail->batch[i]);
	if (rc == 0)
		tail->total += (int64_t)tail->count;
	tail->count = 0;
	return rc;
}

/* The store's last record must be the log's; when its file was archived, the next one names it as prev. */
static int tail_compare(struct tail *tail, const json_t *event)
{
	int64_t seq = json_get_int(event, "seq", 0);
	const char *hash = seq == tail->applied ? json_get_str(event, "hash")
	    : seq == tail->applied + 1 ? json_get_str(event, "prev") : NULL;

	tail->compared = true;
	if (hash != NULL && strcmp(hash, tail->hash) == 0)
		return 0;
	return diag_add(tail->d, "store: audit record %" PRId64 " is another one than the store knows; the store belongs "
	    "to another log, or the log was changed: run 'postern audit verify', then 'postern rebuild'", tail->applied);
}

static int tail_event(void *arg, const json_t *event)
{
	struct tail *tail = arg;

	if (!tail->compared && tail_compare(tail, event) == -1)
		return -1;
	if (json_get_int(event, "seq", 0) <= tail->applied)
		return 0;
	tail->batch[tail->count++] = json_incref((json_t *)(uintptr_t)event);
	return tail->count == BATCH ? tail_flush(tail) : 0;
}

/* Applies everything in dir that store has not seen. *total_r: so many events, *next_r: the seq that comes then. */
static int apply_tail(const char *dir, struct store *store, int64_t *total_r, int64_t *next_r, struct diag *d)
{
	struct tail *tail = calloc(1, sizeof(*tail));
	int rc;

	if (tail == NULL)
		return diag_add(d, "store: out of memory");
	tail->store = store;
	tail->d = d;
	rc = store_applied(store, &tail->applied, tail->hash, d);
	tail->compared = tail->applied == 0;
	if (rc == 0)
		rc = audit_read(dir, tail->applied, tail_event, tail, d);
	if (rc == 0 && !tail->compared)
		rc = diag_add(d, "%s: the store has seen audit record %" PRId64 ", but the log ends before; it was cut or the "
		    "store belongs to another log: run 'postern audit verify', then 'postern rebuild'", dir, tail->applied);
	if (rc == 0)
		rc = tail_flush(tail);
	for (size_t i = 0; i < tail->count; i++)
		json_decref(tail->batch[i]);
	*total_r = tail->total;
	*next_r = tail->applied + tail->total + 1;
	free(tail);
	return rc;
}

/* ---- the running daemon ----------------------------------------------------------- */

struct projector *projector_new(const char *dir, struct store *store, struct diag *d)
{
	struct projector *p = calloc(1, sizeof(*p));
	int64_t total, next;

	if (p == NULL) {
		diag_add(d, "store: out of memory");
		return NULL;
	}
	if (apply_tail(dir, store, &total, &next, d) == -1) {
		free(p);
		return NULL;
	}
	if (total > 0)
		log_info("store: applied %" PRId64 " audit records that it had not seen", total);
	p->store = store;
	p->health.applied = next - 1;
	pthread_mutex_init(&p->lock, NULL);
	return p;
}

void projector_free(struct projector **projector)
{
	if (*projector != NULL)
		pthread_mutex_destroy(&(*projector)->lock);
	free(*projector);
	*projector = NULL;
}

int64_t projector_next(struct projector *projector)
{
	struct projector_health health;

	projector_health(projector, &health);
	return health.applied + 1;
}

static void note_failure(struct projector *p, const struct diag *d)
{
	struct projector_health *h = &p->health;

	/* Said once; how long it lasts is in the status. */
	if (!h->failing) {
		log_error("%s; the store falls behind the audit log until that works again", d->text);
		h->failing_since = clock_now(&clock_system);
	}
	h->failing = true;
	h->failures++;
	snprintf(h->error, sizeof(h->error), "%.*s", (int)sizeof(h->error) - 1, d->text);
}

static void note_success(struct projector *p, int64_t applied)
{
	struct projector_health *h = &p->health;

	if (h->failing)
		log_info("store: works again, audit record %" PRId64 " is applied", applied);
	h->failing = false;
	h->failing_since = 0;
	h->error[0] = '\0';
	h->applied = applied;
}

int projector_durable(void *projector, json_t *const *events, size_t count)
{
	struct projector *p = projector;
	struct diag d;
	int rc;

	diag_clear(&d);
	rc = store_apply(p->store, events, count, &d);
	pthread_mutex_lock(&p->lock);
	if (rc == -1)
		note_failure(p, &d);
	else if (count > 0)
		note_success(p, json_get_int(events[count - 1], "seq", 0));
	pthread_mutex_unlock(&p->lock);
	return rc;
}

void projector_health(struct projector *projector, struct projector_health *health_r)
{
	pthread_mutex_lock(&projector->lock);
	*health_r = projector->health;
	pthread_mutex_unlock(&projector->lock);
}

/* ---- rebuild ------------------------------------------------------------------------- */

static int check_log(const char *dir, struct diag *d)
{
	struct audit_report report;
	int rc = audit_verify(dir, 0, NULL, &report, d);

	if (rc == -1)
		return -1;
	if (report.file != NULL)
		rc = diag_add(d, "%s:%d: %s; a store is not built on a broken log", report.file, report.line, report.reason);
	audit_report_free(&report);
	return rc;
}

/* An empty store: emptied when it can be used (its counters stay), else a new one. */
static struct store *open_empty(const struct store_config *config, struct diag *d)
{
	struct diag first = {0};
	struct store *store = store_open(config, &first);

	if (store != NULL && store_reset(store, &first) == 0)
		return store;
	store_close(&store);
	if (store_discard(config, d) == -1) {
		diag_add(d, "%s", first.text);
		return NULL;
	}
	log_warning("%s; it was moved aside, counters begin anew", first.text);
	return store_open(config, d);
}

int projector_rebuild(const char *dir, const struct store_config *config, int64_t *events_r, struct diag *d)
{
	struct store *store = NULL;
	int64_t next;
	int lock, rc;

	*events_r = 0;
	/* First of all, so that a mistyped directory is not taken for an empty log. */
	if (access(dir, R_OK | X_OK) == -1)
		return diag_add(d, "%s: there is no audit log that can be read", dir);
	lock = audit_lock(dir, d);
	if (lock == -1)
		return -1;
	rc = check_log(dir, d);
	if (rc == 0) {
		store = open_empty(config, d);
		rc = store != NULL ? apply_tail(dir, store, events_r, &next, d) : -1;
	}
	store_close(&store);
	close(lock);
	return rc;
}
