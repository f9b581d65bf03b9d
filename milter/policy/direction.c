/* SPDX-License-Identifier: BSD-2-Clause */
/* Which way a message goes: out to a marketplace, or in from one. */
#include "policy/direction.h"

#include <stdio.h>
#include <string.h>

#include "policy/cidr.h"
#include "postern/plugin.h"

static bool in_list(char **list, const char *word)
{
	for (; list != NULL && *list != NULL; list++)
		if (strcmp(*list, word) == 0)
			return true;
	return false;
}

static const char *in_networks(char **list, const char *client)
{
	struct cidr cidr;

	for (; list != NULL && *list != NULL; list++)
		if (cidr_parse(*list, &cidr) != -1 && cidr_contains(&cidr, client))
			return *list;
	return NULL;
}

static bool known(const char *text)
{
	return text != NULL && text[0] != '\0';
}

unsigned direction_of(const struct config *config, const struct direction_facts *facts, bool *firm_r,
    char *why, size_t size)
{
	char unused[1];
	const char *network;

	if (why == NULL) {
		why = unused;
		size = sizeof(unused);
	}
	*firm_r = true;
	if (known(facts->daemon) && in_list(config->outbound_daemons, facts->daemon)) {
		snprintf(why, size, "listener '%s' is in outbound_daemons", facts->daemon);
		return POSTERN_OUTBOUND;
	}
	if (known(facts->daemon) && in_list(config->inbound_daemons, facts->daemon)) {
		snprintf(why, size, "listener '%s' is in inbound_daemons", facts->daemon);
		return POSTERN_INBOUND;
	}
	if (config->authenticated_outbound && known(facts->account)) {
		snprintf(why, size, "authenticated as '%s'", facts->account);
		return POSTERN_OUTBOUND;
	}
	*firm_r = false;
	network = known(facts->client) ? in_networks(config->trusted_networks, facts->client) : NULL;
	if (network != NULL) {
		snprintf(why, size, "client %s is in trusted network %s", facts->client, network);
		return POSTERN_OUTBOUND;
	}
	if (facts->local) {
		snprintf(why, size, "handed in on this machine");
		return POSTERN_OUTBOUND;
	}
	snprintf(why, size, "client %s is neither authenticated nor in trusted_networks",
	    known(facts->client) ? facts->client : "unknown");
	return POSTERN_INBOUND;
}
