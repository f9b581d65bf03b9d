/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Base64 by AVX2: eight groups at once, and a line's end in stride. A vector that holds anything else is decoded up to there
 * and the next one begins behind it, so that no line leaves a rest for slower ways.
 */
#include "mail/transfer_base64.h"

#ifdef __x86_64__

#include <immintrin.h>
#include <stdint.h>

#define FOR_AVX2 __attribute__((target("avx2")))

/* Characters that are decoded at once, and what is written for them: 24 bytes of it are theirs. */
#define BLOCK ((size_t)32)

/* The same table for both halves of a vector, which are looked up apart. */
#define TABLE(...) _mm256_setr_epi8(__VA_ARGS__, __VA_ARGS__)

/*
 * A bit for each way in which a character with that low, or high, half can be none of the alphabet; it is one when its halves
 * have no bit in common. High halves: 2 has only '+' and '/' (1), 3 the digits up to 9 (2), 4 and 6 letters
 * from 1 on (4), 5 and 7 letters up to 10 (8), all others nothing (16).
 */
#define LOW TABLE(16 | 4 | 1, 16 | 1, 16 | 1, 16 | 1, 16 | 1, 16 | 1, 16 | 1, 16 | 1, 16 | 1, 16 | 1, 16 | 2 | 1, \
	16 | 8 | 2, 16 | 8 | 2 | 1, 16 | 8 | 2 | 1, 16 | 8 | 2 | 1, 16 | 8 | 2)
#define HIGH TABLE(16, 16, 1, 2, 4, 8, 4, 8, 16, 16, 16, 16, 16, 16, 16, 16)
/* What makes a character its value, by its high half: '+', digits, 'A' to 'O', 'P' to 'Z', 'a' to 'o', 'p' to 'z'; first: '/'. */
#define SHIFT TABLE(63 - '/', 0, 62 - '+', 52 - '0', -'A', -'A', 26 - 'a', 26 - 'a', 0, 0, 0, 0, 0, 0, 0, 0)

/* All bits of each character that is none of the alphabet are set in *strange_r. */
FOR_AVX2 static inline __m256i values_of(__m256i c, uint32_t *strange_r)
{
	const __m256i half = _mm256_set1_epi8(0x0F), none = _mm256_setzero_si256();
	__m256i high = _mm256_and_si256(_mm256_srli_epi32(c, 4), half);
	__m256i wrong = _mm256_and_si256(_mm256_shuffle_epi8(LOW, _mm256_and_si256(c, half)), _mm256_shuffle_epi8(HIGH, high));
	__m256i slash = _mm256_cmpeq_epi8(c, _mm256_set1_epi8('/'));

	*strange_r = ~(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(wrong, none));
	return _mm256_add_epi8(c, _mm256_shuffle_epi8(SHIFT, _mm256_andnot_si256(slash, high)));
}

/* Four values of six bits each are three bytes; those of all groups side by side, then eight that mean nothing. */
FOR_AVX2 static inline __m256i bytes_of(__m256i values)
{
	/* Two values at a time are twelve bits, two of these the 24, lowest byte first. */
	__m256i twelve = _mm256_maddubs_epi16(values, _mm256_set1_epi32(0x01400140));
	__m256i groups = _mm256_madd_epi16(twelve, _mm256_set1_epi32(0x00011000));
	__m256i packed = _mm256_shuffle_epi8(groups, TABLE(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1));

	return _mm256_permutevar8x32_epi32(packed, _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 3, 7));
}

static inline bool is_line_end(char c)
{
	return c == '\r' || c == '\n';
}

FOR_AVX2 static size_t decode(struct slice in, char *out, size_t room, size_t *written_r)
{
	size_t at = 0, size = 0;

	while (in.len - at >= BLOCK && room - size >= BLOCK) {
		uint32_t strange;
		__m256i values = values_of(_mm256_loadu_si256((const __m256i *)(const void *)(in.ptr + at)), &strange);

		_mm256_storeu_si256((__m256i *)(void *)(out + size), bytes_of(values));
		if (strange == 0) {
			at += BLOCK;
			size += BLOCK / 4 * 3;
			continue;
		}
		/* As far as whole groups go. */
		at += (size_t)__builtin_ctz(strange) / 4 * 4;
		size += (size_t)__builtin_ctz(strange) / 4 * 3;
		if (!is_line_end(in.ptr[at]))
			break;
		while (at < in.len && is_line_end(in.ptr[at]))
			at++;
	}
	*written_r = size;
	return at;
}

transfer_base64_wide *transfer_base64_avx2(void)
{
	/* libgcc asks the processor, and the system, once at start. */
	return __builtin_cpu_supports("avx2") ? decode : NULL;
}

#else

transfer_base64_wide *transfer_base64_avx2(void)
{
	return NULL;
}

#endif
