/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_DAEMON_MLFI_H
#define POSTERN_DAEMON_MLFI_H

#include <stdbool.h>

#include "core/diag.h"
#include "daemon/service.h"

/*
 * The adapter to libmilter, and the only place that includes its header.
 * libmilter's state is global to the process: one service at a time.
 */

/* Registers with libmilter and opens the listening socket of the configuration, with its group and mode. */
int mlfi_listen(struct service *service, const struct config *config, struct diag *d);
/* Serves until the process ends; returns when libmilter failed. */
int mlfi_run(void);
/* For watch_start: tells the MTA that an end of message is still being worked on. */
void mlfi_progress(void *ctx);

#endif
