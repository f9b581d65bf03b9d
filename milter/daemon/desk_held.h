/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_DAEMON_DESK_HELD_H
#define POSTERN_DAEMON_DESK_HELD_H

#include "core/diag.h"
#include "core/json.h"
#include "desk/command.h"

/* A held outgoing message as the audit log tells of it. */
struct desk_held {
	const char *id; /* the caller's */
	bool found;
	char action[16];     /* what was decided */
	char queue_id[64];   /* "" when the mail server did not say it */
	json_t *threads;     /* array */
	char decided[16];    /* "release" or "refuse" when a person did already */
	char decided_by[64];
};

/* Reads the log in dir from the second that is in id. -1: there is no such message, or the log can't be read. */
int desk_held_find(const char *dir, const char *id, struct desk_held *held_r, struct diag *d);
void desk_held_free(struct desk_held *held);
/* Whether command may be carried out on it. */
int desk_held_guard(const struct desk_held *held, const struct desk_command *command, struct diag *d);

#endif
