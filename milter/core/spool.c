/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory first, an unlinked file after: a message body on its way in. */
#include "core/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/buf.h"

/*
 * What is written at once, from a multiple of itself on. MTAs send a body in pieces of 65,535 bytes: each write of such a
 * piece touches a page of the one before and takes the system's locks again, which cost as much as the copying.
 */
#define WRITE_BYTES ((size_t)128 << 10)

struct spool {
	const char *dir;
	size_t memory_bytes;
	size_t max_bytes;
	size_t size; /* given */
	size_t kept;
	struct buf memory; /* all of it, or what is not in the file yet */
	int fd;            /* -1 while in memory */
	bool failed;       /* what the file holds is not what was given */
	void *map;
	size_t map_len;
};

struct spool *spool_new(const char *dir, size_t memory_bytes, size_t max_bytes)
{
	struct spool *spool = calloc(1, sizeof(*spool));

	if (spool == NULL)
		return NULL;
	spool->dir = dir;
	spool->memory_bytes = memory_bytes;
	spool->max_bytes = max_bytes;
	spool->fd = -1;
	return spool;
}

void spool_free(struct spool **spool)
{
	struct spool *s = *spool;

	if (s == NULL)
		return;
	if (s->map != NULL)
		munmap(s->map, s->map_len);
	if (s->fd != -1)
		close(s->fd);
	buf_free(&s->memory);
	free(s);
	*spool = NULL;
}

static int write_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

static int open_unlinked(const char *dir)
{
	char path[4096];
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd != -1 || (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT))
		return fd;
	/* A file system without O_TMPFILE: make one and unlink it at once. */
	snprintf(path, sizeof(path), "%s/spool.XXXXXX", dir);
	fd = mkostemp(path, O_CLOEXEC);
	if (fd != -1)
		unlink(path);
	return fd;
}

/* Once it failed nothing is tried again: some of it may be in the file. */
static int fail(struct spool *spool, const char *what, struct diag *d)
{
	if (spool->failed)
		return diag_add(d, "%s: the spooled message is not whole", spool->dir);
	spool->failed = true;
	return diag_add(d, "%s: can't %s: %s", spool->dir, what, strerror(errno));
}

static int put(struct spool *spool, const char *data, size_t len, struct diag *d)
{
	if (spool->failed || write_all(spool->fd, data, len) == -1)
		return fail(spool, "write the spooled message", d);
	return 0;
}

/* What was kept in memory goes to the file, all but what does not fill a block. */
static int spill(struct spool *spool, struct diag *d)
{
	struct buf kept = spool->memory;
	size_t whole = kept.len / WRITE_BYTES * WRITE_BYTES;
	int rc;

	spool->fd = open_unlinked(spool->dir);
	if (spool->fd == -1)
		return fail(spool, "make a temporary file", d);
	spool->memory = (struct buf){0};
	rc = put(spool, kept.data, whole, d);
	if (kept.len > whole)
		buf_add(&spool->memory, kept.data + whole, kept.len - whole);
	buf_free(&kept);
	return rc;
}

/* To the file: fills the block that was begun, writes whole ones as they are, and begins the next. */
static int add_to_file(struct spool *spool, const char *data, size_t len, struct diag *d)
{
	struct buf *begun = &spool->memory;
	size_t n = begun->len > 0 ? WRITE_BYTES - begun->len : 0;

	if (n > len)
		n = len;
	buf_add(begun, data, n);
	if (begun->len == WRITE_BYTES) {
		if (put(spool, begun->data, begun->len, d) == -1)
			return -1;
		begun->len = 0;
	}
	data += n;
	len -= n;
	n = len / WRITE_BYTES * WRITE_BYTES;
	if (put(spool, data, n, d) == -1)
		return -1;
	buf_add(begun, data + n, len - n);
	return 0;
}

int spool_add(struct spool *spool, const void *data, size_t len, struct diag *d)
{
	size_t keep = spool->max_bytes - spool->kept;

	spool->size += len;
	if (len < keep)
		keep = len;
	if (spool->failed)
		return fail(spool, NULL, d);
	if (keep == 0)
		return 0;
	if (spool->fd == -1 && spool->kept + keep > spool->memory_bytes && spill(spool, d) == -1)
		return -1;
	if (spool->fd == -1)
		buf_add(&spool->memory, data, keep);
	else if (add_to_file(spool, data, keep, d) == -1)
		return -1;
	spool->kept += keep;
	return spool->memory.failed ? diag_add(d, "out of memory for the message") : 0;
}

size_t spool_size(const struct spool *spool)
{
	return spool->size;
}

int spool_end(struct spool *spool, struct diag *d)
{
	if (spool->failed)
		return fail(spool, NULL, d);
	if (spool->memory.failed)
		return diag_add(d, "out of memory for the message");
	if (spool->fd == -1)
		return 0;
	if (put(spool, spool->memory.data, spool->memory.len, d) == -1)
		return -1;
	buf_free(&spool->memory);
	return 0;
}

int spool_view(struct spool *spool, struct slice *view_r, struct diag *d)
{
	if (spool_end(spool, d) == -1)
		return -1;
	if (spool->fd == -1) {
		*view_r = buf_slice(&spool->memory);
		return 0;
	}
	if (spool->map == NULL) {
		spool->map = mmap(NULL, spool->kept, PROT_READ, MAP_PRIVATE, spool->fd, 0);
		if (spool->map == MAP_FAILED) {
			spool->map = NULL;
			return diag_add(d, "can't map the spooled message: %s", strerror(errno));
		}
		spool->map_len = spool->kept;
	}
	*view_r = (struct slice){spool->map, spool->map_len};
	return 0;
}
