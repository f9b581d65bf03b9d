/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Running one of the mail server's programs. Input and output are files in
 * memory, so that neither side can wait for the other.
 */
#include "cli/run.h"

#include <errno.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* A mail server's program has little to say. */
#define OUTPUT_MAX 65536

extern char **environ;

static int memory_file(struct slice content, struct diag *d)
{
	int fd = memfd_create("postern", MFD_CLOEXEC);

	if (fd == -1)
		return diag_add(d, "can't make a file in memory: %s", strerror(errno));
	for (size_t done = 0; done < content.len;) {
		ssize_t n = write(fd, content.ptr + done, content.len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			diag_add(d, "can't write to a file in memory: %s", strerror(errno));
			close(fd);
			return -1;
		}
		done += (size_t)n;
	}
	lseek(fd, 0, SEEK_SET);
	return fd;
}

static void read_output(int fd, struct buf *output)
{
	char piece[4096];
	ssize_t n;

	lseek(fd, 0, SEEK_SET);
	while (output->len < OUTPUT_MAX && (n = read(fd, piece, sizeof(piece))) > 0)
		buf_add(output, piece, (size_t)n);
}

static int start(char *const argv[], int in, int out, pid_t *pid_r)
{
	posix_spawn_file_actions_t actions;
	int error = posix_spawn_file_actions_init(&actions);

	if (error != 0)
		return error;
	error = posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
	if (error == 0)
		error = posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	if (error == 0)
		error = posix_spawn_file_actions_adddup2(&actions, out, STDERR_FILENO);
	if (error == 0)
		error = posix_spawn(pid_r, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

static int run_with(char *const argv[], int in, int out, int *status_r, struct diag *d)
{
	int error, status;
	pid_t pid;

	error = start(argv, in, out, &pid);
	if (error != 0)
		return diag_add(d, "%s: can't be run: %s", argv[0], strerror(error));
	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			return diag_add(d, "%s: can't wait for it: %s", argv[0], strerror(errno));
	*status_r = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	return 0;
}

int cli_run_program(char *const argv[], struct slice input, struct buf *output, int *status_r, struct diag *d)
{
	int in = memory_file(input, d), out, rc;

	if (in == -1)
		return -1;
	out = memory_file(SLICE_NONE, d);
	if (out == -1) {
		close(in);
		return -1;
	}
	rc = run_with(argv, in, out, status_r, d);
	if (rc == 0)
		read_output(out, output);
	close(in);
	close(out);
	return rc;
}
