/* SPDX-License-Identifier: BSD-2-Clause */
/* Removes files; that they may go is somebody else's word, and on record before. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive/files.h"

struct removal {
	struct archive *archive;
	int64_t now;
	bool touched[256]; /* directories that lost a file */
	size_t removed;
	struct diag *d;
};

/*
 * Under the lock that "it is there already" takes, too: either the file is young by then and stays, or it is gone and
 * is written anew.
 */
static int remove_one(struct removal *r, const char *digest)
{
	struct archive *archive = r->archive;
	char name[ARCHIVE_NAME_SIZE];
	struct stat st;
	int rc;

	pthread_mutex_lock(&archive->lock);
	/* Under an older key, or unsealed, it may be there a second time: where the first one was damaged. */
	while ((rc = archive_name_find(archive, digest, name, &st, r->d)) == 1) {
		if (st.st_mtime > r->now - ARCHIVE_YOUNG_S)
			break;
		if (unlinkat(archive->fd, name, 0) == -1) {
			rc = diag_add(r->d, "%s/%s: can't be removed: %s", archive->dir, name, strerror(errno));
			break;
		}
		name[2] = '\0';
		r->touched[strtoul(name, NULL, 16) & 0xFF] = true;
		r->removed++;
	}
	pthread_mutex_unlock(&archive->lock);
	return rc == -1 ? -1 : 0;
}

static int sync_touched(const struct removal *r)
{
	char dir[3];
	int rc = 0;

	for (unsigned i = 0; i < 256; i++) {
		snprintf(dir, sizeof(dir), "%02x", i);
		if (r->touched[i] && archive_sync_dir(r->archive, dir, r->d) == -1)
			rc = -1;
	}
	return rc;
}

int archive_remove(struct archive *archive, const char *const *digests, int64_t now, size_t *removed_r, struct diag *d)
{
	struct removal r = {.archive = archive, .now = now, .d = d};
	int rc = 0;

	*removed_r = 0;
	if (archive->lock_fd == -1)
		return diag_add(d, "%s: opened for reading only", archive->dir);
	for (; *digests != NULL; digests++)
		if (archive_is_digest(*digests) && remove_one(&r, *digests) == -1)
			rc = -1;
	if (sync_touched(&r) == -1)
		rc = -1;
	*removed_r = r.removed;
	return rc;
}
