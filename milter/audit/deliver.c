/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Delivery of durable events. What was just written is handed over in memory (kept.c), as long as little waits;
 * the tail after a crash, and what a store that was away for hours has missed, are read back from the log. So
 * memory stays bounded, and nobody who waits for the log waits for the store. Under load they are gathered: what an event costs the receiver
 * (a transaction, its pages, a thread woken) is shared by all of a batch.
 */
#include "audit/deliver.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "audit/files.h"
#include "audit/read.h"
#include "core/clock.h"
#include "core/log.h"

#define BATCH 256
#define RETRY_MS 1000
/* Batches begin no closer together, unless one is full or somebody waits; after a quiet time an event goes at once. */
#define GATHER_MS 50

struct audit_deliver {
	char *dir;
	audit_durable_fn durable;
	void *arg;
	struct audit_cursor cursor; /* of the thread alone */

	pthread_mutex_t lock;
	pthread_cond_t work, progress;
	struct audit_kept_list kept;
	int64_t upto, taken;
	size_t waiters;
	bool idle; /* the thread waits for the next event, whichever it is */
	bool stopping, failing;
	pthread_t thread;
};

struct batch {
	json_t *events[BATCH];
	size_t count;
};

static int batch_add(void *arg, const json_t *event)
{
	struct batch *batch = arg;

	batch->events[batch->count++] = json_incref((json_t *)(uintptr_t)event);
	return 0;
}

/* What is read back next time comes after last. */
static void cursor_pass(struct audit_cursor *cursor, const struct audit_kept *last)
{
	if (cursor->path == NULL || audit_file_seq(cursor->path) != last->file) {
		free(cursor->path);
		/* Without a name the record is looked for. */
		cursor->path = audit_file_path(cursor->dir, last->file);
	}
	cursor->offset = last->end;
	cursor->next = last->head.seq + 1;
}

/* Those that follow without a gap. */
static int batch_keep(struct batch *batch, const struct audit_kept_list *kept, int64_t upto,
    struct audit_cursor *cursor, struct diag *d)
{
	struct audit_kept *last = NULL;

	for (struct audit_kept *k = kept->first; batch->count < BATCH && k->head.seq <= upto; k = k->next) {
		json_t *event = last == NULL || k->head.seq == last->head.seq + 1 ? audit_kept_event(k) : NULL;

		if (event == NULL)
			break;
		batch->events[batch->count++] = json_incref(event);
		last = k;
		if (k == kept->last)
			break;
	}
	if (last == NULL)
		return diag_add(d, "%s: out of memory", cursor->dir);
	cursor_pass(cursor, last);
	return 0;
}

static int batch_read(struct batch *batch, int64_t upto, struct audit_cursor *cursor, struct diag *d)
{
	int64_t last = cursor->next + BATCH - 1 < upto ? cursor->next + BATCH - 1 : upto;
	int rc = audit_cursor_read(cursor, last, batch_add, batch, d);

	return rc != 0 || batch->count > 0 ? rc
	    : diag_add(d, "%s: record %lld is not there", cursor->dir, (long long)cursor->next);
}

/*
 * Hands over the next batch, from memory or else from the log; the cursor moves only when it was taken. kept is
 * how the list stood; others only add to it.
 */
static int deliver_batch(struct audit_deliver *s, const struct audit_kept_list *kept, int64_t upto, int64_t *taken_r,
    struct diag *d)
{
	struct audit_cursor ahead = s->cursor;
	struct batch batch = {.count = 0};
	int rc;

	ahead.path = ahead.path != NULL ? strdup(ahead.path) : NULL;
	if (kept->first != NULL && kept->first->head.seq == ahead.next)
		rc = batch_keep(&batch, kept, upto, &ahead, d);
	else if (kept->first != NULL && kept->first->head.seq <= upto)
		rc = batch_read(&batch, kept->first->head.seq - 1, &ahead, d);
	else
		rc = batch_read(&batch, upto, &ahead, d);
	if (rc == 0)
		rc = s->durable(s->arg, batch.events, batch.count);
	for (size_t i = 0; i < batch.count; i++)
		json_decref(batch.events[i]);
	if (rc != 0) {
		audit_cursor_free(&ahead);
		return -1;
	}
	audit_cursor_free(&s->cursor);
	s->cursor = ahead;
	*taken_r = ahead.next - 1;
	return 0;
}

/* Waits on cond for at most ms; the lock is held. */
static int wait_ms(pthread_cond_t *cond, pthread_mutex_t *lock, int ms)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += (long)(ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	return pthread_cond_timedwait(cond, lock, &until);
}

/* The lock is held. */
static void note_result(struct audit_deliver *s, int rc, int64_t taken, const struct diag *d)
{
	/* A failing receiver reports itself; only what the log says is said here, once. */
	if (rc == -1 && !s->failing && d->len > 0)
		log_error("audit: %s", d->text);
	s->failing = rc == -1;
	if (rc == 0)
		s->taken = taken;
	pthread_cond_broadcast(&s->progress);
}

static bool is_urgent(const struct audit_deliver *s)
{
	return s->stopping || s->waiters > 0 || s->upto - s->taken >= BATCH;
}

/* Waits until so and so many ms after begun, when the last batch began, or for a reason to go on sooner. The lock is held. */
static void gather(struct audit_deliver *s, int64_t begun)
{
	int64_t left;

	while (!is_urgent(s) && (left = begun + GATHER_MS - clock_monotonic_ms()) > 0)
		wait_ms(&s->work, &s->lock, (int)left);
}

/* The lock is held, and let go for the work. */
static int deliver_next(struct audit_deliver *s, struct diag *d)
{
	const struct audit_kept_list kept = s->kept;
	int64_t upto = s->upto, taken = s->taken;
	struct audit_kept *done;
	int rc;

	pthread_mutex_unlock(&s->lock);
	rc = deliver_batch(s, &kept, upto, &taken, d);
	pthread_mutex_lock(&s->lock);
	note_result(s, rc, taken, d);
	done = audit_kept_cut(&s->kept, taken);
	pthread_mutex_unlock(&s->lock);
	audit_kept_free_all(done);
	pthread_mutex_lock(&s->lock);
	return rc;
}

static void *deliver_main(void *arg)
{
	struct audit_deliver *s = arg;
	int64_t begun = clock_monotonic_ms() - GATHER_MS;

	audit_block_signals();
	pthread_mutex_lock(&s->lock);
	for (;;) {
		struct diag d = {0};
		int rc;

		if (s->taken >= s->upto) {
			if (s->stopping)
				break;
			s->idle = true;
			pthread_cond_wait(&s->work, &s->lock);
			s->idle = false;
			continue;
		}
		gather(s, begun);
		begun = clock_monotonic_ms();
		rc = deliver_next(s, &d);
		if (rc == -1 && s->stopping)
			break;
		if (rc == -1)
			wait_ms(&s->work, &s->lock, RETRY_MS);
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

static void deliver_free(struct audit_deliver *s)
{
	pthread_cond_destroy(&s->work);
	pthread_cond_destroy(&s->progress);
	pthread_mutex_destroy(&s->lock);
	audit_cursor_free(&s->cursor);
	audit_kept_free_all(s->kept.first);
	free(s->dir);
	free(s);
}

struct audit_deliver *audit_deliver_start(const char *dir, int64_t from, int64_t upto, audit_durable_fn durable,
    void *arg, struct diag *d)
{
	struct audit_deliver *s = calloc(1, sizeof(*s));
	pthread_condattr_t monotonic;

	if (s == NULL || (s->dir = strdup(dir)) == NULL) {
		diag_add(d, "audit: out of memory");
		free(s);
		return NULL;
	}
	s->durable = durable;
	s->arg = arg;
	s->cursor = (struct audit_cursor){.dir = s->dir, .next = from};
	s->upto = upto;
	s->taken = from - 1;
	pthread_mutex_init(&s->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&s->work, &monotonic);
	pthread_cond_init(&s->progress, &monotonic);
	pthread_condattr_destroy(&monotonic);
	if (pthread_create(&s->thread, NULL, deliver_main, s) != 0) {
		diag_add(d, "audit: can't start the delivery's thread");
		deliver_free(s);
		return NULL;
	}
	return s;
}

void audit_deliver_keep(struct audit_deliver *deliver, struct audit_kept **kept)
{
	pthread_mutex_lock(&deliver->lock);
	/* One that the receiver has already is not what it waits for. */
	if (*kept != NULL && (*kept)->head.seq > deliver->taken)
		audit_kept_add(&deliver->kept, kept);
	pthread_mutex_unlock(&deliver->lock);
}

void audit_deliver_upto(struct audit_deliver *deliver, int64_t seq)
{
	pthread_mutex_lock(&deliver->lock);
	deliver->upto = seq;
	/* While the receiver fails, mail does not make it try more often. */
	if (!deliver->failing && (deliver->idle || seq - deliver->taken == BATCH))
		pthread_cond_signal(&deliver->work);
	pthread_mutex_unlock(&deliver->lock);
}

int64_t audit_deliver_seq(struct audit_deliver *deliver)
{
	int64_t taken;

	pthread_mutex_lock(&deliver->lock);
	taken = deliver->taken;
	pthread_mutex_unlock(&deliver->lock);
	return taken;
}

int audit_deliver_wait(struct audit_deliver *deliver, int64_t seq, int timeout_ms)
{
	int64_t end = clock_monotonic_ms() + timeout_ms;
	int rc = 0;

	pthread_mutex_lock(&deliver->lock);
	deliver->waiters++;
	if (!deliver->failing)
		pthread_cond_signal(&deliver->work);
	while (deliver->taken < seq && rc == 0) {
		int64_t left = end - clock_monotonic_ms();

		if (left <= 0)
			rc = -1;
		else
			wait_ms(&deliver->progress, &deliver->lock, (int)left);
	}
	deliver->waiters--;
	pthread_mutex_unlock(&deliver->lock);
	return rc;
}

void audit_deliver_stop(struct audit_deliver **deliver)
{
	struct audit_deliver *s = *deliver;

	*deliver = NULL;
	if (s == NULL)
		return;
	pthread_mutex_lock(&s->lock);
	s->stopping = true;
	pthread_cond_signal(&s->work);
	pthread_mutex_unlock(&s->lock);
	pthread_join(s->thread, NULL);
	deliver_free(s);
}
