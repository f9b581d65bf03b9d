/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as base64, and as what is encoded: each way to decode it (portable, by AVX2, by AVX2 that stops at odd
 * places) gives what a decoder of one character after the other does, whole and in two pieces. The first three
 * bytes say how much room there is, where it is cut, and how long a line or what AVX2 gets at once is.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base64_slowly.h"
#include "core/buf.h"
#include "core/hash.h"
#include "mail/transfer_base64.h"

#define CONTROLS ((size_t)3)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct decoded {
	char *data; /* of room bytes, so that one too many is seen */
	size_t room, size;
	bool damaged;
};

static char *exact(const char *data, size_t len)
{
	char *copy = malloc(len != 0 ? len : 1);

	if (copy == NULL)
		abort();
	if (len > 0)
		memcpy(copy, data, len);
	return copy;
}

static struct decoded decode(transfer_base64_wide *wide, struct slice in, size_t room)
{
	struct decoded out = {.data = malloc(room != 0 ? room : 1), .room = room};
	char *copy = exact(in.ptr, in.len);

	if (out.data == NULL)
		abort();
	out.damaged = transfer_base64_by(wide, (struct slice){copy, in.len}, out.data, room, &out.size);
	free(copy);
	return out;
}

static struct decoded decode_slowly(struct slice in)
{
	struct decoded out = {.data = malloc(in.len != 0 ? in.len : 1), .room = in.len};

	if (out.data == NULL)
		abort();
	out.damaged = base64_slowly(in.ptr, in.len, out.data, &out.size);
	return out;
}

/* ---- ways to decode ---------------------------------------------------------- */

/* What AVX2 gets at once; the portable way goes on where it stops, until it has its turn again. */
static _Thread_local size_t step;

static size_t wide_in_steps(struct slice in, char *out, size_t room, size_t *written_r)
{
	return transfer_base64_avx2()(slice_sub(in, 0, step), out, room, written_r);
}

/* ---- comparisons ------------------------------------------------------------- */

static void compare_whole(transfer_base64_wide *wide, struct slice in, size_t room, const struct decoded *wanted)
{
	struct decoded out = decode(wide, in, room);
	size_t kept = out.size < room ? out.size : room;

	if (out.size != wanted->size || out.damaged != wanted->damaged || memcmp(out.data, wanted->data, kept) != 0)
		abort();
	free(out.data);
}

/* Where no group is unfinished, from at on. */
static size_t next_border(struct slice in, size_t at)
{
	size_t count = 0, i = 0;

	for (; i < in.len && (i < at || count % 4 != 0); i++)
		count = in.ptr[i] == '=' ? 0 : count + (transfer_base64_value((unsigned char)in.ptr[i]) >= 0);
	return i;
}

static bool has_data(struct slice in)
{
	for (size_t i = 0; i < in.len; i++)
		if (transfer_base64_value((unsigned char)in.ptr[i]) >= 0)
			return true;
	return false;
}

/* What is decoded of two pieces is what is decoded of both; behind an '=' there may be no more. */
static void compare_pieces(transfer_base64_wide *wide, struct slice in, size_t at, const struct decoded *wanted)
{
	size_t border = next_border(in, at);
	struct slice a = slice_sub(in, 0, border), b = slice_sub(in, border, in.len);
	struct decoded first = decode(wide, a, a.len), second = decode(wide, b, b.len);
	bool behind = a.len > 0 && memchr(a.ptr, '=', a.len) != NULL && has_data(b);

	if (border < in.len && (first.size + second.size != wanted->size ||
	    (first.damaged || second.damaged || behind) != wanted->damaged ||
	    memcmp(wanted->data, first.data, first.size) != 0 ||
	    memcmp(wanted->data + first.size, second.data, second.size) != 0))
		abort();
	free(first.data);
	free(second.data);
}

static void check(struct slice in, const uint8_t controls[CONTROLS])
{
	transfer_base64_wide *const fast = transfer_base64_avx2();
	transfer_base64_wide *const ways[] = {NULL, fast, fast != NULL ? wide_in_steps : NULL};
	struct decoded wanted = decode_slowly(in);
	/* Of all that it takes, or more. */
	size_t room = (wanted.size + 64) * controls[0] / 192;

	step = 32 + controls[2];
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		compare_whole(ways[i], in, in.len, &wanted);
		compare_whole(ways[i], in, room, &wanted);
		compare_pieces(ways[i], in, in.len * controls[1] / 256, &wanted);
	}
	free(wanted.data);
}

/* ---- what is encoded comes back ----------------------------------------------- */

static void check_encoded(struct slice data, const uint8_t controls[CONTROLS])
{
	char *text = malloc(BASE64_SIZE(data.len));
	size_t line = controls[2] != 0 ? controls[2] : 76;
	struct buf lines = {0};
	struct decoded out;
	struct slice rest;

	if (text == NULL)
		abort();
	base64_write(text, data.ptr, data.len);
	for (rest = slice_str(text); rest.len > 0; rest = slice_sub(rest, line, rest.len)) {
		buf_add_slice(&lines, slice_sub(rest, 0, line));
		buf_add_str(&lines, controls[0] % 2 != 0 ? "\r\n" : "\n");
	}
	if (lines.failed)
		abort();
	out = decode_slowly(buf_slice(&lines));
	if (out.damaged || out.size != data.len || (data.len > 0 && memcmp(out.data, data.ptr, data.len) != 0))
		abort();
	check(buf_slice(&lines), controls);
	free(out.data);
	buf_free(&lines);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest;

	if (size < CONTROLS)
		return 0;
	rest = (struct slice){(const char *)data + CONTROLS, size - CONTROLS};
	check(rest, data);
	check_encoded(rest, data);
	return 0;
}
