/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_DAEMON_PRIVILEGE_H
#define POSTERN_DAEMON_PRIVILEGE_H

#include <stdbool.h>
#include <sys/types.h>

#include "core/diag.h"

/* Whom to run as. */
struct identity {
	bool drop;         /* started as root, and another user is configured */
	uid_t uid;
	gid_t gid;
	char name[64];     /* for initgroups */
};

/* user and group may be NULL: stay. Started as another user than root, that user must be the configured one. */
int identity_resolve(const char *user, const char *group, struct identity *identity_r, struct diag *d);
/* The number of a group by name or number. */
int group_resolve(const char *group, gid_t *gid_r, struct diag *d);
/* Of a user; -1 when there is none. */
int user_resolve(const char *user, uid_t *uid_r);

/* Makes dir (with mode; its parents 0750) and gives each new one to identity. what names it in messages. */
int privilege_make_dir(const char *what, const char *dir, unsigned mode, const struct identity *identity, struct diag *d);
/*
 * Becomes identity for good, and makes sure of it; no child gains privileges again. The process
 * stays dumpable, so that a crash leaves a core.
 */
int privilege_drop(const struct identity *identity, struct diag *d);

#endif
