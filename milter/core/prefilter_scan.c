/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The scan of a text: what is known of it, and which expressions may match by the literals that were found.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/prefilter_tree.h"

/* Idle scans that are kept. More threads at once make theirs anew. */
#define POOL_MAX 16
/* Room for a text that an idle scan keeps. */
#define ROOM_KEPT ((size_t)16 << 10)
/* Bytes of a text for each bucket of what is found in it, and how many there are, as powers of two. */
#define BUCKET_BYTES 2
#define BUCKETS_MIN 4
#define BUCKETS_MAX 14

static void scan_free(struct prefilter_scan *scan)
{
	free(scan->text);
	free(scan->places);
	free(scan->blanks);
	free(scan->blank_bits);
	free(scan->ranks);
	free(scan->hits);
	free(scan->buckets);
	free(scan->found);
	free(scan->links);
	free(scan->met);
	free(scan);
}

void prefilter_scans_free(struct prefilter *prefilter)
{
	while (prefilter->pool != NULL) {
		struct prefilter_scan *next = prefilter->pool->next;

		scan_free(prefilter->pool);
		prefilter->pool = next;
	}
	prefilter->pooled = 0;
}

static struct prefilter_scan *scan_new(const struct prefilter *prefilter)
{
	struct prefilter_scan *scan = calloc(1, sizeof(*scan) + prefilter->count + 1);

	if (scan == NULL)
		return NULL;
	scan->prefilter = prefilter;
	scan->buckets = calloc((size_t)1 << BUCKETS_MAX, sizeof(*scan->buckets));
	scan->met = calloc(prefilter->need_count + (size_t)1, sizeof(*scan->met));
	if (scan->buckets == NULL || scan->met == NULL) {
		scan_free(scan);
		return NULL;
	}
	return scan;
}

static struct prefilter_scan *borrow(struct prefilter *prefilter)
{
	struct prefilter_scan *scan;

	pthread_mutex_lock(&prefilter->lock);
	scan = prefilter->pool;
	if (scan != NULL) {
		prefilter->pool = scan->next;
		prefilter->pooled--;
	}
	pthread_mutex_unlock(&prefilter->lock);
	return scan != NULL ? scan : scan_new(prefilter);
}

/* Who needs one that was found, and how many they are. */
static const unsigned char *users_of(const struct prefilter_scan *scan, uint32_t found, uint32_t *count_r)
{
	const unsigned char *at = scan->prefilter->trees + scan->found[found].users;

	*count_r = prefilter_number(at);
	return at + sizeof(uint32_t);
}

/* Which expressions' sets have a literal that was found. */
static void note_seen(struct prefilter_scan *scan)
{
	for (uint32_t k = 0; k < scan->found_count; k++) {
		uint32_t count;
		const unsigned char *at = users_of(scan, k, &count);

		for (uint32_t i = 0; i < count; i++) {
			uint32_t user = prefilter_number(at + i * sizeof(user));

			scan->seen[PREFILTER_USER_NUMBER(user)] |= (unsigned char)(1U << PREFILTER_USER_SET(user));
		}
	}
	scan->any = scan->any || scan->seen[scan->prefilter->count] != 0;
}

static bool room_for_link(struct prefilter_scan *scan)
{
	uint32_t room = scan->link_room != 0 ? scan->link_room * 2 : 512;
	struct prefilter_link *grown = reallocarray(scan->links, room, sizeof(*grown));

	if (grown == NULL)
		return false;
	scan->links = grown;
	scan->link_room = room;
	return true;
}

/* What the needs of expressions that may match were met by: of most others one need or two are met, too. */
static void link_needs(struct prefilter_scan *scan)
{
	const struct prefilter *prefilter = scan->prefilter;

	for (uint32_t k = 0; k < scan->found_count && !scan->any; k++) {
		uint32_t count;
		const unsigned char *at = users_of(scan, k, &count);

		for (uint32_t i = 0; i < count; i++) {
			uint32_t user = prefilter_number(at + i * sizeof(user)), number = PREFILTER_USER_NUMBER(user), need;

			if (!prefilter_has(prefilter, scan, number))
				continue;
			if (prefilter->joined[number] != 0)
				scan->seen[prefilter->joined[number] - 1] = PREFILTER_JOINED;
			if (scan->link_count == scan->link_room && !room_for_link(scan)) {
				scan->any = true;
				break;
			}
			need = prefilter->first_need[number] + PREFILTER_USER_SET(user);
			scan->links[scan->link_count] = (struct prefilter_link){k, need, prefilter_link_of(scan, need)};
			scan->met[need] = scan->link_count++;
		}
	}
}

static void text_free(struct prefilter_scan *scan)
{
	free(scan->text);
	free(scan->places);
	free(scan->blanks);
	free(scan->blank_bits);
	free(scan->ranks);
	scan->text = NULL;
	scan->places = scan->blanks = scan->ranks = NULL;
	scan->blank_bits = NULL;
	scan->text_room = 0;
}

static bool room_for_text(struct prefilter_scan *scan, size_t len)
{
	if (len < scan->text_room)
		return true;
	text_free(scan);
	scan->text = malloc(len + PREFILTER_END_BYTES);
	scan->places = calloc(len + 1, sizeof(*scan->places));
	/* Between two of them is something else. */
	scan->blanks = calloc(len / 2 + 1, sizeof(*scan->blanks));
	scan->ranks = calloc(len / 64 + 1, sizeof(*scan->ranks));
	scan->blank_bits = calloc(len / 64 + 1, sizeof(*scan->blank_bits));
	if (scan->text == NULL || scan->places == NULL || scan->blanks == NULL || scan->ranks == NULL ||
	    scan->blank_bits == NULL) {
		text_free(scan);
		return false;
	}
	scan->text_room = len + 1;
	return true;
}

/* Bytes of characters behind their first; eight at a time, because most texts have none. */
static size_t count_extra(struct slice text)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	size_t count = 0, i = 0;

	for (; i + sizeof(ones) <= text.len; i += sizeof(ones)) {
		uint64_t word;

		memcpy(&word, text.ptr + i, sizeof(word));
		/* Of each byte, bit 7 without bit 6. */
		word = (word >> 7) & ~(word >> 6) & ones;
		count += word * ones >> 56;
	}
	for (; i < text.len; i++)
		count += ((unsigned char)text.ptr[i] & 0xC0) == 0x80;
	return count;
}

/* Which of eight bytes of a text are blanks, the first as the lowest bit. */
static uint64_t blanks_of_eight(const char *text)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), low = ~(ones << 7);
	uint64_t bits = 0;

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	memcpy(&bits, text, sizeof(bits));
	bits ^= ones * ' ';
	/* Bit 7 of each byte that is 0 now; then all of them together. */
	bits = ~(((bits & low) + low) | bits | low);
	return (bits >> 7) * UINT64_C(0x0102040810204080) >> 56;
#else
	(void)low;
	for (size_t i = 0; i < 8; i++)
		bits |= (uint64_t)(text[i] == ' ') << i;
	return bits;
#endif
}

/* What extents are told by. */
static void measure(struct prefilter_scan *scan, struct slice text, size_t len)
{
	uint32_t blanks = 0;

	for (size_t block = 0; block <= len / 64; block++) {
		uint64_t bits = 0;

		for (size_t i = block * 64; i < len && i < block * 64 + 64; i += 8)
			bits |= blanks_of_eight(scan->text + i) << (i % 64);
		scan->blank_bits[block] = bits;
		scan->ranks[block] = blanks;
		for (; bits != 0; bits &= bits - 1)
			scan->blanks[blanks++] = (uint32_t)(block * 64 + (size_t)__builtin_ctzll(bits));
	}
	scan->extra = count_extra(text);
}

/* As many as the text needs, all empty. */
static void make_buckets(struct prefilter_scan *scan, size_t len)
{
	unsigned bits = BUCKETS_MIN;

	while (bits < BUCKETS_MAX && (size_t)BUCKET_BYTES << bits < len)
		bits++;
	scan->bucket_shift = 32 - bits;
	memset(scan->buckets, 0, sizeof(*scan->buckets) << bits);
}

/* false: it could not be looked for, so anything may match. */
static bool look(struct prefilter_scan *scan, struct slice text)
{
	size_t len;

	if (!room_for_text(scan, text.len))
		return false;
	len = text.len > 0 ? literals_fold(text, scan->text, scan->places) : 0;
	scan->places[len] = (uint32_t)text.len;
	memset(scan->text + len, PREFILTER_END, PREFILTER_END_BYTES);
	measure(scan, text, len);
	make_buckets(scan, len);
	prefilter_find(scan, len);
	note_seen(scan);
	if (!scan->any)
		link_needs(scan);
	return true;
}

/* What the text before left. */
static void clear(struct prefilter_scan *scan)
{
	scan->any = scan->flooded = false;
	scan->found_count = scan->hit_count = scan->link_count = 0;
	memset(scan->seen, 0, scan->prefilter->count + 1);
}

struct prefilter_scan *prefilter_begin(struct prefilter *prefilter, struct slice text)
{
	struct prefilter_scan *scan = NULL;

	if (prefilter->trees != NULL && text.len < UINT32_MAX)
		scan = borrow(prefilter);
	if (scan == NULL)
		return NULL;
	clear(scan);
	if (!look(scan, text))
		scan->any = true;
	return scan;
}

bool prefilter_may(const struct prefilter *prefilter, const struct prefilter_scan *scan, size_t number)
{
	return scan == NULL || scan->any || prefilter_has(prefilter, scan, number);
}

size_t prefilter_next(const struct prefilter *prefilter, const struct prefilter_scan *scan, const size_t *numbers,
    const size_t *chosen, size_t count, size_t i)
{
	if (scan == NULL || scan->any)
		return i;
	if (chosen != NULL)
		while (i < count && !prefilter_has(prefilter, scan, numbers[chosen[i]]))
			i++;
	else
		while (i < count && !prefilter_has(prefilter, scan, numbers[i]))
			i++;
	return i;
}

/* Whether prefilter_has holds for none of eight expressions, whose bytes these are: no byte is the same in both. */
static bool none_of_eight(const unsigned char *seen, const unsigned char *wanted)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	uint64_t a, b;

	memcpy(&a, seen, sizeof(a));
	memcpy(&b, wanted, sizeof(b));
	a ^= b;
	return ((a - ones) & ~a & ones << 7) == 0;
}

size_t prefilter_next_of_run(const struct prefilter *prefilter, const struct prefilter_scan *scan, size_t first,
    size_t count, size_t i)
{
	if (scan == NULL || scan->any)
		return i;
	while (i + 8 <= count && none_of_eight(scan->seen + first + i, prefilter->wanted + first + i))
		i += 8;
	while (i < count && !prefilter_has(prefilter, scan, first + i))
		i++;
	return i;
}

void prefilter_end(struct prefilter *prefilter, struct prefilter_scan **scan)
{
	struct prefilter_scan *old = *scan;

	*scan = NULL;
	if (old == NULL)
		return;
	if (old->text_room > ROOM_KEPT)
		text_free(old);
	pthread_mutex_lock(&prefilter->lock);
	if (prefilter->pooled < POOL_MAX) {
		old->next = prefilter->pool;
		prefilter->pool = old;
		prefilter->pooled++;
		old = NULL;
	}
	pthread_mutex_unlock(&prefilter->lock);
	if (old != NULL)
		scan_free(old);
}
