/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_MAIL_TRANSFER_H
#define POSTERN_MAIL_TRANSFER_H

#include <stdbool.h>
#include <stddef.h>

#include "core/arena.h"
#include "core/slice.h"

enum transfer {
	TRANSFER_NONE,    /* 7bit, 8bit, binary, or no header */
	TRANSFER_BASE64,
	TRANSFER_QP,
	TRANSFER_UU,
	TRANSFER_YENC,    /* "=ybegin" ... "=yend" */
	TRANSFER_UNKNOWN  /* read as it is */
};

/* What a Content-Transfer-Encoding header's value says. */
enum transfer transfer_parse(struct slice value);

struct transfer_result {
	struct slice data;
	size_t size;   /* decoded bytes in all, also those past max */
	bool damaged;  /* something in it does not belong to the encoding */
};

/*
 * Decodes in as far as it can be decoded; at most max bytes are kept. Without
 * an encoding data is a view into in. -1 when memory is out.
 */
int transfer_decode(struct arena *arena, enum transfer encoding, struct slice in, size_t max,
    struct transfer_result *out);

/* The whole text is base64 by its looks, whatever its label says. */
bool transfer_looks_base64(struct slice in);
/*
 * The first uuencoded ("begin 644 name" ... "end") or yEnc block in text, which
 * many readers decode in plain text; TRANSFER_NONE when there is none.
 */
enum transfer transfer_find_block(struct slice text, struct slice *block_r);

#endif
