/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_DAEMON_SUPERVISE_H
#define POSTERN_DAEMON_SUPERVISE_H

#include "daemon/worker.h"

/*
 * Runs worker_run in a child, and another one when it dies: 4,999 innocent
 * mails must not stop because one kills the filter. Forwards signals; the
 * child dies with this process. Returns the exit status: 0 after an orderly stop, 1
 * when the first worker could not start. notify_socket: as for notify_send.
 */
int supervise(const struct worker_options *options, const char *notify_socket);

#endif
