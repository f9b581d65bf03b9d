/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_DAEMON_ARCHIVE_H
#define POSTERN_DAEMON_ARCHIVE_H

#include "core/diag.h"
#include "core/json.h"
#include "daemon/person.h"
#include "daemon/service.h"

/*
 * What a person commands about the archive, asked for over the control socket as {"command":"archive","verb":V,...}:
 *   hold: "order", "thread" or "address", and "why"; makes an event "legal-hold". Answers "id", "applied" and
 *     "messages", how many it keeps now.
 *   release-hold: the same, or "ref" with a hold's id, and "why"; makes an event "legal-release".
 *   purge: a batch of a purge; "why" may be given, and "after", which an earlier answer had as "next". Answers "purged",
 *     "removed", "on_hold", "shared", and "next" unless it was the last batch.
 * When this returns 0 the events are on the disk. -1 with the reason.
 */
int archive_command(struct service *service, const struct person *person, const json_t *request, json_t *answer,
    struct diag *d);

#endif
