/* SPDX-License-Identifier: BSD-2-Clause */
/* What libmilter leaves to its caller about the listening socket: conflicts, access, Nagle. */
#include "daemon/socket.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/slice.h"

#define POSTFIX_QUEUE "/var/spool/postfix/"

static int parse_unix(const char *path, struct address *address_r, struct diag *d)
{
	if (*path != '/')
		return diag_add(d, "milter.socket: '%s' is not an absolute path; write \"unix:/run/postern/postern.sock\"", path);
	if (strlen(path) >= sizeof(address_r->path))
		return diag_add(d, "milter.socket: '%s' is longer than the %zu bytes that a socket's path may have", path,
		    sizeof(address_r->path) - 1);
	address_r->kind = ADDRESS_UNIX;
	snprintf(address_r->path, sizeof(address_r->path), "%s", path);
	return 0;
}

static int parse_inet(const char *text, const char *rest, struct address *address_r, struct diag *d)
{
	char *end;
	unsigned long port = strtoul(rest, &end, 10);

	if (end == rest || port == 0 || port > 65535 || (*end != '\0' && *end != '@'))
		return diag_add(d, "milter.socket: '%s' has no port; write \"inet:8891@127.0.0.1\" (port first, as libmilter has it)",
		    text);
	address_r->port = (unsigned)port;
	if (*end == '@')
		snprintf(address_r->host, sizeof(address_r->host), "%s", end + 1);
	return 0;
}

int address_parse(const char *text, struct address *address_r, struct diag *d)
{
	struct slice s = slice_str(text);

	*address_r = (struct address){.kind = ADDRESS_UNIX};
	if (text == NULL)
		return diag_add(d, "milter.socket is not set");
	if (*text == '/')
		return parse_unix(text, address_r, d);
	if (slice_case_prefix(s, "unix:"))
		return parse_unix(text + 5, address_r, d);
	if (slice_case_prefix(s, "local:"))
		return parse_unix(text + 6, address_r, d);
	if (slice_case_prefix(s, "inet:")) {
		address_r->kind = ADDRESS_INET;
		return parse_inet(text, text + 5, address_r, d);
	}
	if (slice_case_prefix(s, "inet6:")) {
		address_r->kind = ADDRESS_INET6;
		return parse_inet(text, text + 6, address_r, d);
	}
	if (slice_case_prefix(s, "tcp:"))
		return diag_add(d, "milter.socket: '%s': libmilter says \"inet:\", not \"tcp:\"", text);
	return diag_add(d, "milter.socket: '%s' is none of unix:/path, inet:port@host, inet6:port@host", text);
}

static const char *address_host(const struct address *address)
{
	if (address->host[0] != '\0')
		return address->host;
	return address->kind == ADDRESS_INET6 ? "::1" : "127.0.0.1";
}

void address_postfix_line(const struct address *address, char *out, size_t size)
{
	const char *host = address_host(address);

	if (address->kind != ADDRESS_UNIX) {
		bool bare6 = strchr(host, ':') != NULL && *host != '[';

		snprintf(out, size, "smtpd_milters = inet:%s%s%s:%u", bare6 ? "[" : "", host, bare6 ? "]" : "", address->port);
		return;
	}
	/* Below its queue directory a relative path is right with and without chroot. */
	if (slice_case_prefix(slice_str(address->path), POSTFIX_QUEUE))
		snprintf(out, size, "smtpd_milters = unix:%s", address->path + sizeof(POSTFIX_QUEUE) - 1);
	else
		snprintf(out, size, "smtpd_milters = unix:%s", address->path);
}

void address_sendmail_line(const struct address *address, char *out, size_t size)
{
	static const char tail[] = "F=T, T=C:1m;S:30s;R:2m;E:10m";

	if (address->kind == ADDRESS_UNIX)
		snprintf(out, size, "INPUT_MAIL_FILTER(`postern', `S=local:%s, %s')dnl", address->path, tail);
	else
		snprintf(out, size, "INPUT_MAIL_FILTER(`postern', `S=%s:%u@%s, %s')dnl",
		    address->kind == ADDRESS_INET6 ? "inet6" : "inet", address->port, address_host(address), tail);
}

static int connect_unix(const char *path)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int fd, rc;

	if (strlen(path) >= sizeof(un.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(un.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	rc = connect(fd, (const struct sockaddr *)&un, sizeof(un));
	if (rc != 0 && errno == EAGAIN)
		rc = 0; /* its queue is full: somebody lives there */
	close(fd);
	return rc;
}

static int connect_inet(const struct address *address)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list = NULL;
	char port[8];
	int fd, rc = -1;

	hints.ai_family = address->kind == ADDRESS_INET6 ? AF_INET6 : AF_INET;
	snprintf(port, sizeof(port), "%u", address->port);
	if (getaddrinfo(address_host(address), port, &hints, &list) != 0)
		return -1;
	fd = socket(list->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0) {
		rc = connect(fd, list->ai_addr, list->ai_addrlen);
		close(fd);
	}
	freeaddrinfo(list);
	return rc;
}

bool socket_answers(const struct address *address)
{
	return (address->kind == ADDRESS_UNIX ? connect_unix(address->path) : connect_inet(address)) == 0;
}

static int check_directory(const char *what, const char *path, struct diag *d)
{
	char dir[108];
	char *slash;
	struct stat st;

	snprintf(dir, sizeof(dir), "%s", path);
	slash = strrchr(dir, '/');
	if (slash == NULL || slash == dir)
		return 0;
	*slash = '\0';
	if (stat(dir, &st) == 0 && S_ISDIR(st.st_mode))
		return 0;
	return diag_add(d, "%s: directory %s does not exist; make it with \"install -d -m 0750 %s\" "
	    "(with systemd: RuntimeDirectory=)", what, dir, dir);
}

int socket_check_free(const char *what, const char *path, struct diag *d)
{
	struct stat st;

	if (check_directory(what, path, d) != 0)
		return -1;
	if (lstat(path, &st) != 0)
		return errno == ENOENT ? 0 : diag_add(d, "%s: %s: %s", what, path, strerror(errno));
	if (!S_ISSOCK(st.st_mode))
		return diag_add(d, "%s: %s exists and is not a socket; choose another path or remove it", what, path);
	if (connect_unix(path) == 0)
		return diag_add(d, "%s: %s is in use by a running posternd; stop it first (postern stop)", what, path);
	if (errno != ECONNREFUSED)
		return diag_add(d, "%s: %s: cannot tell whether somebody uses it: %s", what, path, strerror(errno));
	return 0;
}

/* Never wider than wanted, not even for a moment. */
static int bind_unix(int fd, const struct sockaddr_un *un)
{
	mode_t mask = umask(0177);
	int rc = bind(fd, (const struct sockaddr *)un, sizeof(*un));

	umask(mask);
	return rc == 0 ? listen(fd, 16) : -1;
}

int socket_listen_unix(const char *what, const char *path, gid_t gid, struct diag *d)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int fd;

	if (strlen(path) >= sizeof(un.sun_path))
		return diag_add(d, "%s: '%s' is too long for a socket's path", what, path);
	memcpy(un.sun_path, path, strlen(path));
	if (socket_check_free(what, path, d) != 0)
		return -1;
	unlink(path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return diag_add(d, "%s: %s", what, strerror(errno));
	if (bind_unix(fd, &un) != 0)
		diag_add(d, "%s: cannot listen at %s: %s", what, path, strerror(errno));
	else if (socket_set_access(path, gid, 0660, d) == 0)
		return fd;
	close(fd);
	return -1;
}

int socket_set_access(const char *path, gid_t gid, unsigned mode, struct diag *d)
{
	if (gid != (gid_t)-1 && chown(path, (uid_t)-1, gid) != 0)
		return diag_add(d, "%s: cannot give it to group %u: %s", path, (unsigned)gid, strerror(errno));
	if (chmod(path, (mode_t)mode) != 0)
		return diag_add(d, "%s: cannot set mode %04o: %s", path, mode, strerror(errno));
	return 0;
}

static bool fd_listens(int fd, unsigned port)
{
	struct sockaddr_storage name;
	socklen_t len = sizeof(name);
	int listens = 0;
	socklen_t listens_len = sizeof(listens);

	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &listens_len) != 0 || !listens)
		return false;
	if (getsockname(fd, (struct sockaddr *)&name, &len) != 0)
		return false;
	if (name.ss_family == AF_INET)
		return ntohs(((const struct sockaddr_in *)&name)->sin_port) == port;
	return name.ss_family == AF_INET6 && ntohs(((const struct sockaddr_in6 *)&name)->sin6_port) == port;
}

/* What accepted sockets inherit. An MTA's machine that vanished keeps its places for two minutes, not for two hours. */
static int tune_socket(int fd)
{
	int on = 1, idle = 60, interval = 20, count = 3;

	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof(interval));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof(count));
	return setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0;
}

int socket_tune_listener(const struct address *address, struct diag *d)
{
	const struct dirent *entry;
	DIR *dir;
	int tuned = 0;

	if (address->kind == ADDRESS_UNIX)
		return 0;
	dir = opendir("/proc/self/fd");
	if (dir == NULL)
		return diag_add(d, "cannot look for the listening socket: /proc/self/fd: %s", strerror(errno));
	while ((entry = readdir(dir)) != NULL) {
		int fd = atoi(entry->d_name);

		if (entry->d_name[0] != '.' && fd_listens(fd, address->port))
			tuned += tune_socket(fd);
	}
	closedir(dir);
	if (tuned == 0)
		return diag_add(d, "the listening socket of port %u was not found; each tagged message waits 40 ms more",
		    address->port);
	return 0;
}
