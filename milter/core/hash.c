/* SPDX-License-Identifier: BSD-2-Clause */
/* SHA-256 (by the processor where it can), keyed tokens and record ids, from libsodium. */
#include "core/hash.h"

#include <sodium.h>
#include <stdint.h>
#include <string.h>

#include "core/sha256.h"

int hash_init(void)
{
	return sodium_init() < 0 ? -1 : 0;
}

/* ---- SHA-256 ----------------------------------------------------------------- */

static crypto_hash_sha256_state *state_of(struct hash_state *state)
{
	_Static_assert(sizeof(crypto_hash_sha256_state) <= sizeof(state->room), "room for libsodium's state");
	return (crypto_hash_sha256_state *)(void *)state->room;
}

static struct sha256 *sha256_of(struct hash_state *state)
{
	_Static_assert(sizeof(struct sha256) <= sizeof(state->room), "room for ours");
	return (struct sha256 *)(void *)state->room;
}

void hash_begin(struct hash_state *state)
{
	if (sha256_usable())
		sha256_begin(sha256_of(state));
	else
		crypto_hash_sha256_init(state_of(state));
}

void hash_add(struct hash_state *state, struct slice data)
{
	if (sha256_usable())
		sha256_add(sha256_of(state), data.ptr, data.len);
	else
		crypto_hash_sha256_update(state_of(state), (const unsigned char *)data.ptr, data.len);
}

static void finish(struct hash_state *state, unsigned char sum[HASH_SIZE])
{
	if (sha256_usable())
		sha256_end(sha256_of(state), sum);
	else
		crypto_hash_sha256_final(state_of(state), sum);
	sodium_memzero(state->room, sizeof(state->room));
}

void hash_end(struct hash_state *state, char *hex)
{
	unsigned char sum[HASH_SIZE];

	finish(state, sum);
	sodium_bin2hex(hex, HASH_HEX_SIZE, sum, sizeof(sum));
}

void hash_hex(char *hex, struct slice data)
{
	struct hash_state state;

	hash_begin(&state);
	hash_add(&state, data);
	hash_end(&state, hex);
}

void hash_base64(char *text, struct slice data)
{
	unsigned char sum[HASH_SIZE];
	struct hash_state state;

	hash_begin(&state);
	hash_add(&state, data);
	finish(&state, sum);
	base64_write(text, sum, sizeof(sum));
}

void hash_hex_parts(char *hex, const struct slice *parts, size_t count)
{
	struct hash_state state;

	hash_begin(&state);
	for (size_t i = 0; i < count; i++) {
		uint64_t len = parts[i].len;

		/* With the lengths in, no two lists of parts look alike. */
		hash_add(&state, (struct slice){(const char *)&len, sizeof(len)});
		hash_add(&state, parts[i]);
	}
	hash_end(&state, hex);
}

/* ---- keyed ------------------------------------------------------------------- */

void hash_token(char token[17], struct slice key, struct slice data)
{
	unsigned char sum[16], shortened[crypto_generichash_KEYBYTES];

	crypto_generichash(shortened, sizeof(shortened),
	    (const unsigned char *)key.ptr, key.len, NULL, 0);
	crypto_generichash(sum, sizeof(sum), (const unsigned char *)data.ptr,
	    data.len, shortened, sizeof(shortened));
	sodium_bin2hex(token, 17, sum, 8);
}

uint64_t hash_short(const unsigned char key[HASH_SHORT_KEY], const void *data, size_t len)
{
	uint64_t out;

	_Static_assert(crypto_shorthash_BYTES == sizeof(out) && crypto_shorthash_KEYBYTES == HASH_SHORT_KEY, "sizes");
	crypto_shorthash((unsigned char *)&out, data, len, key);
	return out;
}

void hash_short_key(unsigned char key[HASH_SHORT_KEY], struct slice secret, const char *purpose)
{
	unsigned char shortened[crypto_generichash_KEYBYTES];

	crypto_generichash(shortened, sizeof(shortened), (const unsigned char *)secret.ptr, secret.len, NULL, 0);
	crypto_generichash(key, HASH_SHORT_KEY, (const unsigned char *)purpose, strlen(purpose), shortened,
	    sizeof(shortened));
}

/* ---- base64 ---------------------------------------------------------------- */

/*
 * Not the library's: its time does not depend on the bytes, as secrets need it, at ten times the price. Here it is for
 * fingerprints and digests, up to a dozen for each message.
 */
static const char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_write(char *out, const void *data, size_t len)
{
	const unsigned char *p = data;

	for (; len > 0; out += 4) {
		size_t n = len < 3 ? len : 3;
		unsigned long bits = (unsigned long)p[0] << 16 | (n > 1 ? (unsigned long)p[1] << 8 : 0) | (n > 2 ? p[2] : 0);

		out[0] = base64_digits[bits >> 18];
		out[1] = base64_digits[bits >> 12 & 63];
		out[2] = n > 1 ? base64_digits[bits >> 6 & 63] : '=';
		out[3] = n > 2 ? base64_digits[bits & 63] : '=';
		p += n;
		len -= n;
	}
	*out = '\0';
}

/* What a digit stands for; one that is none has NO_DIGIT. */
#define NO_DIGIT 0x40
static unsigned base64_value(char c)
{
	static const unsigned char values[256] = {
		['A'] = 0, ['B'] = 1, ['C'] = 2, ['D'] = 3, ['E'] = 4, ['F'] = 5, ['G'] = 6, ['H'] = 7, ['I'] = 8,
		['J'] = 9, ['K'] = 10, ['L'] = 11, ['M'] = 12, ['N'] = 13, ['O'] = 14, ['P'] = 15, ['Q'] = 16, ['R'] = 17,
		['S'] = 18, ['T'] = 19, ['U'] = 20, ['V'] = 21, ['W'] = 22, ['X'] = 23, ['Y'] = 24, ['Z'] = 25, ['a'] = 26,
		['b'] = 27, ['c'] = 28, ['d'] = 29, ['e'] = 30, ['f'] = 31, ['g'] = 32, ['h'] = 33, ['i'] = 34, ['j'] = 35,
		['k'] = 36, ['l'] = 37, ['m'] = 38, ['n'] = 39, ['o'] = 40, ['p'] = 41, ['q'] = 42, ['r'] = 43, ['s'] = 44,
		['t'] = 45, ['u'] = 46, ['v'] = 47, ['w'] = 48, ['x'] = 49, ['y'] = 50, ['z'] = 51, ['0'] = 52, ['1'] = 53,
		['2'] = 54, ['3'] = 55, ['4'] = 56, ['5'] = 57, ['6'] = 58, ['7'] = 59, ['8'] = 60, ['9'] = 61, ['+'] = 62,
		['/'] = 63
	};
	unsigned value = values[(unsigned char)c];

	return value != 0 || c == 'A' ? value : NO_DIGIT;
}

/* Four digits, the last pad of them '=': how many bytes they are; 0: they are none. */
static size_t base64_group(unsigned char out[3], const char *p, size_t pad)
{
	unsigned a = base64_value(p[0]), b = base64_value(p[1]);
	unsigned c = pad > 1 ? 0 : base64_value(p[2]), d = pad > 0 ? 0 : base64_value(p[3]);
	unsigned long bits = (unsigned long)a << 18 | b << 12 | c << 6 | d;

	if (((a | b | c | d) & NO_DIGIT) != 0)
		return 0;
	out[0] = (unsigned char)(bits >> 16);
	out[1] = (unsigned char)(bits >> 8);
	out[2] = (unsigned char)bits;
	/* One text for the same bytes. */
	return (bits & ((1UL << 8 * pad) - 1)) != 0 ? 0 : 3 - pad;
}

int base64_read(void *out, size_t size, struct slice text, size_t *len_r)
{
	unsigned char *to = out, three[3];
	size_t n, pad = 0;

	*len_r = 0;
	if (text.len % 4 != 0)
		return -1;
	if (text.len > 0 && text.ptr[text.len - 1] == '=')
		pad = text.ptr[text.len - 2] == '=' ? 2 : 1;
	for (size_t at = 0; at < text.len; at += 4) {
		n = base64_group(three, text.ptr + at, at + 4 == text.len ? pad : 0);
		if (n == 0 || n > size - *len_r)
			return -1;
		memcpy(to + *len_r, three, n);
		*len_r += n;
	}
	return 0;
}

/* Crockford's alphabet: no I, L, O, U, so it survives a phone call. */
static const char id_digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

void id_new(char id[ID_TEXT_SIZE], long long now)
{
	unsigned char random[12];

	for (int i = 0; i < 8; i++)
		id[i] = id_digits[(unsigned long long)now >> (35 - 5 * i) & 31];
	randombytes_buf(random, sizeof(random));
	for (int i = 0; i < 12; i++)
		id[8 + i] = id_digits[random[i] & 31];
	id[ID_TEXT_SIZE - 1] = '\0';
}

long long id_time(const char *id)
{
	long long seconds = 0;

	if (strlen(id) != ID_TEXT_SIZE - 1 || strspn(id, id_digits) != ID_TEXT_SIZE - 1)
		return -1;
	for (int i = 0; i < 8; i++)
		seconds = seconds << 5 | (long long)(strchr(id_digits, id[i]) - id_digits);
	return seconds;
}
