/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Senders that pose as a marketplace: its domain in front of another, its name in a stranger's domain, letters
 * that look like its letters, its address as a display name.
 */
#include <string.h>

#include "mail/address.h"
#include "mail/lookalike.h"
#include "policy/profile_load.h"

static bool is_below(struct slice domain, const char *parent)
{
	size_t len = strlen(parent);

	if (slice_case_eq_str(domain, parent))
		return true;
	return domain.len > len && slice_case_suffix(domain, parent) && domain.ptr[domain.len - len - 1] == '.';
}

bool marketplace_owns(const struct marketplace *market, struct slice domain)
{
	char **const lists[] = {market->domains, market->relay_domains, market->other_domains};

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		for (char **name = lists[i]; name != NULL && *name != NULL; name++)
			if (is_below(domain, *name))
				return true;
	return false;
}

/* A domain, and where its parts between dots and hyphens begin. */
struct parts {
	struct slice domain;
	size_t *starts;
	size_t count;
};

static bool is_edge(struct slice s, size_t at)
{
	return at >= s.len || s.ptr[at] == '.' || s.ptr[at] == '-';
}

/* As many as there are: a stranger's domain may be any length. -1: memory is out. */
static int parts_find(struct arena *arena, struct slice domain, struct parts *parts_r)
{
	size_t edges = 1;

	for (size_t i = 0; i < domain.len; i++)
		edges += is_edge(domain, i);
	*parts_r = (struct parts){.domain = domain, .starts = arena_array(arena, edges, sizeof(size_t))};
	if (parts_r->starts == NULL)
		return -1;
	for (size_t i = 0; i < domain.len; i++)
		if (i == 0 || is_edge(domain, i - 1))
			parts_r->starts[parts_r->count++] = i;
	return 0;
}

/* Whether needle stands in the domain between dots, hyphens and ends. */
static bool has_label(const struct parts *parts, struct slice needle)
{
	struct slice domain = parts->domain;

	for (size_t i = 0; needle.len > 0 && i < parts->count; i++) {
		size_t start = parts->starts[i];

		if (domain.len - start >= needle.len && domain.ptr[start] == needle.ptr[0] &&
		    memcmp(domain.ptr + start, needle.ptr, needle.len) == 0 && is_edge(domain, start + needle.len))
			return true;
	}
	return false;
}

static size_t list_length(char *const *list)
{
	size_t n = 0;

	while (list != NULL && list[n] != NULL)
		n++;
	return n;
}

int profile_poses_make(struct arena *arena, struct marketplace *market)
{
	char **const lists[] = {market->names, market->relay_domains, market->domains};
	size_t room = list_length(market->names) + list_length(market->relay_domains) + list_length(market->domains);

	market->poses = arena_array(arena, room + 1, sizeof(*market->poses));
	if (market->poses == NULL)
		return -1;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		for (char **name = lists[i]; name != NULL && *name != NULL; name++) {
			struct slice folded = lookalike_fold(arena, slice_str(*name));

			if (folded.ptr == NULL)
				return -1;
			market->poses[market->pose_count++] = folded;
		}
	return 0;
}

/* Whether a name or domain stands in the domain as its reader takes it. */
static bool poses_as(const struct parts *folded, const struct marketplace *market)
{
	for (size_t i = 0; i < market->pose_count; i++)
		if (has_label(folded, market->poses[i]))
			return true;
	return false;
}

static int find_pose(const struct profiles *profiles, struct arena *arena, struct slice domain,
    const struct marketplace **market_r)
{
	struct slice folded = lookalike_fold(arena, domain);
	struct parts parts;

	if (folded.ptr == NULL || parts_find(arena, folded, &parts) != 0)
		return -1;
	for (size_t i = 0; i < profiles->count; i++)
		if (marketplace_owns(&profiles->markets[i], domain))
			return 0;
	for (size_t i = 0; i < profiles->count; i++)
		if (poses_as(&parts, &profiles->markets[i])) {
			*market_r = &profiles->markets[i];
			return 1;
		}
	return 0;
}

/* An address at a marketplace's domain in a display name, whose own address is elsewhere. */
static const struct marketplace *name_poses(const struct profiles *profiles, struct slice name)
{
	for (size_t i = 0; i < name.len; i++) {
		const struct market_domain *found;
		size_t end = i + 1;

		if (name.ptr[i] != '@')
			continue;
		while (end < name.len && strchr(" \t\"'<>()[],;:", name.ptr[end]) == NULL)
			end++;
		found = profile_domain_find(profiles, slice_sub(name, i, end - i));
		if (found != NULL)
			return found->market;
	}
	return NULL;
}

static int mailbox_poses(const struct profiles *profiles, struct arena *arena, const struct address_mailbox *box,
    const struct marketplace **market_r, struct slice *what_r)
{
	int rc;

	*what_r = box->address;
	if (profile_domain_find(profiles, box->address) != NULL)
		return 0;
	rc = find_pose(profiles, arena, address_domain(box->address), market_r);
	if (rc != 0)
		return rc;
	*what_r = box->name;
	*market_r = name_poses(profiles, box->name);
	return *market_r != NULL;
}

int profiles_pose(const struct profiles *profiles, struct arena *arena, const struct message *message,
    const struct marketplace **market_r, struct slice *what_r, struct diag *d)
{
	const struct mail_header *header;
	struct address_mailbox *boxes;
	size_t count;
	int rc = 0;

	for (size_t n = 0; rc == 0 && (header = message_header(message, "From", n)) != NULL; n++) {
		if (message_mailboxes(message, header, &boxes, &count) == -1)
			return diag_add(d, "memory is out while reading From");
		for (size_t i = 0; rc == 0 && i < count; i++)
			rc = mailbox_poses(profiles, arena, &boxes[i], market_r, what_r);
	}
	if (rc == -1)
		diag_add(d, "memory is out while comparing the sender with marketplaces");
	if (rc != 1)
		*market_r = NULL;
	return rc;
}
