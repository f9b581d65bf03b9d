/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_ENGINE_REPLY_H
#define POSTERN_ENGINE_REPLY_H

#include "engine/verdict.h"

/*
 * What libmilter takes: 32 lines of at most 980 bytes. RFC 5321 has 512 with code and line end, and
 * some clients cut there, so longer text goes on in the next line.
 */
#define REPLY_LINES_MAX 32
#define REPLY_LINE_MAX 480

/* Fills code, enhanced, reply and hold_reason of verdict, whose action is decided. -1: memory is out. */
int reply_render(struct arena *arena, const struct verdict_input *input, struct verdict *verdict);

#endif
