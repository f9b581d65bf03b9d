/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_DAEMON_CONTROL_REQUEST_H
#define POSTERN_DAEMON_CONTROL_REQUEST_H

#include "core/diag.h"
#include "core/json.h"
#include "core/slice.h"

/* What may be asked of the daemon, and by whom: the form of it, nothing is done here. */
enum control_verb {
	CONTROL_PING,
	CONTROL_STATUS,
	CONTROL_RELOAD,
	CONTROL_STOP,
	CONTROL_DESK,
	CONTROL_ARCHIVE
};

enum control_right {
	CONTROL_RIGHT_LOOK, /* whoever may connect */
	CONTROL_RIGHT_DESK, /* root, the daemon's user, milter.control_users, milter.desk_users, desk.reviewers */
	CONTROL_RIGHT_ALL   /* root, the daemon's user, milter.control_users */
};

struct control_request {
	enum control_verb verb;
	enum control_right right; /* what verb takes */
	json_t *object;
};

/*
 * Reads a line without its line feed: one object of JSON, no member twice, no zero byte, with a known "command". 0, and
 * the request is the caller's to clear; -1 with what may be shown to whoever asked.
 */
int control_request_read(struct slice line, struct control_request *request_r, struct diag *d);
void control_request_clear(struct control_request *request);
/* As the protocol spells it. */
const char *control_verb_name(enum control_verb verb);

#endif
