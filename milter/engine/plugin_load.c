/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Turns a plugin's file into code that runs. The file is read once, hashed and
 * mapped from a sealed copy in memory: what was checked is what runs, and a
 * file replaced on disk later can neither crash the process (cp over a mapped
 * file) nor be mistaken for the old code (dlopen of the same path). Nothing
 * is ever unmapped, since a plugin may have left threads or handlers behind.
 */
#include "engine/plugin.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/buf.h"

/* Far above any plugin; a bound for a path that names something else. */
#define FILE_MAX_BYTES ((size_t)256 << 20)
#define PREFIX_SIZE (offsetof(struct postern_plugin, name) + sizeof(const char *))

/*
 * Images are process-wide, because dlopen's list is: the same bytes are mapped
 * once, however many reloads ask for them. The descriptor of an image stays
 * open: glibc also compares names, so the number in "/proc/self/fd/N" must
 * not come back for another image, and debuggers find the symbols through it.
 */
struct image {
	struct image *next;
	void *handle;
	char sha256[HASH_HEX_SIZE];
};

static pthread_mutex_t images_lock = PTHREAD_MUTEX_INITIALIZER;
static struct image *images;
static size_t image_count;

__attribute__((format(printf, 3, 4)))
static int refuse(const struct config_plugin *config, struct diag *d, const char *fmt, ...)
{
	char reason[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	if (config->file == NULL)
		return diag_add(d, "%s: %s", config->path, reason);
	return diag_at(d, config->file, config->line, "%s: %s", config->path, reason);
}

/* The directory that really holds the file, symbolic links resolved. */
static int check_directory(const struct config_plugin *config, int fd, struct diag *d)
{
	char link[64], path[PATH_MAX];
	struct stat st;
	ssize_t n;
	char *slash;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (n < 0)
		return 0; /* no /proc: the file's own mode was checked */
	path[n] = '\0';
	slash = strrchr(path, '/');
	if (slash == NULL)
		return 0;
	slash[slash == path] = '\0';
	if (stat(path, &st) != 0)
		return refuse(config, d, "its directory %s: %s", path, strerror(errno));
	if ((st.st_mode & S_IWOTH) && !(st.st_mode & S_ISVTX))
		return refuse(config, d, "its directory %s is writable by everybody: chmod o-w it", path);
	return 0;
}

static int check_file(const struct config_plugin *config, int fd, struct diag *d)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return refuse(config, d, "%s", strerror(errno));
	if (!S_ISREG(st.st_mode))
		return refuse(config, d, "is not a regular file");
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return refuse(config, d, "belongs to user %u: it must belong to root or to the user that Postern runs as",
		    (unsigned)st.st_uid);
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		return refuse(config, d, "is writable by group or others (mode %04o): chmod go-w it",
		    (unsigned)(st.st_mode & 07777));
	return check_directory(config, fd, d);
}

static int read_all(const struct config_plugin *config, int fd, struct buf *out, struct diag *d)
{
	char piece[65536];
	ssize_t n;

	out->max = FILE_MAX_BYTES;
	while ((n = read(fd, piece, sizeof(piece))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return refuse(config, d, "%s", strerror(errno));
		buf_add(out, piece, (size_t)n);
		if (out->failed)
			return refuse(config, d, "is too large or memory is out");
	}
	return 0;
}

/* The checked file's bytes. Opened once: what was checked is what is read. */
static int read_file(const struct config_plugin *config, struct buf *out, struct diag *d)
{
	/* O_NONBLOCK: opening a FIFO must not wait for its writer. */
	int fd = open(config->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int rc;

	if (fd == -1)
		return refuse(config, d, "%s", strerror(errno));
	rc = check_file(config, fd, d);
	if (rc == 0)
		rc = read_all(config, fd, out, d);
	close(fd);
	return rc;
}

static int write_all(int fd, struct slice data)
{
	while (data.len > 0) {
		ssize_t n = write(fd, data.ptr, data.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		data = slice_sub(data, (size_t)n, data.len);
	}
	return 0;
}

/* A sealed copy in memory; -1 where the system refuses. */
static int sealed_copy(const char *name, struct slice data)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd == -1)
		return -1;
	if (write_all(fd, data) == 0 &&
	    fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) == 0)
		return fd;
	close(fd);
	return -1;
}

/* The fallback: a copy that only this user can write, unlinked at once after it was mapped. */
static int private_copy(const char *dir, struct slice data, char *path, size_t size)
{
	int fd;

	snprintf(path, size, "%s/plugin-XXXXXX", dir);
	fd = mkostemp(path, O_CLOEXEC);
	if (fd == -1)
		return -1;
	if (write_all(fd, data) == 0 && fchmod(fd, 0500) == 0)
		return fd;
	unlink(path);
	close(fd);
	return -1;
}

static void *open_sealed(const char *name, struct slice data)
{
	int fd = sealed_copy(name, data);
	char path[64];
	void *handle;

	if (fd == -1)
		return NULL;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (handle == NULL)
		close(fd); /* nothing was mapped: the number may be used again */
	return handle;
}

static void *open_private(const char *dir, struct slice data)
{
	char path[PATH_MAX];
	int fd = dir != NULL ? private_copy(dir, data, path, sizeof(path)) : -1;
	void *handle;

	if (fd == -1)
		return NULL;
	handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	unlink(path);
	close(fd);
	return handle;
}

/* dlerror's text without the name of our copy in front. */
static void dl_reason(char *out, size_t size)
{
	const char *text = dlerror();
	const char *colon;

	if (text == NULL)
		text = "no memory file and no private copy could be made";
	colon = strstr(text, ": ");
	if (text[0] == '/' && colon != NULL)
		text = colon + 2;
	snprintf(out, size, "%s", text);
}

/* Maps the bytes, or finds them mapped. Holds the lock over dlerror too. */
static void *image_open(const struct config_plugin *config, const char *spool_dir,
    struct slice data, const char *sha256, struct diag *d)
{
	struct image *image;
	char reason[512];

	for (image = images; image != NULL; image = image->next)
		if (strcmp(image->sha256, sha256) == 0)
			return image->handle;
	image = calloc(1, sizeof(*image));
	if (image == NULL) {
		refuse(config, d, "out of memory");
		return NULL;
	}
	image->handle = open_sealed(config->name, data);
	if (image->handle == NULL)
		dl_reason(reason, sizeof(reason));
	if (image->handle == NULL)
		image->handle = open_private(spool_dir, data);
	if (image->handle == NULL) {
		refuse(config, d, "can't be loaded: %s", reason);
		free(image);
		return NULL;
	}
	snprintf(image->sha256, sizeof(image->sha256), "%s", sha256);
	image->next = images;
	images = image;
	image_count++;
	return image->handle;
}

size_t plugin_images(void)
{
	size_t n;

	pthread_mutex_lock(&images_lock);
	n = image_count;
	pthread_mutex_unlock(&images_lock);
	return n;
}

/* The exported constant and how many bytes the file has for it. */
static const void *find_symbol(void *handle, size_t *size_r)
{
	void *symbol = dlsym(handle, "postern_plugin");
	const ElfW(Sym) *elf = NULL;
	Dl_info info;

	*size_r = SIZE_MAX;
	if (symbol != NULL && dladdr1(symbol, &info, (void **)&elf, RTLD_DL_SYMENT) != 0 && elf != NULL)
		*size_r = elf->st_size;
	return symbol;
}

/* In this order, and nothing past the prefix is read before all of it holds. */
static int read_description(const struct config_plugin *config, const void *symbol,
    size_t symbol_size, struct postern_plugin *desc, struct diag *d)
{
	struct postern_plugin prefix = {.magic = 0};

	if (symbol == NULL)
		return refuse(config, d, "exports no 'postern_plugin': it is no Postern plugin");
	if (symbol_size < PREFIX_SIZE)
		return refuse(config, d, "its 'postern_plugin' has %zu bytes: it is no Postern plugin", symbol_size);
	memcpy(&prefix, symbol, PREFIX_SIZE);
	if (prefix.magic != POSTERN_MAGIC)
		return refuse(config, d, "its 'postern_plugin' does not start with POSTERN_MAGIC: it is no Postern plugin");
	if (prefix.abi_major != POSTERN_ABI_MAJOR)
		return refuse(config, d, "is for plugin interface %u.%u, this Postern has %u.%u: rebuild it against the installed header",
		    (unsigned)prefix.abi_major, (unsigned)prefix.abi_minor, (unsigned)POSTERN_ABI_MAJOR, (unsigned)POSTERN_ABI_MINOR);
	if (prefix.abi_minor > POSTERN_ABI_MINOR)
		return refuse(config, d, "is for plugin interface %u.%u, this Postern has %u.%u: update Postern, or rebuild it against the installed header",
		    (unsigned)prefix.abi_major, (unsigned)prefix.abi_minor, (unsigned)POSTERN_ABI_MAJOR, (unsigned)POSTERN_ABI_MINOR);
	if (prefix.size < PREFIX_SIZE || prefix.size > symbol_size)
		return refuse(config, d, "says that its description has %u bytes, %s: rebuild it against the installed header",
		    (unsigned)prefix.size, prefix.size < PREFIX_SIZE ? "fewer than any version's" : "more than the file holds");
	memset(desc, 0, sizeof(*desc));
	memcpy(desc, symbol, prefix.size < sizeof(*desc) ? prefix.size : sizeof(*desc));
	return 0;
}

static int check_pin(const struct config_plugin *config, const char *sha256, struct diag *d)
{
	if (config->sha256 == NULL || strcasecmp(config->sha256, sha256) == 0)
		return 0;
	return refuse(config, d, "its SHA-256 is %s, but %s is pinned", sha256, config->sha256);
}

int plugin_load(const struct config_plugin *config, const char *spool_dir, struct loaded_plugin *out, struct diag *d)
{
	struct buf file = {0};
	const void *symbol;
	size_t size;
	void *handle;
	int rc = -1;

	if (read_file(config, &file, d) != 0)
		goto done;
	hash_hex(out->sha256, buf_slice(&file));
	if (check_pin(config, out->sha256, d) != 0)
		goto done;
	pthread_mutex_lock(&images_lock);
	handle = image_open(config, spool_dir, buf_slice(&file), out->sha256, d);
	symbol = handle != NULL ? find_symbol(handle, &size) : NULL;
	pthread_mutex_unlock(&images_lock);
	if (handle == NULL || read_description(config, symbol, size, &out->desc, d) != 0 ||
	    plugin_check(config, &out->desc, d) != 0)
		goto done;
	out->loaded = true;
	rc = 0;
done:
	buf_free(&file);
	return rc;
}
