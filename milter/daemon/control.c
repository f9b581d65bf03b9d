/* SPDX-License-Identifier: BSD-2-Clause */
/* The door for "postern status", "reload" and "stop", and for what is commanded to the desk: the socket and its thread. */
#include "daemon/control.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/clock.h"
#include "daemon/control_clients.h"
#include "daemon/privilege.h"
#include "daemon/socket.h"

/* The listener, the pipe that ends the thread, the clients. */
#define PLACES (2 + CONTROL_CLIENTS_MAX)

struct control {
	struct control_clients *clients;
	char *path;
	int fd;
	int wake[2]; /* a byte ends the thread */
	pthread_t thread;
	bool running, stopping;
	control_stop_fn stop;
	void *arg;
};

struct control *control_open(struct service *service, const struct config *config, struct diag *d)
{
	struct control *control = calloc(1, sizeof(*control));
	gid_t gid = (gid_t)-1;

	if (control == NULL) {
		diag_add(d, "out of memory");
		return NULL;
	}
	control->fd = control->wake[0] = control->wake[1] = -1;
	control->path = strdup(config->control_socket);
	control->clients = control_clients_new(service);
	if (control->path == NULL || control->clients == NULL) {
		diag_add(d, "out of memory");
		control_close(&control);
		return NULL;
	}
	if (config->socket_group == NULL || group_resolve(config->socket_group, &gid, d) == 0)
		control->fd = socket_listen_unix("milter.control_socket", control->path, gid, d);
	if (control->fd < 0)
		control_close(&control);
	return control;
}

/* ---- the thread ------------------------------------------------------------- */

/* Without descriptors accept() fails at once, and the connection stays: the listener rests until some are free. */
#define ACCEPT_REST_MS 100

static void accept_client(struct control *control, int64_t *rest_r)
{
	int fd = accept4(control->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd >= 0)
		control_clients_add(control->clients, fd);
	else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
		*rest_r = clock_monotonic_ms() + ACCEPT_REST_MS;
}

/* ms to wait: until the next client is given up, or the listener has rested; -1: for ever. */
static int control_wait(const struct control *control, int64_t rest, struct pollfd ready[PLACES])
{
	int wait = control_clients_wait(control->clients, ready + 2);
	int64_t left = rest - clock_monotonic_ms();

	ready[0] = (struct pollfd){.fd = left > 0 ? -1 : control->fd, .events = POLLIN};
	ready[1] = (struct pollfd){.fd = control->wake[0], .events = POLLIN};
	return left > 0 && (wait < 0 || left < wait) ? (int)left : wait;
}

static void *control_run(void *arg)
{
	struct control *control = arg;
	struct pollfd ready[PLACES];
	int64_t rest = 0;

	for (;;) {
		int wait = control_wait(control, rest, ready);

		if (poll(ready, PLACES, wait) < 0) {
			if (errno != EINTR)
				return NULL;
			continue;
		}
		if (ready[1].revents != 0)
			return NULL;
		control_clients_serve(control->clients, ready + 2);
		if (ready[0].revents != 0)
			accept_client(control, &rest);
		if (control->clients->stop && !control->stopping) {
			control->stopping = true;
			control->stop(control->arg);
		}
	}
}

int control_start(struct control *control, control_stop_fn stop, void *arg, struct diag *d)
{
	control->stop = stop;
	control->arg = arg;
	if (pipe2(control->wake, O_CLOEXEC) != 0)
		return diag_add(d, "control socket: %s", strerror(errno));
	if (pthread_create(&control->thread, NULL, control_run, control) != 0)
		return diag_add(d, "control socket: cannot start a thread");
	control->running = true;
	return 0;
}

void control_close(struct control **control)
{
	struct control *gone = *control;

	*control = NULL;
	if (gone == NULL)
		return;
	if (gone->running) {
		if (write(gone->wake[1], "", 1) == 1)
			pthread_join(gone->thread, NULL);
	}
	if (gone->fd >= 0) {
		close(gone->fd);
		unlink(gone->path);
	}
	if (gone->wake[0] >= 0) {
		close(gone->wake[0]);
		close(gone->wake[1]);
	}
	control_clients_free(&gone->clients);
	free(gone->path);
	free(gone);
}
