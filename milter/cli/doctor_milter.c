/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A health check that proves something: not "the port is open" but "a milter
 * answers there". One option negotiation of the milter protocol, version 6.
 */
#include "cli/doctor.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define PING_SECONDS 10
#define FRAME_MAX 1024

static int connect_unix(const char *path, struct diag *d)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd;

	if (strlen(path) >= sizeof(address.sun_path))
		return diag_add(d, "%s: the path is too long for a socket", path);
	memcpy(address.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd != -1 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	diag_add(d, "%s: %s", path, strerror(errno));
	if (fd != -1)
		close(fd);
	return -1;
}

/* where is "port@host" or "port". */
static int connect_inet(const char *where, int family, struct diag *d)
{
	struct addrinfo hints = {.ai_family = family, .ai_socktype = SOCK_STREAM}, *list, *a;
	const char *at = strchr(where, '@');
	char port[32];
	int fd = -1, rc;

	snprintf(port, sizeof(port), "%.*s", at != NULL ? (int)(at - where) : (int)strlen(where), where);
	rc = getaddrinfo(at != NULL ? at + 1 : NULL, port, &hints, &list);
	if (rc != 0)
		return diag_add(d, "%s: %s", where, gai_strerror(rc));
	for (a = list; a != NULL && fd == -1; a = a->ai_next) {
		fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
		if (fd != -1 && connect(fd, a->ai_addr, a->ai_addrlen) == -1) {
			diag_add(d, "%s: %s", where, strerror(errno));
			close(fd);
			fd = -1;
		}
	}
	freeaddrinfo(list);
	return fd;
}

static int connect_socket(const char *socket, struct diag *d)
{
	if (strncmp(socket, "inet:", 5) == 0)
		return connect_inet(socket + 5, AF_INET, d);
	if (strncmp(socket, "inet6:", 6) == 0)
		return connect_inet(socket + 6, AF_INET6, d);
	if (strncmp(socket, "unix:", 5) == 0)
		return connect_unix(socket + 5, d);
	if (strncmp(socket, "local:", 6) == 0)
		return connect_unix(socket + 6, d);
	return connect_unix(socket, d);
}

static int receive_all(int fd, void *data, size_t len)
{
	char *p = data;

	while (len > 0) {
		ssize_t n = recv(fd, p, len, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

static int negotiate(int fd, struct diag *d)
{
	/* length, 'O', version 6, all actions, all protocol steps; then length, 'Q' */
	static const unsigned char offer[] = {0, 0, 0, 13, 'O', 0, 0, 0, 6, 0, 0, 1, 0xFF, 0, 0x1F, 0xFF, 0xFF};
	static const unsigned char quit[] = {0, 0, 0, 1, 'Q'};
	unsigned char answer[FRAME_MAX];
	uint32_t len;

	if (send(fd, offer, sizeof(offer), MSG_NOSIGNAL) != (ssize_t)sizeof(offer))
		return diag_add(d, "can't send the milter greeting: %s", strerror(errno));
	if (receive_all(fd, &len, sizeof(len)) == -1)
		return diag_add(d, "no answer to the milter greeting within %d seconds: is it posternd that listens there?",
		    PING_SECONDS);
	len = ntohl(len);
	if (len < 13 || len > FRAME_MAX)
		return diag_add(d, "whoever listens there doesn't speak the milter protocol");
	if (receive_all(fd, answer, len) == -1 || answer[0] != 'O')
		return diag_add(d, "the milter greeting was not answered as a milter does");
	return send(fd, quit, sizeof(quit), MSG_NOSIGNAL) == (ssize_t)sizeof(quit) ? 0
	    : diag_add(d, "the connection broke after the milter greeting");
}

int doctor_milter_ping(const char *socket, struct diag *d)
{
	struct timeval patience = {.tv_sec = PING_SECONDS};
	int rc, fd = connect_socket(socket, d);

	if (fd == -1)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	rc = negotiate(fd, d);
	close(fd);
	return rc;
}
