/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_POLICY_CIDR_H
#define POSTERN_POLICY_CIDR_H

#include <stdbool.h>

/* A network: an IPv4 one is kept as v4-mapped IPv6, so that both spellings of a client match. */
struct cidr {
	unsigned char address[16];
	unsigned bits; /* of the 128 */
};

/* "192.0.2.0/24", "2001:db8::/32" or an address alone. 0; -1: none; -2: bits set behind the prefix. */
int cidr_parse(const char *text, struct cidr *cidr_r);
/* Whether the address (text, also "IPv6:..." and "::ffff:192.0.2.1") lies in the network. */
bool cidr_contains(const struct cidr *cidr, const char *address);

#endif
