/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_DAEMON_NOTIFY_H
#define POSTERN_DAEMON_NOTIFY_H

/*
 * Tells the service manager state ("READY=1", lines separated by line feeds)
 * as sd_notify does, without its library. socket_path is the value of
 * NOTIFY_SOCKET; NULL or "": nobody asked, nothing happens. 0, or -1 with errno.
 */
int notify_send(const char *socket_path, const char *state);

#endif
