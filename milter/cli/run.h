/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_CLI_RUN_H
#define POSTERN_CLI_RUN_H

#include "core/buf.h"
#include "core/diag.h"
#include "core/slice.h"

/*
 * Runs the program argv[0] (a path, no shell) with input on its standard input and waits for it. What it writes,
 * on either stream, is added to output. *status_r: its exit status, 128 and more when a signal ended it.
 * -1 with the reason: it could not be run.
 */
int cli_run(const char *const argv[], struct slice input, struct buf *output, int *status_r, struct diag *d);
/* The same, and an exit status other than 0 is an error: -1 with what the program said. */
int cli_run_checked(const char *const argv[], struct slice input, struct buf *output, struct diag *d);
/* As cli_run without input, with standard error apart; -1 also when the output has more than max bytes. */
int cli_run_apart(const char *const argv[], struct buf *output, size_t max, struct buf *errors, int *status_r, struct diag *d);

#endif
