/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_POLICY_DIRECTION_H
#define POSTERN_POLICY_DIRECTION_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/config.h"

/* What is known of who delivers a message. Each text may be NULL or empty: unknown. */
struct direction_facts {
	const char *account; /* authenticated user */
	const char *client;  /* IP address as text */
	const char *daemon;  /* name of the MTA's listener */
	bool local;          /* handed in on this machine, not by SMTP */
};

/*
 * POSTERN_OUTBOUND or POSTERN_INBOUND (plugin.h). The first that holds decides: listener's name in
 * outbound_daemons or inbound_daemons, authenticated account, client in trusted_networks, local
 * submission; else inbound. *firm_r: the administrator or a login says so; otherwise it is a
 * likelihood, and what the message's addresses say goes before it. why (may be NULL) gets the reason as text.
 */
unsigned direction_of(const struct config *config, const struct direction_facts *facts, bool *firm_r,
    char *why, size_t size);

#endif
