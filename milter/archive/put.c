/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stores a message: compressed (and sealed) piece by piece into a file of another name, which gets its own when it
 * is whole and on the disk.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include "archive/files.h"

/* zstd's default: most of what it can, at some hundred megabytes a second. */
#define LEVEL 3

struct writer {
	const struct archive *archive;
	struct diag *d;
	char tmp[sizeof(ARCHIVE_TMP) + ID_TEXT_SIZE];
	int fd;
	struct seal *seal; /* NULL: not sealed */
	unsigned char packed[SEAL_PIECE];
	unsigned char sealed[SEAL_PIECE + SEAL_EXTRA];
};

static int write_all(struct writer *w, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = write(w->fd, p, len);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return diag_add(w->d, "%s/%s: can't write: %s", w->archive->dir, w->tmp, strerror(errno));
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

static int write_packed(struct writer *w, size_t len, bool last)
{
	if (w->seal == NULL)
		return write_all(w, w->packed, len);
	if (seal_piece(w->seal, (struct slice){(const char *)w->packed, len}, last, w->sealed) == -1)
		return diag_add(w->d, "%s/%s: can't be sealed", w->archive->dir, w->tmp);
	return write_all(w, w->sealed, len + SEAL_EXTRA);
}

static int compress(struct writer *w, ZSTD_CCtx *ctx, struct slice message)
{
	ZSTD_inBuffer in = {message.len > 0 ? message.ptr : "", message.len, 0};
	size_t rc = 1;

	while (rc != 0) {
		ZSTD_outBuffer out = {w->packed, sizeof(w->packed), 0};

		/* Full pieces only, as the reader of a sealed file expects them, and the last one. */
		do
			rc = ZSTD_compressStream2(ctx, &out, &in, ZSTD_e_end);
		while (!ZSTD_isError(rc) && rc != 0 && out.pos < out.size);
		if (ZSTD_isError(rc))
			return diag_add(w->d, "%s/%s: can't compress: %s", w->archive->dir, w->tmp, ZSTD_getErrorName(rc));
		if (write_packed(w, out.pos, rc == 0) == -1)
			return -1;
	}
	return 0;
}

static int write_content(struct writer *w, struct slice message)
{
	ZSTD_CCtx *ctx = ZSTD_createCCtx();
	int rc;

	if (ctx == NULL || ZSTD_isError(ZSTD_CCtx_setParameter(ctx, ZSTD_c_compressionLevel, LEVEL)) ||
	    ZSTD_isError(ZSTD_CCtx_setParameter(ctx, ZSTD_c_checksumFlag, 1)) ||
	    ZSTD_isError(ZSTD_CCtx_setPledgedSrcSize(ctx, message.len)))
		rc = diag_add(w->d, "%s/%s: out of memory to compress it", w->archive->dir, w->tmp);
	else
		rc = compress(w, ctx, message);
	ZSTD_freeCCtx(ctx);
	return rc;
}

static int begin_seal(struct writer *w)
{
	unsigned char head[SEAL_HEAD];

	if (w->archive->keys == NULL)
		return 0;
	w->seal = seal_begin(w->archive->keys, head);
	if (w->seal == NULL)
		return diag_add(w->d, "%s/%s: out of memory", w->archive->dir, w->tmp);
	return write_all(w, head, sizeof(head));
}

static int write_file(struct writer *w, struct slice message)
{
	char id[ID_TEXT_SIZE];
	int rc;

	id_new(id, 0);
	snprintf(w->tmp, sizeof(w->tmp), "%s/%s", ARCHIVE_TMP, id);
	w->fd = openat(w->archive->fd, w->tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (w->fd == -1)
		return diag_add(w->d, "%s/%s: %s", w->archive->dir, w->tmp, strerror(errno));
	rc = begin_seal(w);
	if (rc == 0)
		rc = write_content(w, message);
	if (rc == 0 && fsync(w->fd) == -1)
		rc = diag_add(w->d, "%s/%s: can't sync: %s", w->archive->dir, w->tmp, strerror(errno));
	/* Some file systems tell of a full disk here only. */
	if (close(w->fd) == -1 && rc == 0)
		rc = diag_add(w->d, "%s/%s: can't write: %s", w->archive->dir, w->tmp, strerror(errno));
	seal_free(&w->seal);
	return rc;
}

static int put_in_place(struct writer *w, const char *name)
{
	char dir[3] = {name[0], name[1], '\0'};

	if (archive_make_dir(w->archive, dir, w->d) == -1)
		return -1;
	if (renameat(w->archive->fd, w->tmp, w->archive->fd, name) == -1)
		return diag_add(w->d, "%s/%s: can't be renamed to %s: %s", w->archive->dir, w->tmp, name, strerror(errno));
	return archive_sync_dir(w->archive, dir, w->d);
}

static int store(struct archive *archive, struct slice message, const char *digest, struct diag *d)
{
	struct writer *w = malloc(sizeof(*w));
	char name[ARCHIVE_NAME_SIZE];
	int rc;

	if (w == NULL)
		return diag_add(d, "%s: out of memory", archive->dir);
	w->archive = archive;
	w->d = d;
	w->seal = NULL;
	archive_name_new(archive, digest, name);
	rc = write_file(w, message);
	if (rc == 0)
		rc = put_in_place(w, name);
	/* Gone when it was renamed. */
	if (rc == -1 && w->fd != -1)
		unlinkat(archive->fd, w->tmp, 0);
	free(w);
	return rc;
}

/*
 * 1: it is there, whole and on the disk, and so young that no purge takes it before it is recorded; 0: it is not, or
 * damaged.
 */
static int is_stored(struct archive *archive, const char *digest, struct diag *d)
{
	char name[ARCHIVE_NAME_SIZE], found[HASH_HEX_SIZE], dir[3] = "";
	struct diag ignored = {0};
	struct stat st;
	int rc;

	pthread_mutex_lock(&archive->lock);
	rc = archive_name_find(archive, digest, name, &st, d);
	if (rc == 1 && utimensat(archive->fd, name, NULL, AT_SYMLINK_NOFOLLOW) == -1)
		rc = errno == ENOENT ? 0 : diag_add(d, "%s/%s: %s", archive->dir, name, strerror(errno));
	pthread_mutex_unlock(&archive->lock);
	if (rc != 1)
		return rc;
	if (archive_read(archive, name, NULL, NULL, found, &ignored) != ARCHIVE_SOUND || strcmp(found, digest) != 0)
		return 0;
	memcpy(dir, name, 2);
	return archive_sync_dir(archive, dir, d) == 0 ? 1 : -1;
}

int archive_put(struct archive *archive, struct slice message, char digest_r[HASH_HEX_SIZE], struct diag *d)
{
	int rc;

	if (archive->lock_fd == -1)
		return diag_add(d, "%s: opened for reading only", archive->dir);
	if (message.len > ARCHIVE_MESSAGE_MAX)
		return diag_add(d, "%s: a message of %zu bytes is larger than any may be", archive->dir, message.len);
	hash_hex(digest_r, message.ptr != NULL ? message : SLICE_LIT(""));
	rc = is_stored(archive, digest_r, d);
	if (rc == 0)
		rc = store(archive, message, digest_r, d);
	return rc >= 0 ? 0 : -1;
}
