/* SPDX-License-Identifier: BSD-2-Clause */
/* What marketplace profiles answer: whose address this is, which value held when. */
#include "policy/profile.h"

#include <stdlib.h>
#include <string.h>

#include "policy/profile_int.h"

#define DOMAIN_MAX 255

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

const struct market_domain *profile_domain_find(const struct profiles *profiles, struct slice address)
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
	const struct market_domain *found = profile_domain_find(profiles, address);

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

/* Whether what the author wrote, or how he signed, fits. */
static int is_signed(const struct pattern *signature, const struct message *message, struct diag *d)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < message->segment_count; i++) {
		enum segment_kind kind = message->segments[i].kind;

		if (kind == SEGMENT_NEW || kind == SEGMENT_SIGNATURE || kind == SEGMENT_NAME)
			rc = pattern_test(signature, message->segments[i].text, d);
	}
	return rc;
}

int profiles_support(const struct profiles *profiles, struct slice address, int64_t at, const struct message *message,
    const struct marketplace **market_r, const struct support **support_r, struct diag *d)
{
	const struct market_domain *found = profile_domain_find(profiles, address);
	const struct support_entry *fallback = NULL;

	*market_r = NULL;
	*support_r = NULL;
	for (const struct support_entry *e = found != NULL ? found->market->supports : NULL; e != NULL; e = e->next) {
		int rc = e->since <= at ? pattern_test(e->pattern, address, d) : 0;

		if (rc == 1 && e->signature != NULL) {
			fallback = message == NULL && fallback == NULL ? e : fallback;
			rc = message != NULL ? is_signed(e->signature, message, d) : 0;
		}
		if (rc == -1)
			return -1;
		if (rc == 1) {
			fallback = e;
			break;
		}
	}
	if (fallback == NULL)
		return 0;
	*market_r = found->market;
	*support_r = &fallback->support;
	return 1;
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

static const struct dated_value *find_value(const struct dated_value *value, const char *name, int64_t at)
{
	while (value != NULL && (strcmp(value->name, name) != 0 || value->since > at))
		value = value->next;
	return value;
}

struct slice marketplace_value(const struct marketplace *market, const char *name, int64_t at, int64_t *since_r,
    const char **source_r)
{
	const struct dated_value *value = find_value(market->values, name, at);

	if (value == NULL)
		value = find_value(market->common_values, name, at);
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

const struct zone *marketplace_zone(const struct marketplace *market)
{
	size_t count;
	const struct desk_window *windows = marketplace_windows(market, &count);

	for (size_t i = 0; i < count; i++)
		if (windows[i].zone != NULL)
			return windows[i].zone;
	for (const struct dated_clock *c = market->clocks; c != NULL; c = c->next)
		if (c->clock.calendar.zone != NULL)
			return c->clock.calendar.zone;
	return NULL;
}

const struct sla_clock *marketplace_clock_at(const struct marketplace *market, size_t index)
{
	const struct dated_clock *c = market->clocks;

	while (c != NULL && index > 0) {
		c = c->next;
		index--;
	}
	return c != NULL ? &c->clock : NULL;
}

bool marketplace_auto_reply_counts(const struct marketplace *market, int64_t at)
{
	struct slice text = marketplace_value(market, "auto_reply_counts", at, NULL, NULL);
	bool counts = false;

	return text.ptr != NULL && conf_scan_bool(text.ptr, &counts) == 0 && counts;
}
