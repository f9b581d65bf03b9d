/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_DAEMON_SERVICE_ARCHIVE_H
#define POSTERN_DAEMON_SERVICE_ARCHIVE_H

#include "core/diag.h"
#include "core/json.h"
#include "daemon/service.h"

/* Opens the archive where the configuration has one, as the user the daemon runs as. */
int service_archive_open(struct service *service, struct diag *d);
/*
 * Notes that the raw message ref could be kept in the archive (error NULL) or not: once per change in the log, each
 * failure as an event.
 */
void service_archive_health(struct service *service, const char *ref, const char *error);
/* For "postern status"; new reference. */
json_t *service_archive_status(struct service *service, const struct site *site);

#endif
