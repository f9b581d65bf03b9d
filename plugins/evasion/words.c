/* SPDX-License-Identifier: BSD-2-Clause */
/* Words of a text: which of them say something that a disguise would be worth, and sets of them. */
#include "evasion.h"

#include <string.h>

#define LONG_WORD 6      /* a listed word of so many letters counts inside another one */
#define WORD_BYTES 40    /* longer ones are no words */
#define LOOKED_AT 64     /* hosts and numbers of a message */
#define PHONE_DIGITS 7
#define PHONE_DIGITS_PLAIN 10
#define PHONE_DIGITS_MAX 15
#define LETTER_DIGITS 2  /* digits that stand for letters in one word */

static bool is_letter(unsigned char c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool is_digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

bool word_next(struct postern_slice text, size_t *pos, struct postern_slice *word_r)
{
	size_t start = *pos, end;

	while (start < text.len && !is_letter((unsigned char)text.ptr[start]) && !is_digit((unsigned char)text.ptr[start]) &&
	    (unsigned char)text.ptr[start] < 0x80)
		start++;
	for (end = start; end < text.len && (is_letter((unsigned char)text.ptr[end]) ||
	    is_digit((unsigned char)text.ptr[end]) || (unsigned char)text.ptr[end] >= 0x80);)
		end++;
	*pos = end;
	*word_r = view_sub(text, start, end);
	return end > start;
}

bool token_next(struct postern_slice text, size_t *pos, struct postern_slice *token_r)
{
	const char *p = text.ptr + *pos, *last = text.ptr + text.len, *start;

	while (p < last && (unsigned char)*p <= ' ')
		p++;
	for (start = p; p < last && (unsigned char)*p > ' ';)
		p++;
	*pos = (size_t)(p - text.ptr);
	*token_r = (struct postern_slice){start, (size_t)(p - start)};
	return p > start;
}

size_t digits_count(struct postern_slice s)
{
	size_t count = 0;

	for (size_t i = 0; i < s.len; i++)
		count += is_digit((unsigned char)s.ptr[i]);
	return count;
}

static bool has_long_word(const struct evasion *evasion, struct postern_slice word)
{
	for (size_t i = 0; i < evasion->words.count; i++) {
		size_t len = strlen(evasion->words.items[i]);

		if (len < LONG_WORD)
			continue;
		for (size_t at = 0; at + len <= word.len; at++)
			if (view_starts(view_sub(word, at, word.len), evasion->words.items[i]))
				return true;
	}
	return false;
}

bool word_listed(const struct evasion *evasion, struct postern_slice word)
{
	static const char digits[] = "0134578", letters[] = "oieastb";
	char plain[WORD_BYTES];
	size_t changed = 0, found = 0;

	if (word.len < 3 || word.len > sizeof(plain))
		return false;
	for (size_t i = 0; i < word.len; i++) {
		const char *digit = memchr(digits, word.ptr[i], sizeof(digits) - 1);

		found += is_letter((unsigned char)word.ptr[i]);
		changed += digit != NULL;
		plain[i] = digit != NULL ? letters[digit - digits] : word.ptr[i];
	}
	if (words_has(&evasion->words, word) || has_long_word(evasion, word))
		return true;
	return changed > 0 && changed <= LETTER_DIGITS && found >= 2 &&
	    words_has(&evasion->words, (struct postern_slice){plain, word.len});
}

static bool is_allowed(const struct judge *judge, struct postern_slice host)
{
	struct postern_slice rest = judge->allowed, domain;

	while (view_next(&rest, ',', &domain))
		if (host_below(host, domain))
			return true;
	return false;
}

/* Does the token hold a host that may not be linked? The host program has found the hosts of the message. */
static bool has_host(const struct judge *judge, struct postern_slice token)
{
	size_t count = judge->host->url_count(judge->ctx);
	struct postern_url url;

	if (memchr(token.ptr, '.', token.len) == NULL)
		return false;
	for (size_t i = 0; i < count && i < LOOKED_AT; i++) {
		if (judge->host->url(judge->ctx, i, &url) != POSTERN_OK || url.host.len < 4 || url.host.len > token.len ||
		    is_allowed(judge, url.host))
			continue;
		for (size_t at = 0; at + url.host.len <= token.len; at++)
			if (view_eq(view_sub(token, at, at + url.host.len), url.host))
				return true;
	}
	return false;
}

static bool is_mail_address(struct postern_slice token)
{
	const char *at = memchr(token.ptr, '@', token.len);

	return at != NULL && at > token.ptr && memchr(at, '.', token.len - (size_t)(at - token.ptr)) != NULL;
}

bool is_known_number(const struct judge *judge, struct postern_slice token)
{
	size_t count = judge->host->id_count(judge->ctx);
	struct postern_id id;

	for (size_t i = 0; i < count && i < LOOKED_AT; i++) {
		if (judge->host->id(judge->ctx, i, &id) == POSTERN_OK && id.value.len > 0 && id.value.len <= token.len &&
		    memmem(token.ptr, token.len, id.value.ptr, id.value.len) != NULL)
			return true;
	}
	return false;
}

/* Digits as people write a telephone's; a few without a break are somebody's reference. */
static bool is_phone(struct postern_slice token)
{
	size_t digits = digits_count(token), marks = 0;

	for (size_t i = 0; i < token.len; i++)
		marks += token.ptr[i] != '\0' && strchr("-.+()/", token.ptr[i]) != NULL;
	return digits >= (marks > 0 ? PHONE_DIGITS : PHONE_DIGITS_PLAIN) && digits <= PHONE_DIGITS_MAX && digits * 2 > token.len;
}

bool is_contact(const struct judge *judge, struct postern_slice token)
{
	return is_mail_address(token) || has_host(judge, token) || (is_phone(token) && !is_known_number(judge, token));
}

bool has_listed(const struct judge *judge, struct postern_slice token)
{
	struct postern_slice word;
	size_t pos = 0;

	while (word_next(token, &pos, &word))
		if (word_listed(judge->evasion, word))
			return true;
	return false;
}

/* ---- sets ---- */

static uint64_t word_hash(struct postern_slice word)
{
	uint64_t hash = 14695981039346656037ULL;

	for (size_t i = 0; i < word.len; i++) {
		unsigned char c = (unsigned char)word.ptr[i];

		hash = (hash ^ (c >= 'A' && c <= 'Z' ? c | 0x20U : c)) * 1099511628211ULL;
	}
	return hash | 1;
}

int set_make(const struct judge *judge, struct word_set *set, size_t bytes)
{
	size_t room = 64;

	while (room < bytes / 3 && room < ((size_t)1 << 20))
		room *= 2;
	set->slots = judge->host->alloc(judge->ctx, room * sizeof(*set->slots));
	if (set->slots == NULL)
		return -1;
	memset(set->slots, 0, room * sizeof(*set->slots));
	set->mask = room - 1;
	return 0;
}

/* The slot of the word or a free one; at most so many are looked at, a flood of words fills the set. */
static uint64_t *set_slot(const struct word_set *set, uint64_t hash)
{
	size_t at = (hash >> 20) & set->mask;

	for (int tries = 0; tries < 32; tries++, at = (at + 1) & set->mask)
		if (set->slots[at] == 0 || set->slots[at] == hash)
			return &set->slots[at];
	return NULL;
}

void set_add_text(struct word_set *set, struct postern_slice text)
{
	struct postern_slice word;
	size_t pos = 0;

	while (word_next(text, &pos, &word)) {
		uint64_t hash = word_hash(word), *slot = set_slot(set, hash);

		if (slot != NULL)
			*slot = hash;
	}
}

bool set_has(const struct word_set *set, struct postern_slice word)
{
	uint64_t hash = word_hash(word);
	const uint64_t *slot = set_slot(set, hash);

	/* a full set says nothing: the word may be there */
	return slot == NULL || *slot == hash;
}
