/* SPDX-License-Identifier: BSD-2-Clause */
/* posternd: options, then the supervisor or a worker. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "core/hash.h"
#include "core/log.h"
#include "daemon/memory.h"
#include "daemon/mta.h"
#include "daemon/poison.h"
#include "daemon/socket.h"
#include "daemon/supervise.h"
#include "daemon/worker.h"
#include "engine/generation.h"
#include "mail/message.h"
#include "mail/url.h"
#include "policy/config.h"

#define POSTFIX_MAIN_CF "/etc/postfix/main.cf"
/* Room for messages that a reload allows beyond the first configuration. */
#define SLOTS_SPARE 64

struct arguments {
	const char *config_path;
	bool check, alone, debug;
};

static const char usage_text[] =
    "usage: posternd [-c FILE] [-n] [-d] [--check]\n"
    "  -c, --config FILE     configuration file\n"
    "  -n, --no-supervise    one process, not restarted when it dies\n"
    "  -d, --debug           log everything, to standard error\n"
    "      --check           load the configuration, run the rules' tests, and exit\n"
    "      --version         print the version and exit\n"
    "      --help            print this and exit\n";

/* 0: go on; else exit with *status_r. */
static int arguments_read(int argc, char **argv, struct arguments *arguments, int *status_r)
{
	static const struct option options[] = {
		{"config", required_argument, NULL, 'c'}, {"no-supervise", no_argument, NULL, 'n'},
		{"debug", no_argument, NULL, 'd'},        {"check", no_argument, NULL, 'C'},
		{"version", no_argument, NULL, 'V'},      {"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	int option;

	*status_r = 0;
	while ((option = getopt_long(argc, argv, "c:ndh", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			arguments->config_path = optarg;
			break;
		case 'n':
			arguments->alone = true;
			break;
		case 'd':
			arguments->debug = true;
			break;
		case 'C':
			arguments->check = true;
			break;
		case 'V':
			puts("posternd " PACKAGE_VERSION);
			return 1;
		case 'h':
			fputs(usage_text, stdout);
			return 1;
		default:
			fputs(usage_text, stderr);
			*status_r = 2;
			return 1;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "posternd: unexpected argument '%s'\n%s", argv[optind], usage_text);
		*status_r = 2;
		return 1;
	}
	return 0;
}

static int check(const char *config_path)
{
	static struct diag d;
	struct engine *engine = engine_new(config_path, &d);
	struct generation *generation;
	struct address address;
	char line[512];

	if (engine == NULL) {
		fprintf(stderr, "%s\n", d.text);
		return 1;
	}
	generation = engine_current(engine);
	if (address_parse(generation_config(generation)->socket, &address, &d) != 0) {
		fprintf(stderr, "%s: %s\n", config_path, d.text);
	} else {
		address_postfix_line(&address, line, sizeof(line));
		puts(line);
	}
	generation_unref(&generation);
	engine_free(&engine);
	if (d.count > 0)
		return 1;
	/* A warning: the file is another program's. */
	if (mta_check_postfix(POSTFIX_MAIN_CF, &d) != 0)
		fprintf(stderr, "posternd: warning: %s\n", d.text);
	return 0;
}

/* The descriptor stays open, and locked, as long as the process lives. */
static int pid_file_write(const char *path, struct diag *d)
{
	char text[32];
	int fd, n;

	if (path == NULL)
		return -1;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0) {
		diag_add(d, "milter.pid_file: %s: %s", path, strerror(errno));
		return -1;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		diag_add(d, "milter.pid_file: %s is in use by a running posternd", path);
		close(fd);
		return -1;
	}
	n = snprintf(text, sizeof(text), "%d\n", (int)getpid());
	if (ftruncate(fd, 0) != 0 || write(fd, text, (size_t)n) != n)
		diag_add(d, "milter.pid_file: %s: %s", path, strerror(errno));
	return fd;
}

static void signals_block(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static int run(const struct config *config, const struct arguments *arguments)
{
	struct worker_options options = {.config_path = arguments->config_path, .debug = arguments->debug, .ready_fd = -1};
	const char *notify = getenv("NOTIFY_SOCKET");
	static struct diag d;
	int fd, rc;

	fd = pid_file_write(config->pid_file, &d);
	if (d.count > 0) {
		log_write_lines(LOG_LEVEL_ERROR, d.text, "cannot start: ");
		return 1;
	}
	options.poison = poison_new(config->max_judging + SLOTS_SPARE);
	if (options.poison == NULL) {
		log_error("cannot start: out of memory");
		return 1;
	}
	signals_block();
	if (config->supervise && !arguments->alone)
		rc = supervise(&options, notify);
	else
		rc = worker_run(&options);
	if (fd >= 0)
		unlink(config->pid_file);
	poison_free(&options.poison);
	return rc;
}

int main(int argc, char **argv)
{
	struct arguments arguments = {.config_path = config_default_path()};
	static struct diag d;
	struct config *config;
	int status;

	if (arguments_read(argc, argv, &arguments, &status) != 0)
		return status;
	if (hash_init() != 0 || url_init() != 0) {
		fputs("posternd: a library it needs is unusable\n", stderr);
		return 1;
	}
	memory_bound();
	message_init();
	if (arguments.check)
		return check(arguments.config_path);
	config = config_load(arguments.config_path, &d);
	if (config == NULL) {
		fprintf(stderr, "posternd: cannot start: %s\n", d.text);
		return 1;
	}
	log_open("posternd", arguments.debug ? "stderr" : config->log_target,
	    arguments.debug ? LOG_LEVEL_DEBUG : config->log_level);
	status = run(config, &arguments);
	config_free(&config);
	return status;
}
