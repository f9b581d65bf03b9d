/* SPDX-License-Identifier: BSD-2-Clause */
/* An archive being opened, and messages read from it. */
#include "archive/archive.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "archive/files.h"
#include "core/file.h"

static int take_lock(struct archive *archive, struct diag *d)
{
	archive->lock_fd = openat(archive->fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (archive->lock_fd == -1)
		return diag_add(d, "%s/lock: %s", archive->dir, strerror(errno));
	if (flock(archive->lock_fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	return diag_add(d, "%s/lock: %s", archive->dir, errno == EWOULDBLOCK
	    ? "another process writes this archive (is posternd running?)" : strerror(errno));
}

/* What a crash left half written: nobody was told that it is there. */
static void empty_tmp(const struct archive *archive)
{
	int fd = openat(archive->fd, ARCHIVE_TMP, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *handle = fd != -1 ? fdopendir(fd) : NULL;
	const struct dirent *entry;

	if (handle == NULL) {
		if (fd != -1)
			close(fd);
		return;
	}
	while ((entry = readdir(handle)) != NULL)
		if (entry->d_name[0] != '.')
			unlinkat(dirfd(handle), entry->d_name, 0);
	closedir(handle);
}

static int prepare(struct archive *archive, struct diag *d)
{
	if (take_lock(archive, d) == -1 || archive_make_dir(archive, ARCHIVE_TMP, d) == -1)
		return -1;
	empty_tmp(archive);
	if (archive->keys == NULL)
		return 0;
	return archive_make_dir(archive, ARCHIVE_KEYS, d) == -1 ? -1 : archive_key_note(archive, d);
}

static int open_dir(struct archive *archive, bool read_only, struct diag *d)
{
	if (!read_only && file_make_dirs(archive->dir, 0700, d) == -1)
		return -1;
	archive->fd = open(archive->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (archive->fd == -1)
		return diag_add(d, "%s: %s", archive->dir, strerror(errno));
	return read_only ? 0 : prepare(archive, d);
}

struct archive *archive_open(const struct archive_config *config, bool read_only, struct diag *d)
{
	struct archive *archive = calloc(1, sizeof(*archive));

	if (archive == NULL || (archive->dir = strdup(config->dir)) == NULL) {
		free(archive);
		diag_add(d, "%s: out of memory", config->dir);
		return NULL;
	}
	archive->fd = archive->lock_fd = -1;
	pthread_mutex_init(&archive->lock, NULL);
	if (config->key_file != NULL && (archive->keys = keys_load(config->key_file, d)) == NULL) {
		archive_close(&archive);
		return NULL;
	}
	if (open_dir(archive, read_only, d) == -1)
		archive_close(&archive);
	return archive;
}

void archive_close(struct archive **archive)
{
	struct archive *gone = *archive;

	*archive = NULL;
	if (gone == NULL)
		return;
	if (gone->fd != -1)
		close(gone->fd);
	if (gone->lock_fd != -1)
		close(gone->lock_fd);
	keys_free(&gone->keys);
	pthread_mutex_destroy(&gone->lock);
	free(gone->dir);
	free(gone);
}

/* ---- reading ------------------------------------------------------------------- */

static int add_piece(void *arg, struct slice piece)
{
	struct buf *out = arg;

	buf_add_slice(out, piece);
	return out->failed ? -1 : 0;
}

static int get_file(struct archive *archive, const char *name, const char *digest, struct buf *out, struct diag *d)
{
	char found[HASH_HEX_SIZE];
	enum archive_soundness soundness = archive_read(archive, name, add_piece, out, found, d);

	if (soundness == ARCHIVE_FAILED && out->failed)
		return diag_add(d, "%s/%s: no memory for it, or larger than it may be", archive->dir, name);
	if (soundness != ARCHIVE_SOUND)
		return -1;
	if (strcmp(found, digest) != 0)
		return diag_add(d, "%s/%s: damaged: its content has the SHA-256 %s", archive->dir, name, found);
	return 1;
}

int archive_get(struct archive *archive, const char *digest, struct buf *out, struct diag *d)
{
	char name[ARCHIVE_NAME_SIZE], id[KEY_ID_HEX];
	size_t before = out->len;
	struct stat st;
	int rc;

	if (!archive_is_digest(digest))
		return diag_add(d, "'%.80s' is no digest: 64 hexadecimal digits", digest);
	rc = archive_name_find(archive, digest, name, &st, d);
	if (rc == 0 && archive_key_missing(archive, id))
		return diag_add(d, "%s: not found under the keys at hand; it may be sealed with the key %s, which "
		    "archive.key_file does not have", digest, id);
	if (rc == 1)
		rc = get_file(archive, name, digest, out, d);
	if (rc != 1)
		buf_truncate(out, before);
	return rc;
}
