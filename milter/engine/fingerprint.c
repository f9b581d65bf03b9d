/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fingerprints of texts: words that are the same however a mail program
 * wrapped, marked or garbled them, and a set of hashes over three of them in
 * a row.
 */
#include "engine/fingerprint.h"

#include <endian.h>
#include <string.h>

#include "core/text.h"

#define FNV_START UINT64_C(14695981039346656037)
#define FNV_PRIME UINT64_C(1099511628211)
/* What a hash is of; 1 to 3 are so many words. */
#define KIND_LINK 8

void gram_key_make(struct gram_key *key_r, struct slice secret)
{
	static const unsigned char probe[] = "which key";

	hash_short_key(key_r->bytes, secret.ptr != NULL ? secret : SLICE_LIT(""), "postern fingerprint");
	memset(key_r->id, 0, sizeof(key_r->id));
	if (secret.len == 0)
		return;
	for (uint64_t n = hash_short(key_r->bytes, probe, sizeof(probe)), i = 0; i < 8; i++, n >>= 4)
		key_r->id[i] = "0123456789abcdef"[n & 15];
}

/* ---- words ---------------------------------------------------------------- */

enum rune {
	RUNE_GAP,     /* between words */
	RUNE_LETTER,
	RUNE_WORD,    /* a word by itself */
	RUNE_ACCENTED, /* belongs to a word, but what it is depends on the charset that a program believed in */
	RUNE_MARK     /* apostrophes, and what damaged text has in place of letters: as if it were not there */
};

static enum rune ascii_rune(unsigned long c)
{
	if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'))
		return RUNE_LETTER;
	return c == '\'' ? RUNE_MARK : RUNE_GAP;
}

/* Latin letters with accents and what UTF-8 looks like when it is read as Latin-1 or Windows-1252. */
static enum rune latin_rune(unsigned long c)
{
	if (c == 0xA0 || c == 0xAB || c == 0xBB || c == 0xD7 || c == 0xF7)
		return RUNE_GAP;
	if (c >= 0xC0 && c < 0x370)
		return RUNE_ACCENTED;
	return RUNE_MARK;
}

static enum rune rune_of(unsigned long c)
{
	if (c < 0x80)
		return ascii_rune(c);
	if (c < 0x370)
		return latin_rune(c);
	if (c >= 0x1E00 && c <= 0x1EFF)
		return RUNE_ACCENTED;
	if (c == 0x2018 || c == 0x2019 || c == 0x20AC || c == 0x2122 || c == 0xFFFD || unicode_invisible(c))
		return RUNE_MARK;
	if ((c >= 0x2000 && c <= 0x2E7F) || (c >= 0x3000 && c <= 0x303F) || (c >= 0xFE10 && c <= 0xFE6F))
		return RUNE_GAP;
	if (c >= 0xFF00 && c <= 0xFF5E)
		return ascii_rune(c - 0xFEE0);
	if ((c >= 0xE000 && c <= 0xF8FF) || (c >= 0xFF5F && c <= 0xFFEF) || (c >= 0x1F000 && c <= 0x1FAFF) || c >= 0xE0000)
		return RUNE_GAP;
	if ((c >= 0x2E80 && c <= 0xA4CF) || (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x20000 && c <= 0x3FFFF))
		return RUNE_WORD;
	return RUNE_LETTER;
}

static unsigned long lower(unsigned long c)
{
	if (c < 'A' || (c >= 'a' && c < 0x80))
		return c;
	if (c >= 0xFF00 && c <= 0xFF5E)
		c -= 0xFEE0;
	if ((c >= 'A' && c <= 'Z') || (c >= 0x391 && c <= 0x3AB) || (c >= 0x410 && c <= 0x42F))
		return c + 32;
	return c >= 0x400 && c <= 0x40F ? c + 80 : c;
}

/* '?' inside a word stands where a program could not write a letter. */
static bool is_lost_letter(struct slice text, size_t at)
{
	return text.ptr[at] == '?' && at > 0 && at + 1 < text.len &&
	    ascii_rune((unsigned char)text.ptr[at - 1]) == RUNE_LETTER &&
	    ascii_rune((unsigned char)text.ptr[at + 1]) == RUNE_LETTER;
}

/* The character at at, and how many bytes it has. Most are ASCII. */
static enum rune rune_at(struct slice text, size_t at, unsigned long *c_r, size_t *len_r)
{
	size_t n;

	*c_r = (unsigned char)text.ptr[at];
	*len_r = 1;
	if (*c_r < 0x80)
		return is_lost_letter(text, at) ? RUNE_MARK : ascii_rune(*c_r);
	n = utf8_decode(slice_sub(text, at, 4), c_r);
	if (n == 0)
		*c_r = 0xFFFD;
	else
		*len_r = n;
	return rune_of(*c_r);
}

static bool is_ascii_letter(unsigned char c)
{
	return (unsigned char)((c | 0x20) - 'a') < 26 || (unsigned char)(c - '0') < 10;
}

/* Nearly all of most texts: letters and digits of ASCII, hashed as lower() has them. */
static uint64_t hash_ascii(struct slice text, size_t *at, uint64_t hash)
{
	size_t i = *at;

	for (; i < text.len && is_ascii_letter((unsigned char)text.ptr[i]); i++)
		hash = (hash ^ ((unsigned char)text.ptr[i] | 0x20)) * FNV_PRIME;
	*at = i;
	return hash;
}

bool gram_word_next(struct slice text, size_t *at, struct gram_word *word_r)
{
	struct gram_word word = {0, 0, FNV_START};
	bool begun = false, hashed = false;

	while (*at < text.len) {
		unsigned long c;
		size_t here = *at, n;
		enum rune rune;

		if (is_ascii_letter((unsigned char)text.ptr[here])) {
			word.start = begun ? word.start : here;
			word.hash = hash_ascii(text, at, word.hash);
			word.end = *at;
			begun = hashed = true;
			continue;
		}
		rune = rune_at(text, here, &c, &n);
		if (hashed && (rune == RUNE_GAP || rune == RUNE_WORD))
			break;
		*at = here + n;
		if (rune == RUNE_GAP)
			begun = false;
		if (rune == RUNE_GAP || rune == RUNE_MARK)
			continue;
		if (!begun || rune == RUNE_WORD)
			word.start = here;
		begun = true;
		word.end = *at;
		if (rune == RUNE_ACCENTED)
			continue;
		word.hash = (word.hash ^ lower(c)) * FNV_PRIME;
		hashed = true;
		if (rune == RUNE_WORD)
			break;
	}
	*word_r = word;
	return hashed;
}

/* ---- sets ------------------------------------------------------------------ */

/* Of the table that a set begins with: enough for a message of some 350 words. */
#define SLOTS_FEW 512

/*
 * A gram stands where its upper bits say or soon behind, so that the table is nearly in order. Most messages need far
 * less of one than room: the table grows.
 */
struct gram_set {
	struct arena *arena;
	uint32_t *table; /* 0: empty */
	size_t slots;    /* a power of two, of which grams take three quarters at most */
	size_t count, room;
	bool lost;       /* memory was out */
};

struct gram_set *gram_set_new(struct arena *arena, size_t room)
{
	struct gram_set *set = arena_alloc(arena, sizeof(*set));

	if (set == NULL || (set->table = arena_array(arena, SLOTS_FEW, sizeof(*set->table))) == NULL)
		return NULL;
	set->arena = arena;
	set->slots = SLOTS_FEW;
	set->room = room;
	return set;
}

size_t gram_set_count(const struct gram_set *set)
{
	return set->count;
}

bool gram_set_lost(const struct gram_set *set)
{
	return set->lost;
}

/* The slot of gram, or the empty one where it would stand. */
static uint32_t *slot_of(const struct gram_set *set, uint32_t gram)
{
	size_t i = (size_t)((uint64_t)gram * set->slots >> 32);

	while (set->table[i] != 0 && set->table[i] != gram)
		i = (i + 1) & (set->slots - 1);
	return &set->table[i];
}

static bool grow(struct gram_set *set)
{
	struct gram_set grown = *set;

	grown.slots = set->slots * 2;
	grown.table = arena_array(set->arena, grown.slots, sizeof(*grown.table));
	if (grown.table == NULL)
		return false;
	for (size_t i = 0; i < set->slots; i++)
		if (set->table[i] != 0)
			*slot_of(&grown, set->table[i]) = set->table[i];
	*set = grown;
	return true;
}

static void add(struct gram_set *set, uint32_t gram)
{
	uint32_t *slot = slot_of(set, gram);

	if (*slot != 0 || set->count >= set->room || set->lost)
		return;
	if (set->count >= set->slots / 4 * 3) {
		if (!grow(set)) {
			set->lost = true;
			return;
		}
		slot = slot_of(set, gram);
	}
	*slot = gram;
	set->count++;
}

static uint32_t gram_of(const struct gram_key *key, const uint64_t *words, size_t count)
{
	uint64_t data[4] = {count};
	uint32_t gram;

	memcpy(data + 1, words, count * sizeof(*words));
	gram = (uint32_t)hash_short(key->bytes, data, sizeof(data));
	return gram != 0 ? gram : 1;
}

static uint32_t link_gram(const struct gram_key *key, struct slice url)
{
	long scheme = slice_find(slice_sub(url, 0, 12), SLICE_LIT("://"));
	uint64_t data[4] = {KIND_LINK, FNV_START};
	uint32_t gram;

	if (scheme >= 0)
		url = slice_sub(url, (size_t)scheme + 3, url.len);
	for (size_t i = 0; i < url.len && url.ptr[i] != '?' && url.ptr[i] != '#'; i++)
		if (url.ptr[i] != '/' || i + 1 < url.len)
			data[1] = (data[1] ^ lower((unsigned char)url.ptr[i])) * FNV_PRIME;
	gram = (uint32_t)hash_short(key->bytes, data, sizeof(data));
	return gram != 0 ? gram : 1;
}

/* Lines of one and two words: no three words in a row tell of them when they are quoted alone. */
static void add_short_lines(struct gram_set *set, const struct gram_key *key, struct slice text)
{
	while (text.len > 0) {
		const char *end = memchr(text.ptr, '\n', text.len);
		struct slice line = slice_sub(text, 0, end != NULL ? (size_t)(end - text.ptr) : text.len);
		struct gram_word word;
		uint64_t words[3];
		size_t count = 0, at = 0;

		while (count < 3 && gram_word_next(line, &at, &word))
			words[count++] = word.hash;
		if (count == 1 || count == 2)
			add(set, gram_of(key, words, count));
		text = slice_sub(text, line.len + 1, text.len);
	}
}

void gram_set_text(struct gram_set *set, const struct gram_key *key, struct slice text)
{
	uint64_t window[3] = {0};
	struct gram_word word;
	size_t at = 0, count = 0;

	add_short_lines(set, key, slice_sub(text, 0, set->room * 32));
	while (set->count < set->room && gram_word_next(text, &at, &word)) {
		window[0] = window[1];
		window[1] = window[2];
		window[2] = word.hash;
		if (++count >= 3)
			add(set, gram_of(key, window, 3));
	}
}

void gram_set_link(struct gram_set *set, const struct gram_key *key, struct slice url)
{
	add(set, link_gram(key, url));
}

bool gram_set_has(const struct gram_set *set, const struct gram_key *key, const uint64_t *words, size_t count)
{
	return *slot_of(set, gram_of(key, words, count)) != 0;
}

bool gram_set_has_link(const struct gram_set *set, const struct gram_key *key, struct slice url)
{
	return *slot_of(set, link_gram(key, url)) != 0;
}

/* ---- as text --------------------------------------------------------------- */

/* What the table has, in order: a few steps for each, as it is nearly so. */
static void list_grams(const struct gram_set *set, uint32_t *list)
{
	size_t count = 0;

	for (size_t i = 0; i < set->slots; i++) {
		size_t at = count;

		if (set->table[i] == 0)
			continue;
		for (; at > 0 && list[at - 1] > set->table[i]; at--)
			list[at] = list[at - 1];
		list[at] = set->table[i];
		count++;
	}
}

struct slice gram_set_export(struct arena *arena, const struct gram_set *set)
{
	size_t bytes = set->count * sizeof(uint32_t);
	uint32_t *list = arena_room(arena, bytes);
	char *text = arena_room(arena, BASE64_SIZE(bytes));

	if (set->lost || list == NULL || text == NULL)
		return SLICE_NONE;
	list_grams(set, list);
	for (size_t i = 0; i < set->count; i++)
		list[i] = htole32(list[i]);
	base64_write(text, list, bytes);
	return slice_str(text);
}

size_t gram_text_count(struct slice text)
{
	return text.len / 4 * 3 / 4;
}

int gram_set_import(struct arena *arena, struct gram_set *set, struct slice text)
{
	size_t size = text.len / 4 * 3 + 3, len;
	unsigned char *data = arena_room(arena, size);

	if (data == NULL || base64_read(data, size, text, &len) != 0 || len % 4 != 0)
		return -1;
	for (size_t i = 0; i < len; i += 4) {
		uint32_t gram = data[i] | (uint32_t)data[i + 1] << 8 | (uint32_t)data[i + 2] << 16 | (uint32_t)data[i + 3] << 24;

		add(set, gram != 0 ? gram : 1);
	}
	return set->lost ? -1 : 0;
}
