/* SPDX-License-Identifier: BSD-2-Clause */
/* A pack onto the disk: whole, or not at all. */
#include "evidence/pack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"

#define FOLDER_MODE 0700
#define FILE_MODE 0600

struct writing {
	const char *dir;  /* the temporary one */
	int fd;           /* of it */
	struct timespec times[2];
	struct diag *d;
};

static int fail(const struct writing *writing, const char *name)
{
	return diag_add(writing->d, "%s/%s: %s", writing->dir, name, strerror(errno));
}

static int write_all(int fd, struct slice data)
{
	while (data.len > 0) {
		ssize_t n = write(fd, data.ptr, data.len);

		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		data = slice_sub(data, (size_t)n, SIZE_MAX);
	}
	return 0;
}

static int make_folder(const struct writing *writing, const char *name)
{
	const char *slash = strchr(name, '/');
	char folder[64];

	if (slash == NULL)
		return 0;
	if ((size_t)(slash - name) >= sizeof(folder))
		return diag_add(writing->d, "%s: name too long", name);
	memcpy(folder, name, (size_t)(slash - name));
	folder[slash - name] = '\0';
	return mkdirat(writing->fd, folder, FOLDER_MODE) == 0 || errno == EEXIST ? 0 : fail(writing, folder);
}

static int write_file(const struct writing *writing, const struct pack_file *file)
{
	int fd, rc;

	if (make_folder(writing, file->name) == -1)
		return -1;
	fd = openat(writing->fd, file->name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
	if (fd == -1)
		return fail(writing, file->name);
	/* The umask may take more away; a pack's modes are the same everywhere. */
	rc = write_all(fd, buf_slice(&file->content)) == -1 || fchmod(fd, FILE_MODE) == -1 ||
	    futimens(fd, writing->times) == -1 || fsync(fd) == -1 ? fail(writing, file->name) : 0;
	if (close(fd) == -1 && rc == 0)
		rc = fail(writing, file->name);
	return rc;
}

/* A folder's time changes with what is put into it, so it is set last. */
static int finish_folder(const struct writing *writing, const char *name)
{
	int fd = openat(writing->fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW), rc;

	if (fd == -1)
		return fail(writing, name);
	rc = fchmod(fd, FOLDER_MODE) == -1 || futimens(fd, writing->times) == -1 || fsync(fd) == -1 ? fail(writing, name) : 0;
	close(fd);
	return rc;
}

static int finish_folders(const struct writing *writing, const struct pack *pack)
{
	const char *last = "";
	char folder[64];

	for (size_t i = 0; i < pack->count; i++) {
		const char *slash = strchr(pack->files[i].name, '/');

		if (slash == NULL || strncmp(last, pack->files[i].name, (size_t)(slash - pack->files[i].name) + 1) == 0)
			continue;
		last = pack->files[i].name;
		snprintf(folder, sizeof(folder), "%.*s", (int)(slash - last), last);
		if (finish_folder(writing, folder) == -1)
			return -1;
	}
	return finish_folder(writing, ".");
}

static void remove_all(const struct writing *writing, const struct pack *pack)
{
	for (size_t i = 0; i < pack->count; i++)
		unlinkat(writing->fd, pack->files[i].name, 0);
	for (size_t i = 0; i < pack->count; i++) {
		const char *slash = strchr(pack->files[i].name, '/');
		char folder[64];

		if (slash == NULL)
			continue;
		snprintf(folder, sizeof(folder), "%.*s", (int)(slash - pack->files[i].name), pack->files[i].name);
		unlinkat(writing->fd, folder, AT_REMOVEDIR);
	}
	rmdir(writing->dir);
}

static int check_target(const char *dir, struct diag *d)
{
	struct file_list list;
	struct stat st;
	size_t count;

	if (lstat(dir, &st) == -1)
		return errno == ENOENT ? 0 : diag_add(d, "%s: %s", dir, strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return diag_add(d, "%s: exists and is no directory", dir);
	if (file_list_all(dir, &list, d) == -1)
		return -1;
	count = list.count;
	file_list_free(&list);
	return count == 0 ? 0 : diag_add(d, "%s: not empty; evidence is written to a new directory or an empty one", dir);
}

/* Makes the entry itself durable. */
static void sync_parent(const char *dir)
{
	char parent[4096];
	const char *slash = strrchr(dir, '/');
	int fd;

	snprintf(parent, sizeof(parent), "%.*s", slash != NULL && slash != dir ? (int)(slash - dir) : 1,
	    slash != NULL ? dir : ".");
	fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return;
	fsync(fd);
	close(fd);
}

static int write_pack(struct writing *writing, const struct pack *pack, const char *target)
{
	for (size_t i = 0; i < pack->count; i++)
		if (write_file(writing, &pack->files[i]) == -1)
			return -1;
	if (finish_folders(writing, pack) == -1)
		return -1;
	if (rename(writing->dir, target) == -1)
		return diag_add(writing->d, "%s: %s", target, strerror(errno));
	sync_parent(target);
	return 0;
}

/* A folder's name without slashes at its end. */
static int copy_name(char *out, size_t size, const char *dir, struct diag *d)
{
	size_t len = strlen(dir);

	while (len > 1 && dir[len - 1] == '/')
		len--;
	if (len == 0 || len + 1 > size)
		return diag_add(d, "'%.200s': no name for a directory", dir);
	memcpy(out, dir, len);
	out[len] = '\0';
	return 0;
}

int pack_write(const struct pack *pack, const char *dir, int64_t time, struct diag *d)
{
	struct writing writing = {.times = {{.tv_sec = time}, {.tv_sec = time}}, .d = d};
	char target[4000], temporary[4096];
	int rc;

	if (copy_name(target, sizeof(target), dir, d) == -1 || check_target(target, d) == -1)
		return -1;
	snprintf(temporary, sizeof(temporary), "%s.tmp-XXXXXX", target);
	if (mkdtemp(temporary) == NULL)
		return diag_add(d, "%s: %s", temporary, strerror(errno));
	writing.dir = temporary;
	writing.fd = open(temporary, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	rc = writing.fd != -1 ? write_pack(&writing, pack, target) : fail(&writing, ".");
	if (rc == -1 && writing.fd != -1)
		remove_all(&writing, pack);
	if (writing.fd != -1)
		close(writing.fd);
	return rc;
}
