/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_REDIS_SCRIPT_H
#define POSTERN_REDIS_SCRIPT_H

#include "redis/client.h"

/* A script's command: EVALSHA or EVAL, keys and arguments. */
struct script_command {
	struct slice *argv;
	size_t argc;
	char key_count[24];
	char sha[SHA_SIZE];
};

/* Room for the command; script_free afterwards. REDIS_INTERNAL when memory is out. */
enum redis_fault script_prepare(struct script_command *command, const struct redis_script_call *call, struct diag *d);
void script_free(struct script_command *command);
/* Makes it an EVAL with the script's text. */
void script_use_text(struct script_command *command, const struct redis_script *script);
/*
 * Makes it an EVALSHA. The digest is SHA-1, which we have no library for: the server says it, once, when it is given
 * the script (SCRIPT LOAD over conn). REDIS_FINE with *reply_r NULL, or with the error reply that it answered; or the
 * fault.
 */
enum redis_fault script_use_sha(struct redis *redis, struct script_command *command, const struct redis_script *script,
    struct conn *conn, int64_t deadline_ms, struct redis_reply **reply_r, struct diag *d);

#endif
