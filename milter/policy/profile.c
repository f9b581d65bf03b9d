/* SPDX-License-Identifier: BSD-2-Clause */
/* What marketplace profiles answer: whose address this is, what kind of mail, which value held when. */
#include "policy/profile.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "mail/address.h"
#include "policy/profile_int.h"

#define DOMAIN_MAX 255
#define SCAN_MEMORY ((size_t)4 << 20)
/* For finding out one message's kind, which takes some microseconds. */
#define LETTER_MS 5000

const char *marketplace_name(const struct marketplace *market)
{
	return market->name;
}

const char *marketplace_title(const struct marketplace *market)
{
	return market->title;
}

const struct id_set *marketplace_ids(const struct marketplace *market)
{
	return market->ids;
}

const char *profiles_warnings(const struct profiles *profiles)
{
	return profiles->warnings.text;
}

const struct id_set *profiles_ids(const struct profiles *profiles)
{
	return profiles->all_ids;
}

size_t profiles_count(const struct profiles *profiles)
{
	return profiles->count;
}

const struct marketplace *profiles_get(const struct profiles *profiles, size_t index)
{
	return index < profiles->count ? &profiles->markets[index] : NULL;
}

const struct marketplace *profiles_find(const struct profiles *profiles, const char *name)
{
	for (size_t i = 0; i < profiles->count; i++)
		if (strcmp(profiles->markets[i].name, name) == 0)
			return &profiles->markets[i];
	return NULL;
}

/* ---- addresses ----------------------------------------------------------- */

static int compare_domain(const void *key, const void *member)
{
	return strcmp(key, ((const struct market_domain *)member)->domain);
}

/* The entry for the whole domain of address, never for a part of it. */
static const struct market_domain *find_domain(const struct profiles *profiles, struct slice address)
{
	const char *at = address.len > 0 ? memrchr(address.ptr, '@', address.len) : NULL;
	char domain[DOMAIN_MAX + 1];
	size_t len;

	if (at == NULL)
		return NULL;
	len = address.len - (size_t)(at + 1 - address.ptr);
	if (len > 0 && at[len] == '.')
		len--; /* "walmart.com." is the same domain */
	if (len == 0 || len > DOMAIN_MAX)
		return NULL;
	for (size_t i = 0; i < len; i++) {
		char c = at[1 + i];

		domain[i] = c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
	}
	domain[len] = '\0';
	if (memchr(domain, '\0', len) != NULL)
		return NULL;
	return bsearch(domain, profiles->domains, profiles->domain_count, sizeof(*profiles->domains), compare_domain);
}

int profiles_recipient(const struct profiles *profiles, struct slice address, const struct marketplace **market_r,
    struct diag *d)
{
	const struct market_domain *found = find_domain(profiles, address);

	*market_r = NULL;
	if (found == NULL)
		return 0;
	if (found->relay) {
		*market_r = found->market;
		return 1;
	}
	for (const struct relay *relay = found->market->relays; relay != NULL; relay = relay->next) {
		int rc = pattern_test(relay->pattern, address, d);

		if (rc == -1)
			return -1;
		if (rc == 1) {
			*market_r = found->market;
			return 1;
		}
	}
	return 0;
}

int marketplace_thread_key(const struct marketplace *market, struct slice address, char *out, size_t size)
{
	struct pattern_match match;
	struct diag d = {.text = ""};
	size_t len = 0, cut_start = 0, cut_end = 0;

	if (market->thread_ignores != NULL) {
		int rc = pattern_find(market->thread_ignores, address, 0, &match, &d);

		if (rc == -1)
			return -1;
		if (rc == 1) {
			cut_start = match.start;
			cut_end = match.end;
		}
	}
	if (address.len - (cut_end - cut_start) >= size)
		return -1;
	for (size_t i = 0; i < address.len; i++) {
		char c = address.ptr[i];

		if (i < cut_start || i >= cut_end)
			out[len++] = c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
	}
	if (len > 0 && out[len - 1] == '.')
		len--;
	out[len] = '\0';
	return 0;
}

/* ---- inbound mail -------------------------------------------------------- */

/* What a kind's conditions are tested on. */
struct letter {
	struct slice envelope_sender;
	const struct message *message;
	const struct marketplace *market;
	struct arena *arena;
	struct diag *d;
	int64_t deadline; /* monotonic milliseconds: a profile's expressions are as dangerous as a rule's */
};

static int letter_test(const struct letter *letter, const struct pattern *pattern, struct slice text)
{
	return pattern_find_until(pattern, text, 0, letter->deadline, NULL, letter->d);
}

static int test_headers(const struct letter *letter, const char *name, const struct pattern *pattern)
{
	const struct mail_header *header;
	int rc = 0;

	for (size_t n = 0; rc == 0 && (header = message_header(letter->message, name, n)) != NULL; n++)
		rc = letter_test(letter, pattern, header->value);
	return rc;
}

static int test_from(const struct letter *letter, const struct pattern *pattern)
{
	const struct mail_header *header;
	struct address_mailbox *boxes;
	size_t count;
	int rc = 0;

	for (size_t n = 0; (header = message_header(letter->message, "From", n)) != NULL; n++) {
		if (address_list(letter->arena, header->raw, &boxes, &count) == -1)
			return diag_add(letter->d, "memory is out while reading From");
		for (size_t i = 0; rc == 0 && i < count; i++)
			rc = letter_test(letter, pattern, boxes[i].address);
	}
	return rc;
}

static int test_body(const struct letter *letter, const struct pattern *pattern)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < letter->message->segment_count; i++)
		if (letter->message->segments[i].kind != SEGMENT_SUBJECT)
			rc = letter_test(letter, pattern, letter->message->segments[i].text);
	return rc;
}

static int test_condition(const struct letter *letter, const struct condition *condition)
{
	switch (condition->place) {
	case CONDITION_FROM: return test_from(letter, condition->pattern);
	case CONDITION_SENDER: return letter_test(letter, condition->pattern, letter->envelope_sender);
	case CONDITION_SUBJECT: return test_headers(letter, "Subject", condition->pattern);
	case CONDITION_HEADER: return test_headers(letter, condition->header, condition->pattern);
	case CONDITION_BODY: return test_body(letter, condition->pattern);
	}
	return 0;
}

/* Whether text has a number of one of those kinds. */
static int has_number(const struct letter *letter, struct slice text, char **kinds)
{
	struct mail_id *ids = NULL;
	size_t count = 0;

	if (id_set_scan(letter->market->ids, letter->arena, text, 0, &ids, &count, letter->d) == -1)
		return -1;
	for (size_t i = 0; i < count; i++)
		for (char **kind = kinds; *kind != NULL; kind++)
			if (slice_eq_str(ids[i].kind, *kind))
				return 1;
	return 0;
}

/* Whether the subject or the text has one. */
static int letter_has_number(const struct letter *letter, char **kinds)
{
	int rc = has_number(letter, message_header_value(letter->message, "Subject"), kinds);

	for (size_t i = 0; rc == 0 && i < letter->message->segment_count; i++)
		rc = has_number(letter, letter->message->segments[i].text, kinds);
	return rc;
}

static int kind_fits(const struct letter *letter, const struct kind *kind)
{
	int rc = 1;

	for (const struct condition *c = kind->conditions; rc == 1 && c != NULL; c = c->next)
		rc = test_condition(letter, c);
	if (rc == 1 && kind->without != NULL) {
		rc = letter_has_number(letter, kind->without);
		rc = rc == -1 ? -1 : !rc;
	}
	return rc;
}

static int find_kind(const struct letter *letter, const struct mail_kind **kind_r)
{
	for (const struct kind *kind = letter->market->kinds; kind != NULL; kind = kind->next) {
		int rc = kind_fits(letter, kind);

		if (rc == 1)
			*kind_r = &kind->kind;
		if (rc != 0)
			return rc == 1 ? 0 : -1;
	}
	return 0;
}

/* By the domains of From, else of the envelope sender. */
static int find_market(const struct profiles *profiles, struct letter *letter)
{
	const struct market_domain *found = NULL;
	const struct mail_header *header;
	struct address_mailbox *boxes;
	size_t count;

	for (size_t n = 0; found == NULL && (header = message_header(letter->message, "From", n)) != NULL; n++) {
		if (address_list(letter->arena, header->raw, &boxes, &count) == -1)
			return diag_add(letter->d, "memory is out while reading From");
		for (size_t i = 0; found == NULL && i < count; i++)
			found = find_domain(profiles, boxes[i].address);
	}
	if (found == NULL)
		found = find_domain(profiles, letter->envelope_sender);
	letter->market = found != NULL ? found->market : NULL;
	return found != NULL;
}

int profiles_sender(const struct profiles *profiles, struct slice envelope_sender, const struct message *message,
    const struct marketplace **market_r, const struct mail_kind **kind_r, struct diag *d)
{
	struct letter letter = {.envelope_sender = envelope_sender, .message = message, .d = d,
	    .deadline = clock_monotonic_ms() + LETTER_MS};
	int rc;

	*market_r = NULL;
	*kind_r = NULL;
	letter.arena = arena_new(SCAN_MEMORY);
	if (letter.arena == NULL)
		return diag_add(d, "memory is out");
	rc = find_market(profiles, &letter);
	if (rc == 1 && find_kind(&letter, kind_r) == -1)
		rc = -1;
	if (rc == 1)
		*market_r = letter.market;
	arena_free(&letter.arena);
	return rc;
}

int profiles_fact(const struct profiles *profiles, const char *name, struct slice text, struct diag *d)
{
	int rc = 0;

	for (const struct fact *fact = profiles->facts; rc == 0 && fact != NULL; fact = fact->next)
		if (strcmp(fact->name, name) == 0)
			rc = pattern_test(fact->pattern, text, d);
	return rc;
}

/* ---- dated values -------------------------------------------------------- */

struct slice marketplace_value(const struct marketplace *market, const char *name, int64_t at, int64_t *since_r,
    const char **source_r)
{
	const struct dated_value *value = market->values;

	while (value != NULL && (strcmp(value->name, name) != 0 || value->since > at))
		value = value->next;
	if (value == NULL)
		return SLICE_NONE;
	if (since_r != NULL)
		*since_r = value->since;
	if (source_r != NULL)
		*source_r = value->source;
	return slice_str(value->text);
}

const struct sla_clock *marketplace_clock(const struct marketplace *market, const char *name, int64_t at)
{
	for (const struct dated_clock *c = market->clocks; c != NULL; c = c->next)
		if (strcmp(c->clock.name, name) == 0 && c->clock.since <= at)
			return &c->clock;
	return NULL;
}

bool marketplace_auto_reply_counts(const struct marketplace *market, int64_t at)
{
	struct slice text = marketplace_value(market, "auto_reply_counts", at, NULL, NULL);
	bool counts = false;

	return text.ptr != NULL && conf_scan_bool(text.ptr, &counts) == 0 && counts;
}
