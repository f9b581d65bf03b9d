/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_CORE_HASH_H
#define POSTERN_CORE_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "core/slice.h"

#define HASH_SIZE 32
#define HASH_HEX_SIZE 65 /* with the NUL */
#define ID_TEXT_SIZE 21  /* with the NUL */

/* Prepares the library; call once at start. 0, or -1 when it is unusable. */
int hash_init(void);
/* SHA-256 of data, in hex, into hex (HASH_HEX_SIZE bytes). */
void hash_hex(char *hex, struct slice data);
/* The same over data that comes piece by piece: begin, add, add ..., end (which wipes the state). */
struct hash_state {
	_Alignas(16) unsigned char room[128]; /* the library's own */
};
void hash_begin(struct hash_state *state);
void hash_add(struct hash_state *state, struct slice data);
void hash_end(struct hash_state *state, char *hex);
/* SHA-256 of data, in base64, into text (BASE64_SIZE(HASH_SIZE) bytes). */
void hash_base64(char *text, struct slice data);
/* SHA-256 over several pieces, each preceded by its length. */
void hash_hex_parts(char *hex, const struct slice *parts, size_t count);
/* Keyed hash (BLAKE2b) for stable tokens in redacted logs; 16 hex digits. */
void hash_token(char token[17], struct slice key, struct slice data);
/* A short keyed hash (SipHash-2-4) for tables and fingerprints, many at a time. */
#define HASH_SHORT_KEY 16
uint64_t hash_short(const unsigned char key[HASH_SHORT_KEY], const void *data, size_t len);
/* A key for hash_short out of a secret, for one purpose; an empty secret gives a key that everybody can make. */
void hash_short_key(unsigned char key[HASH_SHORT_KEY], struct slice secret, const char *purpose);
/* Base64 of len bytes, with the NUL: BASE64_SIZE(len) bytes at out. */
#define BASE64_SIZE(len) (((len) + 2) / 3 * 4 + 1)
void base64_write(char *out, const void *data, size_t len);
/* The bytes of text into out (size bytes); *len_r: how many. -1: it is no base64, or longer. */
int base64_read(void *out, size_t size, struct slice text, size_t *len_r);
/*
 * A new unique id (20 characters, upper-case base 32): 40 bits of time in
 * seconds, then 60 random ones; sorts by time. For audit records, replies.
 */
void id_new(char id[ID_TEXT_SIZE], long long now);
/* The second at which id_new made id; -1: it is no such id. */
long long id_time(const char *id);

#endif
