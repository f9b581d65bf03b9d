/* SPDX-License-Identifier: BSD-2-Clause */
/* Which marketplace inbound mail comes from and what kind of mail it is, by the profiles' conditions. */
#include <string.h>

#include "core/clock.h"
#include "mail/address.h"
#include "policy/profile_int.h"

#define SCAN_MEMORY ((size_t)4 << 20)
/* For finding out one message's kind, which takes some microseconds. */
#define LETTER_MS 5000

/* What held of From: bits of conditions of one list of kinds, by their number. */
struct known {
	uint64_t tested, held;
};

/* What a kind's conditions are tested on. */
struct letter {
	struct slice envelope_sender;
	const struct message *message;
	const struct marketplace *market;
	const struct id_set *ids;
	struct arena *arena;
	struct known *known;
	struct diag *d;
	int64_t deadline; /* monotonic milliseconds: a profile's expressions are as dangerous as a rule's */
};

/* -1: memory is out. */
static int letter_addresses(const struct letter *letter, const struct mail_header *header, struct address_mailbox **boxes_r,
    size_t *count_r)
{
	if (message_mailboxes(letter->message, header, boxes_r, count_r) != 0)
		return diag_add(letter->d, "memory is out while reading %.*s", SLICE_ARG(header->name));
	return 0;
}

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

/* The addresses of all headers of that name. */
static int test_addresses(const struct letter *letter, const char *name, const struct pattern *pattern)
{
	const struct mail_header *header;
	struct address_mailbox *boxes;
	size_t count;
	int rc = 0;

	for (size_t n = 0; rc == 0 && (header = message_header(letter->message, name, n)) != NULL; n++) {
		if (letter_addresses(letter, header, &boxes, &count) != 0)
			return -1;
		for (size_t i = 0; rc == 0 && i < count; i++)
			rc = letter_test(letter, pattern, boxes[i].address);
	}
	return rc;
}

static int test_from(const struct letter *letter, const struct condition *condition)
{
	uint64_t bit = condition->number < 64 ? UINT64_C(1) << condition->number : 0;
	struct known *known = letter->known;
	int rc;

	if ((known->tested & bit) != 0)
		return (known->held & bit) != 0;
	rc = test_addresses(letter, "From", condition->pattern);
	if (rc != -1)
		known->tested |= bit;
	if (rc == 1)
		known->held |= bit;
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

static int test_to(const struct letter *letter, const struct pattern *pattern)
{
	int rc = test_addresses(letter, "To", pattern);

	return rc == 0 ? test_addresses(letter, "Cc", pattern) : rc;
}

/* By name or type. */
static int test_attachments(const struct letter *letter, const struct pattern *pattern)
{
	const struct message *m = letter->message;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < m->part_count; i++) {
		if (!(m->parts[i].flags & PART_ATTACHMENT))
			continue;
		rc = letter_test(letter, pattern, m->parts[i].name);
		if (rc == 0)
			rc = letter_test(letter, pattern, m->parts[i].type);
	}
	return rc;
}

/* Of headers alone nobody knows what the rest will say: it may hold. */
static bool is_head_only(const struct letter *letter)
{
	return letter->message->part_count == 0;
}

static int test_condition(const struct letter *letter, const struct condition *condition)
{
	switch (condition->place) {
	case CONDITION_FROM: return test_from(letter, condition);
	case CONDITION_TO: return test_to(letter, condition->pattern);
	case CONDITION_SENDER: return letter_test(letter, condition->pattern, letter->envelope_sender);
	case CONDITION_SUBJECT: return test_headers(letter, "Subject", condition->pattern);
	case CONDITION_HEADER: return test_headers(letter, condition->header, condition->pattern);
	case CONDITION_ATTACHMENT: return is_head_only(letter) ? 1 : test_attachments(letter, condition->pattern);
	case CONDITION_BODY: return is_head_only(letter) ? 1 : test_body(letter, condition->pattern);
	}
	return 0;
}

static bool is_of_kinds(const struct mail_id *id, char **kinds)
{
	while (*kinds != NULL && !slice_eq_str(id->kind, *kinds))
		kinds++;
	return *kinds != NULL;
}

/* Whether text has a number of one of those kinds. */
static int has_number(const struct letter *letter, struct slice text, char **kinds)
{
	struct mail_id *ids = NULL;
	size_t count = 0;

	if (id_set_scan(letter->ids, letter->arena, text, letter->deadline, &ids, &count, letter->d) == -1)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (is_of_kinds(&ids[i], kinds))
			return 1;
	return 0;
}

/* Whether one was found in the subject when the message was decoded: that need not be looked for again. */
static bool subject_had_number(const struct message *m, const struct id_set *ids, struct slice subject, char **kinds)
{
	bool same = false;

	for (size_t i = 0; m->id_set == ids && i < m->segment_count && !same; i++)
		same = m->segments[i].kind == SEGMENT_SUBJECT && slice_eq(m->segments[i].text, subject);
	for (size_t i = 0; same && i < m->id_count; i++)
		if (m->ids[i].segment == SEGMENT_SUBJECT && is_of_kinds(&m->ids[i], kinds))
			return true;
	return false;
}

/* Whether the subject or the text has one. */
static int letter_has_number(const struct letter *letter, char **kinds)
{
	struct slice subject = message_header_value(letter->message, "Subject");
	int rc = subject_had_number(letter->message, letter->ids, subject, kinds) ? 1 : has_number(letter, subject, kinds);

	for (size_t i = 0; rc == 0 && i < letter->message->segment_count; i++)
		rc = has_number(letter, letter->message->segments[i].text, kinds);
	return rc;
}

static int kind_fits(const struct letter *letter, const struct kind *kind)
{
	int rc = 1;

	for (const struct condition *c = kind->conditions; rc == 1 && c != NULL; c = c->next)
		rc = test_condition(letter, c);
	if (rc == 1 && kind->with != NULL && !is_head_only(letter))
		rc = letter_has_number(letter, kind->with);
	if (rc == 1 && kind->without != NULL && !is_head_only(letter)) {
		rc = letter_has_number(letter, kind->without);
		rc = rc == -1 ? -1 : !rc;
	}
	return rc;
}

/* 1 and the first kind of the list that fits, 0: none does. */
static int find_kind(const struct letter *letter, const struct kind *kind, const struct mail_kind **kind_r)
{
	letter->known->tested = letter->known->held = 0;
	for (; kind != NULL; kind = kind->next) {
		int rc = kind_fits(letter, kind);

		if (rc == 1)
			*kind_r = &kind->kind;
		if (rc != 0)
			return rc;
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
		if (letter_addresses(letter, header, &boxes, &count) != 0)
			return -1;
		for (size_t i = 0; found == NULL && i < count; i++)
			found = profile_domain_find(profiles, boxes[i].address);
	}
	if (found == NULL)
		found = profile_domain_find(profiles, letter->envelope_sender);
	letter->market = found != NULL ? found->market : NULL;
	letter->ids = found != NULL ? found->market->ids : profiles->all_ids;
	return 0;
}

/* The kinds that any mail may be of go first: a marketplace's own bounce is a bounce. */
static int find_sender(const struct profiles *profiles, struct letter *letter, const struct mail_kind **kind_r)
{
	int rc = find_market(profiles, letter);

	if (rc == 0)
		rc = find_kind(letter, profiles->kinds, kind_r);
	if (rc == 0 && letter->market != NULL)
		rc = find_kind(letter, letter->market->kinds, kind_r);
	return rc == -1 ? -1 : letter->market != NULL || *kind_r != NULL;
}

int profiles_sender(const struct profiles *profiles, struct slice envelope_sender, const struct message *message,
    const struct marketplace **market_r, const struct mail_kind **kind_r, struct diag *d)
{
	struct known known = {0, 0};
	struct letter letter = {.envelope_sender = envelope_sender, .message = message, .known = &known, .d = d,
	    .deadline = clock_monotonic_ms() + LETTER_MS};
	int rc;

	*market_r = NULL;
	*kind_r = NULL;
	letter.arena = arena_new(SCAN_MEMORY);
	if (letter.arena == NULL)
		return diag_add(d, "memory is out");
	rc = find_sender(profiles, &letter, kind_r);
	if (rc == 1)
		*market_r = letter.market;
	arena_free(&letter.arena);
	return rc;
}
