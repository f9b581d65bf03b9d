/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses of servers: as people write them, and as Redis tells them. */
#include "redis/address.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#define UNIX_MAX (sizeof(((struct sockaddr_un *)0)->sun_path) - 1)
#define HOST_CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_"

static bool scan_port(const char *text, unsigned *port_r)
{
	size_t digits = strspn(text, "0123456789");
	long port;

	if (digits == 0 || digits > 5 || text[digits] != '\0')
		return false;
	port = strtol(text, NULL, 10);
	*port_r = (unsigned)port;
	return port >= 1 && port <= 65535;
}

static int parse_unix(const char *path, struct address *address, struct diag *d)
{
	if (path[0] != '/')
		return diag_add(d, "'unix:%.100s': the path of the socket must be absolute", path);
	if (strlen(path) > UNIX_MAX)
		return diag_add(d, "'unix:%.100s...': the path of the socket is longer than %zu bytes", path, UNIX_MAX);
	snprintf(address->host, sizeof(address->host), "%s", path);
	address->port = 0;
	return 0;
}

/* end: the closing bracket. */
static int parse_bracket(const char *text, const char *end, struct address *address, struct diag *d)
{
	size_t n = (size_t)(end - text) - 1;

	if (n == 0 || n >= 64 || strspn(text + 1, "0123456789abcdefABCDEF:.") != n)
		return diag_add(d, "'%.100s': what is between '[' and ']' is no IPv6 address", text);
	snprintf(address->host, sizeof(address->host), "%.*s", (int)n, text + 1);
	if (end[1] == '\0' || (end[1] == ':' && scan_port(end + 2, &address->port)))
		return 0;
	return diag_add(d, "'%.100s': behind ']' comes ':' and a port from 1 to 65535", text);
}

int redis_address_parse(const char *text, unsigned port, struct address *address_r, struct diag *d)
{
	const char *colon = strchr(text, ':'), *end;
	size_t n = colon != NULL ? (size_t)(colon - text) : strlen(text);

	*address_r = (struct address){.port = port};
	if (text[0] == '/')
		return diag_add(d, "'%.100s': did you mean 'unix:%.100s'?", text, text);
	if (strncmp(text, "unix:", 5) == 0)
		return parse_unix(text + 5, address_r, d);
	if (text[0] == '[' && (end = strchr(text, ']')) != NULL)
		return parse_bracket(text, end, address_r, d);
	if (strncmp(text, "rediss:", 7) == 0)
		return diag_add(d, "'%.100s': TLS is not offered; write host:port of a local tunnel (stunnel) to the server",
		    text);
	if (strstr(text, "://") != NULL)
		return diag_add(d, "'%.100s': write host:port, [v6]:port or unix:/path", text);
	if (colon != NULL && strchr(colon + 1, ':') != NULL)
		return diag_add(d, "'%.100s': an IPv6 address is written in brackets, as [::1]:%u", text, port);
	if (n == 0 || n >= sizeof(address_r->host) || strspn(text, HOST_CHARS) != n || text[0] == '-')
		return diag_add(d, "'%.100s' is no address: write host:port, [v6]:port or unix:/path", text);
	memcpy(address_r->host, text, n);
	if (colon == NULL || scan_port(colon + 1, &address_r->port))
		return 0;
	return diag_add(d, "'%.100s': behind ':' comes a port from 1 to 65535", text);
}

int address_make(struct slice host, long long port, struct address *address_r)
{
	*address_r = (struct address){.port = 0};
	if (host.len == 0 || host.len >= sizeof(address_r->host) || port < 1 || port > 65535)
		return -1;
	memcpy(address_r->host, host.ptr, host.len);
	address_r->port = (unsigned)port;
	return strspn(address_r->host, HOST_CHARS ":") == host.len && host.ptr[0] != '-' ? 0 : -1;
}

int address_scan(struct slice text, struct address *address_r)
{
	char port[8] = "";
	size_t colon = text.len;
	unsigned number;

	while (colon > 0 && text.ptr[colon - 1] != ':')
		colon--;
	if (colon == 0 || text.len - colon >= sizeof(port))
		return -1;
	memcpy(port, text.ptr + colon, text.len - colon);
	return scan_port(port, &number) ? address_make(slice_sub(text, 0, colon - 1), number, address_r) : -1;
}

bool address_eq(const struct address *a, const struct address *b)
{
	return a->port == b->port && strcmp(a->host, b->host) == 0;
}

const char *address_text(const struct address *address, char *text)
{
	if (address->port == 0)
		snprintf(text, ADDRESS_TEXT_SIZE, "unix:%s", address->host);
	else if (strchr(address->host, ':') != NULL)
		snprintf(text, ADDRESS_TEXT_SIZE, "[%s]:%u", address->host, address->port);
	else
		snprintf(text, ADDRESS_TEXT_SIZE, "%s:%u", address->host, address->port);
	return text;
}
