/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_EVIDENCE_PACK_H
#define POSTERN_EVIDENCE_PACK_H

#include <stddef.h>
#include <stdint.h>

#include "audit/sign.h"
#include "core/buf.h"
#include "core/diag.h"
#include "core/json.h"
#include "evidence/evidence.h"

/*
 * A pack: files with their sums and a signature over these. The sums are of every file but SHA256SUMS and its
 * signature; SHA256SUMS begins with PACK_PURPOSE, a comment for sha256sum(1), so that a signature over it
 * can't be one over anything else.
 */
#define PACK_PURPOSE "# postern evidence 1\n"
#define PACK_SUMS "SHA256SUMS"
#define PACK_SIGNATURE "SHA256SUMS.sig"
#define PACK_MANIFEST "manifest.json"
#define PACK_KEY "public-key.pem"
#define PACK_RECORDS "audit/records.jsonl"

struct pack_file {
	char *name; /* below the pack's folder; at most one folder deep */
	const char *what; /* a line for the manifest; static */
	struct buf content;
};

/* Zero-initialised is empty. Freed with pack_free. */
struct pack {
	struct pack_file *files;
	size_t count;
};

/* A new file with that name; its content is to be added to. NULL when memory is out. */
struct buf *pack_add(struct pack *pack, const char *name, const char *what);
void pack_free(struct pack *pack);

/*
 * Adds manifest.json (about: its first members; taken over), and unless key is NULL the public key; then SHA256SUMS and
 * its signature. No file may be added after it. 0, or -1 with the reason.
 */
int pack_seal(struct pack *pack, json_t *about, const struct sign_key *key, struct diag *d);

/*
 * Writes the pack to a folder that does not exist, or is empty: into a new one beside it, which is renamed when all is
 * on the disk. Folders 0700, files 0600, their times are time (seconds UTC). 0, or -1 with the reason.
 */
int pack_write(const struct pack *pack, const char *dir, int64_t time, struct diag *d);

#endif
