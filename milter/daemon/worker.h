/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_DAEMON_WORKER_H
#define POSTERN_DAEMON_WORKER_H

#include <stdbool.h>
#include <sys/types.h>

#include "daemon/poison.h"

/* What a worker process is started with. */
struct worker_options {
	const char *config_path;
	struct poison *poison;
	bool debug;
	pid_t supervisor;          /* 0: it runs alone */
	int ready_fd;              /* a byte is written once mail is served; -1: none */
	/* Of the worker before, when it crashed; else reason is "". */
	struct poison_blame blame;
	char crash_reason[64];
};

/*
 * Serves mail until it is told to stop. Signals HUP, TERM, INT and USR1 must be blocked already. The exit
 * status of the process: 0 after an orderly stop, 1 when it could not start.
 */
int worker_run(const struct worker_options *options);

#endif
