/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rule plugin "exec": a program of the administrator's judges, in any language,
 * by the line protocol of postern-exec(7). Whatever goes wrong with it is
 * "could not judge now", never "nothing found".
 */
#include "exec.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct postern_rule_id rules[] = {
	{"MP-EXEC", "what a program of the administrator's found"},
	{"MP-EXEC1", "the same, the program's kind 1"}, {"MP-EXEC2", "the same, the program's kind 2"},
	{"MP-EXEC3", "the same, the program's kind 3"}, {"MP-EXEC4", "the same, the program's kind 4"},
	{"MP-EXEC5", "the same, the program's kind 5"}, {"MP-EXEC6", "the same, the program's kind 6"},
	{"MP-EXEC7", "the same, the program's kind 7"}, {"MP-EXEC8", "the same, the program's kind 8"},
	{"MP-EXEC9", "the same, the program's kind 9"}, {NULL, NULL},
};

static const struct postern_option options[] = {
	{"command", POSTERN_OPTION_LIST, NULL, 0, 0, "The program, by its whole path, and its arguments; no shell reads them."},
	{"children", POSTERN_OPTION_INT, "2", 1, EXEC_CHILDREN_MAX, "Processes that run, each with one message at a time."},
	{"timeout", POSTERN_OPTION_NUMBER, "5", 0.01, 60, "Seconds for a message, the wait for a free process included."},
	{"start_timeout", POSTERN_OPTION_NUMBER, "5", 0.01, 60, "Seconds until a process that was started must be ready."},
	{"max_size", POSTERN_OPTION_INT, "4096", 1, 65536, "KB that a process is told of a message; with more it can't be judged."},
	{"memory", POSTERN_OPTION_INT, "0", 0, 1048576, "MB of address space that a process gets; 0: no limit."},
	{"user", POSTERN_OPTION_STRING, "postern", 0, 0, "Whom it runs as where Postern is root; else it is Postern's own user."},
	{NULL, POSTERN_OPTION_STRING, NULL, 0, 0, NULL},
};

static int refuse(const struct postern_host *host, const struct postern_conf *conf, const char *option, const char *text)
{
	host->conf_error(conf, option, 0, text);
	return -1;
}

static int read_command(const struct postern_host *host, const struct postern_conf *conf, struct launch *launch)
{
	size_t count = host->conf_list_count(conf, "command");

	if (count == 0 || count > EXEC_ARGS_MAX)
		return refuse(host, conf, "command", "expected a program and at most 63 arguments");
	for (size_t i = 0; i < count; i++) {
		struct postern_slice item = host->conf_list_item(conf, "command", i);

		launch->argv[i] = strndup(item.ptr, item.len);
		if (launch->argv[i] == NULL)
			return refuse(host, conf, NULL, "out of memory");
	}
	return 0;
}

static int check_program(const struct postern_host *host, const struct postern_conf *conf, const char *path)
{
	struct stat st;
	char text[600];

	if (path[0] != '/')
		return refuse(host, conf, "command", "expected the program's whole path, beginning with '/'");
	if (stat(path, &st) != 0) {
		snprintf(text, sizeof(text), "%.400s: %s", path, strerror(errno));
		return refuse(host, conf, "command", text);
	}
	if (!S_ISREG(st.st_mode) || (st.st_mode & 0111) == 0) {
		snprintf(text, sizeof(text), "%.400s is no program: make it a file with mode 755", path);
		return refuse(host, conf, "command", text);
	}
	if ((st.st_mode & 022) != 0 || (st.st_uid != 0 && st.st_uid != geteuid())) {
		snprintf(text, sizeof(text), "%.400s can be changed by others: give it to root, with mode 755", path);
		return refuse(host, conf, "command", text);
	}
	return 0;
}

/* Root gives a child another user; anybody else can't, and need not. */
static int read_user(const struct postern_host *host, const struct postern_conf *conf, struct launch *launch)
{
	struct postern_slice option = host->conf_string(conf, "user");
	char name[64], store[4096], text[200];
	struct passwd entry, *found = NULL;

	if (geteuid() != 0)
		return 0;
	snprintf(name, sizeof(name), "%.*s", (int)(option.len < 63 ? option.len : 63), option.ptr != NULL ? option.ptr : "");
	if (getpwnam_r(name, &entry, store, sizeof(store), &found) != 0 || found == NULL || found->pw_uid == 0) {
		snprintf(text, sizeof(text), "there is no user '%s' without root's rights: set user to the one that posternd runs as", name);
		return refuse(host, conf, "user", text);
	}
	launch->drop = true;
	launch->uid = found->pw_uid;
	launch->gid = found->pw_gid;
	return 0;
}

static void pool_free(struct pool *pool)
{
	for (size_t i = 0; i < EXEC_ARGS_MAX; i++)
		free(pool->launch.argv[i]);
	free(pool);
}

static int read_options(const struct postern_host *host, const struct postern_conf *conf, struct pool *pool)
{
	pool->host = host;
	pool->count = (size_t)host->conf_int(conf, "children");
	pool->timeout_ms = (int64_t)(host->conf_number(conf, "timeout") * 1000);
	pool->start_ms = (int64_t)(host->conf_number(conf, "start_timeout") * 1000);
	pool->max_size = (size_t)host->conf_int(conf, "max_size") * 1024;
	pool->launch.memory = host->conf_int(conf, "memory") * 1024 * 1024;
	if (read_command(host, conf, &pool->launch) != 0 || check_program(host, conf, pool->launch.argv[0]) != 0)
		return -1;
	return read_user(host, conf, &pool->launch);
}

static enum postern_status exec_open(const struct postern_host *host, const struct postern_conf *conf, void **instance_r)
{
	struct pool *pool = calloc(1, sizeof(*pool));
	char text[EXEC_REASON + 200];

	if (pool == NULL) {
		refuse(host, conf, NULL, "out of memory");
		return POSTERN_TEMPFAIL;
	}
	if (read_options(host, conf, pool) != 0) {
		pool_free(pool);
		return POSTERN_TEMPFAIL;
	}
	if (pool_start(pool) != 0) {
		snprintf(text, sizeof(text), "%.150s does not work: %s", pool->launch.argv[0], pool->reason);
		refuse(host, conf, "command", text);
		pool_stop(pool);
		pool_free(pool);
		return POSTERN_TEMPFAIL;
	}
	*instance_r = pool;
	return POSTERN_OK;
}

static void exec_close(const struct postern_host *host, void *instance)
{
	(void)host;
	if (instance == NULL)
		return;
	pool_stop(instance);
	pool_free(instance);
}

/* With a child that is ours until pool_give. 0: it is well, -1: it must be replaced. */
static int judge(struct pool *pool, struct child *child, struct postern_ctx *ctx, int64_t deadline,
    enum postern_status *status_r, char *reason, size_t size)
{
	struct bytes request = {.max = pool->max_size}, answer = {.max = EXEC_ANSWER_MAX};
	uint64_t number = pool_number(pool);
	int rc = 0;

	*status_r = tell_message(pool->host, ctx, child, number, &request);
	if (*status_r == POSTERN_OK && request.failed) {
		snprintf(reason, size, "the message is more than max_size (%zu KB), or memory is out", pool->max_size / 1024);
		*status_r = POSTERN_TEMPFAIL;
	} else if (*status_r == POSTERN_OK) {
		*status_r = POSTERN_TEMPFAIL;
		rc = talk(child, &request, deadline, &answer, reason, size);
		if (rc == 0)
			rc = answer_take(pool->host, ctx, number, &answer, status_r, reason, size);
	}
	bytes_free(&request);
	bytes_free(&answer);
	return rc;
}

/* Without its folder, which is nobody's business who reads a reply. */
static const char *program_name(const struct pool *pool)
{
	return strrchr(pool->launch.argv[0], '/') + 1;
}

static enum postern_status exec_check(const struct postern_host *host, const void *instance, struct postern_ctx *ctx)
{
	/* The pool guards itself by its lock. */
	struct pool *pool = (struct pool *)(uintptr_t)instance;
	int64_t deadline = exec_clock_ms() + pool->timeout_ms;
	enum postern_status status = POSTERN_TEMPFAIL;
	char reason[EXEC_REASON] = "", text[EXEC_REASON + 70];
	struct child *child = pool_take(pool, deadline, reason, sizeof(reason));
	int rc;

	if (child != NULL) {
		rc = judge(pool, child, ctx, deadline, &status, reason, sizeof(reason));
		pool_give(pool, child, rc != 0 ? reason : NULL);
	}
	if (status == POSTERN_OK)
		return POSTERN_OK;
	snprintf(text, sizeof(text), "%.60s: %s", program_name(pool),
	    reason[0] != '\0' ? reason : "the message could not be read");
	host->fail(ctx, text);
	return status;
}

__attribute__((visibility("default"))) const struct postern_plugin postern_plugin = {
	POSTERN_PLUGIN_PREFIX("exec"),
	.version = "1.0",
	.summary = "Lets a program of your own judge, in any language.",
	.directions = POSTERN_INBOUND | POSTERN_OUTBOUND,
	.needs = POSTERN_NEED_HEADERS | POSTERN_NEED_TEXT | POSTERN_NEED_URLS | POSTERN_NEED_ATTACHMENTS |
	    POSTERN_NEED_ADDRESSES | POSTERN_NEED_IDS,
	.rules = rules,
	.options = options,
	.open = exec_open,
	.check = exec_check,
	.close = exec_close,
};
