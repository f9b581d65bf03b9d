/* SPDX-License-Identifier: BSD-2-Clause */
/* What base64 is, a character after the other: the decoder that others are held against. */
#ifndef POSTERN_TESTS_BASE64_SLOWLY_H
#define POSTERN_TESTS_BASE64_SLOWLY_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/*
 * Decodes len bytes to out, which has room for as many: junk is stepped over, each '=' ends a group. *size_r: the
 * decoded bytes. Whether something does not belong there.
 */
static inline bool base64_slowly(const char *in, size_t len, char *out, size_t *size_r)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	bool damaged = false, ended = false;
	unsigned bits = 0, count = 0;

	*size_r = 0;
	for (size_t i = 0; i < len; i++) {
		const char *at = in[i] != '\0' ? strchr(alphabet, in[i]) : NULL;

		if (in[i] == '=') {
			damaged = damaged || count == 1;
			ended = true;
			count = 0;
		} else if (at == NULL) {
			damaged = damaged || in[i] == '\0' || strchr(" \t\r\n", in[i]) == NULL;
		} else {
			damaged = damaged || ended;
			bits = (bits << 6 | (unsigned)(at - alphabet)) & 0xFFFFFF;
			count = count + 1;
			if (count > 1)
				out[(*size_r)++] = (char)(bits >> (8 - 2 * count));
			count %= 4;
		}
	}
	return damaged || count == 1;
}

#endif
