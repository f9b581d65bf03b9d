/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_DAEMON_CONTROL_CLIENTS_H
#define POSTERN_DAEMON_CONTROL_CLIENTS_H

#include <poll.h>
#include <stddef.h>

#include "core/buf.h"
#include "daemon/control_answer.h"
#include "desk/command.h"

/* Connections at once. A further one takes the place of the one that has kept its request, or its answer, longest. */
#define CONTROL_CLIENTS_MAX 64
/* What a client has for its request, and again for taking the answer. */
#define CONTROL_CLIENT_MS 3000

struct control_client {
	int fd; /* -1: a free place */
	struct control_peer peer;
	int64_t until; /* monotonic ms: then it is given up */
	bool answered; /* answer is being sent, nothing more is read */
	size_t len, sent;
	char request[DESK_REQUEST_MAX];
	struct buf answer;
};

/* All of them; one thread's. */
struct control_clients {
	struct service *service;
	struct control_refusals refusals;
	bool stop; /* somebody who may has said so, and has the answer */
	struct control_client client[CONTROL_CLIENTS_MAX];
};

struct control_clients *control_clients_new(struct service *service);
void control_clients_free(struct control_clients **clients);
/* Takes over fd, a connection that doesn't block, and serves it as far as that goes at once. */
void control_clients_add(struct control_clients *clients, int fd);
/* One entry a place (fd -1: free, which poll() skips) to wait for; ms until the next one is given up, -1: none waits. */
int control_clients_wait(const struct control_clients *clients, struct pollfd ready[CONTROL_CLIENTS_MAX]);
/* After the poll(): reads, answers and writes without waiting, and gives up whose time is over. */
void control_clients_serve(struct control_clients *clients, const struct pollfd ready[CONTROL_CLIENTS_MAX]);

#endif
