/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_EXPORT_ADDRESS_H
#define POSTERN_EXPORT_ADDRESS_H

#include "core/diag.h"

enum export_way { EXPORT_TCP, EXPORT_UDP, EXPORT_UNIX, EXPORT_UNIXGRAM };

/* "tcp:HOST:PORT", "udp:HOST:PORT" (an IPv6 address in brackets), "unix:/path" (a stream), "unixgram:/path". */
struct export_address {
	enum export_way way;
	char path[108];  /* of unix ways; as long as sun_path */
	char host[256];
	char port[32];   /* number or service */
};

/* 0, or -1 with what is wrong and what would be right. */
int export_address_parse(const char *text, struct export_address *address_r, struct diag *d);

#endif
