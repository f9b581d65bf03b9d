/* SPDX-License-Identifier: BSD-2-Clause */
/* Which of a Cluster's slots a key is in: CRC16 (XMODEM) of its hash tag, as the Cluster's specification has it. */
#include "redis/redis.h"

#include <string.h>

#define SLOTS 16384
#define POLYNOMIAL 0x1021

static unsigned crc16(struct slice s)
{
	unsigned crc = 0;

	for (size_t i = 0; i < s.len; i++) {
		crc ^= (unsigned)(unsigned char)s.ptr[i] << 8;
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 0x8000 ? (crc << 1) ^ POLYNOMIAL : crc << 1;
		crc &= 0xffff;
	}
	return crc;
}

unsigned redis_slot(struct slice key)
{
	const char *open = key.len > 0 ? memchr(key.ptr, '{', key.len) : NULL, *close;

	if (open == NULL)
		return crc16(key) % SLOTS;
	open++;
	close = memchr(open, '}', key.len - (size_t)(open - key.ptr));
	if (close != NULL && close > open)
		key = (struct slice){open, (size_t)(close - open)};
	return crc16(key) % SLOTS;
}
