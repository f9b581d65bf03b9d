/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_DAEMON_CHANGES_H
#define POSTERN_DAEMON_CHANGES_H

#include <stdbool.h>
#include <stdint.h>

#include "core/diag.h"
#include "core/json.h"
#include "daemon/person.h"
#include "daemon/service.h"

/*
 * Events of the audit log about the gateway itself: which configuration and plugins judge, when and by whose word
 * that changed, and when the store could not be written. who (may be NULL) is what one of the first two made.
 */

/* "by", "uid", "from" and "why" of a request over the control socket; new reference. */
json_t *changes_who_asks(const struct person *person, const json_t *request);
/* "from" of a signal ("HUP"); new reference. */
json_t *changes_who_signals(const char *signal);

void changes_start(struct service *service);
void changes_reload(struct service *service, bool ok, const struct site *was, const json_t *who, const struct diag *d);
void changes_stop(struct service *service, const json_t *who);
/* The store takes events no longer, or again after seconds. */
void changes_store(struct service *service, bool works, const char *why, int64_t seconds);

#endif
