/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists of people and machines that something is said of, each entry with an end if it has one. */
#include "policy/parties.h"

#include <string.h>

#include "core/clock.h"
#include "policy/conf.h"

#define DAY 86400

static const char until_word[] = " until ";

int parties_day_end(const char *text, int64_t *end_r)
{
	int64_t begin;

	if (strlen(text) != 10 || clock_parse(text, &begin) == -1)
		return -1;
	*end_r = begin + DAY;
	return 0;
}

/* Cuts the end off; the text before it stays. */
static int read_end(const struct conf_node *key, const struct conf_value *value, struct party *party, struct diag *d)
{
	char *word = strstr(party->text, until_word);

	party->end = INT64_MAX;
	if (word == NULL)
		return 0;
	party->until = word + strlen(until_word);
	while (*party->until == ' ')
		party->until++;
	if (parties_day_end(party->until, &party->end) == -1)
		return diag_at(d, key->file, value->line, "%s: '%.80s': '%.40s' is no day, expected one like 2027-01-31", key->name,
		    value->text, party->until);
	while (word > party->text && word[-1] == ' ')
		word--;
	*word = '\0';
	return 0;
}

static int read_kind(const struct conf_node *key, const struct conf_value *value, unsigned kinds, struct party *party,
    struct diag *d)
{
	int rc = -1;

	if (party->text[0] == '@')
		party->kind = PARTY_DOMAIN;
	else if (strchr(party->text, '@') != NULL)
		party->kind = PARTY_ADDRESS;
	else if ((kinds & PARTY_NETWORK) && (rc = cidr_parse(party->text, &party->network)) == 0)
		party->kind = PARTY_NETWORK;
	else if (rc == -2)
		return diag_at(d, key->file, value->line,
		    "%s: '%.60s' has bits set behind its prefix: is the prefix length right?", key->name, party->text);
	else if ((kinds & PARTY_ACCOUNT) && party->text[0] != '\0' && strpbrk(party->text, "/ ") == NULL)
		party->kind = PARTY_ACCOUNT;
	else if (kinds & PARTY_ACCOUNT)
		return diag_at(d, key->file, value->line, "%s: '%.80s' is no address, @domain, account or network", key->name,
		    party->text);
	else
		return diag_at(d, key->file, value->line,
		    "%s: '%.80s' is neither an address nor a domain, did you mean '@%.80s'?", key->name, party->text, party->text);
	return 0;
}

int parties_read(struct arena *arena, const struct conf_node *key, unsigned kinds, struct parties *out, struct diag *d)
{
	int result = 0;

	out->count = 0;
	out->items = arena_array(arena, key->value_count + 1, sizeof(*out->items));
	if (out->items == NULL)
		return diag_add(d, "memory is out");
	for (const struct conf_value *value = key->values; value != NULL; value = value->next) {
		struct party *party = &out->items[out->count++];

		*party = (struct party){.text = arena_strdup(arena, value->text), .file = key->file, .line = value->line};
		if (party->text == NULL)
			return diag_add(d, "memory is out");
		if (read_end(key, value, party, d) == -1 || read_kind(key, value, kinds, party, d) == -1)
			result = -1;
	}
	return result;
}

static bool is_address(const struct party *party, struct slice address)
{
	if (address.len == 0)
		return false;
	return party->kind == PARTY_DOMAIN ? slice_case_suffix(address, party->text) :
	    party->kind == PARTY_ADDRESS && slice_case_eq_str(address, party->text);
}

const struct party *parties_address(const struct parties *parties, struct slice address, int64_t at)
{
	for (size_t i = 0; i < parties->count; i++)
		if (at < parties->items[i].end && is_address(&parties->items[i], address))
			return &parties->items[i];
	return NULL;
}

static bool is_client(const struct party *party, struct slice sender, struct slice account, const char *client)
{
	switch (party->kind) {
	case PARTY_NETWORK: return client != NULL && cidr_contains(&party->network, client);
	case PARTY_ACCOUNT: return slice_eq_str(account, party->text);
	default: return is_address(party, sender) || is_address(party, account);
	}
}

const struct party *parties_client(const struct parties *parties, struct slice sender, struct slice account,
    const char *client, int64_t at)
{
	for (size_t i = 0; i < parties->count; i++)
		if (at < parties->items[i].end && is_client(&parties->items[i], sender, account, client))
			return &parties->items[i];
	return NULL;
}
