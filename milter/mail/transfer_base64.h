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

#endif
