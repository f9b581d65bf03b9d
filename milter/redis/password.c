/* SPDX-License-Identifier: BSD-2-Clause */
/* Passwords come from files that others can't read, never from postern.conf, which many may. */
#include "redis/conn.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PASSWORD_MAX 1024

static int check_mode(int fd, const char *path, struct diag *d)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return diag_add(d, "%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return diag_add(d, "%s: a password file must be a regular file", path);
	if ((st.st_mode & (S_IRWXO | S_IWGRP | S_IXGRP)) != 0)
		return diag_add(d, "%s: mode %04o lets others read or change the password; \"chmod 0640\" or 0600 it",
		    path, (unsigned)(st.st_mode & 07777));
	return 0;
}

static int read_line(int fd, const char *path, struct buf *password, struct diag *d)
{
	char text[PASSWORD_MAX + 1];
	ssize_t n = read(fd, text, sizeof(text));
	const char *end = n > 0 ? memchr(text, '\n', (size_t)n) : NULL;
	size_t len = end != NULL ? (size_t)(end - text) : n > 0 ? (size_t)n : 0;

	if (len > 0 && text[len - 1] == '\r')
		len--;
	if (n >= 0 && len > 0 && len <= PASSWORD_MAX)
		buf_add(password, text, len);
	explicit_bzero(text, sizeof(text));
	if (n < 0)
		return diag_add(d, "%s: %s", path, strerror(errno));
	if (len == 0 || len > PASSWORD_MAX)
		return diag_add(d, "%s: expected a password of 1 to %d bytes in the first line", path, PASSWORD_MAX);
	return password->failed ? diag_add(d, "memory is out") : 0;
}

int conn_password(const char *path, struct buf *password_r, struct diag *d)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), result;

	if (fd == -1)
		return diag_add(d, "%s: %s", path, strerror(errno));
	result = check_mode(fd, path, d);
	if (result == 0)
		result = read_line(fd, path, password_r, d);
	close(fd);
	return result;
}
