/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_BENCH_PACKET_H
#define POSTERN_BENCH_PACKET_H

#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/slice.h"

/*
 * The milter protocol's packets, as an MTA writes and reads them: four bytes of length, a letter, data. By hand,
 * without libmilter, whose work is what is measured.
 */
#define PACKET_HEAD 5 /* length and letter */

/* Appends the packet's beginning; its place, for packet_end(). */
size_t packet_begin(struct buf *buf, char command);
/* Sets the length of the packet that began at place and ends here. */
void packet_end(struct buf *buf, size_t place);
void packet_add_u16(struct buf *buf, uint16_t value);
void packet_add_u32(struct buf *buf, uint32_t value);
/* A text with the NUL that ends it on the wire. */
void packet_add_text(struct buf *buf, struct slice text);
/* A packet whose data is one text; SLICE_NONE gives one without data. */
void packet_add(struct buf *buf, char command, struct slice text);

uint32_t packet_read_u32(const char *data);
/* The length of the whole packet that data begins with, or 0 as long as it is not all there. */
size_t packet_whole(struct slice data);

#endif
