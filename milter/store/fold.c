/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lower case without a locale, for the letters that customers' names are
 * written with. Scripts without case are left as they are.
 */
#include "store/fold.h"

#include <stdint.h>

#include "core/text.h"

static unsigned long lower(unsigned long cp)
{
	if ((cp >= 'A' && cp <= 'Z') || (cp >= 0xC0 && cp <= 0xDE && cp != 0xD7) ||
	    (cp >= 0x391 && cp <= 0x3AB && cp != 0x3A2) || (cp >= 0x410 && cp <= 0x42F))
		return cp + 32;
	if (cp >= 0x400 && cp <= 0x40F)
		return cp + 80;
	/* Pairs of capital and small letter; which of the two is even changes twice. */
	if ((cp >= 0x100 && cp <= 0x137 && cp != 0x130) || (cp >= 0x14A && cp <= 0x177) || (cp >= 0x460 && cp <= 0x481) ||
	    (cp >= 0x1E00 && cp <= 0x1E95) || (cp >= 0x1EA0 && cp <= 0x1EFF))
		return cp | 1;
	if ((cp >= 0x139 && cp <= 0x148) || (cp >= 0x179 && cp <= 0x17E))
		return cp + (cp & 1);
	if (cp == 0x178)
		return 0xFF;
	return cp == 0x130 ? 'i' : cp;
}

void text_fold(struct buf *out, struct slice s)
{
	while (s.len > 0) {
		unsigned long cp;
		size_t n = utf8_decode(s, &cp);

		if (n == 0)
			buf_add_char(out, s.ptr[0]);
		else
			buf_add_utf8(out, lower(cp));
		s = slice_sub(s, n != 0 ? n : 1, SIZE_MAX);
	}
}
