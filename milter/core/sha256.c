/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SHA-256 (FIPS 180-4) by x86's SHA extensions: two rounds an instruction. Each message is hashed for its digest, its
 * record for the chain, and again where the record is read back.
 */
#include "core/sha256.h"

#include <string.h>

#ifdef __x86_64__

#include <cpuid.h>
#include <immintrin.h>
#include <stdatomic.h>

#define BLOCK 64
#define FOR_SHA __attribute__((target("sha,sse4.1,ssse3")))

/* FIPS 180-4, 4.2.2 */
static const uint32_t constants[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2
};

/* cpuid is dear on a virtual machine, so its answer is kept: 0 not asked, 1 yes, 2 no. */
bool sha256_usable(void)
{
	static atomic_int known;
	int answer = atomic_load_explicit(&known, memory_order_relaxed);
	unsigned a, b, c, d;

	if (answer == 0) {
		bool usable = __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & 1U << 29) != 0 &&
		    __get_cpuid(1, &a, &b, &c, &d) && (c & bit_SSE4_1) != 0 && (c & bit_SSSE3) != 0;

		answer = usable ? 1 : 2;
		atomic_store_explicit(&known, answer, memory_order_relaxed);
	}
	return answer == 1;
}

/* The registers as the instructions want them: words a, b, e, f and c, d, g, h of the state. */
struct registers {
	__m128i abef, cdgh;
};

/* Rounds 4 * group to 4 * group + 3, with these words of the schedule. */
FOR_SHA static inline void four_rounds(struct registers *r, __m128i words, size_t group)
{
	__m128i sum = _mm_add_epi32(words, _mm_loadu_si128((const __m128i *)(const void *)&constants[4 * group]));

	r->cdgh = _mm_sha256rnds2_epu32(r->cdgh, r->abef, sum);
	r->abef = _mm_sha256rnds2_epu32(r->abef, r->cdgh, _mm_shuffle_epi32(sum, 0x0E));
}

/* The next four words of the schedule out of the last sixteen, oldest first. */
FOR_SHA static inline __m128i next_words(__m128i w0, __m128i w1, __m128i w2, __m128i w3)
{
	__m128i sum = _mm_add_epi32(_mm_sha256msg1_epu32(w0, w1), _mm_alignr_epi8(w3, w2, 4));

	return _mm_sha256msg2_epu32(sum, w3);
}

/* Four words of a block, which has them big-endian. */
FOR_SHA static inline __m128i load_words(const unsigned char *p)
{
	const __m128i order = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);

	return _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(const void *)p), order);
}

FOR_SHA static void one_block(struct registers *r, const unsigned char *p)
{
	__m128i w0 = load_words(p), w1 = load_words(p + 16), w2 = load_words(p + 32), w3 = load_words(p + 48);
	struct registers before = *r;

	for (size_t group = 0; group < 16; group += 4) {
		if (group > 0) {
			w0 = next_words(w0, w1, w2, w3);
			w1 = next_words(w1, w2, w3, w0);
			w2 = next_words(w2, w3, w0, w1);
			w3 = next_words(w3, w0, w1, w2);
		}
		four_rounds(r, w0, group);
		four_rounds(r, w1, group + 1);
		four_rounds(r, w2, group + 2);
		four_rounds(r, w3, group + 3);
	}
	r->abef = _mm_add_epi32(r->abef, before.abef);
	r->cdgh = _mm_add_epi32(r->cdgh, before.cdgh);
}

FOR_SHA static void add_blocks(uint32_t state[8], const unsigned char *p, size_t count)
{
	__m128i cdab = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(const void *)&state[0]), 0xB1);
	__m128i efgh = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(const void *)&state[4]), 0x1B);
	struct registers r = {_mm_alignr_epi8(cdab, efgh, 8), _mm_blend_epi16(efgh, cdab, 0xF0)};
	__m128i feba, dchg;

	for (; count > 0; count--, p += BLOCK)
		one_block(&r, p);
	feba = _mm_shuffle_epi32(r.abef, 0x1B);
	dchg = _mm_shuffle_epi32(r.cdgh, 0xB1);
	_mm_storeu_si128((__m128i *)(void *)&state[0], _mm_blend_epi16(feba, dchg, 0xF0));
	_mm_storeu_si128((__m128i *)(void *)&state[4], _mm_alignr_epi8(dchg, feba, 8));
}

void sha256_begin(struct sha256 *hash)
{
	/* FIPS 180-4, 5.3.3 */
	static const uint32_t start[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c,
	    0x1f83d9ab, 0x5be0cd19};

	memcpy(hash->state, start, sizeof(start));
	hash->len = 0;
}

void sha256_add(struct sha256 *hash, const void *data, size_t len)
{
	size_t used = hash->len % BLOCK, n = used == 0 ? 0 : len < BLOCK - used ? len : BLOCK - used;
	const unsigned char *p = data;

	if (len == 0)
		return;
	hash->len += len;
	memcpy(hash->rest + used, p, n);
	if (used != 0 && used + n == BLOCK)
		add_blocks(hash->state, hash->rest, 1);
	else if (used != 0)
		return;
	p += n;
	len -= n;
	add_blocks(hash->state, p, len / BLOCK);
	memcpy(hash->rest, p + len / BLOCK * BLOCK, len % BLOCK);
}

void sha256_end(struct sha256 *hash, unsigned char *sum)
{
	unsigned char tail[2 * BLOCK] = {0};
	size_t used = hash->len % BLOCK, size = used < BLOCK - 8 ? BLOCK : 2 * BLOCK;

	memcpy(tail, hash->rest, used);
	tail[used] = 0x80;
	for (size_t i = 0; i < 8; i++)
		tail[size - 1 - i] = (unsigned char)(hash->len * 8 >> 8 * i);
	add_blocks(hash->state, tail, size / BLOCK);
	for (size_t i = 0; i < 32; i++)
		sum[i] = (unsigned char)(hash->state[i / 4] >> (24 - 8 * (i % 4)));
}

#else

bool sha256_usable(void)
{
	return false;
}

void sha256_begin(struct sha256 *hash)
{
	(void)hash;
}

void sha256_add(struct sha256 *hash, const void *data, size_t len)
{
	(void)hash;
	(void)data;
	(void)len;
}

void sha256_end(struct sha256 *hash, unsigned char *sum)
{
	(void)hash;
	memset(sum, 0, 32);
}

#endif
