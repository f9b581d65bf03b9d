/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The keeper: one thread that starts the children, hears them register, logs
 * their standard error, and ends and restarts those that are broken. It lives
 * as long as the pool, which the children's parent-death signal needs: that
 * is of the thread that started them.
 */
#include "exec.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BACKOFF_FIRST_MS 100
#define BACKOFF_MAX_MS 30000
#define STOP_MS 500
#define LINES_A_MINUTE 20

static void wake(struct pool *pool)
{
	const uint64_t one = 1;

	(void)!write(pool->wake, &one, sizeof(one));
}

static int64_t backoff(unsigned failures)
{
	int64_t ms = BACKOFF_FIRST_MS;

	while (failures-- > 1 && ms < BACKOFF_MAX_MS)
		ms *= 2;
	return ms < BACKOFF_MAX_MS ? ms : BACKOFF_MAX_MS;
}

/* ---- standard error ---- */

static void log_line(struct pool *pool, struct child *child, const char *line, size_t len)
{
	int64_t minute = exec_clock_ms() / 60000;
	char text[400];

	text_clean(child->said, sizeof(child->said), line, len);
	if (minute != pool->minute) {
		if (pool->dropped > 0) {
			snprintf(text, sizeof(text), "exec %.200s: %u more lines were not logged", pool->launch.argv[0], pool->dropped);
			pool->host->log(POSTERN_LOG_WARNING, text);
		}
		pool->minute = minute;
		pool->logged = pool->dropped = 0;
	}
	if (pool->logged >= LINES_A_MINUTE) {
		pool->dropped++;
		return;
	}
	pool->logged++;
	snprintf(text, sizeof(text), "exec %.100s[%d]: %s", pool->launch.argv[0], (int)child->process.pid, child->said);
	pool->host->log(POSTERN_LOG_INFO, text);
}

/* Whoever writes half lines gets each half as a line. */
static void read_errors(struct pool *pool, struct child *child)
{
	char chunk[4096], *at = chunk, *end;
	ssize_t n = read(child->process.err_fd, chunk, sizeof(chunk));

	if (n <= 0) {
		if (n == 0 || (errno != EINTR && errno != EAGAIN)) {
			close(child->process.err_fd);
			child->process.err_fd = -1;
		}
		return;
	}
	for (; at < chunk + n; at = end + 1) {
		end = memchr(at, '\n', (size_t)(chunk + n - at));
		if (end == NULL)
			end = chunk + n;
		if (end > at)
			log_line(pool, child, at, (size_t)(end - at));
	}
}

static void drain_errors(struct pool *pool, struct child *child)
{
	struct pollfd p = {.fd = child->process.err_fd, .events = POLLIN};

	/* bounded: what is in the pipe now, not what is still written */
	for (int i = 0; i < 16 && child->process.err_fd >= 0 && poll(&p, 1, 0) > 0; i++)
		read_errors(pool, child);
}

/* ---- lives ---- */

static void describe(const struct child *child, int status, char *text, size_t size)
{
	char how[60] = "";

	if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL)
		snprintf(how, sizeof(how), " (signal %d)", WTERMSIG(status));
	else if (WIFEXITED(status) && strstr(child->reason, "ended") != NULL)
		snprintf(how, sizeof(how), " (exit status %d)", WEXITSTATUS(status));
	snprintf(text, size, "%.150s%s%s%.100s", child->reason, how, child->said[0] != '\0' ? ", its last words: " : "",
	    child->said);
}

static void fell(struct pool *pool, struct child *child, const char *reason)
{
	char text[600];

	child->failures++;
	child->when = exec_clock_ms() + backoff(child->failures);
	child->state = CHILD_DOWN;
	child->said[0] = '\0';
	snprintf(pool->reason, sizeof(pool->reason), "%s", reason);
	snprintf(text, sizeof(text), "exec %.100s: %s; started again in %lld ms", pool->launch.argv[0], reason,
	    (long long)backoff(child->failures));
	pool->host->log(POSTERN_LOG_ERROR, text);
	pthread_cond_broadcast(&pool->changed);
}

static void bury(struct pool *pool, struct child *child)
{
	char reason[EXEC_REASON];
	int status;

	/* one that ends by itself may say how */
	for (int i = 0; i < 20 && strstr(child->reason, "ended") != NULL; i++) {
		siginfo_t info = {0};

		if (waitid(P_PID, (id_t)child->process.pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid != 0)
			break;
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	}
	drain_errors(pool, child);
	process_kill(&child->process, &status);
	describe(child, status, reason, sizeof(reason));
	fell(pool, child, reason);
}

static void breaks(struct child *child, const char *reason)
{
	snprintf(child->reason, sizeof(child->reason), "%s", reason);
	child->state = CHILD_BROKEN;
}

static void start(struct pool *pool, struct child *child)
{
	char reason[EXEC_REASON];

	if (process_start(&pool->launch, &child->process) != 0) {
		snprintf(reason, sizeof(reason), "it cannot be started: %s", strerror(errno));
		fell(pool, child, reason);
		return;
	}
	child->state = CHILD_STARTING;
	child->when = exec_clock_ms() + pool->start_ms;
	if (register_greet(child) != 0)
		breaks(child, "it ended before it was ready");
}

/* Nobody asked it: it ended, or it talks out of turn, a late answer for example. */
static void look_at_idle(struct child *child)
{
	char byte;
	ssize_t n = recv(child->process.fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	breaks(child, n > 0 ? "it spoke without being asked" : "it ended");
}

static void hear(struct pool *pool, struct child *child)
{
	int rc;

	if (child->state == CHILD_IDLE)
		look_at_idle(child);
	if (child->state != CHILD_STARTING)
		return;
	rc = register_read(child);
	if (rc < 0)
		child->state = CHILD_BROKEN;
	if (rc <= 0)
		return;
	child->state = CHILD_IDLE;
	pthread_cond_broadcast(&pool->changed);
}

/* What is due of it; the time of what is next, or limit. */
static int64_t turn(struct pool *pool, struct child *child, int64_t limit)
{
	int64_t now = exec_clock_ms();

	if (child->state == CHILD_STARTING && now >= child->when)
		breaks(child, "it was not ready in time");
	if (child->state == CHILD_BROKEN)
		bury(pool, child);
	if (child->state == CHILD_DOWN && now >= child->when)
		start(pool, child);
	if (child->state == CHILD_BROKEN)
		return now;
	if ((child->state == CHILD_STARTING || child->state == CHILD_DOWN) && child->when < limit)
		return child->when;
	return limit;
}

static void listen_to(struct pool *pool, int64_t until)
{
	struct pollfd fds[1 + 2 * EXEC_CHILDREN_MAX] = {{.fd = pool->wake, .events = POLLIN}};
	int64_t left = until - exec_clock_ms();
	uint64_t drain;

	for (size_t i = 0; i < pool->count; i++) {
		const struct child *child = &pool->children[i];
		bool heard = child->state == CHILD_STARTING || child->state == CHILD_IDLE;

		fds[1 + 2 * i] = (struct pollfd){.fd = heard ? child->process.fd : -1, .events = POLLIN};
		fds[2 + 2 * i] = (struct pollfd){.fd = child->state != CHILD_DOWN ? child->process.err_fd : -1, .events = POLLIN};
	}
	pthread_mutex_unlock(&pool->lock);
	poll(fds, 1 + 2 * pool->count, left > 0 ? (int)left : 0);
	pthread_mutex_lock(&pool->lock);
	if (fds[0].revents != 0)
		(void)!read(pool->wake, &drain, sizeof(drain));
	for (size_t i = 0; i < pool->count; i++) {
		if (fds[2 + 2 * i].revents != 0)
			read_errors(pool, &pool->children[i]);
		if (fds[1 + 2 * i].revents != 0)
			hear(pool, &pool->children[i]);
	}
}

/* Their input ends; who does not go is killed. */
static void end_all(struct pool *pool)
{
	int64_t until = exec_clock_ms() + STOP_MS;
	int status;

	for (size_t i = 0; i < pool->count; i++)
		process_hang_up(&pool->children[i].process);
	for (size_t i = 0; i < pool->count; i++) {
		while (!process_gone(&pool->children[i].process, &status) && exec_clock_ms() < until)
			nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
		process_kill(&pool->children[i].process, &status);
	}
}

static void *keep(void *arg)
{
	struct pool *pool = arg;

	pthread_mutex_lock(&pool->lock);
	while (!pool->stop) {
		int64_t until = exec_clock_ms() + 60000;

		for (size_t i = 0; i < pool->count; i++)
			until = turn(pool, &pool->children[i], until);
		listen_to(pool, until);
	}
	pthread_mutex_unlock(&pool->lock);
	end_all(pool);
	return NULL;
}

/* ---- from other threads ---- */

static int wait_until(struct pool *pool, int64_t deadline)
{
	const struct timespec until = {.tv_sec = (time_t)(deadline / 1000), .tv_nsec = (long)(deadline % 1000) * 1000000};

	return pthread_cond_timedwait(&pool->changed, &pool->lock, &until);
}

/* The first one in that state; NULL: none. */
static struct child *find(struct pool *pool, int state)
{
	for (size_t i = 0; i < pool->count; i++)
		if ((int)pool->children[i].state == state)
			return &pool->children[i];
	return NULL;
}

static int wait_first(struct pool *pool)
{
	int64_t deadline = exec_clock_ms() + pool->start_ms + 1000;
	int rc = 0;

	pthread_mutex_lock(&pool->lock);
	while (find(pool, CHILD_IDLE) == NULL && pool->reason[0] == '\0' && rc == 0)
		rc = wait_until(pool, deadline);
	rc = find(pool, CHILD_IDLE) != NULL ? 0 : -1;
	if (rc != 0 && pool->reason[0] == '\0')
		snprintf(pool->reason, sizeof(pool->reason), "it was not ready in time");
	pthread_mutex_unlock(&pool->lock);
	return rc;
}

int pool_start(struct pool *pool)
{
	pthread_condattr_t attr;

	pthread_mutex_init(&pool->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&pool->changed, &attr);
	pthread_condattr_destroy(&attr);
	for (size_t i = 0; i < pool->count; i++)
		pool->children[i].process = (struct process){.fd = -1, .err_fd = -1};
	pool->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	pool->keeping = pool->wake >= 0 && pthread_create(&pool->keeper, NULL, keep, pool) == 0;
	if (!pool->keeping) {
		snprintf(pool->reason, sizeof(pool->reason), "no thread or descriptor is left to keep it");
		return -1;
	}
	return wait_first(pool);
}

void pool_stop(struct pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	pool->stop = true;
	pthread_mutex_unlock(&pool->lock);
	if (pool->keeping) {
		wake(pool);
		pthread_join(pool->keeper, NULL);
	}
	for (size_t i = 0; i < pool->count; i++) {
		bytes_free(&pool->children[i].in);
		for (size_t n = 0; n < pool->children[i].profile_count; n++)
			free(pool->children[i].profile[n]);
	}
	if (pool->wake >= 0)
		close(pool->wake);
	pthread_cond_destroy(&pool->changed);
	pthread_mutex_destroy(&pool->lock);
}

struct child *pool_take(struct pool *pool, int64_t deadline, char *reason, size_t size)
{
	struct child *child;
	bool late = false;

	pthread_mutex_lock(&pool->lock);
	while ((child = find(pool, CHILD_IDLE)) == NULL && !late)
		late = wait_until(pool, deadline) != 0;
	if (child != NULL)
		child->state = CHILD_BUSY;
	else if (find(pool, CHILD_BUSY) != NULL)
		snprintf(reason, size, "all %zu children were at work until the time was over", pool->count);
	else
		snprintf(reason, size, "no child runs: %.250s", pool->reason);
	pthread_mutex_unlock(&pool->lock);
	return child;
}

void pool_give(struct pool *pool, struct child *child, const char *reason)
{
	pthread_mutex_lock(&pool->lock);
	if (reason != NULL) {
		breaks(child, reason);
	} else {
		child->state = CHILD_IDLE;
		child->failures = 0;
	}
	pthread_cond_signal(&pool->changed);
	pthread_mutex_unlock(&pool->lock);
	/* also an idle one: the keeper does not listen to it yet */
	wake(pool);
}

uint64_t pool_number(struct pool *pool)
{
	uint64_t number;

	pthread_mutex_lock(&pool->lock);
	number = ++pool->number;
	pthread_mutex_unlock(&pool->lock);
	return number;
}
