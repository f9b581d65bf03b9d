/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_DAEMON_DESK_H
#define POSTERN_DAEMON_DESK_H

#include <sys/types.h>

#include "core/diag.h"
#include "core/json.h"
#include "daemon/service.h"

/*
 * What a person commands the desk (desk/command.h), asked for over the control socket: checked against the state of
 * its thread, then recorded as an event "desk" of the audit log. uid is whose process asks. When this returns 0
 * the event is on the disk; answer gets its "id" and what the asker needs to go on. -1 with the reason: nothing
 * was recorded, or it is not sure that it was.
 */
int desk_command(struct service *service, uid_t uid, const json_t *request, json_t *answer, struct diag *d);
/* Puts "by" and "uid" of whose process asks. */
void desk_put_person(json_t *event, uid_t uid);

#endif
