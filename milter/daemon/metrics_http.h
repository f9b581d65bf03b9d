/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_DAEMON_METRICS_HTTP_H
#define POSTERN_DAEMON_METRICS_HTTP_H

#include "core/diag.h"
#include "daemon/service.h"

/*
 * Serves GET /metrics and GET /healthz from one thread beside the mail path, to a few connections at a time that may
 * be idle for some seconds. The thread ends with the process: nothing waits for it.
 */
struct metrics_http;

/* Listens at config->metrics_listen, while privileges are there. NULL with the reason. */
struct metrics_http *metrics_http_open(const struct config *config, struct diag *d);
/* Begins to answer, when service is whole. */
int metrics_http_start(struct metrics_http *http, struct service *service, struct diag *d);
/* Takes the path of a unix socket away; NULL is ignored. */
void metrics_http_unlink(const struct metrics_http *http);

#endif
