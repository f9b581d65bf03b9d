/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The thread of an export. It reads the log as the store's delivery does, so nothing waits for it, and all it keeps is
 * a place in the log. What the receiver has certainly read is remembered on disk, once a second; what it may have lost
 * is sent again.
 */
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "audit/files.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/log.h"
#include "export/exporter_int.h"
#include "export/position.h"

#define BACKOFF_MAX_MS 30000
/* How often an unread rest is asked for, and the position written at most. */
#define SETTLE_MS 200
#define SAVE_MS 1000

/* What on_event says beside 0 and -1. */
enum { WALK_LOST = 1, WALK_STOPPED = 2 };

/* ---- the position ------------------------------------------------------------------ */

static bool is_stopping(const struct exporter *x)
{
	return atomic_load(&x->stop_at) != 0;
}

static int64_t settled_now(struct exporter *x)
{
	return x->sink != NULL ? sink_settled(x->sink) : x->cursor.next - 1;
}

/* Behind what was settled nothing is lost: a position that can't be written costs doubles, not records. */
static void save(struct exporter *x, int64_t settled, bool now)
{
	int64_t ms = clock_monotonic_ms();
	struct diag d = {0};

	exporter_note(x, settled);
	if (settled == x->saved || (!now && ms - x->saved_ms < SAVE_MS))
		return;
	x->saved_ms = ms;
	x->unsaved = position_write(x->position_path, settled, &d) == -1;
	if (!x->unsaved)
		x->saved = settled;
	else
		exporter_outage(x, x->state, &d);
}

/* Where to begin. -1: not known, and nothing may be sent. */
static int load_position(struct exporter *x, struct diag *d)
{
	int64_t seq = x->spec.from_start ? 0 : x->first_head, head = atomic_load(&x->upto);
	char dir[4096];
	int rc;

	snprintf(dir, sizeof(dir), "%s/export", x->dir);
	if (file_make_dirs(dir, 0750, d) == -1)
		return -1;
	rc = position_read(x->position_path, &seq, d);
	if (rc == 1 && seq > head) {
		log_warning("export \"%s\": was at record %" PRId64 ", but the log ends with %" PRId64 "; it goes on from there",
		    x->spec.name, seq, head);
		seq = head;
	}
	x->cursor.next = seq + 1;
	x->saved = rc == 1 ? seq : -1;
	if (rc >= 0)
		save(x, seq, true);
	return rc == -1 || x->saved == -1 ? -1 : 0;
}

/* ---- sending ------------------------------------------------------------------------ */

static struct slice rendered(struct exporter *x, const json_t *event)
{
	buf_truncate(&x->text, 0);
	buf_truncate(&x->frame, 0);
	switch (x->spec.type) {
	case EXPORT_SYSLOG: export_syslog(&x->spec.syslog, event, &x->text); break;
	case EXPORT_JOURNALD: export_journal(event, &x->text); break;
	case EXPORT_JSON: export_json(event, &x->text); break;
	}
	if (x->spec.type != EXPORT_SYSLOG || x->spec.address.way == EXPORT_UDP || x->spec.address.way == EXPORT_UNIXGRAM)
		return buf_slice(&x->text);
	/* Octet counting (RFC 6587, 3.4.1): a line feed in a message does not end it. */
	buf_printf(&x->frame, "%zu ", x->text.len);
	buf_add_slice(&x->frame, buf_slice(&x->text));
	return buf_slice(&x->frame);
}

struct walk {
	struct exporter *x;
	struct diag *d;
	int64_t next; /* seq that should come */
};

static int on_event(void *arg, const json_t *event)
{
	struct walk *walk = arg;
	struct exporter *x = walk->x;
	bool wanted = export_wanted(&x->spec.filter, event);
	struct slice data = wanted ? rendered(x, event) : SLICE_NONE;
	int64_t seq = json_get_int(event, "seq", 0);

	if (x->text.failed || x->frame.failed) {
		buf_free(&x->text);
		buf_free(&x->frame);
		return diag_add(walk->d, "out of memory");
	}
	if (seq > walk->next)
		log_warning("export \"%s\": records %" PRId64 " to %" PRId64 " are gone from the log, and were not sent",
		    x->spec.name, walk->next, seq - 1);
	walk->next = seq + 1;
	switch (sink_send(x->sink, data, seq, walk->d)) {
	case SINK_LOST: return WALK_LOST;
	case SINK_STOPPED: return WALK_STOPPED;
	default: break;
	}
	pthread_mutex_lock(&x->lock);
	x->sent += wanted;
	if (x->state == EXPORT_STALLED)
		x->state = EXPORT_CONNECTED;
	pthread_mutex_unlock(&x->lock);
	save(x, x->sink != NULL && clock_monotonic_ms() - x->saved_ms >= SAVE_MS ? settled_now(x) : x->settled_seq, false);
	return 0;
}

static int connect_sink(struct exporter *x, struct diag *d)
{
	x->sink = sink_open(&x->spec.address, x->cursor.next - 1, &x->stop, d);
	if (x->sink != NULL)
		exporter_set_state(x, EXPORT_CONNECTED);
	return x->sink != NULL ? 0 : -1;
}

/* What was not settled is read from the log again. */
static void drop_sink(struct exporter *x)
{
	int64_t settled = settled_now(x);

	if (x->cursor.next != settled + 1)
		audit_cursor_free(&x->cursor);
	x->cursor.next = settled + 1;
	sink_close(&x->sink);
	save(x, settled, true);
}

/* ---- waiting ------------------------------------------------------------------------- */

/* Until the daemon stops or ms are over. */
static void wait_backoff(struct exporter *x)
{
	struct pollfd fd = {.fd = x->stop_fd, .events = POLLIN};

	(void)poll(&fd, 1, (int)x->backoff_ms);
	x->backoff_ms = 2 * x->backoff_ms < BACKOFF_MAX_MS ? 2 * x->backoff_ms : BACKOFF_MAX_MS;
}

static void drain(int fd)
{
	eventfd_t ignored;

	(void)eventfd_read(fd, &ignored);
}

/* Until there are records, the receiver goes, the daemon stops, or an unread rest may have been read. */
static void wait_idle(struct exporter *x, int timeout_ms)
{
	struct pollfd fds[3] = {{.fd = x->work_fd, .events = POLLIN}, {.fd = x->stop_fd, .events = POLLIN},
	    {.fd = sink_fd(x->sink), .events = POLLIN}};

	if (poll(fds, 3, timeout_ms) > 0 && fds[0].revents != 0)
		drain(x->work_fd);
}

/* ---- the thread ------------------------------------------------------------------------ */

static void fail(struct exporter *x, const struct diag *d)
{
	drop_sink(x);
	if (is_stopping(x)) {
		x->gave_up = true;
		return;
	}
	exporter_outage(x, EXPORT_WAITING, d);
	wait_backoff(x);
}

/* All was handed over: whether it arrives, and whether the receiver stays. */
static void rest(struct exporter *x, struct diag *d)
{
	bool drained, open;

	if (sink_check(x->sink, d) != SINK_OK) {
		fail(x, d);
		return;
	}
	save(x, settled_now(x), false);
	drained = sink_is_drained(x->sink);
	open = !drained || x->settled_seq != x->saved;
	if (drained && !x->unsaved) {
		exporter_works(x);
		x->backoff_ms = EXPORTER_BACKOFF_MS;
	}
	wait_idle(x, open ? SETTLE_MS : -1);
}

static void turn(struct exporter *x)
{
	struct diag d = {0};
	struct walk walk = {x, &d, x->cursor.next};
	int64_t upto = atomic_load(&x->upto);
	int rc;

	if (x->sink == NULL && connect_sink(x, &d) == -1) {
		fail(x, &d);
		return;
	}
	rc = x->cursor.next <= upto ? audit_cursor_read(&x->cursor, upto, on_event, &walk, &d) : 0;
	if (rc == 0 && x->cursor.next <= upto)
		rc = diag_add(&d, "%s: record %" PRId64 " is not there", x->dir, x->cursor.next);
	if (rc == WALK_STOPPED)
		x->gave_up = true;
	else if (rc != 0)
		fail(x, &d);
	else if (!is_stopping(x))
		rest(x, &d);
	else
		x->gave_up = x->cursor.next > atomic_load(&x->upto);
}

/* The position has to be known before anything is sent. */
static void begin(struct exporter *x)
{
	for (;;) {
		struct diag d = {0};

		if (load_position(x, &d) == 0 || is_stopping(x))
			return;
		if (d.len > 0)
			exporter_outage(x, EXPORT_WAITING, &d);
		wait_backoff(x);
	}
}

static void finish(struct exporter *x)
{
	if (x->sink != NULL) {
		sink_finish(x->sink);
		drop_sink(x);
	}
	pthread_mutex_lock(&x->lock);
	x->state = EXPORT_STOPPED;
	x->ended = true;
	pthread_cond_broadcast(&x->changed);
	pthread_mutex_unlock(&x->lock);
}

void *exporter_run(void *arg)
{
	struct exporter *x = arg;

	audit_block_signals();
	if (x->before != NULL) {
		(void)pthread_join(x->before->thread, NULL);
		exporter_free(x->before);
		x->before = NULL;
	}
	begin(x);
	while (x->saved != -1 && !x->gave_up)
		turn(x);
	finish(x);
	if (atomic_load(&x->orphan))
		exporter_free(x);
	return NULL;
}
