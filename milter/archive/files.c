/* SPDX-License-Identifier: BSD-2-Clause */
/* Names and directories of the archive, and the keys that it remembers. */
#include "archive/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PLAIN ".zst"
#define SEALED ".sealed"

bool archive_is_digest(const char *text)
{
	return strlen(text) == HASH_HEX_SIZE - 1 && strspn(text, "0123456789abcdef") == HASH_HEX_SIZE - 1;
}

static void name_make(char name_r[ARCHIVE_NAME_SIZE], const char *hex, const char *suffix)
{
	snprintf(name_r, ARCHIVE_NAME_SIZE, "%.2s/%s%s", hex, hex + 2, suffix);
}

size_t archive_name_count(const struct archive *archive)
{
	return keys_count(archive->keys) + 1;
}

void archive_name_nth(const struct archive *archive, size_t n, const char *digest, char name_r[ARCHIVE_NAME_SIZE])
{
	char hex[HASH_HEX_SIZE];

	if (n == keys_count(archive->keys)) {
		name_make(name_r, digest, PLAIN);
		return;
	}
	keys_name(archive->keys, n, digest, hex);
	name_make(name_r, hex, SEALED);
}

void archive_name_new(const struct archive *archive, const char *digest, char name_r[ARCHIVE_NAME_SIZE])
{
	archive_name_nth(archive, 0, digest, name_r);
}

static int name_try(const struct archive *archive, const char *name, struct stat *st_r, struct diag *d)
{
	if (fstatat(archive->fd, name, st_r, AT_SYMLINK_NOFOLLOW) == 0)
		return 1;
	return errno == ENOENT ? 0 : diag_add(d, "%s/%s: %s", archive->dir, name, strerror(errno));
}

int archive_name_find(const struct archive *archive, const char *digest, char name_r[ARCHIVE_NAME_SIZE],
    struct stat *st_r, struct diag *d)
{
	int rc = 0;

	for (size_t i = 0; i < archive_name_count(archive) && rc == 0; i++) {
		archive_name_nth(archive, i, digest, name_r);
		rc = name_try(archive, name_r, st_r, d);
	}
	return rc;
}

bool archive_name_sealed(const char *name)
{
	return slice_case_suffix(slice_str(name), SEALED);
}

/* ---- directories ---------------------------------------------------------------- */

int archive_sync_dir(const struct archive *archive, const char *name, struct diag *d)
{
	int fd = openat(archive->fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = fd != -1 ? fsync(fd) : -1;

	if (rc == -1)
		diag_add(d, "%s/%s: can't make its entries durable: %s", archive->dir, name, strerror(errno));
	if (fd != -1)
		close(fd);
	return rc;
}

int archive_make_dir(const struct archive *archive, const char *name, struct diag *d)
{
	if (mkdirat(archive->fd, name, 0700) == 0)
		return archive_sync_dir(archive, ".", d);
	return errno == EEXIST ? 0
	    : diag_add(d, "%s/%s: can't make the directory: %s", archive->dir, name, strerror(errno));
}

static int each_in(const struct archive *archive, const char *dir, archive_file_fn fn, void *arg, struct diag *d)
{
	int fd = openat(archive->fd, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = 0;
	DIR *handle = fd != -1 ? fdopendir(fd) : NULL;
	const struct dirent *entry;
	char name[512];

	if (handle == NULL) {
		if (fd != -1)
			close(fd);
		return errno == ENOENT ? 0 : diag_add(d, "%s/%s: %s", archive->dir, dir, strerror(errno));
	}
	while (rc == 0 && (entry = readdir(handle)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		snprintf(name, sizeof(name), "%s/%s", dir, entry->d_name);
		rc = fn(arg, name);
	}
	closedir(handle);
	return rc;
}

int archive_each(const struct archive *archive, archive_file_fn fn, void *arg, struct diag *d)
{
	char dir[3];
	int rc = 0;

	for (unsigned i = 0; i < 256 && rc == 0; i++) {
		snprintf(dir, sizeof(dir), "%02x", i);
		rc = each_in(archive, dir, fn, arg, d);
	}
	return rc;
}

/* ---- keys that were used ----------------------------------------------------------- */

int archive_key_note(const struct archive *archive, struct diag *d)
{
	char path[sizeof(ARCHIVE_KEYS) + KEY_ID_HEX] = ARCHIVE_KEYS "/";
	int fd;

	keys_id(archive->keys, 0, path + sizeof(ARCHIVE_KEYS));
	fd = openat(archive->fd, path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd == -1)
		return diag_add(d, "%s/%s: %s", archive->dir, path, strerror(errno));
	close(fd);
	return archive_sync_dir(archive, ARCHIVE_KEYS, d);
}

static bool is_known(const struct archive *archive, const char *id)
{
	char known[KEY_ID_HEX];

	for (size_t i = 0; i < keys_count(archive->keys); i++) {
		keys_id(archive->keys, i, known);
		if (strcmp(known, id) == 0)
			return true;
	}
	return false;
}

bool archive_key_missing(const struct archive *archive, char id_r[KEY_ID_HEX])
{
	int fd = openat(archive->fd, ARCHIVE_KEYS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *handle = fd != -1 ? fdopendir(fd) : NULL;
	const struct dirent *entry;
	bool missing = false;

	if (handle == NULL) {
		if (fd != -1)
			close(fd);
		return false;
	}
	while (!missing && (entry = readdir(handle)) != NULL) {
		missing = strlen(entry->d_name) == KEY_ID_HEX - 1 && !is_known(archive, entry->d_name);
		if (missing)
			memcpy(id_r, entry->d_name, KEY_ID_HEX);
	}
	closedir(handle);
	return missing;
}
