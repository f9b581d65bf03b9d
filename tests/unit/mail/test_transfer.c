/* SPDX-License-Identifier: BSD-2-Clause */
/* Base64 is decoded in blocks: that must be what a decoder of one character after the other makes of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mail/transfer_base64.h"

#define TEXT_MAX ((size_t)200)

/* What it is: junk is stepped over, each '=' ends a group. */
static bool decode_slowly(const char *in, size_t len, char *out, size_t *size_r)
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

static void check(const char *in, size_t len, size_t room)
{
	char wanted[TEXT_MAX], *out = malloc(room + 1); /* so that a byte too many is seen */
	size_t size, wanted_size;
	bool wanted_damaged = decode_slowly(in, len, wanted, &wanted_size), damaged;

	assert_non_null(out);
	out[room] = '#';
	damaged = transfer_base64((struct slice){in, len}, out, room, &size);
	assert_int_equal(size, wanted_size);
	assert_memory_equal(out, wanted, size < room ? size : room);
	assert_int_equal(out[room], '#');
	assert_int_equal(damaged, wanted_damaged);
	free(out);
}

/* Mostly data, now and then anything; each length, so that each block has each neighbour. */
static void blocks_are_what_characters_are(void **state)
{
	static const char odd[] = "=\r\n \t-_!\xff\x80";
	uint32_t random = 1;
	char in[TEXT_MAX];

	(void)state;
	for (unsigned round = 0; round < 20000; round++) {
		size_t len = round % TEXT_MAX, rare = 1 + round % 97;

		for (size_t i = 0; i < len; i++) {
			random = random * 1664525 + 1013904223;
			in[i] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[random >> 26];
			if (random / 64 % (rare * 4) == 0)
				in[i] = odd[random / 65536 % sizeof(odd)];
		}
		check(in, len, len);
		check(in, len, len / 4 * 3);
		check(in, len, round % 60);
	}
}

static void each_byte_alone(void **state)
{
	char in[32];

	(void)state;
	for (unsigned c = 0; c < 256; c++)
		for (size_t at = 0; at < sizeof(in); at++) {
			memset(in, 'Q', sizeof(in));
			in[at] = (char)c;
			check(in, sizeof(in), sizeof(in));
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_are_what_characters_are),
		cmocka_unit_test(each_byte_alone),
	};

	return cmocka_run_group_tests_name("transfer", tests, NULL, NULL);
}
