/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_REDIS_ADDRESS_H
#define POSTERN_REDIS_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/diag.h"
#include "core/slice.h"

#define ADDRESS_HOST_SIZE 256
#define ADDRESS_TEXT_SIZE (ADDRESS_HOST_SIZE + 16)
#define ADDRESS_REDIS_PORT 6379
#define ADDRESS_SENTINEL_PORT 26379

/* Where a server is. */
struct address {
	char host[ADDRESS_HOST_SIZE]; /* a name or numbers, without brackets; of a unix socket: its path */
	unsigned port;                /* 0: a unix socket */
};

/*
 * Reads "host", "host:port", "[v6]:port" or "unix:/path"; port is taken where none is written. 0, or -1 with
 * what is wrong and what it should be.
 */
int redis_address_parse(const char *text, unsigned port, struct address *address_r, struct diag *d);
/* As Sentinels and Clusters tell it: host and port apart, or (address_scan) "host:port", v6 without brackets. */
int address_make(struct slice host, long long port, struct address *address_r);
int address_scan(struct slice text, struct address *address_r);
bool address_eq(const struct address *a, const struct address *b);
/* As it would be written in the configuration, into text (ADDRESS_TEXT_SIZE bytes); returns text. */
const char *address_text(const struct address *address, char *text);

#endif
