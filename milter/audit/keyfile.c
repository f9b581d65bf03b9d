/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a log's signing key lives, and that its public half is never lost. */
#include "audit/keyfile.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/log.h"

/* 1: noted, 0: was there, -1. */
static int note_public(const struct keyfile *keyfile, const struct sign_key *key, char public_r[SIGN_KEY_HEX],
    struct diag *d)
{
	char today[CLOCK_TEXT_SIZE];

	clock_format(today, sizeof(today), clock_now(&clock_system));
	sign_key_public(key, public_r);
	return sign_public_note(keyfile->public_path, public_r, today, d);
}

int keyfile_make(const struct keyfile *keyfile, char public_r[SIGN_KEY_HEX], struct diag *d)
{
	struct sign_key *key;
	int rc;

	if (sign_key_make(keyfile->secret_path, d) == -1)
		return -1;
	key = sign_key_load(keyfile->secret_path, d);
	rc = key != NULL && note_public(keyfile, key, public_r, d) != -1 ? 0 : -1;
	sign_key_free(&key);
	/* Not through a link: the owner may have put one there by now, where the folder is his. */
	if (rc == 0 && keyfile->owner != (uid_t)-1 && lchown(keyfile->secret_path, keyfile->owner, keyfile->group) == -1)
		rc = diag_add(d, "%s: can't give it to uid %u: %s", keyfile->secret_path, (unsigned)keyfile->owner,
		    strerror(errno));
	/* A key that nobody can use, or whose public half is nowhere, must not be found by the next start. */
	if (rc == -1)
		unlink(keyfile->secret_path);
	return rc;
}

int keyfile_ensure(const struct keyfile *keyfile, char public_r[SIGN_KEY_HEX], struct diag *d)
{
	struct stat st;

	if (stat(keyfile->secret_path, &st) == 0)
		return 0;
	if (errno != ENOENT)
		return diag_add(d, "%s: %s", keyfile->secret_path, strerror(errno));
	return keyfile_make(keyfile, public_r, d) == 0 ? 1 : -1;
}

struct sign_key *keyfile_open(const struct keyfile *keyfile, struct diag *d)
{
	struct sign_key *key = sign_key_load(keyfile->secret_path, d);
	char public[SIGN_KEY_HEX];
	struct diag why = {0};

	if (key == NULL)
		return NULL;
	switch (note_public(keyfile, key, public, &why)) {
	case 1:
		log_warning("audit: the public key %s was added to %s", public, keyfile->public_path);
		break;
	case -1:
		log_warning("audit: the public key %s is not in %s and can't be written there (%s): note it down, "
		    "'postern audit verify' needs it", public, keyfile->public_path, why.text);
		break;
	default:
		break;
	}
	return key;
}
