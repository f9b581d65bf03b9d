/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A call: attempts until there is an answer, a reason not to try again, or no time left. What to do after each
 * attempt says answer.c for replies, and next_of() for connections.
 */
#include <stdio.h>
#include <time.h>

#include "core/clock.h"
#include "redis/answer.h"
#include "redis/client.h"
#include "redis/script.h"

/* Attempts that failed, redirections not counted. */
#define ATTEMPTS_MAX 3
/* A slot that moves on while it is followed: more than the nodes of any healthy Cluster would send us. */
#define REDIRECTS_MAX 16
#define PAUSE_MS 20
#define LONG_PAUSE_MS 100

struct call {
	struct redis *redis;
	int slot;                       /* -1: any */
	const struct slice *argv;       /* a command, */
	size_t argc;
	const struct redis_script *script; /* or a script */
	struct script_command command;
	int64_t deadline_ms;
	const char *what;               /* for messages */

	unsigned failures, redirects, pauses;
	struct node *node;              /* taken; where the next attempt goes. NULL: to be found */
	bool asking;
	struct redis_reply *reply;
	struct diag reason;             /* of the last attempt */
	struct diag moving;             /* of the last one that met keys on their way to another node */
};

/* ---- one attempt ---------------------------------------------------------------------- */

static enum redis_fault send_one(struct call *call, struct conn *conn, const struct slice *argv, size_t argc)
{
	static const struct slice asking[] = {{"ASKING", 6}};
	enum redis_fault fault = REDIS_FINE;

	pthread_mutex_lock(&call->redis->mutex);
	call->redis->counts.attempts++;
	pthread_mutex_unlock(&call->redis->mutex);
	if (call->asking) {
		fault = conn_ask(conn, asking, 1, call->deadline_ms, &call->reply, &call->reason);
		redis_reply_free(&call->reply);
	}
	if (fault == REDIS_FINE)
		fault = conn_call(conn, argv, argc, call->deadline_ms, &call->reply, &call->reason);
	return fault;
}

static enum redis_fault send_script(struct call *call, struct conn *conn)
{
	struct script_command *command = &call->command;
	enum redis_fault fault = script_use_sha(call->redis, command, call->script, conn, call->deadline_ms,
	    &call->reply, &call->reason);

	if (fault != REDIS_FINE || call->reply != NULL)
		return fault;
	fault = send_one(call, conn, command->argv, command->argc);
	if (fault != REDIS_FINE || answer_read(call->reply).next != ANSWER_NOSCRIPT)
		return fault;
	redis_reply_free(&call->reply);
	script_use_text(command, call->script);
	return send_one(call, conn, command->argv, command->argc);
}

/* After a fault without a reply. */
static enum answer_next next_of(enum redis_fault fault)
{
	switch (fault) {
	case REDIS_UNREACHABLE:
	case REDIS_READONLY:
		return ANSWER_LOOK;
	case REDIS_LOADING:
		return ANSWER_PAUSE;
	default:
		return ANSWER_FAIL;
	}
}

static struct answer attempt(struct call *call)
{
	struct answer answer = {.next = ANSWER_FAIL};
	struct lease lease;
	bool refused;

	answer.fault = lease_begin(call->redis, call->node, call->deadline_ms, &lease, &refused, &call->reason);
	if (answer.fault != REDIS_FINE) {
		answer.next = refused ? ANSWER_FAIL : next_of(answer.fault);
		return answer;
	}
	answer.fault = call->script != NULL ? send_script(call, lease.conn) :
	    send_one(call, lease.conn, call->argv, call->argc);
	if (answer.fault == REDIS_FINE) {
		answer = answer_read(call->reply);
		if (answer.next != ANSWER_DONE)
			answer_fail(&answer, call->reply, conn_place(lease.conn), call->what, &call->reason);
	} else {
		answer.next = next_of(answer.fault);
	}
	lease_end(call->redis, &lease, answer.fault, call->reason.text);
	return answer;
}

/* ---- what comes next ------------------------------------------------------------------- */

static void set_node(struct call *call, struct node *node)
{
	if (call->node != NULL)
		node_release(call->redis, call->node);
	call->node = node;
}

/* False: there is no time for it. */
static bool pause_for(const struct call *call, int64_t ms)
{
	struct timespec ts = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	if (clock_monotonic_ms() + ms >= call->deadline_ms)
		return false;
	nanosleep(&ts, NULL);
	return true;
}

static bool redirect(struct call *call, const struct answer *answer)
{
	struct node *node;

	if (call->redis->config.mode != REDIS_CLUSTER) {
		diag_clear(&call->reason);
		diag_add(&call->reason, "redis: the server is one of a Cluster: set mode = cluster");
		return false;
	}
	if (++call->redirects > REDIRECTS_MAX)
		return false;
	call->asking = answer->next == ANSWER_ASK;
	node = call->asking ? cluster_asked(call->redis, &answer->address, call->node) :
	    cluster_moved(call->redis, answer->slot, &answer->address, call->node);
	if (node != NULL)
		set_node(call, node);
	return node != NULL;
}

/* The server is the right one, but not ready. Keys that are moving are soon: that is worth the rest of the time. */
static bool pause_again(struct call *call, const struct answer *answer)
{
	if (answer->fault == REDIS_CLUSTER_DOWN) {
		call->moving = call->reason;
		return pause_for(call, PAUSE_MS);
	}
	return ++call->failures < ATTEMPTS_MAX && pause_for(call, call->failures == 1 ? PAUSE_MS : LONG_PAUSE_MS);
}

static bool look_again(struct call *call)
{
	route_forget(call->redis, call->node, true);
	set_node(call, NULL);
	call->asking = false;
	/* The first time it may just be a connection that the server closed: no reason to wait. */
	return ++call->failures < ATTEMPTS_MAX && (call->failures == 1 || pause_for(call, LONG_PAUSE_MS));
}

/* Whether there is another attempt. */
static bool go_on(struct call *call, const struct answer *answer)
{
	switch (answer->next) {
	case ANSWER_MOVED:
	case ANSWER_ASK:
		return redirect(call, answer);
	case ANSWER_PAUSE:
		return pause_again(call, answer);
	case ANSWER_LOOK:
		return look_again(call);
	default:
		/* A server that hangs is one that may be replaced, but its other connections may get their answers. */
		if (answer->fault == REDIS_TIMEOUT)
			route_forget(call->redis, call->node, false);
		return false;
	}
}

static enum redis_fault run(struct call *call)
{
	struct answer answer = {.next = ANSWER_FAIL, .fault = REDIS_FINE};

	do {
		redis_reply_free(&call->reply);
		diag_clear(&call->reason);
		if (call->node == NULL) {
			answer.fault = route_find(call->redis, call->slot, call->deadline_ms, &call->node,
			    &call->reason);
			if (answer.fault != REDIS_FINE)
				break;
		}
		answer = attempt(call);
	} while (answer.next != ANSWER_DONE && go_on(call, &answer));
	set_node(call, NULL);
	/* An attempt that began with the last of the time says nothing: what the time was spent on is the reason. */
	if (answer.fault == REDIS_TIMEOUT && call->moving.text[0] != '\0') {
		call->reason = call->moving;
		answer.fault = REDIS_CLUSTER_DOWN;
	}
	return answer.fault;
}

/* ---- calls ----------------------------------------------------------------------------- */

static enum redis_fault finish(struct call *call, enum redis_fault fault, struct redis_reply **reply_r, struct diag *d)
{
	if (fault != REDIS_FINE) {
		redis_reply_free(&call->reply);
		diag_add(d, "%s", call->reason.text);
	}
	*reply_r = call->reply;
	pthread_mutex_lock(&call->redis->mutex);
	call->redis->counts.calls++;
	call->redis->counts.faults[fault]++;
	pthread_mutex_unlock(&call->redis->mutex);
	return fault;
}

static int64_t deadline_of(const struct redis *redis, int64_t deadline_ms)
{
	return deadline_ms != 0 ? deadline_ms : clock_monotonic_ms() + redis->config.timeout_ms;
}

enum redis_fault redis_command(struct redis *redis, struct slice key, const struct slice *argv, size_t argc,
    int64_t deadline_ms, struct redis_reply **reply_r, struct diag *d)
{
	struct call call = {
		.redis = redis, .slot = key.ptr != NULL ? (int)redis_slot(key) : -1, .argv = argv, .argc = argc,
		.deadline_ms = deadline_of(redis, deadline_ms)
	};
	char what[32] = "";

	if (argc == 0) {
		diag_add(&call.reason, "redis: a command without words");
		return finish(&call, REDIS_INTERNAL, reply_r, d);
	}
	snprintf(what, sizeof(what), "%.*s", SLICE_ARG(argv[0]));
	call.what = what;
	return finish(&call, run(&call), reply_r, d);
}

enum redis_fault redis_script(struct redis *redis, const struct redis_script *script,
    const struct redis_script_call *script_call, int64_t deadline_ms, struct redis_reply **reply_r, struct diag *d)
{
	struct call call = {
		.redis = redis, .script = script, .deadline_ms = deadline_of(redis, deadline_ms), .what = script->name
	};
	enum redis_fault fault = script_prepare(&call.command, script_call, &call.reason);

	if (fault == REDIS_FINE) {
		call.slot = (int)redis_slot(script_call->keys[0]);
		fault = run(&call);
	}
	script_free(&call.command);
	return finish(&call, fault, reply_r, d);
}
