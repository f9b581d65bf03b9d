/* SPDX-License-Identifier: BSD-2-Clause */
/* The file that remembers how far an export has come. */
#include "export/position.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "audit/tail.h"
#include "core/file.h"
#include "core/json.h"

#define POSITION_MAX 4096
#define PATH_SIZE 4096

int position_read(const char *path, int64_t *seq_r, struct diag *d)
{
	struct buf text = {0};
	json_t *value = NULL;
	int rc;

	if (access(path, F_OK) == -1 && errno == ENOENT)
		return 0;
	rc = file_read(path, POSITION_MAX, &text, d);
	if (rc == 0)
		value = json_loadb(text.data != NULL ? text.data : "", text.len, 0, NULL);
	if (rc == 0 && json_get_int(value, "seq", -1) < 0)
		rc = diag_add(d, "%s: no position of an export ({\"seq\":N}); correct or remove it", path);
	if (rc == 0)
		*seq_r = json_get_int(value, "seq", 0);
	json_decref(value);
	buf_free(&text);
	return rc == 0 ? 1 : -1;
}

static int sync_parent(const char *path, struct diag *d)
{
	const char *slash = strrchr(path, '/');
	char dir[PATH_SIZE] = ".";

	if (slash != NULL)
		snprintf(dir, sizeof(dir), "%.*s", slash == path ? 1 : (int)(slash - path), path);
	return audit_sync_dir(dir, d);
}

int position_write(const char *path, int64_t seq, struct diag *d)
{
	char text[64], next[PATH_SIZE];
	int fd, len = snprintf(text, sizeof(text), "{\"seq\":%" PRId64 "}\n", seq), rc = 0;

	if ((size_t)snprintf(next, sizeof(next), "%s.new", path) >= sizeof(next))
		return diag_add(d, "%.100s...: the path is too long", path);
	fd = open(next, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd == -1 || write(fd, text, (size_t)len) != len || fsync(fd) == -1)
		rc = diag_add(d, "%s: %s", next, strerror(errno));
	if (fd != -1)
		close(fd);
	if (rc == 0 && rename(next, path) == -1)
		rc = diag_add(d, "%s: %s", path, strerror(errno));
	return rc == 0 ? sync_parent(path, d) : -1;
}
