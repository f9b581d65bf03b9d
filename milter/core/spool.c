/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory first, an unlinked file after: a message body on its way in. */
#include "core/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/buf.h"

struct spool {
	const char *dir;
	size_t memory_bytes;
	size_t max_bytes;
	size_t size; /* given */
	size_t kept;
	struct buf memory;
	int fd; /* -1 while in memory */
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

static int spill(struct spool *spool, struct diag *d)
{
	spool->fd = open_unlinked(spool->dir);
	if (spool->fd == -1)
		return diag_add(d, "%s: can't make a temporary file: %s", spool->dir, strerror(errno));
	if (write_all(spool->fd, spool->memory.data, spool->memory.len) == -1)
		return diag_add(d, "%s: can't write the spooled message: %s", spool->dir, strerror(errno));
	buf_free(&spool->memory);
	return 0;
}

int spool_add(struct spool *spool, const void *data, size_t len, struct diag *d)
{
	size_t keep = spool->max_bytes - spool->kept;

	spool->size += len;
	if (len < keep)
		keep = len;
	if (spool->fd == -1 && spool->kept + keep > spool->memory_bytes && spill(spool, d) == -1)
		return -1;
	if (spool->fd == -1)
		buf_add(&spool->memory, data, keep);
	else if (write_all(spool->fd, data, keep) == -1)
		return diag_add(d, "%s: can't write the spooled message: %s", spool->dir, strerror(errno));
	spool->kept += keep;
	return spool->memory.failed ? diag_add(d, "out of memory for the message") : 0;
}

size_t spool_size(const struct spool *spool)
{
	return spool->size;
}

int spool_view(struct spool *spool, struct slice *view_r, struct diag *d)
{
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
