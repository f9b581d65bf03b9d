/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_EXPORT_EXPORTER_INT_H
#define POSTERN_EXPORT_EXPORTER_INT_H

#include <pthread.h>
#include <stdatomic.h>

#include "audit/read.h"
#include "core/arena.h"
#include "export/exporter.h"
#include "export/sink.h"

/* What exporter.c (life), exporter_run.c (the thread) and exporter_state.c (what others are told of it) share. */

#define EXPORTER_BACKOFF_MS 500 /* after the first failure; then twice as long each time */

enum export_state { EXPORT_CONNECTING, EXPORT_CONNECTED, EXPORT_WAITING, EXPORT_STALLED, EXPORT_STOPPED };

struct exporter {
	struct arena *arena; /* of what follows */
	struct export_spec spec;
	char *dir, *position_path;
	int64_t first_head;
	struct exporter *before;

	/* Of the thread alone. */
	struct sink *sink;
	struct sink_stop stop;
	struct audit_cursor cursor;
	struct buf text, frame;
	int64_t saved;      /* what the position's file says */
	int64_t saved_ms;   /* when it was written, or that was tried, monotonic */
	bool unsaved;       /* the last try failed */
	int64_t backoff_ms;
	bool gave_up;       /* a turn ended because the daemon stops */

	pthread_t thread;
	int work_fd, stop_fd;
	atomic_llong upto;
	atomic_llong stop_at; /* monotonic ms; 0: goes on */
	atomic_bool orphan;   /* nobody joins the thread */

	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t changed;
	bool ended;
	enum export_state state;
	bool outage;          /* said in the log */
	int64_t since;        /* of the state of health, seconds UTC */
	int64_t sent_seq, settled_seq;
	char *path;           /* where the cursor stands; NULL: not known */
	int64_t offset;
	unsigned long long sent, failures;
	char error[512];
};

/* The thread's function. */
void *exporter_run(void *arg);
void exporter_free(struct exporter *x);

/* An outage begins or goes on: said in the log once. state: EXPORT_WAITING or EXPORT_STALLED. */
void exporter_outage(struct exporter *x, enum export_state state, const struct diag *d);
/* It is over, or there was none. */
void exporter_works(struct exporter *x);
/* Where the thread is now. */
void exporter_note(struct exporter *x, int64_t settled);
void exporter_set_state(struct exporter *x, enum export_state state);

#endif
