/* SPDX-License-Identifier: BSD-2-Clause */
/* The first lines: which protocol, and what the child wants to be told of messages. */
#include "exec.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define REGISTER_MAX 16384

static const struct { const char *name; unsigned bit; } reports[] = {
	{"message", EXEC_MESSAGE}, {"envelope", EXEC_ENVELOPE}, {"header", EXEC_HEADER}, {"text", EXEC_TEXT},
	{"url", EXEC_URL}, {"address", EXEC_ADDRESS}, {"id", EXEC_ID}, {"attachment", EXEC_ATTACHMENT},
};

int register_greet(struct child *child)
{
	static const char lines[] = "config|protocol|" EXEC_PROTOCOL "\nconfig|ready\n";

	child->in.max = REGISTER_MAX;
	child->in.len = 0;
	child->reports = 0;
	child->versioned = false;
	for (size_t i = 0; i < child->profile_count; i++)
		free(child->profile[i]);
	child->profile_count = 0;
	return send(child->process.fd, lines, sizeof(lines) - 1, MSG_NOSIGNAL | MSG_DONTWAIT) == sizeof(lines) - 1 ? 0 : -1;
}

static int refuse(struct child *child, const char *what, const char *line)
{
	char shown[100];

	text_clean(shown, sizeof(shown), line, strlen(line));
	snprintf(child->reason, sizeof(child->reason), "its registration is wrong: %s '%s'; see postern-exec(7)", what, shown);
	return -1;
}

static int take_report(struct child *child, const char *name)
{
	for (size_t i = 0; name != NULL && i < sizeof(reports) / sizeof(reports[0]); i++) {
		if (strcmp(name, reports[i].name) != 0)
			continue;
		child->reports |= reports[i].bit;
		return 0;
	}
	return refuse(child, "no such report", name != NULL ? name : "");
}

static int take_profile(struct child *child, const char *name)
{
	if (name == NULL || *name == '\0' || child->profile_count == EXEC_PROFILE_MAX)
		return refuse(child, "one profile value too many, or none", name != NULL ? name : "");
	child->profile[child->profile_count] = strdup(name);
	if (child->profile[child->profile_count] == NULL)
		return refuse(child, "out of memory at", name);
	child->profile_count++;
	return 0;
}

static int take_version(struct child *child, const char *version)
{
	if (version == NULL || strcmp(version, EXEC_PROTOCOL) != 0)
		return refuse(child, "this speaks protocol " EXEC_PROTOCOL ", not", version != NULL ? version : "");
	child->versioned = true;
	return 0;
}

/* 1: it was the last one. */
static int take_line(struct child *child, char *line)
{
	char *rest = line, *word = field_next(&rest, NULL), *what, *value;

	if (word == NULL || strcmp(word, "register") != 0)
		return refuse(child, "expected register|..., not", line);
	what = field_next(&rest, NULL);
	value = field_next(&rest, NULL);
	if (what == NULL || rest != NULL)
		return refuse(child, "fields missing or too many in", what != NULL ? what : line);
	if (strcmp(what, "protocol") == 0)
		return take_version(child, value);
	if (!child->versioned)
		return refuse(child, "register|protocol|" EXEC_PROTOCOL " comes first, not", what);
	if (strcmp(what, "report") == 0)
		return take_report(child, value);
	if (strcmp(what, "profile") == 0)
		return take_profile(child, value);
	if (strcmp(what, "ready") != 0 || value != NULL)
		return refuse(child, "no such word", what);
	return child->reports != 0 || child->profile_count > 0 ? 1 : refuse(child, "it asks for no report before", what);
}

static int take_lines(struct child *child)
{
	char *at = child->in.data, *end;
	int rc = 0;

	while (rc == 0 && at != NULL && (end = memchr(at, '\n', child->in.len - (size_t)(at - child->in.data))) != NULL) {
		*end = '\0';
		if (strlen(at) != (size_t)(end - at))
			return refuse(child, "a NUL byte behind", at);
		rc = take_line(child, at);
		at = end + 1;
	}
	if (at == NULL || rc < 0)
		return rc;
	/* all of it counts, also what was taken */
	child->in.max -= (size_t)(at - child->in.data);
	child->in.len -= (size_t)(at - child->in.data);
	memmove(child->in.data, at, child->in.len);
	if (rc == 1 && child->in.len > 0)
		return refuse(child, "it goes on after register|ready", "");
	return rc;
}

int register_read(struct child *child)
{
	char chunk[4096];
	ssize_t n = recv(child->process.fd, chunk, sizeof(chunk), MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0) {
		snprintf(child->reason, sizeof(child->reason), "it ended before it was ready");
		return -1;
	}
	bytes_add(&child->in, chunk, (size_t)n);
	if (child->in.failed)
		return refuse(child, "more than 16 KB before", "register|ready");
	return take_lines(child);
}
