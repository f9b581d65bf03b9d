/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The writer: many threads hand in events. One of them at a time, the leader, chains what waits, writes it as
 * a group, makes it durable with one fdatasync and only then wakes those whose events these were. So the log never
 * holds a record nobody was told about (output.c), nor half a line. A lone appender is its own leader and
 * waits for the disk, not for another thread. A thread of the log's own only sees to checkpoints of an idle log.
 */
#include "audit/audit.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "audit/chain.h"
#include "audit/checkpoint.h"
#include "audit/deliver.h"
#include "audit/files.h"
#include "audit/output.h"
#include "audit/tail.h"
#include "core/clock.h"
#include "core/log.h"

/* One fdatasync covers at most so much; more waits for the next. */
#define GROUP_EVENTS 1024
#define GROUP_BYTES ((size_t)8 << 20)
/* A checkpoint of an idle log that could not be written is tried again. */
#define RETRY_MS 10000

/* An appender's event, on its stack while it waits. */
struct job {
	struct job *next;
	struct slice prepared;    /* empty: a checkpoint is all that is wanted */
	struct chain_head sealed; /* its own number and hash */
	char prev[HASH_HEX_SIZE];
	struct audit_kept *kept;  /* for the delivery; NULL: none, or it has it */
	pthread_cond_t turn;      /* it is done, or its appender is to lead */
	bool done;
	int result;
	struct diag diag;
};

struct audit {
	char *dir;
	int lock_fd;
	int64_t opened_at;       /* seq of the last record before ours */

	/* Of whoever leads. */
	struct audit_output out;
	struct chain_head chain;
	struct buf group;
	struct checkpoint_plan plan;

	pthread_mutex_t lock;
	pthread_cond_t idle;     /* nobody leads any more; the log is being closed */
	struct job *first, **last;
	struct chain_head head;  /* as the world sees it */
	size_t inside;           /* appenders that wait or lead */
	int64_t due_ms;          /* the plan's, for the thread */
	bool led, overdue;       /* somebody leads; the thread waits for the end of that */
	bool healthy, closing, thread_runs;
	pthread_t thread;
	struct audit_deliver *deliver;
	audit_seen_fn seen;      /* NULL: nobody */
	void *seen_arg;
};

/* ---- leading ------------------------------------------------------------- */

/* Takes the first jobs off the queue; the lock is held. */
static struct job *take_group(struct audit *a)
{
	struct job *group = a->first, *job = group;
	size_t bytes = job->prepared.len;

	for (int n = 1; n < GROUP_EVENTS && job->next != NULL; n++, job = job->next) {
		bytes += job->next->prepared.len;
		if (bytes > GROUP_BYTES)
			break;
	}
	a->first = job->next;
	if (a->first == NULL)
		a->last = &a->first;
	job->next = NULL;
	return group;
}

/* What job's event has become; its line is the last one of the group. */
static void note_place(struct audit *a, struct job *job)
{
	struct audit_kept *kept = job->kept;

	if (kept == NULL)
		return;
	kept->head = job->sealed;
	memcpy(kept->prev, job->prev, sizeof(kept->prev));
	kept->file = audit_file_seq(a->out.path);
	kept->end = a->out.offset + (off_t)a->group.len;
}

/* Seals each job's event; *asked_r: somebody waits for a checkpoint. */
static void seal_group(struct audit *a, struct job *group, struct chain_head *chain, bool *asked_r)
{
	*asked_r = false;
	for (struct job *job = group; job != NULL; job = job->next) {
		if (job->prepared.len == 0) {
			*asked_r = true;
			continue;
		}
		memcpy(job->prev, chain->hash, sizeof(job->prev));
		chain_seal(&a->group, job->prepared, chain);
		job->sealed = *chain;
		note_place(a, job);
		/* The first record names the log. */
		if (chain->seq == 1)
			memcpy(a->plan.last.log, chain->hash, sizeof(a->plan.last.log));
	}
}

/* Writes a group, which may be empty, and a checkpoint behind it when one is due. */
static int append_group(struct audit *a, struct job *group, struct diag *d)
{
	struct chain_head chain = a->chain;
	struct checkpoint made = {.head_seq = -1};
	bool asked;

	if (audit_output_ready(&a->out, &a->chain, d) == -1)
		return -1;
	buf_truncate(&a->group, 0);
	seal_group(a, group, &chain, &asked);
	/* A checkpoint signs nothing new behind another one. */
	asked = asked && chain.seq > 0 && chain.seq != a->plan.last.head_seq + 1;
	if ((asked || checkpoint_due(&a->plan, &chain)) &&
	    checkpoint_seal(&a->plan, &chain, &a->group, &made, d) == -1)
		return -1;
	if (a->group.failed) {
		buf_free(&a->group);
		return diag_add(d, "%s: out of memory", a->out.path);
	}
	if (a->group.len > 0 && audit_output_write(&a->out, buf_slice(&a->group), d) == -1)
		return -1;
	a->chain = chain;
	if (made.head_seq != -1) {
		checkpoint_made(&a->plan, &made);
		log_info("audit: checkpoint: log %.16s, record %" PRId64 ", hash %s, signature %s", made.log, made.head_seq,
		    made.head, made.signature);
	}
	return 0;
}

/* Tells the appenders; the lock is held. Their jobs are gone soon after it is let go. */
static void finish_group(struct audit *a, struct job *group, int result, const struct diag *d)
{
	if (a->healthy != (result == 0)) {
		if (result == 0)
			log_info("audit: %s can be written again", a->out.path);
		else
			log_error("audit: %s; mail is deferred until the log can be written", d->text);
	}
	a->healthy = result == 0;
	if (result == 0)
		a->head = a->chain;
	while (group != NULL) {
		struct job *next = group->next;

		group->result = result;
		if (result == 0 && a->deliver != NULL)
			audit_deliver_keep(a->deliver, &group->kept);
		if (result == -1)
			diag_add(&group->diag, "%s", d->text);
		group->done = true;
		pthread_cond_signal(&group->turn);
		group = next;
	}
}

/* Writes what waits, or the checkpoint that is due. The lock is held, nobody leads; it is let go for the writing. */
static void lead(struct audit *a)
{
	struct job *group = a->first != NULL ? take_group(a) : NULL;
	struct diag d;
	int result;

	diag_clear(&d);
	a->led = true;
	pthread_mutex_unlock(&a->lock);
	result = append_group(a, group, &d);
	if (result == -1 && group == NULL)
		a->plan.due_ms = clock_monotonic_ms() + RETRY_MS;
	pthread_mutex_lock(&a->lock);
	finish_group(a, group, result, &d);
	if (result == 0 && a->deliver != NULL)
		audit_deliver_upto(a->deliver, a->head.seq);
	if (result == 0 && a->seen != NULL)
		a->seen(a->seen_arg, a->head.seq);
	a->due_ms = a->plan.due_ms;
	a->led = false;
	if (a->first != NULL)
		pthread_cond_signal(&a->first->turn);
	else if (a->overdue)
		pthread_cond_broadcast(&a->idle);
}

/* ---- the thread ---------------------------------------------------------- */

/* Until a checkpoint is due, as far as is known: mail moves that on and wakes nobody. The lock is held. */
static void wait_until_due(struct audit *a)
{
	struct timespec until = {.tv_sec = a->due_ms / 1000, .tv_nsec = (long)(a->due_ms % 1000) * 1000000};

	a->overdue = a->plan.key != NULL && clock_monotonic_ms() >= a->due_ms;
	if (a->plan.key == NULL || a->overdue)
		pthread_cond_wait(&a->idle, &a->lock);
	else
		pthread_cond_timedwait(&a->idle, &a->lock, &until);
	a->overdue = false;
}

static void *checkpoints_main(void *arg)
{
	struct audit *a = arg;

	audit_block_signals();
	pthread_mutex_lock(&a->lock);
	while (!a->closing) {
		if (!a->led && a->first == NULL && a->plan.key != NULL && clock_monotonic_ms() >= a->due_ms)
			lead(a);
		else
			wait_until_due(a);
	}
	pthread_mutex_unlock(&a->lock);
	return NULL;
}

/* ---- opening and closing ------------------------------------------------- */

static int start_threads(struct audit *a, int64_t deliver_from, audit_durable_fn durable, void *arg, struct diag *d)
{
	if (durable != NULL) {
		a->deliver = audit_deliver_start(a->dir, deliver_from > 0 ? deliver_from : a->head.seq + 1,
		    a->head.seq, durable, arg, d);
		if (a->deliver == NULL)
			return -1;
	}
	if (pthread_create(&a->thread, NULL, checkpoints_main, a) != 0)
		return diag_add(d, "%s: can't start the writer's thread", a->dir);
	a->thread_runs = true;
	return 0;
}

static int record_torn(struct audit *a, const struct audit_tail *tail, struct diag *d)
{
	const char *name = strrchr(tail->torn_path, '/');
	json_t *event = json_object();
	int rc;

	log_warning("audit: an incomplete last line of %lld bytes was put aside in %s",
	    (long long)tail->torn_bytes, tail->torn_path);
	rc = event == NULL || json_put_str(event, "event", "recovered") == -1 ||
	    json_put_str(event, "file", name != NULL ? name + 1 : tail->torn_path) == -1 ||
	    json_put_int(event, "bytes", tail->torn_bytes) == -1
	    ? diag_add(d, "audit: out of memory") : audit_append(a, event, d);
	json_decref(event);
	return rc;
}

/* Which key signs from here on, where that is another one than before (or the first). */
static int record_key(struct audit *a, const char *was, struct diag *d)
{
	char key[SIGN_KEY_HEX];
	json_t *event;
	int rc;

	sign_key_public(a->plan.key, key);
	if (strcmp(was, key) == 0)
		return 0;
	if (was[0] != '\0')
		log_warning("audit: the signing key was changed from %s to %s", was, key);
	event = json_object();
	rc = event == NULL || json_put_str(event, "event", "key") == -1 || json_put_str(event, "public_key", key) == -1 ||
	    (was[0] != '\0' && json_put_str(event, "was", was) == -1)
	    ? diag_add(d, "audit: out of memory") : audit_append(a, event, d);
	json_decref(event);
	return rc;
}

static struct audit *audit_new(const struct audit_config *config, struct diag *d)
{
	struct audit *a = calloc(1, sizeof(*a));
	pthread_condattr_t monotonic;

	if (a == NULL || (a->dir = strdup(config->dir)) == NULL) {
		diag_add(d, "audit: out of memory");
		free(a);
		return NULL;
	}
	a->out = (struct audit_output){.dir = a->dir, .rotate_bytes = config->rotate_bytes, .fd = -1};
	a->plan = (struct checkpoint_plan){.key = config->key, .every = config->checkpoint_events,
	    .interval = config->checkpoint_seconds};
	a->lock_fd = -1;
	a->last = &a->first;
	a->healthy = true;
	pthread_mutex_init(&a->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&a->idle, &monotonic);
	pthread_condattr_destroy(&monotonic);
	return a;
}

struct audit *audit_open(const struct audit_config *config, audit_durable_fn durable, void *arg, struct diag *d)
{
	struct audit_tail tail = {0};
	char was[SIGN_KEY_HEX];
	struct audit *a;
	int rc;

	if (hash_init() == -1) {
		diag_add(d, "audit: the cryptography library can't be used");
		return NULL;
	}
	a = audit_new(config, d);
	if (a == NULL)
		return NULL;
	rc = file_make_dirs(a->dir, 0750, d);
	if (rc == 0) {
		a->lock_fd = audit_lock(a->dir, d);
		rc = a->lock_fd == -1 ? -1 : audit_tail_find(a->dir, &tail, d);
	}
	if (rc == 0)
		rc = audit_output_begin(&a->out, &tail, d);
	a->chain = a->head = tail.head;
	a->opened_at = tail.head.seq;
	if (rc == 0)
		rc = checkpoint_plan_begin(&a->plan, a->dir, d);
	a->due_ms = a->plan.due_ms;
	memcpy(was, a->plan.last.public_key, sizeof(was));
	if (rc == 0)
		rc = start_threads(a, config->deliver_from, durable, arg, d);
	if (rc == 0 && tail.torn_path != NULL)
		rc = record_torn(a, &tail, d);
	if (rc == 0 && a->plan.key != NULL)
		rc = record_key(a, was, d);
	audit_tail_free(&tail);
	if (rc == -1)
		audit_close(&a);
	return a;
}

void audit_close(struct audit **audit)
{
	struct audit *a = *audit;

	struct diag ignored = {0};

	*audit = NULL;
	if (a == NULL)
		return;
	/* What fails here was said in the log, and shows as records without a checkpoint. */
	if (a->thread_runs)
		(void)audit_checkpoint(a, &ignored);
	pthread_mutex_lock(&a->lock);
	a->closing = true;
	pthread_cond_broadcast(&a->idle);
	while (a->inside > 0)
		pthread_cond_wait(&a->idle, &a->lock);
	pthread_mutex_unlock(&a->lock);
	if (a->thread_runs)
		pthread_join(a->thread, NULL);
	audit_deliver_stop(&a->deliver);
	audit_output_close(&a->out);
	if (a->lock_fd != -1)
		close(a->lock_fd);
	pthread_cond_destroy(&a->idle);
	pthread_mutex_destroy(&a->lock);
	buf_free(&a->group);
	free(a->dir);
	free(a);
}

/* ---- appending ----------------------------------------------------------- */

static int wait_for(struct audit *a, struct job *job, struct diag *d)
{
	pthread_mutex_lock(&a->lock);
	if (a->closing) {
		pthread_mutex_unlock(&a->lock);
		return diag_add(d, "%s: the audit log is being closed", a->dir);
	}
	a->inside++;
	pthread_cond_init(&job->turn, NULL);
	*a->last = job;
	a->last = &job->next;
	while (!job->done) {
		if (a->led)
			pthread_cond_wait(&job->turn, &a->lock);
		else
			lead(a);
	}
	pthread_cond_destroy(&job->turn);
	if (--a->inside == 0 && a->closing)
		pthread_cond_broadcast(&a->idle);
	pthread_mutex_unlock(&a->lock);
	return job->result == 0 ? 0 : diag_add(d, "%s", job->diag.text);
}

/* kept: the event, to be handed over, or NULL; taken over. */
static int append(struct audit *a, struct slice prepared, json_t *kept, struct job *job, struct diag *d)
{
	int rc;

	if (prepared.len > AUDIT_EVENT_MAX) {
		json_decref(kept);
		return diag_add(d, "audit: an event of %zu bytes is more than a record may have (%zu)", prepared.len,
		    AUDIT_EVENT_MAX);
	}
	job->prepared = prepared;
	job->kept = kept != NULL ? audit_kept_new(kept, prepared.len) : NULL;
	rc = wait_for(a, job, d);
	audit_kept_free(&job->kept);
	return rc;
}

int audit_append(struct audit *audit, json_t *event, struct diag *d)
{
	struct buf prepared = {0};
	struct job job = {0};
	int rc = chain_prepare(event, clock_now(&clock_system), &prepared, d);

	if (rc == 0)
		rc = append(audit, buf_slice(&prepared), audit->deliver != NULL ? json_deep_copy(event) : NULL, &job, d);
	buf_free(&prepared);
	if (rc == -1)
		return -1;
	/* It is on the disk; that the caller's copy can't be completed changes nothing about that. */
	(void)json_put_int(event, "seq", job.sealed.seq);
	(void)json_put_str(event, "prev", job.prev);
	(void)json_put_str(event, "hash", job.sealed.hash);
	return 0;
}

int audit_append_new(struct audit *audit, json_t *event, struct diag *d)
{
	struct buf prepared = {0};
	struct job job = {0};
	int rc = chain_prepare(event, clock_now(&clock_system), &prepared, d);

	if (rc == 0)
		rc = append(audit, buf_slice(&prepared), event, &job, d);
	else
		json_decref(event);
	buf_free(&prepared);
	return rc;
}

int audit_checkpoint(struct audit *audit, struct diag *d)
{
	struct job job = {0};
	int64_t head;
	char hash[HASH_HEX_SIZE];

	if (audit->plan.key == NULL)
		return 0;
	audit_head(audit, &head, hash);
	return head > 0 ? wait_for(audit, &job, d) : 0;
}

void audit_watch(struct audit *audit, audit_seen_fn seen, void *arg)
{
	pthread_mutex_lock(&audit->lock);
	audit->seen = seen;
	audit->seen_arg = arg;
	pthread_mutex_unlock(&audit->lock);
}

bool audit_healthy(struct audit *audit)
{
	bool healthy;

	pthread_mutex_lock(&audit->lock);
	healthy = audit->healthy;
	pthread_mutex_unlock(&audit->lock);
	return healthy;
}

int64_t audit_opened_at(const struct audit *audit)
{
	return audit->opened_at;
}

void audit_head(struct audit *audit, int64_t *seq_r, char hash_r[HASH_HEX_SIZE])
{
	pthread_mutex_lock(&audit->lock);
	*seq_r = audit->head.seq;
	memcpy(hash_r, audit->head.hash, HASH_HEX_SIZE);
	pthread_mutex_unlock(&audit->lock);
}

int64_t audit_delivered(struct audit *audit)
{
	int64_t head;
	char hash[HASH_HEX_SIZE];

	audit_head(audit, &head, hash);
	return audit->deliver != NULL ? audit_deliver_seq(audit->deliver) : head;
}

int audit_wait_delivered(struct audit *audit, int timeout_ms)
{
	int64_t head;
	char hash[HASH_HEX_SIZE];

	audit_head(audit, &head, hash);
	return audit->deliver != NULL ? audit_deliver_wait(audit->deliver, head, timeout_ms) : 0;
}
