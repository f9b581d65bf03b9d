/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_DAEMON_CONTROL_ANSWER_H
#define POSTERN_DAEMON_CONTROL_ANSWER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/json.h"
#include "core/slice.h"
#include "daemon/person.h"
#include "daemon/service.h"

/* Whose process asks. */
struct control_peer {
	struct person person;
	pid_t pid;
};

/* Refusals are logged once a second at most, so that nobody can fill a disk with them. */
struct control_refusals {
	int64_t logged_ms; /* 0: none yet */
	unsigned more;     /* since then */
};

/*
 * Does what a line (without its line feed) asks for, if peer may, and tells the outcome: a new reference, "ok" true or
 * false with "error". *stop_r: the daemon is to stop once the answer is sent.
 */
json_t *control_answer(struct service *service, const struct control_peer *peer, struct slice line,
    struct control_refusals *refusals, bool *stop_r);
/* {"ok":false,"error":text} */
json_t *control_answer_error(const char *text);

#endif
