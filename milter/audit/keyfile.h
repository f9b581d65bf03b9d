/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_AUDIT_KEYFILE_H
#define POSTERN_AUDIT_KEYFILE_H

#include <sys/types.h>

#include "audit/sign.h"
#include "core/diag.h"

/* The signing key of a log as the daemon and the command line keep it: a secret file, and a list of public halves. */
struct keyfile {
	const char *secret_path, *public_path;
	uid_t owner; /* of a new secret file; (uid_t)-1: whoever makes it */
	gid_t group;
};

/* Makes the key and notes its public half, which goes to public_r. -1 when there is a key already, too. */
int keyfile_make(const struct keyfile *keyfile, char public_r[SIGN_KEY_HEX], struct diag *d);
/* As keyfile_make when there is none yet: 1; else 0. */
int keyfile_ensure(const struct keyfile *keyfile, char public_r[SIGN_KEY_HEX], struct diag *d);
/*
 * Loads the key and makes sure that its public half is in the list; where that can't be written a warning is
 * logged, since whoever verifies needs to be told otherwise.
 */
struct sign_key *keyfile_open(const struct keyfile *keyfile, struct diag *d);

#endif
