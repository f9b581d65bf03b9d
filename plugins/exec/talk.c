/* SPDX-License-Identifier: BSD-2-Clause */
/* One message to one child and its answer, by a deadline. */
#include "exec.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

struct talk {
	int fd;
	struct postern_slice left; /* to be sent */
	struct bytes *answer;
	size_t line;               /* where the line that is not yet whole starts */
	bool done;
};

static int fail(char *reason, size_t size, const char *text)
{
	snprintf(reason, size, "%s", text);
	return -1;
}

static int send_some(struct talk *t, char *reason, size_t size)
{
	ssize_t n = send(t->fd, t->left.ptr, t->left.len, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : fail(reason, size, "it ended while it was told of the message");
	t->left.ptr += n;
	t->left.len -= (size_t)n;
	return 0;
}

/* Whether a line that ends the answer came, and nothing after it. */
static int look_at_lines(struct talk *t, char *reason, size_t size)
{
	struct bytes *a = t->answer;
	char *end;

	while (a->len > t->line && (end = memchr(a->data + t->line, '\n', a->len - t->line)) != NULL) {
		bool last = strncmp(a->data + t->line, "result|", 7) == 0;

		t->line = (size_t)(end + 1 - a->data);
		if (!last)
			continue;
		if (t->line != a->len)
			return fail(reason, size, "it went on after its result");
		if (t->left.len > 0)
			return fail(reason, size, "it answered before it had the whole message");
		t->done = true;
	}
	return 0;
}

static int receive_some(struct talk *t, char *reason, size_t size)
{
	char chunk[16384];
	ssize_t n = recv(t->fd, chunk, sizeof(chunk), MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0)
		return fail(reason, size, "it ended without an answer");
	bytes_add(t->answer, chunk, (size_t)n);
	if (t->answer->failed)
		return fail(reason, size, "it answered with more than 256 KB");
	return look_at_lines(t, reason, size);
}

int talk(struct child *child, const struct bytes *request, int64_t deadline, struct bytes *answer,
    char *reason, size_t size)
{
	struct talk t = {.fd = child->process.fd, .left = {request->data, request->len}, .answer = answer};

	while (!t.done) {
		struct pollfd p = {.fd = t.fd, .events = (short)(POLLIN | (t.left.len > 0 ? POLLOUT : 0))};
		int64_t left = deadline - exec_clock_ms();

		if (left <= 0)
			return fail(reason, size, "it gave no answer in time");
		if (poll(&p, 1, left < 1000 ? (int)left : 1000) <= 0)
			continue;
		if ((p.revents & POLLIN) && receive_some(&t, reason, size) != 0)
			return -1;
		if (t.done)
			break;
		if ((p.revents & POLLOUT) && t.left.len > 0 && send_some(&t, reason, size) != 0)
			return -1;
		if ((p.revents & (POLLHUP | POLLERR)) && !(p.revents & POLLIN))
			return fail(reason, size, "it ended without an answer");
	}
	return 0;
}
