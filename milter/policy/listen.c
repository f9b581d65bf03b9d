/* SPDX-License-Identifier: BSD-2-Clause */
/* An address of this machine to listen at, in the form that monitoring uses. */
#include "policy/listen.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

static const char form[] = "expected host:port (127.0.0.1:9109, [::1]:9109) or unix:/path";
static const char elsewhere[] = "only this machine may reach it, for nobody is asked who he is: write 127.0.0.1:PORT, "
    "[::1]:PORT or unix:/path, and put a proxy with passwords or certificates before it";

static const char *parse_unix(const char *path, struct listen_address *address_r)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};

	if (*path != '/')
		return "the path of the socket must be absolute";
	if (strlen(path) >= sizeof(un.sun_path))
		return "the path of the socket is longer than 107 bytes";
	memcpy(un.sun_path, path, strlen(path) + 1);
	memcpy(&address_r->address, &un, sizeof(un));
	memcpy(address_r->path, path, strlen(path) + 1);
	address_r->size = sizeof(un);
	address_r->local = true;
	return NULL;
}

static const char *parse_inet(const char *host, in_port_t port, struct listen_address *address_r)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = port};

	if (strcmp(host, "localhost") == 0)
		host = "127.0.0.1";
	if (inet_pton(AF_INET, host, &in.sin_addr) != 1)
		return *host == '\0' || strcmp(host, "*") == 0 ? elsewhere : form;
	if (ntohl(in.sin_addr.s_addr) >> 24 != 127)
		return elsewhere;
	memcpy(&address_r->address, &in, sizeof(in));
	address_r->size = sizeof(in);
	return NULL;
}

static const char *parse_inet6(const char *host, in_port_t port, struct listen_address *address_r)
{
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = port};

	if (inet_pton(AF_INET6, host, &in6.sin6_addr) != 1)
		return form;
	if (!IN6_IS_ADDR_LOOPBACK(&in6.sin6_addr))
		return elsewhere;
	memcpy(&address_r->address, &in6, sizeof(in6));
	address_r->size = sizeof(in6);
	return NULL;
}

const char *listen_parse(const char *text, struct listen_address *address_r)
{
	const char *colon = strrchr(text, ':');
	char host[64];
	size_t len;
	int port;

	*address_r = (struct listen_address){.local = false};
	if (strncmp(text, "unix:", 5) == 0)
		return parse_unix(text + 5, address_r);
	len = colon != NULL ? (size_t)(colon - text) : 0;
	if (colon == NULL || len >= sizeof(host) || colon[1 + strspn(colon + 1, "0123456789")] != '\0')
		return form;
	port = strlen(colon + 1) <= 5 ? atoi(colon + 1) : 0;
	if (port < 1 || port > 65535)
		return "the port must be a number from 1 to 65535";
	if (len > 1 && text[0] == '[' && text[len - 1] == ']') {
		snprintf(host, sizeof(host), "%.*s", (int)len - 2, text + 1);
		return parse_inet6(host, htons((in_port_t)port), address_r);
	}
	snprintf(host, sizeof(host), "%.*s", (int)len, text);
	return parse_inet(host, htons((in_port_t)port), address_r);
}
