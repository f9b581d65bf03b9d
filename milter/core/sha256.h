/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_CORE_SHA256_H
#define POSTERN_CORE_SHA256_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * SHA-256 by the processor's own instructions (x86-64 with SHA extensions), several times as fast as the library's.
 * For core/hash.c only, which takes the library where there are none.
 */
struct sha256 {
	uint32_t state[8];
	uint64_t len; /* bytes so far */
	unsigned char rest[64];
};

/* Whether the processor can; asked once. */
bool sha256_usable(void);
void sha256_begin(struct sha256 *hash);
void sha256_add(struct sha256 *hash, const void *data, size_t len);
/* Writes 32 bytes. */
void sha256_end(struct sha256 *hash, unsigned char *sum);

#endif
