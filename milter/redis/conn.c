/* SPDX-License-Identifier: BSD-2-Clause */
/* One connection: made, introduced (AUTH, ROLE), asked. */
#include "redis/conn.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "redis/answer.h"
#include "redis/reply.h"
#include "redis/socket.h"

#define RECEIVE_SIZE 16384

struct conn {
	int fd;
	struct reply_reader *reader;
	bool failed;
	char place[ADDRESS_TEXT_SIZE];
};

/* "redis PLACE: REASON"; began: what "within" counts from. */
static enum redis_fault conn_fail(struct conn *conn, enum redis_fault fault, const char *what, int64_t began,
    const struct diag *reason, struct diag *d)
{
	conn->failed = true;
	if (fault == REDIS_TIMEOUT)
		diag_add(d, "redis %s: no %s within %lld ms", conn->place, what,
		    (long long)(clock_monotonic_ms() - began));
	else
		diag_add(d, "redis %s: %s", conn->place, reason->text);
	return fault;
}

/* ---- calls ---------------------------------------------------------------------------- */

static void encode(struct buf *out, const struct slice *argv, size_t argc)
{
	buf_printf(out, "*%zu\r\n", argc);
	for (size_t i = 0; i < argc; i++) {
		buf_printf(out, "$%zu\r\n", argv[i].len);
		buf_add_slice(out, argv[i]);
		buf_add_str(out, "\r\n");
	}
}

static enum redis_fault receive(struct conn *conn, int64_t deadline_ms, struct redis_reply **reply_r,
    struct diag *reason)
{
	char data[RECEIVE_SIZE];
	enum redis_fault fault;
	size_t len;
	int whole = 0;

	while (whole == 0) {
		fault = socket_receive(conn->fd, data, sizeof(data), deadline_ms, &len, reason);
		if (fault != REDIS_FINE)
			return fault;
		whole = reply_reader_feed(conn->reader, data, len, reply_r, reason);
	}
	return whole == 1 ? REDIS_FINE : REDIS_REPLY;
}

enum redis_fault conn_call(struct conn *conn, const struct slice *argv, size_t argc, int64_t deadline_ms,
    struct redis_reply **reply_r, struct diag *d)
{
	int64_t began = clock_monotonic_ms();
	struct diag reason = {.text = ""};
	enum redis_fault fault = REDIS_INTERNAL;
	struct buf out = {.max = 0};

	*reply_r = NULL;
	encode(&out, argv, argc);
	if (out.failed)
		diag_add(&reason, "memory is out");
	else
		fault = socket_send(conn->fd, buf_slice(&out), deadline_ms, &reason);
	if (out.data != NULL && argc > 0 && slice_eq_str(argv[0], "AUTH"))
		explicit_bzero(out.data, out.cap);
	buf_free(&out);
	if (fault == REDIS_FINE)
		fault = receive(conn, deadline_ms, reply_r, &reason);
	return fault == REDIS_FINE ? fault : conn_fail(conn, fault, "answer", began, &reason, d);
}

/* ---- introduction ---------------------------------------------------------------------- */

enum redis_fault conn_ask(struct conn *conn, const struct slice *argv, size_t argc, int64_t deadline_ms,
    struct redis_reply **reply_r, struct diag *d)
{
	enum redis_fault fault = conn_call(conn, argv, argc, deadline_ms, reply_r, d);
	struct answer answer;

	if (fault != REDIS_FINE)
		return fault;
	answer = answer_read(*reply_r);
	if (answer.next != ANSWER_DONE) {
		fault = answer_fail(&answer, *reply_r, conn->place, argv[0].ptr, d);
		redis_reply_free(reply_r);
	}
	return fault;
}

/* A user without a password of his own is no AUTH's business: Redis has nothing like it. */
static enum redis_fault authenticate(struct conn *conn, const struct conn_target *target, int64_t deadline_ms,
    struct diag *d)
{
	struct diag reason = {.text = ""};
	struct redis_reply *reply = NULL;
	struct buf password = {.max = 0};
	enum redis_fault fault = REDIS_PASSWORD;
	struct slice argv[3] = {SLICE_LIT("AUTH")};
	size_t argc = 1;

	if (conn_password(target->password_file, &password, &reason) == -1) {
		conn_fail(conn, fault, "", 0, &reason, d);
	} else {
		if (target->user != NULL)
			argv[argc++] = slice_str(target->user);
		argv[argc++] = buf_slice(&password);
		fault = conn_ask(conn, argv, argc, deadline_ms, &reply, d);
	}
	redis_reply_free(&reply);
	if (password.data != NULL)
		explicit_bzero(password.data, password.cap);
	buf_free(&password);
	/* AUTH that is not understood as such ("ERR wrong number of arguments") is one that failed. */
	return fault == REDIS_COMMAND ? REDIS_PASSWORD : fault;
}

static enum redis_fault verify_primary(struct conn *conn, int64_t deadline_ms, struct diag *d)
{
	const struct slice role = SLICE_LIT("ROLE");
	struct redis_reply *reply = NULL;
	const struct redis_reply *word;
	enum redis_fault fault = conn_ask(conn, &role, 1, deadline_ms, &reply, d);

	if (fault != REDIS_FINE)
		return fault;
	word = redis_reply_item(reply, 0, REDIS_STRING);
	if (word == NULL || !slice_eq_str(word->text, "master")) {
		diag_add(d, "redis %s: the Sentinels call it the primary, but it is a replica", conn->place);
		fault = REDIS_READONLY;
	}
	redis_reply_free(&reply);
	return fault;
}

/* ---- the connection -------------------------------------------------------------------- */

/* One address after the other, each with its part of the time: the first may lead nowhere. */
static enum redis_fault connect_any(struct conn *conn, const struct resolved *resolved, int64_t deadline_ms,
    struct diag *d)
{
	enum redis_fault fault = REDIS_UNREACHABLE;
	int64_t now;

	for (size_t i = 0; i < resolved->count && fault != REDIS_FINE; i++) {
		now = clock_monotonic_ms();
		diag_clear(d);
		fault = socket_connect((const struct sockaddr *)&resolved->found[i].address, resolved->found[i].len,
		    now + (deadline_ms - now) / (int64_t)(resolved->count - i), &conn->fd, d);
	}
	return fault;
}

static enum redis_fault establish(struct conn *conn, struct resolver *resolver, const struct conn_target *target,
    int64_t deadline_ms, struct diag *d)
{
	int64_t began = clock_monotonic_ms();
	struct diag reason = {.text = "it has no address"};
	struct resolved resolved;
	enum redis_fault fault = resolve(resolver, target->address, deadline_ms, &resolved, &reason);

	if (fault == REDIS_FINE)
		fault = connect_any(conn, &resolved, deadline_ms, &reason);
	if (fault != REDIS_FINE)
		conn_fail(conn, fault, "connection", began, &reason, d);
	if (fault == REDIS_FINE && target->password_file != NULL)
		fault = authenticate(conn, target, deadline_ms, d);
	if (fault == REDIS_FINE && target->primary)
		fault = verify_primary(conn, deadline_ms, d);
	/* Nothing of the caller's was sent: for him there was no connection. */
	return fault == REDIS_TIMEOUT ? REDIS_UNREACHABLE : fault;
}

enum redis_fault conn_open(struct resolver *resolver, const struct conn_target *target, int64_t deadline_ms,
    struct conn **conn_r, struct diag *d)
{
	struct conn *conn = calloc(1, sizeof(*conn));
	enum redis_fault fault;

	*conn_r = NULL;
	if (conn == NULL || (conn->reader = reply_reader_new()) == NULL) {
		free(conn);
		diag_add(d, "memory is out");
		return REDIS_INTERNAL;
	}
	conn->fd = -1;
	address_text(target->address, conn->place);
	fault = establish(conn, resolver, target, deadline_ms, d);
	if (fault == REDIS_FINE)
		*conn_r = conn;
	else
		conn_close(&conn);
	return fault;
}

void conn_close(struct conn **conn)
{
	if (*conn == NULL)
		return;
	if ((*conn)->fd != -1)
		close((*conn)->fd);
	reply_reader_free(&(*conn)->reader);
	free(*conn);
	*conn = NULL;
}

bool conn_sound(const struct conn *conn)
{
	return !conn->failed && !reply_reader_excess(conn->reader) && socket_quiet(conn->fd);
}

const char *conn_place(const struct conn *conn)
{
	return conn->place;
}
