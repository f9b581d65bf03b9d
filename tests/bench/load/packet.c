/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets of the milter protocol in a buffer. */
#include "packet.h"

#include <arpa/inet.h>
#include <string.h>

size_t packet_begin(struct buf *buf, char command)
{
	size_t place = buf->len;

	buf_add(buf, "\0\0\0\0", 4);
	buf_add_char(buf, command);
	return place;
}

void packet_end(struct buf *buf, size_t place)
{
	uint32_t size = htonl((uint32_t)(buf->len - place - 4));

	if (!buf->failed)
		memcpy(buf->data + place, &size, sizeof(size));
}

void packet_add_u16(struct buf *buf, uint16_t value)
{
	uint16_t wire = htons(value);

	buf_add(buf, &wire, sizeof(wire));
}

void packet_add_u32(struct buf *buf, uint32_t value)
{
	uint32_t wire = htonl(value);

	buf_add(buf, &wire, sizeof(wire));
}

void packet_add_text(struct buf *buf, struct slice text)
{
	buf_add_slice(buf, text);
	buf_add(buf, "", 1);
}

void packet_add(struct buf *buf, char command, struct slice text)
{
	size_t place = packet_begin(buf, command);

	if (text.ptr != NULL)
		packet_add_text(buf, text);
	packet_end(buf, place);
}

uint32_t packet_read_u32(const char *data)
{
	uint32_t wire;

	memcpy(&wire, data, sizeof(wire));
	return ntohl(wire);
}

size_t packet_whole(struct slice data)
{
	size_t size;

	if (data.len < PACKET_HEAD)
		return 0;
	size = 4 + (size_t)packet_read_u32(data.ptr);
	return size <= data.len ? size : 0;
}
