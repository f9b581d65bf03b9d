/* SPDX-License-Identifier: BSD-2-Clause */
/* Base64 is decoded in blocks, of each kind: that must be what a decoder of one character after the other makes of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base64_slowly.h"
#include "mail/transfer_base64.h"

#define TEXT_MAX ((size_t)400)

static void check_by(transfer_base64_wide *wide, const char *in, size_t len, size_t room)
{
	char wanted[TEXT_MAX], *out = malloc(room + 1), *exact = malloc(len); /* so that a byte too many is seen */
	size_t size, wanted_size;
	bool wanted_damaged = base64_slowly(in, len, wanted, &wanted_size), damaged;

	assert_true(out != NULL && (exact != NULL || len == 0));
	if (len > 0)
		memcpy(exact, in, len);
	out[room] = '#';
	damaged = transfer_base64_by(wide, (struct slice){exact, len}, out, room, &size);
	assert_int_equal(size, wanted_size);
	assert_memory_equal(out, wanted, size < room ? size : room);
	assert_int_equal(out[room], '#');
	assert_int_equal(damaged, wanted_damaged);
	free(out);
	free(exact);
}

/* The portable way, and the processor's. */
static void check(const char *in, size_t len, size_t room)
{
	check_by(NULL, in, len, room);
	if (transfer_base64_avx2() != NULL)
		check_by(transfer_base64_avx2(), in, len, room);
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
	char in[72];

	(void)state;
	for (unsigned c = 0; c < 256; c++)
		for (size_t at = 0; at < sizeof(in); at++) {
			memset(in, 'Q', sizeof(in));
			in[at] = (char)c;
			check(in, sizeof(in), sizeof(in));
		}
}

/* Lines of each length, as mail has them, with each end of a line, and one that is not theirs. */
static void lines_of_each_length(void **state)
{
	static const char *const ends[] = {"\r\n", "\n", "\r", "\n\n", " \n", "=\n", "-"};
	char in[TEXT_MAX];

	(void)state;
	for (size_t line = 1; line < 100; line++)
		for (size_t e = 0; e < sizeof(ends) / sizeof(ends[0]); e++) {
			size_t len = 0, end = strlen(ends[e]);

			while (len + line + end <= sizeof(in)) {
				for (size_t i = 0; i < line; i++)
					in[len + i] = "+/AZaz09"[(len + i * 5) % 8];
				memcpy(in + len + line, ends[e], end);
				len += line + end;
			}
			check(in, len, len);
			check(in, len, len / 4 * 3 + 3);
		}
}

/* What is decoded does not depend on which way it was, so both must be there where they can be. */
static void the_fast_way_is_taken(void **state)
{
	char in[64], out[64];
	size_t written = 0;

	(void)state;
	if (transfer_base64_avx2() == NULL)
		skip();
	memset(in, 'Q', sizeof(in));
	assert_int_equal(transfer_base64_avx2()((struct slice){in, sizeof(in)}, out, sizeof(out), &written), 64);
	assert_int_equal(written, 48);
	in[33] = '!';
	assert_int_equal(transfer_base64_avx2()((struct slice){in, sizeof(in)}, out, sizeof(out), &written), 32);
	assert_int_equal(written, 24);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_are_what_characters_are),
		cmocka_unit_test(each_byte_alone),
		cmocka_unit_test(lines_of_each_length),
		cmocka_unit_test(the_fast_way_is_taken),
	};

	return cmocka_run_group_tests_name("transfer", tests, NULL, NULL);
}
