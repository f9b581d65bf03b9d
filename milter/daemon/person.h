/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSTERN_DAEMON_PERSON_H
#define POSTERN_DAEMON_PERSON_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/json.h"

/* Whose process asks at the control socket. */
struct person {
	uid_t uid;     /* the kernel's word */
	int64_t login; /* who logged in, whatever became of him by su or sudo (loginuid); -1: not known */
};

/* Of the process at the other end of a socket. 0, or -1. */
int person_read(int fd, struct person *person_r, pid_t *pid_r);
/*
 * The person as a number, to tell two of them apart: an account's uid. Root is many people: who logged in, as the
 * kernel tells us or else the client (from, as desk_from_copy has it; only root's word counts), else whom sudo named,
 * else root himself.
 */
int64_t person_number(const struct person *person, const json_t *from);
/* Puts "by" (the person's login name), "uid", and where they differ "person". */
void person_put(json_t *event, const struct person *person, const json_t *from);
/* Whether one of the names, users and "@groups", stands for the account uid; a list ends with NULL, and may be NULL. */
bool person_is_named(char *const *names, uid_t uid);

#endif
