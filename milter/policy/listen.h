/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_POLICY_LISTEN_H
#define POSTERN_POLICY_LISTEN_H

#include <stdbool.h>
#include <sys/socket.h>

/* Where something is served that has no access control of its own: on this machine only. */
struct listen_address {
	bool local;                      /* a unix socket at path; else TCP */
	char path[108];
	struct sockaddr_storage address; /* of either kind */
	socklen_t size;                  /* of address */
};

/*
 * Reads "127.0.0.1:9109" (any address of 127.0.0.0/8), "[::1]:9109", "localhost:9109" or "unix:/path". NULL, or what
 * is wrong with it, as a static text for people.
 */
const char *listen_parse(const char *text, struct listen_address *address_r);

#endif
