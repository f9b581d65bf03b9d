/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The file that the writer writes to. What failed is cut off again, and a file
 * that somebody else touched, or that the disk may have lost, is not written on.
 */
#include "audit/output.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "audit/files.h"
#include "audit/tail.h"

/* After a failed write: nothing of the group stays. If even that fails the file is suspect. */
static void cut_back(struct audit_output *o)
{
	if (ftruncate(o->fd, o->offset) == -1 || fdatasync(o->fd) == -1)
		o->suspect = true;
}

/*
 * After an I/O error the kernel may show pages that never reached the disk:
 * open anew, cut, drop the cache and read back what was acknowledged last.
 */
static int reopen(struct audit_output *o, const struct chain_head *head, struct diag *d)
{
	int fd = open(o->path, O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;

	if (fd == -1)
		return diag_add(d, "%s: %s", o->path, strerror(errno));
	if (fstat(fd, &st) == -1 || st.st_size < o->offset || ftruncate(fd, o->offset) == -1 || fsync(fd) == -1) {
		diag_add(d, "%s: %s", o->path, st.st_size < o->offset ? "shorter than what was written" : strerror(errno));
		close(fd);
		return -1;
	}
	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	if (audit_tail_check(fd, o->path, o->offset, head, d) == -1) {
		close(fd);
		return -1;
	}
	close(o->fd);
	o->fd = fd;
	o->suspect = false;
	return 0;
}

/* Somebody who moves, cuts or writes the file would make us lose records: better to stop. */
static int check_untouched(struct audit_output *o, struct diag *d)
{
	struct stat named, open_file;

	if (fstat(o->fd, &open_file) == -1 || stat(o->path, &named) == -1)
		return diag_add(d, "%s: %s", o->path, strerror(errno));
	if (named.st_ino != open_file.st_ino || named.st_dev != open_file.st_dev)
		return diag_add(d, "%s: was replaced while it is in use (the log rotates itself); restart posternd", o->path);
	if (open_file.st_size != o->offset)
		return diag_add(d, "%s: was changed by somebody else; look with 'postern audit verify'", o->path);
	return 0;
}

int audit_output_next(struct audit_output *o, int64_t seq, struct diag *d)
{
	char *path = audit_file_path(o->dir, seq);
	int fd;

	if (path == NULL)
		return diag_add(d, "%s: out of memory", o->dir);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd == -1)
		diag_add(d, "%s: %s", path, strerror(errno));
	if (fd != -1 && audit_sync_dir(o->dir, d) == -1) {
		unlink(path);
		close(fd);
		fd = -1;
	}
	if (fd == -1) {
		free(path);
		return -1;
	}
	if (o->fd != -1)
		close(o->fd);
	free(o->path);
	o->fd = fd;
	o->path = path;
	o->offset = 0;
	return 0;
}

static int write_all(struct audit_output *o, struct slice group, struct diag *d)
{
	for (size_t done = 0; done < group.len;) {
		ssize_t n = write(o->fd, group.ptr + done, group.len - done);

		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0) {
			diag_add(d, "%s: can't write: %s", o->path, n == 0 ? "nothing was taken" : strerror(errno));
			cut_back(o);
			return -1;
		}
		done += (size_t)n;
	}
	return 0;
}

/* A file at its size limit (RLIMIT_FSIZE) is an error like a full disk, and no reason to end: an appender's thread writes. */
static int write_unsignalled(struct audit_output *o, struct slice group, struct diag *d)
{
	static const struct timespec at_once;
	sigset_t limit, was;
	int rc;

	sigemptyset(&limit);
	sigaddset(&limit, SIGXFSZ);
	pthread_sigmask(SIG_BLOCK, &limit, &was);
	rc = write_all(o, group, d);
	if (rc == -1 && sigismember(&was, SIGXFSZ) == 0)
		(void)sigtimedwait(&limit, NULL, &at_once);
	pthread_sigmask(SIG_SETMASK, &was, NULL);
	return rc;
}

int audit_output_write(struct audit_output *o, struct slice group, struct diag *d)
{
	if (write_unsignalled(o, group, d) == -1)
		return -1;
	if (fdatasync(o->fd) == -1) {
		diag_add(d, "%s: can't make it durable: %s", o->path, strerror(errno));
		o->suspect = true;
		cut_back(o);
		return -1;
	}
	o->offset += (off_t)group.len;
	return 0;
}

int audit_output_ready(struct audit_output *o, const struct chain_head *head, struct diag *d)
{
	if (o->suspect && reopen(o, head, d) == -1)
		return -1;
	if (check_untouched(o, d) == -1)
		return -1;
	if (o->rotate_bytes > 0 && o->offset > 0 && (uint64_t)o->offset >= o->rotate_bytes)
		return audit_output_next(o, head->seq + 1, d);
	return 0;
}

int audit_output_begin(struct audit_output *o, const struct audit_tail *tail, struct diag *d)
{
	if (tail->path == NULL)
		return audit_output_next(o, tail->head.seq + 1, d);
	o->path = strdup(tail->path);
	o->offset = tail->size;
	o->fd = o->path != NULL ? open(o->path, O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW) : -1;
	if (o->fd == -1)
		return diag_add(d, "%s: %s", tail->path, strerror(errno));
	/* Whole lines of a killed process may not have reached the disk yet. */
	if (fdatasync(o->fd) == -1)
		return diag_add(d, "%s: %s", o->path, strerror(errno));
	return 0;
}

void audit_output_close(struct audit_output *o)
{
	if (o->fd != -1)
		close(o->fd);
	o->fd = -1;
	free(o->path);
	o->path = NULL;
}
