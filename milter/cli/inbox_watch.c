/* SPDX-License-Identifier: BSD-2-Clause */
/* postern inbox --watch: the inbox on a terminal, with clocks that run, until Ctrl-C. */
#include "cli/inbox.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

/* The other screen of the terminal, so that what stood there before comes back at the end. */
#define SCREEN_ENTER "\033[?1049h\033[?25l"
#define SCREEN_LEAVE "\033[?25h\033[?1049l"
#define SCREEN_CLEAR "\033[H\033[J"

static volatile sig_atomic_t ended;

static void note_end(int number)
{
	(void)number;
	ended = 1;
}

/* Without SA_RESTART, so that waiting ends too. */
static void watch_signals(void)
{
	struct sigaction action = {.sa_handler = note_end};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
}

static int terminal_lines(void)
{
	struct winsize size;

	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 5 ? size.ws_row : 24;
}

static void show_screen(struct inbox *inbox, int64_t read_at, int64_t refresh)
{
	int64_t now = clock_now(&clock_system);

	fputs(SCREEN_CLEAR, stdout);
	inbox_show(inbox, now, terminal_lines() - 2);
	printf("read %lld s ago, again every %lld s; Ctrl-C ends\n", (long long)(now - read_at), (long long)refresh);
	fflush(stdout);
}

static int print_line(const struct inbox *inbox)
{
	json_t *object = json_object();
	int code;

	cli_put_time(object, "time", inbox->desk->now);
	json_put_new(object, "counts", inbox_counts(inbox));
	json_put_new(object, "threads", json_incref(inbox->rows));
	code = cli_json(object);
	return fflush(stdout) == 0 ? code : CLI_ERROR;
}

/* Until the store is to be read again; on a terminal the clocks run meanwhile. */
static void wait_refresh(struct inbox *inbox, int64_t refresh)
{
	int64_t read_at = inbox->desk->now;

	while (!ended && clock_now(&clock_system) - read_at < refresh) {
		struct timespec second = {.tv_sec = 1};

		if (!inbox->desk->cli->json)
			show_screen(inbox, read_at, refresh);
		nanosleep(&second, NULL);
	}
}

static int watch_loop(struct inbox *inbox, int64_t refresh, struct diag *d)
{
	while (!ended) {
		inbox->desk->now = clock_now(&clock_system);
		if (inbox_read(inbox, d) == -1)
			return -1;
		if (inbox->desk->cli->json && print_line(inbox) != CLI_OK)
			return diag_add(d, "can't write to standard output");
		wait_refresh(inbox, refresh);
	}
	return 0;
}

int inbox_watch(struct inbox *inbox, int64_t refresh)
{
	bool screen = !inbox->desk->cli->json;
	struct diag d = {0};
	int rc;

	if (screen && isatty(STDOUT_FILENO) == 0) {
		diag_add(&d, "--watch needs a terminal; leave it out, or add --json for a line each time");
		return cli_fail(inbox->desk->cli, &d);
	}
	watch_signals();
	if (screen)
		fputs(SCREEN_ENTER, stdout);
	rc = watch_loop(inbox, refresh, &d);
	if (screen) {
		fputs(SCREEN_LEAVE, stdout);
		fflush(stdout);
	}
	return rc == 0 ? CLI_OK : cli_fail(inbox->desk->cli, &d);
}
