/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_ARCHIVE_ARCHIVE_H
#define POSTERN_ARCHIVE_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/diag.h"
#include "core/hash.h"
#include "core/slice.h"

/*
 * Raw messages as files, named after what is in them: DIR/ab/cdef....zst, where abcdef... is the SHA-256 of the
 * message (an ordinary file of zstd's), or with a key DIR/xy/z....sealed, named by a keyed hash of it. The same message
 * is kept once. One process writes; others may read beside it. Thread-safe.
 */
struct archive;

struct archive_config {
	const char *dir;
	const char *key_file; /* NULL: what is stored is not encrypted */
};

/* What limits.message_size may be at most (1 GiB), and the byte that shows that it was passed. */
#define ARCHIVE_MESSAGE_MAX (((size_t)1 << 30) + 1)

/*
 * Opens the archive; for writing makes its directories and takes its lock, so that two daemons never share one.
 * NULL with the reason: another process writes, no permission, a key file that others can read or that holds no key.
 */
struct archive *archive_open(const struct archive_config *config, bool read_only, struct diag *d);
void archive_close(struct archive **archive);

/*
 * Stores a message; digest_r is the hex SHA-256 of exactly these bytes. On the disk (file and directory) when it
 * returns. A message that is there already is stored only when its file is damaged, and else made young again
 * (archive_remove). -1 with the reason: it may not be there.
 */
int archive_put(struct archive *archive, struct slice message, char digest_r[HASH_HEX_SIZE], struct diag *d);
/*
 * 1: found, its bytes are added to out and fit the digest; 0: it is not there; -1 with the reason: damaged, unreadable,
 * larger than out->max, or sealed with a key that the key file does not have. On 0 and -1 out is as before.
 */
int archive_get(struct archive *archive, const char *digest, struct buf *out, struct diag *d);

/* So long after it was put (again) no file is removed: its message may be on its way to the log. Seconds. */
#define ARCHIVE_YOUNG_S 3600
/*
 * Removes the files of digests (hex, one after the other; NULL-terminated list), durably. What is not there, or was put
 * within ARCHIVE_YOUNG_S before now, is passed over. *removed_r: how many went. -1 with the reason after trying all.
 */
int archive_remove(struct archive *archive, const char *const *digests, int64_t now, size_t *removed_r, struct diag *d);

#endif
