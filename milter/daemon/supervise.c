/* SPDX-License-Identifier: BSD-2-Clause */
/* The parent process: starts the worker, restarts it, puts blame where it belongs. */
#include "daemon/supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/log.h"
#include "daemon/notify.h"

/* A worker that lived that long was well; the next one starts at once. */
#define WELL_MS 10000
#define DELAY_FIRST_MS 100
#define DELAY_CRASH_MAX_MS 2000
#define DELAY_START_MAX_MS 30000
/* After that an orderly stop has failed. */
#define STOP_MS 30000

struct supervisor {
	struct worker_options options;
	const char *notify_socket;
	int signal_fd;
	pid_t worker;
	int ready_fd; /* -1: the worker is ready */
	bool ever_ready;
	bool ready;   /* this one */
	bool stopping;
	int64_t started, stop_since;
	int delay_ms;
};

static int signals_take(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
		return -1;
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int worker_start_process(struct supervisor *s)
{
	int ready[2];
	pid_t self = getpid();

	if (pipe2(ready, O_CLOEXEC) != 0)
		return -1;
	s->worker = fork();
	if (s->worker == 0) {
		/* Before anything else: the parent may be gone by then, which worker_run looks at. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(ready[0]);
		close(s->signal_fd);
		s->options.supervisor = self;
		s->options.ready_fd = ready[1];
		_exit(worker_run(&s->options));
	}
	close(ready[1]);
	if (s->worker < 0) {
		close(ready[0]);
		return -1;
	}
	s->ready_fd = ready[0];
	s->ready = false;
	s->started = clock_monotonic_ms();
	return 0;
}

static void ready_read(struct supervisor *s)
{
	char byte;
	ssize_t n = read(s->ready_fd, &byte, 1);

	close(s->ready_fd);
	s->ready_fd = -1;
	if (n != 1)
		return; /* it died first; SIGCHLD tells more */
	s->ready = s->ever_ready = true;
	if (notify_send(s->notify_socket, "READY=1\nSTATUS=Serving mail") != 0)
		log_warning("the service manager could not be told: %s", strerror(errno));
}

static void forward(struct supervisor *s, int sig)
{
	if (sig == SIGTERM || sig == SIGINT) {
		if (!s->stopping)
			notify_send(s->notify_socket, "STOPPING=1");
		s->stopping = true;
		s->stop_since = clock_monotonic_ms();
	}
	if (s->worker > 0)
		kill(s->worker, sig == SIGINT ? SIGTERM : sig);
}

static void describe_death(int status, char *text, size_t size)
{
	if (WIFSIGNALED(status))
		snprintf(text, size, "signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		snprintf(text, size, "exit status %d", WEXITSTATUS(status));
}

static void crash_blame(struct supervisor *s, int status)
{
	struct poison_blame *blame = &s->options.blame;
	bool innocent = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;

	describe_death(status, s->options.crash_reason, sizeof(s->options.crash_reason));
	poison_count_crash(s->options.poison);
	poison_collect(s->options.poison, innocent, clock_now(&clock_system), blame);
	if (blame->known)
		log_error("the worker died of %s in plugin '%s' while it judged message %s; that message will be held when "
		    "it comes again; starting a new worker", s->options.crash_reason, blame->plugin, blame->id);
	else if (blame->suspects > 0)
		log_error("the worker died of %s; %zu messages were being judged, among them %s by plugin '%s'; "
		    "starting a new worker", s->options.crash_reason, blame->suspects, blame->id, blame->plugin);
	else
		log_error("the worker died of %s while no plugin was at work; starting a new worker",
		    s->options.crash_reason);
}

static void next_delay(struct supervisor *s)
{
	int max = s->ready ? DELAY_CRASH_MAX_MS : DELAY_START_MAX_MS;

	if (s->ready && clock_monotonic_ms() - s->started >= WELL_MS)
		s->delay_ms = 0;
	else
		s->delay_ms = s->delay_ms == 0 ? DELAY_FIRST_MS : s->delay_ms * 2;
	if (s->delay_ms > max)
		s->delay_ms = max;
}

/* The exit status to end with, or -1: a new worker is wanted. */
static int worker_gone(struct supervisor *s, int status)
{
	s->worker = 0;
	if (s->ready_fd >= 0) /* ready and dead at once */
		ready_read(s);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0 && poison_stopped(s->options.poison))
		return 0;
	if (s->stopping)
		return 1;
	if (!s->ever_ready) {
		if (WIFSIGNALED(status))
			log_error("the worker died of signal %d (%s) while it started", WTERMSIG(status),
			    strsignal(WTERMSIG(status)));
		return 1;
	}
	if (s->ready)
		crash_blame(s, status);
	else
		log_error("the new worker could not start; trying again");
	next_delay(s);
	return -1;
}

/* -1, or the exit status to end with. */
static int handle_signals(struct supervisor *s)
{
	struct signalfd_siginfo info;
	int status;

	while (read(s->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
		if (info.ssi_signo != SIGCHLD)
			forward(s, (int)info.ssi_signo);
	if (s->worker > 0 && waitpid(s->worker, &status, WNOHANG) == s->worker)
		return worker_gone(s, status);
	return s->worker == 0 && s->stopping ? 0 : -1;
}

static int poll_timeout(const struct supervisor *s, int64_t restart_at)
{
	int64_t now = clock_monotonic_ms();

	if (s->worker == 0)
		return restart_at > now ? (int)(restart_at - now) : 0;
	return s->stopping ? 1000 : -1;
}

static void stop_hard(struct supervisor *s)
{
	if (!s->stopping || s->worker <= 0 || clock_monotonic_ms() - s->stop_since < STOP_MS)
		return;
	log_error("the worker did not stop within %d s; it is killed", STOP_MS / 1000);
	kill(s->worker, SIGKILL);
	s->stop_since = clock_monotonic_ms();
}

static int supervise_loop(struct supervisor *s)
{
	int64_t restart_at = 0;

	for (;;) {
		struct pollfd ready[2] = {{.fd = s->signal_fd, .events = POLLIN}, {.fd = s->ready_fd, .events = POLLIN}};
		pid_t before = s->worker;
		int rc;

		if (s->worker == 0 && clock_monotonic_ms() >= restart_at && worker_start_process(s) != 0) {
			log_error("cannot start a worker: %s", strerror(errno));
			restart_at = clock_monotonic_ms() + DELAY_CRASH_MAX_MS;
		}
		if (before != s->worker)
			continue;
		if (poll(ready, 2, poll_timeout(s, restart_at)) < 0 && errno != EINTR)
			return 1;
		if (s->ready_fd >= 0 && ready[1].revents != 0)
			ready_read(s);
		rc = handle_signals(s);
		if (rc >= 0)
			return rc;
		if (before > 0 && s->worker == 0)
			restart_at = clock_monotonic_ms() + s->delay_ms;
		stop_hard(s);
	}
}

int supervise(const struct worker_options *options, const char *notify_socket)
{
	struct supervisor s = {.options = *options, .notify_socket = notify_socket, .ready_fd = -1};
	int rc;

	s.signal_fd = signals_take();
	if (s.signal_fd < 0) {
		log_error("cannot take signals: %s", strerror(errno));
		return 1;
	}
	rc = supervise_loop(&s);
	close(s.signal_fd);
	return rc;
}
