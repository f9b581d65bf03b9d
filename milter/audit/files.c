/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The files of the audit log: their names, their order, the lock of their
 * directory, and reading one line by line with a bound on memory.
 */
#include "audit/files.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

char *audit_file_path(const char *dir, int64_t seq)
{
	size_t size = strlen(dir) + AUDIT_NAME_SIZE;
	char *path = malloc(size);

	if (path != NULL)
		snprintf(path, size, "%s/audit-%012lld.jsonl", dir, (long long)seq);
	return path;
}

int64_t audit_file_seq(const char *path)
{
	const char *name = strrchr(path, '/');
	int64_t seq = 0;
	int digits = 0;

	name = name != NULL ? name + 1 : path;
	if (strncmp(name, "audit-", 6) != 0)
		return -1;
	for (name += 6; *name >= '0' && *name <= '9' && digits < 18; name++, digits++)
		seq = seq * 10 + (*name - '0');
	return digits >= 12 && strcmp(name, ".jsonl") == 0 ? seq : -1;
}

int audit_file_list(const char *dir, struct file_list *out, struct diag *d)
{
	size_t kept = 0;

	if (file_list_dir(dir, ".jsonl", out, d) == -1)
		return -1;
	for (size_t i = 0; i < out->count; i++) {
		if (audit_file_seq(out->paths[i]) >= 0)
			out->paths[kept++] = out->paths[i];
		else
			free(out->paths[i]);
	}
	out->count = kept;
	return 0;
}

int audit_lock(const char *dir, struct diag *d)
{
	size_t size = strlen(dir) + sizeof("/lock");
	char *path = malloc(size);
	int fd;

	if (path == NULL)
		return diag_add(d, "%s: out of memory", dir);
	snprintf(path, size, "%s/lock", dir);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd == -1)
		diag_add(d, "%s: %s", path, strerror(errno));
	else if (flock(fd, LOCK_EX | LOCK_NB) == -1) {
		diag_add(d, "%s: %s", path, errno == EWOULDBLOCK
		    ? "another process writes this audit log (is posternd running?)" : strerror(errno));
		close(fd);
		fd = -1;
	}
	free(path);
	return fd;
}

void audit_block_signals(void)
{
	static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP};
	sigset_t set;

	sigfillset(&set);
	for (size_t i = 0; i < sizeof(crashes) / sizeof(crashes[0]); i++)
		sigdelset(&set, crashes[i]);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}

int audit_lines_open(struct audit_lines *lines, const char *path, off_t offset, struct diag *d)
{
	*lines = (struct audit_lines){.path = path, .offset = offset};
	lines->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (lines->fd == -1)
		return diag_add(d, "%s: %s", path, strerror(errno));
	return 0;
}

/* 1: more bytes are in the buffer, 0: end of file. */
static int lines_fill(struct audit_lines *lines, struct diag *d)
{
	char piece[65536];
	size_t held = lines->buf.len - lines->start;
	ssize_t n;

	if (held > AUDIT_LINE_MAX)
		return diag_at(d, lines->path, lines->line + 1, "a line of more than %zu bytes", AUDIT_LINE_MAX);
	if (lines->start > 0) {
		memmove(lines->buf.data, lines->buf.data + lines->start, held);
		buf_truncate(&lines->buf, held);
		lines->start = 0;
	}
	do
		n = pread(lines->fd, piece, sizeof(piece), lines->offset + (off_t)held);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		return diag_add(d, "%s: %s", lines->path, strerror(errno));
	buf_add(&lines->buf, piece, (size_t)n);
	if (lines->buf.failed)
		return diag_add(d, "%s: out of memory", lines->path);
	return n > 0;
}

int audit_lines_next(struct audit_lines *lines, struct slice *line_r, struct diag *d)
{
	size_t searched = 0;

	for (;;) {
		struct slice rest = slice_sub(buf_slice(&lines->buf), lines->start, SIZE_MAX);
		const char *end = rest.len > searched
		    ? memchr(rest.ptr + searched, '\n', rest.len - searched) : NULL;
		int rc;

		*line_r = rest;
		if (end != NULL) {
			line_r->len = (size_t)(end - rest.ptr);
			lines->start += line_r->len + 1;
			lines->offset += (off_t)line_r->len + 1;
			lines->line++;
			return 1;
		}
		searched = rest.len;
		rc = lines_fill(lines, d);
		if (rc <= 0)
			return rc;
	}
}

void audit_lines_close(struct audit_lines *lines)
{
	if (lines->fd >= 0)
		close(lines->fd);
	lines->fd = -1;
	buf_free(&lines->buf);
}
