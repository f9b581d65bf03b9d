/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Base64 is most of the bytes of large mail. Where the processor has AVX2, lines are decoded by it (transfer_base64_avx2.c);
 * else, and where that stops, four whole groups of four characters are decoded at once, in vectors that GCC and Clang make
 * instructions of wherever a processor has them, and what is left by tables. Whatever else stands there (line ends,
 * the end, junk) is read a character at a time.
 */
#include "mail/transfer_base64.h"

#include <stdint.h>
#include <string.h>

/* No character's bits reach so far. */
#define BAD UINT32_C(0x80000000)

/* Values of the characters at each place of a group, shifted to where they belong in its 24 bits. */
struct tables {
	uint32_t at[4][256];
};

#define V(c) ((c) >= 'A' && (c) <= 'Z' ? (uint32_t)(c) - 'A' : (c) >= 'a' && (c) <= 'z' ? (uint32_t)(c) - 'a' + 26 : \
	(c) >= '0' && (c) <= '9' ? (uint32_t)(c) - '0' + 52 : (c) == '+' ? 62U : (c) == '/' ? 63U : BAD)
#define S(c, shift) ((V(c) & BAD) | (V(c) << (shift) & 0xFFFFFF))
#define ROW4(c, s) S(c, s), S((c) + 1, s), S((c) + 2, s), S((c) + 3, s)
#define ROW16(c, s) ROW4(c, s), ROW4((c) + 4, s), ROW4((c) + 8, s), ROW4((c) + 12, s)
#define ROW64(c, s) ROW16(c, s), ROW16((c) + 16, s), ROW16((c) + 32, s), ROW16((c) + 48, s)
#define ROW256(s) {ROW64(0, s), ROW64(64, s), ROW64(128, s), ROW64(192, s)}

static const struct tables tables = {{ROW256(18), ROW256(12), ROW256(6), ROW256(0)}};

int transfer_base64_value(unsigned char c)
{
	uint32_t value = tables.at[3][c];

	return value == BAD ? -1 : (int)value;
}

/* The 24 bits of a group; BAD or more: it is none. */
static inline uint32_t group(const unsigned char *in)
{
	return tables.at[0][in[0]] | tables.at[1][in[1]] | tables.at[2][in[2]] | tables.at[3][in[3]];
}

static inline void group_put(char *out, uint32_t bits)
{
	out[0] = (char)(bits >> 16);
	out[1] = (char)(bits >> 8);
	out[2] = (char)bits;
}

/* ---- whole groups -------------------------------------------------------- */

/* What is decoded at once: characters, and the groups that they make. */
#define BLOCK ((size_t)16)
#define BLOCK_GROUPS (BLOCK / 4)

typedef signed char chars __attribute__((vector_size(BLOCK)));
typedef uint32_t words __attribute__((vector_size(BLOCK)));

/* All bits of each character that is between two others; those beyond ASCII are negative, and so between none. */
static inline chars between(chars c, signed char first, signed char last)
{
	return (chars)((c >= first) & (c <= last));
}

/* The 24 bits of each group; false: not all are groups. A host whose first byte is its highest uses the tables. */
static inline bool block_values(const char *in, uint32_t bits[BLOCK_GROUPS])
{
	chars c, upper, lower, digit, plus, slash;
	uint64_t known[2];
	words w;

	memcpy(&c, in, sizeof(c));
	upper = between(c, 'A', 'Z');
	lower = between(c, 'a', 'z');
	digit = between(c, '0', '9');
	plus = (chars)(c == '+');
	slash = (chars)(c == '/');
	w = (words)(upper | lower | digit | plus | slash);
	memcpy(known, &w, sizeof(known));
	if ((known[0] & known[1]) != UINT64_MAX || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__)
		return false;
	/* The first of a group is the lowest byte of its word, and has the highest bits. */
	w = (words)(c - (upper & 'A') - (lower & ('a' - 26)) + (digit & (52 - '0')) + (plus & (62 - '+')) + (slash & (63 - '/')));
	w = (w & 0x3F) << 18 | (w & 0x3F00) << 4 | (w >> 10 & 0xFC0) | w >> 24;
	memcpy(bits, &w, sizeof(w));
	return true;
}

/* How many whole groups stand at in, of at most count. */
static size_t groups_decode(const char *in, size_t count, char *out)
{
	uint32_t bits[BLOCK_GROUPS];
	size_t done = 0;

	/* Each is written with a byte too many, for which there is room while another may follow. */
	for (; count - done > BLOCK_GROUPS && block_values(in + done * 4, bits); done += BLOCK_GROUPS)
		for (size_t i = 0; i < BLOCK_GROUPS; i++) {
			uint32_t bytes = __builtin_bswap32(bits[i] << 8);

			memcpy(out + (done + i) * 3, &bytes, sizeof(bytes));
		}
	for (; done < count; done++) {
		uint32_t one = group((const unsigned char *)in + done * 4);

		if ((one & BAD) != 0)
			break;
		group_put(out + done * 3, one);
	}
	return done;
}

/* ---- everything else ------------------------------------------------------ */

/* Where decoding stands. */
struct state {
	char *out;
	size_t room, size;
	uint32_t bits;
	unsigned count; /* characters of the group that is being read */
	bool damaged;
	bool ended;     /* an '=' was read */
};

static void put(struct state *s, unsigned byte)
{
	if (s->size < s->room)
		s->out[s->size] = (char)(byte & 0xFF);
	s->size++;
}

/* One character of an unfinished group, or one that is no data. */
static void take(struct state *s, char c)
{
	int value = transfer_base64_value((unsigned char)c);

	if (c == '=') { /* the group ends; what follows starts anew */
		s->damaged = s->damaged || s->count == 1;
		s->ended = true;
		s->count = 0;
	} else if (value < 0) {
		s->damaged = s->damaged || (c != ' ' && c != '\t' && c != '\r' && c != '\n');
	} else {
		s->damaged = s->damaged || s->ended;
		s->bits = s->bits << 6 | (unsigned)value;
		if (++s->count > 1)
			put(s, s->bits >> (8 - 2 * s->count));
		s->count &= 3;
	}
}

/* Whole groups from *at on, by vectors first; what is left of them is less than a vector or at an odd place. */
static void take_groups(struct state *s, transfer_base64_wide *wide, struct slice in, size_t *at)
{
	size_t written = 0, left, fits, groups;

	if (wide != NULL && s->size < s->room)
		*at += wide(slice_sub(in, *at, in.len), s->out + s->size, s->room - s->size, &written);
	s->size += written;
	left = (in.len - *at) / 4;
	fits = s->size < s->room ? (s->room - s->size) / 3 : 0;
	groups = groups_decode(in.ptr + *at, left < fits ? left : fits, s->out + s->size);
	s->size += groups * 3;
	*at += groups * 4;
	s->damaged = s->damaged || (s->ended && groups + written > 0);
}

bool transfer_base64_by(transfer_base64_wide *wide, struct slice in, char *out, size_t room, size_t *size_r)
{
	struct state s = {.out = out, .room = room};

	for (size_t i = 0; i < in.len;) {
		if (s.count == 0)
			take_groups(&s, wide, in, &i);
		if (i < in.len)
			take(&s, in.ptr[i++]);
		while (i < in.len && (in.ptr[i] == '\r' || in.ptr[i] == '\n'))
			i++;
	}
	*size_r = s.size;
	return s.damaged || s.count == 1;
}

bool transfer_base64(struct slice in, char *out, size_t room, size_t *size_r)
{
	return transfer_base64_by(transfer_base64_avx2(), in, out, room, size_r);
}
