/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_DAEMON_DESK_H
#define POSTERN_DAEMON_DESK_H

#include "core/diag.h"
#include "core/json.h"
#include "daemon/person.h"
#include "daemon/service.h"

/*
 * What a person commands the desk (desk/command.h), asked for over the control socket: checked against the state of
 * its thread, then recorded as an event "desk" of the audit log. When this returns 0
 * the event is on the disk; answer gets its "id" and what the asker needs to go on. -1 with the reason: nothing
 * was recorded, or it is not sure that it was.
 */
int desk_command(struct service *service, const struct person *person, const json_t *request, json_t *answer,
    struct diag *d);

#endif
