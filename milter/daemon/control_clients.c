/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The connections of the control socket, side by side: one that sends no line, or takes no answer, keeps nobody else
 * waiting. Each has a deadline, a bounded request and one answer.
 */
#include "daemon/control_clients.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/log.h"

struct control_clients *control_clients_new(struct service *service)
{
	struct control_clients *clients = calloc(1, sizeof(*clients));

	if (clients == NULL)
		return NULL;
	clients->service = service;
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		clients->client[i].fd = -1;
	return clients;
}

static void client_close(struct control_client *client)
{
	if (client->fd >= 0)
		close(client->fd);
	client->fd = -1;
	buf_free(&client->answer);
}

void control_clients_free(struct control_clients **clients)
{
	for (size_t i = 0; *clients != NULL && i < CONTROL_CLIENTS_MAX; i++)
		client_close(&(*clients)->client[i]);
	free(*clients);
	*clients = NULL;
}

/* ---- the answer --------------------------------------------------------------- */

static void client_write(struct control_client *client)
{
	while (client->sent < client->answer.len) {
		ssize_t n = send(client->fd, client->answer.data + client->sent, client->answer.len - client->sent, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0)
			break;
		client->sent += (size_t)n;
	}
	client_close(client);
}

/* Takes over the reference. */
static void client_answer(struct control_client *client, json_t *answer)
{
	if (json_write(&client->answer, answer) == 0)
		buf_add_char(&client->answer, '\n');
	json_decref(answer);
	client->answered = true;
	client->until = clock_monotonic_ms() + CONTROL_CLIENT_MS;
	if (client->answer.failed)
		client_close(client);
	else
		client_write(client);
}

static void client_request(struct control_clients *clients, struct control_client *client, size_t len)
{
	struct control_peer peer = client->peer;
	bool stop;

	client_answer(client, control_answer(clients->service, &peer, (struct slice){client->request, len},
	    &clients->refusals, &stop));
	if (!stop)
		return;
	log_info("stop was asked for by uid %u, process %d", (unsigned)peer.person.uid, (int)peer.pid);
	clients->stop = true;
}

/* ---- the request -------------------------------------------------------------- */

static void client_read(struct control_clients *clients, struct control_client *client)
{
	while (client->len < sizeof(client->request)) {
		ssize_t n = recv(client->fd, client->request + client->len, sizeof(client->request) - client->len, 0);
		const char *end;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0)
			break;
		end = memchr(client->request + client->len, '\n', (size_t)n);
		client->len += (size_t)n;
		if (end != NULL) {
			client_request(clients, client, (size_t)(end - client->request));
			return;
		}
	}
	client_answer(client, control_answer_error("no request of one line came, or it has more than 4095 bytes"));
}

static void client_serve(struct control_clients *clients, struct control_client *client, short events, int64_t now)
{
	if (events != 0 && client->answered)
		client_write(client);
	else if (events != 0)
		client_read(clients, client);
	if (client->fd < 0 || now < client->until)
		return;
	if (client->answered)
		client_close(client);
	else
		client_answer(client, control_answer_error("no request of one line came in time"));
}

void control_clients_serve(struct control_clients *clients, const struct pollfd ready[CONTROL_CLIENTS_MAX])
{
	int64_t now = clock_monotonic_ms();

	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		if (clients->client[i].fd >= 0)
			client_serve(clients, &clients->client[i], ready[i].revents, now);
}

/* ---- places ------------------------------------------------------------------- */

static struct control_client *find_place(struct control_clients *clients)
{
	struct control_client *oldest = &clients->client[0];

	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		struct control_client *client = &clients->client[i];

		if (client->fd < 0)
			return client;
		if (client->until < oldest->until)
			oldest = client;
	}
	client_close(oldest);
	return oldest;
}

void control_clients_add(struct control_clients *clients, int fd)
{
	struct control_client *client;
	struct control_peer peer;

	if (person_read(fd, &peer.person, &peer.pid) == -1) {
		close(fd);
		return;
	}
	client = find_place(clients);
	client->fd = fd;
	client->peer = peer;
	client->until = clock_monotonic_ms() + CONTROL_CLIENT_MS;
	client->answered = false;
	client->len = client->sent = 0;
	client_read(clients, client);
}

int control_clients_wait(const struct control_clients *clients, struct pollfd ready[CONTROL_CLIENTS_MAX])
{
	int64_t first = -1, now = clock_monotonic_ms();

	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		const struct control_client *client = &clients->client[i];

		ready[i] = (struct pollfd){.fd = client->fd, .events = client->answered ? POLLOUT : POLLIN};
		if (client->fd >= 0 && (first < 0 || client->until < first))
			first = client->until;
	}
	if (first < 0)
		return -1;
	return first > now ? (int)(first - now) : 0;
}
