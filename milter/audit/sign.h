/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_AUDIT_SIGN_H
#define POSTERN_AUDIT_SIGN_H

#include <stdbool.h>
#include <stddef.h>

#include "core/diag.h"
#include "core/slice.h"

/*
 * Ed25519 signatures (RFC 8032) of the audit log's checkpoints and of what is made from it. A file with a secret key
 * has one line, the key's 32-byte seed in hex; a file with public keys has one key in hex a line, the newest
 * last, "#" begins a comment.
 */
#define SIGN_KEY_HEX 65 /* a public key in hex, with the NUL */
#define SIGN_HEX 129    /* a signature in hex, with the NUL */

/* A secret key, in memory that is not swapped out and has guard pages around it. */
struct sign_key;

/*
 * Reads the secret key at path: a plain file that belongs to root or the caller's user (root may read anybody's) and
 * that nobody else may read. NULL with the reason.
 */
struct sign_key *sign_key_load(const char *path, struct diag *d);
/* Makes a new key at path, mode 0600, durable when it returns. Never writes over what is there: -1. */
int sign_key_make(const char *path, struct diag *d);
/* Wipes and frees the key. */
void sign_key_free(struct sign_key **key);
/* The public half, in hex. */
void sign_key_public(const struct sign_key *key, char hex_r[SIGN_KEY_HEX]);

/*
 * Signs data; the same data always gives the same signature. data begins with a line that names its purpose
 * ("postern audit checkpoint 1\n"), so that a signature for one can't be used for another.
 */
int sign_make(const struct sign_key *key, struct slice data, char hex_r[SIGN_HEX], struct diag *d);
/* Whether signature_hex was made over data by the owner of public_hex. Anything malformed is false. */
bool sign_check(const char *public_hex, struct slice data, const char *signature_hex);

/* Public keys that somebody trusts. Zero-initialised is empty. */
struct sign_keys {
	char (*keys)[SIGN_KEY_HEX];
	size_t count;
};
/* Adds what text names: a key in hex, or a file of public keys (one at least). 0, or -1 with the reason. */
int sign_keys_add(struct sign_keys *keys, const char *text, struct diag *d);
/* Whether public_hex is one of them. */
bool sign_keys_have(const struct sign_keys *keys, const char *public_hex);
void sign_keys_free(struct sign_keys *keys);
/*
 * Adds a key to the file of public keys at path (mode 0644, made when absent), unless it is there. since, a
 * date as text, is written beside it. 1: added, 0: was there, -1 with the reason.
 */
int sign_public_note(const char *path, const char *public_hex, const char *since, struct diag *d);

#endif
