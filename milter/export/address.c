/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a receiver is, as people write it. */
#include "export/address.h"

#include <stdio.h>
#include <string.h>

#define FORMS "expected tcp:HOST:PORT, udp:HOST:PORT, unix:/PATH or unixgram:/PATH"

static int parse_host(const char *text, const char *rest, struct export_address *a, struct diag *d)
{
	const char *end, *colon;
	size_t len;

	if (*rest == '[') {
		rest++;
		end = strchr(rest, ']');
		colon = end != NULL && end[1] == ':' ? end + 1 : NULL;
	} else {
		end = colon = strrchr(rest, ':');
	}
	if (colon == NULL || colon[1] == '\0' || end == rest)
		return diag_add(d, "'%.100s': host or port is missing; " FORMS, text);
	len = (size_t)(end - rest);
	if (len >= sizeof(a->host) || strlen(colon + 1) >= sizeof(a->port))
		return diag_add(d, "'%.100s': host or port is too long", text);
	if (*(rest - 1) != '[' && memchr(rest, ':', len) != NULL)
		return diag_add(d, "'%.100s': an IPv6 address stands in brackets: tcp:[::1]:6514", text);
	memcpy(a->host, rest, len);
	memcpy(a->port, colon + 1, strlen(colon + 1) + 1);
	return 0;
}

static int parse_path(const char *text, const char *path, struct export_address *a, struct diag *d)
{
	if (*path != '/')
		return diag_add(d, "'%.100s': the path must be absolute, beginning with '/'", text);
	if (strlen(path) >= sizeof(a->path))
		return diag_add(d, "'%.100s...': a socket's path has at most %zu bytes", text, sizeof(a->path) - 1);
	memcpy(a->path, path, strlen(path) + 1);
	return 0;
}

int export_address_parse(const char *text, struct export_address *address_r, struct diag *d)
{
	static const struct {
		const char *scheme;
		enum export_way way;
	} ways[] = {{"tcp:", EXPORT_TCP}, {"udp:", EXPORT_UDP}, {"unix:", EXPORT_UNIX}, {"unixgram:", EXPORT_UNIXGRAM}};

	*address_r = (struct export_address){.way = EXPORT_TCP};
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		size_t len = strlen(ways[i].scheme);

		if (strncmp(text, ways[i].scheme, len) != 0)
			continue;
		address_r->way = ways[i].way;
		return ways[i].way <= EXPORT_UDP ? parse_host(text, text + len, address_r, d)
		    : parse_path(text, text + len, address_r, d);
	}
	return diag_add(d, "'%.100s': " FORMS, text);
}
