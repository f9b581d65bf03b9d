/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_DAEMON_CONTROL_H
#define POSTERN_DAEMON_CONTROL_H

#include "core/diag.h"
#include "daemon/service.h"

/*
 * The control socket: one request a connection, a line of JSON in
 * ({"command":"status"|"reload"|"stop"|"ping"|"desk"|"archive",...}, at most DESK_REQUEST_MAX bytes with its line feed) and a
 * line of JSON out ({"ok":true,...} or {"ok":false,"error":"..."}). status and ping are for whoever may connect; reload
 * and stop for root, the daemon's own user and milter.control_users; desk (desk/command.h) for these and
 * milter.desk_users; archive (daemon/archive.h) as reload.
 */

struct control;

/* Called for "stop", after the answer was sent. */
typedef void (*control_stop_fn)(void *arg);

/* Binds the socket, with the milter socket's group and mode 0660; while still privileged. */
struct control *control_open(struct service *service, const struct config *config, struct diag *d);
/* Starts the thread that answers. */
int control_start(struct control *control, control_stop_fn stop, void *arg, struct diag *d);
void control_close(struct control **control);

#endif
