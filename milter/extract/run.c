/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs one program over one input, with a deadline. A socket pair instead of
 * pipes: writing to a program that died is an answer then, not a signal.
 */
#include "extract/run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"

#define CHUNK 65536
/* How long a program that closed its output may take to end. */
#define LINGER_MS 2000
/* How often one that was given everything is asked whether it ended. */
#define FEED_MS 10

/* In the program: its end as standard input and, unless it is to be silent, output, the daemon's signals as they were. */
static int spawn(char *const *argv, int fd, bool silent, pid_t *pid_r)
{
	static char *const environment[] = {(char *)(uintptr_t)"PATH=/usr/bin:/bin", NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none, all;
	int rc;

	sigemptyset(&none);
	sigfillset(&all);
	if (posix_spawn_file_actions_init(&actions) != 0)
		return -1;
	if (posix_spawnattr_init(&attr) != 0) {
		posix_spawn_file_actions_destroy(&actions);
		return -1;
	}
	rc = posix_spawn_file_actions_adddup2(&actions, fd, STDIN_FILENO);
	rc |= silent ? posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
	    : posix_spawn_file_actions_adddup2(&actions, fd, STDOUT_FILENO);
	rc |= posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	rc |= posix_spawnattr_setsigmask(&attr, &none);
	rc |= posix_spawnattr_setsigdefault(&attr, &all);
	rc |= posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	if (rc == 0)
		rc = posix_spawn(pid_r, argv[0], &actions, &attr, argv, environment);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&actions);
	errno = rc;
	return rc == 0 ? 0 : -1;
}

/* Bytes may still be sent: sends some. -1: nobody reads any more. */
static int send_some(int fd, struct slice *input)
{
	/* As much as there is room for. */
	ssize_t n = send(fd, input->ptr, input->len, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	*input = slice_sub(*input, (size_t)n, input->len);
	if (input->len == 0)
		shutdown(fd, SHUT_WR);
	return 0;
}

/* 1: more may come, 0: the end, -1: it can't be read or kept. */
static int receive_some(int fd, struct buf *output)
{
	char chunk[CHUNK];
	ssize_t n = recv(fd, chunk, sizeof(chunk), MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 1 : errno == ECONNRESET ? 0 : -1;
	if (n == 0)
		return 0;
	buf_add(output, chunk, (size_t)n);
	return output->failed ? -1 : 1;
}

static enum run_end converse(int fd, struct slice input, int64_t deadline_ms, struct buf *output)
{
	if (input.len == 0)
		shutdown(fd, SHUT_WR);
	for (;;) {
		struct pollfd p = {.fd = fd, .events = (short)(POLLIN | (input.len > 0 ? POLLOUT : 0))};
		int64_t left = deadline_ms - clock_monotonic_ms();
		int rc;

		if (left <= 0)
			return RUN_TIMEOUT;
		rc = poll(&p, 1, left < 1000 ? (int)left : 1000);
		if (rc < 0 && errno != EINTR)
			return RUN_FAILED;
		if (rc <= 0)
			continue;
		/* one that stops reading may still have told why */
		if ((p.revents & POLLOUT) && send_some(fd, &input) != 0)
			input.len = 0;
		if (!(p.revents & (POLLIN | POLLHUP | POLLERR)))
			continue;
		rc = receive_some(fd, output);
		if (rc <= 0)
			return rc == 0 ? RUN_DONE : output->failed ? RUN_OUTPUT : RUN_FAILED;
	}
}

/* Waits for a program that has nothing more to say; one that stays is killed. */
static bool reap(pid_t pid, bool kill_now)
{
	const struct timespec nap = {.tv_nsec = 500000};
	int64_t until = clock_monotonic_ms() + LINGER_MS;
	int status = 0;
	pid_t rc;

	if (kill_now)
		kill(pid, SIGKILL);
	while ((rc = waitpid(pid, &status, WNOHANG)) == 0 || (rc < 0 && errno == EINTR)) {
		if (clock_monotonic_ms() > until)
			kill(pid, SIGKILL);
		nanosleep(&nap, NULL);
	}
	return rc == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

enum run_end run_program(char *const *argv, struct slice input, int64_t deadline_ms, struct buf *output)
{
	enum run_end end;
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return RUN_FAILED;
	if (spawn(argv, pair[1], false, &pid) != 0) {
		close(pair[0]);
		close(pair[1]);
		return RUN_FAILED;
	}
	close(pair[1]);
	end = converse(pair[0], input, deadline_ms, output);
	close(pair[0]);
	if (!reap(pid, end != RUN_DONE) && end == RUN_DONE)
		end = RUN_FAILED;
	return end;
}

/* Sends what it takes, until it ends or its time is over. Whether it read everything is its own business. */
static enum run_end feed(int fd, pid_t pid, struct slice input, int64_t deadline_ms, int *status_r)
{
	int status = 0;
	pid_t rc;

	if (input.len == 0)
		shutdown(fd, SHUT_WR);
	while ((rc = waitpid(pid, &status, WNOHANG)) == 0 || (rc < 0 && errno == EINTR)) {
		struct pollfd p = {.fd = input.len > 0 ? fd : -1, .events = POLLOUT};

		if (clock_monotonic_ms() > deadline_ms) {
			reap(pid, true);
			return RUN_TIMEOUT;
		}
		if (poll(&p, 1, FEED_MS) > 0 && send_some(fd, &input) != 0)
			input.len = 0;
	}
	*status_r = rc != pid ? 128 : WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	return *status_r == 0 ? RUN_DONE : RUN_FAILED;
}

enum run_end run_input(char *const *argv, struct slice input, int64_t deadline_ms, int *status_r)
{
	enum run_end end;
	int pair[2], error;
	pid_t pid;

	*status_r = -1;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return RUN_FAILED;
	if (spawn(argv, pair[1], true, &pid) != 0) {
		error = errno;
		close(pair[0]);
		close(pair[1]);
		errno = error;
		return RUN_FAILED;
	}
	close(pair[1]);
	end = feed(pair[0], pid, input, deadline_ms, status_r);
	close(pair[0]);
	return end;
}
