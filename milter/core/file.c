/* SPDX-License-Identifier: BSD-2-Clause */
/* Whole files and directory listings, with errors that name the file. */
#include "core/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int file_read(const char *path, size_t max, struct buf *out, struct diag *d)
{
	int fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
	char piece[16384];
	size_t start = out->len;
	ssize_t n;

	if (fd == -1)
		return diag_add(d, "%s: %s", path, strerror(errno));
	while ((n = read(fd, piece, sizeof(piece))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			diag_add(d, "%s: %s", path, strerror(errno));
			break;
		}
		buf_add(out, piece, (size_t)n);
		if (out->failed || out->len - start > max) {
			n = diag_add(d, "%s: larger than %zu bytes", path, max);
			break;
		}
	}
	close(fd);
	return n < 0 ? -1 : 0;
}

int file_make_dirs(const char *path, unsigned mode, struct diag *d)
{
	char part[4096];
	size_t len = strlen(path);

	if (len >= sizeof(part))
		return diag_add(d, "%s: path too long", path);
	memcpy(part, path, len + 1);
	for (char *p = part + 1;; p++) {
		char end = *p;

		if (end != '/' && end != '\0')
			continue;
		*p = '\0';
		if (mkdir(part, mode) == -1 && errno != EEXIST)
			return diag_add(d, "%s: can't make the directory: %s", part, strerror(errno));
		*p = end;
		if (end == '\0')
			return 0;
	}
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int list_add(struct file_list *list, const char *dir, const char *name)
{
	char **paths = realloc(list->paths, (list->count + 1) * sizeof(*paths));
	size_t size = strlen(dir) + strlen(name) + 2;

	if (paths == NULL)
		return -1;
	list->paths = paths;
	paths[list->count] = malloc(size);
	if (paths[list->count] == NULL)
		return -1;
	snprintf(paths[list->count++], size, "%s/%s", dir, name);
	return 0;
}

static bool is_hidden(const char *name)
{
	return name[0] == '.';
}

static bool is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static bool has_suffix(const char *name, const char *suffix)
{
	size_t len = strlen(name), tail = strlen(suffix);

	return len > tail && strcmp(name + len - tail, suffix) == 0;
}

static int list_read(DIR *handle, const char *dir, const char *suffix, bool (*skipped)(const char *),
    struct file_list *out, struct diag *d)
{
	const struct dirent *entry;
	int rc = 0;

	while (rc == 0 && (entry = readdir(handle)) != NULL)
		if (!skipped(entry->d_name) && has_suffix(entry->d_name, suffix))
			rc = list_add(out, dir, entry->d_name);
	closedir(handle);
	if (rc == -1) {
		file_list_free(out);
		return diag_add(d, "%s: out of memory", dir);
	}
	if (out->count > 1)
		qsort(out->paths, out->count, sizeof(*out->paths), compare_names);
	return 0;
}

int file_list_dir(const char *dir, const char *suffix, struct file_list *out, struct diag *d)
{
	DIR *handle = opendir(dir);

	*out = (struct file_list){0};
	if (handle == NULL)
		return errno == ENOENT ? 0 : diag_add(d, "%s: %s", dir, strerror(errno));
	return list_read(handle, dir, suffix, is_hidden, out, d);
}

int file_list_all(const char *dir, struct file_list *out, struct diag *d)
{
	DIR *handle = opendir(dir);

	*out = (struct file_list){0};
	if (handle == NULL)
		return diag_add(d, "%s: %s", dir, strerror(errno));
	return list_read(handle, dir, "", is_dots, out, d);
}

void file_list_free(struct file_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->paths[i]);
	free(list->paths);
	*list = (struct file_list){0};
}
