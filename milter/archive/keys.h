/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_ARCHIVE_KEYS_H
#define POSTERN_ARCHIVE_KEYS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/diag.h"
#include "core/hash.h"
#include "core/slice.h"

/*
 * Encryption at rest: XChaCha20-Poly1305 in pieces (libsodium's secretstream). keys.c is the one file of the room
 * that includes the library.
 *
 * A sealed file: "PSTNARC1", the key's id (8 bytes), the stream's header (24 bytes), then pieces of SEAL_PIECE bytes,
 * each with 17 bytes more; the last one is shorter or as long, and marked as the last. Magic and id are part
 * of what is authenticated.
 */
struct keys;

#define KEYS_MAX 16
#define KEY_ID_HEX 17 /* with the NUL */
#define SEAL_PIECE ((size_t)65536)
#define SEAL_EXTRA ((size_t)17)
#define SEAL_HEAD ((size_t)40)

/*
 * Reads a key file: a key a line, 64 hexadecimal digits; '#' begins a comment. What is written is sealed with the
 * first one, the others open older files. The file must belong to root or the process's user, and nobody else may
 * write it, nor others than its group read it. NULL with file, line and reason.
 */
struct keys *keys_load(const char *path, struct diag *d);
void keys_free(struct keys **keys);
size_t keys_count(const struct keys *keys);
/* The id of the n-th key: says which one it is, nothing about it. */
void keys_id(const struct keys *keys, size_t n, char id_r[KEY_ID_HEX]);
/* The name that a message has under the n-th key: a keyed hash of its digest. */
void keys_name(const struct keys *keys, size_t n, const char *digest, char name_r[HASH_HEX_SIZE]);

/* A stream being sealed or opened. */
struct seal;
void seal_free(struct seal **seal);
/* Begins one with the first key; head_r gets SEAL_HEAD bytes. NULL: out of memory. */
struct seal *seal_begin(const struct keys *keys, unsigned char *head_r);
/* Seals a piece; out has room for piece.len + SEAL_EXTRA bytes, all of which are written. */
int seal_piece(struct seal *seal, struct slice piece, bool last, unsigned char *out);
/* Begins to open what has this head. NULL with the reason: not one of ours, or sealed with a key that is not here. */
struct seal *seal_open(const struct keys *keys, const unsigned char *head, struct diag *d);
/* Opens a sealed piece into out (len - SEAL_EXTRA bytes); *last_r: no other follows. -1: changed, or of another file. */
int seal_open_piece(struct seal *seal, struct slice sealed, unsigned char *out, bool *last_r);
/* The id of the key in a head; -1 when it is no head of a sealed file. */
int seal_head_id(const unsigned char *head, char id_r[KEY_ID_HEX]);

#endif
