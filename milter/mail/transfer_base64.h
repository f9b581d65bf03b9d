/* SPDX-License-Identifier: BSD-2-Clause */
/* Private to this folder: base64 as transfer.c reads it. */
#ifndef POSTERN_MAIL_TRANSFER_BASE64_H
#define POSTERN_MAIL_TRANSFER_BASE64_H

#include <stdbool.h>
#include <stddef.h>

#include "core/slice.h"

/* The six bits that a character stands for; -1: none. */
int transfer_base64_value(unsigned char c);
/*
 * Decodes in to out, which has room bytes; *size_r: decoded bytes in all, also those for which there was no room.
 * Whether something in it does not belong there.
 */
bool transfer_base64(struct slice in, char *out, size_t room, size_t *size_r);

/*
 * What a processor can do of it in large steps: decodes groups of four characters, and steps over the line ends between
 * them, until something else comes or less is left than its step. Returns how many characters that were; *written_r: how many bytes
 * of out (room bytes; it may use what follows the written ones, too) are decoded ones.
 */
typedef size_t transfer_base64_wide(struct slice in, char *out, size_t room, size_t *written_r);
/* By AVX2; NULL: this processor has none. */
transfer_base64_wide *transfer_base64_avx2(void);
/* transfer_base64 with this one, or none (NULL), whatever the processor has: for tests. */
bool transfer_base64_by(transfer_base64_wide *wide, struct slice in, char *out, size_t room, size_t *size_r);

#endif
