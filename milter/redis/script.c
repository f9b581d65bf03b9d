/* SPDX-License-Identifier: BSD-2-Clause */
/* Scripts: by the digest that the server knows them by, else as text. */
#include "redis/script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Before the keys: EVALSHA, the digest or text, how many keys. */
#define HEAD 3

enum redis_fault script_prepare(struct script_command *command, const struct redis_script_call *call, struct diag *d)
{
	*command = (struct script_command){.argc = HEAD + call->key_count + call->arg_count};
	if (call->key_count == 0) {
		diag_add(d, "redis: a script was called without a key");
		return REDIS_INTERNAL;
	}
	command->argv = calloc(command->argc, sizeof(struct slice));
	if (command->argv == NULL) {
		diag_add(d, "memory is out");
		return REDIS_INTERNAL;
	}
	snprintf(command->key_count, sizeof(command->key_count), "%zu", call->key_count);
	command->argv[2] = slice_str(command->key_count);
	memcpy(command->argv + HEAD, call->keys, call->key_count * sizeof(struct slice));
	if (call->arg_count > 0)
		memcpy(command->argv + HEAD + call->key_count, call->args, call->arg_count * sizeof(struct slice));
	return REDIS_FINE;
}

void script_free(struct script_command *command)
{
	free(command->argv);
	command->argv = NULL;
}

void script_use_text(struct script_command *command, const struct redis_script *script)
{
	command->argv[0] = SLICE_LIT("EVAL");
	command->argv[1] = slice_str(script->text);
}

static bool is_sha(struct slice text)
{
	return text.len == SHA_SIZE - 1 && strspn(text.ptr, "0123456789abcdef") == text.len;
}

/* The digest of a script that was loaded before: into sha, or false. */
static bool known_sha(struct redis *redis, const struct redis_script *script, char sha[SHA_SIZE])
{
	struct loaded_script *loaded;

	pthread_mutex_lock(&redis->mutex);
	for (loaded = redis->scripts; loaded != NULL && loaded->script != script; loaded = loaded->next)
		continue;
	if (loaded != NULL)
		memcpy(sha, loaded->sha, SHA_SIZE);
	pthread_mutex_unlock(&redis->mutex);
	return loaded != NULL;
}

/* Two threads may both add it: then it is there twice, and the first is found. */
static void remember_sha(struct redis *redis, const struct redis_script *script, struct slice sha)
{
	struct loaded_script *loaded = calloc(1, sizeof(*loaded));

	/* Without memory it is loaded again the next time. */
	if (loaded == NULL)
		return;
	loaded->script = script;
	memcpy(loaded->sha, sha.ptr, sha.len);
	pthread_mutex_lock(&redis->mutex);
	loaded->next = redis->scripts;
	redis->scripts = loaded;
	pthread_mutex_unlock(&redis->mutex);
}

static enum redis_fault load(struct redis *redis, struct script_command *command, const struct redis_script *script,
    struct conn *conn, int64_t deadline_ms, struct redis_reply **reply_r, struct diag *d)
{
	const struct slice argv[] = {SLICE_LIT("SCRIPT"), SLICE_LIT("LOAD"), slice_str(script->text)};
	enum redis_fault fault = conn_call(conn, argv, 3, deadline_ms, reply_r, d);

	if (fault != REDIS_FINE || (*reply_r)->type == REDIS_ERROR)
		return fault;
	if ((*reply_r)->type == REDIS_STRING && is_sha((*reply_r)->text)) {
		memcpy(command->sha, (*reply_r)->text.ptr, SHA_SIZE);
		remember_sha(redis, script, (*reply_r)->text);
	} else {
		diag_add(d, "redis %s: its answer to SCRIPT LOAD is no digest", conn_place(conn));
		fault = REDIS_REPLY;
	}
	redis_reply_free(reply_r);
	return fault;
}

enum redis_fault script_use_sha(struct redis *redis, struct script_command *command, const struct redis_script *script,
    struct conn *conn, int64_t deadline_ms, struct redis_reply **reply_r, struct diag *d)
{
	enum redis_fault fault = REDIS_FINE;

	*reply_r = NULL;
	if (!known_sha(redis, script, command->sha))
		fault = load(redis, command, script, conn, deadline_ms, reply_r, d);
	command->argv[0] = SLICE_LIT("EVALSHA");
	command->argv[1] = slice_str(command->sha);
	return fault;
}
