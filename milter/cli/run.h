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
int cli_run_program(char *const argv[], struct slice input, struct buf *output, int *status_r, struct diag *d);

#endif
