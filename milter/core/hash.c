/* SPDX-License-Identifier: BSD-2-Clause */
/* SHA-256, keyed tokens and record ids, from libsodium. */
#include "core/hash.h"

#include <sodium.h>
#include <stdint.h>
#include <string.h>

int hash_init(void)
{
	return sodium_init() < 0 ? -1 : 0;
}

void hash_hex(char *hex, struct slice data)
{
	unsigned char sum[HASH_SIZE];

	crypto_hash_sha256(sum, (const unsigned char *)data.ptr, data.len);
	sodium_bin2hex(hex, HASH_HEX_SIZE, sum, sizeof(sum));
}

void hash_base64(char *text, struct slice data)
{
	unsigned char sum[HASH_SIZE];

	crypto_hash_sha256(sum, (const unsigned char *)data.ptr, data.len);
	base64_write(text, sum, sizeof(sum));
}

static crypto_hash_sha256_state *state_of(struct hash_state *state)
{
	_Static_assert(sizeof(crypto_hash_sha256_state) <= sizeof(state->room), "room for libsodium's state");
	return (crypto_hash_sha256_state *)(void *)state->room;
}

void hash_begin(struct hash_state *state)
{
	crypto_hash_sha256_init(state_of(state));
}

void hash_add(struct hash_state *state, struct slice data)
{
	crypto_hash_sha256_update(state_of(state), (const unsigned char *)data.ptr, data.len);
}

void hash_end(struct hash_state *state, char *hex)
{
	unsigned char sum[HASH_SIZE];

	crypto_hash_sha256_final(state_of(state), sum);
	sodium_bin2hex(hex, HASH_HEX_SIZE, sum, sizeof(sum));
	sodium_memzero(state->room, sizeof(state->room));
}

void hash_hex_parts(char *hex, const struct slice *parts, size_t count)
{
	crypto_hash_sha256_state state;
	unsigned char sum[HASH_SIZE];

	crypto_hash_sha256_init(&state);
	for (size_t i = 0; i < count; i++) {
		uint64_t len = parts[i].len;

		/* With the lengths in, no two lists of parts look alike. */
		crypto_hash_sha256_update(&state, (const unsigned char *)&len, sizeof(len));
		crypto_hash_sha256_update(&state, (const unsigned char *)parts[i].ptr, parts[i].len);
	}
	crypto_hash_sha256_final(&state, sum);
	sodium_bin2hex(hex, HASH_HEX_SIZE, sum, sizeof(sum));
}

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

void base64_write(char *out, const void *data, size_t len)
{
	sodium_bin2base64(out, BASE64_SIZE(len), data, len, sodium_base64_VARIANT_ORIGINAL);
}

int base64_read(void *out, size_t size, struct slice text, size_t *len_r)
{
	return sodium_base642bin(out, size, text.ptr != NULL ? text.ptr : "", text.len, NULL, len_r, NULL,
	    sodium_base64_VARIANT_ORIGINAL);
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
