/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Running one of the mail server's programs. Input and output are files in
 * memory, so that neither side can wait for the other.
 */
#include "cli/run.h"

#include <errno.h>
#include <spawn.h>
#include <stdint.h>
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

static void read_output(int fd, size_t max, struct buf *output)
{
	char piece[4096];
	ssize_t n;

	lseek(fd, 0, SEEK_SET);
	while (output->len < max && (n = read(fd, piece, sizeof(piece))) > 0)
		buf_add(output, piece, (size_t)n);
}

static int start(const char *const argv[], int in, int out, int errors, pid_t *pid_r)
{
	posix_spawn_file_actions_t actions;
	int error = posix_spawn_file_actions_init(&actions);

	if (error != 0)
		return error;
	error = posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
	if (error == 0)
		error = posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	if (error == 0)
		error = posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO);
	if (error == 0)
		error = posix_spawn(pid_r, argv[0], &actions, NULL, (char *const *)(uintptr_t)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

static int run_with(const char *const argv[], int in, int out, int errors, int *status_r, struct diag *d)
{
	int error, status;
	pid_t pid;

	error = start(argv, in, out, errors, &pid);
	if (error != 0)
		return diag_add(d, "%s: can't be run: %s", argv[0], strerror(error));
	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			return diag_add(d, "%s: can't wait for it: %s", argv[0], strerror(errno));
	*status_r = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	return 0;
}

int cli_run(const char *const argv[], struct slice input, struct buf *output, int *status_r, struct diag *d)
{
	int in = memory_file(input, d), out, rc;

	if (in == -1)
		return -1;
	out = memory_file(SLICE_NONE, d);
	if (out == -1) {
		close(in);
		return -1;
	}
	rc = run_with(argv, in, out, out, status_r, d);
	if (rc == 0)
		read_output(out, OUTPUT_MAX, output);
	close(in);
	close(out);
	return rc;
}

int cli_run_apart(const char *const argv[], struct buf *output, size_t max, struct buf *errors, int *status_r, struct diag *d)
{
	int in = memory_file(SLICE_NONE, d), out = memory_file(SLICE_NONE, d), err = memory_file(SLICE_NONE, d), rc = -1;

	if (in != -1 && out != -1 && err != -1)
		rc = run_with(argv, in, out, err, status_r, d);
	if (rc == 0) {
		read_output(out, max + 1, output);
		read_output(err, OUTPUT_MAX, errors);
	}
	if (rc == 0 && (output->len > max || output->failed))
		rc = diag_add(d, "%s: it says more than %zu bytes", argv[0], max);
	for (int i = 0; i < 3; i++)
		if ((int[]){in, out, err}[i] != -1)
			close((int[]){in, out, err}[i]);
	return rc;
}

int cli_run_checked(const char *const argv[], struct slice input, struct buf *output, struct diag *d)
{
	struct slice said;
	int status = 0;

	if (cli_run(argv, input, output, &status, d) == -1)
		return -1;
	if (status == 0)
		return 0;
	said = slice_sub(slice_trim(buf_slice(output)), 0, 300);
	return diag_add(d, "%s %s: exit status %d: %.*s", argv[0], argv[1] != NULL ? argv[1] : "", status, SLICE_ARG(said));
}
