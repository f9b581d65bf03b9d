/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_DAEMON_SOCKET_H
#define POSTERN_DAEMON_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "core/diag.h"

enum address_kind { ADDRESS_UNIX, ADDRESS_INET, ADDRESS_INET6 };

/* A listening address in libmilter's form, taken apart. */
struct address {
	enum address_kind kind;
	char path[108]; /* ADDRESS_UNIX */
	char host[256]; /* else; "": any */
	unsigned port;
};

/* "unix:/path", "local:/path", "/path", "inet:port[@host]", "inet6:port[@host]". */
int address_parse(const char *text, struct address *address_r, struct diag *d);
/* The line for Postfix's main.cf, and for sendmail's .mc file, that connects to this address. */
void address_postfix_line(const struct address *address, char *out, size_t size);
void address_sendmail_line(const struct address *address, char *out, size_t size);

/*
 * For the path of a unix socket: its directory exists, and nobody answers there (a stale socket of
 * a killed process may be replaced, a living one may not). what names the option.
 */
int socket_check_free(const char *what, const char *path, struct diag *d);
/*
 * Listens at the path of a unix socket that group ((gid_t)-1: the process's) may open, too; what names the option. The
 * non-blocking descriptor, or -1 with the reason. At the start only: for a moment it changes the process's umask.
 */
int socket_listen_unix(const char *what, const char *path, gid_t gid, struct diag *d);
/* Sets group ((gid_t)-1: as is) and mode of a unix socket. */
int socket_set_access(const char *path, gid_t gid, unsigned mode, struct diag *d);
/*
 * Finds the socket this process listens on at address and sets TCP_NODELAY, which accepted
 * sockets inherit: else each modified message waits 40 ms for Nagle's algorithm.
 */
int socket_tune_listener(const struct address *address, struct diag *d);
/* Whether another process serves address. */
bool socket_answers(const struct address *address);

#endif
