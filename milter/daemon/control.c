/* SPDX-License-Identifier: BSD-2-Clause */
/* The door for "postern status", "reload" and "stop", and for what is commanded to the desk. */
#include "daemon/control.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/log.h"
#include "daemon/archive.h"
#include "daemon/changes.h"
#include "daemon/desk.h"
#include "daemon/person.h"
#include "daemon/privilege.h"
#include "daemon/socket.h"
#include "desk/command.h"

#define REQUEST_MAX (DESK_REQUEST_MAX + 1)
#define CLIENT_MS 3000

struct control {
	struct service *service;
	char *path;
	int fd;
	int wake[2]; /* a byte ends the thread */
	pthread_t thread;
	bool running;
	control_stop_fn stop;
	void *arg;
};

struct control *control_open(struct service *service, const struct config *config, struct diag *d)
{
	struct control *control = calloc(1, sizeof(*control));
	gid_t gid = (gid_t)-1;

	if (control == NULL || (control->path = strdup(config->control_socket)) == NULL) {
		free(control);
		diag_add(d, "out of memory");
		return NULL;
	}
	control->service = service;
	control->fd = control->wake[0] = control->wake[1] = -1;
	if (config->socket_group == NULL || group_resolve(config->socket_group, &gid, d) == 0)
		control->fd = socket_listen_unix("milter.control_socket", control->path, gid, d);
	if (control->fd < 0)
		control_close(&control);
	return control;
}

/* ---- one request ----------------------------------------------------------- */

/* Whose process asks, and what he may. */
struct asker {
	struct person person;
	pid_t pid;
	bool control; /* reload and stop */
	bool desk;
};

static int read_asker(const struct control *control, int fd, struct asker *asker_r)
{
	uid_t uid;
	struct site *site;

	*asker_r = (struct asker){.control = false};
	if (person_read(fd, &asker_r->person, &asker_r->pid) == -1)
		return -1;
	uid = asker_r->person.uid;
	site = service_site(control->service);
	asker_r->control = uid == 0 || uid == geteuid() || person_is_named(site->config->control_users, uid);
	asker_r->desk = asker_r->control || person_is_named(site->config->desk_users, uid) ||
	    person_is_named(site->config->desk_reviewers, uid);
	site_unref(&site);
	return 0;
}

/* A request without its line feed; -1 when none came in time, or it is too long. */
static int read_request(int fd, char request[REQUEST_MAX])
{
	int64_t until = clock_monotonic_ms() + CLIENT_MS;
	size_t len = 0;

	while (len < REQUEST_MAX - 1) {
		struct pollfd ready = {.fd = fd, .events = POLLIN};
		int64_t left = until - clock_monotonic_ms();
		ssize_t n;
		char *end;

		if (left <= 0 || poll(&ready, 1, (int)left) <= 0)
			return -1;
		n = recv(fd, request + len, REQUEST_MAX - 1 - len, 0);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n <= 0)
			return -1;
		len += (size_t)n;
		request[len] = '\0';
		end = memchr(request, '\n', len);
		if (end != NULL) {
			*end = '\0';
			return 0;
		}
	}
	return -1;
}

static void write_answer(int fd, json_t *answer)
{
	int64_t until = clock_monotonic_ms() + CLIENT_MS;
	struct buf line = {0};
	size_t sent = 0;

	if (json_write(&line, answer) == 0)
		buf_add_char(&line, '\n');
	while (!line.failed && sent < line.len) {
		struct pollfd ready = {.fd = fd, .events = POLLOUT};
		int64_t left = until - clock_monotonic_ms();
		ssize_t n;

		if (left <= 0 || poll(&ready, 1, (int)left) <= 0)
			break;
		n = send(fd, line.data + sent, line.len - sent, MSG_NOSIGNAL);
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			break;
		sent += n > 0 ? (size_t)n : 0;
	}
	buf_free(&line);
}

static json_t *answer_error(const char *text)
{
	json_t *answer = json_object();

	json_put_bool(answer, "ok", false);
	json_put(answer, "error", slice_str(text));
	return answer;
}

static json_t *answer_ok(void)
{
	json_t *answer = json_object();

	json_put_bool(answer, "ok", true);
	return answer;
}

static json_t *answer_reload(struct control *control, const json_t *who)
{
	struct diag *d = calloc(1, sizeof(*d));
	json_t *answer, *restart = NULL;
	unsigned number = 0;

	if (d == NULL)
		return answer_error("out of memory");
	if (service_reload(control->service, who, &number, &restart, d) == 0) {
		answer = answer_ok();
		json_put_new(answer, "restart_needed", restart);
	} else {
		answer = answer_error(d->text);
	}
	json_put_int(answer, "generation", number);
	free(d);
	return answer;
}

static json_t *answer_desk(struct control *control, const struct asker *asker, const json_t *request)
{
	json_t *answer = answer_ok();
	struct diag d = {0};

	if (!asker->desk) {
		diag_add(&d, "not allowed: be root, the daemon's user, or listed in milter.desk_users or milter.control_users");
		log_warning("desk: a command of uid %u is not allowed", (unsigned)asker->person.uid);
	}
	if (asker->desk && desk_command(control->service, &asker->person, request, answer, &d) == 0)
		return answer;
	json_decref(answer);
	return answer_error(d.text);
}

static json_t *answer_archive(struct control *control, const struct asker *asker, const json_t *request)
{
	json_t *answer = answer_ok();
	struct diag d = {0};

	if (!asker->control) {
		diag_add(&d, "not allowed: be root, the daemon's user, or listed in milter.control_users");
		log_warning("archive: a command of uid %u is not allowed", (unsigned)asker->person.uid);
	}
	if (asker->control && archive_command(control->service, &asker->person, request, answer, &d) == 0)
		return answer;
	json_decref(answer);
	return answer_error(d.text);
}

/* reload and stop */
static json_t *answer_control(struct control *control, const struct asker *asker, const json_t *request, bool stop)
{
	json_t *who = changes_who_asks(&asker->person, request), *answer;

	if (!stop) {
		answer = answer_reload(control, who);
		json_decref(who);
		return answer;
	}
	service_stop_asked(control->service, who);
	return answer_ok();
}

static json_t *answer_command(struct control *control, const struct asker *asker, const json_t *request,
    const char *command, bool *stop_r)
{
	if (strcmp(command, "ping") == 0)
		return answer_ok();
	if (strcmp(command, "status") == 0)
		return service_status(control->service);
	if (strcmp(command, "desk") == 0)
		return answer_desk(control, asker, request);
	if (strcmp(command, "archive") == 0)
		return answer_archive(control, asker, request);
	if (strcmp(command, "reload") != 0 && strcmp(command, "stop") != 0)
		return answer_error("unknown command; there are status, reload, stop, ping, desk and archive");
	if (!asker->control)
		return answer_error("not allowed: be root, the daemon's user, or listed in milter.control_users");
	*stop_r = strcmp(command, "stop") == 0;
	return answer_control(control, asker, request, *stop_r);
}

static json_t *answer_request(struct control *control, const struct asker *asker, const char *request, bool *stop_r)
{
	json_t *object = json_loads(request, JSON_REJECT_DUPLICATES, NULL), *answer;
	const char *command = json_is_object(object) ? json_get_str(object, "command") : NULL;

	if (command == NULL)
		answer = answer_error("a request is one line, {\"command\":\"status\"}");
	else
		answer = answer_command(control, asker, object, command, stop_r);
	json_decref(object);
	return answer;
}

static void serve_client(struct control *control, int fd)
{
	char request[REQUEST_MAX];
	struct asker asker;
	bool stop = false;
	json_t *answer;

	if (read_asker(control, fd, &asker) == -1)
		return;
	if (read_request(fd, request) == 0)
		answer = answer_request(control, &asker, request, &stop);
	else
		answer = answer_error("no request of one line came in time, or it has more than 4095 bytes");
	write_answer(fd, answer);
	json_decref(answer);
	if (stop) {
		log_info("stop was asked for by uid %u, process %d", (unsigned)asker.person.uid, (int)asker.pid);
		control->stop(control->arg);
	}
}

/* ---- the thread ------------------------------------------------------------- */

static void *control_run(void *arg)
{
	struct control *control = arg;
	struct pollfd ready[2] = {{.fd = control->fd, .events = POLLIN}, {.fd = control->wake[0], .events = POLLIN}};

	for (;;) {
		int fd;

		if (poll(ready, 2, -1) < 0 && errno != EINTR)
			return NULL;
		if (ready[1].revents != 0)
			return NULL;
		fd = accept4(control->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd < 0)
			continue;
		serve_client(control, fd);
		close(fd);
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
	free(gone->path);
	free(gone);
}
