/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_DAEMON_DESK_HELD_H
#define POSTERN_DAEMON_DESK_HELD_H

#include "core/diag.h"
#include "core/json.h"
#include "daemon/person.h"
#include "daemon/service.h"
#include "desk/command.h"

/* What desk.c has for each kind of command. */

/* The event of a command, without what it is about; new reference. */
json_t *desk_event_new(const struct service *service, const struct desk_command *c, const struct person *person);
/* Records it, taking over the reference, and puts its id into the answer. */
int desk_event_record(struct service *service, json_t *event, json_t *answer, struct diag *d);

/*
 * A command about a held message: looks it up in the log, asks hold_guard, records the command, or the first person's
 * request ("pending":true in the answer). 0, or -1 with the reason.
 */
int desk_held_command(struct service *service, const struct person *person, const struct desk_command *c,
    json_t *answer, struct diag *d);

#endif
