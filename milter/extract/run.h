/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_EXTRACT_RUN_H
#define POSTERN_EXTRACT_RUN_H

#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/slice.h"

enum run_end {
	RUN_DONE,    /* it ended with status 0 */
	RUN_FAILED,  /* it could not be started, ended otherwise, or was killed by the system */
	RUN_TIMEOUT, /* it was killed at the deadline */
	RUN_OUTPUT   /* it was killed because it wrote more than output->max */
};

/*
 * Runs a program with input on its standard input; what it writes is appended
 * to output (with its max). argv ends with NULL, argv[0] is the program's path.
 * Nothing of this process but two ends of a socket is open in it, its
 * environment is empty. Safe in many threads at once; the process is gone when
 * this returns. deadline_ms: of the monotonic clock.
 */
enum run_end run_program(char *const *argv, struct slice input, int64_t deadline_ms, struct buf *output);

/*
 * The same for a program that only takes something: what it writes goes nowhere, and it is over when the program
 * itself ends, whatever it left behind. *status_r: its exit status, 128 and more when a signal ended it, -1 when it
 * could not be started (errno says why).
 */
enum run_end run_input(char *const *argv, struct slice input, int64_t deadline_ms, int *status_r);

#endif
