/* SPDX-License-Identifier: BSD-2-Clause */
/* Connections to a milter's socket. */
#include "connect.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int connect_unix(const char *path, struct diag *d)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	diag_add(d, "%s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

static int connect_inet(const char *text, struct diag *d)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	const char *at = strchr(text, '@');
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	address.sin_port = htons((uint16_t)strtoul(text, NULL, 10));
	if (at != NULL && inet_pton(AF_INET, at + 1, &address.sin_addr) == 1 && fd >= 0 &&
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0 &&
	    connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	diag_add(d, "inet:%s: %s", text, at == NULL ? "no @ADDRESS" : strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

int connect_to(const char *address, struct diag *d)
{
	int fd;

	if (strncmp(address, "inet:", 5) == 0)
		fd = connect_inet(address + 5, d);
	else
		fd = connect_unix(strncmp(address, "unix:", 5) == 0 ? address + 5 : address, d);
	if (fd >= 0)
		fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}
