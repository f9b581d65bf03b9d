/* SPDX-License-Identifier: BSD-2-Clause */
/* Beginning and ending an export, from outside of its thread. */
#include "export/exporter.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "export/exporter_int.h"

/* What exporter_join gives beyond the deadline. */
#define JOIN_GRACE_MS 500
#define SPEC_MEMORY ((size_t)1 << 20)

static int64_t stop_deadline(void *arg)
{
	struct exporter *x = arg;

	return atomic_load(&x->stop_at);
}

static void stalled(void *arg)
{
	struct exporter *x = arg;
	struct diag d = {0};

	diag_add(&d, "%s does not read what it is sent", x->spec.to);
	exporter_outage(x, EXPORT_STALLED, &d);
}

static int copy_spec(struct exporter *x, const struct export_spec *spec, const char *dir)
{
	char host[256] = "";

	if (gethostname(host, sizeof(host) - 1) == -1)
		host[0] = '\0';
	if (export_spec_copy(x->arena, spec, &x->spec) == -1)
		return -1;
	x->spec.syslog.host = host[0] != '\0' ? arena_strdup(x->arena, host) : NULL;
	x->spec.syslog.pid = (long)getpid();
	x->dir = arena_strdup(x->arena, dir);
	x->position_path = arena_printf(x->arena, "%s/export/%s.pos", dir, spec->name);
	return x->dir != NULL && x->position_path != NULL ? 0 : -1;
}

static struct exporter *exporter_new(void)
{
	struct exporter *x = calloc(1, sizeof(*x));
	pthread_condattr_t monotonic;

	if (x == NULL)
		return NULL;
	x->arena = arena_new(SPEC_MEMORY);
	x->backoff_ms = EXPORTER_BACKOFF_MS;
	x->saved = -1;
	x->work_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	x->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	x->stop = (struct sink_stop){.fd = x->stop_fd, .deadline = stop_deadline, .stalled = stalled, .arg = x};
	pthread_mutex_init(&x->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&x->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	return x;
}

void exporter_free(struct exporter *x)
{
	sink_close(&x->sink);
	audit_cursor_free(&x->cursor);
	buf_free(&x->text);
	buf_free(&x->frame);
	free(x->path);
	if (x->work_fd != -1)
		close(x->work_fd);
	if (x->stop_fd != -1)
		close(x->stop_fd);
	pthread_cond_destroy(&x->changed);
	pthread_mutex_destroy(&x->lock);
	arena_free(&x->arena);
	free(x);
}

struct exporter *exporter_start(const struct export_spec *spec, const char *dir, int64_t head, struct exporter *before,
    struct diag *d)
{
	struct exporter *x = exporter_new();

	if (x == NULL || x->arena == NULL || x->work_fd == -1 || x->stop_fd == -1 || copy_spec(x, spec, dir) == -1) {
		diag_add(d, "export \"%s\": out of memory or descriptors", spec->name);
		if (x != NULL)
			exporter_free(x);
		return NULL;
	}
	x->cursor.dir = x->dir;
	x->first_head = head;
	x->before = before;
	atomic_store(&x->upto, head);
	if (pthread_create(&x->thread, NULL, exporter_run, x) != 0) {
		diag_add(d, "export \"%s\": can't start its thread", spec->name);
		exporter_free(x);
		return NULL;
	}
	return x;
}

void exporter_upto(struct exporter *exporter, int64_t seq)
{
	long long was = atomic_load(&exporter->upto);

	while (was < seq && !atomic_compare_exchange_weak(&exporter->upto, &was, seq))
		;
	(void)eventfd_write(exporter->work_fd, 1);
}

void exporter_stop(struct exporter *exporter, int wait_ms)
{
	/* One that nobody joins may be at its end as soon as it sees the time; it takes the lock before it is gone. */
	pthread_mutex_lock(&exporter->lock);
	atomic_store(&exporter->stop_at, clock_monotonic_ms() + wait_ms);
	(void)eventfd_write(exporter->stop_fd, 1);
	pthread_mutex_unlock(&exporter->lock);
}

void exporter_retire(struct exporter *exporter, int wait_ms)
{
	(void)pthread_detach(exporter->thread);
	atomic_store(&exporter->orphan, true);
	exporter_stop(exporter, wait_ms);
}

int exporter_join(struct exporter **exporter)
{
	struct exporter *x = *exporter;
	int64_t until_ms = atomic_load(&x->stop_at) + JOIN_GRACE_MS;
	struct timespec until = {.tv_sec = until_ms / 1000, .tv_nsec = (long)(until_ms % 1000) * 1000000};
	bool ended;

	*exporter = NULL;
	pthread_mutex_lock(&x->lock);
	while (!x->ended)
		if (pthread_cond_timedwait(&x->changed, &x->lock, &until) == ETIMEDOUT)
			break;
	ended = x->ended;
	pthread_mutex_unlock(&x->lock);
	if (!ended)
		return -1;
	(void)pthread_join(x->thread, NULL);
	exporter_free(x);
	return 0;
}

const struct export_spec *exporter_spec(const struct exporter *exporter)
{
	return &exporter->spec;
}
